//! Statements by their ids: our own as they are published, those of others as they arrive, immutable but for erasure.

use std::collections::HashMap;

use vetmoot_domain::Timestamp;

use crate::error::StoreError;
use crate::limits::BULK_ROWS_MAX;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

const TABLE: &str = "statements";
const COLUMNS: &str = "id, uri, digest, kind, author, source_id, package_id, object, record, note, published_at, received_at, \
    via, leaf, withdrawn_at, withdrawn_reason";

/// How a statement came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Via {
    /// It was made here.
    Own,
    /// In an activity delivered to the inbox.
    Post,
    /// In the log of its community.
    Log,
    /// It was asked for at its own address.
    Fetch,
}

vetmoot_domain::word_enum!(Via, "way of a statement", {
    Own => "own", Post => "post", Log => "log", Fetch => "fetch",
});

/// A statement to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStatement {
    /// The record's own id.
    pub uri: String,
    /// SHA-256 of its canonical form, proof included.
    pub digest: [u8; 32],
    /// `Audit`, `Withdrawal`, `PolicyRevision`, `Erasure`, or a kind unknown here.
    pub kind: String,
    /// The actor it is attributed to.
    pub author: String,
    /// The source it counts under; none for our own.
    pub source_id: Option<i64>,
    /// The package it is about.
    pub package_id: Option<i64>,
    /// What it withdraws, erases or revises.
    pub object: Option<String>,
    /// The record as JSON; none when only its erasure is known.
    pub record: Option<String>,
    /// The erasure note that stands in its place.
    pub note: Option<String>,
    /// When its author dates it.
    pub published_at: Timestamp,
    /// When it came here.
    pub received_at: Timestamp,
    /// How it came here.
    pub via: Via,
    /// Its place in its community's log, once known.
    pub leaf: Option<i64>,
}

/// A kept statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRow {
    /// The row's number.
    pub id: i64,
    /// The record's own id.
    pub uri: String,
    /// SHA-256 of its canonical form, proof included.
    pub digest: [u8; 32],
    /// `Audit`, `Withdrawal`, `PolicyRevision`, `Erasure`, or a kind unknown here.
    pub kind: String,
    /// The actor it is attributed to.
    pub author: String,
    /// The source it counts under; none for our own.
    pub source_id: Option<i64>,
    /// The package it is about.
    pub package_id: Option<i64>,
    /// What it withdraws, erases or revises.
    pub object: Option<String>,
    /// The record as JSON; gone when it was erased.
    pub record: Option<String>,
    /// The erasure note that stands in its place.
    pub note: Option<String>,
    /// When its author dates it.
    pub published_at: Timestamp,
    /// When it came here.
    pub received_at: Timestamp,
    /// How it came here.
    pub via: Via,
    /// Its place in its community's log, once known.
    pub leaf: Option<i64>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
    /// Why, in the words of who withdrew it.
    pub withdrawn_reason: Option<String>,
}

fn row(row: &Row) -> Result<StatementRow, StoreError> {
    Ok(StatementRow {
        id: row.get(0)?,
        uri: row.get(1)?,
        digest: row.bytes(TABLE, 2)?,
        kind: row.get(3)?,
        author: row.get(4)?,
        source_id: row.get(5)?,
        package_id: row.get(6)?,
        object: row.get(7)?,
        record: row.get(8)?,
        note: row.get(9)?,
        published_at: row.moment(10)?,
        received_at: row.moment(11)?,
        via: row.word(TABLE, 12)?,
        leaf: row.get(13)?,
        withdrawn_at: row.moment_if(14)?,
        withdrawn_reason: row.get(15)?,
    })
}

/// Keeps a statement; answers its row's number, or none when its id is taken.
pub async fn insert(tx: &Tx, new: &NewStatement) -> Result<Option<i64>, StoreError> {
    Ok(insert_all(tx, std::slice::from_ref(new)).await?.remove(&new.uri))
}

/// Keeps statements by bulk; answers the row numbers of those that were new, by id.
///
/// A taken id is left as it is: whether it is the same record is for the caller to see by [`by_uris`].
pub async fn insert_all(tx: &Tx, new: &[NewStatement]) -> Result<HashMap<String, i64>, StoreError> {
    let mut inserted = HashMap::with_capacity(new.len());
    for chunk in new.chunks(BULK_ROWS_MAX) {
        let values = chunk.iter().flat_map(|one| {
            values![
                one.uri.clone(),
                one.digest.to_vec(),
                one.kind.clone(),
                one.author.clone(),
                one.source_id,
                one.package_id,
                one.object.clone(),
                one.record.clone(),
                one.note.clone(),
                one.published_at.millis(),
                one.received_at.millis(),
                one.via.as_str(),
                one.leaf,
            ]
        });
        let sql = format!(
            "INSERT INTO statements (uri, digest, kind, author, source_id, package_id, object, record, note, published_at, \
             received_at, via, leaf) VALUES {} ON CONFLICT (uri) DO NOTHING RETURNING uri, id",
            sql::rows(chunk.len(), 13)
        );
        for row in tx.all(&sql, values.collect()).await? {
            inserted.insert(row.get(0)?, row.get(1)?);
        }
    }
    Ok(inserted)
}

/// The statement with this id.
pub async fn by_uri(reads: &impl Reads, uri: &str) -> Result<Option<StatementRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM statements WHERE uri = $1");
    reads.handle().one(&sql, values![uri]).await?.as_ref().map(row).transpose()
}

/// The statements with these ids that are here, in no order.
pub async fn by_uris(reads: &impl Reads, uris: &[String]) -> Result<Vec<StatementRow>, StoreError> {
    let values = uris.iter().map(|uri| sea_orm::Value::from(uri.as_str()));
    listed(reads, "uri", values.collect()).await
}

/// The statements with these digests that are here, in no order.
pub async fn by_digests(reads: &impl Reads, digests: &[[u8; 32]]) -> Result<Vec<StatementRow>, StoreError> {
    let values = digests.iter().map(|digest| sea_orm::Value::from(digest.to_vec()));
    listed(reads, "digest", values.collect()).await
}

/// The statement with this digest.
pub async fn by_digest(reads: &impl Reads, digest: &[u8; 32]) -> Result<Option<StatementRow>, StoreError> {
    Ok(by_digests(reads, std::slice::from_ref(digest)).await?.pop())
}

async fn listed(reads: &impl Reads, column: &str, wanted: Vec<sea_orm::Value>) -> Result<Vec<StatementRow>, StoreError> {
    let mut found = Vec::with_capacity(wanted.len());
    for chunk in wanted.chunks(BULK_ROWS_MAX) {
        let sql = format!("SELECT {COLUMNS} FROM statements WHERE {column} IN ({})", sql::list(1, chunk.len()));
        for line in reads.handle().all(&sql, chunk.to_vec()).await? {
            found.push(row(&line)?);
        }
    }
    Ok(found)
}

/// The statements of a source, none for our own, whose leaf is in `from..to`, in the order of the log.
pub async fn of_leaf_range(
    reads: &impl Reads,
    source_id: Option<i64>,
    from: i64,
    to: i64,
) -> Result<Vec<StatementRow>, StoreError> {
    let (whose, mut values) = whose(source_id);
    let sql = format!("SELECT {COLUMNS} FROM statements WHERE {whose} AND leaf >= $2 AND leaf < $3 ORDER BY leaf, id");
    values.extend(values![from, to]);
    reads.handle().all(&sql, values).await?.iter().map(row).collect()
}

/// How many statements of a source are here, none for our own.
pub async fn count(reads: &impl Reads, source_id: Option<i64>) -> Result<u64, StoreError> {
    let (whose, values) = whose(source_id);
    let found = reads.handle().one(&format!("SELECT COUNT(*) FROM statements WHERE {whose}"), values).await?;
    found.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}

/// How many statements of a source, none for our own, have a leaf before this one.
pub async fn count_before_leaf(reads: &impl Reads, source_id: Option<i64>, end: i64) -> Result<u64, StoreError> {
    let (whose, mut values) = whose(source_id);
    values.extend(values![end]);
    let sql = format!("SELECT COUNT(*) FROM statements WHERE {whose} AND leaf < $2");
    reads.handle().one(&sql, values).await?.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}

/// A condition on the source; both forms take one value, so that what follows is numbered alike.
fn whose(source_id: Option<i64>) -> (&'static str, Vec<sea_orm::Value>) {
    match source_id {
        Some(id) => ("source_id = $1", values![id]),
        None => ("source_id IS NULL AND 0 = $1", values![0_i64]),
    }
}

/// The statements about an object (its withdrawals, its erasure, the revisions of a policy), newest first.
pub async fn of_object(reads: &impl Reads, object: &str) -> Result<Vec<StatementRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM statements WHERE object = $1 ORDER BY published_at DESC, id DESC LIMIT $2");
    reads.handle().all(&sql, values![object, sql::page(u64::MAX)]).await?.iter().map(row).collect()
}

/// The statements about a package, newest first.
pub async fn of_package(reads: &impl Reads, package_id: i64, limit: u64) -> Result<Vec<StatementRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM statements WHERE package_id = $1 ORDER BY published_at DESC, id DESC LIMIT $2");
    reads.handle().all(&sql, values![package_id, sql::page(limit)]).await?.iter().map(row).collect()
}

/// The statements of some kinds about a package, newest first.
pub async fn of_package_and_kinds(
    reads: &impl Reads,
    package_id: i64,
    kinds: &[&str],
    limit: u64,
) -> Result<Vec<StatementRow>, StoreError> {
    of_kinds(reads, "package_id", package_id, kinds, limit).await
}

/// The statements of some kinds that came from a source, newest first.
pub async fn of_source_and_kinds(
    reads: &impl Reads,
    source_id: i64,
    kinds: &[&str],
    limit: u64,
) -> Result<Vec<StatementRow>, StoreError> {
    of_kinds(reads, "source_id", source_id, kinds, limit).await
}

async fn of_kinds(
    reads: &impl Reads,
    column: &str,
    id: i64,
    kinds: &[&str],
    limit: u64,
) -> Result<Vec<StatementRow>, StoreError> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM statements WHERE {column} = $1 AND kind IN ({}) ORDER BY published_at DESC, id DESC LIMIT $2",
        sql::list(3, kinds.len())
    );
    let mut values = values![id, sql::page(limit)];
    values.extend(kinds.iter().map(|&kind| sea_orm::Value::from(kind)));
    reads.handle().all(&sql, values).await?.iter().map(row).collect()
}

/// Notes the places of statements in their log, by row number; a place known before stays.
pub async fn set_leaves(tx: &Tx, places: &[(i64, i64)]) -> Result<(), StoreError> {
    for &(id, leaf) in places {
        tx.run("UPDATE statements SET leaf = $1 WHERE id = $2 AND leaf IS NULL", values![leaf, id]).await?;
    }
    Ok(())
}

/// Marks a statement withdrawn; answers false when it was before or is not here.
pub async fn mark_withdrawn(tx: &Tx, uri: &str, reason: &str, at: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE statements SET withdrawn_at = $1, withdrawn_reason = $2 WHERE uri = $3 AND withdrawn_at IS NULL";
    Ok(tx.run(sql, values![at.millis(), reason, uri]).await? > 0)
}

/// Takes the record of a statement away for ever and puts the record of its erasure in its place. Answers false when it was erased before or is not here.
pub async fn erase(tx: &Tx, uri: &str, note: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE statements SET record = NULL, note = $1 WHERE uri = $2 AND record IS NOT NULL";
    Ok(tx.run(sql, values![note, uri]).await? > 0)
}

/// Another record under an id that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EquivocationRow {
    /// The row's number.
    pub id: i64,
    /// The id both records claim.
    pub uri: String,
    /// The digest of the second one.
    pub digest: [u8; 32],
    /// The second one as JSON.
    pub record: String,
    /// When it was seen here.
    pub seen_at: Timestamp,
}

/// Keeps a second record under a taken id as evidence; answers false when it was kept before.
pub async fn add_equivocation(tx: &Tx, uri: &str, digest: &[u8; 32], record: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "INSERT INTO equivocations (uri, digest, record, seen_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (uri, digest) DO NOTHING";
    Ok(tx.run(sql, values![uri, digest.to_vec(), record, now.millis()]).await? > 0)
}

/// The equivocations seen last, newest first.
pub async fn equivocations(reads: &impl Reads, limit: u64) -> Result<Vec<EquivocationRow>, StoreError> {
    let sql = "SELECT id, uri, digest, record, seen_at FROM equivocations ORDER BY id DESC LIMIT $1";
    let read = |row: &Row| {
        Ok(EquivocationRow {
            id: row.get(0)?,
            uri: row.get(1)?,
            digest: row.bytes("equivocations", 2)?,
            record: row.get(3)?,
            seen_at: row.moment(4)?,
        })
    };
    reads.handle().all(sql, values![sql::page(limit)]).await?.iter().map(read).collect()
}
