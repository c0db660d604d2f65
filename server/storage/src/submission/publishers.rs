//! Trusted publishers: programs whose OpenID Connect identity stands in for a stored secret.

use std::collections::BTreeMap;

use vetmoot_domain::{Package, Timestamp, UserName};

use crate::error::StoreError;
use crate::limits::PUBLISHERS_OF_ISSUER_MAX;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// A trusted publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublisherRow {
    /// The row's number.
    pub id: i64,
    /// The project it may hand in releases of.
    pub project_id: i64,
    /// That project's package.
    pub package: Package,
    /// Who vouches for its identity, as tokens say it in `iss`.
    pub issuer: String,
    /// The claims a token has to carry, each with its exact value.
    pub claims: BTreeMap<String, String>,
    /// Who named it, and answers for what it uploads: the member's row number.
    pub added_by: i64,
    /// Their name.
    pub added_by_name: UserName,
    /// When it was named.
    pub added_at: Timestamp,
}

/// A publisher to be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPublisher {
    /// The project.
    pub project_id: i64,
    /// Who vouches for its identity.
    pub issuer: String,
    /// The claims a token has to carry.
    pub claims: BTreeMap<String, String>,
    /// Who names it: a member's row number.
    pub added_by: i64,
}

const SELECT: &str = "SELECT t.id, t.project_id, k.ecosystem, k.name, t.issuer, t.claims, t.added_by, u.name, t.added_at \
     FROM trusted_publishers t JOIN projects p ON p.id = t.project_id JOIN packages k ON k.id = p.package_id \
     JOIN users u ON u.id = t.added_by WHERE t.removed_at IS NULL";

fn row(row: &Row) -> Result<PublisherRow, StoreError> {
    Ok(PublisherRow {
        id: row.get(0)?,
        project_id: row.get(1)?,
        package: row.package(2, 3)?,
        issuer: row.get(4)?,
        claims: row.json("trusted_publishers", 5)?,
        added_by: row.get(6)?,
        added_by_name: row.word("users", 7)?,
        added_at: row.moment(8)?,
    })
}

/// Names a publisher; answers its row number.
pub async fn add(tx: &Tx, new: &NewPublisher, now: Timestamp) -> Result<i64, StoreError> {
    let sql = "INSERT INTO trusted_publishers (project_id, issuer, claims, added_by, added_at) \
               VALUES ($1, $2, $3, $4, $5) RETURNING id";
    let claims = sql::json("trusted_publishers", &new.claims)?;
    let values = values![new.project_id, new.issuer.clone(), claims, new.added_by, now.millis()];
    tx.one(sql, values).await?.ok_or_else(|| StoreError::missing("trusted publisher"))?.get(0)
}

/// The publishers of a project, oldest first.
pub async fn of_project(reads: &impl Reads, project_id: i64) -> Result<Vec<PublisherRow>, StoreError> {
    let sql = format!("{SELECT} AND t.project_id = $1 ORDER BY t.id LIMIT $2");
    reads.handle().all(&sql, values![project_id, sql::page(u64::MAX)]).await?.iter().map(row).collect()
}

/// The publishers an issuer vouches for, oldest first; at most [`PUBLISHERS_OF_ISSUER_MAX`].
pub async fn of_issuer(reads: &impl Reads, issuer: &str) -> Result<Vec<PublisherRow>, StoreError> {
    let sql = format!("{SELECT} AND t.issuer = $1 ORDER BY t.id LIMIT $2");
    let values = values![issuer, sql::int(PUBLISHERS_OF_ISSUER_MAX)];
    reads.handle().all(&sql, values).await?.iter().map(row).collect()
}

/// Takes a publisher's name off a project; false when it is not there. Its tokens are for that project no longer, and end
/// where they were for no other.
pub async fn remove(tx: &Tx, project_id: i64, id: i64, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE trusted_publishers SET removed_at = $1 WHERE id = $2 AND project_id = $3 AND removed_at IS NULL";
    if tx.run(sql, values![now.millis(), id, project_id]).await? == 0 {
        return Ok(false);
    }
    let sql = "UPDATE tokens SET revoked_at = $1 WHERE revoked_at IS NULL \
               AND id IN (SELECT token_id FROM token_projects WHERE publisher_id = $2) \
               AND NOT EXISTS (SELECT 1 FROM token_projects o JOIN trusted_publishers t ON t.id = o.publisher_id \
                               WHERE o.token_id = tokens.id AND t.removed_at IS NULL)";
    tx.run(sql, values![now.millis(), id]).await?;
    Ok(true)
}

/// Notes that a token was made for publishers, each of another project; `subject` is whom their identity named. Answers how
/// many of them are still trusted: for the others it is not.
pub async fn token_made(tx: &Tx, token_id: i64, publishers: &[i64], subject: &str) -> Result<usize, StoreError> {
    let mut trusted = 0;
    for id in publishers {
        let sql = "INSERT INTO token_projects (token_id, project_id, publisher_id) \
                   SELECT CAST($1 AS BIGINT), project_id, id FROM trusted_publishers WHERE id = $2 AND removed_at IS NULL";
        if tx.run(sql, values![token_id, *id]).await? > 0 {
            if trusted == 0 {
                let sql = "INSERT INTO publisher_tokens (token_id, publisher_id, subject) VALUES ($1, $2, $3)";
                tx.run(sql, values![token_id, *id, subject]).await?;
            }
            trusted += 1;
        }
    }
    Ok(trusted)
}

/// Notes that an identity was used, until it ends by itself; false when it was used before. What ended is forgotten.
pub async fn first_use(tx: &Tx, hash: &[u8; 32], expires_at: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
    tx.run("DELETE FROM oidc_seen WHERE expires_at < $1", values![now.millis()]).await?;
    let sql = "INSERT INTO oidc_seen (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";
    Ok(tx.run(sql, values![hash.to_vec(), expires_at.millis()]).await? > 0)
}
