//! Packages: the names this instance knows, each with its epoch.

use vetmoot_domain::{Ecosystem, Package, Timestamp};

use crate::error::StoreError;
use crate::limits::{BULK_ROWS_MAX, SEARCH_BYTES_MAX};
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// A known package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageRow {
    /// The row's number.
    pub id: i64,
    /// The package.
    pub package: Package,
    /// Goes up with every change of what a judgement about this package rests on.
    pub epoch: i64,
    /// When its listing was first read here; none while only statements name it.
    pub first_listed_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, ecosystem, name, epoch, first_listed_at";

fn row(row: &Row) -> Result<PackageRow, StoreError> {
    Ok(PackageRow { id: row.get(0)?, package: row.package(1, 2)?, epoch: row.get(3)?, first_listed_at: row.moment_if(4)? })
}

/// The package's row, when it is known.
pub async fn find(reads: &impl Reads, package: &Package) -> Result<Option<PackageRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM packages WHERE ecosystem = $1 AND name = $2");
    let found = reads.handle().one(&sql, values![package.ecosystem().as_str(), package.name().as_str()]).await?;
    found.as_ref().map(row).transpose()
}

/// The package with this row number.
pub async fn by_id(reads: &impl Reads, id: i64) -> Result<Option<PackageRow>, StoreError> {
    let found = reads.handle().one(&format!("SELECT {COLUMNS} FROM packages WHERE id = $1"), values![id]).await?;
    found.as_ref().map(row).transpose()
}

/// The package's row, made when it is not there yet.
pub async fn ensure(tx: &Tx, package: &Package, now: Timestamp) -> Result<PackageRow, StoreError> {
    ensure_all(tx, std::slice::from_ref(package), now).await?;
    find(tx, package).await?.ok_or_else(|| StoreError::missing(format!("row of {package}")))
}

/// Makes the rows of all these packages that are not there yet.
pub async fn ensure_all(tx: &Tx, packages: &[Package], now: Timestamp) -> Result<(), StoreError> {
    for chunk in packages.chunks(BULK_ROWS_MAX) {
        let values = chunk
            .iter()
            .flat_map(|package| values![package.ecosystem().as_str(), package.name().as_str(), 1_i64, now.millis()]);
        let sql = format!(
            "INSERT INTO packages (ecosystem, name, epoch, created_at) VALUES {} ON CONFLICT (ecosystem, name) DO NOTHING",
            sql::rows(chunk.len(), 4)
        );
        tx.run(&sql, values.collect()).await?;
    }
    Ok(())
}

/// The names of an ecosystem that an index lists, of these lengths in characters, in order; at most `limit`.
pub async fn listed_names(
    reads: &impl Reads,
    ecosystem: Ecosystem,
    lengths: std::ops::RangeInclusive<usize>,
    limit: u64,
) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT name FROM packages WHERE ecosystem = $1 AND first_listed_at IS NOT NULL \
               AND LENGTH(name) BETWEEN $2 AND $3 ORDER BY name LIMIT $4";
    let values = values![ecosystem.as_str(), sql::int(*lengths.start()), sql::int(*lengths.end()), sql::int(limit)];
    reads.handle().all(sql, values).await?.iter().map(|row| row.get(0)).collect()
}

/// Notes that the package's listing was read; only the first time counts. Answers whether this was it.
pub async fn mark_listed(tx: &Tx, id: i64, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE packages SET first_listed_at = $1 WHERE id = $2 AND first_listed_at IS NULL";
    Ok(tx.run(sql, values![now.millis(), id]).await? > 0)
}

/// Moves the package's epoch on: what was decided about it has to be decided again.
pub async fn bump_epoch(tx: &Tx, id: i64) -> Result<(), StoreError> {
    tx.run("UPDATE packages SET epoch = epoch + 1 WHERE id = $1", values![id]).await?;
    Ok(())
}

/// Moves the epochs of all these packages on.
pub(crate) async fn bump_epochs(tx: &Tx, ids: &[i64]) -> Result<(), StoreError> {
    for chunk in ids.chunks(BULK_ROWS_MAX) {
        let sql = format!("UPDATE packages SET epoch = epoch + 1 WHERE id IN ({})", sql::list(1, chunk.len()));
        tx.run(&sql, chunk.iter().map(|&id| id.into()).collect()).await?;
    }
    Ok(())
}

/// Where a search goes on: after the last row of the page before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchCursor {
    rank: i64,
    name: String,
    id: i64,
}

impl SearchCursor {
    /// The cursor behind `last` in a search for `text`.
    pub fn after(text: &str, last: &PackageRow) -> Self {
        let wanted = text.trim().to_lowercase();
        let name = last.package.name().as_str();
        let lower = name.to_lowercase();
        let rank = if lower == wanted {
            0
        } else if lower.starts_with(&wanted) {
            1
        } else {
            2
        };
        Self { rank, name: name.to_owned(), id: last.id }
    }
}

/// Packages whose name holds `text`: the name itself first, then names that begin with it, then the others, each by name.
///
/// An empty text finds all. At most [`crate::limits::PAGE_ROWS_MAX`] rows a page.
pub async fn search(
    reads: &impl Reads,
    text: &str,
    ecosystem: Option<Ecosystem>,
    after: Option<&SearchCursor>,
    limit: u64,
) -> Result<Vec<PackageRow>, StoreError> {
    let wanted: String = text.trim().to_lowercase();
    if wanted.len() > SEARCH_BYTES_MAX {
        return Ok(Vec::new());
    }
    let literal = sql::like_literal(&wanted);
    let mut conditions = String::from("lower(name) LIKE $2 ESCAPE '\\'");
    let mut values = values![wanted, format!("%{literal}%"), format!("{literal}%"), sql::page(limit)];
    if let Some(ecosystem) = ecosystem {
        values.push(ecosystem.as_str().into());
        conditions.push_str(" AND ecosystem = $5");
    }
    let mut beyond = String::new();
    if let Some(cursor) = after {
        let next = values.len() + 1;
        beyond = format!(" WHERE (rank, name, id) > (${}, ${}, ${})", next, next + 1, next + 2);
        values.extend(values![cursor.rank, cursor.name.clone(), cursor.id]);
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM (SELECT {COLUMNS}, CAST(CASE WHEN lower(name) = $1 THEN 0 WHEN lower(name) LIKE $3 ESCAPE '\\' THEN 1 \
         ELSE 2 END AS BIGINT) AS rank FROM packages WHERE {conditions}) AS found{beyond} ORDER BY rank, name, id LIMIT $4"
    );
    reads.handle().all(&sql, values).await?.iter().map(row).collect()
}

/// Every known package of an ecosystem after this row number, in order of row numbers; for walks over all of them.
pub async fn page(reads: &impl Reads, ecosystem: Ecosystem, after_id: i64, limit: u64) -> Result<Vec<PackageRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM packages WHERE ecosystem = $1 AND id > $2 ORDER BY id LIMIT $3");
    let rows = reads.handle().all(&sql, values![ecosystem.as_str(), after_id, sql::page(limit)]).await?;
    rows.iter().map(row).collect()
}

/// How many packages of one ecosystem are known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EcosystemCount {
    /// The ecosystem.
    pub ecosystem: Ecosystem,
    /// Packages whose listing was read here.
    pub listed: u64,
    /// Packages known at all, by a listing or by statements.
    pub known: u64,
}

/// Counts of packages, one row an ecosystem that has any.
pub async fn count_by_ecosystem(reads: &impl Reads) -> Result<Vec<EcosystemCount>, StoreError> {
    let sql = "SELECT ecosystem, COUNT(first_listed_at), COUNT(*) FROM packages GROUP BY ecosystem ORDER BY ecosystem";
    let rows = reads.handle().all(sql, Vec::new()).await?;
    let count = |row: &Row| {
        Ok(EcosystemCount {
            ecosystem: row.word("packages", 0)?,
            listed: sql::count(row.get(1)?),
            known: sql::count(row.get(2)?),
        })
    };
    rows.iter().map(count).collect()
}
