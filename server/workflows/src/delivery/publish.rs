//! Publish activities: each is written down once, with a delivery for every inbox it goes to.

use vetmoot_storage::federation::activities::{self, NewActivity};
use vetmoot_storage::federation::deliveries::{self, Addressed};
use vetmoot_storage::{Tx, settings};

use super::cursor;
use super::outgoing::{Audience, Outgoing};
use crate::ctx::Ctx;
use crate::moderation::{self, Mode};
use crate::problem::Problem;

/// Writes down what was made of the events up to `upto_event_seq`, whom it goes to, and that these events are done: all
/// of it or nothing. Events that were done before change nothing. A trial publishes nothing.
pub async fn publish(ctx: &Ctx, upto_event_seq: i64, outgoing: &[Outgoing]) -> Result<(), Problem> {
    let tx = ctx.store.begin().await?;
    if cursor::read(&tx).await? >= upto_event_seq {
        return Ok(());
    }
    write(ctx, &tx, Some(upto_event_seq), outgoing).await?;
    settings::set(&tx, cursor::NAME, &upto_event_seq.to_string()).await?;
    tx.commit().await?;
    if !outgoing.is_empty() {
        ctx.signals.deliver.notify_one();
    }
    Ok(())
}

/// Writes down activities inside another verb's transaction, which rings `ctx.signals.deliver` after its commit.
pub async fn queue(ctx: &Ctx, tx: &Tx, outgoing: &[Outgoing]) -> Result<(), Problem> {
    write(ctx, tx, None, outgoing).await
}

async fn write(ctx: &Ctx, tx: &Tx, event_seq: Option<i64>, outgoing: &[Outgoing]) -> Result<(), Problem> {
    if ctx.domain.is_none() {
        return Ok(());
    }
    let now = ctx.clock.now();
    for one in outgoing {
        let (actor, body) = (one.actor.to_string(), one.body.to_string());
        let new = NewActivity {
            uri: &one.uri,
            actor: &actor,
            kind: one.kind,
            object: &one.object,
            about: &one.about,
            body: &body,
            lane: one.lane.number(),
            public: one.public,
            event_seq,
            at: now,
        };
        // One of this id went out before: whoever was to get it has it, or will.
        let Some(activity_seq) = activities::insert(tx, &new).await? else { continue };
        let own_origin = ctx.base_url.as_str();
        let heeds_blocks = moderation::mode(ctx) != Mode::Open;
        let what = Addressed { activity_seq, lane: new.lane, now, own_origin, heeds_blocks };
        address(ctx, tx, &what, &one.to).await?;
    }
    Ok(())
}

/// Makes the deliveries of one activity.
async fn address(ctx: &Ctx, tx: &Tx, what: &Addressed<'_>, to: &[Audience]) -> Result<(), Problem> {
    // What goes to followers may go to shared inboxes, and then nobody gets it by their own as well.
    let shared = to.iter().any(|audience| matches!(audience, Audience::Followers(_)));
    for audience in to {
        match audience {
            Audience::Followers(local) => {
                let local = local.to_string();
                let hosts = deliveries::hosts_of_followers(tx, &local).await?;
                let barred = hosts.iter().filter(|(_, origin)| !ctx.moderation.permits(origin, None));
                let barred: Vec<i64> = barred.map(|(id, _)| *id).collect();
                deliveries::to_followers(tx, what, &local, &barred).await?;
            }
            Audience::Actor(id) => {
                let Some((uri, origin)) = deliveries::place_of(tx, *id).await? else { continue };
                if ctx.moderation.permits(&origin, Some(&uri)) {
                    deliveries::to_actor(tx, what, *id, shared).await?;
                }
            }
        }
    }
    Ok(())
}
