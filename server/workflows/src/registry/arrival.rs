//! Taking an index document in, whether it came from upstream or was made here: artifacts merged, digests pinned, news told.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use vetmoot_domain::event::Topic;
use vetmoot_domain::{Digests, Package};
use vetmoot_ecosystems::Entry;
use vetmoot_storage::artifacts::{ArtifactRow, SeenArtifact};
use vetmoot_storage::listings::ListingRow;
use vetmoot_storage::{artifacts, events, listings, packages};

use super::dating::{self, Dates};
use super::listing::{Current, join, key_of, parse};
use crate::ctx::Ctx;
use crate::problem::Problem;

/// A document as it came, or as it was made here.
pub(crate) struct Came {
    /// The raw document.
    pub(crate) body: Bytes,
    /// Its media type, when one was given.
    pub(crate) content_type: Option<String>,
    /// Where it was read.
    pub(crate) url: String,
    /// For cargo: the template of downloads.
    pub(crate) dl: Option<String>,
    /// Its entity tag.
    pub(crate) etag: Option<String>,
    /// When it was changed, as its index says.
    pub(crate) last_modified: Option<String>,
    /// Digests that are known of files whatever the document says, by what a file is called within its package.
    pub(crate) digests: HashMap<String, Digests>,
}

/// Takes a new document in: parsed first, so that one that cannot be read changes nothing.
pub(crate) async fn take_in(
    ctx: &Ctx,
    package: &Package,
    came: Came,
    known: Option<&Arc<Current>>,
) -> Result<Arc<Current>, Problem> {
    let Came { body, content_type, url, dl, etag, last_modified, digests } = came;
    let digest: [u8; 32] = Sha256::digest(&body).into();
    let listing = parse(package, body.clone(), content_type.clone(), &url, dl.clone()).await?;
    for complaint in &listing.complaints {
        tracing::info!(%package, %complaint, "an entry of the index was left out");
    }
    // Nobody else is asked about a name of our own; its releases are dated by us.
    let is_own = ctx.reserved.covers(package);
    let dates = if is_own { Dates::new() } else { dating::by_header(ctx, package, &listing, known).await };
    let blob = ctx.blobs.put(body).await?;
    let now = ctx.clock.now();
    let stored = ListingRow {
        etag,
        last_modified,
        content_type,
        url,
        fetched_at: now,
        checked_at: now,
        blob,
        complaints: listing.complaints.clone(),
        traits: super::traits::to_json(package.ecosystem(), listing.traits, dl.as_deref()).to_string(),
    };
    debug_assert_eq!(stored.blob, digest);
    let seen = listing.entries.iter().map(|entry| seen(entry, &digests)).collect();
    let rows = write(ctx, package, seen, &stored, &dates).await?;
    let current = Arc::new(join(package, rows.0, listing, rows.1, &stored));
    ctx.registry.listings.insert(package.clone(), current.clone());
    ctx.registry.negative.invalidate(package);
    Ok(current)
}

/// Writes a document's artifacts and the document itself in one transaction; answers the package's row and its artifacts.
async fn write(
    ctx: &Ctx,
    package: &Package,
    seen: Vec<SeenArtifact>,
    stored: &ListingRow,
    dates: &Dates,
) -> Result<(i64, Vec<ArtifactRow>), Problem> {
    let now = stored.fetched_at;
    let tx = ctx.store.begin().await?;
    let row = packages::ensure(&tx, package, now).await?;
    let first = row.first_listed_at.is_none();
    let merged = artifacts::merge_listing(&tx, row.id, &seen, now, first).await?;
    listings::put(&tx, row.id, stored).await?;
    if first {
        events::append(&tx, Topic::PackageSeen, &[package.to_string()], None, now).await?;
    }
    for change in &merged.changed {
        tracing::error!(%package, file = %change.key, "upstream changed a file under its name; it is refused from now on");
        ctx.metrics.incidents.inc();
        events::append(&tx, Topic::DigestChanged, &[package.to_string(), change.key.clone()], None, now).await?;
    }
    let mut rows = artifacts::of_package(&tx, row.id).await?;
    for row in rows.iter_mut().filter(|row| row.published.is_none()) {
        let Some(at) = dates.get(&row.key()) else { continue };
        artifacts::set_file_date(&tx, row.id, *at).await?;
        row.published = Some(*at);
        row.date_source = Some(vetmoot_domain::DateSource::FileHeader);
    }
    tx.commit().await?;
    Ok((row.id, rows))
}

fn seen(entry: &Entry, known: &HashMap<String, Digests>) -> SeenArtifact {
    let mut digests = entry.digests.clone();
    if let Some(known) = known.get(&key_of(entry)) {
        digests.learn(known);
    }
    SeenArtifact {
        version: entry.version.clone(),
        file_name: entry.file_name.clone(),
        digests,
        size: entry.size,
        url: entry.url.clone(),
        published: entry.published,
        date_source: None,
        publisher: entry.publisher.clone(),
    }
}
