//! Activities of ours by their ids, as they went out.

use vetmoot_storage::federation::activities;

pub use vetmoot_storage::federation::activities::ActivityRow;

use super::outgoing::Outgoing;
use super::publish::queue;
use crate::ctx::Ctx;
use crate::problem::Problem;

/// The activity of this id, public or not; none when nothing was said under it.
pub async fn activity(ctx: &Ctx, uri: &str) -> Result<Option<ActivityRow>, Problem> {
    Ok(activities::by_uri(&ctx.store.read(), uri).await?)
}

/// Queues an answer that changes nothing else here, once for its id.
pub async fn answer(ctx: &Ctx, reply: Outgoing) -> Result<(), Problem> {
    let tx = ctx.store.begin().await?;
    queue(ctx, &tx, &[reply]).await?;
    tx.commit().await?;
    ctx.signals.deliver.notify_one();
    Ok(())
}
