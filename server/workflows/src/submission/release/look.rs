//! What an index has of a file right now: asked of the index itself, past every cache.

use std::time::Duration;

use url::Url;
use vetmoot_domain::{Digest, Digests, Ecosystem, Timestamp, Version};
use vetmoot_ecosystems::{Document, Listing, world};
use vetmoot_outbound::Request;

use super::target;
use crate::ctx::Ctx;
use crate::limits::{CONFIG_BYTES_MAX, LISTING_BYTES_MAX, LISTING_TIMEOUT, STALL_TIMEOUT};
use crate::problem::{Kind, Problem};
use crate::submission::{CandidateRow, FileRow};

/// A file as its index lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// Its version as the index spells it.
    pub(super) version: Version,
    /// Where its bytes lie; empty when the index has it and does not list it yet.
    pub(super) url: String,
    /// The strong digests it names.
    pub(super) digests: Digests,
    /// The SHA-1 it names, where it names nothing better.
    pub(super) sha1: Option<[u8; 20]>,
}

/// How what an index names compares with what was vetted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// It names the digests of the vetted bytes.
    Same,
    /// It names the digests of other bytes.
    Other,
    /// It names nothing that could be compared; the bytes tell.
    Unknown,
}

impl Seen {
    /// How it compares with the file.
    pub(super) fn likeness(&self, file: &FileRow) -> Likeness {
        let shares = |digest: &Digest| file.digests.has(digest);
        let other_sha1 = self.sha1.zip(file.sha1).is_some_and(|(seen, ours)| seen != ours);
        if self.digests.contradicts(&file.digests) || other_sha1 {
            Likeness::Other
        } else if self.digests.iter().any(|digest| shares(&digest)) {
            Likeness::Same
        } else {
            Likeness::Unknown
        }
    }
}

/// The package's document as its index serves it now; none when the index does not know the package.
pub(super) async fn listing(ctx: &Ctx, candidate: &CandidateRow, patience: Duration) -> Result<Option<Listing>, Problem> {
    let package = &candidate.package;
    let upstream = ctx.upstreams.of(package.ecosystem());
    let dl = match package.ecosystem() {
        Ecosystem::Cargo => Some(upstream.cargo_config(&ctx.outbound).await?.dl.clone()),
        Ecosystem::Pypi | Ecosystem::Npm => None,
    };
    let url = upstream.join(&world(package.ecosystem()).listing_path(package))?;
    let accept = match package.ecosystem() {
        Ecosystem::Cargo => "text/plain",
        Ecosystem::Pypi => "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1",
        Ecosystem::Npm => "application/json",
    };
    let request = Request {
        accept: Some(accept),
        fields: no_cache(),
        max_bytes: LISTING_BYTES_MAX,
        total_timeout: patience,
        idle_timeout: patience.min(STALL_TIMEOUT),
        ..Request::get(&url)
    };
    let (meta, body) = ctx.outbound.fetch_all(&upstream.allow(), request).await?;
    match meta.status {
        200 => {}
        404 | 410 => return Ok(None),
        status => return Err(asked(format!("the index answered {status} for {package}"))),
    }
    let owned = package.clone();
    let read = tokio::task::spawn_blocking(move || {
        let content_type = meta.content_type.as_deref();
        let document = Document { bytes: body, content_type, url: &meta.url, cargo_dl: dl.as_deref() };
        world(owned.ecosystem()).read_listing(&owned, document)
    });
    match read.await {
        Ok(Ok(listing)) => Ok(Some(listing)),
        Ok(Err(error)) => Err(asked(format!("the index document of {package} cannot be read: {error}"))),
        Err(panic) => Err(asked(format!("the index document of {package} cannot be read")).because(panic)),
    }
}

/// The file as its index has it now; none when it does not.
pub(super) async fn file(ctx: &Ctx, candidate: &CandidateRow, file: &FileRow) -> Result<Option<Seen>, Problem> {
    let found = listing(ctx, candidate, LISTING_TIMEOUT).await?.and_then(|listing| entry(&listing, candidate, file));
    match (found, candidate.package.ecosystem()) {
        // What was just taken may not stand in the index yet; the web API knows at once.
        (None, Ecosystem::Cargo) => by_api(ctx, candidate).await,
        (found, _) => Ok(found),
    }
}

/// The file in a listing.
pub(super) fn entry(listing: &Listing, candidate: &CandidateRow, file: &FileRow) -> Option<Seen> {
    let ecosystem = candidate.package.ecosystem();
    let found = listing.entries.iter().find(|entry| match ecosystem {
        Ecosystem::Pypi => entry.file_name.as_deref() == Some(file.file_name.as_str()),
        // An index has one version without regard to build metadata.
        Ecosystem::Cargo => without_build(entry.version.as_str()) == without_build(candidate.version.as_str()),
        Ecosystem::Npm => entry.version == candidate.version,
    })?;
    Some(Seen { version: found.version.clone(), url: found.url.clone(), digests: found.digests.clone(), sha1: found.sha1 })
}

/// When the first file of this version appeared on its index, where it says so.
pub(super) fn first_seen(listing: &Listing, candidate: &CandidateRow) -> Option<Timestamp> {
    listing.entries.iter().filter(|entry| entry.version == candidate.version).filter_map(|entry| entry.published).min()
}

fn without_build(version: &str) -> &str {
    version.split('+').next().unwrap_or(version)
}

/// The version as cargo's web API has it, where the index has one that answers such questions.
async fn by_api(ctx: &Ctx, candidate: &CandidateRow) -> Result<Option<Seen>, Problem> {
    let Ok(base) = target::of(ctx, Ecosystem::Cargo).await else { return Ok(None) };
    let path = format!("api/v1/crates/{}/{}", candidate.package.name(), candidate.version);
    let Some(json) = api(ctx, &target::join(&base, &path)?, LISTING_TIMEOUT).await? else { return Ok(None) };
    let checksum = json.pointer("/version/checksum").and_then(serde_json::Value::as_str);
    let Some(digest) = checksum.and_then(|hex| Digest::sha256_hex(hex).ok()) else { return Ok(None) };
    Ok(Some(Seen { version: candidate.version.clone(), url: String::new(), digests: Digests::of(digest), sha1: None }))
}

/// A record of cargo's web API; none when there is none, or the index has no such interface.
pub(super) async fn api(ctx: &Ctx, url: &Url, patience: Duration) -> Result<Option<serde_json::Value>, Problem> {
    let request = Request {
        accept: Some("application/json"),
        fields: no_cache(),
        max_bytes: CONFIG_BYTES_MAX,
        total_timeout: patience,
        idle_timeout: patience.min(STALL_TIMEOUT),
        ..Request::get(url)
    };
    let (meta, body) = ctx.outbound.fetch_all(&target::allow(url)?, request).await?;
    match meta.status {
        200 => Ok(serde_json::from_slice(&body).ok()),
        429 | 500..=599 => Err(asked(format!("the index answered {} when it was asked for the version", meta.status))),
        _ => Ok(None),
    }
}

pub(super) fn no_cache() -> Vec<(&'static str, String)> {
    vec![("cache-control", "no-cache".to_owned())]
}

fn asked(text: String) -> Problem {
    Problem::new(Kind::Upstream, "upstream-status", text)
}
