//! What they answered to our Follow.

use vetmoot_domain::event::Topic;
use vetmoot_storage::events;
use vetmoot_storage::federation::following::{self, FollowState, FollowingRow};
use vetmoot_storage::federation::peer_evidence;

use crate::ctx::Ctx;
use crate::problem::Problem;

/// They let us follow: what is known of them counts at once, and their log is looked at. Answers whether that is news.
///
/// An answer by anybody but the actor that was asked, or to another Follow than the latest, changes nothing.
pub async fn accepted(ctx: &Ctx, follow_uri: &str, actor_uri: &str) -> Result<bool, Problem> {
    let Some(row) = asked(ctx, follow_uri, actor_uri).await?.filter(|row| row.state != FollowState::Accepted) else {
        return Ok(false);
    };
    let now = ctx.clock.now();
    let lists = ctx.moderation.now();
    let tx = ctx.store.begin().await?;
    // Looked at again inside: it may have been ended meanwhile.
    let state = following::by_follow_uri(&tx, follow_uri).await?.map(|row| row.state);
    let open = matches!(state, Some(FollowState::Requested | FollowState::Rejected));
    if !open || !lists.permits(&row.origin, Some(&row.actor_uri)) {
        tx.rollback().await?;
        return Ok(false);
    }
    following::set_state(&tx, row.id, FollowState::Accepted, now).await?;
    let back = peer_evidence::revive_source(&tx, row.source_id).await?;
    for actor in lists.silenced().filter(|actor| actor.starts_with(&format!("{}/", row.origin))) {
        peer_evidence::end_author(&tx, actor, now).await?;
    }
    let subject = [row.actor_uri, row.source, format!("statements {}", back.entries)];
    events::append(&tx, Topic::FollowAccepted, &subject, None, now).await?;
    tx.commit().await?;
    if back.entries > 0 {
        ctx.changed();
    }
    ctx.signals.catch_up.notify_one();
    Ok(true)
}

/// They do not let us follow, or no longer: nothing of them counts any more. Answers whether that is news.
pub async fn rejected(ctx: &Ctx, follow_uri: &str, actor_uri: &str) -> Result<bool, Problem> {
    let live = |row: &FollowingRow| matches!(row.state, FollowState::Requested | FollowState::Accepted);
    let Some(row) = asked(ctx, follow_uri, actor_uri).await?.filter(live) else { return Ok(false) };
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    following::set_state(&tx, row.id, FollowState::Rejected, now).await?;
    let moved = super::end::end_weight(&tx, &row, now).await?;
    let subject = [row.actor_uri, row.source, format!("statements {}", moved.entries)];
    events::append(&tx, Topic::FollowRejected, &subject, None, now).await?;
    tx.commit().await?;
    ctx.changed();
    Ok(true)
}

/// The following an answer is about, if it comes from whom it was asked of.
async fn asked(ctx: &Ctx, follow_uri: &str, actor_uri: &str) -> Result<Option<FollowingRow>, Problem> {
    let found = following::by_follow_uri(&ctx.store.read(), follow_uri).await?;
    Ok(found.filter(|row| row.actor_uri == actor_uri))
}
