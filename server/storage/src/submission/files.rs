//! The files of candidates, and how far each is on its way.

use vetmoot_domain::{CandidateId, Digests, Timestamp};

use crate::blobs::Stored;
use crate::error::StoreError;
use crate::limits::BULK_ROWS_MAX;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

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
    /// Its SHA-256; its SHA-512 where its index names files by it.
    pub digests: Digests,
    /// Its SHA-1, for npm's `shasum` alone.
    pub sha1: Option<[u8; 20]>,
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

/// A file about to become part of a candidate; its bytes are in the blob store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile<'a> {
    /// Its candidate.
    pub candidate: &'a CandidateId,
    /// Its name on the index.
    pub file_name: &'a str,
    /// What kind of archive it is.
    pub kind: FileKind,
    /// Its bytes.
    pub stored: &'a Stored,
    /// JSON: what its index says of it beside the digests.
    pub metadata: &'a str,
    /// JSON as the client sent it.
    pub attestations: Option<&'a str>,
    /// When it came.
    pub at: Timestamp,
}

const TABLE: &str = "candidate_files";
const SELECT: &str = "SELECT id, candidate_id, file_name, kind, sha256, sha512, sha1, size, metadata, attestations, uploaded_at, \
    step, step_at, detail FROM candidate_files";

fn row(row: &Row) -> Result<FileRow, StoreError> {
    Ok(FileRow {
        id: row.get(0)?,
        candidate: row.word(TABLE, 1)?,
        file_name: row.get(2)?,
        kind: row.word(TABLE, 3)?,
        digests: Digests { sha256: Some(row.bytes(TABLE, 4)?), sha512: row.bytes_if(TABLE, 5)?.map(Box::new) },
        sha1: row.bytes_if(TABLE, 6)?,
        size: sql::count(row.get(7)?),
        metadata: row.get(8)?,
        attestations: row.get(9)?,
        uploaded_at: row.moment(10)?,
        step: row.word(TABLE, 11)?,
        step_at: row.moment_if(12)?,
        detail: row.get(13)?,
    })
}

/// Adds a file to a candidate that has none of this name; answers its row number.
pub async fn insert(tx: &Tx, new: &NewFile<'_>) -> Result<i64, StoreError> {
    let sql = "INSERT INTO candidate_files (candidate_id, file_name, kind, sha256, sha512, sha1, size, metadata, attestations, \
               uploaded_at, step) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id";
    // A digest that was not taken stands there as no bytes.
    let sha512 = new.stored.digests.sha512.as_ref().map(|bytes| bytes.to_vec()).unwrap_or_default();
    let sha1 = new.stored.sha1.map(|bytes| bytes.to_vec()).unwrap_or_default();
    let values = values![
        new.candidate.as_str(),
        new.file_name,
        new.kind.as_str(),
        new.stored.sha256.to_vec(),
        sha512,
        sha1,
        sql::int(new.stored.size),
        new.metadata,
        new.attestations.map(str::to_owned),
        new.at.millis(),
        FileStep::Waiting.as_str(),
    ];
    let row = tx.one(sql, values).await.map_err(|error| error.or_taken(|| format!("the file name {}", new.file_name)))?;
    row.ok_or_else(|| StoreError::missing("file"))?.get(0)
}

/// The files of a candidate in the order in which they came.
pub async fn of_candidate(reads: &impl Reads, candidate: &CandidateId) -> Result<Vec<FileRow>, StoreError> {
    let sql = format!("{SELECT} WHERE candidate_id = $1 ORDER BY id LIMIT $2");
    reads.handle().all(&sql, values![candidate.as_str(), sql::page(u64::MAX)]).await?.iter().map(row).collect()
}

/// The files of all these candidates, each candidate's in the order in which they came.
pub async fn of_candidates(reads: &impl Reads, candidates: &[CandidateId]) -> Result<Vec<FileRow>, StoreError> {
    let mut found = Vec::new();
    for chunk in candidates.chunks(BULK_ROWS_MAX) {
        let sql = format!("{SELECT} WHERE candidate_id IN ({}) ORDER BY id", sql::list(1, chunk.len()));
        let values = chunk.iter().map(|id| id.as_str().into()).collect();
        for file in reads.handle().all(&sql, values).await?.iter().map(row) {
            found.push(file?);
        }
    }
    Ok(found)
}

/// The file with this row number.
pub async fn get(reads: &impl Reads, id: i64) -> Result<Option<FileRow>, StoreError> {
    reads.handle().one(&format!("{SELECT} WHERE id = $1"), values![id]).await?.as_ref().map(row).transpose()
}

/// The files with this SHA-256, whichever candidate they belong to, oldest first.
pub async fn with_digest(reads: &impl Reads, sha256: &[u8; 32]) -> Result<Vec<FileRow>, StoreError> {
    let sql = format!("{SELECT} WHERE sha256 = $1 ORDER BY id LIMIT $2");
    reads.handle().all(&sql, values![sha256.to_vec(), sql::page(u64::MAX)]).await?.iter().map(row).collect()
}

/// Notes that a file is about to be sent, if its row is still as it was read; answers false when somebody else took it
/// further, or is about to send it too.
pub async fn about_to_send(tx: &Tx, file: &FileRow, at: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE candidate_files SET step = $1, step_at = $2, detail = NULL WHERE id = $3 AND step = $4 \
               AND COALESCE(step_at, -1) = $5";
    let before = file.step_at.map_or(-1, Timestamp::millis);
    let values = values![FileStep::Sent.as_str(), at.millis(), file.id, file.step.as_str(), before];
    Ok(tx.run(sql, values).await? > 0)
}

/// Takes a file one step further, if it still stands where the step begins; answers false when it does not.
///
/// `detail` is what the index said about it, in place of what it said before.
pub async fn set_step(
    tx: &Tx,
    id: i64,
    from: FileStep,
    to: FileStep,
    at: Timestamp,
    detail: Option<&str>,
) -> Result<bool, StoreError> {
    let sql = "UPDATE candidate_files SET step = $1, step_at = $2, detail = $3 WHERE id = $4 AND step = $5";
    let values = values![to.as_str(), at.millis(), detail.map(str::to_owned), id, from.as_str()];
    Ok(tx.run(sql, values).await? > 0)
}
