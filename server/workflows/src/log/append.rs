//! Appending leaves to our log, within the transaction of what they stand for.

use vetmoot_domain::log::{self, Hash, LogError};
use vetmoot_storage::Tx;
use vetmoot_storage::federation::logs::{self, LogRow};

use super::serve;
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};

/// Appends entries to our log; answers the index of the first. Reads no more of the tree than the hashes it grows from.
pub(crate) async fn append(ctx: &Ctx, tx: &Tx, entries: &[Hash]) -> Result<u64, Problem> {
    let row = ours(ctx, tx).await?;
    // Taking the places first makes another process that appends wait until this transaction ends.
    let first = logs::take_places(tx, row.id, u64::try_from(entries.len()).unwrap_or(u64::MAX)).await?;
    grow(ctx, tx, row.id, first, entries).await?;
    Ok(first)
}

/// Writes leaves and the hashes they add to a tree of this size, ours or a copy of another's.
pub(super) async fn grow(ctx: &Ctx, tx: &Tx, log_id: i64, size: u64, entries: &[Hash]) -> Result<(), Problem> {
    let needs = if entries.len() == 1 { log::append_needs(size) } else { log::frontier(size) };
    let mut known = logs::hashes(tx, log_id, &needs.map_err(damaged)?).await?;
    let mut added = Vec::with_capacity(entries.len().saturating_mul(2));
    for (place, entry) in (size..).zip(entries) {
        for (number, hash) in log::append(place, entry, &known).map_err(damaged)? {
            known.insert(number, hash);
            added.push((number, hash));
        }
    }
    logs::add_leaves(tx, log_id, size, entries, ctx.clock.now()).await?;
    logs::add_hashes(tx, log_id, &added).await?;
    Ok(())
}

/// Our log, begun with the first leaf.
async fn ours(ctx: &Ctx, tx: &Tx) -> Result<LogRow, Problem> {
    let name = serve::name(ctx)?;
    match logs::by_origin(tx, &name).await? {
        Some(row) if row.own => Ok(row),
        Some(_) => {
            Err(Problem::new(Kind::Conflict, "log-name-taken", "a followed community has a log of our name; end following it"))
        }
        None => {
            let vkey = serve::vkey(ctx).await?;
            Ok(logs::create(tx, &name, &vkey.to_string(), true).await?)
        }
    }
}

/// What is stored of a log does not fit together.
pub(super) fn damaged(error: LogError) -> Problem {
    Problem::new(
        Kind::Internal,
        "log-damaged",
        "the stored hashes of the transparency log do not fit together; nothing was written. Restore a backup",
    )
    .because(error)
}
