//! Advisories issued by this community: statements that carry an OSV record.

pub mod form;
pub mod issue;
pub mod show;
pub mod withdraw;

pub use form::{AdvisoryForm, RangeForm};
pub use vetmoot_storage::advisories::AdvisoryRow;

/// The addresses of what is said in an advisory.
pub mod addresses {
    use crate::ctx::Ctx;

    /// The path of an advisory: its page, and its post.
    pub fn path(id: &str) -> String {
        format!("/advisories/{id}")
    }
    /// The id of its record.
    pub fn record(ctx: &Ctx, id: &str) -> String {
        ctx.base_url.join(&format!("/advisories/{id}/record"))
    }
    /// The id of the record of its withdrawal.
    pub fn withdrawal(ctx: &Ctx, id: &str) -> String {
        ctx.base_url.join(&format!("/advisories/{id}/withdrawal/record"))
    }
}
