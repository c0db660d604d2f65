//! Items that were given up: shown to the operator, and begun anew on their word.

use vetmoot_storage::federation::inbox;

use crate::ctx::Ctx;
use crate::problem::Problem;

pub use vetmoot_storage::federation::inbox::{Counts, PoisonRow};

/// Items that were given up, newest first.
pub async fn poisoned(ctx: &Ctx, limit: u64) -> Result<Vec<PoisonRow>, Problem> {
    Ok(inbox::poisoned(&ctx.store.read(), limit).await?)
}

/// Lets one item that was given up (all of them without a row) be tried anew; answers how many there were.
pub async fn replay(ctx: &Ctx, row: Option<i64>) -> Result<u64, Problem> {
    let tx = ctx.store.begin().await?;
    let renewed = inbox::replay(&tx, row, ctx.clock.now()).await?;
    tx.commit().await?;
    ctx.signals.apply.notify_one();
    Ok(renewed)
}

/// How many items wait, and how many were given up.
pub async fn counts(ctx: &Ctx) -> Result<Counts, Problem> {
    Ok(inbox::counts(&ctx.store.read()).await?)
}
