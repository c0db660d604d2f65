//! Make a proposal in place of a change, where a second steward is there to agree.

use vetmoot_domain::Role;
use vetmoot_domain::event::Topic;
use vetmoot_storage::proposals::{self, By, NewProposal, ProposalRow};
use vetmoot_storage::{Reads, Tx, events, users};

use super::change::Change;
use crate::ctx::{Ctx, Origin};
use crate::limits::{PROPOSAL_BYTES_MAX, PROPOSAL_LASTS, PROPOSALS_WAITING_MAX, STEWARDS_NEEDED};
use crate::problem::{Kind, Problem};

/// Whether a change by this origin waits for a second steward: there are two who can act, and a member makes it.
///
/// What the operator does at the command line takes effect at once; they can change the database anyway.
pub(crate) async fn waits(reads: &impl Reads, origin: &Origin) -> Result<bool, Problem> {
    let Origin::Member { id, .. } = origin else { return Ok(false) };
    // Whoever acts here is there, whatever the tables say of how they came in.
    let own = u64::from(origin.has(&[Role::Steward]));
    Ok(own + users::count_present(reads, Role::Steward, Some(*id)).await? >= STEWARDS_NEEDED)
}

/// Makes a proposal, in the transaction that looked whether one is needed. One that asks for the same and waits already
/// is answered in its place.
///
/// # Errors
/// `too-many-proposals`, `proposal-too-large`.
pub(crate) async fn make(ctx: &Ctx, tx: &Tx, origin: &Origin, change: &Change) -> Result<ProposalRow, Problem> {
    let Some(by) = origin.id() else {
        return Err(Problem::new(Kind::Forbidden, "members-only", "a member proposes this, under their own name"));
    };
    let now = ctx.clock.now();
    let payload = serde_json::to_string(change).map_err(|error| {
        Problem::new(Kind::Internal, "proposal-unwritable", "this change could not be written down").because(error)
    })?;
    if payload.len() > PROPOSAL_BYTES_MAX {
        let text = format!("a change may have {PROPOSAL_BYTES_MAX} bytes as it is kept; make it shorter");
        return Err(Problem::new(Kind::TooLarge, "proposal-too-large", text));
    }
    let new = NewProposal {
        kind: change.kind(),
        subject: change.subject(),
        base: change.base(tx).await?.to_string(),
        payload,
        proposed_by: by,
        expires_at: now.plus(PROPOSAL_LASTS),
    };
    if let Some(same) = proposals::same(tx, &new, now).await? {
        return Ok(same);
    }
    if proposals::count_waiting(tx, By::Member(by), now).await? >= PROPOSALS_WAITING_MAX {
        let text = format!("{PROPOSALS_WAITING_MAX} proposals of yours wait already; take one back first");
        return Err(Problem::new(Kind::Conflict, "too-many-proposals", text));
    }
    let id = proposals::insert(tx, &new, now).await?;
    let subject = [id.to_string(), new.kind.to_string(), new.subject];
    events::append(tx, Topic::ProposalMade, &subject, Some(&origin.label()), now).await?;
    proposals::get(tx, id, now).await?.ok_or_else(|| super::show::unknown(id))
}
