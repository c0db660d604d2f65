//! Reading a copy back.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use sea_orm::Value;
use serde_json::Value as Json;
use sha2::Digest as _;
use vetmoot_migrations::{Kind, Migrator, MigratorTrait as _, Table, tables};

use super::{FORMAT, MANIFEST, Manifest, TableCopy, blocking, disk};
use crate::config::StoreConfig;
use crate::error::StoreError;
use crate::limits::{BACKUP_LINE_BYTES_MAX, BULK_ROWS_MAX, COPY_BYTES};
use crate::reads::Tx;
use crate::sql;
use crate::store::Store;

pub async fn restore(dir: &Path, config: &StoreConfig) -> Result<Manifest, StoreError> {
    let folder = dir.to_owned();
    // Everything is checked before anything is touched.
    let manifest = blocking(move || read_manifest(&folder)).await?;
    let store = Store::open(config).await?;
    let tx = store.begin().await?;
    for table in tables() {
        let found = tx.one(&format!("SELECT COUNT(*) FROM {}", table.name), Vec::new()).await?;
        if found.map_or(Ok(0), |row| row.get::<i64>(0))? > 0 {
            return Err(StoreError::backup(format!(
                "the database {} holds an instance already; restore into an empty one",
                config.describe()
            )));
        }
    }
    for copy in &manifest.tables {
        table_from(&tx, dir, copy).await?;
    }
    if !store.is_sqlite() {
        number_on(&tx).await?;
    }
    tx.commit().await?;
    store.close().await?;
    Ok(manifest)
}

fn read_manifest(dir: &Path) -> Result<Manifest, StoreError> {
    let path = dir.join(MANIFEST);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        StoreError::backup(format!("{} holds no whole copy: {MANIFEST} cannot be read ({error})", dir.display()))
    })?;
    let manifest: Manifest = serde_json::from_str(&text)
        .map_err(|error| StoreError::backup(format!("{} cannot be read: {error}", path.display())))?;
    if manifest.format > FORMAT {
        return Err(StoreError::backup(format!(
            "the copy has format {}, this version reads up to {FORMAT}; use a newer vetmoot-server",
            manifest.format
        )));
    }
    let known: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    if let Some(newer) = manifest.migrations.iter().find(|name| !known.contains(name)) {
        return Err(StoreError::Newer { why: format!("the copy comes from a database with {newer}") });
    }
    for copy in &manifest.tables {
        let file = dir.join(plain(&copy.file)?);
        if hash_of(&file)? != copy.sha256 {
            return Err(StoreError::backup(format!(
                "{} is not what the manifest says; the copy is damaged, use another",
                file.display()
            )));
        }
    }
    Ok(manifest)
}

/// A file name that stays in its folder.
fn plain(name: &str) -> Result<&str, StoreError> {
    let fine = Path::new(name).file_name().is_some_and(|file| file == name);
    if fine { Ok(name) } else { Err(StoreError::backup(format!("`{name}` is no file name of a copy"))) }
}

fn hash_of(path: &Path) -> Result<String, StoreError> {
    let mut file = File::open(path).map_err(|error| disk(path, error))?;
    let mut hash = sha2::Sha256::new();
    let mut piece = vec![0; COPY_BYTES];
    loop {
        let got = file.read(&mut piece).map_err(|error| disk(path, error))?;
        match piece.get(..got) {
            Some(bytes) if got > 0 => hash.update(bytes),
            _ => return Ok(hex::encode(hash.finalize())),
        }
    }
}

async fn table_from(tx: &Tx, dir: &Path, copy: &TableCopy) -> Result<(), StoreError> {
    let unknown = |what: &str| StoreError::backup(format!("the copy has {what}, which this version does not know"));
    let table = tables().find(|table| table.name == copy.name).ok_or_else(|| unknown(&copy.name))?;
    let kinds = copy.columns.iter().map(|name| kind_of(table, name).ok_or_else(|| unknown(&format!("{}.{name}", copy.name))));
    let kinds = kinds.collect::<Result<Vec<Kind>, _>>()?;
    let path = dir.join(plain(&copy.file)?);
    let mut reader = Some(BufReader::new(File::open(&path).map_err(|error| disk(&path, error))?));
    while let Some(open) = reader.take() {
        let (kinds_here, at) = (kinds.clone(), path.clone());
        let (rows, open) = blocking(move || next_rows(open, &kinds_here, &at)).await?;
        let count = rows.len();
        if count == 0 {
            break;
        }
        let sql = format!("INSERT INTO {} ({}) VALUES {}", table.name, copy.columns.join(", "), sql::rows(count, kinds.len()));
        tx.run(&sql, rows.into_iter().flatten().collect()).await?;
        reader = Some(open);
    }
    Ok(())
}

fn kind_of(table: &Table, name: &str) -> Option<Kind> {
    table.columns.iter().find(|column| column.name == name).map(|column| column.kind)
}

/// The next rows of a file, at most as many as one statement takes.
fn next_rows(mut file: BufReader<File>, kinds: &[Kind], path: &Path) -> Result<(Vec<Vec<Value>>, BufReader<File>), StoreError> {
    let mut rows = Vec::new();
    let mut text = String::new();
    while rows.len() < BULK_ROWS_MAX {
        text.clear();
        let bound = u64::try_from(BACKUP_LINE_BYTES_MAX).unwrap_or(u64::MAX);
        file.by_ref().take(bound).read_line(&mut text).map_err(|error| disk(path, error))?;
        if text.is_empty() {
            break;
        }
        let wrong = |why: String| StoreError::backup(format!("a line of {} cannot be read: {why}", path.display()));
        let columns: Vec<Json> = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if columns.len() != kinds.len() {
            return Err(wrong(format!("{} columns where {} belong", columns.len(), kinds.len())));
        }
        let row = columns.iter().zip(kinds).map(|(column, kind)| {
            value(column, *kind).ok_or_else(|| wrong(format!("`{column}` is not what its column holds")))
        });
        rows.push(row.collect::<Result<Vec<_>, _>>()?);
    }
    Ok((rows, file))
}

fn value(json: &Json, kind: Kind) -> Option<Value> {
    let value = match (kind, json) {
        (Kind::Id | Kind::Int, Json::Null) => Value::from(None::<i64>),
        (Kind::Text, Json::Null) => Value::from(None::<String>),
        (Kind::Bytes, Json::Null) => Value::from(None::<Vec<u8>>),
        (Kind::Id | Kind::Int, Json::Number(number)) => Value::from(number.as_i64()?),
        (Kind::Text, Json::String(text)) => Value::from(text.clone()),
        (Kind::Bytes, Json::String(text)) => Value::from(hex::decode(text).ok()?),
        _ => return None,
    };
    Some(value)
}

/// PostgreSQL numbers new rows by sequences, which know nothing of rows that came with their numbers.
async fn number_on(tx: &Tx) -> Result<(), StoreError> {
    for table in tables() {
        for column in table.columns.iter().filter(|column| column.kind == Kind::Id) {
            let (table, column) = (table.name, column.name);
            let sql = format!(
                "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), \
                 GREATEST((SELECT COALESCE(MAX({column}), 0) FROM {table}), 1), \
                 (SELECT COUNT(*) > 0 FROM {table}))"
            );
            tx.all(&sql, Vec::new()).await?;
        }
    }
    Ok(())
}
