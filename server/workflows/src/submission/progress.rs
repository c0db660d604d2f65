//! How far a release is on its way, for those who look at it.

use vetmoot_domain::CandidateId;
use vetmoot_storage::submission::releases;

use crate::ctx::Ctx;
use crate::problem::Problem;

pub use vetmoot_storage::submission::releases::{ReleaseRow, ReleaseStep};

/// The release of a candidate, over or not; none while nobody asked for one.
pub async fn of(ctx: &Ctx, id: &CandidateId) -> Result<Option<ReleaseRow>, Problem> {
    Ok(releases::get(&ctx.store.read(), id).await?)
}
