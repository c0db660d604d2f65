//! Candidates and the moves they made.

use vetmoot_domain::{CandidateId, CandidateState, Package, Slug, Timestamp, UserName, Version};

/// A candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateRow {
    /// Its id.
    pub id: CandidateId,
    /// Its project's row number.
    pub project_id: i64,
    /// The package.
    pub package: Package,
    /// The package's row number.
    pub package_id: i64,
    /// The version.
    pub version: Version,
    /// Where it stands.
    pub state: CandidateState,
    /// Who answers for the upload: the member's row number.
    pub uploader: i64,
    /// Their name.
    pub uploader_name: UserName,
    /// The program that uploaded in their name, when one did.
    pub uploaded_as: Option<String>,
    /// The policy that vets it.
    pub policy: Slug,
    /// The candidate of the same version it came after.
    pub replaces: Option<CandidateId>,
    /// When its first file came.
    pub created_at: Timestamp,
    /// When anything about it changed last.
    pub changed_at: Timestamp,
    /// When its last file came.
    pub last_file_at: Timestamp,
    /// When it was whole.
    pub staged_at: Option<Timestamp>,
    /// When it was released.
    pub released_at: Option<Timestamp>,
    /// Who released it: the member's row number.
    pub released_by: Option<i64>,
    /// Their name.
    pub released_by_name: Option<UserName>,
    /// Why it stands where it stands: what was asked for, what failed.
    pub reason: Option<String>,
    /// JSON: what was noticed at the upload (a list of [findings](../../vetmoot_workflows)).
    pub findings: String,
    /// JSON: how the archives compare with the tagged source, when one was given.
    pub source: Option<String>,
    /// The salt of its statements, in hexadecimal.
    pub salt: String,
}

/// One move of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveRow {
    /// Where it went.
    pub state: CandidateState,
    /// Who moved it: a member's name, or what stands for the instance.
    pub moved_by: String,
    /// Why, in their words.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}
