//! Activities of ours by their ids, as they went out.

use vetmoot_storage::federation::activities;

pub use vetmoot_storage::federation::activities::ActivityRow;

use crate::ctx::Ctx;
use crate::problem::Problem;

/// The activity of this id, public or not; none when nothing was said under it.
pub async fn activity(ctx: &Ctx, uri: &str) -> Result<Option<ActivityRow>, Problem> {
    Ok(activities::by_uri(&ctx.store.read(), uri).await?)
}
