//! An audit was recorded: its author posts it, the community and the package pass it on.

use vetmoot_domain::AuditKind;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::audit::record;
use vetmoot_workflows::delivery::{Audience, EventRow, Outgoing};
use vetmoot_workflows::inbox::Lane;
use vetmoot_workflows::statement::addresses;
use vetmoot_workflows::{Ctx, Problem};

use super::{actor_of, announced, statement_of, subject};
use crate::activities::{Draft, activity_id, address, announce, create};
use crate::objects::note;

/// The post of an audit, and who passes it on. Violations pass everything that is not as urgent.
pub async fn recorded(ctx: &Ctx, event: &EventRow) -> Result<Vec<Outgoing>, Problem> {
    let id = subject(event)?;
    let (_, record) = statement_of(ctx, &addresses::audit(ctx, id)).await?;
    let row = record::show(ctx, id).await?;
    let now = ctx.clock.now().to_string();
    let lane = match row.audit.kind {
        AuditKind::Violation { .. } => Lane::Urgent,
        AuditKind::Full { .. } | AuditKind::Delta { .. } | AuditKind::Publisher { .. } => Lane::Usual,
    };
    let author = LocalActor::Person(row.author_name.clone());
    let about = format!("/audits/{id}");
    let draft = Draft {
        kind: "Create",
        actor: &author,
        id: create_id(ctx, &about),
        object: note::audit(ctx, &row, &record, None, &now),
        about: &about,
        lane,
    };
    let community = address(ctx, &LocalActor::Community);
    let said = create::say(ctx, draft, &now, &[community], vec![Audience::Followers(author.clone())]);
    let mut all = announced(ctx, &said, &now);
    if let Some(package) = actor_of(ctx, &row.audit.package).await? {
        let post = said.body.get("object").cloned().unwrap_or_default();
        all.push(announce::address(ctx, &package, &post, &about, lane, &now));
    }
    all.insert(0, said);
    Ok(all)
}

/// The id of the Create of a post at this path.
pub fn create_id(ctx: &Ctx, path: &str) -> String {
    activity_id(ctx, &["create", &ctx.base_url.join(path)])
}
