//! Transparency logs: our own and copies of others', their leaves, the hashes of their trees, and forks seen.

use std::collections::HashMap;

use vetmoot_domain::Timestamp;

use crate::error::StoreError;
use crate::limits::BULK_ROWS_MAX;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

const TABLE: &str = "logs";
const COLUMNS: &str = "id, origin, vkey, own, size, root, note, seen_at";

/// A log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRow {
    /// The row's number.
    pub id: i64,
    /// The origin line of its checkpoints.
    pub origin: String,
    /// The verifier key its checkpoints are checked with.
    pub vkey: String,
    /// Whether it is our own.
    pub own: bool,
    /// How many leaves are here.
    pub size: u64,
    /// The root at the newest checkpoint; of our own log none, it is computed when asked for.
    pub root: Option<[u8; 32]>,
    /// The newest signed checkpoint.
    pub note: Option<String>,
    /// When that was seen.
    pub seen_at: Option<Timestamp>,
}

fn row(row: &Row) -> Result<LogRow, StoreError> {
    let root: Option<Vec<u8>> = row.get(5)?;
    Ok(LogRow {
        id: row.get(0)?,
        origin: row.get(1)?,
        vkey: row.get(2)?,
        own: row.get::<i64>(3)? != 0,
        size: sql::count(row.get(4)?),
        root: root.map(|_| row.bytes(TABLE, 5)).transpose()?,
        note: row.get(6)?,
        seen_at: row.moment_if(7)?,
    })
}

/// Our own log, when it has begun.
pub async fn own(reads: &impl Reads) -> Result<Option<LogRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM logs WHERE own = 1 ORDER BY id LIMIT 1");
    reads.handle().one(&sql, Vec::new()).await?.as_ref().map(row).transpose()
}

/// A log by its origin line.
pub async fn by_origin(reads: &impl Reads, origin: &str) -> Result<Option<LogRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM logs WHERE origin = $1");
    reads.handle().one(&sql, values![origin]).await?.as_ref().map(row).transpose()
}

/// A log by its row number.
pub async fn by_id(reads: &impl Reads, id: i64) -> Result<Option<LogRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM logs WHERE id = $1");
    reads.handle().one(&sql, values![id]).await?.as_ref().map(row).transpose()
}

/// Begins a log without leaves, when there is none of this origin; answers it as it is here. A key pinned before stays.
pub async fn create(tx: &Tx, origin: &str, vkey: &str, own: bool) -> Result<LogRow, StoreError> {
    let sql = "INSERT INTO logs (origin, vkey, own, size) VALUES ($1, $2, $3, 0) ON CONFLICT (origin) DO NOTHING";
    tx.run(sql, values![origin, vkey, i64::from(own)]).await?;
    by_origin(tx, origin).await?.ok_or_else(|| StoreError::missing(format!("log {origin}")))
}

/// Pins another key for a log, as when its community announced one.
pub async fn set_vkey(tx: &Tx, id: i64, vkey: &str) -> Result<(), StoreError> {
    tx.run("UPDATE logs SET vkey = $1 WHERE id = $2", values![vkey, id]).await?;
    Ok(())
}

/// Takes the places `size..size + count` of a log; answers the size before. Others who append wait for this transaction.
pub async fn take_places(tx: &Tx, id: i64, count: u64) -> Result<u64, StoreError> {
    let sql = "UPDATE logs SET size = size + $1 WHERE id = $2 RETURNING size";
    let row = tx.one(sql, values![sql::int(count), id]).await?.ok_or_else(|| StoreError::missing("log"))?;
    Ok(sql::count(row.get(0)?).saturating_sub(count))
}

/// Keeps a verified checkpoint of another's log as its newest.
pub async fn set_checkpoint(tx: &Tx, id: i64, root: &[u8; 32], note: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE logs SET root = $1, note = $2, seen_at = $3 WHERE id = $4";
    tx.run(sql, values![root.to_vec(), note, now.millis(), id]).await?;
    Ok(())
}

/// Writes leaves from this index on, in order.
pub async fn add_leaves(tx: &Tx, id: i64, from: u64, digests: &[[u8; 32]], now: Timestamp) -> Result<(), StoreError> {
    let mut index = sql::int(from);
    for chunk in digests.chunks(BULK_ROWS_MAX) {
        let mut values = Vec::with_capacity(chunk.len() * 4);
        for digest in chunk {
            values.extend(values![id, index, digest.to_vec(), now.millis()]);
            index = index.saturating_add(1);
        }
        let sql = format!("INSERT INTO log_leaves (log_id, idx, digest, at) VALUES {}", sql::rows(chunk.len(), 4));
        tx.run(&sql, values).await?;
    }
    Ok(())
}

/// Writes hashes of the tree by their numbers.
pub async fn add_hashes(tx: &Tx, id: i64, hashes: &[(u64, [u8; 32])]) -> Result<(), StoreError> {
    for chunk in hashes.chunks(BULK_ROWS_MAX) {
        let values = chunk.iter().flat_map(|(number, hash)| values![id, sql::int(*number), hash.to_vec()]);
        let sql = format!("INSERT INTO log_hashes (log_id, idx, hash) VALUES {}", sql::rows(chunk.len(), 3));
        tx.run(&sql, values.collect()).await?;
    }
    Ok(())
}

/// The hashes of the tree with these numbers that are here.
pub async fn hashes(reads: &impl Reads, id: i64, numbers: &[u64]) -> Result<HashMap<u64, [u8; 32]>, StoreError> {
    let mut found = HashMap::with_capacity(numbers.len());
    for chunk in numbers.chunks(BULK_ROWS_MAX) {
        let sql = format!("SELECT idx, hash FROM log_hashes WHERE log_id = $1 AND idx IN ({})", sql::list(2, chunk.len()));
        let mut values = values![id];
        values.extend(chunk.iter().map(|number| sea_orm::Value::from(sql::int(*number))));
        for row in reads.handle().all(&sql, values).await? {
            found.insert(sql::count(row.get(0)?), row.bytes("log_hashes", 1)?);
        }
    }
    Ok(found)
}

/// The entries of the leaves `from..from + count` that are here, in order.
pub async fn leaves(reads: &impl Reads, id: i64, from: u64, count: u64) -> Result<Vec<(i64, [u8; 32])>, StoreError> {
    let sql = "SELECT idx, digest FROM log_leaves WHERE log_id = $1 AND idx >= $2 AND idx < $3 ORDER BY idx";
    let end = sql::int(from.saturating_add(count.min(crate::limits::PAGE_ROWS_MAX)));
    let rows = reads.handle().all(sql, values![id, sql::int(from), end]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.bytes("log_leaves", 1)?))).collect()
}

/// The index of the first leaf with this entry.
pub async fn leaf_of(reads: &impl Reads, id: i64, digest: &[u8; 32]) -> Result<Option<u64>, StoreError> {
    let sql = "SELECT MIN(idx) FROM log_leaves WHERE log_id = $1 AND digest = $2";
    let found = reads.handle().one(sql, values![id, digest.to_vec()]).await?;
    found.map_or(Ok(None), |row| Ok(row.get::<Option<i64>>(0)?.map(sql::count)))
}

/// Leaves of a copy, from this index on, whose statement is not here under this source, in order.
pub async fn leaves_without_statement(
    reads: &impl Reads,
    id: i64,
    source_id: i64,
    from: u64,
    limit: u64,
) -> Result<Vec<(i64, [u8; 32])>, StoreError> {
    let sql = "SELECT l.idx, l.digest FROM log_leaves l WHERE l.log_id = $1 AND l.idx >= $2 AND NOT EXISTS \
               (SELECT 1 FROM statements s WHERE s.digest = l.digest AND s.source_id = $3) ORDER BY l.idx LIMIT $4";
    let rows = reads.handle().all(sql, values![id, sql::int(from), source_id, sql::page(limit)]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.bytes("log_leaves", 1)?))).collect()
}

/// A contradiction in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkRow {
    /// The row's number.
    pub id: i64,
    /// The log.
    pub log_id: i64,
    /// The origin line of the log.
    pub origin: String,
    /// The size both checkpoints are about, or that of the smaller one.
    pub size: u64,
    /// The checkpoint that contradicts.
    pub note: String,
    /// The checkpoint it contradicts.
    pub known_note: String,
    /// When it was seen.
    pub seen_at: Timestamp,
    /// When an admin acknowledged it.
    pub seen_by_admin_at: Option<Timestamp>,
}

/// Keeps both sides of a contradiction; answers its row's number, or none when it was kept before.
pub async fn add_fork(
    tx: &Tx,
    id: i64,
    size: u64,
    note: &str,
    known_note: &str,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let sql = "INSERT INTO log_forks (log_id, size, note, known_note, seen_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (log_id, size, note) DO NOTHING RETURNING id";
    let row = tx.one(sql, values![id, sql::int(size), note, known_note, now.millis()]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// The contradictions seen, newest first.
pub async fn forks(reads: &impl Reads, limit: u64) -> Result<Vec<ForkRow>, StoreError> {
    let sql = "SELECT f.id, f.log_id, l.origin, f.size, f.note, f.known_note, f.seen_at, f.seen_by_admin_at \
               FROM log_forks f JOIN logs l ON l.id = f.log_id ORDER BY f.id DESC LIMIT $1";
    let read = |row: &Row| {
        Ok(ForkRow {
            id: row.get(0)?,
            log_id: row.get(1)?,
            origin: row.get(2)?,
            size: sql::count(row.get(3)?),
            note: row.get(4)?,
            known_note: row.get(5)?,
            seen_at: row.moment(6)?,
            seen_by_admin_at: row.moment_if(7)?,
        })
    };
    reads.handle().all(sql, values![sql::page(limit)]).await?.iter().map(read).collect()
}

/// Notes that an admin acknowledged a contradiction; answers false when one did before.
pub async fn acknowledge_fork(tx: &Tx, fork_id: i64, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE log_forks SET seen_by_admin_at = $1 WHERE id = $2 AND seen_by_admin_at IS NULL";
    Ok(tx.run(sql, values![now.millis(), fork_id]).await? > 0)
}
