//! What an admin does about a host: try now, keep waiting, go on, begin anew.

use vetmoot_domain::Role;
use vetmoot_domain::event::Topic;
use vetmoot_storage::federation::deliveries;
use vetmoot_storage::federation::hosts::{self, HostRow};
use vetmoot_storage::{Tx, events};

use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};

/// What becomes of a host's queue when its failures are forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// It is sent now.
    Send,
    /// It is given up; the ledger says so.
    Drop,
}

/// Tries everything that waits for a host now, however long it was to wait; answers how much waits.
pub async fn retry(ctx: &Ctx, origin: &Origin, host: &str) -> Result<u64, Problem> {
    let (tx, row) = begin(ctx, origin, host).await?;
    hosts::try_now(&tx, row.id).await?;
    deliveries::hurry(&tx, row.id, ctx.clock.now()).await?;
    end(ctx, origin, tx, &row, "retry").await
}

/// Keeps a host's queue waiting until [`resume`]; answers how much waits.
pub async fn pause(ctx: &Ctx, origin: &Origin, host: &str) -> Result<u64, Problem> {
    let (tx, row) = begin(ctx, origin, host).await?;
    hosts::set_paused(&tx, row.id, true).await?;
    end(ctx, origin, tx, &row, "pause").await
}

/// Lets a host's queue go on; answers how much waits.
pub async fn resume(ctx: &Ctx, origin: &Origin, host: &str) -> Result<u64, Problem> {
    let (tx, row) = begin(ctx, origin, host).await?;
    hosts::set_paused(&tx, row.id, false).await?;
    end(ctx, origin, tx, &row, "resume").await
}

/// Forgets a host's failures, and sends or gives up what waits for it; answers how much waits afterwards.
pub async fn reset(ctx: &Ctx, origin: &Origin, host: &str, queue: Queue) -> Result<u64, Problem> {
    let (tx, row) = begin(ctx, origin, host).await?;
    hosts::revive(&tx, row.id).await?;
    match queue {
        Queue::Send => {
            deliveries::hurry(&tx, row.id, ctx.clock.now()).await?;
            end(ctx, origin, tx, &row, "reset").await
        }
        Queue::Drop => {
            deliveries::give_up(&tx, row.id, "given up by an admin").await?;
            end(ctx, origin, tx, &row, "drop").await
        }
    }
}

/// Looks for a host by its name or origin.
async fn begin(ctx: &Ctx, origin: &Origin, host: &str) -> Result<(Tx, HostRow), Problem> {
    if !origin.has(&[Role::Admin]) {
        return Err(Problem::new(Kind::Forbidden, "not-an-admin", "only admins tend the queues; ask one of them"));
    }
    let host = host.trim().trim_end_matches('/').to_ascii_lowercase();
    let tx = ctx.store.begin().await?;
    let candidates = if host.contains("://") { vec![host] } else { vec![format!("https://{host}"), format!("http://{host}")] };
    for candidate in candidates {
        if let Some(row) = hosts::by_origin(&tx, &candidate).await? {
            return Ok((tx, row));
        }
    }
    Err(Problem::not_found("no-host", "no server of that name is known here; GET /api/v1/federation/peers lists them"))
}

async fn end(ctx: &Ctx, origin: &Origin, tx: Tx, row: &HostRow, verb: &str) -> Result<u64, Problem> {
    let waiting = deliveries::waiting_for(&tx, row.id).await?;
    let subject = [verb.to_owned(), row.origin.clone()];
    events::append(&tx, Topic::DeliveryTended, &subject, Some(&origin.label()), ctx.clock.now()).await?;
    tx.commit().await?;
    ctx.signals.deliver.notify_one();
    Ok(waiting)
}
