//! The issuers of identities and their keys: asked for through the one door outside, kept, and asked again within a budget
//! (OpenID Connect Discovery 1.0 section 4).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use url::Url;
use vetmoot_domain::Timestamp;
use vetmoot_keys::Jwk;
use vetmoot_outbound::{AllowList, Request};

use crate::ctx::Ctx;
use crate::limits::{ISSUER_BYTES_MAX, ISSUER_FRESH, ISSUER_KEYS_MAX, ISSUER_PAUSE, ISSUER_STALE_MAX, ISSUER_TIMEOUT};
use crate::problem::{Kind, Problem};

/// What is known of issuers; there is an entry for each configured one alone.
#[derive(Debug, Default)]
pub struct Issuers(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Known>>>>);

#[derive(Debug, Default)]
struct Known {
    keys: Vec<Jwk>,
    /// When the keys were read.
    read_at: Option<Timestamp>,
    /// When the issuer was asked last, whether it answered or not.
    asked_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: Url,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

/// The issuer as its configured address and its tokens both write it: without a slash at the end.
pub(super) fn name_of(text: &str) -> &str {
    text.strip_suffix('/').unwrap_or(text)
}

/// The configured issuer that calls itself so in `iss`.
pub(super) fn configured<'c>(ctx: &'c Ctx, iss: &str) -> Option<&'c Url> {
    ctx.publishing.issuers.iter().find(|issuer| name_of(issuer.as_str()) == name_of(iss))
}

/// The issuer's key of this name; the only one when tokens name none.
pub(super) async fn key(ctx: &Ctx, issuer: &Url, kid: Option<&str>) -> Result<Jwk, Problem> {
    let known = {
        let mut all = ctx.world.issuers.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(issuer.to_string()).or_default().clone()
    };
    // One question at a time to each issuer; whoever waited finds the answer.
    let mut known = known.lock().await;
    let now = ctx.clock.now();
    let is_within = |since: Option<Timestamp>, span| since.is_some_and(|at| now < at.plus(span));
    let found = pick(&known.keys, kid);
    if let (Some(key), true) = (&found, is_within(known.read_at, ISSUER_FRESH)) {
        return Ok(key.clone());
    }
    let mut silence = None;
    if !is_within(known.asked_at, ISSUER_PAUSE) {
        known.asked_at = Some(now);
        match read(ctx, issuer).await {
            Ok(keys) => {
                known.keys = keys;
                known.read_at = Some(now);
            }
            Err(problem) => silence = Some(problem),
        }
    }
    // While the issuer is silent the keys it had a while ago still count.
    match pick(&known.keys, kid) {
        Some(key) if is_within(known.read_at, ISSUER_STALE_MAX) => Ok(key),
        _ => match silence {
            Some(problem) => Err(problem),
            None if is_within(known.read_at, ISSUER_STALE_MAX) => Err(unknown_key()),
            None => Err(silent(issuer, "it did not answer a moment ago")),
        },
    }
}

fn pick(keys: &[Jwk], kid: Option<&str>) -> Option<Jwk> {
    match (kid, keys) {
        (Some(kid), keys) => keys.iter().find(|key| key.kid.as_deref() == Some(kid)).cloned(),
        (None, [only]) => Some(only.clone()),
        (None, _) => None,
    }
}

fn unknown_key() -> Problem {
    Problem::new(Kind::Unauthenticated, "unknown-key", "the identity is signed with a key that its issuer does not publish")
}

fn silent(issuer: &Url, why: impl std::fmt::Display) -> Problem {
    Problem::new(
        Kind::Upstream,
        "issuer-silent",
        format!("the issuer {} did not give its keys; try again in a minute", name_of(issuer.as_str())),
    )
    .because(why)
}

/// Reads the discovery document and the keys it names.
async fn read(ctx: &Ctx, issuer: &Url) -> Result<Vec<Jwk>, Problem> {
    let mut allow = AllowList::operator(issuer).map_err(|refused| silent(issuer, refused))?;
    let address = format!("{}/.well-known/openid-configuration", name_of(issuer.as_str()));
    let address: Url = address.parse().map_err(|error| silent(issuer, error))?;
    let discovery: Discovery = document(ctx, &allow, issuer, &address).await?;
    // A document that speaks for somebody else must not lend them its keys (Discovery section 4.3).
    if name_of(&discovery.issuer) != name_of(issuer.as_str()) {
        return Err(silent(issuer, "its discovery document names another issuer"));
    }
    // The document's own host counts as configured; any other has to be public and https.
    allow.extend(&discovery.jwks_uri).map_err(|refused| silent(issuer, refused))?;
    let set: KeySet = document(ctx, &allow, issuer, &discovery.jwks_uri).await?;
    // Keys of kinds that are not known here are passed over.
    let keys = set.keys.into_iter().take(ISSUER_KEYS_MAX).filter_map(|key| serde_json::from_value(key).ok());
    Ok(keys.collect())
}

async fn document<T: serde::de::DeserializeOwned>(
    ctx: &Ctx,
    allow: &AllowList,
    issuer: &Url,
    address: &Url,
) -> Result<T, Problem> {
    let request = Request {
        accept: Some("application/json"),
        // Whoever may redirect a request for keys may name the keys.
        follow: false,
        max_bytes: ISSUER_BYTES_MAX,
        total_timeout: ISSUER_TIMEOUT,
        idle_timeout: ISSUER_TIMEOUT,
        ..Request::get(address)
    };
    let (meta, body) = ctx.outbound.fetch_all(allow, request).await.map_err(|error| silent(issuer, error))?;
    if meta.status != 200 {
        return Err(silent(issuer, format!("it answered {} to {}", meta.status, address.path())));
    }
    serde_json::from_slice(&body).map_err(|error| silent(issuer, error))
}
