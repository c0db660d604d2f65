//! The ledger: what became of an activity at each inbox, for its author and for admins.

use vetmoot_domain::Role;
use vetmoot_storage::federation::activities::{self, ActivityRow};
use vetmoot_storage::federation::deliveries;

pub use vetmoot_storage::federation::deliveries::LedgerRow;

use crate::ctx::{Ctx, Origin};
use crate::limits::{LEDGER_ROWS_MAX, LEDGERS_SHOWN_MAX};
use crate::problem::{Kind, Problem};

/// An activity, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// Its id.
    pub uri: String,
    /// Its type.
    pub kind: String,
    /// The path of the actor of ours who says it.
    pub actor: String,
    /// One row an inbox, by host.
    pub rows: Vec<LedgerRow>,
}

/// The ledger of the activity with this id, at most [`LEDGER_ROWS_MAX`] rows of it.
pub async fn ledger(ctx: &Ctx, uri: &str) -> Result<Ledger, Problem> {
    of(ctx, find(ctx, uri).await?).await
}

/// As [`ledger`], for whoever may see it: its author, the author of what it is about, and admins.
pub async fn ledger_for(ctx: &Ctx, origin: &Origin, uri: &str) -> Result<Ledger, Problem> {
    let row = find(ctx, uri).await?;
    if !may_see(ctx, origin, &row).await? {
        let text = "only the author and admins see where this went; ask one of them";
        return Err(Problem::new(Kind::Forbidden, "not-the-author", text));
    }
    of(ctx, row).await
}

/// The ledgers of all activities about a page of ours (`/audits/...`), oldest activity first.
pub async fn about(ctx: &Ctx, page: &str) -> Result<Vec<Ledger>, Problem> {
    let rows = activities::of_about(&ctx.store.read(), page, LEDGERS_SHOWN_MAX).await?;
    let mut ledgers = Vec::with_capacity(rows.len());
    for row in rows {
        ledgers.push(of(ctx, row).await?);
    }
    Ok(ledgers)
}

async fn find(ctx: &Ctx, uri: &str) -> Result<ActivityRow, Problem> {
    // The address of a page of ours is as good as the whole address.
    let whole = if uri.starts_with('/') { ctx.base_url.join(uri) } else { uri.to_owned() };
    let found = activities::by_uri(&ctx.store.read(), &whole).await?;
    found.ok_or_else(|| Problem::not_found("no-activity", "no activity of this community has that id"))
}

async fn may_see(ctx: &Ctx, origin: &Origin, row: &ActivityRow) -> Result<bool, Problem> {
    if origin.has(&[Role::Admin]) {
        return Ok(true);
    }
    let Origin::Member { name, .. } = origin else { return Ok(false) };
    let own = format!("/users/{name}");
    if row.actor == own {
        return Ok(true);
    }
    let others = activities::of_about(&ctx.store.read(), &row.about, LEDGERS_SHOWN_MAX).await?;
    Ok(others.iter().any(|other| other.actor == own))
}

async fn of(ctx: &Ctx, row: ActivityRow) -> Result<Ledger, Problem> {
    let rows = deliveries::ledger(&ctx.store.read(), row.seq, LEDGER_ROWS_MAX).await?;
    Ok(Ledger { uri: row.uri, kind: row.kind, actor: row.actor, rows })
}
