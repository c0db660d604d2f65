//! Hand in a file of a release, whichever client brings it.

use serde_json::Value;
use vetmoot_domain::{CandidateId, CandidateState, Package, Role, UserName, Version};
use vetmoot_storage::Stored;
use vetmoot_storage::submission::files::FileKind;
use vetmoot_storage::submission::projects::ProjectRow;

use super::finding::Finding;
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};

/// Who uploads: a member by token, or a program in a member's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploader {
    /// The member's row.
    pub user_id: i64,
    /// Their name.
    pub name: UserName,
    /// What they may do here.
    pub roles: Vec<Role>,
    /// The one package the token is for.
    pub project: Option<Package>,
    /// The program that uploads in their name: the subject of its identity.
    pub program: Option<String>,
}

/// That an upload may begin: asked for before the body is read.
#[derive(Debug, Clone)]
pub struct Permit {
    /// The project.
    pub project: ProjectRow,
    /// Most bytes this file may have.
    pub file_bytes_max: u64,
}

/// A file that is in the blob store and is to become part of a candidate.
#[derive(Debug, Clone)]
pub struct Handed {
    /// The version the client names; the archive has to agree.
    pub version: Version,
    /// The file's name on the index.
    pub file_name: String,
    /// What kind of archive it is.
    pub kind: FileKind,
    /// Its bytes.
    pub stored: Stored,
    /// What its index says of it beside the digests, in the form `vetmoot_ecosystems::stage` reads.
    pub metadata: Value,
    /// Attestations as the client sent them: JSON.
    pub attestations: Option<String>,
    /// Whether the release is this one file (cargo, npm), so that the candidate is whole at once.
    pub whole: bool,
}

/// What the uploader is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The candidate.
    pub candidate: CandidateId,
    /// Where it stands.
    pub state: CandidateState,
    /// Its page.
    pub page: String,
    /// What happens next, in a sentence, the page's address included.
    pub next: String,
    /// What was noticed and did not refuse it.
    pub warnings: Vec<Finding>,
    /// Whether exactly these bytes were here already.
    pub again: bool,
}

/// Why an upload was not taken.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// It may not be, or could not be.
    Problem(Problem),
    /// Pre-flight found errors: all of them, the warnings after them.
    Findings(Vec<Finding>),
}

impl<E: Into<Problem>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

/// The uploader behind a token that has the scope `publish`.
pub async fn uploader(_ctx: &Ctx, _token: &str) -> Result<Uploader, Problem> {
    Err(unbuilt())
}

/// Whether the uploader may hand in files of the package now: asked before the body is read.
///
/// A package nobody opened as a project is opened by who may: an auditor, lead or steward.
pub async fn permit(_ctx: &Ctx, _uploader: &Uploader, _package: &Package) -> Result<Permit, Problem> {
    Err(unbuilt())
}

/// Takes a file in: pre-flight, then its candidate, in one transaction with its events.
pub async fn hand_in(_ctx: &Ctx, _uploader: &Uploader, _permit: &Permit, _handed: Handed) -> Result<Receipt, Refusal> {
    Err(unbuilt().into())
}

fn unbuilt() -> Problem {
    Problem::new(Kind::Unavailable, "unbuilt", "this is not built yet")
}
