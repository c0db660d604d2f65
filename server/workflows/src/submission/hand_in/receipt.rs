//! What the uploader is told: where the candidate stands, and what happens next.

use vetmoot_domain::CandidateState;

use super::{Finding, Receipt};
use crate::ctx::Ctx;
use crate::submission::{CandidateRow, candidate};

/// The answer to an upload.
pub(super) fn receipt(ctx: &Ctx, row: &CandidateRow, warnings: Vec<Finding>, again: bool) -> Receipt {
    let page = candidate::page(ctx, &row.id);
    let release = format!("{} {}", row.package.name(), row.version);
    let policy = &row.policy;
    let next = match row.state {
        CandidateState::Draft => {
            format!("{release} is a draft until its last file is there: say so on {page}, or wait {}", ctx.publishing.quiet)
        }
        CandidateState::Staged => format!("{release} is staged and waits for review under the policy `{policy}`: {page}"),
        CandidateState::InReview => format!("{release} is being reviewed under the policy `{policy}`: {page}"),
        CandidateState::Approved => format!("{release} has what the policy `{policy}` wants; a lead releases it: {page}"),
        CandidateState::Releasing => format!("{release} is on its way to the index: {page}"),
        CandidateState::Released => format!("{release} is released: {page}"),
        CandidateState::Failed => format!("the release of {release} failed; its page says why: {page}"),
        CandidateState::ChangesAsked | CandidateState::Withdrawn => format!("{release} is {}: {page}", row.state),
    };
    let next = if again { format!("these very bytes were here already; {next}") } else { next };
    Receipt { candidate: row.id.clone(), state: row.state, page, next, warnings, again }
}
