//! Audits by members: each recorded once for ever, withdrawn at most once, never changed.

use vetmoot_domain::{Audit, AuditForm, Package, Release, Timestamp, UserName};

use crate::error::StoreError;
use crate::evidence::{Kind, Said};
use crate::packages;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// An audit to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAudit {
    /// Its id: the last part of its path on its author's origin.
    pub id: String,
    /// The row number of its author.
    pub author: i64,
    /// What it says, the package included.
    pub audit: Audit,
    /// The record as JSON, byte for byte as it is published, with its proof when the instance has a domain.
    pub record: String,
    /// The 128 random bits that keep a short record from being guessed by its digest, in text.
    pub salt: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// A recorded audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its id.
    pub id: String,
    /// The row number of its author.
    pub author: i64,
    /// Its author's name.
    pub author_name: UserName,
    /// What it says.
    pub audit: Audit,
    /// The record as JSON.
    pub record: String,
    /// The salt.
    pub salt: String,
    /// Whether the record carries a proof.
    pub proven: bool,
    /// Whether its text was erased: then `record` is the record of the erasure.
    pub erased: bool,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Set when its author withdrew it.
    pub withdrawn: Option<Withdrawal>,
}

/// When and why an audit was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// When.
    pub at: Timestamp,
    /// Why, in the author's words.
    pub reason: String,
    /// The withdrawal's own record as JSON.
    pub record: String,
}

/// The path under which a member's statement is found, which is also its id as testimony.
pub fn statement_path(id: &str) -> String {
    format!("/audits/{id}")
}

const TABLE: &str = "audits";
const SELECT: &str = "SELECT a.id, a.user_id, u.name, a.form, a.record, a.salt, a.proven, a.recorded_at, a.withdrawn_at, \
    a.withdrawn_reason, a.withdrawn_record FROM audits a JOIN users u ON u.id = a.user_id JOIN packages p ON p.id = a.package_id";

fn row(row: &Row) -> Result<AuditRow, StoreError> {
    let form: AuditForm = row.json(TABLE, 3)?;
    let reason = row.get::<Option<String>>(9)?.unwrap_or_default();
    let withdrawn_record = row.get::<Option<String>>(10)?.unwrap_or_default();
    let record: String = row.get(4)?;
    Ok(AuditRow {
        id: row.get(0)?,
        author: row.get(1)?,
        author_name: row.word("users", 2)?,
        audit: form.parse().map_err(|error| StoreError::unreadable(TABLE, error))?,
        erased: is_erasure(&record),
        record,
        salt: row.get(5)?,
        proven: row.get::<i64>(6)? != 0,
        recorded_at: row.moment(7)?,
        withdrawn: row.moment_if(8)?.map(|at| Withdrawal { at, reason, record: withdrawn_record }),
    })
}

/// Records an audit, makes it count as evidence, and moves its package's epoch on.
pub async fn insert(tx: &Tx, new: &NewAudit) -> Result<(), StoreError> {
    let package = packages::ensure(tx, &new.audit.package, new.recorded_at).await?;
    let form = AuditForm::from(&new.audit);
    let version = new.audit.release().map(|release| release.version.to_string());
    let sql = "INSERT INTO audits (id, package_id, version, user_id, form, record, salt, proven, recorded_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values = values![
        new.id.clone(),
        package.id,
        version.clone(),
        new.author,
        sql::json(TABLE, &form)?,
        new.record.clone(),
        new.salt.clone(),
        i64::from(carries_proof(&new.record)),
        new.recorded_at.millis(),
    ];
    tx.run(sql, values).await.map_err(|error| error.or_taken(|| format!("the audit id {}", new.id)))?;
    let said = Said { statement: None, authors: Vec::new(), recorded: None, form };
    let sql =
        "INSERT INTO evidence (package_id, kind, version, audit_id, user_id, body, since) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let body = sql::json("evidence", &said)?;
    let kind = Kind::Audit.as_str();
    tx.run(sql, values![package.id, kind, version, new.id.clone(), new.author, body, new.recorded_at.millis()]).await?;
    packages::bump_epoch(tx, package.id).await
}

/// Whether a record has a `proof` of its own.
fn carries_proof(record: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Peek {
        proof: Option<serde::de::IgnoredAny>,
    }
    serde_json::from_str::<Peek>(record).is_ok_and(|peek| peek.proof.is_some())
}

/// Whether a record says that another was erased.
fn is_erasure(record: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Peek {
        r#type: String,
    }
    serde_json::from_str::<Peek>(record).is_ok_and(|peek| peek.r#type == "Erasure")
}

/// The audit of this id.
pub async fn get(reads: &impl Reads, id: &str) -> Result<Option<AuditRow>, StoreError> {
    reads.handle().one(&format!("{SELECT} WHERE a.id = $1"), values![id]).await?.as_ref().map(row).transpose()
}

/// Withdraws an audit: it stays to be read, and counts no more. Answers false when it was withdrawn before or is not there.
///
/// `record` is the withdrawal's own record as JSON.
pub async fn withdraw(tx: &Tx, id: &str, reason: &str, record: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE audits SET withdrawn_at = $1, withdrawn_reason = $2, withdrawn_record = $3 \
               WHERE id = $4 AND withdrawn_at IS NULL";
    if tx.run(sql, values![now.millis(), reason, record, id]).await? == 0 {
        return Ok(false);
    }
    tx.run("UPDATE evidence SET ended_at = $1 WHERE audit_id = $2", values![now.millis(), id]).await?;
    let bump = "UPDATE packages SET epoch = epoch + 1 WHERE id = (SELECT package_id FROM audits WHERE id = $1)";
    tx.run(bump, values![id]).await?;
    Ok(true)
}

/// Gives an audit recorded without a domain its record under the domain, with its proof; only once.
pub async fn prove(tx: &Tx, id: &str, record: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE audits SET record = $1, proven = 1 WHERE id = $2 AND proven = 0";
    Ok(tx.run(sql, values![record, id]).await? > 0)
}

/// Takes the text of an audit away for ever: its notes and findings, and its record, in whose place the record of the
/// erasure stands. It counts no more. Answers false when it was erased before or is not there.
pub async fn erase(tx: &Tx, id: &str, erasure: &str, now: Timestamp) -> Result<bool, StoreError> {
    let Some(audit) = get(tx, id).await?.filter(|audit| !audit.erased) else { return Ok(false) };
    let bare = Audit { notes: String::new(), findings: Vec::new(), ..audit.audit };
    let form = AuditForm::from(&bare);
    let said = sql::json("evidence", &Said { statement: None, authors: Vec::new(), recorded: None, form: form.clone() })?;
    let sql = "UPDATE audits SET form = $1, record = $2 WHERE id = $3";
    tx.run(sql, values![sql::json(TABLE, &form)?, erasure, id]).await?;
    let sql = "UPDATE evidence SET body = $1, ended_at = COALESCE(ended_at, $2) WHERE audit_id = $3";
    tx.run(sql, values![said, now.millis(), id]).await?;
    let bump = "UPDATE packages SET epoch = epoch + 1 WHERE id = (SELECT package_id FROM audits WHERE id = $1)";
    tx.run(bump, values![id]).await?;
    Ok(true)
}

/// The audits that end at a release (full audits of it and deltas to it), newest first, withdrawn ones too.
pub async fn of_release(reads: &impl Reads, release: &Release) -> Result<Vec<AuditRow>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE p.ecosystem = $1 AND p.name = $2 AND a.version = $3 ORDER BY a.recorded_at DESC, a.id DESC LIMIT $4"
    );
    let package = &release.package;
    let values = values![package.ecosystem().as_str(), package.name().as_str(), release.version.as_str(), sql::page(u64::MAX)];
    reads.handle().all(&sql, values).await?.iter().map(row).collect()
}

/// The audits about a package, newest first, withdrawn ones too.
pub async fn of_package(reads: &impl Reads, package: &Package) -> Result<Vec<AuditRow>, StoreError> {
    let sql = format!("{SELECT} WHERE p.ecosystem = $1 AND p.name = $2 ORDER BY a.recorded_at DESC, a.id DESC LIMIT $3");
    let values = values![package.ecosystem().as_str(), package.name().as_str(), sql::page(u64::MAX)];
    reads.handle().all(&sql, values).await?.iter().map(row).collect()
}

/// Where a list of audits goes on: behind an audit recorded at this moment, with this id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditCursor {
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Its id.
    pub id: String,
}

impl AuditRow {
    /// The cursor behind this audit.
    pub fn cursor(&self) -> AuditCursor {
        AuditCursor { recorded_at: self.recorded_at, id: self.id.clone() }
    }
}

/// The audits recorded last, newest first.
pub async fn recent(reads: &impl Reads, limit: u64, before: Option<&AuditCursor>) -> Result<Vec<AuditRow>, StoreError> {
    let (at, id) = before.map_or((i64::MAX, String::new()), |cursor| (cursor.recorded_at.millis(), cursor.id.clone()));
    let sql = format!("{SELECT} WHERE (a.recorded_at, a.id) < ($1, $2) ORDER BY a.recorded_at DESC, a.id DESC LIMIT $3");
    reads.handle().all(&sql, values![at, id, sql::page(limit)]).await?.iter().map(row).collect()
}

/// The audits of one member, newest first.
pub async fn by_user(reads: &impl Reads, user_id: i64, limit: u64) -> Result<Vec<AuditRow>, StoreError> {
    let sql = format!("{SELECT} WHERE a.user_id = $1 ORDER BY a.recorded_at DESC, a.id DESC LIMIT $2");
    reads.handle().all(&sql, values![user_id, sql::page(limit)]).await?.iter().map(row).collect()
}

/// How many audits were recorded here, withdrawn ones included.
pub async fn count(reads: &impl Reads) -> Result<u64, StoreError> {
    let found = reads.handle().one("SELECT COUNT(*) FROM audits", Vec::new()).await?;
    found.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}

/// How many audits each member recorded, withdrawn ones included; members without one are left out.
pub async fn count_by_user(reads: &impl Reads) -> Result<Vec<(i64, u64)>, StoreError> {
    let rows = reads.handle().all("SELECT user_id, COUNT(*) FROM audits GROUP BY user_id", Vec::new()).await?;
    rows.iter().map(|row| Ok((row.get(0)?, sql::count(row.get(1)?)))).collect()
}

/// The audits that have no proof yet, oldest first; what a domain that was just set has to sign.
pub async fn unproven(reads: &impl Reads, limit: u64) -> Result<Vec<AuditRow>, StoreError> {
    let sql = format!("{SELECT} WHERE a.proven = 0 ORDER BY a.recorded_at, a.id LIMIT $1");
    reads.handle().all(&sql, values![sql::page(limit)]).await?.iter().map(row).collect()
}

/// The audits of a member that have no proof yet and still count, oldest first; what this author may confirm.
pub async fn unproven_by(reads: &impl Reads, user_id: i64, limit: u64) -> Result<Vec<AuditRow>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE a.proven = 0 AND a.user_id = $1 AND a.withdrawn_at IS NULL ORDER BY a.recorded_at, a.id LIMIT $2"
    );
    let rows: Vec<AuditRow> =
        reads.handle().all(&sql, values![user_id, sql::page(limit)]).await?.iter().map(row).collect::<Result<_, _>>()?;
    Ok(rows.into_iter().filter(|audit| !audit.erased).collect())
}
