//! The exchange: an identity token of a CI comes in, a short token for the projects that trust it goes out.

use std::collections::{BTreeMap, BTreeSet};

use vetmoot_domain::event::Topic;
use vetmoot_domain::{Ecosystem, Package, Timestamp};
use vetmoot_storage::events;
use vetmoot_storage::limits::TOKEN_PROJECTS_MAX;
use vetmoot_storage::submission::publishers::{self, PublisherRow};
use vetmoot_storage::tokens::{self, NewToken};

use super::identity::{Identity, check_audience, check_times, prove, refused};
use crate::ctx::Ctx;
use crate::limits::{IDENTITY_LEEWAY, MINTED_LASTS};
use crate::member::secret;
use crate::member::token::Scope;
use crate::problem::{Kind, Problem};

/// A token that was given for an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minted {
    /// The token, told this once.
    pub token: String,
    /// The packages it hands in.
    pub packages: Vec<Package>,
    /// When it ends.
    pub expires_at: Timestamp,
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
    let chosen = choose(trusted, &identity, wanted)?;
    let Some(first) = chosen.first() else { return Err(nobody(&identity, wanted)) };
    let secret = secret::new()?;
    let expires_at = now.plus(MINTED_LASTS);
    let new = NewToken {
        user_id: first.added_by,
        hash: secret::hash(&secret),
        scopes: vec![Scope::Publish.to_string()],
        // Whoever looks no further takes it for one package's, never for everything's.
        project: Some(first.package.to_string()),
        expires_at,
    };
    let tx = ctx.store.begin().await?;
    if !publishers::first_use(&tx, &identity.hash, identity.expires_at.plus(IDENTITY_LEEWAY), now).await? {
        return Err(refused("identity-used", "this identity was exchanged before; ask the issuer for a new one"));
    }
    let id = tokens::create(&tx, &new, now).await?;
    let ids: Vec<i64> = chosen.iter().map(|row| row.id).collect();
    match publishers::token_made(&tx, id, &ids, &identity.subject()).await? {
        // They may have been removed since they were read. What was begun here is not kept, so the identity is still good.
        0 => return Err(nobody(&identity, wanted)),
        trusted if trusted < ids.len() => return Err(changed()),
        _ => {}
    }
    for row in &chosen {
        let about = [row.added_by_name.to_string(), format!("publisher:{}", row.id)];
        events::append(&tx, Topic::TokenCreated, &about, None, now).await?;
    }
    tx.commit().await?;
    Ok(Minted { token: secret, packages: chosen.into_iter().map(|row| row.package).collect(), expires_at })
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

/// The trusted publishers this identity is, one a project, by the projects' names; at least one.
fn choose(trusted: Vec<PublisherRow>, identity: &Identity, wanted: Wanted<'_>) -> Result<Vec<PublisherRow>, Problem> {
    let mut chosen: BTreeMap<Package, PublisherRow> = BTreeMap::new();
    for row in trusted.into_iter().filter(|row| wanted.fits(&row.package) && identity.has(&row.claims)) {
        // Of several entries of one project the one that says most answers for it, the oldest of those.
        if chosen.get(&row.package).is_none_or(|other| other.claims.len() < row.claims.len()) {
            chosen.insert(row.package.clone(), row);
        }
    }
    if chosen.len() > TOKEN_PROJECTS_MAX {
        let text = format!(
            "this identity is trusted for {} projects, and a token is for {TOKEN_PROJECTS_MAX} at most; name the environment or \
             the workflow in each project's publisher, and hand them in from several jobs",
            chosen.len()
        );
        return Err(Problem::new(Kind::Conflict, "too-many-projects", text));
    }
    if chosen.is_empty() { Err(nobody(identity, wanted)) } else { Ok(chosen.into_values().collect()) }
}

fn changed() -> Problem {
    let text = "the trusted publishers of a project were changed at this moment; exchange the identity again";
    Problem::new(Kind::Conflict, "publishers-changed", text)
}

fn nobody(identity: &Identity, wanted: Wanted<'_>) -> Problem {
    let any = || format!("any {} project here", wanted.ecosystem);
    let of = wanted.package.map_or_else(any, ToString::to_string);
    refused(
        "untrusted-publisher",
        format!("the identity of {} fits no trusted publisher of {of}; a lead of the project names it", identity.subject()),
    )
}
