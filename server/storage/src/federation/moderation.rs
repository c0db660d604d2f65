//! Who is blocked and who is allowed, and whom a decision concerns.

use vetmoot_domain::Timestamp;

use crate::error::StoreError;
use crate::limits::BULK_ROWS_MAX;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// What was decided about a host or an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing goes in or out.
    Block,
    /// Let in where only those who are allowed are.
    Allow,
}

vetmoot_domain::word_enum!(Verdict, "verdict", { Block => "block", Allow => "allow" });

/// A decision in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModerationRow {
    /// A host name, with its port if that is unusual, or the address of an actor.
    pub subject: String,
    /// What was decided.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// By whom.
    pub decided_by: String,
    /// When.
    pub decided_at: Timestamp,
}

fn row(row: &Row) -> Result<ModerationRow, StoreError> {
    Ok(ModerationRow {
        subject: row.get(0)?,
        verdict: row.word("moderation", 1)?,
        reason: row.get(2)?,
        decided_by: row.get(3)?,
        decided_at: row.moment(4)?,
    })
}

/// Every decision in force, by subject.
pub async fn all(reads: &impl Reads) -> Result<Vec<ModerationRow>, StoreError> {
    let sql = "SELECT subject, verdict, reason, decided_by, decided_at FROM moderation ORDER BY subject LIMIT $1";
    reads.handle().all(sql, values![sql::page(u64::MAX)]).await?.iter().map(row).collect()
}

/// Puts a decision in force, in place of the one before about the same subject.
pub async fn decide(tx: &Tx, decision: &ModerationRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO moderation (subject, verdict, reason, decided_by, decided_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (subject) DO UPDATE SET verdict = excluded.verdict, reason = excluded.reason, \
               decided_by = excluded.decided_by, decided_at = excluded.decided_at";
    let ModerationRow { subject, verdict, reason, decided_by, decided_at } = decision;
    let values = values![subject.as_str(), verdict.as_str(), reason.as_str(), decided_by.as_str(), decided_at.millis()];
    tx.run(sql, values).await?;
    Ok(())
}

/// Takes a decision back; answers whether there was one.
pub async fn undo(tx: &Tx, subject: &str) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM moderation WHERE subject = $1", values![subject]).await? > 0)
}

/// Somebody a decision may concern: an actor that follows one of ours, with its server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concerned {
    /// The row of the actor.
    pub actor_id: i64,
    /// Its address.
    pub uri: String,
    /// Scheme, host and port of its server.
    pub origin: String,
}

/// Everybody who follows an actor of ours.
pub async fn followers(reads: &impl Reads) -> Result<Vec<Concerned>, StoreError> {
    let sql = "SELECT a.id, a.uri, h.origin FROM actors a JOIN hosts h ON h.id = a.host_id \
               WHERE EXISTS (SELECT 1 FROM followers f WHERE f.actor_id = a.id) ORDER BY a.id";
    let rows = reads.handle().all(sql, Vec::new()).await?;
    rows.iter().map(|row| Ok(Concerned { actor_id: row.get(0)?, uri: row.get(1)?, origin: row.get(2)? })).collect()
}

/// Takes followers away from every actor of ours; answers how many rows there were.
pub async fn remove_followers(tx: &Tx, actors: &[i64]) -> Result<u64, StoreError> {
    let mut removed = 0;
    for chunk in actors.chunks(BULK_ROWS_MAX) {
        let sql = format!("DELETE FROM followers WHERE actor_id IN ({})", sql::list(1, chunk.len()));
        removed += tx.run(&sql, chunk.iter().map(|&id| id.into()).collect()).await?;
    }
    Ok(removed)
}

/// The servers something waits for: row and origin.
pub async fn awaited_hosts(reads: &impl Reads) -> Result<Vec<(i64, String)>, StoreError> {
    let sql = "SELECT h.id, h.origin FROM hosts h WHERE EXISTS \
               (SELECT 1 FROM deliveries d WHERE d.host_id = h.id AND d.state IN ('queued', 'retry')) ORDER BY h.id";
    reads.handle().all(sql, Vec::new()).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Gives up what waits for a server; answers how many deliveries that were.
pub async fn drop_deliveries(tx: &Tx, host_id: i64, why: &str) -> Result<u64, StoreError> {
    let sql = "UPDATE deliveries SET state = 'gone', last_error = $1 WHERE host_id = $2 AND state IN ('queued', 'retry')";
    tx.run(sql, values![why, host_id]).await
}

/// Gives up what waits for the inboxes of one actor that nobody else uses; answers how many deliveries that were.
pub async fn drop_deliveries_to(tx: &Tx, actor_id: i64, why: &str) -> Result<u64, StoreError> {
    let sql = "UPDATE deliveries SET state = 'gone', last_error = $1 WHERE state IN ('queued', 'retry') \
               AND host_id = (SELECT host_id FROM actors WHERE id = $2) AND inbox = (SELECT inbox FROM actors WHERE id = $2)";
    tx.run(sql, values![why, actor_id]).await
}
