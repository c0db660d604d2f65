//! Applying what waits: items of one origin one after the other, several origins at a time, nothing for ever.

use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt as _, StreamExt as _, stream};
use vetmoot_workflows::inbox::{self, Outcome, Received};
use vetmoot_workflows::{Ctx, Problem};

use crate::activities;
use crate::limits::{APPLY_AT_ONCE, APPLY_TIMEOUT};

/// Applies what is due, a bounded number of items; answers how many.
pub(crate) async fn apply(ctx: &Ctx) -> Result<usize, Problem> {
    if ctx.domain.is_none() {
        return Ok(0);
    }
    let mut round = inbox::round(ctx).await?;
    if round.is_empty() {
        return Ok(0);
    }
    let origins = std::mem::take(&mut round.origins);
    let applied = stream::iter(origins).map(|items| apply_in_order(ctx, items)).buffer_unordered(APPLY_AT_ONCE);
    let outcomes: Vec<(Received, Outcome)> = applied.concat().await;
    inbox::settle(ctx, round, &outcomes).await?;
    Ok(outcomes.len())
}

async fn apply_in_order(ctx: &Ctx, items: Vec<Received>) -> Vec<(Received, Outcome)> {
    let mut done = Vec::with_capacity(items.len());
    let mut slow = false;
    for item in items {
        if slow {
            // Its server keeps us waiting: the rest of it stays for a later round, so that others are not kept too.
            break;
        }
        let outcome = apply_one(ctx, &item).await;
        slow = matches!(outcome, Outcome::Retry { .. });
        done.push((item, outcome));
    }
    done
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
