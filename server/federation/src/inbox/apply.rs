//! Applying what waits: items of one origin one after the other, several origins at a time, nothing for ever.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use tokio::task::JoinSet;
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
    let mut turns = inbox::round(ctx).await?.into_iter();
    // Tasks of their own, not futures beside this one: they go on while results are written down. A future that nobody
    // polls meanwhile could be the next in line for the one writer, and everybody would wait for it.
    let mut applying = JoinSet::new();
    let mut done = 0;
    loop {
        while applying.len() < APPLY_AT_ONCE {
            let Some(turn) = turns.next() else { break };
            let ctx = ctx.clone();
            applying.spawn(async move { apply_in_order(&ctx, turn).await });
        }
        let Some(first) = applying.join_next().await else { return Ok(done) };
        let mut heap = vec![first];
        heap.extend(std::iter::from_fn(|| applying.try_join_next()));
        // A task that broke off has let go of its origin; what it had is due again.
        let applied =
            heap.into_iter().filter_map(|one| one.inspect_err(|error| tracing::error!(%error, "applying broke off")).ok());
        let (turns, outcomes): (Vec<Turn>, Vec<Vec<_>>) = applied.unzip();
        let outcomes = outcomes.concat();
        inbox::settle(ctx, turns, &outcomes).await?;
        done += outcomes.len();
    }
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
