//! How a release ends: arrived, failed, or contradicted by what the index serves.

use vetmoot_domain::event::Topic;
use vetmoot_domain::{CandidateState, Digests, Home};
use vetmoot_storage::submission::{candidates, files, releases};
use vetmoot_storage::{Tx, events};

use super::ReleaseRow;
use crate::ctx::{Ctx, Origin};
use crate::problem::Problem;
use crate::submission::{CandidateRow, FileRow, FileStep, ProjectRow, candidate, moves, own, statements, vet};

/// Everything is where it was to go, with the bytes that were vetted.
pub(super) async fn released(ctx: &Ctx, row: &CandidateRow, project: &ProjectRow) -> Result<(), Problem> {
    let now = ctx.clock.now();
    // Judged before the transaction begins.
    let waived = vet::waived(ctx, &candidate::show(ctx, &row.id).await?).await?;
    let tx = ctx.store.begin().await?;
    if project.home == Home::Community {
        for file in files::of_candidate(&tx, &row.id).await? {
            files::set_step(&tx, file.id, file.step, FileStep::Verified, now, None).await?;
        }
    }
    let moved = moves::go(ctx, &tx, row, CandidateState::Released, &Origin::Timer, None).await?;
    releases::finish(&tx, &row.id, None, now).await?;
    if let Some(lead) = &moved.released_by_name {
        let files = files::of_candidate(&tx, &row.id).await?;
        statements::released(ctx, &tx, &moved, &files, lead, project.home, &waived).await?;
    }
    tx.commit().await?;
    felt(ctx, row, project);
    tracing::info!(candidate = %row.id, "a release is where it was to go");
    Ok(())
}

/// The way there ended; the reason says where and why. Whoever may release can try again.
pub(super) async fn failed(ctx: &Ctx, row: &CandidateRow, project: &ProjectRow, reason: &str) -> Result<(), Problem> {
    let tx = ctx.store.begin().await?;
    moves::go(ctx, &tx, row, CandidateState::Failed, &Origin::Timer, Some(reason)).await?;
    releases::finish(&tx, &row.id, Some(reason), ctx.clock.now()).await?;
    tx.commit().await?;
    felt(ctx, row, project);
    tracing::warn!(candidate = %row.id, "a release failed: {reason}");
    Ok(())
}

/// The index serves other bytes than those that were released: an incident, which everybody hears of.
pub(super) async fn mismatched(
    ctx: &Ctx,
    row: &CandidateRow,
    project: &ProjectRow,
    file: &FileRow,
    seen: &Digests,
) -> Result<(), Problem> {
    let now = ctx.clock.now();
    let shown = seen.iter().map(|digest| digest.to_string()).collect::<Vec<_>>().join(", ");
    let reason = format!(
        "the official index has other bytes under {} than those that were vetted: {shown}. Nobody should install it; \
         tell the index, and release the next version",
        file.file_name
    );
    let tx = ctx.store.begin().await?;
    files::set_step(&tx, file.id, file.step, FileStep::Mismatched, now, Some(&shown)).await?;
    let moved = moves::go(ctx, &tx, row, CandidateState::Failed, &Origin::Timer, Some(&reason)).await?;
    releases::finish(&tx, &row.id, Some(&reason), now).await?;
    note_mismatch(&tx, row, file, seen, now).await?;
    let file = files::get(&tx, file.id).await?.unwrap_or_else(|| file.clone());
    statements::mismatched(ctx, &tx, &moved, &file, seen).await?;
    tx.commit().await?;
    ctx.metrics.incidents.inc();
    felt(ctx, row, project);
    tracing::error!(candidate = %row.id, file = %file.file_name, "the official index serves other bytes than were released");
    Ok(())
}

async fn note_mismatch(
    tx: &Tx,
    row: &CandidateRow,
    file: &FileRow,
    seen: &Digests,
    now: vetmoot_domain::Timestamp,
) -> Result<(), Problem> {
    let mut subject = vec![row.id.to_string(), row.package.release(row.version.clone()).to_string(), file.file_name.clone()];
    subject.extend(seen.iter().map(|digest| digest.to_string()));
    events::append(tx, Topic::ReleaseMismatched, &subject, Some(&Origin::Timer.label()), now).await?;
    Ok(())
}

/// Makes what was written felt: at the doors, in judgements, in posts.
fn felt(ctx: &Ctx, row: &CandidateRow, project: &ProjectRow) {
    ctx.changed();
    ctx.signals.compose.notify_one();
    match project.home {
        Home::Community => own::changed(ctx, &row.package),
        Home::Official => {
            // What the index has now is news to us too.
            ctx.registry.negative.invalidate(&row.package);
            ctx.registry.listings.invalidate(&row.package);
        }
    }
}

/// A release that is not on its way any more although its row says so: nothing is done but that it is noted.
pub(super) async fn abandoned(ctx: &Ctx, release: &ReleaseRow) -> Result<(), Problem> {
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    let state = candidates::get(&tx, &release.candidate).await?.map(|row| row.state.to_string());
    let reason = format!("the candidate is {} and no longer on its way", state.as_deref().unwrap_or("gone"));
    releases::finish(&tx, &release.candidate, Some(&reason), now).await?;
    tx.commit().await?;
    Ok(())
}
