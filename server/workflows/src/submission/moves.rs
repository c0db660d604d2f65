//! The moves of a candidate: each checks who may, writes state, move and event in one transaction, and nothing else does.

use vetmoot_domain::CandidateId;

use super::CandidateRow;
use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};

/// Says that all files are there: draft to staged. By its uploader, or a lead.
pub async fn complete(_ctx: &Ctx, _origin: &Origin, _id: &CandidateId) -> Result<CandidateRow, Problem> {
    Err(unbuilt())
}

/// Somebody takes it up: staged (or changes asked) to in review. By an auditor, lead or steward.
pub async fn take(_ctx: &Ctx, _origin: &Origin, _id: &CandidateId) -> Result<CandidateRow, Problem> {
    Err(unbuilt())
}

/// A reviewer wants something else; `reason` says what. Its version is free for another upload afterwards.
pub async fn ask_changes(_ctx: &Ctx, _origin: &Origin, _id: &CandidateId, _reason: &str) -> Result<CandidateRow, Problem> {
    Err(unbuilt())
}

/// Takes it back: by its uploader, or a lead.
pub async fn withdraw(_ctx: &Ctx, _origin: &Origin, _id: &CandidateId, _reason: &str) -> Result<CandidateRow, Problem> {
    Err(unbuilt())
}

/// A lead who is not the uploader sends it on its way: approved (or failed) to releasing. Of two who press, one does.
pub async fn release(_ctx: &Ctx, _origin: &Origin, _id: &CandidateId) -> Result<CandidateRow, Problem> {
    Err(unbuilt())
}

fn unbuilt() -> Problem {
    Problem::new(Kind::Unavailable, "unbuilt", "this is not built yet")
}
