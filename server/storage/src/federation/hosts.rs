//! Other servers, one row an origin: what they run, how they are doing, and when something may be sent to them.

use vetmoot_domain::Timestamp;

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// How a host takes what is sent to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostState {
    /// It took the last message, or was never sent one.
    Ok,
    /// It failed since it last took a message.
    Slow,
    /// It failed for days: its queue waits, and it is probed now and then.
    Dead,
}

impl HostState {
    /// The word rows and answers keep.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Slow => "slow",
            Self::Dead => "dead",
        }
    }
    fn read(text: &str) -> Result<Self, StoreError> {
        match text {
            "ok" => Ok(Self::Ok),
            "slow" => Ok(Self::Slow),
            "dead" => Ok(Self::Dead),
            other => Err(StoreError::unreadable(TABLE, format!("`{other}` is no state of a host"))),
        }
    }
}

/// The signature of HTTP messages that a host takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostSignature {
    /// draft-cavage-http-signatures.
    Cavage,
    /// RFC 9421.
    Rfc9421,
}

impl HostSignature {
    /// The word rows keep.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cavage => "cavage",
            Self::Rfc9421 => "rfc9421",
        }
    }
    fn read(text: &str) -> Result<Self, StoreError> {
        match text {
            "cavage" => Ok(Self::Cavage),
            "rfc9421" => Ok(Self::Rfc9421),
            other => Err(StoreError::unreadable(TABLE, format!("`{other}` is no signature"))),
        }
    }
}

/// Another server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRow {
    /// The row's number.
    pub id: i64,
    /// Scheme, host and port, as in `https://vet.example.org`.
    pub origin: String,
    /// What it says that it runs: name and version.
    pub software: Option<String>,
    /// The signature it takes, once known.
    pub signature: Option<HostSignature>,
    /// How it takes what is sent to it.
    pub state: HostState,
    /// Failures since the last success.
    pub failures: i64,
    /// When they began.
    pub failing_since: Option<Timestamp>,
    /// Nothing is sent before.
    pub next_try_at: Option<Timestamp>,
    /// Whether an operator keeps its queue waiting.
    pub paused: bool,
    /// When it last sent something that was accepted.
    pub last_in_at: Option<Timestamp>,
    /// When it last took something.
    pub last_out_at: Option<Timestamp>,
    /// Why it last failed; gone once it takes something.
    pub last_error: Option<String>,
    /// When it was last asked what it runs.
    pub nodeinfo_at: Option<Timestamp>,
    /// When it was first heard of.
    pub created_at: Timestamp,
}

const TABLE: &str = "hosts";
/// Columns of a host, under the alias `h`.
pub(super) const COLUMNS: &str = "h.id, h.origin, h.software, h.signature, h.state, h.failures, h.failing_since, \
                                  h.next_try_at, h.paused, h.last_in_at, h.last_out_at, h.last_error, h.nodeinfo_at, h.created_at";
/// How many columns those are.
pub(super) const WIDTH: usize = 14;

/// Reads a host out of a row that begins with [`COLUMNS`].
pub(super) fn read(row: &Row) -> Result<HostRow, StoreError> {
    Ok(HostRow {
        id: row.get(0)?,
        origin: row.get(1)?,
        software: row.get(2)?,
        signature: row.get::<Option<String>>(3)?.as_deref().map(HostSignature::read).transpose()?,
        state: HostState::read(&row.get::<String>(4)?)?,
        failures: row.get(5)?,
        failing_since: row.moment_if(6)?,
        next_try_at: row.moment_if(7)?,
        paused: row.get::<i64>(8)? != 0,
        last_in_at: row.moment_if(9)?,
        last_out_at: row.moment_if(10)?,
        last_error: row.get(11)?,
        nodeinfo_at: row.moment_if(12)?,
        created_at: row.moment(13)?,
    })
}

/// The row of an origin, made when it is new.
pub async fn ensure(tx: &Tx, origin: &str, now: Timestamp) -> Result<i64, StoreError> {
    if let Some(known) = tx.one("SELECT id FROM hosts WHERE origin = $1", values![origin]).await? {
        return known.get(0);
    }
    let sql = "INSERT INTO hosts (origin, state, failures, paused, created_at) VALUES ($1, 'ok', 0, 0, $2) RETURNING id";
    tx.one(sql, values![origin, now.millis()]).await?.ok_or_else(|| StoreError::missing("host"))?.get(0)
}

/// The host of this row.
pub async fn by_id(reads: &impl Reads, id: i64) -> Result<Option<HostRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM hosts h WHERE h.id = $1");
    reads.handle().one(&sql, values![id]).await?.as_ref().map(read).transpose()
}

/// The host of this origin.
pub async fn by_origin(reads: &impl Reads, origin: &str) -> Result<Option<HostRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM hosts h WHERE h.origin = $1");
    reads.handle().one(&sql, values![origin]).await?.as_ref().map(read).transpose()
}

/// The hosts after this row number, in the order they were heard of.
pub async fn page(reads: &impl Reads, after: i64, limit: u64) -> Result<Vec<HostRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM hosts h WHERE h.id > $1 ORDER BY h.id LIMIT $2");
    reads.handle().all(&sql, values![after, sql::page(limit)]).await?.iter().map(read).collect()
}

/// Every host, by origin.
pub async fn all(reads: &impl Reads) -> Result<Vec<HostRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM hosts h ORDER BY h.origin LIMIT $1");
    reads.handle().all(&sql, values![sql::page(u64::MAX)]).await?.iter().map(read).collect()
}

/// How long a host has to have been silent for its next message to be a sign of life that ends a pause between tries.
const SILENCE_MS: i64 = 60_000;

/// Writes down that something arrived from a host: a dead one is tried again at once, a failing one too unless it was
/// heard of only just now.
pub async fn note_in(tx: &Tx, id: i64, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE hosts SET last_in_at = $1, \
                 next_try_at = CASE WHEN state = 'dead' OR (failures > 0 AND COALESCE(last_in_at, 0) < $2) \
                   THEN NULL ELSE next_try_at END, \
                 failing_since = CASE WHEN state = 'dead' THEN $1 ELSE failing_since END, \
                 state = CASE WHEN state = 'dead' THEN 'slow' ELSE state END \
               WHERE id = $3";
    tx.run(sql, values![now.millis(), now.millis().saturating_sub(SILENCE_MS), id]).await?;
    Ok(())
}

/// Writes down that these hosts took something: whatever failed before is forgotten.
pub async fn note_out(tx: &Tx, ids: &[i64], now: Timestamp) -> Result<(), StoreError> {
    for ids in ids.chunks(crate::limits::BULK_ROWS_MAX) {
        let sql = format!(
            "UPDATE hosts SET last_out_at = $1, state = 'ok', failures = 0, failing_since = NULL, next_try_at = NULL, \
             last_error = NULL WHERE id IN ({})",
            sql::list(2, ids.len())
        );
        let mut values = values![now.millis()];
        values.extend(ids.iter().map(|id| sea_orm::Value::from(*id)));
        tx.run(&sql, values).await?;
    }
    Ok(())
}

/// What a failure leaves on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure<'a> {
    /// How it is from now on.
    pub state: HostState,
    /// Failures since the last success, this one included.
    pub failures: i64,
    /// When they began; none when it only asked for patience.
    pub failing_since: Option<Timestamp>,
    /// Nothing is sent before.
    pub next_try_at: Timestamp,
    /// Why.
    pub error: &'a str,
}

/// Writes a failure of a host down.
pub async fn failed(tx: &Tx, id: i64, failure: &Failure<'_>) -> Result<(), StoreError> {
    let sql = "UPDATE hosts SET state = $1, failures = $2, failing_since = $3, next_try_at = $4, last_error = $5 WHERE id = $6";
    let values = values![
        failure.state.as_str(),
        failure.failures,
        sql::ms(failure.failing_since),
        failure.next_try_at.millis(),
        failure.error,
        id
    ];
    tx.run(sql, values).await?;
    Ok(())
}

/// Forgets a host's failures: what waits for it is due as far as the host is concerned.
pub async fn revive(tx: &Tx, id: i64) -> Result<(), StoreError> {
    let sql = "UPDATE hosts SET state = 'ok', failures = 0, failing_since = NULL, next_try_at = NULL, last_error = NULL \
               WHERE id = $1";
    tx.run(sql, values![id]).await?;
    Ok(())
}

/// Makes a host be tried again at once, without believing that it is well.
pub async fn try_now(tx: &Tx, id: i64) -> Result<(), StoreError> {
    tx.run("UPDATE hosts SET next_try_at = NULL WHERE id = $1", values![id]).await?;
    Ok(())
}

/// Keeps a host's queue waiting, or lets it go on; answers whether that is news.
pub async fn set_paused(tx: &Tx, id: i64, paused: bool) -> Result<bool, StoreError> {
    let wanted = i64::from(paused);
    Ok(tx.run("UPDATE hosts SET paused = $1 WHERE id = $2 AND paused <> $1", values![wanted, id]).await? > 0)
}

/// Writes down which signature a host takes.
pub async fn set_signature(tx: &Tx, id: i64, signature: HostSignature) -> Result<(), StoreError> {
    tx.run("UPDATE hosts SET signature = $1 WHERE id = $2", values![signature.as_str(), id]).await?;
    Ok(())
}

/// Writes down what a host runs, and that it was asked; what it did not say stays as it was.
pub async fn set_software(tx: &Tx, id: i64, software: Option<&str>, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE hosts SET software = COALESCE($1, software), nodeinfo_at = $2 WHERE id = $3";
    tx.run(sql, values![software, now.millis(), id]).await?;
    Ok(())
}

/// Hosts that were not asked what they run since this moment, those never asked first.
pub async fn unasked(reads: &impl Reads, since: Timestamp, limit: u64) -> Result<Vec<HostRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM hosts h WHERE (h.nodeinfo_at IS NULL OR h.nodeinfo_at < $1) AND h.state = 'ok' \
         ORDER BY COALESCE(h.nodeinfo_at, 0), h.id LIMIT $2"
    );
    reads.handle().all(&sql, values![since.millis(), sql::page(limit)]).await?.iter().map(read).collect()
}
