//! How far the event log was turned into activities.

use vetmoot_storage::events::{self, EventRow};
use vetmoot_storage::{Reads, settings};

use crate::ctx::Ctx;
use crate::problem::Problem;

/// The setting that holds the number of the last event that is done.
pub const NAME: &str = "federation.composed";

/// The number of the last event of which activities were made; 0 before the first.
pub async fn read(reads: &impl Reads) -> Result<i64, Problem> {
    // What is not a number was not written here; beginning anew repeats no activity, as each has its id.
    Ok(settings::get(reads, NAME).await?.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// The events that no activities were made of yet, oldest first. What they changed is in this process's memory by then,
/// whichever process wrote them: a policy that nobody here had heard of could not speak.
pub async fn unpublished(ctx: &Ctx, limit: u64) -> Result<Vec<EventRow>, Problem> {
    let reads = ctx.store.read();
    let done = read(&reads).await?;
    let found = events::after(&reads, done, limit).await?;
    if !found.is_empty() {
        ctx.notice().await?;
    }
    Ok(found)
}
