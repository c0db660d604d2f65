//! The moves of a candidate: each checks who may, writes state, move and event in one transaction, and nothing else does.

mod release;
mod scene;

use vetmoot_domain::event::Topic;
use vetmoot_domain::{CandidateId, CandidateState, Home};
use vetmoot_storage::submission::candidates::{self, NewMove};
use vetmoot_storage::submission::{files, projects, releases};
use vetmoot_storage::{Tx, blobs, events, packages};

use self::scene::Scene;
use super::{CandidateRow, FileStep, candidate, hand_in, statements, vet};
use crate::ctx::{Ctx, Origin};
use crate::limits::MOVE_REASON_BYTES_MAX;
use crate::problem::{Kind, Problem};

pub(crate) use self::release::happened;
pub use self::release::release;

/// Says that all files are there: draft to staged. By its uploader, or a lead.
pub async fn complete(ctx: &Ctx, origin: &Origin, id: &CandidateId) -> Result<CandidateRow, Problem> {
    let tx = ctx.store.begin().await?;
    let scene = Scene::read(&tx, id, origin).await?;
    if !scene.is_uploader(origin) && !scene.is_lead(origin) {
        return Err(forbidden("not-yours", "only its uploader or a lead says that all files are there"));
    }
    let row = go(ctx, &tx, &scene.candidate, CandidateState::Staged, origin, None).await?;
    tx.commit().await?;
    after(ctx);
    Ok(settled(ctx, row).await)
}

/// Somebody takes it up: staged (or changes asked) to in review. By an auditor, lead or steward.
pub async fn take(ctx: &Ctx, origin: &Origin, id: &CandidateId) -> Result<CandidateRow, Problem> {
    let tx = ctx.store.begin().await?;
    let scene = Scene::read(&tx, id, origin).await?;
    scene.may_review(origin)?;
    let from = scene.candidate.state;
    // What is approved goes back by what the policy finds, not because somebody has another look.
    if matches!(from, CandidateState::Approved | CandidateState::Releasing) {
        return Err(illegal(from, CandidateState::InReview));
    }
    let row = go(ctx, &tx, &scene.candidate, CandidateState::InReview, origin, None).await?;
    tx.commit().await?;
    after(ctx);
    Ok(settled(ctx, row).await)
}

/// A reviewer wants something else; `reason` says what. Its version is free for another upload afterwards.
pub async fn ask_changes(ctx: &Ctx, origin: &Origin, id: &CandidateId, reason: &str) -> Result<CandidateRow, Problem> {
    let Some(reason) = within(reason)? else {
        return Err(Problem::invalid("no-reason", "reason", "say what should be changed"));
    };
    let tx = ctx.store.begin().await?;
    let scene = Scene::read(&tx, id, origin).await?;
    scene.may_review(origin)?;
    let row = go(ctx, &tx, &scene.candidate, CandidateState::ChangesAsked, origin, Some(reason)).await?;
    tx.commit().await?;
    after(ctx);
    Ok(row)
}

/// Takes it back: by its uploader, or a lead. The reason may be left out.
pub async fn withdraw(ctx: &Ctx, origin: &Origin, id: &CandidateId, reason: &str) -> Result<CandidateRow, Problem> {
    let reason = within(reason)?;
    let tx = ctx.store.begin().await?;
    let scene = Scene::read(&tx, id, origin).await?;
    if !scene.is_uploader(origin) && !scene.is_lead(origin) {
        return Err(forbidden("not-yours", "only its uploader or a lead takes a candidate back"));
    }
    let row = go(ctx, &tx, &scene.candidate, CandidateState::Withdrawn, origin, reason).await?;
    tx.commit().await?;
    after(ctx);
    Ok(row)
}

/// Writes one move of a candidate: its state if it still is what `row` says, the move, the event, what its bytes are kept
/// for, and that it is staged. Answers the candidate as it is from now on.
///
/// Every move goes through here, those of the release worker and of the policy too. What is said in public when a release
/// arrives ([`statements::released`], [`statements::mismatched`]) is said by the worker, who knows the waivers; after the
/// commit the caller rings what has to hear of it.
pub(crate) async fn go(
    ctx: &Ctx,
    tx: &Tx,
    row: &CandidateRow,
    next: CandidateState,
    by: &Origin,
    reason: Option<&str>,
) -> Result<CandidateRow, Problem> {
    if !row.state.may_become(next) {
        return Err(illegal(row.state, next));
    }
    if next.is_live() && !row.state.is_live() {
        room(ctx, tx, row).await?;
        still_held(ctx, tx, row).await?;
    }
    let taken_back =
        row.state == CandidateState::Releasing && !matches!(next, CandidateState::Released | CandidateState::Failed);
    if taken_back {
        nothing_sent(tx, row).await?;
    }
    let (now, label) = (ctx.clock.now(), by.label());
    let new = NewMove { from: row.state, to: next, user_id: by.id(), moved_by: &label, reason, at: now };
    if !candidates::advance(tx, &row.id, &new).await? {
        let stands = candidates::get(tx, &row.id).await?.ok_or_else(candidate::unknown)?.state;
        let text = format!("somebody moved this candidate meanwhile: it is {stands} now, no longer {}", row.state);
        return Err(Problem::new(Kind::Conflict, "already-moved", text));
    }
    if taken_back {
        releases::finish(tx, &row.id, Some(reason.unwrap_or("it was taken back before anything was sent")), now).await?;
    }
    let topic = match next {
        CandidateState::Staged => Topic::CandidateStaged,
        CandidateState::Released => Topic::CandidateReleased,
        _ => Topic::CandidateMoved,
    };
    events::append(tx, topic, &[row.id.to_string(), next.to_string()], Some(&label), now).await?;
    packages::bump_epoch(tx, row.package_id).await?;
    keep_bytes(ctx, tx, row, next).await?;
    let moved = candidates::get(tx, &row.id).await?.ok_or_else(candidate::unknown)?;
    if next == CandidateState::Staged {
        statements::staged(ctx, tx, &moved, &files::of_candidate(tx, &row.id).await?).await?;
    }
    Ok(moved)
}

/// What a move is told that cannot be made.
fn illegal(from: CandidateState, to: CandidateState) -> Problem {
    Problem::new(Kind::Conflict, "illegal-move", format!("a candidate that is {from} cannot become {to}"))
}

/// A version holds one live candidate: one that comes back to life finds its place taken.
async fn room(ctx: &Ctx, tx: &Tx, row: &CandidateRow) -> Result<(), Problem> {
    match hand_in::occupant(tx, row.package_id, &row.package, &row.version).await? {
        Some(other) if other.id != row.id => Err(Problem::new(
            Kind::Conflict,
            "already-staged",
            format!("another candidate has taken its version meanwhile: {}", candidate::page(ctx, &other.id)),
        )),
        _ => Ok(()),
    }
}

/// What was not live was kept by nothing: it comes back only whole.
async fn still_held(ctx: &Ctx, tx: &Tx, row: &CandidateRow) -> Result<(), Problem> {
    for file in files::of_candidate(tx, &row.id).await? {
        let held = match &file.digests.sha256 {
            Some(sha256) => ctx.blobs.has(sha256).await?.is_some(),
            None => false,
        };
        if !held {
            let text = format!("the bytes of {} were not kept; hand the release in again", file.file_name);
            return Err(Problem::new(Kind::Conflict, "bytes-gone", text));
        }
    }
    Ok(())
}

/// What is on its way comes back only while nothing of it was sent; the worker notes that before the first byte leaves.
async fn nothing_sent(tx: &Tx, row: &CandidateRow) -> Result<(), Problem> {
    match files::of_candidate(tx, &row.id).await?.into_iter().find(|file| file.step != FileStep::Waiting) {
        None => Ok(()),
        Some(file) => Err(Problem::new(
            Kind::Conflict,
            "already-sent",
            format!(
                "{} was sent to the index already, which keeps what it takes; once it is there it can be yanked or deprecated",
                file.file_name
            ),
        )),
    }
}

/// The name under which the bytes of a candidate are kept from being pruned.
pub(crate) fn pin_of(id: &CandidateId) -> String {
    format!("candidate {id}")
}

/// The bytes of what is live are kept; those of a release lie at the official index from then on, unless its home is here.
async fn keep_bytes(ctx: &Ctx, tx: &Tx, row: &CandidateRow, next: CandidateState) -> Result<(), Problem> {
    let project = projects::get(tx, row.project_id).await?;
    let elsewhere = next == CandidateState::Released && project.is_some_and(|project| project.home == Home::Official);
    let keep = next.is_live() && !elsewhere;
    if keep && row.state.is_live() {
        return Ok(());
    }
    let (reason, now) = (pin_of(&row.id), ctx.clock.now());
    for file in files::of_candidate(tx, &row.id).await? {
        let Some(sha256) = file.digests.sha256 else { continue };
        if keep {
            blobs::pin(tx, &sha256, &reason, now).await?;
        } else {
            blobs::unpin(tx, &sha256, &reason).await?;
        }
    }
    Ok(())
}

/// Looks again at what the policy wants, after the commit: that it cannot be done now undoes nothing.
pub(crate) async fn settled(ctx: &Ctx, row: CandidateRow) -> CandidateRow {
    if let Err(problem) = vet::settle(ctx, &row.id).await {
        tracing::warn!(code = problem.code, candidate = %row.id, "what the policy wants could not be looked at: {problem}");
    }
    match candidates::get(&ctx.store.read(), &row.id).await {
        Ok(Some(now)) => now,
        _ => row,
    }
}

fn after(ctx: &Ctx) {
    ctx.changed();
    ctx.signals.compose.notify_one();
}

fn within(reason: &str) -> Result<Option<&str>, Problem> {
    let reason = reason.trim();
    if reason.len() > MOVE_REASON_BYTES_MAX {
        let text = format!("a reason has at most {MOVE_REASON_BYTES_MAX} bytes");
        return Err(Problem::invalid("reason-too-long", "reason", text));
    }
    Ok((!reason.is_empty()).then_some(reason))
}

fn forbidden(code: &'static str, text: impl Into<String>) -> Problem {
    Problem::new(Kind::Forbidden, code, text)
}
