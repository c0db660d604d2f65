//! Followers: somebody elsewhere begins to follow an actor of ours, or ends it.

use vetmoot_domain::event::Topic;
use vetmoot_storage::federation::followers::{self, FollowerRow};
use vetmoot_storage::{Tx, events};

use crate::actor::LocalActor;
use crate::ctx::Ctx;
use crate::delivery::{self, Outgoing};
use crate::peer::RemoteActor;
use crate::problem::Problem;

/// Takes a follower: the row, its event and the answer leave in one transaction. Answers whether the follower is new.
///
/// `follow_uri` is the id of their Follow; saying it again under another id keeps the newer one. `reply` is the Accept.
pub async fn take(
    ctx: &Ctx,
    local: &LocalActor,
    actor: &RemoteActor,
    follow_uri: &str,
    reply: Outgoing,
) -> Result<bool, Problem> {
    let now = ctx.clock.now();
    let path = local.to_string();
    let tx = ctx.store.begin().await?;
    let new = followers::add(&tx, &path, actor.id, follow_uri, now).await?;
    if new {
        events::append(&tx, Topic::FollowerCame, &[path, actor.uri.clone()], None, now).await?;
    }
    delivery::queue(ctx, &tx, &[reply]).await?;
    tx.commit().await?;
    ctx.signals.deliver.notify_one();
    Ok(new)
}

/// Ends what an actor elsewhere follows here: the one `local` names, the one said by `follow_uri`, or neither.
/// Answers whether anything ended.
pub async fn leave(ctx: &Ctx, actor: &str, local: Option<&LocalActor>, follow_uri: Option<&str>) -> Result<bool, Problem> {
    let path = local.map(ToString::to_string);
    let wanted = |row: &FollowerRow| match &path {
        Some(path) => row.local == *path,
        None => Some(row.follow_uri.as_str()) == follow_uri,
    };
    end(ctx, actor, wanted).await
}

/// Ends everything an actor elsewhere follows here, because it is gone. Answers whether there was anything.
pub async fn gone(ctx: &Ctx, actor: &str) -> Result<bool, Problem> {
    end(ctx, actor, |_| true).await
}

async fn end(ctx: &Ctx, actor: &str, wanted: impl Fn(&FollowerRow) -> bool) -> Result<bool, Problem> {
    // Looked at before the one writing transaction begins: most of what strangers undo or delete was never here.
    if !followers::of_uri(&ctx.store.read(), actor).await?.iter().any(&wanted) {
        return Ok(false);
    }
    let tx = ctx.store.begin().await?;
    let ended = remove(&tx, ctx, actor, wanted).await?;
    tx.commit().await?;
    Ok(ended)
}

async fn remove(tx: &Tx, ctx: &Ctx, actor: &str, wanted: impl Fn(&FollowerRow) -> bool) -> Result<bool, Problem> {
    let mut ended = false;
    for row in followers::of_uri(tx, actor).await?.into_iter().filter(wanted) {
        if followers::remove(tx, &row.local, row.actor_id).await? {
            events::append(tx, Topic::FollowerLeft, &[row.local, row.uri], None, ctx.clock.now()).await?;
            ended = true;
        }
    }
    Ok(ended)
}

/// One page of those who follow an actor of ours, in order of coming, after this row number.
pub async fn page(ctx: &Ctx, local: &LocalActor, after_id: i64, limit: u64) -> Result<Vec<FollowerRow>, Problem> {
    Ok(followers::of_local(&ctx.store.read(), &local.to_string(), after_id, limit).await?)
}

/// How many follow an actor of ours.
pub async fn count(ctx: &Ctx, local: &LocalActor) -> Result<u64, Problem> {
    Ok(followers::count(&ctx.store.read(), &local.to_string()).await?)
}

/// Every actor of ours that anybody follows.
pub async fn followed(ctx: &Ctx) -> Result<Vec<LocalActor>, Problem> {
    let counts = followers::counts(&ctx.store.read()).await?;
    Ok(counts.iter().filter_map(|(path, _)| path.parse().ok()).collect())
}
