//! A policy was adopted or changed: the policy itself posts its revision, the community passes it on.

use vetmoot_domain::Slug;
use vetmoot_workflows::actor::{self, LocalActor};
use vetmoot_workflows::delivery::{Audience, EventRow, Outgoing};
use vetmoot_workflows::inbox::Lane;
use vetmoot_workflows::policy::history;
use vetmoot_workflows::statement::addresses;
use vetmoot_workflows::{Ctx, Problem};

use super::actor::update_of;
use super::audit::create_id;
use super::{announced, statement_of, subject};
use crate::activities::{Draft, address, create};
use crate::objects::note;

/// The post of a revision; from the second on, also the news that the actor shows another policy.
pub async fn adopted(ctx: &Ctx, event: &EventRow) -> Result<Vec<Outgoing>, Problem> {
    let none = || Problem::not_found("no-revision", "no revision was made by this event");
    let slug: Slug = subject(event)?.parse().map_err(|_| none())?;
    let revisions = history::revisions(ctx, &slug).await?;
    // Adopting again what is adopted makes an event and no revision.
    let row = revisions.into_iter().find(|row| row.adopted_at == event.at).ok_or_else(none)?;
    let (_, record) = statement_of(ctx, &addresses::revision(ctx, &slug, row.revision)).await?;
    let author = LocalActor::Policy(slug.clone());
    if !actor::exists(ctx, &author).await? {
        // Its handle means somebody else, so it cannot speak; the log holds the revision all the same.
        return Ok(Vec::new());
    }
    let now = ctx.clock.now().to_string();
    let (path, about) = (format!("/policies/{slug}/revisions/{}", row.revision), format!("/policies/{slug}"));
    let draft = Draft {
        kind: "Create",
        actor: &author,
        id: create_id(ctx, &path),
        object: note::revision(ctx, &row, &record, &now),
        about: &about,
        lane: Lane::Usual,
    };
    let community = [address(ctx, &LocalActor::Community)];
    let said = create::say(ctx, draft, &now, &community, vec![Audience::Followers(author.clone())]);
    let mut all = announced(ctx, &said, &now);
    all.insert(0, said);
    if row.revision > 1 {
        all.extend(update_of(ctx, &author, event).await?);
    }
    Ok(all)
}
