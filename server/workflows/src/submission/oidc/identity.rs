//! An identity token taken apart: nothing in it counts before its signature, its time and its audience hold.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use vetmoot_domain::{Span, Timestamp};
use vetmoot_keys::JwsAlgorithm;

use super::issuer;
use super::mint::{audience, audiences};
use crate::ctx::Ctx;
use crate::limits::{IDENTITY_BYTES_MAX, IDENTITY_LEEWAY, IDENTITY_LIFE_MAX, PUBLISHER_CLAIM_BYTES_MAX};
use crate::problem::{Kind, Problem};

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// An identity whose signature holds.
pub(super) struct Identity {
    /// Its issuer, as the configuration and tokens write it.
    pub(super) issuer: String,
    /// What it says.
    pub(super) claims: Map<String, Value>,
    /// When it ends.
    pub(super) expires_at: Timestamp,
    /// What it is known by, so that it counts once.
    pub(super) hash: [u8; 32],
}

impl Identity {
    /// Whether it has every one of these claims with exactly this value.
    pub(super) fn has(&self, claims: &BTreeMap<String, String>) -> bool {
        claims.iter().all(|(name, value)| is(self.claims.get(name), value))
    }

    /// Whom it names, in a line: its repository and workflow, else its subject.
    pub(super) fn subject(&self) -> String {
        let text = |name: &str| self.claims.get(name).and_then(Value::as_str);
        let repository = text("repository").or_else(|| text("project_path"));
        let workflow = text("workflow_ref").or_else(|| text("job_workflow_ref")).or_else(|| text("ci_config_ref_uri"));
        let whole = match (repository, workflow) {
            (Some(repository), Some(workflow)) => format!("{repository} ({workflow})"),
            (Some(repository), None) => repository.to_owned(),
            (None, _) => text("sub").unwrap_or("an unnamed program").to_owned(),
        };
        whole.chars().filter(|c| !c.is_control()).take(PUBLISHER_CLAIM_BYTES_MAX / 2).collect()
    }
}

/// Takes the token apart and proves its signature; nothing in it is believed before, its issuer's name apart.
pub(super) async fn prove(ctx: &Ctx, token: &str) -> Result<Identity, Problem> {
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

/// Whether it is its time, and a time that a job may have.
pub(super) fn check_times(identity: &Identity, now: Timestamp) -> Result<(), Problem> {
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

/// Whether it was issued for this community.
pub(super) fn check_audience(ctx: &Ctx, identity: &Identity) -> Result<(), Problem> {
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

/// Whether a claim has exactly this value: a text as it is, a number or a truth value as JSON writes it.
fn is(claim: Option<&Value>, value: &str) -> bool {
    match claim {
        Some(Value::String(text)) => text == value,
        Some(Value::Number(number)) => number.to_string() == value,
        Some(Value::Bool(truth)) => truth.to_string() == value,
        _ => false,
    }
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

/// Why an identity is not taken.
pub(super) fn refused(code: &'static str, text: impl Into<String>) -> Problem {
    Problem::new(Kind::Unauthenticated, code, text)
}
