//! What has to be sent now, host by host; no queue is ever read whole.

use std::collections::HashMap;

use vetmoot_storage::federation::deliveries::{self, DueHost};
use vetmoot_storage::federation::hosts::HostState;
use vetmoot_storage::federation::{activities, hosts};

use crate::actor::LocalActor;
use crate::ctx::Ctx;
use crate::limits::{DELIVERIES_OF_HOST_MAX, DUE_HOSTS_MAX};
use crate::problem::{Kind, Problem};

pub use vetmoot_storage::federation::deliveries::Waiting;
pub use vetmoot_storage::federation::hosts::{HostRow, HostSignature};

/// A host, and what is to be sent to it in this order.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// The host.
    pub host: HostRow,
    /// The deliveries; one alone while the host fails, which is the probe.
    pub waiting: Vec<Waiting>,
    /// Whether more waits behind them.
    pub more: bool,
}

/// What is said, to whoever it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its id.
    pub uri: String,
    /// Who says it, and signs.
    pub actor: LocalActor,
    /// The page of ours it is about.
    pub about: String,
    /// The activity as it goes out.
    pub body: String,
}

/// Hosts that something is due for.
#[derive(Debug, Clone, PartialEq)]
pub struct Hosts {
    /// They.
    pub due: Vec<Due>,
    /// After which row to look for more; none when these were all.
    pub next: Option<i64>,
}

/// The next hosts after this row that something is due for, [`DUE_HOSTS_MAX`] at most. Hosts that are not spoken with
/// any more lose what waits for them.
pub async fn hosts_after(ctx: &Ctx, after: i64) -> Result<Hosts, Problem> {
    let reads = ctx.store.read();
    let found = deliveries::due_hosts(&reads, ctx.clock.now(), after, DUE_HOSTS_MAX).await?;
    let full = u64::try_from(found.len()).is_ok_and(|count| count >= DUE_HOSTS_MAX);
    let next = found.last().filter(|_| full).map(|due| due.host.id);
    let (found, barred): (Vec<_>, Vec<_>) = found.into_iter().partition(|due| ctx.moderation.permits(&due.host.origin, None));
    for due in barred {
        drop_blocked(ctx, due.host.id).await?;
    }
    let firsts: Vec<i64> = found.iter().map(|due| due.first).collect();
    let firsts = deliveries::by_ids(&reads, &firsts).await?;
    let mut firsts: HashMap<i64, Waiting> = firsts.into_iter().map(|waiting| (waiting.id, waiting)).collect();
    let mut all = Vec::with_capacity(found.len());
    for DueHost { host, first, more } in found {
        let Some(first) = firsts.remove(&first) else { continue };
        let waiting = if more && host.state == HostState::Ok { of_host(ctx, host.id).await? } else { vec![first] };
        all.push(Due { host, waiting, more });
    }
    Ok(Hosts { due: all, next })
}

/// What is due at one host, when it may be sent to at all.
pub async fn again(ctx: &Ctx, host_id: i64) -> Result<Option<Due>, Problem> {
    let now = ctx.clock.now();
    let Some(host) = hosts::by_id(&ctx.store.read(), host_id).await? else { return Ok(None) };
    if host.paused || host.next_try_at.is_some_and(|next| next > now) || !ctx.moderation.permits(&host.origin, None) {
        return Ok(None);
    }
    let mut waiting = of_host(ctx, host_id).await?;
    let more = !waiting.is_empty();
    if host.state != HostState::Ok {
        waiting.truncate(1);
    }
    Ok(more.then_some(Due { host, waiting, more }))
}

async fn of_host(ctx: &Ctx, host_id: i64) -> Result<Vec<Waiting>, Problem> {
    Ok(deliveries::due_of(&ctx.store.read(), host_id, ctx.clock.now(), DELIVERIES_OF_HOST_MAX).await?)
}

async fn drop_blocked(ctx: &Ctx, host_id: i64) -> Result<(), Problem> {
    let tx = ctx.store.begin().await?;
    deliveries::give_up(&tx, host_id, "this community does not speak with that server").await?;
    tx.commit().await?;
    Ok(())
}

/// The activity of this number.
pub async fn said(ctx: &Ctx, activity_seq: i64) -> Result<Said, Problem> {
    let row = activities::by_seq(&ctx.store.read(), activity_seq).await?;
    let row = row.ok_or_else(|| Problem::not_found("no-activity", "a delivery without its activity; run `doctor`"))?;
    let actor = row.actor.parse().map_err(|error| {
        Problem::new(Kind::Internal, "no-actor", "an activity by an actor that is none; run `doctor`").because(error)
    })?;
    Ok(Said { uri: row.uri, actor, about: row.about, body: row.body })
}
