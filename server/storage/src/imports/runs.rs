//! Runs of an import: begun, counted while they go, finished once; one that was killed stays unfinished to be seen.

use serde::{Deserialize, Serialize};
use vetmoot_domain::Timestamp;

use crate::error::StoreError;
use crate::limits::DROP_EXAMPLES_MAX;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunOutcome {
    /// Entries that count now and did not before.
    #[serde(default)]
    pub added: u64,
    /// Entries whose content changed under the same identity.
    #[serde(default)]
    pub changed: u64,
    /// Entries that are as they were.
    #[serde(default)]
    pub same: u64,
    /// Entries the source no longer shows.
    #[serde(default)]
    pub removed: u64,
    /// What was left out, by reason.
    #[serde(default)]
    pub dropped: Vec<Dropped>,
    /// The source said that nothing changed (HTTP 304), and nothing was read.
    #[serde(default)]
    pub not_modified: bool,
    /// Some advisory of it is about malware.
    #[serde(default)]
    pub malware: bool,
    /// The `ETag` it gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The `Last-Modified` it gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// Why it was not read to the end; then nothing was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Entries left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// The reason's stable code.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// A few of them; at most [`DROP_EXAMPLES_MAX`] are kept.
    pub examples: Vec<String>,
}

impl Dropped {
    /// Counts one more entry under `reason`, in the list of a run.
    pub fn note(list: &mut Vec<Self>, reason: &str, example: impl FnOnce() -> String) {
        let at = match list.iter().position(|dropped| dropped.reason == reason) {
            Some(at) => at,
            None => {
                list.push(Self { reason: reason.to_owned(), count: 0, examples: Vec::new() });
                list.len() - 1
            }
        };
        if let Some(dropped) = list.get_mut(at) {
            dropped.count += 1;
            if dropped.examples.len() < DROP_EXAMPLES_MAX {
                dropped.examples.push(example());
            }
        }
    }
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// The row's number.
    pub id: i64,
    /// Its source.
    pub source_id: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; none while it goes on, or when the server died under it.
    pub finished_at: Option<Timestamp>,
    /// Entries read so far.
    pub read: u64,
    /// Entries there are, or bytes, as the caller counts; none when nobody knows.
    pub total: Option<u64>,
    /// How it ended.
    pub outcome: Option<RunOutcome>,
}

const TABLE: &str = "import_runs";
const COLUMNS: &str = "id, source_id, started_at, finished_at, read, total, outcome";

fn row(row: &Row) -> Result<RunRow, StoreError> {
    let outcome = row.get::<Option<String>>(6)?;
    Ok(RunRow {
        id: row.get(0)?,
        source_id: row.get(1)?,
        started_at: row.moment(2)?,
        finished_at: row.moment_if(3)?,
        read: sql::count(row.get(4)?),
        total: row.get::<Option<i64>>(5)?.map(sql::count),
        outcome: outcome.map(|text| sql::read_json(TABLE, &text)).transpose()?,
    })
}

/// Begins a run; answers its number.
pub async fn begin_run(tx: &Tx, source_id: i64, now: Timestamp) -> Result<i64, StoreError> {
    let sql = "INSERT INTO import_runs (source_id, started_at, read) VALUES ($1, $2, 0) RETURNING id";
    tx.one(sql, values![source_id, now.millis()]).await?.ok_or_else(|| StoreError::missing("run"))?.get(0)
}

/// Notes how far a run has come.
pub async fn progress(tx: &Tx, run_id: i64, read: u64, total: Option<u64>) -> Result<(), StoreError> {
    let sql = "UPDATE import_runs SET read = $1, total = $2 WHERE id = $3";
    tx.run(sql, values![sql::int(read), total.map(sql::int), run_id]).await?;
    Ok(())
}

/// Ends a run. One without an error makes the source read: its time and validators are kept for the next.
pub async fn finish_run(tx: &Tx, run_id: i64, outcome: &RunOutcome, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE import_runs SET finished_at = $1, outcome = $2 WHERE id = $3";
    tx.run(sql, values![now.millis(), sql::json(TABLE, outcome)?, run_id]).await?;
    tx.run("DELETE FROM import_seen WHERE run_id = $1", values![run_id]).await?;
    if outcome.error.is_some() {
        return Ok(());
    }
    let source = "(SELECT source_id FROM import_runs WHERE id = $2)";
    let sql = format!("UPDATE sources SET last_success_at = $1 WHERE id = {source}");
    tx.run(&sql, values![now.millis(), run_id]).await?;
    if !outcome.not_modified {
        let sql = format!("UPDATE sources SET etag = $1, last_modified = $3 WHERE id = {source}");
        tx.run(&sql, values![outcome.etag.clone(), run_id, outcome.last_modified.clone()]).await?;
    }
    if outcome.malware {
        tx.run(&format!("UPDATE sources SET malware = $1 WHERE id = {source}"), values![1_i64, run_id]).await?;
    }
    Ok(())
}

/// Ends the runs that a server left when it died; called once at start. Answers how many there were.
///
/// What such a run had taken in counts, and nothing was removed; the source's next run makes it whole.
pub async fn abandon_unfinished(tx: &Tx, now: Timestamp) -> Result<u64, StoreError> {
    let outcome = RunOutcome { error: Some("the server stopped during this run".to_owned()), ..RunOutcome::default() };
    let seen = "DELETE FROM import_seen WHERE run_id IN (SELECT id FROM import_runs WHERE finished_at IS NULL)";
    tx.run(seen, Vec::new()).await?;
    let sql = "UPDATE import_runs SET finished_at = $1, outcome = $2 WHERE finished_at IS NULL";
    tx.run(sql, values![now.millis(), sql::json(TABLE, &outcome)?]).await
}

/// The run with this number.
pub async fn run(reads: &impl Reads, run_id: i64) -> Result<Option<RunRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM import_runs WHERE id = $1");
    reads.handle().one(&sql, values![run_id]).await?.as_ref().map(row).transpose()
}

/// The runs of a source, newest first.
pub async fn runs(reads: &impl Reads, source_id: i64, limit: u64) -> Result<Vec<RunRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM import_runs WHERE source_id = $1 ORDER BY id DESC LIMIT $2");
    reads.handle().all(&sql, values![source_id, sql::page(limit)]).await?.iter().map(row).collect()
}
