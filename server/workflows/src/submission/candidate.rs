//! Candidates as they are shown: row, files, moves.

use vetmoot_domain::{CandidateId, CandidateState, Package};

use super::{CandidateRow, FileRow, MoveRow};
use crate::ctx::Ctx;
use crate::problem::Problem;

/// A candidate with everything that is stored about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The candidate.
    pub row: CandidateRow,
    /// Its files in the order in which they came.
    pub files: Vec<FileRow>,
    /// Its moves, oldest first.
    pub moves: Vec<MoveRow>,
}

/// Which candidates are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this package.
    pub package: Option<Package>,
    /// In one of these states; in any when empty.
    pub states: Vec<CandidateState>,
    /// Handed in by this member.
    pub uploader: Option<i64>,
}

/// One candidate.
pub async fn show(_ctx: &Ctx, _id: &CandidateId) -> Result<Candidate, Problem> {
    Err(Problem::not_found("unknown-candidate", "there is no candidate with this id"))
}

/// Candidates, newest first; at most `limit` after the first `skip`.
pub async fn list(_ctx: &Ctx, _wanted: &Wanted, _skip: u64, _limit: u64) -> Result<Vec<CandidateRow>, Problem> {
    Ok(Vec::new())
}

/// The candidates of a package that occupy their versions, with files, oldest first: what the staging door lists.
pub async fn live(_ctx: &Ctx, _package: &Package) -> Result<Vec<Candidate>, Problem> {
    Ok(Vec::new())
}

/// The candidates of a community's own package that are released, with files, oldest first.
pub async fn released(_ctx: &Ctx, _package: &Package) -> Result<Vec<Candidate>, Problem> {
    Ok(Vec::new())
}

/// The address of a candidate's page, which is its post's.
pub fn page(ctx: &Ctx, id: &CandidateId) -> String {
    ctx.base_url.join(&format!("/candidates/{id}"))
}
