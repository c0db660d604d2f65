//! Keep the blob store in order: index documents nobody refers to go, and what nobody asked for lately when room is short.

use vetmoot_domain::Span;

use crate::ctx::Ctx;
use crate::problem::Problem;

/// How long an index document that was replaced is kept: answers under way may still read it.
const REPLACED_KEPT: Span = Span::days(1);

/// Writes down what was used, removes replaced documents, and brings the store below `max` bytes where a bound is set.
/// What is pinned or audited stays. Answers how many bytes went.
pub async fn tend(ctx: &Ctx, max: Option<u64>) -> Result<u64, Problem> {
    let now = ctx.clock.now();
    ctx.blobs.write_down(now).await?;
    let swept = ctx.blobs.sweep_unreferenced(now.minus(REPLACED_KEPT), now).await?;
    match max {
        Some(max) => Ok(swept + ctx.blobs.prune(max, now).await?),
        None => Ok(swept),
    }
}
