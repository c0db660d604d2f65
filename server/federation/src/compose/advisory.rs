//! An advisory was issued or withdrawn: its author posts it, community and package pass it on, ahead of what is not urgent.

use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::advisory::{addresses, show};
use vetmoot_workflows::delivery::{Audience, EventRow, Outgoing};
use vetmoot_workflows::inbox::Lane;
use vetmoot_workflows::{Ctx, Problem};

use super::audit::create_id;
use super::{actor_of, announced, author_of, everybody, statement_of, subject};
use crate::activities::{Draft, activity_id, address, announce, create, update};
use crate::objects::note::{self, Withdrawn};

/// The post of an advisory.
pub async fn issued(ctx: &Ctx, event: &EventRow) -> Result<Vec<Outgoing>, Problem> {
    let id = subject(event)?;
    let (_, record) = statement_of(ctx, &addresses::record(ctx, id)).await?;
    let row = show::show(ctx, id).await?;
    let now = ctx.clock.now().to_string();
    let (author, about) = (LocalActor::Person(row.author_name.clone()), addresses::path(id));
    let draft = Draft {
        kind: "Create",
        actor: &author,
        id: create_id(ctx, &about),
        object: note::advisory(ctx, &row, &record, None, &now),
        about: &about,
        lane: Lane::Urgent,
    };
    let community = address(ctx, &LocalActor::Community);
    let said = create::say(ctx, draft, &now, &[community], vec![Audience::Followers(author.clone())]);
    let mut all = announced(ctx, &said, &now);
    if let Some(package) = actor_of(ctx, &row.package).await? {
        let post = said.body.get("object").cloned().unwrap_or_default();
        all.push(announce::address(ctx, &package, &post, &about, Lane::Urgent, &now));
    }
    all.insert(0, said);
    Ok(all)
}

/// The Update of the advisory's post, and the reply with the reason.
pub async fn withdrawn(ctx: &Ctx, event: &EventRow) -> Result<Vec<Outgoing>, Problem> {
    let id = subject(event)?;
    let (_, record) = statement_of(ctx, &addresses::record(ctx, id)).await?;
    let (statement, withdrawal) = statement_of(ctx, &addresses::withdrawal(ctx, id)).await?;
    let row = show::show(ctx, id).await?;
    let Some((at, reason)) = row.withdrawn.clone() else {
        return Err(Problem::not_found("not-withdrawn", "the advisory is not withdrawn"));
    };
    let shown = Withdrawn { reason: &reason, at, record: &withdrawal };
    let (author, by) = (LocalActor::Person(row.author_name.clone()), author_of(ctx, &statement)?);
    let package = actor_of(ctx, &row.package).await?;
    let now = ctx.clock.now().to_string();
    let (community, about) = ([address(ctx, &LocalActor::Community)], addresses::path(id));
    let said = note::serve::first_said(ctx, &about, row.issued_at).await?;
    let post = note::advisory(ctx, &row, &record, Some(&shown), &said);
    let draft = |kind, actor, id, object| Draft { kind, actor, id, object, about: &about, lane: Lane::Urgent };
    let update_id = activity_id(ctx, &["update", &ctx.base_url.join(&about), &at.to_string()]);
    let updated = draft("Update", &author, update_id, post);
    let updated = update::say(ctx, updated, &now, &community, everybody(&author, package.as_ref()));
    let path = format!("{about}/withdrawal");
    let reply = note::advisory_withdrawal(ctx, &row, &by, &shown, &now);
    let reply = draft("Create", &by, create_id(ctx, &path), reply);
    let reply = create::say(ctx, reply, &now, &community, vec![Audience::Followers(by.clone())]);
    let mut all = vec![announce::whole(ctx, &LocalActor::Community, &updated, &now)];
    if by != LocalActor::Community {
        // What the community says itself its followers get from itself.
        all.extend(announced(ctx, &reply, &now));
    }
    all.splice(0..0, [updated, reply]);
    Ok(all)
}
