//! The statement that another community's log contradicts itself, with both checkpoints, so that anybody can check it.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use vetmoot_domain::Timestamp;
use vetmoot_storage::Tx;
use vetmoot_storage::federation::statements;

use crate::actor::LocalActor;
use crate::ctx::Ctx;
use crate::problem::Problem;
use crate::statement::own::{self, NewOwn};
use crate::statement::{salt, sign};

/// The path of the statement's post, which leads people to the page of peers.
pub fn path(id: &str) -> String {
    format!("/forks/{id}")
}

/// The id of the statement's record.
pub fn address(ctx: &Ctx, id: &str) -> String {
    ctx.base_url.join(&format!("{}/record", path(id)))
}

/// A signed statement that is not written down yet: it is made before the transaction, since signing waits for the disk.
pub(super) struct Said {
    /// 32 hexadecimal digits of the digest of the checkpoint that contradicts.
    pub id: String,
    record: Value,
    at: Timestamp,
}

/// Says in the community's name that a log contradicts itself: two notes under its key of which at most one can be true.
pub(super) async fn say(ctx: &Ctx, log: &str, size: u64, known: &str, contradicts: &str) -> Result<Said, Problem> {
    let digest = hex::encode(Sha256::digest(contradicts.as_bytes()));
    let id = digest.get(..32).unwrap_or(&digest).to_owned();
    let at = ctx.clock.now();
    let record = json!({
        "type": "LogFork",
        "id": address(ctx, &id),
        "attributedTo": ctx.base_url.join(&LocalActor::Community.to_string()),
        "published": at.to_string(),
        "salt": salt()?,
        "logOrigin": log,
        "size": size,
        "known": known,
        "contradicts": contradicts,
    });
    let record = sign(ctx, &LocalActor::Community, record, at).await?;
    Ok(Said { id, record, at })
}

impl Said {
    /// Publishes it, once.
    pub(super) async fn publish(&self, ctx: &Ctx, tx: &Tx) -> Result<(), Problem> {
        let uri = address(ctx, &self.id);
        if statements::by_uri(tx, &uri).await?.is_some() {
            return Ok(());
        }
        let new = NewOwn {
            uri: &uri,
            kind: "LogFork",
            author: &ctx.base_url.join(&LocalActor::Community.to_string()),
            package: None,
            object: None,
            record: &self.record,
            published: self.at,
        };
        own::publish(ctx, tx, new).await
    }
}
