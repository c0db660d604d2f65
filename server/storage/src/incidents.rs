//! Incidents: names under which an index showed other bytes than those seen first.

use vetmoot_domain::{Artifact, Incident, Timestamp};

use crate::error::StoreError;
use crate::packages;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// One incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentRow {
    /// The row's number.
    pub id: i64,
    /// The artifact.
    pub artifact: Artifact,
    /// What was noticed when.
    pub incident: Incident,
    /// When a steward closed it; none while it is open and the artifact refused.
    pub closed_at: Option<Timestamp>,
}

const TABLE: &str = "incidents";
const SELECT: &str = "SELECT i.id, p.ecosystem, p.name, a.version, a.file_name, i.noticed_at, i.pinned, i.seen, i.closed_at \
    FROM incidents i JOIN artifacts a ON a.id = i.artifact_id JOIN packages p ON p.id = a.package_id";

fn row(row: &Row) -> Result<IncidentRow, StoreError> {
    let file_name: String = row.get(4)?;
    let release = row.package(1, 2)?.release(row.word(TABLE, 3)?);
    Ok(IncidentRow {
        id: row.get(0)?,
        artifact: release.artifact((!file_name.is_empty()).then_some(file_name.as_str())),
        incident: Incident { noticed: row.moment(5)?, pinned: row.json(TABLE, 6)?, seen: row.json(TABLE, 7)? },
        closed_at: row.moment_if(8)?,
    })
}

/// Incidents, newest first, those before the row number `before` when one is given.
pub async fn list(reads: &impl Reads, before: Option<i64>, limit: u64) -> Result<Vec<IncidentRow>, StoreError> {
    let sql = format!("{SELECT} WHERE i.id < $1 ORDER BY i.id DESC LIMIT $2");
    let rows = reads.handle().all(&sql, values![before.unwrap_or(i64::MAX), sql::page(limit)]).await?;
    rows.iter().map(row).collect()
}

/// How many incidents are open.
pub async fn open_count(reads: &impl Reads) -> Result<u64, StoreError> {
    let found = reads.handle().one("SELECT COUNT(*) FROM incidents WHERE closed_at IS NULL", Vec::new()).await?;
    found.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}

/// Closes an incident: a steward looked at it and the artifact is judged as any other again, under its first digest.
pub async fn close(tx: &Tx, id: i64, by: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE incidents SET closed_at = $1, closed_by = $2 WHERE id = $3 AND closed_at IS NULL";
    let closed = tx.run(sql, values![now.millis(), by, id]).await? > 0;
    if closed {
        let owner = "SELECT a.package_id FROM incidents i JOIN artifacts a ON a.id = i.artifact_id WHERE i.id = $1";
        if let Some(row) = tx.one(owner, values![id]).await? {
            packages::bump_epoch(tx, row.get(0)?).await?;
        }
    }
    Ok(closed)
}
