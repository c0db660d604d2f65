//! Sessions of browsers: only the hash of their secret is kept.

use vetmoot_domain::Timestamp;

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::values;

/// A session that has not expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Whose it is: a member's row number.
    pub user_id: i64,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, as far as that was written down.
    pub seen_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Begins a session of a member under the hash of its secret.
pub async fn create(tx: &Tx, user_id: i64, hash: &[u8; 32], now: Timestamp, expires_at: Timestamp) -> Result<(), StoreError> {
    // Sessions nobody ended are swept whenever a new one begins.
    tx.run("DELETE FROM sessions WHERE expires_at <= $1", values![now.millis()]).await?;
    let sql = "INSERT INTO sessions (hash, user_id, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $3, $4)";
    tx.run(sql, values![hash.to_vec(), user_id, now.millis(), expires_at.millis()]).await?;
    Ok(())
}

/// The session with this hash, unless it has expired.
pub async fn get(reads: &impl Reads, hash: &[u8; 32], now: Timestamp) -> Result<Option<SessionRow>, StoreError> {
    let sql = "SELECT created_at, seen_at, expires_at, user_id FROM sessions WHERE hash = $1 AND expires_at > $2";
    let Some(row) = reads.handle().one(sql, values![hash.to_vec(), now.millis()]).await? else { return Ok(None) };
    Ok(Some(SessionRow {
        user_id: row.get(3)?,
        created_at: row.moment(0)?,
        seen_at: row.moment(1)?,
        expires_at: row.moment(2)?,
    }))
}

/// Notes that a session was used, and moves its end.
pub async fn touch(tx: &Tx, hash: &[u8; 32], now: Timestamp, expires_at: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE sessions SET seen_at = $1, expires_at = $2 WHERE hash = $3";
    tx.run(sql, values![now.millis(), expires_at.millis(), hash.to_vec()]).await?;
    Ok(())
}

/// Ends a session.
pub async fn delete(tx: &Tx, hash: &[u8; 32]) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM sessions WHERE hash = $1", values![hash.to_vec()]).await? > 0)
}

/// Ends every session of a member; answers how many there were.
pub async fn delete_all(tx: &Tx, user_id: i64) -> Result<u64, StoreError> {
    tx.run("DELETE FROM sessions WHERE user_id = $1", values![user_id]).await
}
