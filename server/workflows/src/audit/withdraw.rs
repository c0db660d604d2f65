//! Withdraw an audit: it stays to be seen, and counts no longer.

use serde_json::json;
use vetmoot_domain::Role;
use vetmoot_domain::event::Topic;
use vetmoot_storage::audits::AuditRow;
use vetmoot_storage::{audits, events};

use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};

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
        return Err(Problem::new(Kind::Conflict, "already-withdrawn", "this audit is withdrawn already"));
    }
    let now = ctx.clock.now();
    let record = json!({
        "type": "Withdrawal",
        "object": ctx.base_url.join(&format!("/audits/{id}")),
        "attributedTo": ctx.base_url.join(&format!("/users/{name}")),
        "published": now.to_string(),
        "reason": reason,
    });
    let record = super::record::sign(ctx, name, record, &now.to_string())?;
    let tx = ctx.store.begin().await?;
    audits::withdraw(&tx, id, reason, &record.to_string(), now).await?;
    events::append(&tx, Topic::AuditWithdrawn, &[id.to_owned()], Some(name.as_str()), now).await?;
    tx.commit().await?;
    ctx.changed();
    super::record::show(ctx, id).await
}
