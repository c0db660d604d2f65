//! Advisories issued here: each recorded once for ever, withdrawn at most once.

use vetmoot_domain::{Advisory, Package, Timestamp, UserName};

use crate::error::StoreError;
use crate::evidence::Kind;
use crate::packages;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

const TABLE: &str = "advisories";

/// An advisory to be issued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAdvisory {
    /// Its id: 32 hexadecimal digits, the last part of its path.
    pub id: String,
    /// The row number of who issues it.
    pub author: i64,
    /// What it says, as judgements read it.
    pub advisory: Advisory,
    /// The OSV record as JSON.
    pub osv: String,
    /// The statement that carries it, as JSON.
    pub record: String,
    /// The salt of the statement.
    pub salt: String,
    /// When it is issued.
    pub issued_at: Timestamp,
}

/// An advisory issued here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisoryRow {
    /// Its id.
    pub id: String,
    /// The row number of who issued it.
    pub author: i64,
    /// Their name.
    pub author_name: UserName,
    /// The package it is about.
    pub package: Package,
    /// The OSV record as JSON.
    pub osv: String,
    /// The statement that carries it, as JSON.
    pub record: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When and why it was withdrawn.
    pub withdrawn: Option<(Timestamp, String)>,
}

const SELECT: &str = "SELECT a.id, a.author, u.name, p.ecosystem, p.name, a.osv, a.record, a.issued_at, a.withdrawn_at, a.withdrawal \
    FROM advisories a JOIN users u ON u.id = a.author JOIN packages p ON p.id = a.package_id";

fn row(row: &Row) -> Result<AdvisoryRow, StoreError> {
    let reason = row.get::<Option<String>>(9)?.unwrap_or_default();
    Ok(AdvisoryRow {
        id: row.get(0)?,
        author: row.get(1)?,
        author_name: row.word("users", 2)?,
        package: row.package(3, 4)?,
        osv: row.get(5)?,
        record: row.get(6)?,
        issued_at: row.moment(7)?,
        withdrawn: row.moment_if(8)?.map(|at| (at, reason)),
    })
}

/// Issues an advisory, makes it count, and moves its package's epoch on.
pub async fn insert(tx: &Tx, new: &NewAdvisory) -> Result<(), StoreError> {
    let package = packages::ensure(tx, &new.advisory.package, new.issued_at).await?;
    let sql =
        "INSERT INTO advisories (id, author, package_id, osv, record, salt, issued_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = values![
        new.id.clone(),
        new.author,
        package.id,
        new.osv.clone(),
        new.record.clone(),
        new.salt.clone(),
        new.issued_at.millis()
    ];
    tx.run(sql, values).await.map_err(|error| error.or_taken(|| format!("the advisory id {}", new.id)))?;
    let sql = "INSERT INTO evidence (package_id, kind, user_id, identity, body, since) VALUES ($1, $2, $3, $4, $5, $6)";
    let body = sql::json(TABLE, &new.advisory)?;
    let values =
        values![package.id, Kind::Advisory.as_str(), new.author, new.id.clone().into_bytes(), body, new.issued_at.millis()];
    tx.run(sql, values).await?;
    packages::bump_epoch(tx, package.id).await
}

/// Withdraws an advisory: it stays to be read, and counts no more. Answers false when it was withdrawn before or is not
/// there.
pub async fn withdraw(tx: &Tx, id: &str, reason: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE advisories SET withdrawn_at = $1, withdrawal = $2 WHERE id = $3 AND withdrawn_at IS NULL";
    if tx.run(sql, values![now.millis(), reason, id]).await? == 0 {
        return Ok(false);
    }
    let sql = "UPDATE evidence SET ended_at = $1 WHERE identity = $2 AND source_id IS NULL AND kind = 'advisory'";
    tx.run(sql, values![now.millis(), id.as_bytes().to_vec()]).await?;
    let bump = "UPDATE packages SET epoch = epoch + 1 WHERE id = (SELECT package_id FROM advisories WHERE id = $1)";
    tx.run(bump, values![id]).await?;
    Ok(true)
}

/// The advisory of this id.
pub async fn get(reads: &impl Reads, id: &str) -> Result<Option<AdvisoryRow>, StoreError> {
    reads.handle().one(&format!("{SELECT} WHERE a.id = $1"), values![id]).await?.as_ref().map(row).transpose()
}

/// The advisories about a package, newest first, withdrawn ones too.
pub async fn of_package(reads: &impl Reads, package: &Package) -> Result<Vec<AdvisoryRow>, StoreError> {
    let sql = format!("{SELECT} WHERE p.ecosystem = $1 AND p.name = $2 ORDER BY a.issued_at DESC, a.id DESC LIMIT $3");
    let values = values![package.ecosystem().as_str(), package.name().as_str(), sql::page(u64::MAX)];
    reads.handle().all(&sql, values).await?.iter().map(row).collect()
}

/// The advisories issued last, newest first.
pub async fn recent(reads: &impl Reads, limit: u64) -> Result<Vec<AdvisoryRow>, StoreError> {
    let sql = format!("{SELECT} ORDER BY a.issued_at DESC, a.id DESC LIMIT $1");
    reads.handle().all(&sql, values![sql::page(limit)]).await?.iter().map(row).collect()
}
