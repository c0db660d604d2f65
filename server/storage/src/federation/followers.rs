//! Who follows an actor of ours, each at most once, in the order in which they came.

use vetmoot_domain::Timestamp;

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// One actor of another server who follows one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowerRow {
    /// The row's number, which grows with time.
    pub id: i64,
    /// The path of the actor of ours: `/community`, `/users/ada` ...
    pub local: String,
    /// The row of the actor who follows.
    pub actor_id: i64,
    /// The address of the actor who follows.
    pub uri: String,
    /// `name@host`.
    pub handle: String,
    /// What the actor calls itself.
    pub name: String,
    /// `Person`, `Group`, `Organization`, `Application` or `Service`.
    pub kind: String,
    /// The id of their Follow.
    pub follow_uri: String,
    /// Since when.
    pub since: Timestamp,
}

const SELECT: &str = "SELECT f.id, f.local, f.actor_id, a.uri, a.handle, a.name, a.kind, f.follow_uri, f.since \
    FROM followers f JOIN actors a ON a.id = f.actor_id";

fn row(row: &Row) -> Result<FollowerRow, StoreError> {
    Ok(FollowerRow {
        id: row.get(0)?,
        local: row.get(1)?,
        actor_id: row.get(2)?,
        uri: row.get(3)?,
        handle: row.get(4)?,
        name: row.get(5)?,
        kind: row.get(6)?,
        follow_uri: row.get(7)?,
        since: row.moment(8)?,
    })
}

/// Adds a follower; answers whether it is new. A Follow said again under another id takes the place of the one before,
/// because the id they remember is the one their Undo will name.
pub async fn add(tx: &Tx, local: &str, actor_id: i64, follow_uri: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "INSERT INTO followers (local, actor_id, follow_uri, since) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (local, actor_id) DO NOTHING";
    if tx.run(sql, values![local, actor_id, follow_uri, now.millis()]).await? > 0 {
        return Ok(true);
    }
    let sql = "UPDATE followers SET follow_uri = $1 WHERE local = $2 AND actor_id = $3";
    tx.run(sql, values![follow_uri, local, actor_id]).await?;
    Ok(false)
}

/// Removes a follower; answers whether there was one.
pub async fn remove(tx: &Tx, local: &str, actor_id: i64) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM followers WHERE local = $1 AND actor_id = $2", values![local, actor_id]).await? > 0)
}

/// Who follows the actor at this path after this row number, in order of coming.
///
/// At most [`crate::limits::PAGE_ROWS_MAX`] rows a page.
pub async fn of_local(reads: &impl Reads, local: &str, after_id: i64, limit: u64) -> Result<Vec<FollowerRow>, StoreError> {
    let sql = format!("{SELECT} WHERE f.local = $1 AND f.id > $2 ORDER BY f.id LIMIT $3");
    reads.handle().all(&sql, values![local, after_id, sql::page(limit)]).await?.iter().map(row).collect()
}

/// What an actor follows here, by path.
pub async fn of_actor(reads: &impl Reads, actor_id: i64) -> Result<Vec<FollowerRow>, StoreError> {
    let sql = format!("{SELECT} WHERE f.actor_id = $1 ORDER BY f.local LIMIT $2");
    reads.handle().all(&sql, values![actor_id, sql::page(u64::MAX)]).await?.iter().map(row).collect()
}

/// What the actor at this address follows here, by path.
pub async fn of_uri(reads: &impl Reads, uri: &str) -> Result<Vec<FollowerRow>, StoreError> {
    let sql = format!("{SELECT} WHERE a.uri = $1 ORDER BY f.local LIMIT $2");
    reads.handle().all(&sql, values![uri, sql::page(u64::MAX)]).await?.iter().map(row).collect()
}

/// How many follow the actor at this path.
pub async fn count(reads: &impl Reads, local: &str) -> Result<u64, StoreError> {
    let found = reads.handle().one("SELECT COUNT(*) FROM followers WHERE local = $1", values![local]).await?;
    found.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}

/// How many follow each actor of ours that anybody follows, by path.
pub async fn counts(reads: &impl Reads) -> Result<Vec<(String, u64)>, StoreError> {
    let rows = reads.handle().all("SELECT local, COUNT(*) FROM followers GROUP BY local ORDER BY local", Vec::new()).await?;
    rows.iter().map(|row| Ok((row.get(0)?, sql::count(row.get(1)?)))).collect()
}
