//! One-time sign-in links: only the hash of their secret is kept, and using one removes it.

use vetmoot_domain::Timestamp;

use crate::error::StoreError;
use crate::reads::Tx;
use crate::sql::values;

/// Keeps a link for a member under the hash of its secret; it can be used once, before it expires.
pub async fn create(tx: &Tx, user_id: i64, hash: &[u8; 32], now: Timestamp, expires_at: Timestamp) -> Result<(), StoreError> {
    // Links nobody used are swept whenever a new one is made.
    tx.run("DELETE FROM sign_in_links WHERE expires_at <= $1", values![now.millis()]).await?;
    let sql = "INSERT INTO sign_in_links (hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    tx.run(sql, values![hash.to_vec(), user_id, now.millis(), expires_at.millis()]).await?;
    Ok(())
}

/// Uses a link up; answers the row number of the member it was for, or none when there is no such link or it has expired.
pub async fn consume(tx: &Tx, hash: &[u8; 32], now: Timestamp) -> Result<Option<i64>, StoreError> {
    let sql = "DELETE FROM sign_in_links WHERE hash = $1 RETURNING user_id, expires_at";
    let Some(row) = tx.one(sql, values![hash.to_vec()]).await? else { return Ok(None) };
    if row.moment(1)? <= now {
        return Ok(None);
    }
    Ok(Some(row.get(0)?))
}
