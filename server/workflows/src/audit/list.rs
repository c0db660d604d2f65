//! Lists of audits: the latest of this community, and everything known about one package.

use vetmoot_domain::{Evidence, Package};
use vetmoot_storage::audits::{self, AuditCursor, AuditRow};
use vetmoot_storage::evidence;

use crate::ctx::Ctx;
use crate::problem::Problem;

/// The audits recorded last, newest first, those before the cursor when one is given.
pub async fn recent(ctx: &Ctx, limit: u64, before: Option<&AuditCursor>) -> Result<Vec<AuditRow>, Problem> {
    Ok(audits::recent(&ctx.store.read(), limit, before).await?)
}

/// Every audit and advisory that counts about a package, by whomever.
pub async fn about(ctx: &Ctx, package: &Package) -> Result<Evidence, Problem> {
    let (_epoch, evidence) = evidence::of_package(&ctx.store.read(), package).await?;
    Ok(evidence)
}
