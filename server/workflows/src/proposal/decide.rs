//! Decide a proposal: another steward accepts or refuses it, or whoever made it takes it back.

use vetmoot_domain::event::Topic;
use vetmoot_domain::{Role, Timestamp};
use vetmoot_judge::Policy;
use vetmoot_storage::proposals::{self, ProposalKind, ProposalRow, ProposalState};
use vetmoot_storage::{Reads, Tx, events, users};

use super::change::{Change, base_of};
use super::show::{self, unknown};
use crate::ctx::{Ctx, Origin};
use crate::member::{change as member_change, create as member_create};
use crate::policy::adopt::{self, Adopt, AdoptError};
use crate::problem::{Kind, Problem};

/// Accepts a proposal: it is looked at once more as it stands now, and takes effect in the same transaction.
///
/// # Errors
/// `own-proposal`, `stewards-only`, `already-decided`, `proposal-lapsed`, `stale-proposal`, `proposer-lost-role`, and
/// whatever stands against the change itself.
pub async fn accept(ctx: &Ctx, origin: &Origin, id: i64) -> Result<ProposalRow, Problem> {
    let by = member(origin)?;
    let change = Change::of(&show::show(ctx, origin, id).await?)?;
    // Reading a policy takes its time, and nothing about it needs the writer.
    let policy = match &change {
        Change::Policy { document, .. } => {
            Some(adopt::check(ctx, document.as_bytes()).await.map_err(AdoptError::into_problem)?)
        }
        Change::Roles { .. } | Change::Member { .. } => None,
    };
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    let row = proposals::get(&tx, id, now).await?.ok_or_else(|| unknown(id))?;
    second(&tx, &row, by).await?;
    still_waits(&row)?;
    let proposer = proposer(&tx, &row).await?;
    if change.base(&tx).await? != base_of(&row)? {
        let text = format!(
            "{} changed after this was proposed; refuse it, or let {} take it back and propose it again",
            row.subject, row.proposed_by_name
        );
        return Err(Problem::new(Kind::Conflict, "stale-proposal", text));
    }
    let pair = Pair { proposer: &proposer, second: origin };
    apply(ctx, &tx, pair, change, policy, now).await?;
    decided(&tx, &row, ProposalState::Accepted, origin, by, now).await?;
    let row = proposals::get(&tx, id, now).await?.ok_or_else(|| unknown(id))?;
    tx.commit().await?;
    match row.kind {
        ProposalKind::Policy => adopt::took_effect(ctx).await?,
        ProposalKind::Roles | ProposalKind::Member => member_change::took_effect(ctx),
    }
    Ok(row)
}

/// Refuses a proposal; by another steward than the one who made it.
pub async fn refuse(ctx: &Ctx, origin: &Origin, id: i64) -> Result<ProposalRow, Problem> {
    end(ctx, origin, id, ProposalState::Refused).await
}

/// Takes a proposal back; by the one who made it, whatever they may do by now.
pub async fn withdraw(ctx: &Ctx, origin: &Origin, id: i64) -> Result<ProposalRow, Problem> {
    end(ctx, origin, id, ProposalState::Withdrawn).await
}

/// Ends a proposal without its change, by whoever may end it so.
async fn end(ctx: &Ctx, origin: &Origin, id: i64, state: ProposalState) -> Result<ProposalRow, Problem> {
    let by = member(origin)?;
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    let row = proposals::get(&tx, id, now).await?.ok_or_else(|| unknown(id))?;
    match state {
        ProposalState::Withdrawn => own(&row, by)?,
        _ => second(&tx, &row, by).await?,
    }
    still_waits(&row)?;
    decided(&tx, &row, state, origin, by, now).await?;
    let row = proposals::get(&tx, id, now).await?.ok_or_else(|| unknown(id))?;
    tx.commit().await?;
    Ok(row)
}

/// Whether this member made it.
fn own(row: &ProposalRow, by: i64) -> Result<(), Problem> {
    if row.proposed_by == by {
        return Ok(());
    }
    let text = format!("only {} takes this back; another steward may refuse it", row.proposed_by_name);
    Err(Problem::new(Kind::Forbidden, "not-yours", text))
}

/// The two who agreed.
#[derive(Clone, Copy)]
struct Pair<'a> {
    proposer: &'a Origin,
    second: &'a Origin,
}

async fn apply(
    ctx: &Ctx,
    tx: &Tx,
    pair: Pair<'_>,
    change: Change,
    policy: Option<Policy>,
    now: Timestamp,
) -> Result<(), Problem> {
    let actor = pair.second.label();
    match (change, policy) {
        (Change::Policy { slug, mode, document }, Some(policy)) => {
            let wanted = Adopt { slug, bytes: document.into_bytes(), mode };
            let both = format!("{} and {actor}", pair.proposer.label());
            adopt::apply(ctx, tx, &wanted, &policy, adopt::Who { adopted_by: &both, actor: &actor }).await?;
        }
        (Change::Policy { .. }, None) => {
            return Err(Problem::new(Kind::Internal, "proposal-unreadable", "this proposal could not be read"));
        }
        // What only some may give is given by the right of whoever proposed it.
        (Change::Roles { name, roles, organisation }, _) => {
            let wanted = member_change::Wanted { name: &name, roles: &roles, organisation: organisation.as_ref() };
            let before = member_change::check(tx, pair.proposer, wanted).await.map_err(lost)?;
            member_change::apply(tx, &before, wanted, &actor, now).await?;
        }
        (Change::Member { name, roles, organisation }, _) => {
            let wanted = member_change::Wanted { name: &name, roles: &roles, organisation: organisation.as_ref() };
            member_create::check(tx, pair.proposer, wanted).await.map_err(lost)?;
            member_create::apply(tx, wanted, &actor, now).await?;
        }
    }
    Ok(())
}

/// What the proposer may not do any more is no fault of who accepts it.
fn lost(problem: Problem) -> Problem {
    match problem.kind {
        Kind::Forbidden => Problem { kind: Kind::Conflict, code: "proposer-lost-role", ..problem },
        _ => problem,
    }
}

/// The number of the member who decides.
fn member(origin: &Origin) -> Result<i64, Problem> {
    let text = "a steward decides this, under their own name; the operator changes policies and members directly";
    origin.id().ok_or_else(|| Problem::new(Kind::Forbidden, "members-only", text))
}

/// Whether this member may be the second: a steward still, and not the one who proposed it.
async fn second(reads: &impl Reads, row: &ProposalRow, by: i64) -> Result<(), Problem> {
    // Their roles may have changed since the request was let in.
    let roles = users::by_id(reads, by).await?.map(|user| user.roles).unwrap_or_default();
    if !roles.contains(&Role::Steward) {
        let text = "only stewards decide about changes of policies and roles; ask one of them";
        return Err(Problem::new(Kind::Forbidden, "stewards-only", text));
    }
    if row.proposed_by == by {
        let alone = users::count_present(reads, Role::Steward, Some(by)).await? == 0;
        let text = if alone {
            "you proposed this, and no other steward is left; take it back and make the change again: it takes effect at once"
        } else {
            "you proposed this, so another steward decides; you can take it back"
        };
        return Err(Problem::new(Kind::Forbidden, "own-proposal", text));
    }
    Ok(())
}

/// Whoever proposed it, with what they may do now: what somebody asked for who may ask no more is nobody's wish.
async fn proposer(reads: &impl Reads, row: &ProposalRow) -> Result<Origin, Problem> {
    let user = users::by_id(reads, row.proposed_by).await?.ok_or_else(|| unknown(row.id))?;
    let may = match row.kind {
        ProposalKind::Policy => user.has(Role::Steward),
        ProposalKind::Roles | ProposalKind::Member => user.has(Role::Steward) || user.has(Role::Admin),
    };
    if !may {
        let text = format!("{} may not change this any more; refuse it, and propose it yourself if you want it", user.name);
        return Err(Problem::new(Kind::Conflict, "proposer-lost-role", text));
    }
    Ok(Origin::Member { id: user.id, name: user.name, roles: user.roles })
}

fn still_waits(row: &ProposalRow) -> Result<(), Problem> {
    match row.state {
        ProposalState::Waiting => Ok(()),
        ProposalState::Lapsed => {
            let text = "nobody decided this in time, so it has lapsed; propose it again";
            Err(Problem::new(Kind::Conflict, "proposal-lapsed", text))
        }
        state => Err(Problem::new(Kind::Conflict, "already-decided", format!("this was decided before: it is {state}"))),
    }
}

/// Writes the decision and its event.
async fn decided(
    tx: &Tx,
    row: &ProposalRow,
    state: ProposalState,
    origin: &Origin,
    by: i64,
    now: Timestamp,
) -> Result<(), Problem> {
    if !proposals::decide(tx, row.id, state, by, now).await? {
        return Err(Problem::new(Kind::Conflict, "already-decided", "this was decided a moment ago; look again"));
    }
    let topic = match state {
        ProposalState::Accepted => Topic::ProposalAccepted,
        ProposalState::Withdrawn => Topic::ProposalWithdrawn,
        ProposalState::Refused | ProposalState::Waiting | ProposalState::Lapsed => Topic::ProposalRefused,
    };
    let subject = [row.id.to_string(), row.kind.to_string(), row.subject.clone()];
    events::append(tx, topic, &subject, Some(&origin.label()), now).await?;
    Ok(())
}
