//! What the database knows of blobs: their size, their last use, and what keeps them.

use std::collections::HashMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use vetmoot_domain::Timestamp;

use super::{BlobError, BlobStore};
use crate::error::StoreError;
use crate::limits::BULK_ROWS_MAX;
use crate::reads::{Reads, Tx};
use crate::sql::{self, values};

/// How much the blob store holds, as far as the database knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Blobs.
    pub blobs: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Writes down that a blob of this size is here.
pub(super) async fn record(tx: &Tx, sha256: &[u8; 32], size: u64, used_at: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO blobs (sha256, size, stored_at, last_used_at) VALUES ($1, $2, $3, $3) \
               ON CONFLICT (sha256) DO UPDATE SET size = excluded.size, last_used_at = excluded.last_used_at";
    tx.run(sql, values![sha256.to_vec(), sql::int(size), used_at.millis()]).await?;
    Ok(())
}

/// Keeps a blob for a reason, until the pin is taken away again.
pub async fn pin(tx: &Tx, sha256: &[u8; 32], reason: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO blob_pins (sha256, reason, pinned_at) VALUES ($1, $2, $3) ON CONFLICT (sha256, reason) DO NOTHING";
    tx.run(sql, values![sha256.to_vec(), reason, now.millis()]).await?;
    Ok(())
}

/// Takes a pin away; answers whether there was one.
pub async fn unpin(tx: &Tx, sha256: &[u8; 32], reason: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM blob_pins WHERE sha256 = $1 AND reason = $2";
    Ok(tx.run(sql, values![sha256.to_vec(), reason]).await? > 0)
}

/// How much there is, as far as it was written down.
pub async fn usage(reads: &impl Reads) -> Result<Usage, StoreError> {
    let sql = "SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM blobs";
    let found = reads.handle().one(sql, Vec::new()).await?;
    found.map_or(Ok(Usage::default()), |row| Ok(Usage { blobs: sql::count(row.get(0)?), bytes: sql::count(row.get(1)?) }))
}

impl BlobStore {
    /// Writes down what was stored and used since the last time; pruning does so first of all.
    pub async fn write_down(&self, now: Timestamp) -> Result<(), BlobError> {
        let tx = self.0.store.begin().await?;
        let compared = self.write_down_in(&tx, now).await?;
        tx.commit().await?;
        self.0.compared.store(compared, Ordering::Release);
        Ok(())
    }

    /// Writes the news down within a transaction; answers whether folder and table had been compared before.
    ///
    /// Until the caller has committed and says so again they count as not compared, so that news lost by a failure are
    /// found in the folder.
    pub(super) async fn write_down_in(&self, tx: &Tx, now: Timestamp) -> Result<bool, StoreError> {
        let compared = self.0.compared.swap(false, Ordering::AcqRel);
        let news = std::mem::take(&mut *self.0.news.lock().unwrap_or_else(PoisonError::into_inner));
        // Blobs used at one moment share a statement; moments are few, since many files are asked for together.
        let mut moments: HashMap<i64, Vec<[u8; 32]>> = HashMap::new();
        for (sha256, news) in news {
            match (news.size, news.used) {
                (Some(size), used) => record(tx, &sha256, size, used.unwrap_or(now)).await?,
                (None, Some(used)) => moments.entry(used.millis()).or_default().push(sha256),
                (None, None) => {}
            }
        }
        for (at, digests) in moments {
            for chunk in digests.chunks(BULK_ROWS_MAX) {
                let sql = format!(
                    "UPDATE blobs SET last_used_at = $1 WHERE last_used_at < $1 AND sha256 IN ({})",
                    sql::list(2, chunk.len())
                );
                let mut values = values![at];
                values.extend(chunk.iter().map(|sha256| sea_orm::Value::from(sha256.to_vec())));
                tx.run(&sql, values).await?;
            }
        }
        Ok(compared)
    }
}

/// What keeps a blob `b` whatever its age: a pin, a listing in use, an audit that counts, an incident to be looked into.
pub(super) const KEPT: &str = "(EXISTS (SELECT 1 FROM blob_pins n WHERE n.sha256 = b.sha256) \
    OR EXISTS (SELECT 1 FROM listings l WHERE l.blob = b.sha256) \
    OR EXISTS (SELECT 1 FROM artifacts a JOIN evidence e ON e.package_id = a.package_id AND e.version = a.version \
       AND e.ended_at IS NULL WHERE a.sha256 = b.sha256) \
    OR EXISTS (SELECT 1 FROM artifacts a JOIN incidents i ON i.artifact_id = a.id WHERE a.sha256 = b.sha256))";

/// The blobs that are kept whatever their age: pinned, in use as listings, audited, or part of an incident.
pub async fn kept(reads: &impl Reads) -> Result<Vec<[u8; 32]>, StoreError> {
    let sql = format!("SELECT b.sha256 FROM blobs b WHERE {KEPT} ORDER BY b.sha256");
    let rows = reads.handle().all(&sql, Vec::new()).await?;
    rows.iter().map(|row| row.bytes("blobs", 0)).collect()
}
