//! Advisories issued here, one by one and by package.

use vetmoot_domain::{Advisory, Package};
use vetmoot_storage::advisories::{self, AdvisoryRow};

use crate::ctx::Ctx;
use crate::problem::Problem;

/// One advisory by its id.
pub async fn show(ctx: &Ctx, id: &str) -> Result<AdvisoryRow, Problem> {
    let found = advisories::get(&ctx.store.read(), id).await?;
    found.ok_or_else(|| Problem::not_found("unknown-advisory", "there is no advisory with this id"))
}

/// The advisories about a package, newest first, withdrawn ones too.
pub async fn of_package(ctx: &Ctx, package: &Package) -> Result<Vec<AdvisoryRow>, Problem> {
    Ok(advisories::of_package(&ctx.store.read(), package).await?)
}

/// The newest advisories, at most `limit`.
pub async fn recent(ctx: &Ctx, limit: u64) -> Result<Vec<AdvisoryRow>, Problem> {
    Ok(advisories::recent(&ctx.store.read(), limit).await?)
}

/// What an advisory says, as judgements read it.
pub fn advisory(row: &AdvisoryRow) -> Option<Advisory> {
    let read = vetmoot_ecosystems::feeds::osv::read("record.json", row.osv.as_bytes(), "").ok()?;
    read.advisories.into_iter().next()
}
