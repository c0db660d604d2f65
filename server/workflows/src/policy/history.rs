//! What became of a policy: its revisions, and what it would have withheld while it observed.

use vetmoot_domain::Slug;
pub use vetmoot_storage::observed::ObservedRow;
pub use vetmoot_storage::policies::PolicyRow;
use vetmoot_storage::{observed, policies};

use crate::ctx::Ctx;
use crate::problem::Problem;

/// The revisions under a slug, newest first.
pub async fn revisions(ctx: &Ctx, slug: &Slug) -> Result<Vec<PolicyRow>, Problem> {
    Ok(policies::revisions(&ctx.store.read(), slug).await?)
}

/// What a policy would have withheld while it observed, most recently noticed first.
pub async fn observed(ctx: &Ctx, slug: &Slug, limit: u64) -> Result<Vec<ObservedRow>, Problem> {
    Ok(observed::list(&ctx.store.read(), slug, 0, limit).await?)
}
