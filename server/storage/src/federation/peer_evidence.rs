//! What ends, and brings back, the weight of followed communities: withdrawals, erasures, unfollowing, following again.

use std::collections::BTreeSet;

use vetmoot_domain::Timestamp;

use super::statements;
use crate::error::StoreError;
use crate::limits::BULK_ROWS_MAX;
use crate::packages;
use crate::reads::{Reads, Tx};
use crate::sql::{self, values};

const TABLE: &str = "statements";

/// A withdrawal or an erasure that was not carried out yet, with the statement it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// `Withdrawal` or `Erasure`.
    pub kind: String,
    /// Its record as JSON.
    pub record: String,
    /// When its author says it was published.
    pub published: Timestamp,
    /// Its author.
    pub author: String,
    /// The statement it is about.
    pub target_uri: String,
    /// That statement's author.
    pub target_author: String,
    /// That statement's digest.
    pub target_digest: [u8; 32],
    /// The package that statement is about.
    pub package_id: Option<i64>,
}

/// The withdrawals and erasures known of these ids whose statements are here and still stand, oldest first.
pub async fn pending(reads: &impl Reads, source_id: i64, objects: &BTreeSet<&str>) -> Result<Vec<Pending>, StoreError> {
    let objects: Vec<&str> = objects.iter().copied().collect();
    let mut found = Vec::new();
    for chunk in objects.chunks(BULK_ROWS_MAX) {
        // The plus keeps the databases on the index of objects.
        let sql = format!(
            "SELECT w.kind, w.record, w.published_at, w.author, t.uri, t.author, t.digest, t.package_id FROM statements w \
             JOIN statements t ON t.uri = w.object WHERE w.object IN ({}) AND w.object IS NOT NULL AND +w.source_id = $1 \
             AND +t.source_id = $1 AND w.record IS NOT NULL AND ((w.kind = 'Withdrawal' AND t.withdrawn_at IS NULL) \
             OR (w.kind = 'Erasure' AND t.record IS NOT NULL)) ORDER BY w.id",
            sql::list(2, chunk.len())
        );
        let mut values = values![source_id];
        values.extend(chunk.iter().map(|&object| sea_orm::Value::from(object)));
        for row in reads.handle().all(&sql, values).await? {
            found.push(Pending {
                kind: row.get(0)?,
                record: row.get(1)?,
                published: row.moment(2)?,
                author: row.get(3)?,
                target_uri: row.get(4)?,
                target_author: row.get(5)?,
                target_digest: row.bytes(TABLE, 6)?,
                package_id: row.get(7)?,
            });
        }
    }
    Ok(found)
}

/// Carries a withdrawal out: the statement says so, and its evidence counts no more. Answers whether that is new.
pub async fn withdraw(tx: &Tx, source_id: i64, pending: &Pending, reason: &str, now: Timestamp) -> Result<bool, StoreError> {
    if !statements::mark_withdrawn(tx, &pending.target_uri, reason, pending.published).await? {
        return Ok(false);
    }
    let sql = "UPDATE evidence SET ended_at = $1 WHERE identity = $2 AND source_id = $3 AND ended_at IS NULL";
    tx.run(sql, values![now.millis(), pending.target_digest.to_vec(), source_id]).await?;
    touch(tx, pending.package_id).await?;
    Ok(true)
}

/// Carries an erasure out: record and evidence are gone for good, id and digest stay. Answers whether that is new.
pub async fn erase(tx: &Tx, source_id: i64, pending: &Pending) -> Result<bool, StoreError> {
    if !statements::erase(tx, &pending.target_uri, &pending.record).await? {
        return Ok(false);
    }
    let sql = "DELETE FROM evidence WHERE identity = $1 AND source_id = $2";
    tx.run(sql, values![pending.target_digest.to_vec(), source_id]).await?;
    touch(tx, pending.package_id).await?;
    Ok(true)
}

async fn touch(tx: &Tx, package_id: Option<i64>) -> Result<(), StoreError> {
    match package_id {
        Some(id) => packages::bump_epoch(tx, id).await,
        None => Ok(()),
    }
}

/// How much evidence a change concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moved {
    /// Rows of evidence.
    pub entries: u64,
    /// Packages whose epochs moved on.
    pub packages: u64,
}

/// Ends all evidence of a source at once.
pub async fn end_source(tx: &Tx, source_id: i64, now: Timestamp) -> Result<Moved, StoreError> {
    let live = "source_id = $1 AND kind IN ('peer', 'peer-advisory') AND ended_at IS NULL";
    let bump = format!("UPDATE packages SET epoch = epoch + 1 WHERE id IN (SELECT package_id FROM evidence WHERE {live})");
    let packages = tx.run(&bump, values![source_id]).await?;
    let end = format!("UPDATE evidence SET ended_at = $2 WHERE {live}");
    Ok(Moved { entries: tx.run(&end, values![source_id, now.millis()]).await?, packages })
}

/// Makes the evidence of a source count again whose statements are neither withdrawn nor erased.
pub async fn revive_source(tx: &Tx, source_id: i64) -> Result<Moved, StoreError> {
    let back = "source_id = $1 AND kind IN ('peer', 'peer-advisory') AND ended_at IS NOT NULL AND EXISTS (SELECT 1 FROM statements s \
                WHERE s.digest = evidence.identity AND s.source_id = $1 AND s.withdrawn_at IS NULL AND s.record IS NOT NULL)";
    let bump = format!("UPDATE packages SET epoch = epoch + 1 WHERE id IN (SELECT package_id FROM evidence WHERE {back})");
    let packages = tx.run(&bump, values![source_id]).await?;
    let revive = format!("UPDATE evidence SET ended_at = NULL WHERE {back}");
    Ok(Moved { entries: tx.run(&revive, values![source_id]).await?, packages })
}

/// Ends what one author's statements weigh.
pub async fn end_author(tx: &Tx, author: &str, now: Timestamp) -> Result<Moved, StoreError> {
    let live = format!("kind IN ('peer', 'peer-advisory') AND ended_at IS NULL AND {OF_AUTHOR}");
    let bump = format!("UPDATE packages SET epoch = epoch + 1 WHERE id IN (SELECT package_id FROM evidence WHERE {live})");
    let packages = tx.run(&bump, values![author]).await?;
    let end = format!("UPDATE evidence SET ended_at = $2 WHERE {live}");
    Ok(Moved { entries: tx.run(&end, values![author, now.millis()]).await?, packages })
}

/// Makes one author's statements weigh again whose community is followed, and which are neither withdrawn nor erased.
pub async fn revive_author(tx: &Tx, author: &str) -> Result<Moved, StoreError> {
    let back = format!(
        "kind IN ('peer', 'peer-advisory') AND ended_at IS NOT NULL AND {OF_AUTHOR} AND EXISTS (SELECT 1 FROM following f \
         WHERE f.source_id = evidence.source_id AND f.state = 'accepted')"
    );
    let bump = format!("UPDATE packages SET epoch = epoch + 1 WHERE id IN (SELECT package_id FROM evidence WHERE {back})");
    let packages = tx.run(&bump, values![author]).await?;
    let revive = format!("UPDATE evidence SET ended_at = NULL WHERE {back}");
    Ok(Moved { entries: tx.run(&revive, values![author]).await?, packages })
}

/// Evidence of statements by `$1` that stand.
const OF_AUTHOR: &str = "identity IN (SELECT s.digest FROM statements s WHERE s.author = $1 AND s.source_id IS NOT NULL \
    AND s.withdrawn_at IS NULL AND s.record IS NOT NULL)";

/// How many statements of a source are here, and how many of them are audits that count.
pub async fn count(reads: &impl Reads, source_id: i64) -> Result<(u64, u64), StoreError> {
    let sql = "SELECT (SELECT COUNT(*) FROM statements WHERE source_id = $1), \
               (SELECT COUNT(*) FROM evidence WHERE source_id = $1 AND kind = 'peer' AND ended_at IS NULL)";
    let found = reads.handle().one(sql, values![source_id]).await?;
    found.map_or(Ok((0, 0)), |row| Ok((sql::count(row.get(0)?), sql::count(row.get(1)?))))
}
