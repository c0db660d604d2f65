//! Keeping the blob store within its bound: what nobody used for longest goes first, what is needed stays.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use futures_util::TryStreamExt as _;
use vetmoot_domain::Timestamp;

use super::usage::{self, KEPT};
use super::{BlobError, BlobStore, digest_of};
use crate::error::StoreError;
use crate::limits::{BULK_ROWS_MAX, PRUNE_ROUND_MAX};
use crate::reads::Tx;
use crate::sql::{self, Row, values};

/// A blob and its size.
type Sized = ([u8; 32], u64);

/// What a comparison of folder and table found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compared {
    /// Files the table did not know; it does now.
    pub adopted: u64,
    /// Rows whose file is gone; they are too now.
    pub forgotten: u64,
}

fn sized(row: &Row) -> Result<Sized, StoreError> {
    Ok((row.bytes("blobs", 0)?, sql::count(row.get(1)?)))
}

impl BlobStore {
    /// Removes the least recently used blobs until at most `max_bytes` are left; answers how many bytes went.
    ///
    /// Pinned and audited artifacts, listings in use, and what incidents are about stay, even beyond the bound.
    pub async fn prune(&self, max_bytes: u64, now: Timestamp) -> Result<u64, BlobError> {
        if !self.0.compared.load(Ordering::Acquire) {
            self.compare(now).await?;
        }
        let mut freed = 0;
        loop {
            let tx = self.0.store.begin().await?;
            let compared = self.write_down_in(&tx, now).await?;
            let held = usage::usage(&tx).await?.bytes;
            let chosen = if held > max_bytes { oldest(&tx, held - max_bytes).await? } else { Vec::new() };
            forget(&tx, &chosen).await?;
            tx.commit().await?;
            self.0.compared.store(compared, Ordering::Release);
            if chosen.is_empty() {
                if held > max_bytes {
                    tracing::warn!(
                        held,
                        max_bytes,
                        "every blob left is pinned, audited or in use; the store stays above its bound"
                    );
                }
                return Ok(freed);
            }
            freed += self.remove_all(&chosen).await?;
        }
    }

    /// Removes the blobs that nothing refers to and nobody used since `used_before`: documents that newer ones replaced.
    ///
    /// Answers how many bytes went.
    pub async fn sweep_unreferenced(&self, used_before: Timestamp, now: Timestamp) -> Result<u64, BlobError> {
        let sql = format!(
            "SELECT b.sha256, b.size FROM blobs b WHERE NOT {KEPT} AND b.last_used_at < $1 \
             AND NOT EXISTS (SELECT 1 FROM artifacts a WHERE a.sha256 = b.sha256) ORDER BY b.sha256 LIMIT $2"
        );
        let mut freed = 0;
        loop {
            let tx = self.0.store.begin().await?;
            let compared = self.write_down_in(&tx, now).await?;
            let rows = tx.all(&sql, values![used_before.millis(), sql::int(PRUNE_ROUND_MAX)]).await?;
            let chosen = rows.iter().map(sized).collect::<Result<Vec<_>, _>>()?;
            forget(&tx, &chosen).await?;
            tx.commit().await?;
            self.0.compared.store(compared, Ordering::Release);
            if chosen.is_empty() {
                return Ok(freed);
            }
            freed += self.remove_all(&chosen).await?;
        }
    }

    /// Removes one blob unless something refers to it; answers whether it went. Whoever writes a reference in a transaction
    /// and looks in it whether the blob is here keeps it.
    pub async fn discard(&self, sha256: &[u8; 32], now: Timestamp) -> Result<bool, BlobError> {
        let sql = format!(
            "SELECT b.sha256, b.size FROM blobs b WHERE b.sha256 = $1 AND NOT {KEPT} \
             AND NOT EXISTS (SELECT 1 FROM artifacts a WHERE a.sha256 = b.sha256)"
        );
        let tx = self.0.store.begin().await?;
        let compared = self.write_down_in(&tx, now).await?;
        let rows = tx.all(&sql, values![sha256.to_vec()]).await?;
        let chosen = rows.iter().map(sized).collect::<Result<Vec<_>, _>>()?;
        forget(&tx, &chosen).await?;
        // While nobody else writes: who pins it next finds it gone.
        self.remove_all(&chosen).await?;
        tx.commit().await?;
        self.0.compared.store(compared, Ordering::Release);
        Ok(!chosen.is_empty())
    }

    /// Compares the folder with the table and mends the table; the first pruning after a start does so.
    ///
    /// A server that was killed between storing a blob and writing that down leaves a file the table does not know.
    pub async fn compare(&self, now: Timestamp) -> Result<Compared, BlobError> {
        let mut files: HashMap<[u8; 32], u64> = HashMap::new();
        let mut found = self.0.objects.list(Some(&object_store::path::Path::from("sha256")));
        while let Some(object) = found.try_next().await? {
            if let Some(sha256) = digest_of(&object.location) {
                files.insert(sha256, object.size);
            }
        }
        let tx = self.0.store.begin().await?;
        self.write_down_in(&tx, now).await?;
        let mut gone = Vec::new();
        for row in tx.all("SELECT sha256, size FROM blobs", Vec::new()).await? {
            let known = sized(&row)?;
            // A blob that came after the walk is in the table and in the folder, but not in the walk.
            if files.remove(&known.0).is_none() && self.has(&known.0).await?.is_none() {
                gone.push(known);
            }
        }
        forget(&tx, &gone).await?;
        let compared = Compared { adopted: sql::count(sql::int(files.len())), forgotten: sql::count(sql::int(gone.len())) };
        for (sha256, size) in files {
            usage::record(&tx, &sha256, size, now).await?;
        }
        tx.commit().await?;
        self.0.compared.store(true, Ordering::Release);
        Ok(compared)
    }

    /// Rows went first: a file without a row is found again by a comparison, a row without a file would promise bytes.
    async fn remove_all(&self, chosen: &[Sized]) -> Result<u64, BlobError> {
        let mut freed = 0;
        for (sha256, size) in chosen {
            self.remove(sha256).await?;
            freed += size;
        }
        Ok(freed)
    }
}

/// The least recently used blobs that together have at least `excess` bytes, as far as one round goes.
async fn oldest(tx: &Tx, excess: u64) -> Result<Vec<Sized>, StoreError> {
    let sql = format!("SELECT b.sha256, b.size FROM blobs b WHERE NOT {KEPT} ORDER BY b.last_used_at, b.sha256 LIMIT $1");
    let mut chosen = Vec::new();
    let mut bytes = 0_u64;
    for row in tx.all(&sql, values![sql::int(PRUNE_ROUND_MAX)]).await? {
        if bytes >= excess {
            break;
        }
        let one = sized(&row)?;
        bytes = bytes.saturating_add(one.1);
        chosen.push(one);
    }
    Ok(chosen)
}

async fn forget(tx: &Tx, chosen: &[Sized]) -> Result<(), StoreError> {
    for chunk in chosen.chunks(BULK_ROWS_MAX) {
        let sql = format!("DELETE FROM blobs WHERE sha256 IN ({})", sql::list(1, chunk.len()));
        tx.run(&sql, chunk.iter().map(|(sha256, _)| sha256.to_vec().into()).collect()).await?;
    }
    Ok(())
}
