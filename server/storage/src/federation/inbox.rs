//! What other servers said, durable from the moment it was acknowledged.

use vetmoot_domain::Timestamp;

use crate::error::StoreError;
use crate::limits::BULK_ROWS_MAX;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// An activity whose signature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// The activity's id.
    pub uri: String,
    /// SHA-256 of the body as it came.
    pub digest: [u8; 32],
    /// Scheme, host and port of who signed.
    pub origin: String,
    /// Who signed.
    pub actor: String,
    /// The activity's type.
    pub kind: String,
    /// The body as it came.
    pub body: String,
    /// 0 passes everything else; 1 is usual.
    pub lane: i64,
}

/// An item that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRow {
    /// The row.
    pub id: i64,
    /// The activity's id.
    pub uri: String,
    /// Scheme, host and port of who signed.
    pub origin: String,
    /// Who signed.
    pub actor: String,
    /// The activity's type.
    pub kind: String,
    /// The body as it came.
    pub body: String,
    /// 0 passes everything else; 1 is usual.
    pub lane: i64,
    /// How often it was tried.
    pub tries: u32,
}

/// An item that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoisonRow {
    /// The row.
    pub id: i64,
    /// The activity's id.
    pub uri: String,
    /// Who signed.
    pub actor: String,
    /// The activity's type.
    pub kind: String,
    /// Why, as of the last try.
    pub detail: Option<String>,
    /// How often it was tried.
    pub tries: u32,
    /// When it came.
    pub received_at: Timestamp,
}

/// How many items are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Items that wait, those that are tried again later included.
    pub waiting: u64,
    /// Items that were given up.
    pub poison: u64,
}

/// What is written down of an item that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It is done: the outcome's word and a detail. Its body goes.
    Done(&'static str, Option<String>),
    /// It is tried again at this moment; why.
    Again(Timestamp, String),
    /// It is given up and kept for somebody to look at; why.
    Poison(String),
}

const WIDTH: usize = 11;

/// Takes items in; one that is there already (the same activity with the same bytes) is passed over. Answers how many
/// were new.
pub async fn insert(tx: &Tx, items: &[&NewItem], now: Timestamp) -> Result<u64, StoreError> {
    let mut new = 0;
    for chunk in items.chunks(BULK_ROWS_MAX) {
        let mut all = Vec::with_capacity(chunk.len() * WIDTH);
        for item in chunk {
            all.extend(values![
                item.uri.clone(),
                item.digest.to_vec(),
                item.origin.clone(),
                item.actor.clone(),
                item.kind.clone(),
                item.body.clone(),
                item.lane,
                "new",
                0_i64,
                now.millis(),
                now.millis(),
            ]);
        }
        let sql = format!(
            "INSERT INTO inbox (activity_uri, digest, origin, actor_uri, kind, body, lane, state, tries, next_at, received_at) \
             VALUES {} ON CONFLICT (activity_uri, digest) DO NOTHING",
            sql::rows(chunk.len(), WIDTH)
        );
        new += tx.run(&sql, all).await?;
    }
    Ok(new)
}

/// Whether an activity with these bytes came before.
pub async fn seen(reads: &impl Reads, uri: &str, digest: &[u8; 32]) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM inbox WHERE activity_uri = $1 AND digest = $2";
    Ok(reads.handle().one(sql, values![uri, digest.to_vec()]).await?.is_some())
}

/// The origins something waits from that come after `after`, in order: one step of the index each, however much waits.
pub async fn waiting_origins(reads: &impl Reads, after: &str, limit: u64) -> Result<Vec<String>, StoreError> {
    let sql = "WITH RECURSIVE known(origin) AS ( \
        SELECT MIN(origin) FROM inbox WHERE state = 'new' AND origin > $1 \
        UNION ALL SELECT (SELECT MIN(i.origin) FROM inbox i WHERE i.state = 'new' AND i.origin > known.origin) \
        FROM known WHERE known.origin IS NOT NULL) SELECT origin FROM known WHERE origin IS NOT NULL LIMIT $2";
    let rows = reads.handle().all(sql, values![after, sql::page(limit)]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// What is due from an origin: what passes everything first, then what waits longest.
pub async fn due(reads: &impl Reads, origin: &str, now: Timestamp, limit: u64) -> Result<Vec<WaitingRow>, StoreError> {
    let sql = "SELECT id, activity_uri, origin, actor_uri, kind, body, lane, tries FROM inbox \
        WHERE state = 'new' AND origin = $1 AND next_at <= $2 ORDER BY lane, next_at, id LIMIT $3";
    let rows = reads.handle().all(sql, values![origin, now.millis(), sql::page(limit)]).await?;
    rows.iter().map(waiting).collect()
}

fn waiting(row: &Row) -> Result<WaitingRow, StoreError> {
    Ok(WaitingRow {
        id: row.get(0)?,
        uri: row.get(1)?,
        origin: row.get(2)?,
        actor: row.get(3)?,
        kind: row.get(4)?,
        body: row.get::<Option<String>>(5)?.unwrap_or_default(),
        lane: row.get(6)?,
        tries: tries(row, 7)?,
    })
}

fn tries(row: &Row, column: usize) -> Result<u32, StoreError> {
    Ok(u32::try_from(row.get::<i64>(column)?).unwrap_or(u32::MAX))
}

/// Writes down what became of an item that was tried; one that is no longer waiting stays as it is.
pub async fn settle(tx: &Tx, id: i64, settled: &Settled, now: Timestamp) -> Result<(), StoreError> {
    let (sql, values) = match settled {
        Settled::Done(outcome, detail) => (
            "UPDATE inbox SET state = 'done', outcome = $1, detail = $2, body = NULL, done_at = $3, tries = tries + 1 \
             WHERE id = $4 AND state = 'new'",
            values![*outcome, detail.clone(), now.millis(), id],
        ),
        Settled::Again(at, why) => (
            "UPDATE inbox SET outcome = 'retry', detail = $1, next_at = $2, tries = tries + 1 WHERE id = $3 AND state = 'new'",
            values![why.clone(), at.millis(), id],
        ),
        Settled::Poison(why) => (
            "UPDATE inbox SET state = 'poison', outcome = 'retry', detail = $1, done_at = $2, tries = tries + 1 \
             WHERE id = $3 AND state = 'new'",
            values![why.clone(), now.millis(), id],
        ),
    };
    tx.run(sql, values).await.map(|_| ())
}

/// How many items wait, and how many were given up.
pub async fn counts(reads: &impl Reads) -> Result<Counts, StoreError> {
    let sql = "SELECT (SELECT COUNT(*) FROM inbox WHERE state = 'new'), (SELECT COUNT(*) FROM inbox WHERE state = 'poison')";
    let row = reads.handle().one(sql, Vec::new()).await?.ok_or_else(|| StoreError::missing("count"))?;
    Ok(Counts { waiting: sql::count(row.get(0)?), poison: sql::count(row.get(1)?) })
}

/// Items that were given up, newest first.
pub async fn poisoned(reads: &impl Reads, limit: u64) -> Result<Vec<PoisonRow>, StoreError> {
    let sql = "SELECT id, activity_uri, actor_uri, kind, detail, tries, received_at FROM inbox WHERE state = 'poison' \
        ORDER BY id DESC LIMIT $1";
    let rows = reads.handle().all(sql, values![sql::page(limit)]).await?;
    let read = |row: &Row| {
        Ok(PoisonRow {
            id: row.get(0)?,
            uri: row.get(1)?,
            actor: row.get(2)?,
            kind: row.get(3)?,
            detail: row.get(4)?,
            tries: tries(row, 5)?,
            received_at: row.moment(6)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Lets one item that was given up, or all of them, begin anew; answers how many.
pub async fn replay(tx: &Tx, id: Option<i64>, now: Timestamp) -> Result<u64, StoreError> {
    let renewed = "UPDATE inbox SET state = 'new', outcome = NULL, detail = NULL, tries = 0, done_at = NULL, next_at = $1 \
        WHERE state = 'poison'";
    match id {
        Some(id) => tx.run(&format!("{renewed} AND id = $2"), values![now.millis(), id]).await,
        None => tx.run(renewed, values![now.millis()]).await,
    }
}

/// Forgets items that were done before a moment, a bounded number at a time; answers how many.
pub async fn prune(tx: &Tx, before: Timestamp, limit: u64) -> Result<u64, StoreError> {
    let sql = "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE state = 'done' AND done_at < $1 \
        ORDER BY done_at LIMIT $2)";
    tx.run(sql, values![before.millis(), sql::page(limit)]).await
}
