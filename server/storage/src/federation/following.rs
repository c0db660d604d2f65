//! Which communities this one follows, and how far their logs were read.

use vetmoot_domain::Timestamp;

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// How a following stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FollowState {
    /// Asked for, not answered yet.
    Requested,
    /// They said yes: their statements arrive and count.
    Accepted,
    /// They said no.
    Rejected,
    /// It is over, by us or by a block.
    Ended,
}

vetmoot_domain::word_enum!(FollowState, "state of a following", {
    Requested => "requested", Accepted => "accepted", Rejected => "rejected", Ended => "ended",
});

/// A community that is, was or would be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowingRow {
    /// The row's number.
    pub id: i64,
    /// The row of its actor.
    pub actor_id: i64,
    /// The address of its actor.
    pub actor_uri: String,
    /// `name@host`.
    pub handle: String,
    /// What it calls itself.
    pub name: String,
    /// Scheme, host and port of its server.
    pub origin: String,
    /// The id of our latest Follow.
    pub follow_uri: String,
    /// How it stands.
    pub state: FollowState,
    /// The source under which its statements are evidence.
    pub source_id: i64,
    /// The source's name, which policies use: its host.
    pub source: String,
    /// When it was last asked for.
    pub requested_at: Timestamp,
    /// When they said yes.
    pub accepted_at: Option<Timestamp>,
    /// Where its log is, without a slash at the end; none for communities without one.
    pub log_url: Option<String>,
    /// The row of its log, once its first checkpoint was read.
    pub log_id: Option<i64>,
    /// The size its newest checkpoint names.
    pub log_total: Option<u64>,
    /// The first leaf whose statement was not looked for yet.
    pub log_taken: u64,
    /// When its log was last looked at.
    pub checked_at: Option<Timestamp>,
    /// When it is to be looked at again.
    pub next_check_at: Option<Timestamp>,
    /// Failures since the last look that succeeded.
    pub failures: u32,
    /// What went wrong last.
    pub last_error: Option<String>,
}

const TABLE: &str = "following";
const SELECT: &str = "SELECT f.id, f.actor_id, a.uri, a.handle, a.name, h.origin, f.follow_uri, f.state, f.source_id, s.name, \
    f.requested_at, f.accepted_at, f.log_url, f.log_id, f.log_total, f.log_taken, f.checked_at, f.next_check_at, f.failures, \
    f.last_error FROM following f JOIN actors a ON a.id = f.actor_id JOIN hosts h ON h.id = a.host_id \
    JOIN sources s ON s.id = f.source_id";

fn row(row: &Row) -> Result<FollowingRow, StoreError> {
    Ok(FollowingRow {
        id: row.get(0)?,
        actor_id: row.get(1)?,
        actor_uri: row.get(2)?,
        handle: row.get(3)?,
        name: row.get(4)?,
        origin: row.get(5)?,
        follow_uri: row.get(6)?,
        state: row.word(TABLE, 7)?,
        source_id: row.get(8)?,
        source: row.get(9)?,
        requested_at: row.moment(10)?,
        accepted_at: row.moment_if(11)?,
        log_url: row.get(12)?,
        log_id: row.get(13)?,
        log_total: row.get::<Option<i64>>(14)?.map(sql::count),
        log_taken: sql::count(row.get(15)?),
        checked_at: row.moment_if(16)?,
        next_check_at: row.moment_if(17)?,
        failures: u32::try_from(row.get::<i64>(18)?).unwrap_or(0),
        last_error: row.get(19)?,
    })
}

async fn one(reads: &impl Reads, condition: &str, value: sea_orm::Value) -> Result<Option<FollowingRow>, StoreError> {
    reads.handle().one(&format!("{SELECT} WHERE {condition}"), vec![value]).await?.as_ref().map(row).transpose()
}

/// Writes down that an actor was asked to be followed; one that was followed before is asked again under the new Follow.
///
/// What is known of its log stays. Answers the row's number.
pub async fn request(
    tx: &Tx,
    actor_id: i64,
    source_id: i64,
    follow_uri: &str,
    log_url: Option<&str>,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let sql = "INSERT INTO following (actor_id, follow_uri, state, source_id, requested_at, log_url, log_taken, failures) \
               VALUES ($1, $2, $3, $4, $5, $6, 0, 0) ON CONFLICT (actor_id) DO UPDATE SET follow_uri = excluded.follow_uri, \
               state = excluded.state, source_id = excluded.source_id, requested_at = excluded.requested_at, \
               accepted_at = NULL, log_url = excluded.log_url, failures = 0, next_check_at = NULL, last_error = NULL RETURNING id";
    let state = FollowState::Requested.as_str();
    let values = values![actor_id, follow_uri, state, source_id, now.millis(), log_url.map(str::to_owned)];
    tx.one(sql, values).await?.ok_or_else(|| StoreError::missing("following"))?.get(0)
}

/// Sets how a following stands; one that was accepted is due for a look at its log at once, any other never.
pub async fn set_state(tx: &Tx, id: i64, state: FollowState, now: Timestamp) -> Result<(), StoreError> {
    let accepted = (state == FollowState::Accepted).then_some(now.millis());
    let sql = "UPDATE following SET state = $1, accepted_at = COALESCE($2, accepted_at), next_check_at = $2, failures = 0, \
               last_error = NULL WHERE id = $3";
    tx.run(sql, values![state.as_str(), accepted, id]).await?;
    Ok(())
}

/// The following with this row number.
pub async fn by_id(reads: &impl Reads, id: i64) -> Result<Option<FollowingRow>, StoreError> {
    one(reads, "f.id = $1", id.into()).await
}

/// The following whose latest Follow has this id.
pub async fn by_follow_uri(reads: &impl Reads, uri: &str) -> Result<Option<FollowingRow>, StoreError> {
    one(reads, "f.follow_uri = $1", uri.into()).await
}

/// The following of the actor at this address.
pub async fn by_actor(reads: &impl Reads, uri: &str) -> Result<Option<FollowingRow>, StoreError> {
    one(reads, "a.uri = $1", uri.into()).await
}

/// The following whose statements are evidence under this source, the accepted one where there are several.
pub async fn by_source(reads: &impl Reads, source_id: i64) -> Result<Option<FollowingRow>, StoreError> {
    // `accepted` stands first among the words.
    one(reads, "f.source_id = $1 ORDER BY f.state, f.id LIMIT 1", source_id.into()).await
}

/// The accepted following of a community on this origin.
pub async fn accepted_on(reads: &impl Reads, origin: &str) -> Result<Option<FollowingRow>, StoreError> {
    one(reads, "h.origin = $1 AND f.state = 'accepted' ORDER BY f.id LIMIT 1", origin.into()).await
}

/// Every following, by handle.
pub async fn all(reads: &impl Reads) -> Result<Vec<FollowingRow>, StoreError> {
    let sql = format!("{SELECT} ORDER BY a.handle LIMIT $1");
    reads.handle().all(&sql, values![sql::page(u64::MAX)]).await?.iter().map(row).collect()
}

/// The accepted followings whose log is to be looked at by now, the longest overdue first.
pub async fn due(reads: &impl Reads, now: Timestamp, limit: u64) -> Result<Vec<FollowingRow>, StoreError> {
    let sql = format!("{SELECT} WHERE f.next_check_at <= $1 AND f.state = 'accepted' ORDER BY f.next_check_at, f.id LIMIT $2");
    reads.handle().all(&sql, values![now.millis(), sql::page(limit)]).await?.iter().map(row).collect()
}

/// When the next accepted following is due.
pub async fn next_due(reads: &impl Reads) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT MIN(next_check_at) FROM following WHERE state = 'accepted'";
    let found = reads.handle().one(sql, Vec::new()).await?;
    found.map_or(Ok(None), |row| row.moment_if(0))
}

/// Asks for a look at an accepted following's log at `at`, unless it is due earlier.
pub async fn hurry(tx: &Tx, id: i64, at: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE following SET next_check_at = $1 WHERE id = $2 AND state = 'accepted' \
               AND (next_check_at IS NULL OR next_check_at > $1)";
    Ok(tx.run(sql, values![at.millis(), id]).await? > 0)
}

/// How far a look at a log came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The row of the log.
    pub log_id: i64,
    /// The size its newest checkpoint names.
    pub total: u64,
    /// The first leaf whose statement was not looked for yet.
    pub taken: u64,
    /// When it is to be looked at again.
    pub next_check_at: Timestamp,
}

/// Notes how far a look came that succeeded.
pub async fn progress(tx: &Tx, id: i64, progress: &Progress, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE following SET log_id = $1, log_total = $2, log_taken = $3, next_check_at = $4, checked_at = $5, \
               failures = 0, last_error = NULL WHERE id = $6 AND state = 'accepted'";
    let Progress { log_id, total, taken, next_check_at } = *progress;
    let values = values![log_id, sql::int(total), sql::int(taken), next_check_at.millis(), now.millis(), id];
    tx.run(sql, values).await?;
    Ok(())
}

/// Notes that a look failed, why, and when the next one is due.
pub async fn failed(tx: &Tx, id: i64, error: &str, next_check_at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
    let sql =
        "UPDATE following SET failures = failures + 1, last_error = $1, next_check_at = $2, checked_at = $3 WHERE id = $4";
    tx.run(sql, values![error, next_check_at.millis(), now.millis(), id]).await?;
    Ok(())
}

/// Notes that a community has a log by now.
pub async fn set_log_url(tx: &Tx, id: i64, log_url: &str) -> Result<(), StoreError> {
    tx.run("UPDATE following SET log_url = $1 WHERE id = $2", values![log_url, id]).await?;
    Ok(())
}

/// Notes which log a community has.
pub async fn set_log_id(tx: &Tx, id: i64, log_id: i64) -> Result<(), StoreError> {
    tx.run("UPDATE following SET log_id = $1 WHERE id = $2", values![log_id, id]).await?;
    Ok(())
}

/// Puts the next look off without calling it a failure.
pub async fn put_off(tx: &Tx, id: i64, next_check_at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE following SET next_check_at = $1, checked_at = $2, failures = 0, last_error = NULL WHERE id = $3";
    tx.run(sql, values![next_check_at.millis(), now.millis(), id]).await?;
    Ok(())
}

/// Reads a log from its beginning again; the statements known from it stay.
pub async fn read_again(tx: &Tx, id: i64, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE following SET log_taken = 0, log_total = NULL, failures = 0, last_error = NULL, next_check_at = $1 \
               WHERE id = $2 AND state = 'accepted'";
    tx.run(sql, values![now.millis(), id]).await?;
    Ok(())
}
