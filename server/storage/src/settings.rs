//! Settings the instance keeps for itself, its domain and its birthday among them.

use vetmoot_domain::Timestamp;

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, values};

const DOMAIN: &str = "domain";
const CREATED_AT: &str = "created_at";

/// The value kept under this name.
pub async fn get(reads: &impl Reads, name: &str) -> Result<Option<String>, StoreError> {
    let found = reads.handle().one("SELECT value FROM settings WHERE name = $1", values![name]).await?;
    found.map(|row| row.get(0)).transpose()
}

/// Keeps a value under this name, in place of the one before.
pub async fn set(tx: &Tx, name: &str, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.run(sql, values![name, value]).await?;
    Ok(())
}

/// The instance's domain; none while it is a trial.
pub async fn domain(reads: &impl Reads) -> Result<Option<String>, StoreError> {
    get(reads, DOMAIN).await
}

/// Sets the domain, once and for ever; answers whether it is new. Setting the same again is no error.
pub async fn set_domain(tx: &Tx, domain: &str) -> Result<bool, StoreError> {
    match self::domain(tx).await? {
        Some(current) if current == domain => Ok(false),
        Some(current) => Err(StoreError::DomainIsSet { current }),
        None => set(tx, DOMAIN, domain).await.map(|()| true),
    }
}

/// When the instance was founded; none before [`found`].
pub async fn created_at(reads: &impl Reads) -> Result<Option<Timestamp>, StoreError> {
    let text = get(reads, CREATED_AT).await?;
    text.map(|text| sql::read_word("settings", &text)).transpose()
}

/// Writes the instance's birthday down, at its first start; answers whether this was it.
pub async fn found(tx: &Tx, now: Timestamp) -> Result<bool, StoreError> {
    if created_at(tx).await?.is_some() {
        return Ok(false);
    }
    set(tx, CREATED_AT, &now.to_string()).await.map(|()| true)
}
