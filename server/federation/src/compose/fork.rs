//! A followed log contradicts itself: a policy that counts its community says so, with both checkpoints.

use vetmoot_workflows::actor::{self, LocalActor};
use vetmoot_workflows::delivery::{Audience, EventRow, Outgoing};
use vetmoot_workflows::inbox::Lane;
use vetmoot_workflows::log::fork;
use vetmoot_workflows::{Ctx, Problem};

use super::audit::create_id;
use super::{announced, statement_of};
use crate::activities::{Draft, address, create};
use crate::objects::note;

/// The post of a fork. What an admin decides about it later is said on the page of peers alone.
pub async fn seen(ctx: &Ctx, event: &EventRow) -> Result<Vec<Outgoing>, Problem> {
    let none = || Problem::not_found("no-fork", "no contradiction was seen by this event");
    let [origin, _, id] = event.subject.as_slice() else { return Err(none()) };
    let (_, record) = statement_of(ctx, &fork::address(ctx, id)).await?;
    let author = note::fork_author(ctx, origin).ok_or_else(none)?;
    if !actor::exists(ctx, &author).await? {
        return Ok(Vec::new());
    }
    let (now, path) = (ctx.clock.now().to_string(), fork::path(id));
    let draft = Draft {
        kind: "Create",
        actor: &author,
        id: create_id(ctx, &path),
        object: note::fork(ctx, &author, id, &record, &now),
        about: &path,
        lane: Lane::Urgent,
    };
    let community = [address(ctx, &LocalActor::Community)];
    let said = create::say(ctx, draft, &now, &community, vec![Audience::Followers(author.clone())]);
    let mut all = announced(ctx, &said, &now);
    all.insert(0, said);
    Ok(all)
}
