//! What waits to be sent and what became of it: one row for each activity and inbox, which is also the ledger.

use vetmoot_domain::Timestamp;

use super::hosts::{self, HostRow};
use crate::error::StoreError;
use crate::limits::BULK_ROWS_MAX;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// What a delivery to be made has in common with its siblings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addressed<'a> {
    /// The activity's number.
    pub activity_seq: i64,
    /// 0 passes everything else; 1 is usual.
    pub lane: i64,
    /// When it may leave.
    pub now: Timestamp,
    /// Our own origin, to which nothing is sent.
    pub own_origin: &'a str,
    /// Whether actors that were blocked one by one get nothing.
    pub heeds_blocks: bool,
}

/// A delivery that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The row's number.
    pub id: i64,
    /// The activity's number.
    pub activity_seq: i64,
    /// The row of the host.
    pub host_id: i64,
    /// Where it goes.
    pub inbox: String,
    /// How often it was tried.
    pub tries: i64,
}

/// A host that something is due for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueHost {
    /// The host.
    pub host: HostRow,
    /// The delivery that comes first.
    pub first: i64,
    /// Whether another one is due.
    pub more: bool,
}

/// A row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// The origin of the host.
    pub origin: String,
    /// Where it goes.
    pub inbox: String,
    /// `queued`, `retry`, `sent` or `gone`.
    pub state: String,
    /// How often it was tried.
    pub tries: i64,
    /// What last went wrong.
    pub last_error: Option<String>,
    /// When it is tried next, the pauses of its host included; none when it is not.
    pub next_at: Option<Timestamp>,
    /// When it was taken.
    pub sent_at: Option<Timestamp>,
}

/// Deliveries that wait. It is the text of the index's own condition, so that the index serves every question here.
const WAITS: &str = "state IN ('queued', 'retry')";
/// Actors something may be sent to, under the alias `a`: neither gone nor ours.
const REACHABLE: &str = "a.gone_at IS NULL AND a.host_id NOT IN (SELECT id FROM hosts WHERE origin = $4)";
/// Actors that were not blocked one by one.
const NOT_BLOCKED: &str = "AND a.uri NOT IN (SELECT subject FROM moderation WHERE verdict = 'block')";

/// Queues an activity for everybody who follows an actor of ours, by shared inboxes where there are any; an inbox that
/// has it is left alone. Hosts in `barred` get nothing. One statement, however many follow. Answers how many inboxes.
pub async fn to_followers(tx: &Tx, what: &Addressed<'_>, local: &str, barred: &[i64]) -> Result<u64, StoreError> {
    // Numbers of rows, written out: there may be more of them than a statement has places for values.
    let barred = match barred {
        [] => String::new(),
        ids => {
            let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
            format!("AND a.host_id NOT IN ({})", ids.join(","))
        }
    };
    let blocked = if what.heeds_blocks { NOT_BLOCKED } else { "" };
    let sql = format!(
        "INSERT INTO deliveries (activity_seq, host_id, inbox, lane, state, tries, next_at) \
         SELECT DISTINCT $1, a.host_id, COALESCE(a.shared_inbox, a.inbox), $2, 'queued', 0, $3 \
         FROM followers f JOIN actors a ON a.id = f.actor_id WHERE f.local = $5 AND {REACHABLE} {blocked} {barred} \
         ON CONFLICT (activity_seq, inbox) DO NOTHING"
    );
    tx.run(&sql, values![what.activity_seq, what.lane, what.now.millis(), what.own_origin, local]).await
}

/// Queues an activity for one actor, by its own inbox or by its server's `shared` one; answers how many inboxes.
pub async fn to_actor(tx: &Tx, what: &Addressed<'_>, actor_id: i64, shared: bool) -> Result<u64, StoreError> {
    let inbox = if shared { "COALESCE(a.shared_inbox, a.inbox)" } else { "a.inbox" };
    let sql = format!(
        "INSERT INTO deliveries (activity_seq, host_id, inbox, lane, state, tries, next_at) \
         SELECT $1, a.host_id, {inbox}, $2, 'queued', 0, $3 FROM actors a WHERE a.id = $5 AND {REACHABLE} \
         ON CONFLICT (activity_seq, inbox) DO NOTHING"
    );
    tx.run(&sql, values![what.activity_seq, what.lane, what.now.millis(), what.own_origin, actor_id]).await
}

/// The hosts of everybody who follows an actor of ours: row and origin.
pub async fn hosts_of_followers(reads: &impl Reads, local: &str) -> Result<Vec<(i64, String)>, StoreError> {
    let sql = "SELECT h.id, h.origin FROM hosts h WHERE h.id IN \
               (SELECT a.host_id FROM followers f JOIN actors a ON a.id = f.actor_id WHERE f.local = $1)";
    reads.handle().all(sql, values![local]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The address and the origin of an actor.
pub async fn place_of(reads: &impl Reads, actor_id: i64) -> Result<Option<(String, String)>, StoreError> {
    let sql = "SELECT a.uri, h.origin FROM actors a JOIN hosts h ON h.id = a.host_id WHERE a.id = $1";
    reads.handle().one(sql, values![actor_id]).await?.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// The hosts after this row number that something is due for, each with what comes first: by lane, then as it was queued.
/// Paused hosts and those whose next try has not come are left out. No queue is read, whatever its length.
pub async fn due_hosts(reads: &impl Reads, now: Timestamp, after: i64, limit: u64) -> Result<Vec<DueHost>, StoreError> {
    let next = format!(
        "SELECT d.id FROM deliveries d WHERE d.host_id = h.id AND d.{WAITS} AND d.next_at <= $1 \
         ORDER BY d.lane, d.next_at, d.id LIMIT 1"
    );
    let sql = format!(
        "SELECT {}, ({next}), ({next} OFFSET 1) FROM hosts h \
         WHERE h.paused = 0 AND (h.next_try_at IS NULL OR h.next_try_at <= $1) AND h.id > $2 AND EXISTS \
         (SELECT 1 FROM deliveries d WHERE d.host_id = h.id AND d.{WAITS} AND d.lane IN (0, 1) AND d.next_at <= $1) \
         ORDER BY h.id LIMIT $3",
        hosts::COLUMNS
    );
    let rows = reads.handle().all(&sql, values![now.millis(), after, sql::page(limit)]).await?;
    let mut due = Vec::with_capacity(rows.len());
    for row in &rows {
        // Between the two looks of one statement nothing changes, so there is a first one.
        let Some(first) = row.get::<Option<i64>>(hosts::WIDTH)? else { continue };
        let more = row.get::<Option<i64>>(hosts::WIDTH + 1)?.is_some();
        due.push(DueHost { host: hosts::read(row)?, first, more });
    }
    Ok(due)
}

const COLUMNS: &str = "d.id, d.activity_seq, d.host_id, d.inbox, d.tries";

fn waiting(row: &Row) -> Result<Waiting, StoreError> {
    Ok(Waiting { id: row.get(0)?, activity_seq: row.get(1)?, host_id: row.get(2)?, inbox: row.get(3)?, tries: row.get(4)? })
}

/// The deliveries of these numbers that still wait, in no order.
pub async fn by_ids(reads: &impl Reads, ids: &[i64]) -> Result<Vec<Waiting>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(BULK_ROWS_MAX) {
        let sql = format!("SELECT {COLUMNS} FROM deliveries d WHERE d.id IN ({}) AND d.{WAITS}", sql::list(1, ids.len()));
        let values = ids.iter().map(|id| sea_orm::Value::from(*id)).collect();
        for row in &reads.handle().all(&sql, values).await? {
            found.push(waiting(row)?);
        }
    }
    Ok(found)
}

/// What is due for one host, first things first.
pub async fn due_of(reads: &impl Reads, host_id: i64, now: Timestamp, limit: u64) -> Result<Vec<Waiting>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM deliveries d WHERE d.host_id = $1 AND d.{WAITS} AND d.next_at <= $2 \
         ORDER BY d.lane, d.next_at, d.id LIMIT $3"
    );
    reads.handle().all(&sql, values![host_id, now.millis(), sql::page(limit)]).await?.iter().map(waiting).collect()
}

/// Writes down that these were taken.
pub async fn sent(tx: &Tx, ids: &[i64], now: Timestamp) -> Result<(), StoreError> {
    for ids in ids.chunks(BULK_ROWS_MAX) {
        let sql = format!(
            "UPDATE deliveries SET state = 'sent', tries = tries + 1, sent_at = $1, last_error = NULL WHERE id IN ({}) AND {WAITS}",
            sql::list(2, ids.len())
        );
        let mut values = values![now.millis()];
        values.extend(ids.iter().map(|id| sea_orm::Value::from(*id)));
        tx.run(&sql, values).await?;
    }
    Ok(())
}

/// Writes down that one was not taken and is tried again: at `next_at`, or in its old place when its host is at fault.
pub async fn postponed(tx: &Tx, id: i64, next_at: Option<Timestamp>, error: &str) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE deliveries SET state = 'retry', tries = tries + 1, next_at = COALESCE($1, next_at), last_error = $2 \
         WHERE id = $3 AND {WAITS}"
    );
    tx.run(&sql, values![sql::ms(next_at), error, id]).await?;
    Ok(())
}

/// Writes down that one was refused for good.
pub async fn gone(tx: &Tx, id: i64, error: &str) -> Result<(), StoreError> {
    let sql = format!("UPDATE deliveries SET state = 'gone', tries = tries + 1, last_error = $1 WHERE id = $2 AND {WAITS}");
    tx.run(&sql, values![error, id]).await?;
    Ok(())
}

/// Writes down that an inbox is no more: what waits for it is gone, an actor whose own inbox it was is gone, and actors
/// that shared it are reached by their own from now on.
pub async fn inbox_gone(tx: &Tx, host_id: i64, inbox: &str, error: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = format!("UPDATE deliveries SET state = 'gone', last_error = $1 WHERE host_id = $2 AND {WAITS} AND inbox = $3");
    tx.run(&sql, values![error, host_id, inbox]).await?;
    let sql = "UPDATE actors SET gone_at = $1 WHERE host_id = $2 AND inbox = $3 AND gone_at IS NULL";
    tx.run(sql, values![now.millis(), host_id, inbox]).await?;
    tx.run("UPDATE actors SET shared_inbox = NULL WHERE host_id = $1 AND shared_inbox = $2", values![host_id, inbox]).await?;
    Ok(())
}

/// Makes everything that waits for a host due now; answers how many waited for later.
pub async fn hurry(tx: &Tx, host_id: i64, now: Timestamp) -> Result<u64, StoreError> {
    let sql = format!("UPDATE deliveries SET next_at = $1 WHERE host_id = $2 AND {WAITS} AND next_at > $1");
    tx.run(&sql, values![now.millis(), host_id]).await
}

/// Gives up what waits for a host, for a reason shown in the ledger; answers how many.
pub async fn give_up(tx: &Tx, host_id: i64, reason: &str) -> Result<u64, StoreError> {
    let sql = format!("UPDATE deliveries SET state = 'gone', last_error = $1 WHERE host_id = $2 AND {WAITS}");
    tx.run(&sql, values![reason, host_id]).await
}

/// How many deliveries wait for each host that any wait for.
pub async fn waiting_by_host(reads: &impl Reads) -> Result<Vec<(i64, u64)>, StoreError> {
    let sql = format!("SELECT host_id, COUNT(*) FROM deliveries WHERE {WAITS} GROUP BY host_id");
    let rows = reads.handle().all(&sql, Vec::new()).await?;
    rows.iter().map(|row| Ok((row.get(0)?, sql::count(row.get(1)?)))).collect()
}

/// How many deliveries wait for a host.
pub async fn waiting_for(reads: &impl Reads, host_id: i64) -> Result<u64, StoreError> {
    let sql = format!("SELECT COUNT(*) FROM deliveries WHERE host_id = $1 AND {WAITS}");
    reads.handle().one(&sql, values![host_id]).await?.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}

/// How many deliveries wait.
pub async fn waiting_count(reads: &impl Reads) -> Result<u64, StoreError> {
    let sql = format!("SELECT COUNT(*) FROM deliveries WHERE {WAITS}");
    reads.handle().one(&sql, Vec::new()).await?.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}

/// The ledger of an activity, by host.
pub async fn ledger(reads: &impl Reads, activity_seq: i64, limit: u64) -> Result<Vec<LedgerRow>, StoreError> {
    let sql = "SELECT h.origin, d.inbox, d.state, d.tries, d.last_error, d.next_at, h.next_try_at, d.sent_at \
               FROM deliveries d JOIN hosts h ON h.id = d.host_id WHERE d.activity_seq = $1 ORDER BY h.origin, d.inbox LIMIT $2";
    let rows = reads.handle().all(sql, values![activity_seq, sql::page(limit)]).await?;
    rows.iter()
        .map(|row| {
            let state: String = row.get(2)?;
            let waits = matches!(state.as_str(), "queued" | "retry");
            let next = row.moment(5)?.max(row.moment_if(6)?.unwrap_or(Timestamp::from_millis(0)));
            Ok(LedgerRow {
                origin: row.get(0)?,
                inbox: row.get(1)?,
                state,
                tries: row.get(3)?,
                last_error: row.get(4)?,
                next_at: waits.then_some(next),
                sent_at: row.moment_if(7)?,
            })
        })
        .collect()
}

/// How many actors of each host follow one of ours, and how many of it we follow: row of the host, followers, followed.
pub async fn ties(reads: &impl Reads) -> Result<Vec<(i64, u64, u64)>, StoreError> {
    let sql = "SELECT host_id, MAX(theirs), MAX(ours) FROM ( \
                 SELECT a.host_id AS host_id, COUNT(DISTINCT a.id) AS theirs, 0 AS ours \
                   FROM followers f JOIN actors a ON a.id = f.actor_id GROUP BY a.host_id \
                 UNION ALL SELECT a.host_id, 0, COUNT(*) FROM following g JOIN actors a ON a.id = g.actor_id \
                   WHERE g.state IN ('requested', 'accepted') GROUP BY a.host_id) ties GROUP BY host_id";
    let rows = reads.handle().all(sql, Vec::new()).await?;
    rows.iter().map(|row| Ok((row.get(0)?, sql::count(row.get(1)?), sql::count(row.get(2)?)))).collect()
}
