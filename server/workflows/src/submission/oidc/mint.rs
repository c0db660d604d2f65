//! The exchange: an identity token of a CI comes in, a short token for one project goes out.

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use vetmoot_domain::event::Topic;
use vetmoot_domain::{Ecosystem, Package, Span, Timestamp};
use vetmoot_keys::JwsAlgorithm;
use vetmoot_storage::events;
use vetmoot_storage::submission::publishers::{self, PublisherRow};
use vetmoot_storage::tokens::{self, NewToken};

use super::issuer;
use crate::ctx::Ctx;
use crate::limits::{IDENTITY_BYTES_MAX, IDENTITY_LEEWAY, IDENTITY_LIFE_MAX, MINTED_LASTS, PUBLISHER_CLAIM_BYTES_MAX};
use crate::member::secret;
use crate::member::token::Scope;
use crate::problem::{Kind, Problem};

/// A token that was given for an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minted {
    /// The token, told this once.
    pub token: String,
    /// The one package it hands in.
    pub package: Package,
    /// When it ends.
    pub expires_at: Timestamp,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// An identity whose signature holds.
struct Identity {
    issuer: String,
    claims: Map<String, Value>,
    expires_at: Timestamp,
    /// What it is known by, so that it counts once.
    hash: [u8; 32],
}

/// The audience that identities for this community name: its host, with a port where it has one.
pub fn audience(ctx: &Ctx) -> String {
    let base = ctx.base_url.as_str();
    base.split_once("://").map_or(base, |(_, authority)| authority).to_owned()
}

/// Every form of our audience that a client chooses by itself: npm's names the host alone, cargo's the registry's address.
pub fn audiences(ctx: &Ctx) -> BTreeSet<String> {
    let authority = audience(ctx);
    let host = authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let host = host.map_or(authority.as_str(), |(host, _)| host);
    let forms = [
        format!("npm:{host}"),
        format!("{authority}/publish/cargo"),
        format!("{authority}/publish/cargo/"),
        ctx.base_url.as_str().to_owned(),
    ];
    forms.into_iter().chain([authority.clone()]).collect()
}

/// What a client asks a token for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'p> {
    /// The package, where the client says it.
    pub package: Option<&'p Package>,
    /// The ecosystem of the door it came to.
    pub ecosystem: Ecosystem,
}

impl Wanted<'_> {
    fn fits(&self, package: &Package) -> bool {
        self.package.is_none_or(|wanted| wanted == package) && package.ecosystem() == self.ecosystem
    }
}

/// Gives a token for an identity.
pub async fn mint(ctx: &Ctx, token: &str, wanted: Wanted<'_>) -> Result<Minted, Problem> {
    let identity = prove(ctx, token).await?;
    let now = ctx.clock.now();
    check_times(&identity, now)?;
    check_audience(ctx, &identity)?;
    let reader = ctx.store.read();
    let trusted = publishers::of_issuer(&reader, &identity.issuer).await?;
    let publisher = choose(trusted, &identity, wanted)?;
    let secret = secret::new()?;
    let expires_at = now.plus(MINTED_LASTS);
    let new = NewToken {
        user_id: publisher.added_by,
        hash: secret::hash(&secret),
        scopes: vec![Scope::Publish.to_string()],
        project: Some(publisher.package.to_string()),
        expires_at,
    };
    let tx = ctx.store.begin().await?;
    if !publishers::first_use(&tx, &identity.hash, identity.expires_at.plus(IDENTITY_LEEWAY), now).await? {
        return Err(refused("identity-used", "this identity was exchanged before; ask the issuer for a new one"));
    }
    // It may have been removed since it was read.
    if !publishers::of_project(&tx, publisher.project_id).await?.contains(&publisher) {
        return Err(nobody(&identity, wanted));
    }
    let id = tokens::create(&tx, &new, now).await?;
    publishers::token_made(&tx, id, publisher.id, &subject(&identity.claims)).await?;
    let about = [publisher.added_by_name.to_string(), format!("publisher:{}", publisher.id)];
    events::append(&tx, Topic::TokenCreated, &about, None, now).await?;
    tx.commit().await?;
    Ok(Minted { token: secret, package: publisher.package, expires_at })
}

/// Ends a token that was given for an identity before its time; others are left alone.
pub async fn give_back(ctx: &Ctx, token: &str) -> Result<(), Problem> {
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    let row = tokens::by_hash(&tx, &secret::hash(token), now).await?;
    let row = row.ok_or_else(|| refused("bad-token", "the token is unknown or has expired"))?;
    if tokens::program(&tx, row.id).await?.is_none() {
        return Err(Problem::new(Kind::Forbidden, "not-minted", "this token was made by a member; revoke it on /account"));
    }
    tokens::revoke(&tx, row.id, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes the token apart and proves its signature; nothing in it is believed before, its issuer's name apart.
async fn prove(ctx: &Ctx, token: &str) -> Result<Identity, Problem> {
    let unreadable = || refused("identity-unreadable", "this is no signed identity token (RFC 7519)");
    if token.len() > IDENTITY_BYTES_MAX {
        return Err(unreadable());
    }
    let (signed, signature) = token.rsplit_once('.').ok_or_else(unreadable)?;
    let (header, payload) = signed.split_once('.').ok_or_else(unreadable)?;
    let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).ok();
    let header: Header = decode(header).and_then(|json| serde_json::from_slice(&json).ok()).ok_or_else(unreadable)?;
    let claims: Map<String, Value> =
        decode(payload).and_then(|json| serde_json::from_slice(&json).ok()).ok_or_else(unreadable)?;
    let signature = decode(signature).ok_or_else(unreadable)?;
    let algorithm = JwsAlgorithm::named(&header.alg).filter(|_| header.crit.is_none());
    let algorithm = algorithm.ok_or_else(|| {
        refused("identity-algorithm", "the identity is not signed with RS256, ES256 or EdDSA, or asks for extensions")
    })?;
    let iss = claims.get("iss").and_then(Value::as_str).ok_or_else(unreadable)?;
    let issuer = issuer::configured(ctx, iss).ok_or_else(|| {
        refused("unknown-issuer", "the issuer of this identity is not believed here; the operator sets `publish.issuers`")
    })?;
    let key = issuer::key(ctx, issuer, header.kid.as_deref()).await?;
    if !key.verifies(algorithm, signed.as_bytes(), &signature) {
        return Err(refused("identity-signature", "the signature of the identity does not hold"));
    }
    let expires_at =
        seconds(&claims, "exp").ok_or_else(|| refused("identity-times", "the identity does not say when it ends"))?;
    // The signed part names it: a signature can be spelled in more than one way.
    let known_by = match claims.get("jti").and_then(Value::as_str) {
        Some(jti) => format!("jti\n{}\n{jti}", issuer::name_of(iss)),
        None => format!("token\n{signed}"),
    };
    let issuer = issuer::name_of(issuer.as_str()).to_owned();
    Ok(Identity { issuer, claims, expires_at, hash: Sha256::digest(known_by.as_bytes()).into() })
}

fn check_times(identity: &Identity, now: Timestamp) -> Result<(), Problem> {
    let issued = seconds(&identity.claims, "iat");
    let begins = seconds(&identity.claims, "nbf");
    if now >= identity.expires_at.plus(IDENTITY_LEEWAY) {
        return Err(refused("identity-expired", "the identity has ended; ask the issuer for a new one"));
    }
    let is_ahead = |at: Option<Timestamp>| at.is_some_and(|at| at > now.plus(IDENTITY_LEEWAY));
    if is_ahead(issued) || is_ahead(begins) {
        return Err(refused("identity-not-yet", "the identity begins in the future; compare the clocks"));
    }
    let Some(issued) = issued else {
        return Err(refused("identity-times", "the identity does not say when it was issued"));
    };
    if identity.expires_at > issued.plus(IDENTITY_LIFE_MAX) {
        return Err(refused("identity-times", "the identity is good for longer than a day; let it be issued for one job"));
    }
    Ok(())
}

fn check_audience(ctx: &Ctx, identity: &Identity) -> Result<(), Problem> {
    let ours = audiences(ctx);
    let is_ours = |value: &Value| value.as_str().is_some_and(|text| ours.contains(text));
    let fits = match identity.claims.get("aud") {
        Some(Value::Array(several)) => several.iter().any(is_ours),
        Some(one) => is_ours(one),
        None => false,
    };
    if fits {
        return Ok(());
    }
    Err(refused(
        "identity-audience",
        format!("the identity was issued for somebody else; ask for the audience {}", audience(ctx)),
    ))
}

/// The one project whose trusted publisher this identity is.
fn choose(trusted: Vec<PublisherRow>, identity: &Identity, wanted: Wanted<'_>) -> Result<PublisherRow, Problem> {
    let fits = |row: &PublisherRow| row.claims.iter().all(|(name, value)| is(identity.claims.get(name), value));
    let mut fitting: Vec<PublisherRow> = trusted.into_iter().filter(|row| wanted.fits(&row.package) && fits(row)).collect();
    // Of several entries of one project the one that says most answers for it.
    fitting.sort_by_key(|row| std::cmp::Reverse(row.claims.len()));
    let projects: BTreeSet<&Package> = fitting.iter().map(|row| &row.package).collect();
    if projects.len() > 1 {
        let names: Vec<String> = projects.iter().map(ToString::to_string).collect();
        let text = format!(
            "this identity is trusted for several projects ({}), and a token is for one; name the environment or the workflow in \
             each project's publisher, and hand them in from jobs of their own",
            names.join(", ")
        );
        return Err(Problem::new(Kind::Conflict, "several-projects", text));
    }
    fitting.into_iter().next().ok_or_else(|| nobody(identity, wanted))
}

/// Whether a claim has exactly this value: a text as it is, a number or a truth value as JSON writes it.
fn is(claim: Option<&Value>, value: &str) -> bool {
    match claim {
        Some(Value::String(text)) => text == value,
        Some(Value::Number(number)) => number.to_string() == value,
        Some(Value::Bool(truth)) => truth.to_string() == value,
        _ => false,
    }
}

fn nobody(identity: &Identity, wanted: Wanted<'_>) -> Problem {
    let any = || format!("any {} project here", wanted.ecosystem);
    let of = wanted.package.map_or_else(any, ToString::to_string);
    refused(
        "untrusted-publisher",
        format!(
            "the identity of {} fits no trusted publisher of {of}; a lead of the project names it",
            subject(&identity.claims)
        ),
    )
}

/// Whom an identity names, in a line: its repository and workflow, else its subject.
fn subject(claims: &Map<String, Value>) -> String {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let repository = text("repository").or_else(|| text("project_path"));
    let workflow = text("workflow_ref").or_else(|| text("job_workflow_ref")).or_else(|| text("ci_config_ref_uri"));
    let whole = match (repository, workflow) {
        (Some(repository), Some(workflow)) => format!("{repository} ({workflow})"),
        (Some(repository), None) => repository.to_owned(),
        (None, _) => text("sub").unwrap_or("an unnamed program").to_owned(),
    };
    whole.chars().filter(|c| !c.is_control()).take(PUBLISHER_CLAIM_BYTES_MAX / 2).collect()
}

/// A claim in whole seconds since 1970, as RFC 7519 section 2 has them; fractions are cut off.
fn seconds(claims: &Map<String, Value>, name: &str) -> Option<Timestamp> {
    let value = claims.get(name)?;
    let whole = value.as_i64().or_else(|| value.as_f64().and_then(|number| format!("{:.0}", number.trunc()).parse().ok()))?;
    let millis = whole.checked_mul(1_000).filter(|millis| (0..=MILLIS_MAX).contains(millis))?;
    Some(Timestamp::from_millis(0).plus(Span::from_millis(millis)))
}

/// The last moment a claim may name, in milliseconds: the end of the year 9999.
const MILLIS_MAX: i64 = 253_402_300_799_000;

fn refused(code: &'static str, text: impl Into<String>) -> Problem {
    Problem::new(Kind::Unauthenticated, code, text)
}
