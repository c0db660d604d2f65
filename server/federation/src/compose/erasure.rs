//! A statement's text was erased: its post is gone everywhere, and the community's signed note says that it was.

use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::delivery::{EventRow, Outgoing};
use vetmoot_workflows::inbox::Lane;
use vetmoot_workflows::statement::{self, addresses};
use vetmoot_workflows::{Ctx, Problem};

use super::{author_of, everybody, subject};
use crate::activities::{Draft, activity_id, address, announce, delete};
use crate::objects::note;

/// The Delete of the post, whose Tombstone carries the erasure's record, ahead of everything that is not as urgent.
pub async fn erased(ctx: &Ctx, event: &EventRow) -> Result<Vec<Outgoing>, Problem> {
    let named = subject(event)?;
    // The subject is the record's id, of an audit or of its withdrawal: the post has its address without `/record`.
    let Some(path) = named.strip_prefix(ctx.base_url.as_str()).and_then(|path| path.strip_suffix("/record")) else {
        return Err(Problem::not_found("foreign-statement", "the erased statement is not of this instance"));
    };
    let row = statement::by_uri(ctx, named).await?;
    let author = author_of(ctx, &row)?;
    let id = path.trim_start_matches("/audits/").split('/').next().unwrap_or_default();
    let erasure = statement::by_uri(ctx, &addresses::erasure(ctx, id)).await?;
    let erasure = erasure.record.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let now = ctx.clock.now().to_string();
    let post = ctx.base_url.join(path);
    let draft = Draft {
        kind: "Delete",
        actor: &author,
        id: activity_id(ctx, &["delete", &post]),
        object: note::tombstone(&post, event.at, erasure.as_ref()),
        about: path,
        lane: Lane::Urgent,
    };
    let said = delete::say(ctx, draft, &now, &[address(ctx, &LocalActor::Community)], everybody(&author, None));
    let passed = announce::whole(ctx, &LocalActor::Community, &said, &now);
    Ok(vec![said, passed])
}
