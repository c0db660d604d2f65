//! Tokens for programs: only the hash of their secret is kept, each with what it may do and for which project.

use vetmoot_domain::{Package, Timestamp};

use crate::error::StoreError;
use crate::limits::TOKEN_PROJECTS_MAX;
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
    /// The one package it may do it for, as a purl; for a program's token the first of its packages.
    pub project: Option<String>,
    /// How many packages a program's token was made for; 0 for a member's token.
    pub packages: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

const SELECT: &str = "SELECT id, user_id, scopes, project, created_at, expires_at, last_used_at, revoked_at, \
     (SELECT COUNT(*) FROM token_projects g WHERE g.token_id = tokens.id) FROM tokens";

fn row(row: &Row) -> Result<TokenRow, StoreError> {
    let scopes: String = row.get(2)?;
    Ok(TokenRow {
        id: row.get(0)?,
        user_id: row.get(1)?,
        scopes: scopes.split_whitespace().map(str::to_owned).collect(),
        project: row.get(3)?,
        packages: sql::count(row.get(8)?),
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
    /// What the token is for now: projects whose trusted publisher was removed meanwhile are not among them.
    pub grants: Vec<Grant>,
}

/// One project that a program's token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The project's package.
    pub package: Package,
    /// Who named the trusted publisher there, and answers for what is handed in: the member's row number.
    pub user_id: i64,
}

/// The program behind a token; none where a member made it.
pub async fn program(reads: &impl Reads, token_id: i64) -> Result<Option<Program>, StoreError> {
    let sql = "SELECT subject FROM publisher_tokens WHERE token_id = $1";
    let Some(found) = reads.handle().one(sql, values![token_id]).await? else { return Ok(None) };
    let sql = "SELECT k.ecosystem, k.name, t.added_by FROM token_projects g JOIN trusted_publishers t ON t.id = g.publisher_id \
               JOIN projects p ON p.id = g.project_id JOIN packages k ON k.id = p.package_id \
               WHERE g.token_id = $1 AND t.removed_at IS NULL ORDER BY k.ecosystem, k.name LIMIT $2";
    let rows = reads.handle().all(sql, values![token_id, sql::int(TOKEN_PROJECTS_MAX)]).await?;
    let grant = |row: &Row| Ok(Grant { package: row.package(0, 1)?, user_id: row.get(2)? });
    Ok(Some(Program { subject: found.get(0)?, grants: rows.iter().map(grant).collect::<Result<_, StoreError>>()? }))
}

/// Whether a token was taken back.
pub async fn is_revoked(reads: &impl Reads, id: i64) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM tokens WHERE id = $1 AND revoked_at IS NULL";
    Ok(reads.handle().one(sql, values![id]).await?.is_none())
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
