//! Block, allow, take back, change the mode: each with a reason, and with everything that follows in one transaction.

use vetmoot_domain::event::Topic;
use vetmoot_domain::{Role, Timestamp};
use vetmoot_storage::federation::following;
use vetmoot_storage::federation::moderation::{self, ModerationRow, Verdict};
use vetmoot_storage::federation::peer_evidence;
use vetmoot_storage::{Tx, events, settings};

use super::lists::{MODE, Mode, Snapshot};
use super::subject::Subject;
use crate::ctx::{Ctx, Origin};
use crate::follow;
use crate::limits::REASON_BYTES_MAX;
use crate::problem::{Kind, Problem};

/// What a decision came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decided {
    /// The subject in its one spelling; empty for a change of the mode.
    pub subject: String,
    /// Communities this one follows no longer.
    pub unfollowed: u64,
    /// Statements that count no longer.
    pub statements: u64,
    /// Followers that were taken away.
    pub followers: u64,
    /// Deliveries that were given up.
    pub deliveries: u64,
}

/// Blocks or allows a host (with the names below it, when blocked) or one actor.
///
/// A block stops what comes from there and what goes there, takes its followers away, ends its weight and re-judges.
pub async fn decide(ctx: &Ctx, origin: &Origin, subject: &str, verdict: Verdict, reason: &str) -> Result<Decided, Problem> {
    authorised(origin)?;
    let subject = Subject::read(subject)?;
    let decision = ModerationRow {
        subject: subject.as_str().to_owned(),
        verdict,
        reason: checked(reason)?,
        decided_by: origin.label(),
        decided_at: ctx.clock.now(),
    };
    if verdict == Verdict::Block && is_ours(ctx, &subject) {
        return Err(Problem::invalid("not-ourselves", "subject", "this community cannot block itself"));
    }
    let tx = ctx.store.begin().await?;
    moderation::decide(&tx, &decision).await?;
    finish(ctx, tx, origin, Some(&subject), verdict.as_str()).await
}

/// Takes a decision back. Who was unfollowed by it stays so; following again brings their statements back.
pub async fn undo(ctx: &Ctx, origin: &Origin, subject: &str, reason: &str) -> Result<Decided, Problem> {
    authorised(origin)?;
    checked(reason)?;
    let subject = Subject::read(subject)?;
    let tx = ctx.store.begin().await?;
    if !moderation::undo(&tx, subject.as_str()).await? {
        return Err(Problem::not_found("no-such-decision", format!("nothing was decided about {subject}")));
    }
    finish(ctx, tx, origin, Some(&subject), "undone").await
}

/// Changes with whom this instance speaks; admins and the operator do.
pub async fn set_mode(ctx: &Ctx, origin: &Origin, mode: Mode, reason: &str) -> Result<Decided, Problem> {
    if !origin.has(&[Role::Admin]) {
        return Err(Problem::new(Kind::Forbidden, "admins-only", "only admins change the mode of federation"));
    }
    checked(reason)?;
    let tx = ctx.store.begin().await?;
    settings::set(&tx, MODE, mode.as_str()).await?;
    finish(ctx, tx, origin, None, mode.as_str()).await
}

/// Stewards, admins and the operator moderate and follow.
pub(crate) fn authorised(origin: &Origin) -> Result<(), Problem> {
    if origin.has(&[Role::Steward, Role::Admin]) {
        return Ok(());
    }
    Err(Problem::new(Kind::Forbidden, "stewards-only", "only stewards and admins decide whom this community speaks with"))
}

fn checked(reason: &str) -> Result<String, Problem> {
    let reason = reason.trim();
    if reason.is_empty() || reason.len() > REASON_BYTES_MAX {
        return Err(Problem::invalid("no-reason", "reason", "say why, in at most 1,000 bytes; it is shown to everybody"));
    }
    Ok(reason.to_owned())
}

fn is_ours(ctx: &Ctx, subject: &Subject) -> bool {
    let ours = Subject::read(ctx.base_url.as_str());
    match subject {
        Subject::Host(host) => ours.is_ok_and(|ours| super::subject::covering(ours.as_str()).any(|name| name == host)),
        Subject::Actor(address) => address.starts_with(&ctx.base_url.join("/")),
    }
}

/// Carries out what the lists say now, writes the event, commits, and makes it felt.
async fn finish(ctx: &Ctx, tx: Tx, origin: &Origin, subject: Option<&Subject>, verdict: &str) -> Result<Decided, Problem> {
    let now = ctx.clock.now();
    let lists = Snapshot::read(&tx).await?;
    let named = subject.map(ToString::to_string).unwrap_or_default();
    let mut done = Decided { subject: named.clone(), ..Decided::default() };
    for ended in follow::end_unpermitted(&tx, &lists, origin, now).await? {
        done.unfollowed += 1;
        done.statements += ended.entries;
    }
    match subject {
        Some(Subject::Actor(actor)) => weigh(&tx, &lists, actor, &mut done, now).await?,
        Some(Subject::Host(_)) => {}
        // Another mode may look at decisions that were not looked at, or the other way round.
        None => {
            for row in moderation::all(&tx).await? {
                if let Ok(Subject::Actor(actor)) = Subject::read(&row.subject) {
                    weigh(&tx, &lists, &actor, &mut done, now).await?;
                }
            }
        }
    }
    part(&tx, &lists, &mut done).await?;
    let counts = format!(
        "unfollowed {} statements {} followers {} deliveries {}",
        done.unfollowed, done.statements, done.followers, done.deliveries
    );
    let event = [named, verdict.to_owned(), counts];
    events::append(&tx, Topic::ModerationDecided, &event, Some(&origin.label()), now).await?;
    tx.commit().await?;
    ctx.moderation.reload(&ctx.store).await?;
    ctx.changed();
    ctx.signals.catch_up.notify_one();
    Ok(done)
}

/// Takes blocked followers away, and gives up what waits for those who are blocked.
async fn part(tx: &Tx, lists: &Snapshot, done: &mut Decided) -> Result<(), Problem> {
    // A mode is changed back more easily than followers are won: only a block takes them away, and what waits for them.
    // What is not permitted for another reason is not sent either, and stays.
    if lists.mode != Mode::Open {
        let blocks = lists.as_mode(Mode::BlockList);
        let followers = moderation::followers(tx).await?;
        let gone: Vec<_> = followers.iter().filter(|one| !blocks.permits(&one.origin, Some(&one.uri))).collect();
        for one in gone.iter().filter(|one| blocks.permits(&one.origin, None)) {
            done.deliveries += moderation::drop_deliveries_to(tx, one.actor_id, BLOCKED).await?;
        }
        let rows: Vec<i64> = gone.iter().map(|one| one.actor_id).collect();
        done.followers += moderation::remove_followers(tx, &rows).await?;
        for (host, origin) in moderation::awaited_hosts(tx).await? {
            if !blocks.permits(&origin, None) {
                done.deliveries += moderation::drop_deliveries(tx, host, BLOCKED).await?;
            }
        }
    }
    Ok(())
}

/// Ends or brings back what one actor weighs. What was refused of it meanwhile is in its community's log, which is read
/// again.
async fn weigh(tx: &Tx, lists: &Snapshot, actor: &str, done: &mut Decided, now: Timestamp) -> Result<(), Problem> {
    if lists.silences(actor) {
        done.statements += peer_evidence::end_author(tx, actor, now).await?.entries;
        return Ok(());
    }
    peer_evidence::revive_author(tx, actor).await?;
    for row in following::all(tx).await?.iter().filter(|row| actor.starts_with(&format!("{}/", row.origin))) {
        following::read_again(tx, row.id, now).await?;
    }
    Ok(())
}

/// What the ledger says of deliveries that were given up.
const BLOCKED: &str = "blocked here";
