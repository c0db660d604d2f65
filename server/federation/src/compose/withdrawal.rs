//! An audit was withdrawn: its post says so, and a reply gives the reason, ahead of everything that is not as urgent.

use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::audit::record;
use vetmoot_workflows::delivery::{Audience, EventRow, Outgoing};
use vetmoot_workflows::inbox::Lane;
use vetmoot_workflows::statement::addresses;
use vetmoot_workflows::{Ctx, Problem};

use super::audit::create_id;
use super::{actor_of, announced, author_of, everybody, statement_of, subject};
use crate::activities::{Draft, activity_id, address, announce, create, update};
use crate::objects::note::{self, Withdrawn};

/// The Update of the audit's post, and the reply with the reason. Both go to everybody who may have seen the post.
pub async fn withdrawn(ctx: &Ctx, event: &EventRow) -> Result<Vec<Outgoing>, Problem> {
    let id = subject(event)?;
    let (_, audit) = statement_of(ctx, &addresses::audit(ctx, id)).await?;
    let (statement, withdrawal) = statement_of(ctx, &addresses::withdrawal(ctx, id)).await?;
    let row = record::show(ctx, id).await?;
    let Some(ended) = &row.withdrawn else {
        return Err(Problem::not_found("not-withdrawn", "the audit is not withdrawn"));
    };
    let shown = Withdrawn { reason: &ended.reason, at: ended.at, record: &withdrawal };
    let (author, by) = (LocalActor::Person(row.author_name.clone()), author_of(ctx, &statement)?);
    let package = actor_of(ctx, &row.audit.package).await?;
    let now = ctx.clock.now().to_string();
    let community = [address(ctx, &LocalActor::Community)];
    let about = format!("/audits/{id}");
    let post = note::audit(ctx, &row, &audit, Some(&shown), &note::serve::first_said(ctx, &about, row.recorded_at).await?);
    let draft = |kind, actor, id, object| Draft { kind, actor, id, object, about: &about, lane: Lane::Urgent };
    let update_id = activity_id(ctx, &["update", &ctx.base_url.join(&about), &ended.at.to_string()]);
    let updated = draft("Update", &author, update_id, post);
    let updated = update::say(ctx, updated, &now, &community, everybody(&author, package.as_ref()));
    let path = format!("/audits/{id}/withdrawal");
    let reply = draft("Create", &by, create_id(ctx, &path), note::withdrawal(ctx, &row, &by, &shown, &now));
    let reply = create::say(ctx, reply, &now, &community, vec![Audience::Followers(by.clone())]);
    let mut all = vec![announce::whole(ctx, &LocalActor::Community, &updated, &now)];
    if by != LocalActor::Community {
        // What the community says itself its followers get from itself.
        all.extend(announced(ctx, &reply, &now));
    }
    if let Some(package) = &package {
        let post = reply.body.get("object").cloned().unwrap_or_default();
        all.push(announce::address(ctx, package, &post, &about, Lane::Urgent, &now));
    }
    all.splice(0..0, [updated, reply]);
    Ok(all)
}
