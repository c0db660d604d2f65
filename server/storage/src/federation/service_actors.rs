//! Actors that exist because somebody asked for them: packages, policies, organisations, each under one handle.

use vetmoot_domain::Timestamp;

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// What an actor made on request stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceKind {
    /// A package; the target is its purl.
    Package,
    /// A policy; the target is its slug.
    Policy,
    /// A body that members count for; the target is its name.
    Organisation,
}

vetmoot_domain::word_enum!(ServiceKind, "kind of actor", {
    Package => "package", Policy => "policy", Organisation => "organisation",
});

/// An actor somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceActorRow {
    /// Its handle: the part before `@`.
    pub handle: String,
    /// What it stands for.
    pub kind: ServiceKind,
    /// Which one.
    pub target: String,
    /// When it was first asked for.
    pub created_at: Timestamp,
}

const TABLE: &str = "service_actors";
const SELECT: &str = "SELECT handle, kind, target, created_at FROM service_actors";

fn row(row: &Row) -> Result<ServiceActorRow, StoreError> {
    Ok(ServiceActorRow { handle: row.get(0)?, kind: row.word(TABLE, 1)?, target: row.get(2)?, created_at: row.moment(3)? })
}

/// The actor of this handle.
pub async fn by_handle(reads: &impl Reads, handle: &str) -> Result<Option<ServiceActorRow>, StoreError> {
    let found = reads.handle().one(&format!("{SELECT} WHERE handle = $1"), values![handle]).await?;
    found.as_ref().map(row).transpose()
}

/// The actor that stands for this.
pub async fn of_target(reads: &impl Reads, kind: ServiceKind, target: &str) -> Result<Option<ServiceActorRow>, StoreError> {
    let sql = format!("{SELECT} WHERE kind = $1 AND target = $2");
    let found = reads.handle().one(&sql, values![kind.as_str(), target]).await?;
    found.as_ref().map(row).transpose()
}

/// Remembers that somebody asked for this actor; answers whether it is new.
///
/// A handle that stands for something else already keeps its meaning, and nothing gets a second handle.
pub async fn remember(tx: &Tx, handle: &str, kind: ServiceKind, target: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "INSERT INTO service_actors (handle, kind, target, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    Ok(tx.run(sql, values![handle, kind.as_str(), target, now.millis()]).await? > 0)
}

/// How many actors of a kind were asked for.
pub async fn count(reads: &impl Reads, kind: ServiceKind) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) FROM service_actors WHERE kind = $1";
    let found = reads.handle().one(sql, values![kind.as_str()]).await?;
    found.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}
