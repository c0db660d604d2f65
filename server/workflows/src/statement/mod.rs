//! Statements by id: our own as they are published, those of others as they arrive.

pub mod confirm;
pub mod erase;
pub mod own;
pub mod receive;
mod sign;

pub use sign::{salt, sign};

use vetmoot_storage::federation::statements;

pub use statements::{StatementRow, Via};

use crate::ctx::Ctx;
use crate::problem::Problem;

/// The addresses of what is said about an audit.
pub mod addresses {
    use vetmoot_domain::Slug;

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

/// What is said about an object: its withdrawals and its erasure, the revisions of a policy; newest first.
pub async fn about(ctx: &Ctx, object: &str) -> Result<Vec<StatementRow>, Problem> {
    Ok(statements::of_object(&ctx.store.read(), object).await?)
}
