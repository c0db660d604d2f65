//! Packages this instance knows: finding them, and what a page shows of one.

use std::sync::Arc;

use vetmoot_domain::{Ecosystem, Package, PublishTime, Timestamp, Version};
use vetmoot_ecosystems::world;
use vetmoot_storage::packages::{self, PackageRow, SearchCursor};

use crate::ctx::Ctx;
use crate::problem::Problem;
use crate::registry::listing::{self, Current, FileFacts};
use crate::submission::staged_alone;

/// Names of one page of the project list.
const LIST_MAX: u64 = 100_000;

/// The names of an ecosystem's packages whose listing was read here.
pub async fn known(ctx: &Ctx, ecosystem: Ecosystem) -> Result<Vec<String>, Problem> {
    let rows = packages::page(&ctx.store.read(), ecosystem, 0, LIST_MAX).await?;
    Ok(rows.into_iter().filter(|row| row.first_listed_at.is_some()).map(|row| row.package.name().to_string()).collect())
}

/// Known packages whose name holds `text`, and where the next page begins.
pub async fn search(
    ctx: &Ctx,
    text: &str,
    ecosystem: Option<Ecosystem>,
    after: Option<&SearchCursor>,
    limit: u64,
) -> Result<Vec<PackageRow>, Problem> {
    Ok(packages::search(&ctx.store.read(), text, ecosystem, after, limit).await?)
}

/// The package with its listing; asked for upstream when this instance has not seen it yet.
pub async fn show(ctx: &Ctx, package: &Package) -> Result<Arc<Current>, Problem> {
    match listing::current(ctx, package).await {
        Ok(current) => Ok(current),
        Err(problem) => Err(staged_alone::kinder(ctx, package, None, problem).await),
    }
}

/// The newest versions of a package by its ecosystem's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Latest {
    /// The newest of all that upstream did not yank.
    pub latest: Option<Version>,
    /// The newest that is no pre-release.
    pub latest_stable: Option<Version>,
}

/// Finds the newest versions; what upstream yanked is none of them.
pub fn latest(current: &Current) -> Latest {
    let versions = world(current.package.ecosystem()).versions();
    let live = || current.listing.entries.iter().filter(|entry| entry.yanked.is_none()).map(|entry| &entry.version);
    let newest = |found: Option<&Version>| found.cloned();
    Latest {
        latest: newest(live().max_by(|a, b| versions.compare(a, b))),
        latest_stable: newest(live().filter(|version| !versions.is_prerelease(version)).max_by(|a, b| versions.compare(a, b))),
    }
}

/// When a file was published, as far as that is known.
pub fn published(file: &FileFacts) -> Option<Timestamp> {
    match file.publish {
        PublishTime::Dated { at, .. } => Some(at),
        PublishTime::PresentAtFirstSight | PublishTime::Unknown => None,
    }
}

/// Who dated a file: the index, the file's own header, its first sight here; or nobody.
pub fn dated_by(file: &FileFacts) -> Option<&'static str> {
    match file.publish {
        PublishTime::Dated { source, .. } => Some(source.as_str()),
        PublishTime::PresentAtFirstSight => Some("present-at-first-sight"),
        PublishTime::Unknown => None,
    }
}
