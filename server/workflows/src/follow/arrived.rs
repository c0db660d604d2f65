//! What came from a followed community, for its page here.

use vetmoot_storage::federation::{actors, arrived, logs};

use super::list::Shown;
use crate::ctx::Ctx;
use crate::limits::ARRIVED_GROUPS_MAX;
use crate::problem::Problem;

pub use vetmoot_storage::federation::arrived::ArrivedRow;

/// What came, and what is known of where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived {
    /// How many statements of each kind, most first.
    pub kinds: Vec<(String, u64)>,
    /// Whose audits, by the author's address, most first.
    pub authors: Vec<(String, u64)>,
    /// The latest statements, newest first.
    pub latest: Vec<ArrivedRow>,
    /// The community's actor document as last fetched.
    pub document: Option<serde_json::Value>,
    /// Its log as far as it was read: its key, and the newest checkpoint that was believed.
    pub log: Option<(String, Option<String>)>,
}

/// What came from a community, the latest `limit` statements of it.
pub async fn arrived(ctx: &Ctx, shown: &Shown, limit: u64) -> Result<Arrived, Problem> {
    let reads = ctx.store.read();
    let log = match shown.row.log_id {
        Some(id) => logs::by_id(&reads, id).await?.map(|log| (log.vkey, log.note)),
        None => None,
    };
    let actor = actors::by_uri(&reads, &shown.row.actor_uri).await?;
    Ok(Arrived {
        kinds: arrived::by_kind(&reads, shown.row.source_id, ARRIVED_GROUPS_MAX).await?,
        authors: arrived::by_author(&reads, shown.row.source_id, ARRIVED_GROUPS_MAX).await?,
        latest: arrived::latest(&reads, shown.row.source_id, limit).await?,
        document: actor.map(|actor| actor.document),
        log,
    })
}
