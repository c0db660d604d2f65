//! The files of candidates, and how far each is on its way.

use vetmoot_domain::{CandidateId, Digests, Timestamp};

/// How far a file is on its way to the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileStep {
    /// Here alone.
    Waiting,
    /// About to be sent, or sent without an answer yet: whether it arrived has to be looked up.
    Sent,
    /// The index took it.
    Published,
    /// The index serves the very bytes.
    Verified,
    /// The index serves other bytes.
    Mismatched,
}

vetmoot_domain::word_enum!(FileStep, "step of a file", {
    Waiting => "waiting", Sent => "sent", Published => "published", Verified => "verified", Mismatched => "mismatched",
});

/// What kind of archive a file of a candidate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A `.crate`.
    Crate,
    /// A source distribution of a Python project.
    Sdist,
    /// A wheel.
    Wheel,
    /// An npm tarball.
    Tgz,
}

vetmoot_domain::word_enum!(FileKind, "kind of file", {
    Crate => "crate", Sdist => "sdist", Wheel => "wheel", Tgz => "tgz",
});

/// A file of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// The row's number.
    pub id: i64,
    /// Its candidate.
    pub candidate: CandidateId,
    /// Its name: `demo-1.0.0.crate`, `demo-1.0.0-py3-none-any.whl`, `demo-1.0.0.tgz`.
    pub file_name: String,
    /// What kind of archive it is.
    pub kind: FileKind,
    /// Its SHA-256 and SHA-512.
    pub digests: Digests,
    /// Its SHA-1, for npm's `shasum` alone.
    pub sha1: [u8; 20],
    /// Its size in bytes.
    pub size: u64,
    /// JSON: what its index says of it beside the digests.
    pub metadata: String,
    /// JSON as the client sent it.
    pub attestations: Option<String>,
    /// When it came.
    pub uploaded_at: Timestamp,
    /// How far it is.
    pub step: FileStep,
    /// Since when.
    pub step_at: Option<Timestamp>,
    /// What the index said last about it.
    pub detail: Option<String>,
}
