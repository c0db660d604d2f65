//! The proposals: what waits for a second steward, and what became of the others.

use vetmoot_domain::Role;
use vetmoot_storage::proposals::{self, By, ProposalRow, ProposalState};

use super::change::{Change, base_of};
use crate::ctx::{Ctx, Origin};
use crate::limits::PROPOSALS_SHOWN_MAX;
use crate::problem::{Kind, Problem};

/// The proposals before this number (all when none is given), newest first. For stewards and admins.
pub async fn list(ctx: &Ctx, origin: &Origin, before: Option<i64>, limit: u64) -> Result<Vec<ProposalRow>, Problem> {
    may_look(origin)?;
    Ok(proposals::latest(&ctx.store.read(), before, ctx.clock.now(), limit.min(PROPOSALS_SHOWN_MAX)).await?)
}

/// The proposals that wait, oldest first. For stewards and admins.
pub async fn waiting(ctx: &Ctx, origin: &Origin) -> Result<Vec<ProposalRow>, Problem> {
    may_look(origin)?;
    Ok(proposals::waiting(&ctx.store.read(), ctx.clock.now(), PROPOSALS_SHOWN_MAX).await?)
}

/// How many proposals wait for this steward to say something; 0 for everybody else.
pub async fn for_me(ctx: &Ctx, origin: &Origin) -> Result<u64, Problem> {
    match origin {
        Origin::Member { id, .. } if origin.has(&[Role::Steward]) => {
            Ok(proposals::count_waiting(&ctx.store.read(), By::Others(*id), ctx.clock.now()).await?)
        }
        _ => Ok(0),
    }
}

/// One proposal. For stewards and admins.
pub async fn show(ctx: &Ctx, origin: &Origin, id: i64) -> Result<ProposalRow, Problem> {
    may_look(origin)?;
    proposals::get(&ctx.store.read(), id, ctx.clock.now()).await?.ok_or_else(|| unknown(id))
}

/// Whether what a proposal changes was changed meanwhile, so that it can only be refused or taken back.
pub async fn is_stale(ctx: &Ctx, row: &ProposalRow) -> Result<bool, Problem> {
    if row.state != ProposalState::Waiting {
        return Ok(false);
    }
    Ok(Change::of(row)?.base(&ctx.store.read()).await? != base_of(row)?)
}

pub(super) fn unknown(id: i64) -> Problem {
    Problem::not_found("unknown-proposal", format!("there is no proposal {id}; /proposals lists those there are"))
}

fn may_look(origin: &Origin) -> Result<(), Problem> {
    if origin.has(&[Role::Steward, Role::Admin]) {
        return Ok(());
    }
    Err(Problem::new(Kind::Forbidden, "stewards-only", "proposals are for stewards and admins; ask one of them"))
}
