//! Rotate the keys of an actor: the successors sign from now on, retired ones stay in its document with their times.

use vetmoot_domain::Role;
use vetmoot_domain::event::Topic;
use vetmoot_keys::Purpose;
use vetmoot_storage::events;

use super::LocalActor;
use super::find::exists;
use super::keys::{ActorKeys, blocking, keys_of};
use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};

/// What a rotation left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// Whose keys.
    pub actor: LocalActor,
    /// The keys since then.
    pub keys: ActorKeys,
}

/// Replaces the keys of an actor; the private halves of the old ones are erased.
///
/// The event's subject is the actor's path and whose keys they are: packages and policies share theirs, so all of them
/// then sign with the successor. Peers learn it from the actor's `Update`, or by asking again at the first signature
/// that they cannot verify.
pub async fn rotate(ctx: &Ctx, origin: &Origin, actor: &LocalActor) -> Result<Rotated, Problem> {
    if !origin.has(&[Role::Admin]) {
        return Err(Problem::new(Kind::Forbidden, "admins-only", "only admins rotate keys"));
    }
    if !exists(ctx, actor).await? {
        return Err(Problem::not_found("unknown-actor", format!("this instance has no actor {actor}")));
    }
    // Made first where there were none, so that there is something to retire.
    keys_of(ctx, actor).await?;
    let (owner, now) = (actor.key_owner(), ctx.clock.now());
    let asked = owner.clone();
    blocking(ctx, move |ctx| {
        for info in ctx.keys.public_keys(&asked)?.iter().filter(|info| info.is_current()) {
            ctx.keys.rotate(&asked, info.purpose, now)?;
        }
        ctx.keys.ensure(&asked, Purpose::HttpMessage, now)
    })
    .await?;
    let keys = keys_of(ctx, actor).await?;
    let tx = ctx.store.begin().await?;
    let subject = [actor.to_string(), owner.to_string()];
    events::append(&tx, Topic::KeyRotated, &subject, Some(&origin.label()), now).await?;
    tx.commit().await?;
    ctx.signals.compose.notify_one();
    Ok(Rotated { actor: actor.clone(), keys })
}
