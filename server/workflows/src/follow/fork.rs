//! What to do about a log that contradicts itself: nothing is taken from it until an admin has decided.

use vetmoot_domain::Role;
use vetmoot_domain::event::Topic;
use vetmoot_storage::federation::following::{self, FollowState};
use vetmoot_storage::federation::logs::{self, ForkRow};
use vetmoot_storage::federation::received;
use vetmoot_storage::{Reads, events};

pub use vetmoot_storage::federation::logs::ForkRow as ForkSeen;

use super::end;
use crate::ctx::{Ctx, Origin};
use crate::limits::FORKS_LOOKED_AT_MAX;
use crate::problem::{Kind, Problem};

/// What an admin decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Go on with what the log says now: our copy is read anew from its beginning. Both checkpoints stay kept.
    ReadAnew,
    /// Follow the community no longer.
    End,
}

/// The contradictions of all logs, newest first: for admins, and as a public notice.
pub async fn forks(ctx: &Ctx) -> Result<Vec<ForkRow>, Problem> {
    Ok(logs::forks(&ctx.store.read(), FORKS_LOOKED_AT_MAX).await?)
}

/// The contradiction of a log that no admin has decided about.
pub(super) async fn open(reads: &impl Reads, log_id: Option<i64>) -> Result<Option<ForkRow>, Problem> {
    let Some(log_id) = log_id else { return Ok(None) };
    let all = logs::forks(reads, FORKS_LOOKED_AT_MAX).await?;
    Ok(all.into_iter().find(|fork| fork.log_id == log_id && fork.seen_by_admin_at.is_none()))
}

/// Decides about a contradiction; every other open one of the same log is decided with it.
pub async fn decide(ctx: &Ctx, origin: &Origin, fork_id: i64, decision: Decision) -> Result<(), Problem> {
    if !origin.has(&[Role::Admin]) {
        return Err(Problem::new(Kind::Forbidden, "admins-only", "only admins decide about a log that contradicts itself"));
    }
    let all = forks(ctx).await?;
    let missing = || Problem::not_found("no-such-fork", "no such contradiction of a log is known here");
    let fork = all.iter().find(|fork| fork.id == fork_id).ok_or_else(missing)?;
    let now = ctx.clock.now();
    let rows = following::all(&ctx.store.read()).await?;
    let of_log: Vec<_> = rows.into_iter().filter(|row| row.log_id == Some(fork.log_id)).collect();
    if decision == Decision::End {
        for row in of_log.iter().filter(|row| row.state == FollowState::Accepted) {
            end::end(ctx, origin, &row.actor_uri).await?;
        }
    }
    let tx = ctx.store.begin().await?;
    for open in all.iter().filter(|other| other.log_id == fork.log_id) {
        logs::acknowledge_fork(&tx, open.id, now).await?;
    }
    if decision == Decision::ReadAnew {
        for row in &of_log {
            received::forget_log(&tx, fork.log_id, row.source_id).await?;
            following::read_again(&tx, row.id, now).await?;
        }
    }
    let word = if decision == Decision::End { "ended" } else { "read-anew" };
    let subject = [fork.origin.clone(), fork.size.to_string(), word.to_owned()];
    events::append(&tx, Topic::LogForked, &subject, Some(&origin.label()), now).await?;
    tx.commit().await?;
    ctx.signals.catch_up.notify_one();
    Ok(())
}
