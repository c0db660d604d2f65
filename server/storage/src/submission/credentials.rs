//! The community's credentials at official indexes; their secrets lie with the keys, not here.

use vetmoot_domain::{Ecosystem, Package, Timestamp, UserName};

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// How a credential is presented to its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CredentialKind {
    /// A token.
    Token,
    /// A user name and a password, with a colon between them.
    Password,
    /// A token that may only stage: a person approves each release at the official index (npm).
    Stage,
}

vetmoot_domain::word_enum!(CredentialKind, "kind of credential", {
    Token => "token", Password => "password", Stage => "stage",
});

/// A credential to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCredential {
    /// Whose index it is for.
    pub ecosystem: Ecosystem,
    /// The row of the one package it is for; the whole ecosystem when there is none.
    pub package_id: Option<i64>,
    /// What people call it.
    pub label: String,
    /// How it is presented.
    pub kind: CredentialKind,
    /// Who added it; the operator when nobody.
    pub added_by: Option<i64>,
    /// When it ends, where that is known.
    pub expires_at: Option<Timestamp>,
}

/// A credential, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialRow {
    /// The row's number.
    pub id: i64,
    /// Whose index it is for.
    pub ecosystem: Ecosystem,
    /// The one package it is for; the whole ecosystem when there is none.
    pub package: Option<Package>,
    /// What people call it.
    pub label: String,
    /// How it is presented.
    pub kind: CredentialKind,
    /// Who added it; the operator when nobody.
    pub added_by: Option<UserName>,
    /// When.
    pub added_at: Timestamp,
    /// When it ends, where that is known.
    pub expires_at: Option<Timestamp>,
    /// When its end was last announced.
    pub warned_at: Option<Timestamp>,
    /// When it was retired; its secret is gone since then.
    pub retired_at: Option<Timestamp>,
    /// When an index last took it.
    pub last_used_at: Option<Timestamp>,
    /// What the index said when it last refused it; none once it took it again.
    pub last_error: Option<String>,
}

const TABLE: &str = "credentials";
const SELECT: &str = "SELECT c.id, c.ecosystem, p.ecosystem, p.name, c.label, c.kind, u.name, c.added_at, c.expires_at, \
    c.warned_at, c.retired_at, c.last_used_at, c.last_error FROM credentials c \
    LEFT JOIN packages p ON p.id = c.package_id LEFT JOIN users u ON u.id = c.added_by";

fn row(row: &Row) -> Result<CredentialRow, StoreError> {
    let package = match row.get::<Option<String>>(2)? {
        Some(_) => Some(row.package(2, 3)?),
        None => None,
    };
    Ok(CredentialRow {
        id: row.get(0)?,
        ecosystem: row.word(TABLE, 1)?,
        package,
        label: row.get(4)?,
        kind: row.word(TABLE, 5)?,
        added_by: row.word_if(TABLE, 6)?,
        added_at: row.moment(7)?,
        expires_at: row.moment_if(8)?,
        warned_at: row.moment_if(9)?,
        retired_at: row.moment_if(10)?,
        last_used_at: row.moment_if(11)?,
        last_error: row.get(12)?,
    })
}

/// Adds a credential; answers its row number.
pub async fn insert(tx: &Tx, new: &NewCredential, now: Timestamp) -> Result<i64, StoreError> {
    let sql = "INSERT INTO credentials (ecosystem, package_id, label, kind, added_by, added_at, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    let values = values![
        new.ecosystem.as_str(),
        new.package_id,
        new.label.clone(),
        new.kind.as_str(),
        new.added_by,
        now.millis(),
        sql::ms(new.expires_at)
    ];
    tx.one(sql, values).await?.ok_or_else(|| StoreError::missing("credential"))?.get(0)
}

/// One credential, retired or not.
pub async fn get(reads: &impl Reads, id: i64) -> Result<Option<CredentialRow>, StoreError> {
    reads.handle().one(&format!("{SELECT} WHERE c.id = $1"), values![id]).await?.as_ref().map(row).transpose()
}

/// Every credential, newest first, retired ones too.
pub async fn list(reads: &impl Reads) -> Result<Vec<CredentialRow>, StoreError> {
    let sql = format!("{SELECT} ORDER BY c.id DESC LIMIT $1");
    reads.handle().all(&sql, values![sql::page(u64::MAX)]).await?.iter().map(row).collect()
}

/// Those that are neither retired nor ended, for a package of this row: its own first, then those of its whole ecosystem,
/// the newest of each first.
pub async fn for_package(
    reads: &impl Reads,
    ecosystem: Ecosystem,
    package_id: i64,
    now: Timestamp,
) -> Result<Vec<CredentialRow>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE c.ecosystem = $1 AND (c.package_id = $2 OR c.package_id IS NULL) AND c.retired_at IS NULL \
         AND (c.expires_at IS NULL OR c.expires_at > $3) \
         ORDER BY CASE WHEN c.package_id IS NULL THEN 1 ELSE 0 END, c.id DESC LIMIT $4"
    );
    let values = values![ecosystem.as_str(), package_id, now.millis(), sql::page(u64::MAX)];
    reads.handle().all(&sql, values).await?.iter().map(row).collect()
}

/// Those in use that end before this moment, or have ended already.
pub async fn ending(reads: &impl Reads, before: Timestamp) -> Result<Vec<CredentialRow>, StoreError> {
    let sql = format!("{SELECT} WHERE c.retired_at IS NULL AND c.expires_at <= $1 ORDER BY c.id LIMIT $2");
    reads.handle().all(&sql, values![before.millis(), sql::page(u64::MAX)]).await?.iter().map(row).collect()
}

/// Notes that its end was announced; answers false when another did so since `before`.
pub async fn warned(tx: &Tx, id: i64, before: Option<Timestamp>, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE credentials SET warned_at = $1 WHERE id = $2 AND COALESCE(warned_at, -1) = $3";
    Ok(tx.run(sql, values![now.millis(), id, sql::ms(before).unwrap_or(-1)]).await? > 0)
}

/// Retires it; answers false when it was retired before or is not there.
pub async fn retire(tx: &Tx, id: i64, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE credentials SET retired_at = $1 WHERE id = $2 AND retired_at IS NULL";
    Ok(tx.run(sql, values![now.millis(), id]).await? > 0)
}

/// Notes that its index took it.
pub async fn used(tx: &Tx, id: i64, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE credentials SET last_used_at = $1, last_error = NULL WHERE id = $2";
    tx.run(sql, values![now.millis(), id]).await?;
    Ok(())
}

/// Notes that its index refused it, and what it said.
pub async fn refused(tx: &Tx, id: i64, error: &str) -> Result<(), StoreError> {
    tx.run("UPDATE credentials SET last_error = $1 WHERE id = $2", values![error, id]).await?;
    Ok(())
}
