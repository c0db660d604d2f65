//! An actor of ours shows something else of itself, another key above all: those who follow it hear so at once.

use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::delivery::{Audience, EventRow, Outgoing};
use vetmoot_workflows::follow::followers;
use vetmoot_workflows::inbox::Lane;
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::subject;
use crate::activities::{Draft, activity_id, address, update};
use crate::objects;

/// The Update of the actor, and of all that share its keys and have followers.
pub async fn changed(ctx: &Ctx, event: &EventRow) -> Result<Vec<Outgoing>, Problem> {
    let actor: LocalActor =
        subject(event)?.parse().map_err(|_| Problem::not_found("no-actor", "the event names no actor of this instance"))?;
    let mut all = Vec::new();
    let shared = actor.key_owner();
    all.extend(update_of(ctx, &actor, event).await?);
    for other in followers::followed(ctx).await? {
        if other != actor && other.key_owner() == shared {
            all.extend(update_of(ctx, &other, event).await?);
        }
    }
    Ok(all)
}

/// The Update of one actor with its document as it is now. It leaves signed with the key the document shows.
pub async fn update_of(ctx: &Ctx, actor: &LocalActor, event: &EventRow) -> Result<Option<Outgoing>, Problem> {
    // An actor nobody asked for has no followers, and no document to show.
    let Some(document) = objects::actor::document(ctx, actor).await? else { return Ok(None) };
    let document = serde_json::to_value(document).map_err(|error| {
        Problem::new(Kind::Internal, "unwritable", "an actor's document could not be written").because(error)
    })?;
    let now = ctx.clock.now().to_string();
    let path = actor.to_string();
    let draft = Draft {
        kind: "Update",
        actor,
        id: activity_id(ctx, &["update", &address(ctx, actor), &event.seq.to_string(), &event.at.to_string()]),
        object: document,
        about: &path,
        lane: Lane::Urgent,
    };
    let mut audiences = vec![Audience::Followers(actor.clone())];
    if !matches!(actor, LocalActor::Community) {
        // The community's followers hold keys of its members too: they verify what the community passes on.
        audiences.push(Audience::Followers(LocalActor::Community));
    }
    Ok(Some(update::say(ctx, draft, &now, &[], audiences)))
}
