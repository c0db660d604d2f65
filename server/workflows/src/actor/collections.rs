//! What an actor said, who follows it and whom it follows, as its collections show them.

use serde_json::Value;
use vetmoot_storage::federation::following::FollowState;
use vetmoot_storage::federation::{activities, followers, following};

use super::LocalActor;
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};

/// A page of an outbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The activities as they went out, newest first.
    pub items: Vec<Value>,
    /// Before which number the next page begins; none when this is the last one.
    pub next: Option<i64>,
}

/// The activities of an actor before a number (its latest when none is given), newest first.
pub async fn said(ctx: &Ctx, actor: &LocalActor, before: Option<i64>, limit: u64) -> Result<Said, Problem> {
    let rows = activities::of_actor(&ctx.store.read(), &actor.to_string(), before, limit.saturating_add(1)).await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > wanted;
    let mut said = Said { items: Vec::new(), next: None };
    for row in rows.into_iter().take(wanted) {
        said.next = more.then_some(row.seq);
        said.items.push(serde_json::from_str(&row.body).map_err(|error| {
            Problem::new(Kind::Internal, "unreadable-activity", "an activity of ours cannot be read back").because(error)
        })?);
    }
    Ok(said)
}

/// How many activities stand in an actor's outbox.
pub async fn said_count(ctx: &Ctx, actor: &LocalActor) -> Result<u64, Problem> {
    Ok(activities::count_public(&ctx.store.read(), &actor.to_string()).await?)
}

/// How many follow an actor.
pub async fn followers_count(ctx: &Ctx, actor: &LocalActor) -> Result<u64, Problem> {
    Ok(followers::count(&ctx.store.read(), &actor.to_string()).await?)
}

/// The addresses of those an actor follows; only the community follows anybody.
pub async fn following(ctx: &Ctx, actor: &LocalActor) -> Result<Vec<String>, Problem> {
    if *actor != LocalActor::Community {
        return Ok(Vec::new());
    }
    let rows = following::all(&ctx.store.read()).await?;
    Ok(rows.into_iter().filter(|row| row.state == FollowState::Accepted).map(|row| row.actor_uri).collect())
}
