//! Writing a copy.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use sea_orm::{AccessMode, DatabaseTransaction, IsolationLevel, TransactionTrait as _};
use serde_json::Value as Json;
use sha2::Digest as _;
use vetmoot_migrations::{Kind, Migrator, MigratorTrait as _, Table, tables};

use super::{FORMAT, MANIFEST, Manifest, TableCopy, blocking, disk};
use crate::error::StoreError;
use crate::limits::BACKUP_ROUND_ROWS;
use crate::reads::Handle;
use crate::sql::{self, Row, values};
use crate::store::Store;

pub async fn create(store: &Store, dir: &Path) -> Result<Manifest, StoreError> {
    std::fs::create_dir_all(dir).map_err(|error| disk(dir, error))?;
    if dir.join(MANIFEST).exists() {
        return Err(StoreError::backup(format!("{} holds a copy already; name an empty folder", dir.display())));
    }
    let pool = store.read().pool;
    // One reading transaction sees one moment, however long the copy takes.
    let snapshot = if store.is_sqlite() {
        pool.begin().await?
    } else {
        pool.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await?
    };
    let mut copied = Vec::new();
    for table in tables() {
        copied.push(table_into(&snapshot, store.is_sqlite(), table, dir).await?);
    }
    snapshot.rollback().await?;
    let migrations = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let manifest = Manifest { format: FORMAT, migrations, tables: copied };
    let text = sql::json(MANIFEST, &manifest)?;
    let path = dir.join(MANIFEST);
    blocking(move || {
        let mut file = File::create_new(&path).map_err(|error| disk(&path, error))?;
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        written.map_err(|error| disk(&path, error))
    })
    .await?;
    Ok(manifest)
}

/// A file that grows line by line while it is hashed.
struct Lines {
    path: PathBuf,
    file: BufWriter<File>,
    hash: sha2::Sha256,
    rows: u64,
}

impl Lines {
    fn create(path: PathBuf) -> Result<Self, StoreError> {
        let file = File::create_new(&path).map_err(|error| disk(&path, error))?;
        Ok(Self { path, file: BufWriter::new(file), hash: sha2::Sha256::new(), rows: 0 })
    }
    fn add(mut self, lines: Vec<Vec<Json>>) -> Result<Self, StoreError> {
        for line in lines {
            let mut text = sql::json(MANIFEST, &line)?;
            text.push('\n');
            self.hash.update(text.as_bytes());
            self.file.write_all(text.as_bytes()).map_err(|error| disk(&self.path, error))?;
            self.rows += 1;
        }
        Ok(self)
    }
    fn finish(self) -> Result<(u64, String), StoreError> {
        let file = self.file.into_inner().map_err(|error| disk(&self.path, error.into_error()))?;
        file.sync_all().map_err(|error| disk(&self.path, error))?;
        Ok((self.rows, hex::encode(self.hash.finalize())))
    }
}

async fn table_into(snapshot: &DatabaseTransaction, sqlite: bool, table: &Table, dir: &Path) -> Result<TableCopy, StoreError> {
    let handle = Handle::Transaction(snapshot);
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let kinds: Vec<Kind> = table.columns.iter().map(|column| column.kind).collect();
    let file = format!("{}.jsonl", table.name);
    let path = dir.join(&file);
    let mut lines = blocking(move || Lines::create(path)).await?;
    let list = columns.join(", ");
    if !sqlite {
        handle
            .run(&format!("DECLARE rows_of_{0} NO SCROLL CURSOR FOR SELECT 0::BIGINT, {list} FROM {0}", table.name), Vec::new())
            .await?;
    }
    let mut last = i64::MIN;
    loop {
        let rows = if sqlite {
            // Every table has SQLite's own row number, which a page can go on from.
            let sql = format!("SELECT rowid, {list} FROM {} WHERE rowid > $1 ORDER BY rowid LIMIT $2", table.name);
            handle.all(&sql, values![last, sql::int(BACKUP_ROUND_ROWS)]).await?
        } else {
            handle.all(&format!("FETCH {BACKUP_ROUND_ROWS} FROM rows_of_{}", table.name), Vec::new()).await?
        };
        let Some(end) = rows.last() else { break };
        last = end.get(0)?;
        let read = rows.iter().map(|row| line(row, &kinds)).collect::<Result<Vec<_>, _>>()?;
        lines = blocking(move || lines.add(read)).await?;
    }
    if !sqlite {
        handle.run(&format!("CLOSE rows_of_{}", table.name), Vec::new()).await?;
    }
    let (rows, sha256) = blocking(move || lines.finish()).await?;
    let columns = columns.into_iter().map(str::to_owned).collect();
    Ok(TableCopy { name: table.name.to_owned(), columns, file, rows, sha256 })
}

fn line(row: &Row, kinds: &[Kind]) -> Result<Vec<Json>, StoreError> {
    // The first column is the page's own.
    let columns = kinds.iter().enumerate().map(|(place, kind)| {
        let column = place + 1;
        Ok(match kind {
            Kind::Id | Kind::Int => row.get::<Option<i64>>(column)?.map_or(Json::Null, Json::from),
            Kind::Text => row.get::<Option<String>>(column)?.map_or(Json::Null, Json::from),
            Kind::Bytes => row.get::<Option<Vec<u8>>>(column)?.map_or(Json::Null, |bytes| hex::encode(bytes).into()),
        })
    });
    columns.collect()
}
