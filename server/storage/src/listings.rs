//! Listings: what an index last said about a package; the document's bytes lie in the blob store.

use vetmoot_domain::{Ecosystem, Timestamp};

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// A listing as it was last read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingRow {
    /// The `ETag` the index gave, for the next conditional request.
    pub etag: Option<String>,
    /// The `Last-Modified` the index gave.
    pub last_modified: Option<String>,
    /// The document's media type.
    pub content_type: Option<String>,
    /// Where it was read.
    pub url: String,
    /// When its bytes were read.
    pub fetched_at: Timestamp,
    /// When the index last said that it has not changed, or gave it.
    pub checked_at: Timestamp,
    /// The SHA-256 of the document's bytes, under which the blob store has them.
    pub blob: [u8; 32],
    /// What is missing or wrong in it, a sentence each.
    pub complaints: Vec<String>,
    /// What it can say at all (times, sizes ...), as JSON the caller chose.
    pub traits: String,
}

const TABLE: &str = "listings";
const COLUMNS: &str = "etag, last_modified, content_type, url, fetched_at, checked_at, blob, complaints, traits";

fn row(row: &Row) -> Result<ListingRow, StoreError> {
    Ok(ListingRow {
        etag: row.get(0)?,
        last_modified: row.get(1)?,
        content_type: row.get(2)?,
        url: row.get(3)?,
        fetched_at: row.moment(4)?,
        checked_at: row.moment(5)?,
        blob: row.bytes(TABLE, 6)?,
        complaints: row.json(TABLE, 7)?,
        traits: row.get(8)?,
    })
}

/// The listing of a package, when it was ever read.
pub async fn get(reads: &impl Reads, package_id: i64) -> Result<Option<ListingRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM listings WHERE package_id = $1");
    reads.handle().one(&sql, values![package_id]).await?.as_ref().map(row).transpose()
}

/// Keeps a listing in place of the one before; the document it names has to be in the blob store already.
pub async fn put(tx: &Tx, package_id: i64, listing: &ListingRow) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO listings (package_id, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (package_id) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified, \
         content_type = excluded.content_type, url = excluded.url, fetched_at = excluded.fetched_at, \
         checked_at = excluded.checked_at, blob = excluded.blob, complaints = excluded.complaints, traits = excluded.traits"
    );
    let values = values![
        package_id,
        listing.etag.clone(),
        listing.last_modified.clone(),
        listing.content_type.clone(),
        listing.url.clone(),
        listing.fetched_at.millis(),
        listing.checked_at.millis(),
        listing.blob.to_vec(),
        sql::json(TABLE, &listing.complaints)?,
        listing.traits.clone(),
    ];
    tx.run(&sql, values).await?;
    Ok(())
}

/// Notes that the index said at this moment that its listing has not changed.
pub async fn checked(tx: &Tx, package_id: i64, now: Timestamp) -> Result<(), StoreError> {
    tx.run("UPDATE listings SET checked_at = $1 WHERE package_id = $2", values![now.millis(), package_id]).await?;
    Ok(())
}

/// How many listings of an ecosystem have the same traits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraitsRow {
    /// The ecosystem.
    pub ecosystem: Ecosystem,
    /// The traits, as [`ListingRow::traits`] has them.
    pub traits: String,
    /// How many listings.
    pub count: u64,
}

/// What listings can say at all: each distinct text of traits with the number of listings, by ecosystem.
pub async fn traits(reads: &impl Reads) -> Result<Vec<TraitsRow>, StoreError> {
    let sql = "SELECT p.ecosystem, l.traits, COUNT(*) FROM listings l JOIN packages p ON p.id = l.package_id \
               GROUP BY p.ecosystem, l.traits ORDER BY p.ecosystem, COUNT(*) DESC, l.traits";
    let rows = reads.handle().all(sql, Vec::new()).await?;
    let read =
        |row: &Row| Ok(TraitsRow { ecosystem: row.word("packages", 0)?, traits: row.get(1)?, count: sql::count(row.get(2)?) });
    rows.iter().map(read).collect()
}

/// What listings complained of: each distinct list of complaints with the number of listings, most frequent first.
pub async fn complaints(reads: &impl Reads) -> Result<Vec<(Vec<String>, u64)>, StoreError> {
    let sql = "SELECT complaints, COUNT(*) FROM listings GROUP BY complaints ORDER BY COUNT(*) DESC LIMIT 100";
    let rows = reads.handle().all(sql, Vec::new()).await?;
    rows.iter().map(|row| Ok((row.json(TABLE, 0)?, sql::count(row.get(1)?)))).collect()
}
