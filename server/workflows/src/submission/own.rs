//! Packages whose home is this community: the index documents made of what was released here.
//!
//! Such a document is taken in like one that came from an index, so that policies, audits and reasons work for it as for
//! any other; only that nobody else is ever asked for the name.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use vetmoot_domain::{Digests, Ecosystem, Package, Timestamp, Version};
use vetmoot_ecosystems::stage::{self, StagedFile};
use vetmoot_ecosystems::{pypi, world};
use vetmoot_storage::submission::actions::{self, ActionKind, ActionRow};

use super::{Candidate, FileRow, candidate, provenance};
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};
use crate::registry::arrival::{Came, take_in};
use crate::registry::listing::{self, Current};

/// A file that was released here, with what its document says of it.
struct Released {
    version: Version,
    file: FileRow,
    metadata: Value,
    at: Timestamp,
    url: String,
    yanked: Option<String>,
    provenance: Option<String>,
}

/// The listing of a package whose home is this community; unknown while nothing of it was released.
///
/// It is made again when anything here changed since, and taken in again only when it came out different.
pub(crate) async fn current(ctx: &Ctx, package: &Package) -> Result<Arc<Current>, Problem> {
    if let Some(known) = ctx.registry.listings.get(package)
        && known.is_of(ctx.generation())
    {
        known.confirm(ctx.clock.now(), ctx.generation());
        return Ok(known);
    }
    let lock = ctx.registry.locks.get_with(package.clone(), || Arc::new(tokio::sync::Mutex::new(())));
    let _single = lock.lock().await;
    // Taken before anything is read: what is written meanwhile makes the next look read again.
    let generation = ctx.generation();
    let known = match ctx.registry.listings.get(package) {
        Some(known) => Some(known),
        None => listing::load(ctx, package).await?,
    };
    if let Some(known) = &known
        && known.is_of(generation)
    {
        return Ok(known.clone());
    }
    let files = released(ctx, package).await?;
    if files.is_empty() {
        ctx.registry.listings.invalidate(package);
        return Err(Problem::not_found("unknown-package", format!("no index knows {package}"))
            .because("the name is reserved for this community, and nothing of it was released here"));
    }
    // An npm document names a SHA-512 alone, and blobs are found by their SHA-256.
    let digests = files.iter().map(|one| (one.key(package), one.file.digests.clone())).collect();
    let body = document(package, files).await?;
    let digest: [u8; 32] = Sha256::digest(&body).into();
    let current = match known {
        Some(known) if known.document == digest => known,
        _ => take_in(ctx, package, came(ctx, package, body, digests), None).await?,
    };
    current.confirm(ctx.clock.now(), generation);
    ctx.registry.listings.insert(package.clone(), current.clone());
    Ok(current)
}

/// Says that something of a package was released here, yanked or deprecated: its document is made anew when it is asked for.
pub fn changed(ctx: &Ctx, package: &Package) {
    if ctx.reserved.covers(package) {
        ctx.registry.listings.invalidate(package);
    }
    ctx.changed();
}

/// Where the bytes of a file that was handed in are read, absolute: the staging door, which outlives every policy.
pub fn address(ctx: &Ctx, package: &Package, version: &Version, file_name: &str) -> String {
    let name = package.name();
    ctx.base_url.join(&match package.ecosystem() {
        Ecosystem::Cargo => format!("/publish/cargo/dl/{name}/{version}/download"),
        Ecosystem::Pypi => format!("/publish/pypi/files/{}", pypi::file_path(package, file_name)),
        Ecosystem::Npm => format!("/publish/npm/{name}/-/{file_name}"),
    })
}

fn came(ctx: &Ctx, package: &Package, body: Bytes, digests: HashMap<String, Digests>) -> Came {
    let door = ctx.base_url.join(&format!("/publish/{}/", package.ecosystem()));
    Came {
        body,
        content_type: None,
        dl: (package.ecosystem() == Ecosystem::Cargo).then(|| format!("{door}dl")),
        url: door,
        etag: None,
        last_modified: None,
        digests,
    }
}

async fn document(package: &Package, files: Vec<Released>) -> Result<Bytes, Problem> {
    let owned = package.clone();
    let broken = |why: String| {
        Problem::new(
            Kind::Internal,
            "own-document",
            "the index document of this package could not be made; the operator finds the cause in the log",
        )
        .because(why)
    };
    let made = tokio::task::spawn_blocking(move || {
        let staged: Vec<StagedFile<'_>> = files.iter().map(Released::staged).collect();
        stage::document(&owned, None, &staged)
    });
    match made.await {
        Ok(Ok(body)) => Ok(Bytes::from(body)),
        Ok(Err(error)) => Err(broken(error.to_string())),
        Err(panic) => Err(broken(panic.to_string())),
    }
}

impl Released {
    /// What the file is called within its package.
    fn key(&self, package: &Package) -> String {
        match package.ecosystem() {
            Ecosystem::Pypi => self.file.file_name.clone(),
            Ecosystem::Cargo | Ecosystem::Npm => self.version.to_string(),
        }
    }
    fn staged(&self) -> StagedFile<'_> {
        StagedFile {
            version: &self.version,
            file_name: &self.file.file_name,
            digests: &self.file.digests,
            sha1: self.file.sha1.as_ref(),
            size: self.file.size,
            metadata: &self.metadata,
            published: self.at,
            url: &self.url,
            yanked: self.yanked.as_deref(),
            provenance: self.provenance.as_deref(),
        }
    }
}

/// Every file of the package that was released here, oldest release first.
async fn released(ctx: &Ctx, package: &Package) -> Result<Vec<Released>, Problem> {
    let mut candidates = candidate::released(ctx, package).await?;
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let versions = world(package.ecosystem()).versions();
    // In the order in which they appeared, whoever was handed in first; the same document comes out every time.
    candidates.sort_by(|a, b| {
        let earlier = a.row.released_at.cmp(&b.row.released_at);
        earlier.then_with(|| versions.compare(&a.row.version, &b.row.version))
    });
    let done = actions::done(&ctx.store.read(), package).await?;
    let marks = marks(package, &done, &candidates);
    let door = ctx.base_url.join("/publish/pypi/");
    let mut files = Vec::new();
    for Candidate { row, files: of_it, .. } in candidates {
        for file in of_it {
            files.push(Released {
                metadata: serde_json::from_str(&file.metadata).unwrap_or_default(),
                at: row.released_at.unwrap_or(row.changed_at),
                url: address(ctx, package, &row.version, &file.file_name),
                yanked: marks.get(&row.version).cloned(),
                provenance: provenance::address(&door, package, &row.version, &file),
                version: row.version.clone(),
                file,
            });
        }
    }
    Ok(files)
}

/// The text each version is yanked (npm: deprecated) with, after everything that was done.
fn marks(package: &Package, done: &[ActionRow], candidates: &[Candidate]) -> BTreeMap<Version, String> {
    let versions = world(package.ecosystem()).versions();
    let mut marks = BTreeMap::new();
    for action in done {
        let message = action.message.clone().unwrap_or_default();
        // A deprecation marks where the index has that; an empty text takes it back, as npm's client does.
        let mark = match action.kind {
            ActionKind::Yank => Some(message),
            ActionKind::Deprecate if package.ecosystem() != Ecosystem::Npm => continue,
            ActionKind::Deprecate => Some(message).filter(|text| !text.is_empty()),
            ActionKind::Unyank => None,
        };
        for row in candidates.iter().map(|candidate| &candidate.row) {
            let named = action.versions.iter().any(|version| versions.compare(version, &row.version).is_eq());
            match (&mark, named) {
                (_, false) => {}
                (Some(text), true) => drop(marks.insert(row.version.clone(), text.clone())),
                (None, true) => drop(marks.remove(&row.version)),
            }
        }
    }
    marks
}
