//! Applying what waits: items of one origin one after the other, several origins at a time, nothing for ever.

use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt as _, StreamExt as _, stream};
use vetmoot_workflows::inbox::{self, Outcome, Received, Turn};
use vetmoot_workflows::{Ctx, Problem};

use crate::activities;
use crate::limits::{APPLY_AT_ONCE, APPLY_TIMEOUT};

/// Applies what is due, a bounded number of items; answers how many.
///
/// Several of these may run beside each other: each takes other origins. A server that keeps us waiting keeps its own
/// items waiting, and what others said is settled meanwhile.
pub(crate) async fn apply(ctx: &Ctx) -> Result<usize, Problem> {
    if ctx.domain.is_none() {
        return Ok(0);
    }
    let turns = inbox::round(ctx).await?;
    let applied = stream::iter(turns).map(|turn| apply_in_order(ctx, turn)).buffer_unordered(APPLY_AT_ONCE);
    let mut heaps = std::pin::pin!(applied.ready_chunks(APPLY_AT_ONCE));
    let mut done = 0;
    while let Some(heap) = heaps.next().await {
        let (turns, outcomes): (Vec<Turn>, Vec<Vec<_>>) = heap.into_iter().unzip();
        let outcomes = outcomes.concat();
        inbox::settle(ctx, turns, &outcomes).await?;
        done += outcomes.len();
    }
    Ok(done)
}

async fn apply_in_order(ctx: &Ctx, mut turn: Turn) -> (Turn, Vec<(Received, Outcome)>) {
    let items = std::mem::take(&mut turn.items);
    let mut done = Vec::with_capacity(items.len());
    for item in items {
        let outcome = apply_one(ctx, &item).await;
        let waits = matches!(outcome, Outcome::Retry { .. });
        done.push((item, outcome));
        if waits {
            // What comes after it stays for a later round, which is sooner than behind everything it may be waiting for.
            break;
        }
    }
    (turn, done)
}

async fn apply_one(ctx: &Ctx, item: &Received) -> Outcome {
    // It may have been blocked since it came.
    if !ctx.moderation.permits(&item.origin, Some(&item.actor)) {
        return Outcome::Refused { code: "blocked", text: format!("{} is blocked", item.origin) };
    }
    let applied = AssertUnwindSafe(activities::receive(ctx, item)).catch_unwind();
    match tokio::time::timeout(APPLY_TIMEOUT, applied).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Outcome::Retry { text: "applying it ended in a fault of this server; its log says more".to_owned() },
        Err(_) => Outcome::Retry { text: "applying it took too long".to_owned() },
    }
}
