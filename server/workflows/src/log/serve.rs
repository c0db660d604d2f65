//! What our log answers: its key, checkpoints, tiles, proofs, and the statements behind its leaves.

use std::fmt::Write as _;

use vetmoot_domain::log::{self, Checkpoint, Hash, Tile, TileKind, Vkey};
use vetmoot_keys::{KeyOwner, Purpose};
use vetmoot_storage::federation::logs::{self, LogRow};
use vetmoot_storage::federation::statements;

use super::append::damaged;
use crate::actor::blocking;
use crate::ctx::Ctx;
use crate::limits::{BULK_STATEMENTS_BYTES, BULK_STATEMENTS_MAX, BULK_STATEMENTS_PAGE};
use crate::problem::{Kind, Problem};

/// Whose keys sign checkpoints.
const OWNER: &str = "log";

/// A proof that a statement is in our log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// The leaf.
    pub index: u64,
    /// The size of the tree the proof is about.
    pub size: u64,
    /// The hashes from the leaf to the root, nearest first.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint of that size.
    pub checkpoint: String,
}

/// The name of our log, which is the origin line of its checkpoints: `HOST/log`.
///
/// # Errors
/// A trial has none.
pub fn name(ctx: &Ctx) -> Result<String, Problem> {
    match &ctx.domain {
        Some(domain) => Ok(format!("{domain}/log")),
        None => Err(Problem::not_found("no-federation", "this instance is a trial: without a domain it has no log")),
    }
}

/// The verifier key of our log, made if there is none.
pub async fn vkey(ctx: &Ctx) -> Result<Vkey, Problem> {
    let (name, now) = (name(ctx)?, ctx.clock.now());
    blocking(ctx, move |ctx| {
        let owner = KeyOwner::new(OWNER);
        ctx.keys.ensure(&owner, Purpose::Checkpoint, now)?;
        ctx.keys.note_key(&owner, &name)
    })
    .await
}

/// The signed checkpoint of our log as it is now.
pub async fn checkpoint(ctx: &Ctx) -> Result<String, Problem> {
    let row = row(ctx).await?;
    checkpoint_of(ctx, row.as_ref()).await
}

async fn checkpoint_of(ctx: &Ctx, row: Option<&LogRow>) -> Result<String, Problem> {
    let size = row.map_or(0, |row| row.size);
    if let Some(note) = ctx.world.signed.at(size) {
        return Ok(note);
    }
    // Hashes never change once they are there, so those of this size are read without a transaction.
    let needs = log::frontier(size).map_err(damaged)?;
    let known = match row {
        Some(row) => logs::hashes(&ctx.store.read(), row.id, &needs).await?,
        None => log::Hashes::new(),
    };
    let name = name(ctx)?;
    let text = Checkpoint { origin: name.clone(), size, root: log::root(size, &known).map_err(damaged)? }.text();
    let now = ctx.clock.now();
    let note = blocking(ctx, move |ctx| {
        let owner = KeyOwner::new(OWNER);
        ctx.keys.ensure(&owner, Purpose::Checkpoint, now)?;
        ctx.keys.sign_note(&owner, &name, &text)
    })
    .await?;
    ctx.world.signed.keep(size, &note);
    Ok(note)
}

/// The bytes of a tile or of a bundle of entries.
pub async fn tile(ctx: &Ctx, tile: &Tile) -> Result<Vec<u8>, Problem> {
    let missing = || Problem::not_found("no-such-tile", "the log does not have this tile, or not yet");
    let row = row(ctx).await?.filter(|row| tile.is_in(row.size)).ok_or_else(missing)?;
    if tile.kind() == TileKind::Entries {
        let leaves = logs::leaves(&ctx.store.read(), row.id, tile.first(), u64::from(tile.width())).await?;
        if leaves.len() != usize::from(tile.width()) {
            return Err(damaged(log::LogError::HashMissing));
        }
        return Ok(log::bundle(leaves.iter().map(|(_, entry)| entry)));
    }
    let needs = log::tile_needs(tile, row.size).map_err(damaged)?;
    let known = logs::hashes(&ctx.store.read(), row.id, &needs).await?;
    log::tile_bytes(tile, row.size, &known).map_err(damaged)
}

/// The proof that our log has a leaf, against the checkpoint of now.
pub async fn proof(ctx: &Ctx, leaf: u64) -> Result<Inclusion, Problem> {
    let missing = || Problem::not_found("no-such-leaf", "the log has no such leaf");
    let row = row(ctx).await?.filter(|row| leaf < row.size).ok_or_else(missing)?;
    let needs = log::inclusion_needs(leaf, row.size).map_err(damaged)?;
    let known = logs::hashes(&ctx.store.read(), row.id, &needs).await?;
    let hashes = log::inclusion(leaf, row.size, &known).map_err(damaged)?;
    Ok(Inclusion { index: leaf, size: row.size, hashes, checkpoint: checkpoint_of(ctx, Some(&row)).await? })
}

/// The proof that our log has a statement of ours, by its id; none when it was made without a domain.
pub async fn inclusion(ctx: &Ctx, uri: &str) -> Result<Option<Inclusion>, Problem> {
    if ctx.domain.is_none() {
        return Ok(None);
    }
    let found = statements::by_uri(&ctx.store.read(), uri).await?.filter(|row| row.source_id.is_none());
    match found.and_then(|row| row.leaf).and_then(|leaf| u64::try_from(leaf).ok()) {
        Some(leaf) => proof(ctx, leaf).await.map(Some),
        None => Ok(None),
    }
}

/// The statements behind the leaves from this one on, as JSON: `from`, `size` (of the log), and `statements` with each
/// its `index` and either its `record` or, when that was erased, the record of its erasure as `erased`.
///
/// At most [`BULK_STATEMENTS_MAX`] of them, and fewer when they are large; who wants the rest asks again.
pub async fn statements(ctx: &Ctx, from: u64, limit: u64) -> Result<String, Problem> {
    name(ctx)?;
    let limit = limit.clamp(1, BULK_STATEMENTS_MAX);
    let size = row(ctx).await?.map_or(0, |row| row.size);
    let end = from.saturating_add(limit).min(size);
    let mut body = format!("{{\"from\":{from},\"size\":{size},\"statements\":[");
    let mut next = from;
    let mut first = true;
    while next < end && body.len() < BULK_STATEMENTS_BYTES {
        let page_end = next.saturating_add(BULK_STATEMENTS_PAGE).min(end);
        let rows = statements::of_leaf_range(&ctx.store.read(), None, number(next), number(page_end)).await?;
        for row in rows {
            let (Some(index), Some((name, text))) = (row.leaf, said(&row)) else { continue };
            // Writing into a string cannot fail.
            let _ = write!(body, "{}{{\"index\":{index},\"{name}\":{text}}}", if first { "" } else { "," });
            first = false;
        }
        next = page_end;
    }
    // Where to go on, for who was given less than was asked for.
    let _ = write!(body, "],\"next\":{next}}}");
    Ok(body)
}

/// What is answered for a statement; both are JSON as it is stored.
fn said(row: &statements::StatementRow) -> Option<(&'static str, &str)> {
    let record = row.record.as_deref().map(|record| ("record", record));
    record.or_else(|| row.note.as_deref().map(|note| ("erased", note)))
}

fn number(index: u64) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

/// The row of our log, when it has begun.
async fn row(ctx: &Ctx) -> Result<Option<LogRow>, Problem> {
    let found = logs::by_origin(&ctx.store.read(), &name(ctx)?).await?;
    match found {
        Some(row) if !row.own => {
            Err(Problem::new(Kind::Conflict, "log-name-taken", "a followed community has a log of our name; end following it"))
        }
        found => Ok(found),
    }
}
