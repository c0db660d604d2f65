//! Actors of other servers as they are remembered here.

use vetmoot_domain::Timestamp;
use vetmoot_storage::federation::actors::{self, ActorRow};

use super::{RemoteActor, http_keys};
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};

pub use vetmoot_storage::federation::actors::NewActor;

/// The actor at an address as remembered, if it is; one that is gone says so.
pub async fn known(ctx: &Ctx, uri: &str) -> Result<Option<RemoteActor>, Problem> {
    Ok(actors::by_uri(&ctx.store.read(), uri).await?.map(remote))
}

/// The actor of a row.
pub async fn known_by_id(ctx: &Ctx, id: i64) -> Result<Option<RemoteActor>, Problem> {
    Ok(actors::by_id(&ctx.store.read(), id).await?.map(remote))
}

/// Remembers an actor as it was fetched and verified at `fetched_at`.
///
/// # Errors
/// `actor-changed-type` when it was of another type before: who was followed as a community does not become a person.
pub async fn remember(ctx: &Ctx, actor: &NewActor, fetched_at: Timestamp) -> Result<RemoteActor, Problem> {
    let tx = ctx.store.begin().await?;
    let mut actor = actor.clone();
    if let Some(before) = actors::by_uri(&tx, &actor.uri).await? {
        if before.kind != actor.kind {
            let text = format!("{} was a {} and now says it is a {}; this is not believed", actor.uri, before.kind, actor.kind);
            return Err(Problem::new(Kind::Conflict, "actor-changed-type", text));
        }
        if before.fetched_at > fetched_at {
            // Somebody else fetched it meanwhile, later than this was.
            return Ok(remote(before));
        }
        let name = |handle: &str| handle.split_once('@').map(|(name, _)| name.to_ascii_lowercase());
        if !actor.confirmed && name(&before.handle) == name(&actor.handle) {
            // A handle that was confirmed may be of another host than the address.
            actor.handle = before.handle;
        }
    }
    let id = actors::upsert(&tx, &actor, fetched_at).await?;
    let row = actors::by_id(&tx, id).await?;
    tx.commit().await?;
    row.map(remote).ok_or_else(|| Problem::new(Kind::Internal, "actor-lost", "the actor was written and is not there"))
}

/// Notes that an actor's server says it is gone.
pub async fn gone(ctx: &Ctx, uri: &str) -> Result<(), Problem> {
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    actors::mark_gone(&tx, uri, now).await?;
    Ok(tx.commit().await?)
}

fn remote(row: ActorRow) -> RemoteActor {
    RemoteActor {
        id: row.id,
        host_id: row.host_id,
        keys: http_keys(&row.uri, &row.document),
        uri: row.uri,
        kind: row.kind,
        handle: row.handle,
        name: row.name,
        inbox: row.inbox,
        shared_inbox: row.shared_inbox,
        document: row.document,
        fetched_at: row.fetched_at,
        gone_at: row.gone_at,
    }
}
