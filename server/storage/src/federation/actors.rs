//! Actors of other servers as last fetched.

use serde_json::Value;
use vetmoot_domain::Timestamp;

use super::hosts;
use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// An actor as fetched.
#[derive(Debug, Clone, PartialEq)]
pub struct NewActor {
    /// Its address.
    pub uri: String,
    /// Scheme, host and port of its address.
    pub origin: String,
    /// `Person`, `Group`, `Organization`, `Application` or `Service`.
    pub kind: String,
    /// `name@host`.
    pub handle: String,
    /// Whether WebFinger confirmed the handle; else it is that of the address.
    pub confirmed: bool,
    /// What it calls itself.
    pub name: String,
    /// Where it receives.
    pub inbox: String,
    /// Where its server receives for everybody.
    pub shared_inbox: Option<String>,
    /// Where it says it moved.
    pub moved_to: Option<String>,
    /// The document.
    pub document: Value,
}

/// An actor of another server.
#[derive(Debug, Clone, PartialEq)]
pub struct ActorRow {
    /// The row.
    pub id: i64,
    /// The row of its host.
    pub host_id: i64,
    /// Its address.
    pub uri: String,
    /// `Person`, `Group`, `Organization`, `Application` or `Service`.
    pub kind: String,
    /// `name@host`.
    pub handle: String,
    /// What it calls itself.
    pub name: String,
    /// Where it receives.
    pub inbox: String,
    /// Where its server receives for everybody.
    pub shared_inbox: Option<String>,
    /// The document as fetched.
    pub document: Value,
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// When its server said that it is gone.
    pub gone_at: Option<Timestamp>,
    /// Where it says it moved.
    pub moved_to: Option<String>,
}

const TABLE: &str = "actors";
const SELECT: &str = "SELECT id, host_id, uri, kind, handle, name, inbox, shared_inbox, document, fetched_at, gone_at, moved_to \
    FROM actors";

fn row(row: &Row) -> Result<ActorRow, StoreError> {
    Ok(ActorRow {
        id: row.get(0)?,
        host_id: row.get(1)?,
        uri: row.get(2)?,
        kind: row.get(3)?,
        handle: row.get(4)?,
        name: row.get(5)?,
        inbox: row.get(6)?,
        shared_inbox: row.get(7)?,
        document: row.json(TABLE, 8)?,
        fetched_at: row.moment(9)?,
        gone_at: row.moment_if(10)?,
        moved_to: row.get(11)?,
    })
}

/// The actor at this address.
pub async fn by_uri(reads: &impl Reads, uri: &str) -> Result<Option<ActorRow>, StoreError> {
    let found = reads.handle().one(&format!("{SELECT} WHERE uri = $1"), values![uri]).await?;
    found.as_ref().map(row).transpose()
}

/// The actor of this row.
pub async fn by_id(reads: &impl Reads, id: i64) -> Result<Option<ActorRow>, StoreError> {
    let found = reads.handle().one(&format!("{SELECT} WHERE id = $1"), values![id]).await?;
    found.as_ref().map(row).transpose()
}

/// Writes an actor down as it was fetched now; what had been gone is there again. Answers its row.
pub async fn upsert(tx: &Tx, actor: &NewActor, now: Timestamp) -> Result<i64, StoreError> {
    let host = hosts::ensure(tx, &actor.origin, now).await?;
    let sql = "INSERT INTO actors (uri, host_id, kind, handle, name, inbox, shared_inbox, document, fetched_at, moved_to) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (uri) DO UPDATE SET kind = excluded.kind, \
        handle = excluded.handle, name = excluded.name, inbox = excluded.inbox, shared_inbox = excluded.shared_inbox, \
        document = excluded.document, fetched_at = excluded.fetched_at, moved_to = excluded.moved_to, gone_at = NULL \
        RETURNING id";
    let values = values![
        actor.uri.clone(),
        host,
        actor.kind.clone(),
        actor.handle.clone(),
        actor.name.clone(),
        actor.inbox.clone(),
        actor.shared_inbox.clone(),
        sql::json(TABLE, &actor.document)?,
        now.millis(),
        actor.moved_to.clone(),
    ];
    tx.one(sql, values).await?.ok_or_else(|| StoreError::missing("actor"))?.get(0)
}

/// Notes that its server says an actor is gone; true when it had not been known.
pub async fn mark_gone(tx: &Tx, uri: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE actors SET gone_at = $1 WHERE uri = $2 AND gone_at IS NULL";
    Ok(tx.run(sql, values![now.millis(), uri]).await? > 0)
}
