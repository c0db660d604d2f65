//! Waive a check: somebody answers for doing without its result, in public and with a reason.

use vetmoot_domain::CandidateId;
use vetmoot_domain::event::Topic;
use vetmoot_storage::events;
use vetmoot_storage::submission::checks;

use super::{WaiverRow, forbidden, still_vetted, wanted};
use crate::ctx::{Ctx, Origin};
use crate::limits::{CHECK_WAIVERS_MAX, REASON_BYTES_MAX, WAIVER_REASON_CHARS_MIN};
use crate::problem::{Kind, Problem};
use crate::submission::{Candidate, candidate, project, vet};

/// Waives a check of a candidate: by a lead or steward who did not hand it in.
///
/// A waiver stands in for what is known when it is given: a result that fails later asks for another.
pub async fn waive(ctx: &Ctx, origin: &Origin, id: &CandidateId, name: &str, reason: &str) -> Result<WaiverRow, Problem> {
    let reason = reason.trim();
    if reason.chars().count() < WAIVER_REASON_CHARS_MIN || reason.len() > REASON_BYTES_MAX {
        let text = format!(
            "say why it is waived, in a sentence of {WAIVER_REASON_CHARS_MIN} characters to {REASON_BYTES_MAX} bytes; everybody \
             reads it"
        );
        return Err(Problem::invalid("no-reason", "reason", text));
    }
    let found = candidate::show(ctx, id).await?;
    let member = may(ctx, origin, &found).await?;
    is_waivable(ctx, &found, name)?;
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    still_vetted(&candidate::load(&tx, id).await?)?;
    // Within the transaction nothing is written meanwhile, so what is judged is what is waived.
    let needs = vet::of_policy(ctx, &found).await?;
    let stands = |need: &vet::Need| need.kind == vet::NeedKind::Check && need.name == name && need.is_met();
    if needs.needs.iter().any(stands) {
        return Err(Problem::new(Kind::Conflict, "nothing-to-waive", format!("`{name}` passed, or was waived already")));
    }
    if u64::try_from(checks::waivers(&tx, id).await?.len()).unwrap_or(u64::MAX) >= CHECK_WAIVERS_MAX {
        let text = format!("a candidate keeps at most {CHECK_WAIVERS_MAX} waivers; hand in a new one");
        return Err(Problem::new(Kind::Conflict, "too-many-waivers", text));
    }
    checks::waive(&tx, id, name, member, reason, now).await?;
    events::append(&tx, Topic::CheckWaived, &[id.to_string(), name.to_owned()], Some(&origin.label()), now).await?;
    let kept = checks::waivers(&tx, id).await?.pop();
    tx.commit().await?;
    ctx.changed();
    vet::settle(ctx, id).await?;
    kept.ok_or_else(|| Problem::new(Kind::Internal, "waiver-lost", "the waiver was not kept; try again"))
}

/// The row of the member who may: somebody who could release it.
async fn may(ctx: &Ctx, origin: &Origin, found: &Candidate) -> Result<i64, Problem> {
    let Origin::Member { id: member, .. } = origin else {
        return Err(forbidden("leads-only", "a person waives a check, under their own name; use a member's token"));
    };
    let project = project::show(ctx, &found.row.package).await?;
    if !project::may_release(&project, origin) {
        let leads = project::names_of_leads(&project);
        let text = format!("a lead of {} ({leads}), or a lead or steward of the community waives a check", found.row.package);
        return Err(forbidden("leads-only", text));
    }
    if found.row.uploader == *member {
        return Err(forbidden("own-upload", "you handed this in; another lead has to waive its checks"));
    }
    Ok(*member)
}

fn is_waivable(ctx: &Ctx, found: &Candidate, name: &str) -> Result<(), Problem> {
    let wanted = wanted(ctx, found);
    let Some(check) = wanted.iter().find(|check| check.name == name) else {
        let names: Vec<&str> = wanted.iter().map(|check| check.name.as_str()).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let text = format!("the policy `{}` asks for no check `{name}`; it asks for: {names}", found.row.policy);
        return Err(Problem::invalid("unknown-check", "name", text));
    };
    if check.waivable {
        return Ok(());
    }
    let text = format!("the policy `{}` lets nobody waive `{name}`; its result has to come", found.row.policy);
    Err(forbidden("not-waivable", text))
}
