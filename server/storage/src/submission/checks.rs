//! Signed results of outside checks, and the waivers of checks.

use vetmoot_domain::proof::Multikey;
use vetmoot_domain::{CandidateId, CheckVerdict, ProjectRole, Timestamp, UserName};

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// A verified result to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewResult {
    /// The candidate whose files it is about.
    pub candidate: CandidateId,
    /// The check's name when it came.
    pub name: String,
    /// What it says.
    pub verdict: CheckVerdict,
    /// The key that signed it.
    pub key: Multikey,
    /// SHA-256 of the key and of what was signed.
    pub payload: [u8; 32],
    /// The envelope, byte for byte as it came.
    pub envelope: String,
    /// Where to read more.
    pub url: Option<String>,
    /// What it says beside, in a line.
    pub detail: Option<String>,
    /// Who brought it.
    pub posted_by: String,
    /// When it came.
    pub posted_at: Timestamp,
}

/// A kept result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultRow {
    /// The row's number.
    pub id: i64,
    /// Its candidate.
    pub candidate: CandidateId,
    /// The check's name when it came.
    pub name: String,
    /// What it says.
    pub verdict: CheckVerdict,
    /// The key that signed it, which says whose result it is.
    pub key: Multikey,
    /// When these signed words were first seen, for whichever candidate.
    pub seen_at: Timestamp,
    /// The envelope, byte for byte as it came.
    pub envelope: String,
    /// Where to read more.
    pub url: Option<String>,
    /// What it says beside, in a line.
    pub detail: Option<String>,
    /// Who brought it.
    pub posted_by: String,
    /// When it came.
    pub posted_at: Timestamp,
}

/// A waiver of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverRow {
    /// The row's number.
    pub id: i64,
    /// The check's name.
    pub name: String,
    /// Who waived it.
    pub by: UserName,
    /// Why.
    pub reason: String,
    /// When.
    pub waived_at: Timestamp,
}

const RESULTS: &str = "check_results";
const SELECT: &str =
    "SELECT id, candidate_id, name, result, key, seen_at, envelope, url, detail, posted_by, posted_at FROM check_results";

fn result(row: &Row) -> Result<ResultRow, StoreError> {
    Ok(ResultRow {
        id: row.get(0)?,
        candidate: row.word(RESULTS, 1)?,
        name: row.get(2)?,
        verdict: row.word(RESULTS, 3)?,
        key: row.word(RESULTS, 4)?,
        seen_at: row.moment(5)?,
        envelope: row.get(6)?,
        url: row.get(7)?,
        detail: row.get(8)?,
        posted_by: row.get(9)?,
        posted_at: row.moment(10)?,
    })
}

/// Keeps a result; answers its row's number.
///
/// Signed words that came before, for this candidate or another, keep the moment at which they were first seen.
pub async fn insert(tx: &Tx, new: &NewResult) -> Result<i64, StoreError> {
    let sql = "INSERT INTO check_results (candidate_id, name, result, key, payload, seen_at, envelope, url, detail, posted_by, \
               posted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id";
    let first = tx.one("SELECT MIN(seen_at) FROM check_results WHERE payload = $1", values![new.payload.to_vec()]).await?;
    let first = first.map_or(Ok(None), |row| row.get::<Option<i64>>(0))?;
    let values = values![
        new.candidate.as_str(),
        new.name.clone(),
        new.verdict.as_str(),
        new.key.to_string(),
        new.payload.to_vec(),
        first.unwrap_or_else(|| new.posted_at.millis()),
        new.envelope.clone(),
        new.url.clone(),
        new.detail.clone(),
        new.posted_by.clone(),
        new.posted_at.millis(),
    ];
    tx.one(sql, values).await?.ok_or_else(|| StoreError::missing("result of a check"))?.get(0)
}

/// The result with these signed words about this candidate, when it came before.
pub async fn same(reads: &impl Reads, candidate: &CandidateId, payload: &[u8; 32]) -> Result<Option<ResultRow>, StoreError> {
    let sql = format!("{SELECT} WHERE candidate_id = $1 AND payload = $2 ORDER BY id LIMIT 1");
    reads.handle().one(&sql, values![candidate.as_str(), payload.to_vec()]).await?.as_ref().map(result).transpose()
}

/// The results about a candidate in the order in which they came.
pub async fn results(reads: &impl Reads, candidate: &CandidateId) -> Result<Vec<ResultRow>, StoreError> {
    let sql = format!("{SELECT} WHERE candidate_id = $1 ORDER BY id LIMIT $2");
    reads.handle().all(&sql, values![candidate.as_str(), sql::page(u64::MAX)]).await?.iter().map(result).collect()
}

/// How many results about a candidate are kept.
pub async fn count(reads: &impl Reads, candidate: &CandidateId) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) FROM check_results WHERE candidate_id = $1";
    let found = reads.handle().one(sql, values![candidate.as_str()]).await?;
    found.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}

/// Keeps a waiver; answers its row's number.
pub async fn waive(
    tx: &Tx,
    candidate: &CandidateId,
    name: &str,
    user_id: i64,
    reason: &str,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let sql =
        "INSERT INTO check_waivers (candidate_id, name, user_id, reason, waived_at) VALUES ($1, $2, $3, $4, $5) RETURNING id";
    let found = tx.one(sql, values![candidate.as_str(), name, user_id, reason, now.millis()]).await?;
    found.ok_or_else(|| StoreError::missing("waiver"))?.get(0)
}

/// The waivers about a candidate in the order in which they were given.
pub async fn waivers(reads: &impl Reads, candidate: &CandidateId) -> Result<Vec<WaiverRow>, StoreError> {
    let sql = "SELECT w.id, w.name, u.name, w.reason, w.waived_at FROM check_waivers w JOIN users u ON u.id = w.user_id \
               WHERE w.candidate_id = $1 ORDER BY w.id LIMIT $2";
    let rows = reads.handle().all(sql, values![candidate.as_str(), sql::page(u64::MAX)]).await?;
    let read = |row: &Row| {
        Ok(WaiverRow {
            id: row.get(0)?,
            name: row.get(1)?,
            by: row.word("users", 2)?,
            reason: row.get(3)?,
            waived_at: row.moment(4)?,
        })
    };
    rows.iter().map(read).collect()
}

/// The people whose own package this is: the maintainers of its project, and whoever handed in a release of it.
///
/// Somebody who only leads the project is not one of them: a lead looks at what others hand in.
pub async fn own_people(reads: &impl Reads, package_id: i64) -> Result<Vec<(i64, UserName)>, StoreError> {
    let sql = "SELECT u.id, u.name FROM users u WHERE u.id IN (SELECT c.uploader FROM candidates c WHERE c.package_id = $1) \
               OR u.id IN (SELECT m.user_id FROM project_people m JOIN projects j ON j.id = m.project_id \
               WHERE j.package_id = $1 AND m.role = $2) ORDER BY u.name LIMIT $3";
    let values = values![package_id, ProjectRole::Maintainer.as_str(), sql::page(u64::MAX)];
    let rows = reads.handle().all(sql, values).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.word("users", 1)?))).collect()
}
