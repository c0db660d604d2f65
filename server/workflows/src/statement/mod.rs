//! Statements by id: our own as they are published, those of others as they arrive.

pub mod confirm;
pub mod erase;
pub mod own;
pub mod receive;
mod sign;
pub mod tag;

pub use sign::{salt, sign};

use vetmoot_domain::Package;
use vetmoot_storage::federation::statements;
use vetmoot_storage::packages;

pub use statements::{StatementRow, Via};

use crate::ctx::Ctx;
use crate::problem::Problem;

/// The addresses of what is said about an audit.
pub mod addresses {
    use vetmoot_domain::{CandidateId, Slug};

    use crate::ctx::Ctx;

    /// The id of an audit's record; its post and page are the address of the audit.
    pub fn audit(ctx: &Ctx, id: &str) -> String {
        ctx.base_url.join(&format!("/audits/{id}/record"))
    }
    /// The id of the record of an audit's withdrawal.
    pub fn withdrawal(ctx: &Ctx, id: &str) -> String {
        ctx.base_url.join(&format!("/audits/{id}/withdrawal/record"))
    }
    /// The id of the record of an audit's erasure.
    pub fn erasure(ctx: &Ctx, id: &str) -> String {
        ctx.base_url.join(&format!("/audits/{id}/erasure/record"))
    }
    /// The id of a candidate's record; its post and page are the address of the candidate.
    pub fn candidate(ctx: &Ctx, id: &CandidateId) -> String {
        ctx.base_url.join(&format!("/candidates/{id}/record"))
    }
    /// The id of the record of a candidate's release.
    pub fn release(ctx: &Ctx, id: &CandidateId) -> String {
        ctx.base_url.join(&format!("/candidates/{id}/release/record"))
    }
    /// The id of the record that says that an index serves other bytes than those released.
    pub fn alarm(ctx: &Ctx, id: &CandidateId) -> String {
        ctx.base_url.join(&format!("/candidates/{id}/alarm/record"))
    }
    /// The id of the record of a policy's revision.
    pub fn revision(ctx: &Ctx, slug: &Slug, revision: u32) -> String {
        ctx.base_url.join(&format!("/policies/{slug}/revisions/{revision}/record"))
    }
}

/// A statement by its id, our own or another's.
pub async fn by_uri(ctx: &Ctx, uri: &str) -> Result<StatementRow, Problem> {
    let found = statements::by_uri(&ctx.store.read(), uri).await?;
    found.ok_or_else(|| Problem::not_found("unknown-statement", "no statement with this id is known here"))
}

/// The kinds of statements about candidates.
pub const OF_CANDIDATES: [&str; 3] = ["Candidate", "Release", "ReleaseAlarm"];

/// The statements of some kinds about a package, whoever made them; newest first, at most `limit`.
pub async fn of_package(ctx: &Ctx, package: &Package, kinds: &[&str], limit: u64) -> Result<Vec<StatementRow>, Problem> {
    let reader = ctx.store.read();
    let Some(row) = packages::find(&reader, package).await? else { return Ok(Vec::new()) };
    Ok(statements::of_package_and_kinds(&reader, row.id, kinds, limit).await?)
}

/// What is said about an object: its withdrawals and its erasure, the revisions of a policy; newest first.
pub async fn about(ctx: &Ctx, object: &str) -> Result<Vec<StatementRow>, Problem> {
    Ok(statements::of_object(&ctx.store.read(), object).await?)
}
