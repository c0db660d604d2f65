//! The index document of a package: asked for once at a time, kept, merged with what is pinned here.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::FutureExt as _;
use sha2::{Digest as _, Sha256};
use url::Url;
use vetmoot_domain::{Digests, Ecosystem, Incident, Package, PublishTime, Publisher, Timestamp};
use vetmoot_ecosystems::{Document, Entry, Listing, world};
use vetmoot_outbound::{Meta, Request};
use vetmoot_storage::artifacts::ArtifactRow;
use vetmoot_storage::listings::ListingRow;
use vetmoot_storage::{artifacts, listings, packages};

use super::arrival::{Came, take_in};
use crate::ctx::Ctx;
use crate::limits::{LISTING_BYTES_MAX, LISTING_TIMEOUT, NEGATIVE_FRESH, STALL_TIMEOUT};
use crate::problem::{Kind, Problem};
use crate::submission::own;

/// A package as upstream lists it now, joined with what this instance pinned.
pub struct Current {
    /// The package.
    pub package: Package,
    /// Its row.
    pub row_id: i64,
    /// The parsed document.
    pub listing: Arc<Listing>,
    /// What is known of each entry, in the listing's order.
    pub files: Vec<FileFacts>,
    /// The digest of the raw document and the state of its pins: it changes when anything here does.
    pub version: [u8; 32],
    /// The digest of the raw document alone.
    pub(crate) document: [u8; 32],
    /// For a package whose home is this community: the state of the world (`Ctx::generation`) it was last found true in.
    generation: AtomicU64,
    /// When upstream last confirmed it, milliseconds.
    checked_at: AtomicI64,
    /// When the document itself was fetched.
    pub fetched_at: Timestamp,
    upstream_etag: Option<String>,
    upstream_modified: Option<String>,
}

/// The state of the world in which nothing was found true yet.
const NEVER: u64 = u64::MAX;

/// What this instance knows of one listed file beyond the listing.
pub struct FileFacts {
    /// Its row.
    pub artifact_id: i64,
    /// Every digest known: pinned, listed, learned.
    pub digests: Digests,
    /// When it was published, and who says so.
    pub publish: PublishTime,
    /// Set when upstream changed it under its name.
    pub incident: Option<Incident>,
    /// Who published it.
    pub publisher: Option<Publisher>,
    /// The name the file goes by within its package: the file name, else the version.
    pub key: String,
}

impl Current {
    /// When upstream last confirmed the listing.
    pub fn checked_at(&self) -> Timestamp {
        Timestamp::from_millis(self.checked_at.load(Ordering::Relaxed))
    }
    /// Whether it was found true in this state of the world; nothing that came from upstream was.
    pub(crate) fn is_of(&self, generation: u64) -> bool {
        self.generation.load(Ordering::Acquire) == generation
    }
    /// Notes that it is true now, in this state of the world.
    pub(crate) fn confirm(&self, now: Timestamp, generation: u64) {
        self.checked_at.store(now.millis(), Ordering::Relaxed);
        self.generation.store(generation, Ordering::Release);
    }
    /// The entries with what is known of them.
    pub fn entries(&self) -> impl Iterator<Item = (&Entry, &FileFacts)> {
        self.listing.entries.iter().zip(&self.files)
    }
}

/// The name a file goes by within its package.
pub fn key_of(entry: &Entry) -> String {
    entry.file_name.clone().unwrap_or_else(|| entry.version.to_string())
}

/// The package's current listing: from memory while fresh, else confirmed upstream, else the last one known.
///
/// Listings may go stale when upstream is down; what is decided about their entries never does.
pub async fn current(ctx: &Ctx, package: &Package) -> Result<Arc<Current>, Problem> {
    if ctx.reserved.covers(package) {
        // The name never leaves this instance: what was released here is all there is.
        return own::current(ctx, package).boxed().await;
    }
    if let Some(current) = ctx.registry.listings.get(package)
        && is_fresh(ctx, &current)
    {
        return Ok(current);
    }
    let lock = ctx.registry.locks.get_with(package.clone(), || Arc::new(tokio::sync::Mutex::new(())));
    let _single = lock.lock().await;
    // Whoever held the lock before may have brought it.
    if let Some(current) = ctx.registry.listings.get(package)
        && is_fresh(ctx, &current)
    {
        return Ok(current);
    }
    if let Some(until) = ctx.registry.negative.get(package)
        && ctx.clock.now() < until
    {
        return Err(unknown(package));
    }
    let known = match ctx.registry.listings.get(package) {
        Some(current) => Some(current),
        None => load(ctx, package).await?,
    };
    let refreshed = refresh(ctx, package, known.as_ref()).await;
    match (refreshed, known) {
        (Ok(current), _) => Ok(current),
        (Err(problem), Some(known)) if problem.kind != Kind::NotFound => {
            tracing::warn!(%package, code = problem.code, "upstream did not answer; the listing of {} is served", known.checked_at());
            // Asked again after a while, not at every request.
            known.checked_at.store(ctx.clock.now().minus(ctx.listing_fresh).plus(NEGATIVE_FRESH).millis(), Ordering::Relaxed);
            ctx.registry.listings.insert(package.clone(), known.clone());
            ctx.metrics.stale_listings.inc();
            Ok(known)
        }
        (Err(problem), _) => {
            if problem.kind == Kind::NotFound {
                ctx.registry.negative.insert(package.clone(), ctx.clock.now().plus(NEGATIVE_FRESH));
            }
            Err(problem)
        }
    }
}

fn is_fresh(ctx: &Ctx, current: &Current) -> bool {
    ctx.clock.now() < current.checked_at().plus(ctx.listing_fresh)
}

fn unknown(package: &Package) -> Problem {
    Problem::not_found("unknown-package", format!("no index knows {package}"))
}

/// The last listing this instance stored, without asking upstream.
pub async fn load(ctx: &Ctx, package: &Package) -> Result<Option<Arc<Current>>, Problem> {
    let reader = ctx.store.read();
    let Some(row) = packages::find(&reader, package).await? else { return Ok(None) };
    let Some(stored) = listings::get(&reader, row.id).await? else { return Ok(None) };
    let Some(document) = ctx.blobs.read(&stored.blob).await? else { return Ok(None) };
    // The template is kept with the document, so that it can be read while its index is down.
    let dl = super::traits::dl(&stored.traits);
    let listing = parse(package, document, stored.content_type.clone(), &stored.url, dl).await?;
    let rows = artifacts::of_package(&reader, row.id).await?;
    let current = Arc::new(join(package, row.id, listing, rows, &stored));
    ctx.registry.listings.insert(package.clone(), current.clone());
    Ok(Some(current))
}

/// The listing this instance has, fresh or not; upstream is not asked.
pub async fn known(ctx: &Ctx, package: &Package) -> Result<Option<Arc<Current>>, Problem> {
    if ctx.reserved.covers(package) {
        return match own::current(ctx, package).boxed().await {
            Ok(current) => Ok(Some(current)),
            Err(problem) if problem.kind == Kind::NotFound => Ok(None),
            Err(problem) => Err(problem),
        };
    }
    match ctx.registry.listings.get(package) {
        Some(current) => Ok(Some(current)),
        None => load(ctx, package).await,
    }
}

async fn refresh(ctx: &Ctx, package: &Package, known: Option<&Arc<Current>>) -> Result<Arc<Current>, Problem> {
    let upstream = ctx.upstreams.of(package.ecosystem());
    if package.ecosystem() == Ecosystem::Cargo {
        upstream.cargo_config(&ctx.outbound).await?;
    }
    let url = upstream.join(&world(package.ecosystem()).listing_path(package))?;
    let request = Request {
        accept: Some(accept(package.ecosystem())),
        if_none_match: known.and_then(|known| known.upstream_etag.as_deref()),
        if_modified_since: known.and_then(|known| known.upstream_modified.as_deref()),
        max_bytes: LISTING_BYTES_MAX,
        total_timeout: LISTING_TIMEOUT,
        idle_timeout: STALL_TIMEOUT,
        ..Request::get(&url)
    };
    ctx.metrics.upstream_requests.inc();
    let (meta, body) = ctx.outbound.fetch_all(&upstream.allow(), request).await?;
    match (meta.status, known) {
        (304, Some(known)) => {
            known.checked_at.store(ctx.clock.now().millis(), Ordering::Relaxed);
            // Put in again, since it may have come from the database.
            ctx.registry.listings.insert(package.clone(), known.clone());
            Ok(known.clone())
        }
        (200, _) => adopt(ctx, package, &meta, body, known).await,
        (404 | 410, _) => Err(unknown(package)),
        (status, _) => Err(Problem::new(
            Kind::Upstream,
            "upstream-status",
            format!("the index answered {status} for {package}; try again later"),
        )),
    }
}

fn accept(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Cargo => "text/plain",
        Ecosystem::Pypi => "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1",
        Ecosystem::Npm => "application/json",
    }
}

/// Takes a new document of upstream's in.
async fn adopt(
    ctx: &Ctx,
    package: &Package,
    meta: &Meta,
    body: Bytes,
    known: Option<&Arc<Current>>,
) -> Result<Arc<Current>, Problem> {
    let dl = match package.ecosystem() {
        Ecosystem::Cargo => Some(ctx.upstreams.of(Ecosystem::Cargo).cargo_config(&ctx.outbound).await?.dl.clone()),
        Ecosystem::Pypi | Ecosystem::Npm => None,
    };
    let came = Came {
        body,
        content_type: meta.content_type.clone(),
        url: meta.url.to_string(),
        dl,
        etag: meta.etag.clone(),
        last_modified: meta.last_modified.clone(),
        digests: HashMap::new(),
    };
    take_in(ctx, package, came, known).await
}

/// Reads a document where nothing else waits for it.
pub(super) async fn parse(
    package: &Package,
    body: Bytes,
    content_type: Option<String>,
    url: &str,
    dl: Option<String>,
) -> Result<Arc<Listing>, Problem> {
    let broken = |why: String| {
        Problem::new(Kind::Upstream, "upstream-document", format!("the index document of {package} cannot be read: {why}"))
    };
    let url: Url = url.parse().map_err(|error: url::ParseError| broken(error.to_string()))?;
    let owned = package.clone();
    let read = tokio::task::spawn_blocking(move || {
        let document = Document { bytes: body, content_type: content_type.as_deref(), url: &url, cargo_dl: dl.as_deref() };
        world(owned.ecosystem()).read_listing(&owned, document)
    });
    match read.await {
        Ok(Ok(listing)) => Ok(Arc::new(listing)),
        Ok(Err(error)) => Err(broken(error.to_string())),
        Err(panic) => Err(broken("its reader gave up".to_owned()).because(panic)),
    }
}

/// Joins what upstream lists with what is pinned here; a row is always there, since the merge wrote it.
pub(super) fn join(
    package: &Package,
    row_id: i64,
    listing: Arc<Listing>,
    rows: Vec<ArtifactRow>,
    stored: &ListingRow,
) -> Current {
    let files = facts(&listing, rows);
    let mut version = Sha256::new();
    version.update(stored.blob);
    for incident in files.iter().filter_map(|file| file.incident.as_ref()) {
        version.update(incident.noticed.millis().to_le_bytes());
    }
    Current {
        package: package.clone(),
        row_id,
        listing,
        files,
        version: version.finalize().into(),
        document: stored.blob,
        generation: AtomicU64::new(NEVER),
        checked_at: AtomicI64::new(stored.checked_at.millis()),
        fetched_at: stored.fetched_at,
        upstream_etag: stored.etag.clone(),
        upstream_modified: stored.last_modified.clone(),
    }
}

/// What is known of each entry, in the listing's order.
fn facts(listing: &Listing, rows: Vec<ArtifactRow>) -> Vec<FileFacts> {
    let mut by_key: std::collections::HashMap<String, ArtifactRow> = rows.into_iter().map(|row| (row.key(), row)).collect();
    let facts = listing.entries.iter().map(|entry| {
        let key = key_of(entry);
        match by_key.remove(&key) {
            Some(row) => known_file(entry, key, row),
            None => FileFacts {
                artifact_id: 0,
                digests: entry.digests.clone(),
                publish: PublishTime::Unknown,
                incident: None,
                publisher: entry.publisher.clone(),
                key,
            },
        }
    });
    facts.collect()
}

/// Takes in what a download taught about a file of the listing in memory: its digests, and its date.
pub(super) async fn learned(ctx: &Ctx, package: &Package) -> Result<(), Problem> {
    if let Some(known) = ctx.registry.listings.get(package) {
        let files = facts(&known.listing, artifacts::of_package(&ctx.store.read(), known.row_id).await?);
        let changed_upstream = files.iter().zip(&known.files).any(|(now, before)| now.incident != before.incident);
        if changed_upstream {
            // Its tag has to change too, which is made when it is read again.
            ctx.registry.listings.invalidate(package);
        } else {
            let current = Current {
                package: package.clone(),
                row_id: known.row_id,
                listing: known.listing.clone(),
                files,
                version: known.version,
                document: known.document,
                generation: AtomicU64::new(known.generation.load(Ordering::Acquire)),
                checked_at: AtomicI64::new(known.checked_at().millis()),
                fetched_at: known.fetched_at,
                upstream_etag: known.upstream_etag.clone(),
                upstream_modified: known.upstream_modified.clone(),
            };
            ctx.registry.listings.insert(package.clone(), Arc::new(current));
        }
    }
    ctx.changed();
    Ok(())
}

fn known_file(entry: &Entry, key: String, row: ArtifactRow) -> FileFacts {
    let publish = row.publish_time();
    let mut digests = row.digests;
    digests.learn(&entry.digests);
    FileFacts {
        artifact_id: row.id,
        digests,
        publish,
        incident: row.incident,
        publisher: row.publisher.or_else(|| entry.publisher.clone()),
        key,
    }
}
