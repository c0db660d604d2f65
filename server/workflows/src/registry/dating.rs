//! Dates of files an index does not date: the `Last-Modified` of the file itself, asked for sparingly.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt as _;
use vetmoot_domain::{Ecosystem, Package, Timestamp};
use vetmoot_ecosystems::{Entry, Listing, world};
use vetmoot_outbound::Request;

use super::listing::{Current, key_of};
use crate::ctx::Ctx;
use crate::limits::{DATED_BY_HEADER_MAX, STALL_TIMEOUT};

/// Moments by the name a file goes by within its package.
pub type Dates = HashMap<String, Timestamp>;

/// Asks for the heads of the newest files that neither the index nor an earlier reading dated.
///
/// Older ones stay undated: asking for thousands of heads would be crawling, and a first sight admits them anyway.
pub async fn by_header(ctx: &Ctx, package: &Package, listing: &Listing, known: Option<&Arc<Current>>) -> Dates {
    let seen = |key: &str| known.is_some_and(|known| known.files.iter().any(|file| file.key == key));
    let mut undated: Vec<&Entry> = listing.entries.iter().filter(|entry| entry.published.is_none()).collect();
    undated.retain(|entry| !seen(&key_of(entry)));
    let versions = world(package.ecosystem()).versions();
    undated.sort_by(|a, b| versions.compare(&b.version, &a.version));
    undated.truncate(DATED_BY_HEADER_MAX);
    // Owned, since a future that borrows what a closure was given cannot be proven to be `Send` where it is spawned.
    let asked: Vec<(String, String)> = undated.into_iter().map(|entry| (key_of(entry), entry.url.clone())).collect();
    let asked = asked.into_iter().map(|(key, url)| async move { Some((key, head(ctx, package.ecosystem(), &url).await?)) });
    let dates = futures_util::stream::iter(asked).buffer_unordered(4).filter_map(std::future::ready);
    dates.collect().await
}

async fn head(ctx: &Ctx, ecosystem: Ecosystem, url: &str) -> Option<Timestamp> {
    let url = url.parse().ok()?;
    let request = Request { total_timeout: STALL_TIMEOUT, idle_timeout: STALL_TIMEOUT, ..Request::head(&url) };
    let answer = ctx.outbound.fetch(&ctx.upstreams.of(ecosystem).allow(), request).await.ok()?;
    if !answer.meta.is_success() {
        return None;
    }
    Timestamp::from_http_date(answer.meta.last_modified.as_deref()?)
}
