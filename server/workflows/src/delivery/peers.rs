//! The other servers known here: what they run, how they take what is sent to them, what waits for them.

use std::collections::HashMap;

use vetmoot_domain::Timestamp;
use vetmoot_storage::events;
use vetmoot_storage::federation::deliveries;
use vetmoot_storage::federation::hosts::{self, HostRow};

use super::cursor;
use crate::ctx::Ctx;
use crate::problem::Problem;

/// Another server, as `GET /api/v1/federation/peers` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Host, with its port if unusual.
    pub host: String,
    /// Scheme, host and port.
    pub origin: String,
    /// What it says that it runs.
    pub software: Option<String>,
    /// `ok`, `slow`, `dead` or `blocked`.
    pub state: &'static str,
    /// Whether an admin keeps its queue waiting.
    pub paused: bool,
    /// How many deliveries wait for it.
    pub queue: u64,
    /// When something last came from it.
    pub last_in: Option<Timestamp>,
    /// When it last took something.
    pub last_out: Option<Timestamp>,
    /// Why it last failed, while it does.
    pub last_error: Option<String>,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// When it is tried next, while it fails.
    pub next_try: Option<Timestamp>,
    /// How many of its actors this community follows.
    pub following: u64,
    /// How many of its actors follow somebody here.
    pub followed_by: u64,
}

/// How federation is doing as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Whether there is any: a trial has none.
    pub on: bool,
    /// Events that no activities were made of yet.
    pub unpublished: u64,
    /// Deliveries that wait.
    pub queue: u64,
    /// Hosts known.
    pub hosts: u64,
    /// Hosts that fail at present.
    pub slow: u64,
    /// Hosts that failed for days.
    pub dead: u64,
    /// Hosts an admin keeps waiting.
    pub paused: u64,
}

/// Host and port of an origin, as people name it.
pub fn host_of(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

/// Every server known here, by origin.
pub async fn peers(ctx: &Ctx) -> Result<Vec<Peer>, Problem> {
    let reads = ctx.store.read();
    let waiting: HashMap<i64, u64> = deliveries::waiting_by_host(&reads).await?.into_iter().collect();
    let ties = deliveries::ties(&reads).await?;
    let ties: HashMap<i64, (u64, u64)> = ties.into_iter().map(|(host, theirs, ours)| (host, (theirs, ours))).collect();
    let rows = hosts::all(&reads).await?;
    let peer = |row: HostRow| {
        let (followed_by, following) = ties.get(&row.id).copied().unwrap_or_default();
        Peer { queue: waiting.get(&row.id).copied().unwrap_or(0), following, followed_by, ..alone(ctx, row) }
    };
    Ok(rows.into_iter().filter(|row| row.origin != ctx.base_url.as_str()).map(peer).collect())
}

/// A server without what is counted over others' rows.
fn alone(ctx: &Ctx, row: HostRow) -> Peer {
    let state = if ctx.moderation.permits(&row.origin, None) { row.state.as_str() } else { "blocked" };
    Peer {
        host: host_of(&row.origin).to_owned(),
        origin: row.origin,
        software: row.software,
        state,
        paused: row.paused,
        queue: 0,
        last_in: row.last_in_at,
        last_out: row.last_out_at,
        last_error: row.last_error,
        failing_since: row.failing_since,
        next_try: row.next_try_at,
        following: 0,
        followed_by: 0,
    }
}

/// How federation is doing as a whole.
pub async fn status(ctx: &Ctx) -> Result<Status, Problem> {
    let reads = ctx.store.read();
    let (done, last) = (cursor::read(&reads).await?, events::last(&reads).await?);
    let mut status = Status {
        on: ctx.domain.is_some(),
        unpublished: if ctx.domain.is_some() { u64::try_from(last - done).unwrap_or(0) } else { 0 },
        queue: deliveries::waiting_count(&reads).await?,
        hosts: 0,
        slow: 0,
        dead: 0,
        paused: 0,
    };
    for row in hosts::all(&reads).await? {
        status.hosts += 1;
        status.slow += u64::from(row.state == hosts::HostState::Slow);
        status.dead += u64::from(row.state == hosts::HostState::Dead);
        status.paused += u64::from(row.paused);
    }
    Ok(status)
}

/// Counts what waits, for the metrics.
pub async fn measure(ctx: &Ctx) -> Result<(), Problem> {
    let waiting = deliveries::waiting_count(&ctx.store.read()).await?;
    ctx.metrics.deliveries_waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
    Ok(())
}
