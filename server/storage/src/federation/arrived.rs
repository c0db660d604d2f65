//! What came from a followed community, as its page here shows it: by kind, by author, and the latest; and what we said.

use vetmoot_domain::{Package, Timestamp};

use super::statements::Via;
use crate::error::StoreError;
use crate::reads::Reads;
use crate::sql::{self, Row, values};

const TABLE: &str = "statements";

/// A statement that came, without its proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrivedRow {
    /// The record's own id.
    pub uri: String,
    /// `Audit`, `Withdrawal`, `PolicyRevision`, `Erasure`, or a kind unknown here.
    pub kind: String,
    /// The actor it is attributed to.
    pub author: String,
    /// The package it is about, where that is known.
    pub package: Option<Package>,
    /// The record as JSON; gone when it was erased.
    pub record: Option<String>,
    /// When its author dates it.
    pub published_at: Timestamp,
    /// How it came here.
    pub via: Via,
    /// Its place in its community's log, once known.
    pub leaf: Option<i64>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

/// How many statements of each kind came from a source, most first.
pub async fn by_kind(reads: &impl Reads, source_id: i64, limit: u64) -> Result<Vec<(String, u64)>, StoreError> {
    let sql =
        "SELECT kind, COUNT(*) AS many FROM statements WHERE source_id = $1 GROUP BY kind ORDER BY many DESC, kind LIMIT $2";
    counted(reads, sql, source_id, limit).await
}

/// Whose audits came from a source, most first.
pub async fn by_author(reads: &impl Reads, source_id: i64, limit: u64) -> Result<Vec<(String, u64)>, StoreError> {
    let sql = "SELECT author, COUNT(*) AS many FROM statements WHERE source_id = $1 AND kind = 'Audit' GROUP BY author \
               ORDER BY many DESC, author LIMIT $2";
    counted(reads, sql, source_id, limit).await
}

async fn counted(reads: &impl Reads, sql: &str, source_id: i64, limit: u64) -> Result<Vec<(String, u64)>, StoreError> {
    let rows = reads.handle().all(sql, values![source_id, sql::page(limit)]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, sql::count(row.get(1)?)))).collect()
}

const ROWS: &str = "SELECT s.uri, s.kind, s.author, p.ecosystem, p.name, s.record, s.published_at, s.via, s.leaf, \
    s.withdrawn_at FROM statements s LEFT JOIN packages p ON p.id = s.package_id";

/// The statements of a source that were published last, newest first.
pub async fn latest(reads: &impl Reads, source_id: i64, limit: u64) -> Result<Vec<ArrivedRow>, StoreError> {
    let sql = format!("{ROWS} WHERE s.source_id = $1 ORDER BY s.published_at DESC, s.id DESC LIMIT $2");
    reads.handle().all(&sql, values![source_id, sql::page(limit)]).await?.iter().map(arrived).collect()
}

/// Our own statements of some kinds, each below some address, whose leaf is before this one; the newest leaf first.
pub async fn own(
    reads: &impl Reads,
    wanted: &[(&str, String)],
    before: i64,
    limit: u64,
) -> Result<Vec<ArrivedRow>, StoreError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = values![before, sql::page(limit)];
    let mut kinds = Vec::with_capacity(wanted.len());
    for (kind, below) in wanted {
        kinds.push(format!("(s.kind = ${} AND s.uri LIKE ${} ESCAPE '\\')", values.len() + 1, values.len() + 2));
        values.extend(values![*kind, format!("{}%", sql::like_literal(below))]);
    }
    let sql =
        format!("{ROWS} WHERE s.source_id IS NULL AND s.leaf < $1 AND ({}) ORDER BY s.leaf DESC LIMIT $2", kinds.join(" OR "));
    reads.handle().all(&sql, values).await?.iter().map(arrived).collect()
}

fn arrived(row: &Row) -> Result<ArrivedRow, StoreError> {
    let known = row.get::<Option<String>>(3)?.is_some();
    Ok(ArrivedRow {
        uri: row.get(0)?,
        kind: row.get(1)?,
        author: row.get(2)?,
        package: if known { Some(row.package(3, 4)?) } else { None },
        record: row.get(5)?,
        published_at: row.moment(6)?,
        via: row.word(TABLE, 7)?,
        leaf: row.get(8)?,
        withdrawn_at: row.moment_if(9)?,
    })
}
