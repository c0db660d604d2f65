//! Lists of audits: the latest of this community, and everything known about one package.

use std::collections::HashMap;

use vetmoot_domain::{Evidence, Package, Release};
use vetmoot_storage::audits::{self, AuditCursor, AuditRow};
use vetmoot_storage::evidence;

use crate::ctx::Ctx;
use crate::problem::Problem;

/// The audits recorded last, newest first, those before the cursor when one is given.
pub async fn recent(ctx: &Ctx, limit: u64, before: Option<&AuditCursor>) -> Result<Vec<AuditRow>, Problem> {
    Ok(audits::recent(&ctx.store.read(), limit, before).await?)
}

/// The audits of one member by their row, newest first.
pub async fn by_author(ctx: &Ctx, member: i64, limit: u64) -> Result<Vec<AuditRow>, Problem> {
    Ok(audits::by_user(&ctx.store.read(), member, limit).await?)
}

/// How many audits each member recorded, by their row; withdrawn ones count too.
pub async fn counts(ctx: &Ctx) -> Result<HashMap<i64, u64>, Problem> {
    Ok(audits::count_by_user(&ctx.store.read()).await?.into_iter().collect())
}

/// Every audit and advisory that counts about a package, by whomever.
pub async fn about(ctx: &Ctx, package: &Package) -> Result<Evidence, Problem> {
    let (_epoch, evidence) = evidence::of_package(&ctx.store.read(), package).await?;
    Ok(evidence)
}

/// This community's audits that end at a release, newest first, withdrawn ones too.
pub async fn of_release(ctx: &Ctx, release: &Release) -> Result<Vec<AuditRow>, Problem> {
    Ok(audits::of_release(&ctx.store.read(), release).await?)
}

/// This community's audits about a package, newest first, withdrawn ones too.
pub async fn of_package(ctx: &Ctx, package: &Package) -> Result<Vec<AuditRow>, Problem> {
    Ok(audits::of_package(&ctx.store.read(), package).await?)
}
