//! `admin federation`: following and ending it, blocking, and the queues to and from other servers.

use clap::Subcommand;
use serde_json::{Value, json};
use vetmoot_workflows::delivery::peers::Peer;
use vetmoot_workflows::delivery::tend::Queue;
use vetmoot_workflows::moderation::{self, Decided, Verdict};
use vetmoot_workflows::{Ctx, Origin, delivery, follow, inbox};

/// Other servers.
#[derive(Debug, Subcommand)]
pub enum Federation {
    /// Follow another community: its statements become evidence where a policy's [[import]] names its host.
    Follow {
        /// `@community@vet.example.org`, or its address.
        community: String,
    },
    /// Follow it no longer; what it said stops counting at once.
    Unfollow {
        /// `@community@vet.example.org`, its address, or its host.
        community: String,
    },
    /// Speak with a server, or with one actor, no longer.
    Block {
        /// A host with everything below it, or the address of one actor.
        subject: String,
        /// Why; shown on the public page of moderation.
        #[arg(long, default_value = "blocked by the operator")]
        reason: String,
    },
    /// Take a block back.
    Unblock {
        /// The host, or the address of the actor.
        subject: String,
        /// Why.
        #[arg(long, default_value = "taken back by the operator")]
        reason: String,
    },
    /// Send what waits for a host now.
    Retry {
        /// The host.
        host: String,
    },
    /// Keep a host's queue waiting.
    Pause {
        /// The host.
        host: String,
    },
    /// Let a paused queue go on.
    Resume {
        /// The host.
        host: String,
    },
    /// Forget a host's failures and send what waits.
    Reset {
        /// The host.
        host: String,
        /// Give up what waits instead; the ledger says so.
        #[arg(long)]
        drop: bool,
    },
    /// How the queues are, and each server in a line.
    Status {
        /// One host alone.
        host: Option<String>,
    },
    /// Messages that could not be applied.
    #[command(subcommand)]
    Poison(Poison),
}

/// Messages that could not be applied.
#[derive(Debug, Subcommand)]
pub enum Poison {
    /// List them.
    List,
    /// Try one again, or all of them.
    Replay {
        /// Its number; all of them when none is given.
        number: Option<i64>,
    },
}

/// Messages listed at most, the newest.
const POISON_SHOWN_MAX: u64 = 1_000;

type Printed = anyhow::Result<(String, Value)>;

/// Runs one of them beside the server or without it.
pub async fn run(ctx: &Ctx, command: Federation) -> Printed {
    let origin = Origin::Operator;
    match command {
        Federation::Follow { community } => {
            let following = follow::request(ctx, &origin, &community).await?;
            let value = json!({ "handle": following.handle, "actor": following.actor_uri, "state": following.state.as_str() });
            Ok((format!("{} {}", following.handle, following.state), value))
        }
        Federation::Unfollow { community } => {
            let ended = follow::end(ctx, &origin, &community).await?;
            let text = format!("{} ended, {} statements count no longer", ended.actor, ended.statements);
            Ok((text, json!({ "actor": ended.actor, "state": "ended", "statements": ended.statements })))
        }
        Federation::Block { subject, reason } => {
            let decided = moderation::decide(ctx, &origin, &subject, Verdict::Block, &reason).await?;
            Ok(self::decided(&decided, "blocked"))
        }
        Federation::Unblock { subject, reason } => {
            let decided = moderation::undo(ctx, &origin, &subject, &reason).await?;
            Ok(self::decided(&decided, "undecided"))
        }
        Federation::Retry { host } => waits(&host, "retry", delivery::retry(ctx, &origin, &host).await?),
        Federation::Pause { host } => waits(&host, "paused", delivery::pause(ctx, &origin, &host).await?),
        Federation::Resume { host } => waits(&host, "resumed", delivery::resume(ctx, &origin, &host).await?),
        Federation::Reset { host, drop } => {
            let queue = if drop { Queue::Drop } else { Queue::Send };
            waits(&host, "reset", delivery::reset(ctx, &origin, &host, queue).await?)
        }
        Federation::Status { host } => status(ctx, host.as_deref()).await,
        Federation::Poison(poison) => self::poison(ctx, poison).await,
    }
}

fn decided(decided: &Decided, state: &str) -> (String, Value) {
    let Decided { subject, unfollowed, statements, followers, deliveries } = decided;
    let text = format!(
        "{subject} {state}: {unfollowed} unfollowed, {statements} statements count no longer, {followers} followers removed, \
         {deliveries} deliveries given up"
    );
    let value = json!({
        "subject": subject, "state": state, "unfollowed": unfollowed, "statements": statements, "followers": followers,
        "deliveries": deliveries,
    });
    (text, value)
}

#[expect(clippy::unnecessary_wraps, reason = "as its siblings answer")]
fn waits(host: &str, state: &str, queue: u64) -> Printed {
    Ok((format!("{host} {state}, {queue} waiting"), json!({ "host": host, "state": state, "queue": queue })))
}

async fn status(ctx: &Ctx, host: Option<&str>) -> Printed {
    let status = delivery::status(ctx).await?;
    let mut peers = delivery::peers(ctx).await?;
    if let Some(host) = host {
        peers.retain(|peer| peer.host == host || peer.origin == host);
        anyhow::ensure!(!peers.is_empty(), "no server of the name {host} is known here; leave it out to see all");
    }
    let inbox = inbox::counts(ctx).await?;
    let mut text = if status.on {
        format!(
            "out: {} waiting for {} servers ({} slow, {} dead, {} paused), {} events to be published\nin:  {} waiting, {} given up",
            status.queue,
            status.hosts,
            status.slow,
            status.dead,
            status.paused,
            status.unpublished,
            inbox.waiting,
            inbox.poison
        )
    } else {
        "a trial has no federation; set the domain first: vetmoot-server admin domain set HOST".to_owned()
    };
    for peer in &peers {
        text.push('\n');
        text.push_str(&line(peer));
    }
    let value = json!({
        "federation": status.on, "queue": status.queue, "hosts": status.hosts, "slow": status.slow, "dead": status.dead,
        "paused": status.paused, "unpublished": status.unpublished,
        "inbox": { "waiting": inbox.waiting, "poison": inbox.poison }, "mode": moderation::mode(ctx).as_str(), "peers": peers.iter().map(entry).collect::<Vec<_>>(),
    });
    Ok((text, value))
}

fn line(peer: &Peer) -> String {
    let paused = if peer.paused { " paused" } else { "" };
    let software = peer.software.as_deref().unwrap_or("?");
    let error = peer.last_error.as_ref().map_or_else(String::new, |error| format!("  {error}"));
    format!("{:7}{paused} {:32} {software:24} {:6} waiting{error}", peer.state, peer.host, peer.queue)
}

fn entry(peer: &Peer) -> Value {
    json!({
        "host": peer.host, "software": peer.software, "state": peer.state, "paused": peer.paused, "queue": peer.queue,
        "last_in": peer.last_in, "last_out": peer.last_out, "last_error": peer.last_error, "next_try": peer.next_try,
        "following": peer.following, "followed_by": peer.followed_by,
    })
}

async fn poison(ctx: &Ctx, command: Poison) -> Printed {
    match command {
        Poison::List => {
            let rows = inbox::poisoned(ctx, POISON_SHOWN_MAX).await?;
            let line = |row: &inbox::PoisonRow| {
                let why = row.detail.as_deref().unwrap_or("");
                format!("{:8} {:10} {} from {} ({} tries): {why}", row.id, row.kind, row.uri, row.actor, row.tries)
            };
            let entry = |row: &inbox::PoisonRow| {
                json!({
                    "number": row.id, "activity": row.uri, "actor": row.actor, "type": row.kind, "detail": row.detail,
                    "tries": row.tries, "received_at": row.received_at,
                })
            };
            let text = rows.iter().map(line).collect::<Vec<_>>().join("\n");
            let text = if text.is_empty() { "nothing was given up".to_owned() } else { text };
            Ok((text, Value::from(rows.iter().map(entry).collect::<Vec<_>>())))
        }
        Poison::Replay { number } => {
            let replayed = inbox::replay(ctx, number).await?;
            Ok((format!("{replayed} to be tried again"), json!({ "replayed": replayed })))
        }
    }
}
