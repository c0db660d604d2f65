//! What a policy in `observe` would have withheld.

use vetmoot_domain::{Artifact, Slug, Timestamp};

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// Something a policy would have withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedRow {
    /// The artifact.
    pub artifact: Artifact,
    /// The reason's code.
    pub reason: String,
    /// When it was first noticed.
    pub first_at: Timestamp,
    /// When it was last noticed.
    pub last_at: Timestamp,
    /// How many times.
    pub times: u64,
}

/// Notes that this policy would have withheld an artifact for this reason; answers whether that is new.
///
/// `artifact` is its purl.
pub async fn record(tx: &Tx, slug: &Slug, artifact: &str, reason: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "INSERT INTO observed (slug, artifact, reason, first_at, last_at, times) VALUES ($1, $2, $3, $4, $4, 1) \
               ON CONFLICT (slug, artifact, reason) DO UPDATE SET last_at = excluded.last_at, times = observed.times + 1 \
               RETURNING times";
    let row = tx.one(sql, values![slug.as_str(), artifact, reason, now.millis()]).await?;
    row.map_or(Ok(false), |row| Ok(row.get::<i64>(0)? == 1))
}

/// What this policy would have withheld, most recently noticed first; `offset` rows are passed over.
pub async fn list(reads: &impl Reads, slug: &Slug, offset: u64, limit: u64) -> Result<Vec<ObservedRow>, StoreError> {
    let sql = "SELECT artifact, reason, first_at, last_at, times FROM observed WHERE slug = $1 \
               ORDER BY last_at DESC, artifact, reason LIMIT $2 OFFSET $3";
    let rows = reads.handle().all(sql, values![slug.as_str(), sql::page(limit), sql::int(offset)]).await?;
    rows.iter().map(row).collect()
}

fn row(row: &Row) -> Result<ObservedRow, StoreError> {
    Ok(ObservedRow {
        artifact: row.word("observed", 0)?,
        reason: row.get(1)?,
        first_at: row.moment(2)?,
        last_at: row.moment(3)?,
        times: sql::count(row.get(4)?),
    })
}

/// How many artifacts this policy would have withheld, by reason.
pub async fn counts(reads: &impl Reads, slug: &Slug) -> Result<Vec<(String, u64)>, StoreError> {
    let sql = "SELECT reason, COUNT(*) FROM observed WHERE slug = $1 GROUP BY reason ORDER BY COUNT(*) DESC, reason";
    let rows = reads.handle().all(sql, values![slug.as_str()]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, sql::count(row.get(1)?)))).collect()
}
