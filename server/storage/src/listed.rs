//! What each policy ever listed: one compact row a policy and package, written only when it grows.

use std::collections::{BTreeSet, HashSet};

use vetmoot_domain::{Ecosystem, Slug};

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// The keys (see [`crate::artifacts::key`]) of the artifacts of a package that this policy ever listed.
pub async fn before(reads: &impl Reads, slug: &Slug, package_id: i64) -> Result<HashSet<String>, StoreError> {
    let sql = "SELECT keys FROM listed WHERE slug = $1 AND package_id = $2";
    let found = reads.handle().one(sql, values![slug.as_str(), package_id]).await?;
    let keys = found.map_or(Ok(String::new()), |row| row.get::<String>(0))?;
    Ok(keys.lines().map(str::to_owned).collect())
}

/// Adds artifacts to what this policy listed; answers how many it had not listed before.
///
/// Read [`before`] first and begin a transaction only when something is missing there.
pub async fn mark(tx: &Tx, slug: &Slug, package_id: i64, keys: &[String]) -> Result<usize, StoreError> {
    let mut all: BTreeSet<String> = before(tx, slug, package_id).await?.into_iter().collect();
    let known = all.len();
    // A key is a version or a file name of visible characters; a line break in one would make two of it.
    all.extend(keys.iter().filter(|key| !key.contains(['\n', '\r'])).cloned());
    let grown = all.len() - known;
    if grown == 0 {
        return Ok(0);
    }
    let sql = "INSERT INTO listed (slug, package_id, keys, amount) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (slug, package_id) DO UPDATE SET keys = excluded.keys, amount = excluded.amount";
    let amount = sql::int(all.len());
    let lines: Vec<String> = all.into_iter().collect();
    tx.run(sql, values![slug.as_str(), package_id, lines.join("\n"), amount]).await?;
    Ok(grown)
}

/// How much of an ecosystem a policy listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedCount {
    /// The ecosystem.
    pub ecosystem: Ecosystem,
    /// Packages of which it listed anything.
    pub packages: u64,
    /// Artifacts it listed.
    pub artifacts: u64,
}

/// Counts of what a policy ever listed, one row an ecosystem.
pub async fn counts(reads: &impl Reads, slug: &Slug) -> Result<Vec<ListedCount>, StoreError> {
    let sql = "SELECT p.ecosystem, COUNT(*), CAST(SUM(l.amount) AS BIGINT) FROM listed l JOIN packages p ON p.id = l.package_id \
               WHERE l.slug = $1 GROUP BY p.ecosystem ORDER BY p.ecosystem";
    let rows = reads.handle().all(sql, values![slug.as_str()]).await?;
    let count = |row: &Row| {
        Ok(ListedCount {
            ecosystem: row.word("packages", 0)?,
            packages: sql::count(row.get(1)?),
            artifacts: sql::count(row.get(2)?),
        })
    };
    rows.iter().map(count).collect()
}
