//! How much one member may upload, and that nothing is kept of what is refused.

use vetmoot_domain::Span;
use vetmoot_storage::Stored;

use super::Uploader;
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};

/// Thousandths in the largest file that is taken.
const PARTS: u64 = 1_000;

/// Says that a file was refused after its bytes came, wherever that was: they are removed unless something else refers to
/// them, and count as uploaded.
///
/// What cannot be removed now the daily sweep removes.
pub async fn refused(ctx: &Ctx, uploader: &Uploader, stored: &Stored) {
    spend(ctx, uploader, stored);
    if let Err(error) = ctx.blobs.discard(&stored.sha256, ctx.clock.now()).await {
        tracing::warn!(%error, "the bytes of a refused upload stay until the next sweep");
    }
}

/// Counts what came.
pub(super) fn spend(ctx: &Ctx, uploader: &Uploader, stored: &Stored) {
    let parts = stored.size.saturating_mul(PARTS).div_ceil(ctx.publishing.file_bytes_max.max(1));
    let parts = i64::try_from(parts).unwrap_or(i64::MAX).max(1);
    // Spent by several at once it may be used up by now, which the next one is told.
    let _ = ctx.world.uploads.0.spend(&name(uploader), parts, ctx.clock.now());
}

/// Whether the uploader may upload something now.
///
/// # Errors
/// `uploads-spent`, with how long to wait.
pub(super) fn left(ctx: &Ctx, uploader: &Uploader) -> Result<(), Problem> {
    let Err(wait_ms) = ctx.world.uploads.0.has(&name(uploader), ctx.clock.now()) else { return Ok(()) };
    let minutes = wait_ms.div_euclid(60_000) + 1;
    let text = format!("{} uploaded as much as one member may in an hour; go on in {minutes} minutes", uploader.name);
    Err(Problem::new(Kind::Unavailable, "uploads-spent", text).after(Span::from_millis(wait_ms)))
}

fn name(uploader: &Uploader) -> String {
    uploader.user_id.to_string()
}
