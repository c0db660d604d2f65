//! Follow a community no longer: its weight ends in the transaction that says so.

use serde_json::json;
use vetmoot_domain::Timestamp;
use vetmoot_domain::event::Topic;
use vetmoot_storage::federation::following::{self, FollowState, FollowingRow};
use vetmoot_storage::federation::peer_evidence::{self, Moved};
use vetmoot_storage::{Tx, events};

use super::request::{follow_body, new_id, no_trial};
use crate::actor::LocalActor;
use crate::ctx::{Ctx, Origin};
use crate::delivery::{self, Audience, Outgoing};
use crate::inbox::Lane;
use crate::moderation::{self, Snapshot};
use crate::problem::Problem;

/// What an end came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The actor.
    pub actor: String,
    /// Statements that count no longer.
    pub statements: u64,
    /// Packages that are judged anew.
    pub packages: u64,
}

/// Ends following the actor at this address, or the one with this handle or host; says so to it, and re-judges.
pub async fn end(ctx: &Ctx, origin: &Origin, text: &str) -> Result<Ended, Problem> {
    moderation::authorised(origin)?;
    no_trial(ctx)?;
    let row = super::list::find(ctx, text).await?;
    let now = ctx.clock.now();
    let undo = undo(ctx, &row)?;
    let tx = ctx.store.begin().await?;
    let live = following::by_id(&tx, row.id).await?.is_some_and(|row| is_live(row.state));
    if !live {
        tx.rollback().await?;
        return Ok(Ended { actor: row.actor_uri, statements: 0, packages: 0 });
    }
    delivery::queue(ctx, &tx, &[undo]).await?;
    let moved = write(&tx, &row, Some(&origin.label()), now).await?;
    tx.commit().await?;
    ctx.changed();
    ctx.signals.deliver.notify_one();
    Ok(Ended { actor: row.actor_uri, statements: moved.entries, packages: moved.packages })
}

/// Ends following an actor that moved or is gone; nobody is left to tell. Answers whether it was followed.
pub async fn moved(ctx: &Ctx, actor_uri: &str) -> Result<bool, Problem> {
    let Some(row) = following::by_actor(&ctx.store.read(), actor_uri).await?.filter(|row| is_live(row.state)) else {
        return Ok(false);
    };
    let tx = ctx.store.begin().await?;
    write(&tx, &row, None, ctx.clock.now()).await?;
    tx.commit().await?;
    ctx.changed();
    Ok(true)
}

/// Ends every following these lists do not permit, within the transaction that changes them.
pub(crate) async fn end_unpermitted(tx: &Tx, lists: &Snapshot, origin: &Origin, now: Timestamp) -> Result<Vec<Moved>, Problem> {
    let mut ended = Vec::new();
    for row in following::all(tx).await?.into_iter().filter(|row| is_live(row.state)) {
        if !lists.permits(&row.origin, Some(&row.actor_uri)) {
            ended.push(write(tx, &row, Some(&origin.label()), now).await?);
        }
    }
    Ok(ended)
}

fn is_live(state: FollowState) -> bool {
    matches!(state, FollowState::Requested | FollowState::Accepted)
}

async fn write(tx: &Tx, row: &FollowingRow, by: Option<&str>, now: Timestamp) -> Result<Moved, Problem> {
    following::set_state(tx, row.id, FollowState::Ended, now).await?;
    let moved = end_weight(tx, row, now).await?;
    let counts = format!("statements {} packages {}", moved.entries, moved.packages);
    let subject = [row.actor_uri.clone(), row.source.clone(), counts];
    events::append(tx, Topic::FollowEnded, &subject, by, now).await?;
    Ok(moved)
}

/// Ends what a community weighs, unless another of its actors is still followed.
pub(super) async fn end_weight(tx: &Tx, row: &FollowingRow, now: Timestamp) -> Result<Moved, Problem> {
    let other = following::by_source(tx, row.source_id).await?;
    if other.is_some_and(|other| other.id != row.id && other.state == FollowState::Accepted) {
        return Ok(Moved::default());
    }
    Ok(peer_evidence::end_source(tx, row.source_id, now).await?)
}

fn undo(ctx: &Ctx, row: &FollowingRow) -> Result<Outgoing, Problem> {
    let uri = new_id(ctx)?;
    let mut follow = follow_body(ctx, &row.follow_uri, &row.actor_uri);
    if let Some(members) = follow.as_object_mut() {
        members.remove("@context");
    }
    let body = json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": uri,
        "type": "Undo",
        "actor": ctx.base_url.join(&LocalActor::Community.to_string()),
        "object": follow,
        "to": [row.actor_uri],
    });
    Ok(Outgoing {
        uri,
        actor: LocalActor::Community,
        kind: "Undo",
        object: row.follow_uri.clone(),
        about: "/community".to_owned(),
        body,
        lane: Lane::Usual,
        public: false,
        to: vec![Audience::Actor(row.actor_id)],
    })
}
