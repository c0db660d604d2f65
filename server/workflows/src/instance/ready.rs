//! Whether the instance can answer: the database, above all.

use crate::ctx::Ctx;
use crate::problem::Problem;

/// Asks the database; answers what kind it is.
pub async fn database(ctx: &Ctx) -> Result<&'static str, Problem> {
    Ok(ctx.store.health().await?.kind)
}
