//! Erase an audit's text, as the law or decency may ask: the digest stays in the log, and a signed note says who did it.

use serde_json::{Value, json};
use vetmoot_domain::Role;
use vetmoot_domain::event::Topic;
use vetmoot_storage::audits::AuditRow;
use vetmoot_storage::federation::{activities, statements};
use vetmoot_storage::{Tx, audits, events};

use super::own::{self, NewOwn, digest_of};
use super::{addresses, salt, sign};
use crate::actor::LocalActor;
use crate::audit::record;
use crate::ctx::{Ctx, Origin};
use crate::limits::ACTIVITIES_BLANKED_MAX;
use crate::problem::{Kind, Problem};
use crate::submission::vet;

/// Erases the text of an audit of one's own; stewards may erase any. It counts no more, here and wherever it went.
pub async fn erase(ctx: &Ctx, origin: &Origin, id: &str) -> Result<AuditRow, Problem> {
    let audit = record::show(ctx, id).await?;
    if origin.id() != Some(audit.author) && !origin.has(&[Role::Steward]) {
        return Err(Problem::new(Kind::Forbidden, "not-yours", "only its author or a steward erases an audit"));
    }
    if audit.erased {
        return Err(already());
    }
    let now = ctx.clock.now();
    let erased: Value = serde_json::from_str(&audit.record)
        .map_err(|error| Problem::new(Kind::Internal, "unreadable-record", "a stored record is no JSON").because(error))?;
    let digest = format!("sha256:{}", hex::encode(digest_of(&erased)?));
    let (uri, object) = (addresses::erasure(ctx, id), addresses::audit(ctx, id));
    let author = ctx.base_url.join(&LocalActor::Community.to_string());
    let note = json!({
        "type": "Erasure",
        "id": uri,
        "attributedTo": author,
        "published": now.to_string(),
        "salt": salt()?,
        "object": object,
        "digest": digest,
    });
    let note = sign(ctx, &LocalActor::Community, note, now).await?;
    let tx = ctx.store.begin().await?;
    if !audits::erase(&tx, id, &note.to_string(), now).await? {
        return Err(already());
    }
    if statements::erase(&tx, &object, &note.to_string()).await? {
        let package = Some(&audit.audit.package);
        let published = NewOwn {
            uri: &uri,
            kind: "Erasure",
            author: &author,
            package,
            object: Some(&object),
            record: &note,
            published: now,
        };
        own::publish(ctx, &tx, published).await?;
        blank_activities(&tx, &vetmoot_storage::audits::statement_path(id)).await?;
    }
    events::append(&tx, Topic::StatementErased, &[object, digest], Some(&origin.label()), now).await?;
    tx.commit().await?;
    ctx.changed();
    ctx.signals.compose.notify_one();
    vet::settle_after(ctx, &audit.audit.package).await;
    record::show(ctx, id).await
}

/// Leaves of what was said about the audit only that it was said: an activity names its object by address from now on.
async fn blank_activities(tx: &Tx, about: &str) -> Result<(), Problem> {
    for activity in activities::of_about(tx, about, ACTIVITIES_BLANKED_MAX).await? {
        let Ok(Value::Object(mut body)) = serde_json::from_str(&activity.body) else { continue };
        let object = body.get("object").and_then(|object| object.get("id")).cloned();
        let Some(object) = object else { continue };
        body.insert("object".to_owned(), object);
        activities::set_body(tx, activity.seq, &Value::Object(body).to_string()).await?;
    }
    Ok(())
}

fn already() -> Problem {
    Problem::new(Kind::Conflict, "already-erased", "the text of this audit is erased already")
}
