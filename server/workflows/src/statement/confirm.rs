//! Confirm what one said before the community had a domain: it is signed and published under one's own name.

use vetmoot_domain::UserName;
use vetmoot_domain::event::Topic;
use vetmoot_storage::audits::AuditRow;
use vetmoot_storage::{audits, events};

use super::own::{self, NewOwn};
use super::{addresses, sign};
use crate::actor::LocalActor;
use crate::audit::record::record_of;
use crate::ctx::{Ctx, Origin};
use crate::limits::CONFIRMED_AT_ONCE_MAX;
use crate::problem::{Kind, Problem};

/// What was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// How many audits were signed and published now.
    pub published: u64,
    /// Whether there are more; confirm again.
    pub more: bool,
}

/// The member's audits that nobody signed yet and that still count, oldest first.
pub async fn waiting(ctx: &Ctx, origin: &Origin, limit: u64) -> Result<Vec<AuditRow>, Problem> {
    let (id, _) = member(origin)?;
    Ok(audits::unproven_by(&ctx.store.read(), id, limit).await?)
}

/// Signs and publishes the member's own earlier audits, a bounded number at once.
///
/// # Errors
/// There is no domain, and so nothing to be signed for.
pub async fn confirm(ctx: &Ctx, origin: &Origin) -> Result<Confirmed, Problem> {
    some(ctx, origin, |_| true).await
}

/// As [`confirm`], but only the audits with these ids; whatever else waits goes on waiting.
pub async fn confirm_these(ctx: &Ctx, origin: &Origin, ids: &[String]) -> Result<Confirmed, Problem> {
    some(ctx, origin, |audit| ids.contains(&audit.id)).await
}

async fn some(ctx: &Ctx, origin: &Origin, chosen: impl Fn(&AuditRow) -> bool) -> Result<Confirmed, Problem> {
    crate::log::name(ctx)?;
    let (id, name) = member(origin)?;
    let mut waiting = audits::unproven_by(&ctx.store.read(), id, CONFIRMED_AT_ONCE_MAX.saturating_add(1)).await?;
    let more = u64::try_from(waiting.len()).unwrap_or(u64::MAX) > CONFIRMED_AT_ONCE_MAX;
    waiting.truncate(usize::try_from(CONFIRMED_AT_ONCE_MAX).unwrap_or(usize::MAX));
    waiting.retain(chosen);
    let mut published = 0;
    for audit in &waiting {
        // One transaction each: what was confirmed stays so, whatever happens with the next.
        published += u64::from(publish(ctx, name, audit).await?);
    }
    if published > 0 {
        ctx.changed();
        ctx.signals.compose.notify_one();
    }
    Ok(Confirmed { published, more })
}

fn member(origin: &Origin) -> Result<(i64, &UserName), Problem> {
    match origin {
        Origin::Member { id, name, .. } => Ok((*id, name)),
        Origin::Operator | Origin::Timer => {
            Err(Problem::new(Kind::Forbidden, "audits-have-authors", "each member confirms their own audits"))
        }
    }
}

async fn publish(ctx: &Ctx, name: &UserName, audit: &AuditRow) -> Result<bool, Problem> {
    let actor = LocalActor::Person(name.clone());
    let now = ctx.clock.now();
    // The same words, time and salt as then, under the id the record has from now on; the proof is of today.
    let record = record_of(ctx, &audit.id, &audit.salt, name, &audit.audit, &audit.recorded_at.to_string());
    let record = sign(ctx, &actor, record, now).await?;
    let tx = ctx.store.begin().await?;
    if !audits::prove(&tx, &audit.id, &record.to_string()).await? {
        return Ok(false);
    }
    let published = NewOwn {
        uri: &addresses::audit(ctx, &audit.id),
        kind: "Audit",
        author: &ctx.base_url.join(&actor.to_string()),
        package: Some(&audit.audit.package),
        object: None,
        record: &record,
        published: audit.recorded_at,
    };
    own::publish(ctx, &tx, published).await?;
    events::append(&tx, Topic::AuditRecorded, std::slice::from_ref(&audit.id), Some(name.as_str()), now).await?;
    tx.commit().await?;
    Ok(true)
}
