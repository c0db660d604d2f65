//! Candidates as they are shown: row, files, moves.

use std::collections::HashMap;

use vetmoot_domain::{CandidateId, CandidateState, Package};
use vetmoot_storage::submission::candidates::{self, Filter};
use vetmoot_storage::submission::files;
use vetmoot_storage::{Reads, packages};

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
    /// Its moves, oldest first; left empty where many candidates are read at once.
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
pub async fn show(ctx: &Ctx, id: &CandidateId) -> Result<Candidate, Problem> {
    load(&ctx.store.read(), id).await
}

/// One candidate, as a transaction or a reader sees it.
pub(crate) async fn load(reads: &impl Reads, id: &CandidateId) -> Result<Candidate, Problem> {
    let row = candidates::get(reads, id).await?.ok_or_else(unknown)?;
    let files = files::of_candidate(reads, id).await?;
    let moves = candidates::moves(reads, id).await?;
    Ok(Candidate { row, files, moves })
}

/// There is no candidate with this id.
pub(crate) fn unknown() -> Problem {
    Problem::not_found("unknown-candidate", "there is no candidate with this id")
}

/// Candidates, newest first; at most `limit` after the first `skip`.
pub async fn list(ctx: &Ctx, wanted: &Wanted, skip: u64, limit: u64) -> Result<Vec<CandidateRow>, Problem> {
    let reader = ctx.store.read();
    let package_id = match &wanted.package {
        Some(package) => match packages::find(&reader, package).await? {
            Some(row) => Some(row.id),
            None => return Ok(Vec::new()),
        },
        None => None,
    };
    let filter = Filter { package_id, states: wanted.states.clone(), uploader: wanted.uploader };
    Ok(candidates::list(&reader, &filter, skip, limit).await?)
}

/// The candidates of a package that occupy their versions, with files, oldest first: what the staging door lists.
///
/// Their moves are left out.
pub async fn live(ctx: &Ctx, package: &Package) -> Result<Vec<Candidate>, Problem> {
    let reader = ctx.store.read();
    let Some(row) = packages::find(&reader, package).await? else { return Ok(Vec::new()) };
    let rows = candidates::live_of(&reader, row.id).await?;
    with_files(&reader, rows).await
}

/// The candidates of a community's own package that are released, with files, oldest first. Their moves are left out.
pub async fn released(ctx: &Ctx, package: &Package) -> Result<Vec<Candidate>, Problem> {
    let reader = ctx.store.read();
    let Some(row) = packages::find(&reader, package).await? else { return Ok(Vec::new()) };
    let rows = candidates::in_state(&reader, row.id, CandidateState::Released).await?;
    with_files(&reader, rows).await
}

async fn with_files(reads: &impl Reads, rows: Vec<CandidateRow>) -> Result<Vec<Candidate>, Problem> {
    let ids: Vec<CandidateId> = rows.iter().map(|row| row.id.clone()).collect();
    let mut files: HashMap<CandidateId, Vec<FileRow>> = HashMap::new();
    for file in files::of_candidates(reads, &ids).await? {
        files.entry(file.candidate.clone()).or_default().push(file);
    }
    let whole = |row: CandidateRow| {
        let files = files.remove(&row.id).unwrap_or_default();
        Candidate { row, files, moves: Vec::new() }
    };
    Ok(rows.into_iter().map(whole).collect())
}

/// The address of a candidate's page, which is its post's.
pub fn page(ctx: &Ctx, id: &CandidateId) -> String {
    ctx.base_url.join(&format!("/candidates/{id}"))
}
