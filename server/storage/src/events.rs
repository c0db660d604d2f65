//! The event log: append-only, one row for everything that happens, written with the change itself.

use vetmoot_domain::Timestamp;
use vetmoot_domain::event::Topic;

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Its number; a later event has a higher one, and none becomes visible before a lower one.
    pub seq: i64,
    /// What happened.
    pub topic: Topic,
    /// To what: ids and digests, never text.
    pub subject: Vec<String>,
    /// Who did it: a member's name, or what stands for the operator or a timer; none for the instance itself.
    pub actor: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Writes an event down; answers its number.
pub async fn append(tx: &Tx, topic: Topic, subject: &[String], actor: Option<&str>, now: Timestamp) -> Result<i64, StoreError> {
    let sql = "INSERT INTO events (topic, subject, actor, at) VALUES ($1, $2, $3, $4) RETURNING seq";
    let values = values![topic.as_str(), sql::json("events", &subject)?, actor, now.millis()];
    tx.one(sql, values).await?.ok_or_else(|| StoreError::missing("event"))?.get(0)
}

/// The number of the last event; 0 when nothing has happened yet.
pub async fn last(reads: &impl Reads) -> Result<i64, StoreError> {
    let found = reads.handle().one("SELECT MAX(seq) FROM events", Vec::new()).await?;
    found.map_or(Ok(0), |row| Ok(row.get::<Option<i64>>(0)?.unwrap_or(0)))
}

fn row(row: &Row) -> Result<EventRow, StoreError> {
    Ok(EventRow {
        seq: row.get(0)?,
        topic: row.word("events", 1)?,
        subject: row.json("events", 2)?,
        actor: row.get(3)?,
        at: row.moment(4)?,
    })
}

/// The events after this number, oldest first.
pub async fn after(reads: &impl Reads, seq: i64, limit: u64) -> Result<Vec<EventRow>, StoreError> {
    let sql = "SELECT seq, topic, subject, actor, at FROM events WHERE seq > $1 ORDER BY seq LIMIT $2";
    reads.handle().all(sql, values![seq, sql::page(limit)]).await?.iter().map(row).collect()
}

/// The events before this number (all when none is given), newest first.
pub async fn latest(reads: &impl Reads, before: Option<i64>, limit: u64) -> Result<Vec<EventRow>, StoreError> {
    let sql = "SELECT seq, topic, subject, actor, at FROM events WHERE seq < $1 ORDER BY seq DESC LIMIT $2";
    reads.handle().all(sql, values![before.unwrap_or(i64::MAX), sql::page(limit)]).await?.iter().map(row).collect()
}
