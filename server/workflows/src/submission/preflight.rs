//! Pre-flight: everything that is wrong with an upload, told at once, each with its fix.

use super::ProjectRow;
use super::finding::Finding;
use super::hand_in::Handed;
use crate::ctx::Ctx;
use crate::problem::Problem;

/// Everything that is noticed about a file before it becomes part of a candidate; errors first.
pub async fn run(_ctx: &Ctx, _project: &ProjectRow, _handed: &Handed) -> Result<Vec<Finding>, Problem> {
    Ok(Vec::new())
}
