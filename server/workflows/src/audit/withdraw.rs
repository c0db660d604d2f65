//! Withdraw an audit: it stays to be seen, and counts no longer.

use serde_json::json;
use vetmoot_domain::Role;
use vetmoot_domain::event::Topic;
use vetmoot_storage::audits::AuditRow;
use vetmoot_storage::federation::statements;
use vetmoot_storage::{audits, events};

use crate::actor::LocalActor;
use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};
use crate::statement::own::{self, NewOwn};
use crate::statement::{addresses, salt, sign};
use crate::submission::vet;

/// Withdraws an audit of one's own; stewards may withdraw any. The reason is shown with it for ever.
pub async fn withdraw(ctx: &Ctx, origin: &Origin, id: &str, reason: &str) -> Result<AuditRow, Problem> {
    let reason = reason.trim();
    if reason.is_empty() || reason.len() > vetmoot_domain::limits::NOTES_BYTES_MAX {
        return Err(Problem::invalid("no-reason", "reason", "say why it is withdrawn, in at most 64 KiB"));
    }
    let audit = super::record::show(ctx, id).await?;
    let Origin::Member { id: member, name, .. } = origin else {
        return Err(Problem::new(Kind::Forbidden, "audits-have-authors", "a member withdraws an audit; use a member's token"));
    };
    if audit.author != *member && !origin.has(&[Role::Steward]) {
        return Err(Problem::new(Kind::Forbidden, "not-yours", "only its author or a steward withdraws an audit"));
    }
    if audit.withdrawn.is_some() {
        return Err(already());
    }
    let now = ctx.clock.now();
    let (uri, object) = (addresses::withdrawal(ctx, id), addresses::audit(ctx, id));
    // Elsewhere only its author and its community may end a statement: a steward does it for the community.
    let own = audit.author == *member;
    let author = if own { LocalActor::Person(name.clone()) } else { LocalActor::Community };
    let mut record = json!({
        "type": "Withdrawal",
        "id": uri,
        "object": object,
        "attributedTo": ctx.base_url.join(&author.to_string()),
        "published": now.to_string(),
        "salt": salt()?,
        "reason": reason,
    });
    if let (false, Some(record)) = (own, record.as_object_mut()) {
        let steward = ctx.base_url.join(&LocalActor::Person(name.clone()).to_string());
        record.insert("steward".to_owned(), steward.into());
    }
    let record = sign(ctx, &author, record, now).await?;
    let tx = ctx.store.begin().await?;
    if !audits::withdraw(&tx, id, reason, &record.to_string(), now).await? {
        return Err(already());
    }
    // An audit made before there was a domain is known to nobody elsewhere, and neither is its withdrawal.
    if statements::by_uri(&tx, &object).await?.is_some() {
        let published = NewOwn {
            uri: &uri,
            kind: "Withdrawal",
            author: &ctx.base_url.join(&author.to_string()),
            package: Some(&audit.audit.package),
            object: Some(&object),
            record: &record,
            published: now,
        };
        own::publish(ctx, &tx, published).await?;
        statements::mark_withdrawn(&tx, &object, reason, now).await?;
    }
    events::append(&tx, Topic::AuditWithdrawn, &[id.to_owned()], Some(name.as_str()), now).await?;
    tx.commit().await?;
    ctx.changed();
    ctx.signals.compose.notify_one();
    vet::settle_after(ctx, &audit.audit.package).await;
    super::record::show(ctx, id).await
}

fn already() -> Problem {
    Problem::new(Kind::Conflict, "already-withdrawn", "this audit is withdrawn already")
}
