//! Tokens for programs: only the hash of their secret is kept, each with what it may do and for which project.

use vetmoot_domain::Timestamp;

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Whose it is: a member's row number.
    pub user_id: i64,
    /// The hash of its secret.
    pub hash: [u8; 32],
    /// What it may do, a word each.
    pub scopes: Vec<String>,
    /// The one package it may do it for, as a purl.
    pub project: Option<String>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// The row's number.
    pub id: i64,
    /// Whose it is: a member's row number.
    pub user_id: i64,
    /// What it may do, a word each.
    pub scopes: Vec<String>,
    /// The one package it may do it for, as a purl.
    pub project: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

const SELECT: &str = "SELECT id, user_id, scopes, project, created_at, expires_at, last_used_at, revoked_at FROM tokens";

fn row(row: &Row) -> Result<TokenRow, StoreError> {
    let scopes: String = row.get(2)?;
    Ok(TokenRow {
        id: row.get(0)?,
        user_id: row.get(1)?,
        scopes: scopes.split_whitespace().map(str::to_owned).collect(),
        project: row.get(3)?,
        created_at: row.moment(4)?,
        expires_at: row.moment(5)?,
        last_used_at: row.moment_if(6)?,
        revoked_at: row.moment_if(7)?,
    })
}

/// Makes a token; answers its row number.
pub async fn create(tx: &Tx, new: &NewToken, now: Timestamp) -> Result<i64, StoreError> {
    let sql = "INSERT INTO tokens (hash, user_id, scopes, project, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    let scopes = new.scopes.join(" ");
    let values = values![new.hash.to_vec(), new.user_id, scopes, new.project.clone(), now.millis(), new.expires_at.millis()];
    tx.one(sql, values).await?.ok_or_else(|| StoreError::missing("token"))?.get(0)
}

/// The token with this hash, unless it has expired or was revoked.
pub async fn by_hash(reads: &impl Reads, hash: &[u8; 32], now: Timestamp) -> Result<Option<TokenRow>, StoreError> {
    let sql = format!("{SELECT} WHERE hash = $1 AND revoked_at IS NULL AND expires_at > $2");
    reads.handle().one(&sql, values![hash.to_vec(), now.millis()]).await?.as_ref().map(row).transpose()
}

/// The program a token stands for, when it was given for a program's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Whom the identity named: a repository and its workflow.
    pub subject: String,
    /// Whether its trusted publisher was removed meanwhile.
    pub removed: bool,
}

/// The program behind a token; none where a member made it.
pub async fn program(reads: &impl Reads, token_id: i64) -> Result<Option<Program>, StoreError> {
    let sql = "SELECT k.subject, t.removed_at FROM publisher_tokens k JOIN trusted_publishers t ON t.id = k.publisher_id \
               WHERE k.token_id = $1";
    let found = reads.handle().one(sql, values![token_id]).await?;
    found.map(|row| Ok(Program { subject: row.get(0)?, removed: row.get::<Option<i64>>(1)?.is_some() })).transpose()
}

/// Notes that a token was used.
pub async fn touch(tx: &Tx, id: i64, now: Timestamp) -> Result<(), StoreError> {
    tx.run("UPDATE tokens SET last_used_at = $1 WHERE id = $2", values![now.millis(), id]).await?;
    Ok(())
}

/// Every token of a member, newest first, ended ones too.
pub async fn list(reads: &impl Reads, user_id: i64) -> Result<Vec<TokenRow>, StoreError> {
    let sql = format!("{SELECT} WHERE user_id = $1 ORDER BY id DESC LIMIT $2");
    reads.handle().all(&sql, values![user_id, sql::page(u64::MAX)]).await?.iter().map(row).collect()
}

/// Revokes a token at once; answers false when it was revoked before or is not there.
pub async fn revoke(tx: &Tx, id: i64, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
    Ok(tx.run(sql, values![now.millis(), id]).await? > 0)
}
