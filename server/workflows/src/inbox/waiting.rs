//! Applying what was accepted: fair between origins, what is urgent first, each item with an outcome that is written down.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use serde_json::Value;
use vetmoot_domain::Timestamp;
use vetmoot_storage::federation::hosts;
use vetmoot_storage::federation::inbox::{self, Settled, WaitingRow};

use super::receiving::Claim;
use super::{Outcome, Received};
use crate::ctx::Ctx;
use crate::limits::{
    APPLY_ITEMS_MAX, APPLY_ORIGINS_MAX, APPLY_RETRY_FIRST, APPLY_RETRY_MAX, APPLY_TRIES_MAX, INBOX_DETAIL_CHARS, INBOX_KEPT,
    INBOX_PRUNE_EVERY, INBOX_PRUNE_ROWS,
};
use crate::problem::Problem;

/// Items of one origin, taken for one round: nobody else applies anything of it until this is settled or dropped.
pub struct Turn {
    /// The items, to be applied in this order.
    pub items: Vec<Received>,
    #[expect(dead_code, reason = "dropping it lets the origin go")]
    claim: Claim,
}

/// Takes what is due: of each origin in turn, and the fewer of them wait, the more of each. Those with something urgent
/// come first.
pub async fn round(ctx: &Ctx) -> Result<Vec<Turn>, Problem> {
    let reads = ctx.store.read();
    let receiving = &ctx.world.receiving;
    let turn = receiving.turn.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut wanted = inbox::waiting_origins(&reads, &turn, APPLY_ORIGINS_MAX).await?;
    let around = u64::try_from(wanted.len()).unwrap_or(APPLY_ORIGINS_MAX);
    if around < APPLY_ORIGINS_MAX && !turn.is_empty() {
        // The end of the list was reached, so it goes on from the beginning, up to where it began.
        let more = inbox::waiting_origins(&reads, "", APPLY_ORIGINS_MAX - around).await?;
        wanted.extend(more.into_iter().take_while(|origin| *origin <= turn));
    }
    let last = wanted.last().filter(|_| around >= APPLY_ORIGINS_MAX).cloned().unwrap_or_default();
    *receiving.turn.lock().unwrap_or_else(PoisonError::into_inner) = last;
    let claims: Vec<(String, Claim)> =
        wanted.into_iter().filter_map(|origin| Claim::take(ctx, &origin).map(|claim| (origin, claim))).collect();
    let each = u64::try_from((APPLY_ITEMS_MAX / claims.len().max(1)).max(1)).unwrap_or(1);
    let mut turns = Vec::new();
    for (origin, claim) in claims {
        let due = inbox::due(&reads, &origin, ctx.clock.now(), each).await?;
        if let Some(lane) = due.first().map(|row| row.lane) {
            turns.push((lane, Turn { items: due.into_iter().map(received).collect(), claim }));
        }
    }
    turns.sort_by_key(|(lane, _)| *lane);
    Ok(turns.into_iter().map(|(_, turn)| turn).collect())
}

fn received(row: WaitingRow) -> Received {
    Received {
        row: row.id,
        uri: row.uri,
        kind: row.kind,
        actor: row.actor,
        origin: row.origin,
        // It was read strictly before it was accepted; what cannot be read now is refused when it is applied.
        body: serde_json::from_str(&row.body).unwrap_or(Value::Null),
        tries: row.tries,
    }
}

/// Writes down what became of the items of some turns, in one transaction, and then lets their origins go.
pub async fn settle(ctx: &Ctx, turns: Vec<Turn>, outcomes: &[(Received, Outcome)]) -> Result<(), Problem> {
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    for (item, outcome) in outcomes {
        let settled = settled(item, outcome, now);
        ctx.metrics.count_applied(if matches!(settled, Settled::Poison(_)) { "poison" } else { outcome.word() });
        if let Settled::Poison(why) = &settled {
            tracing::warn!(activity = %item.uri, row = item.row, why, "gave an item of the inbox up; it is kept for a replay");
        }
        inbox::settle(&tx, item.row, &settled, now).await?;
    }
    // What is tried again says nothing new about its host.
    let heard: BTreeSet<&str> =
        outcomes.iter().filter(|(item, _)| item.tries == 0).map(|(item, _)| item.origin.as_str()).collect();
    for origin in heard {
        let host = hosts::ensure(&tx, origin, now).await?;
        hosts::note_in(&tx, host, now).await?;
    }
    tx.commit().await?;
    drop(turns);
    prune(ctx, now).await
}

fn settled(item: &Received, outcome: &Outcome, now: Timestamp) -> Settled {
    let cut = |text: &str| text.chars().filter(|c| !c.is_control()).take(INBOX_DETAIL_CHARS).collect::<String>();
    let detail = match outcome {
        Outcome::Applied | Outcome::AlreadySeen => None,
        Outcome::Unknown { kind } => Some(cut(kind)),
        Outcome::Refused { code, text } => Some(cut(&format!("{code}: {text}"))),
        Outcome::Retry { text } if item.tries.saturating_add(1) >= APPLY_TRIES_MAX => return Settled::Poison(cut(text)),
        Outcome::Retry { text } => return Settled::Again(next_try(item, now), cut(text)),
    };
    Settled::Done(outcome.word(), detail)
}

/// Twice the wait of the last time.
fn next_try(item: &Received, now: Timestamp) -> Timestamp {
    let doubled = APPLY_RETRY_FIRST.millis().saturating_mul(1 << item.tries.min(20));
    now.plus(vetmoot_domain::Span::from_millis(doubled.min(APPLY_RETRY_MAX.millis())))
}

/// Forgets what is older than any signature could be, now and then.
async fn prune(ctx: &Ctx, now: Timestamp) -> Result<(), Problem> {
    {
        let mut pruned = ctx.world.receiving.pruned_at.lock().unwrap_or_else(PoisonError::into_inner);
        if pruned.is_some_and(|at| now < at.plus(INBOX_PRUNE_EVERY)) {
            return Ok(());
        }
        *pruned = Some(now);
    }
    let tx = ctx.store.begin().await?;
    inbox::prune(&tx, now.minus(INBOX_KEPT), INBOX_PRUNE_ROWS).await?;
    Ok(tx.commit().await?)
}
