//! Copies of all rows that either database can read back: a folder with one file of JSON lines a table, and a manifest.
//!
//! The manifest is written last and names every file with its SHA-256, so that a copy that was broken off or damaged is
//! never taken for a whole one. Each line is an array of a row's columns; bytes are hexadecimal.

mod create;
mod restore;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::config::StoreConfig;
use crate::error::StoreError;
use crate::store::Store;

/// The manifest's file name.
const MANIFEST: &str = "manifest.json";
/// The number of this format; a reader refuses a higher one.
const FORMAT: u32 = 1;

/// What a copy holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The number of the format.
    pub format: u32,
    /// The migrations the database had, by name.
    pub migrations: Vec<String>,
    /// The tables, parents before children.
    pub tables: Vec<TableCopy>,
}

/// The copy of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableCopy {
    /// The table's name.
    pub name: String,
    /// Its columns, in the order of the lines.
    pub columns: Vec<String>,
    /// The file, in the folder of the manifest.
    pub file: String,
    /// How many rows it has.
    pub rows: u64,
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// All rows together.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

impl Store {
    /// Copies every row into a folder, as of one moment, while the instance goes on writing. The folder is made; one that
    /// holds a copy already is an error.
    pub async fn backup_into(&self, dir: &Path) -> Result<Manifest, StoreError> {
        create::create(self, dir).await
    }

    /// Reads a copy back into an empty database of either kind, in one transaction: all of it, or nothing.
    pub async fn restore(dir: &Path, config: &StoreConfig) -> Result<Manifest, StoreError> {
        restore::restore(dir, config).await
    }
}

/// Runs what waits for the disk where nothing else waits for it.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::backup(format!("the copy was broken off: {error}")))?
}

fn disk(path: &Path, error: std::io::Error) -> StoreError {
    if matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded) {
        return StoreError::DiskFull { cause: Box::new(error) };
    }
    StoreError::backup(format!("{} cannot be read or written: {error}", path.display()))
}
