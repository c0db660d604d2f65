//! Releases on their way, one row each, so that a restart goes on where the last process ended.

use vetmoot_domain::{CandidateId, Ecosystem, Timestamp};

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// How far a release is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReleaseStep {
    /// A lead asked for it.
    Asked,
    /// Its files are being sent.
    Sending,
    /// A person has to approve it at the official index.
    Approval,
    /// What the index serves is being compared.
    Comparing,
    /// It is over; the candidate's state says how.
    Done,
}

vetmoot_domain::word_enum!(ReleaseStep, "step of a release", {
    Asked => "asked", Sending => "sending", Approval => "approval", Comparing => "comparing", Done => "done",
});

/// A release on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseRow {
    /// Its candidate.
    pub candidate: CandidateId,
    /// Whose index it goes to.
    pub ecosystem: Ecosystem,
    /// The credential it was asked for with; none for packages whose home is the community.
    pub credential_id: Option<i64>,
    /// Who asked for it: a member's row number.
    pub asked_by: Option<i64>,
    /// When.
    pub asked_at: Timestamp,
    /// How far it is.
    pub step: ReleaseStep,
    /// Tries of the present step that failed.
    pub tries: i64,
    /// Nothing is done before.
    pub not_before: Timestamp,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// What the index calls it while it waits for an approval there.
    pub remote: Option<String>,
    /// When it was over.
    pub done_at: Option<Timestamp>,
}

const TABLE: &str = "releases";
const SELECT: &str = "SELECT r.candidate_id, p.ecosystem, r.credential_id, r.asked_by, r.asked_at, r.step, r.tries, \
    r.not_before, r.last_error, r.remote, r.done_at FROM releases r JOIN candidates c ON c.id = r.candidate_id \
    JOIN packages p ON p.id = c.package_id";

fn row(row: &Row) -> Result<ReleaseRow, StoreError> {
    Ok(ReleaseRow {
        candidate: row.word(TABLE, 0)?,
        ecosystem: row.word(TABLE, 1)?,
        credential_id: row.get(2)?,
        asked_by: row.get(3)?,
        asked_at: row.moment(4)?,
        step: row.word(TABLE, 5)?,
        tries: row.get(6)?,
        not_before: row.moment(7)?,
        last_error: row.get(8)?,
        remote: row.get(9)?,
        done_at: row.moment_if(10)?,
    })
}

/// Puts a candidate on its way; one that failed before goes again, and keeps what the index calls it.
pub async fn insert(
    tx: &Tx,
    candidate: &CandidateId,
    credential_id: Option<i64>,
    asked_by: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO releases (candidate_id, credential_id, asked_by, asked_at, step, tries, not_before) \
               VALUES ($1, $2, $3, $4, $5, 0, $4) ON CONFLICT (candidate_id) DO UPDATE SET \
               credential_id = excluded.credential_id, asked_by = excluded.asked_by, asked_at = excluded.asked_at, \
               step = excluded.step, tries = 0, not_before = excluded.not_before, last_error = NULL, done_at = NULL";
    let values = values![candidate.as_str(), credential_id, asked_by, now.millis(), ReleaseStep::Asked.as_str()];
    tx.run(sql, values).await?;
    Ok(())
}

/// The release of a candidate, over or not.
pub async fn get(reads: &impl Reads, candidate: &CandidateId) -> Result<Option<ReleaseRow>, StoreError> {
    let sql = format!("{SELECT} WHERE r.candidate_id = $1");
    reads.handle().one(&sql, values![candidate.as_str()]).await?.as_ref().map(row).transpose()
}

/// The releases of an ecosystem that are due, the longest waiting first.
pub async fn due(reads: &impl Reads, ecosystem: Ecosystem, now: Timestamp, limit: u64) -> Result<Vec<ReleaseRow>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE r.done_at IS NULL AND r.not_before <= $1 AND p.ecosystem = $2 ORDER BY r.not_before, r.asked_at, \
         r.candidate_id LIMIT $3"
    );
    reads.handle().all(&sql, values![now.millis(), ecosystem.as_str(), sql::page(limit)]).await?.iter().map(row).collect()
}

/// The releases that are not over, oldest first.
pub async fn under_way(reads: &impl Reads) -> Result<Vec<ReleaseRow>, StoreError> {
    let sql = format!("{SELECT} WHERE r.done_at IS NULL ORDER BY r.asked_at, r.candidate_id LIMIT $1");
    reads.handle().all(&sql, values![sql::page(u64::MAX)]).await?.iter().map(row).collect()
}

/// Notes how far a release is; its tries begin again.
pub async fn at_step(tx: &Tx, candidate: &CandidateId, step: ReleaseStep, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE releases SET step = $1, tries = 0, not_before = $2, last_error = NULL WHERE candidate_id = $3";
    tx.run(sql, values![step.as_str(), now.millis(), candidate.as_str()]).await?;
    Ok(())
}

/// Notes what the index calls a release that waits for an approval there; none once it no longer does.
pub async fn set_remote(tx: &Tx, candidate: &CandidateId, remote: Option<&str>) -> Result<(), StoreError> {
    let values = values![remote.map(str::to_owned), candidate.as_str()];
    tx.run("UPDATE releases SET remote = $1 WHERE candidate_id = $2", values).await?;
    Ok(())
}

/// Which credential it goes with from now on.
pub async fn set_credential(tx: &Tx, candidate: &CandidateId, credential_id: i64) -> Result<(), StoreError> {
    let values = values![credential_id, candidate.as_str()];
    tx.run("UPDATE releases SET credential_id = $1 WHERE candidate_id = $2", values).await?;
    Ok(())
}

/// Puts a release off that is not over, with the reason.
pub async fn put_off(tx: &Tx, candidate: &CandidateId, tries: i64, until: Timestamp, error: &str) -> Result<(), StoreError> {
    let sql = "UPDATE releases SET tries = $1, not_before = $2, last_error = $3 WHERE candidate_id = $4 AND done_at IS NULL";
    tx.run(sql, values![tries, until.millis(), error, candidate.as_str()]).await?;
    Ok(())
}

/// Lets everything that waits for an index be looked at now: something changed that it may have waited for.
pub async fn wake(tx: &Tx, ecosystem: Ecosystem, now: Timestamp) -> Result<(), StoreError> {
    let releases = "UPDATE releases SET not_before = $1 WHERE done_at IS NULL AND not_before > $1 AND candidate_id IN \
                    (SELECT c.id FROM candidates c JOIN packages p ON p.id = c.package_id WHERE p.ecosystem = $2)";
    tx.run(releases, values![now.millis(), ecosystem.as_str()]).await?;
    let actions = "UPDATE package_actions SET not_before = $1 WHERE done_at IS NULL AND not_before > $1 AND project_id IN \
                   (SELECT j.id FROM projects j JOIN packages p ON p.id = j.package_id WHERE p.ecosystem = $2)";
    tx.run(actions, values![now.millis(), ecosystem.as_str()]).await?;
    Ok(())
}

/// Notes that a release is over; answers false when it was before.
pub async fn finish(tx: &Tx, candidate: &CandidateId, error: Option<&str>, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE releases SET step = $1, last_error = $2, done_at = $3 WHERE candidate_id = $4 AND done_at IS NULL";
    let values = values![ReleaseStep::Done.as_str(), error.map(str::to_owned), now.millis(), candidate.as_str()];
    Ok(tx.run(sql, values).await? > 0)
}

/// How long an index wants to be left alone, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Nothing is sent before.
    pub until: Timestamp,
    /// What it said.
    pub reason: String,
}

/// The pause an index asked for, over or not.
pub async fn pause(reads: &impl Reads, ecosystem: Ecosystem) -> Result<Option<Pause>, StoreError> {
    let sql = "SELECT until, reason FROM release_pauses WHERE ecosystem = $1";
    let found = reads.handle().one(sql, values![ecosystem.as_str()]).await?;
    found.map(|row| Ok(Pause { until: row.moment(0)?, reason: row.get(1)? })).transpose()
}

/// Notes the pause an index asks for; a longer one stays.
pub async fn set_pause(tx: &Tx, ecosystem: Ecosystem, until: Timestamp, reason: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO release_pauses (ecosystem, until, reason) VALUES ($1, $2, $3) ON CONFLICT (ecosystem) \
               DO UPDATE SET until = excluded.until, reason = excluded.reason WHERE release_pauses.until < excluded.until";
    tx.run(sql, values![ecosystem.as_str(), until.millis(), reason]).await?;
    Ok(())
}
