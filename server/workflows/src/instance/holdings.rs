//! What this instance holds: packages, evidence, bytes; and the files that upstream changed under their name.

use vetmoot_domain::Digests;
pub use vetmoot_storage::evidence::EvidenceCount;
pub use vetmoot_storage::incidents::IncidentRow;
pub use vetmoot_storage::packages::EcosystemCount;
use vetmoot_storage::{evidence, incidents, packages};

use crate::ctx::Ctx;
use crate::problem::Problem;

/// What is held here.
#[derive(Debug, Clone, Default)]
pub struct Holdings {
    /// Packages by ecosystem.
    pub packages: Vec<EcosystemCount>,
    /// Audits, imported entries and advisories that count.
    pub evidence: EvidenceCount,
}

/// Counts what is held here.
pub async fn holdings(ctx: &Ctx) -> Result<Holdings, Problem> {
    let reader = ctx.store.read();
    Ok(Holdings { packages: packages::count_by_ecosystem(&reader).await?, evidence: evidence::count(&reader).await? })
}

/// The incidents, newest first, those before the row number `before` when one is given.
pub async fn incidents(ctx: &Ctx, before: Option<i64>, limit: u64) -> Result<Vec<IncidentRow>, Problem> {
    Ok(incidents::list(&ctx.store.read(), before, limit).await?)
}

/// Whether the bytes of an artifact are kept here.
pub async fn stored(ctx: &Ctx, digests: &Digests) -> bool {
    match &digests.sha256 {
        // A store that does not answer is looked at by the doctor; a page only says less.
        Some(sha256) => matches!(ctx.blobs.has(sha256).await, Ok(Some(_))),
        None => false,
    }
}
