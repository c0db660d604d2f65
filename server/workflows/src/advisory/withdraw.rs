//! Withdraw an advisory: it stays to be read, and counts no longer.

use serde_json::json;
use vetmoot_domain::Role;
use vetmoot_domain::event::Topic;
use vetmoot_storage::advisories::{self, AdvisoryRow};
use vetmoot_storage::events;
use vetmoot_storage::federation::statements;

use super::addresses;
use crate::actor::LocalActor;
use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};
use crate::statement::own::{self, NewOwn};
use crate::statement::{salt, sign};

/// Withdraws an advisory of one's own; stewards may withdraw any. The reason is shown with it for ever.
pub async fn withdraw(ctx: &Ctx, origin: &Origin, id: &str, reason: &str) -> Result<AdvisoryRow, Problem> {
    let reason = reason.trim();
    if reason.is_empty() || reason.len() > vetmoot_domain::limits::NOTES_BYTES_MAX {
        return Err(Problem::invalid("no-reason", "reason", "say why it is withdrawn, in at most 64 KiB"));
    }
    let row = super::show::show(ctx, id).await?;
    let Origin::Member { id: member, name, .. } = origin else {
        let text = "a member withdraws an advisory; use a member's token";
        return Err(Problem::new(Kind::Forbidden, "advisories-have-authors", text));
    };
    let own = row.author == *member;
    if !own && !origin.has(&[Role::Steward]) {
        return Err(Problem::new(Kind::Forbidden, "not-yours", "only its author or a steward withdraws an advisory"));
    }
    let now = ctx.clock.now();
    let author = if own { LocalActor::Person(name.clone()) } else { LocalActor::Community };
    let (uri, object) = (addresses::withdrawal(ctx, id), addresses::record(ctx, id));
    let record = json!({
        "type": "Withdrawal",
        "id": uri,
        "object": object,
        "attributedTo": ctx.base_url.join(&author.to_string()),
        "published": now.to_string(),
        "salt": salt()?,
        "reason": reason,
    });
    let record = sign(ctx, &author, record, now).await?;
    let tx = ctx.store.begin().await?;
    if !advisories::withdraw(&tx, id, reason, now).await? {
        return Err(Problem::new(Kind::Conflict, "already-withdrawn", "this advisory is withdrawn already"));
    }
    // Issued before there was a domain, it is known to nobody elsewhere, and neither is its withdrawal.
    if statements::by_uri(&tx, &object).await?.is_some() {
        let published = NewOwn {
            uri: &uri,
            kind: "Withdrawal",
            author: &ctx.base_url.join(&author.to_string()),
            package: Some(&row.package),
            object: Some(&object),
            record: &record,
            published: now,
        };
        own::publish(ctx, &tx, published).await?;
        statements::mark_withdrawn(&tx, &object, reason, now).await?;
    }
    events::append(&tx, Topic::AdvisoryWithdrawn, &[id.to_owned()], Some(name.as_str()), now).await?;
    tx.commit().await?;
    ctx.changed();
    ctx.signals.compose.notify_one();
    super::show::show(ctx, id).await
}
