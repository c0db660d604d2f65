//! Activities of ours: written once, never changed, kept for their outbox and for who has yet to get them.

use vetmoot_domain::Timestamp;

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// An activity to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewActivity<'a> {
    /// Its id.
    pub uri: &'a str,
    /// The path of the actor of ours who says it.
    pub actor: &'a str,
    /// Its type.
    pub kind: &'a str,
    /// The address of its object.
    pub object: &'a str,
    /// The page of ours it is about.
    pub about: &'a str,
    /// The activity as it goes out.
    pub body: &'a str,
    /// 0 passes everything else; 1 is usual.
    pub lane: i64,
    /// Whether it stands in the actor's outbox.
    pub public: bool,
    /// Up to which event it was composed, when it came from one.
    pub event_seq: Option<i64>,
    /// When it was said.
    pub at: Timestamp,
}

/// A kept activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityRow {
    /// Its number; a later activity has a higher one.
    pub seq: i64,
    /// Its id.
    pub uri: String,
    /// The path of the actor of ours who says it.
    pub actor: String,
    /// Its type.
    pub kind: String,
    /// The address of its object.
    pub object: String,
    /// The page of ours it is about.
    pub about: String,
    /// The activity as it goes out.
    pub body: String,
    /// 0 passes everything else; 1 is usual.
    pub lane: i64,
    /// Whether it stands in the actor's outbox.
    pub public: bool,
    /// Up to which event it was composed, when it came from one.
    pub event_seq: Option<i64>,
    /// When it was said.
    pub at: Timestamp,
}

const SELECT: &str = "SELECT seq, uri, actor, kind, object, about, body, lane, public, event_seq, at FROM activities";

fn row(row: &Row) -> Result<ActivityRow, StoreError> {
    Ok(ActivityRow {
        seq: row.get(0)?,
        uri: row.get(1)?,
        actor: row.get(2)?,
        kind: row.get(3)?,
        object: row.get(4)?,
        about: row.get(5)?,
        body: row.get(6)?,
        lane: row.get(7)?,
        public: row.get::<i64>(8)? != 0,
        event_seq: row.get(9)?,
        at: row.moment(10)?,
    })
}

/// Keeps an activity; answers its number, or none when one of this id is kept already.
pub async fn insert(tx: &Tx, new: &NewActivity<'_>) -> Result<Option<i64>, StoreError> {
    let sql = "INSERT INTO activities (uri, actor, kind, object, about, body, lane, public, event_seq, at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (uri) DO NOTHING RETURNING seq";
    let values = values![
        new.uri,
        new.actor,
        new.kind,
        new.object,
        new.about,
        new.body,
        new.lane,
        i64::from(new.public),
        new.event_seq,
        new.at.millis()
    ];
    tx.one(sql, values).await?.map(|row| row.get(0)).transpose()
}

/// The activity of this id.
pub async fn by_uri(reads: &impl Reads, uri: &str) -> Result<Option<ActivityRow>, StoreError> {
    reads.handle().one(&format!("{SELECT} WHERE uri = $1"), values![uri]).await?.as_ref().map(row).transpose()
}

/// The activity of this number.
pub async fn by_seq(reads: &impl Reads, seq: i64) -> Result<Option<ActivityRow>, StoreError> {
    reads.handle().one(&format!("{SELECT} WHERE seq = $1"), values![seq]).await?.as_ref().map(row).transpose()
}

/// The public activities of an actor before this number (all when none is given), newest first: its outbox.
pub async fn of_actor(
    reads: &impl Reads,
    actor: &str,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<ActivityRow>, StoreError> {
    let sql = format!("{SELECT} WHERE actor = $1 AND seq < $2 AND public = 1 ORDER BY seq DESC LIMIT $3");
    let values = values![actor, before.unwrap_or(i64::MAX), sql::page(limit)];
    reads.handle().all(&sql, values).await?.iter().map(row).collect()
}

/// How many activities stand in an actor's outbox.
pub async fn count_public(reads: &impl Reads, actor: &str) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) FROM activities WHERE actor = $1 AND public = 1";
    reads.handle().one(sql, values![actor]).await?.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}

/// The activities about a page of ours, oldest first.
pub async fn of_about(reads: &impl Reads, about: &str, limit: u64) -> Result<Vec<ActivityRow>, StoreError> {
    let sql = format!("{SELECT} WHERE about = $1 ORDER BY seq LIMIT $2");
    reads.handle().all(&sql, values![about, sql::page(limit)]).await?.iter().map(row).collect()
}

/// Puts another body in an activity's place, as when the text it carried was erased.
pub async fn set_body(tx: &Tx, seq: i64, body: &str) -> Result<(), StoreError> {
    tx.run("UPDATE activities SET body = $1 WHERE seq = $2", values![body, seq]).await?;
    Ok(())
}
