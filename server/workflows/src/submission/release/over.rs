//! How a release ends: arrived, failed, or contradicted by what the index serves.

use std::sync::Arc;

use vetmoot_domain::event::Topic;
use vetmoot_domain::{CandidateState, Digests, Ecosystem, Home};
use vetmoot_storage::artifacts::{self, ReleasedFile};
use vetmoot_storage::submission::{candidates, files, releases};
use vetmoot_storage::{Tx, events};

use super::ReleaseRow;
use super::look::Seen;
use super::run::Journey;
use crate::ctx::{Ctx, Origin};
use crate::limits::DIGEST_DIGITS_SAID;
use crate::problem::Problem;
use crate::submission::vet::Needs;
use crate::submission::{CandidateRow, FileRow, FileStep, ProjectRow, candidate, moves, own, statements, vet};

/// Everything is where it was to go, with the bytes that were vetted.
///
/// Where that is this community's own index, the judgement it rests on was made after the event named with it; nothing is
/// done when it no longer holds.
pub(super) async fn released(ctx: &Ctx, journey: &Journey<'_>, judged: Option<(&Needs, i64)>) -> Result<(), Problem> {
    let (row, project, now) = (&journey.row, &journey.project, ctx.clock.now());
    // Judged before the transaction begins.
    let waived = vet::waived(ctx, &candidate::show(ctx, &row.id).await?).await?;
    let tx = ctx.store.begin().await?;
    if let Some((needs, seen)) = judged
        && !vet::stands(ctx, &tx, needs, seen, &row.id).await?
    {
        return Ok(());
    }
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

/// A file that the index did not take and said so: it waits again, as if it had never been sent.
pub(super) struct Back<'a> {
    pub(super) file: &'a FileRow,
    /// What the index said to it.
    pub(super) said: &'a str,
}

/// The way there ended; the reason says where and why. Whoever may release can try again.
pub(super) async fn failed(ctx: &Ctx, journey: &Journey<'_>, back: Option<Back<'_>>, reason: &str) -> Result<(), Problem> {
    let (row, now) = (&journey.row, ctx.clock.now());
    let tx = ctx.store.begin().await?;
    if let Some(Back { file, said }) = back {
        // Its row may say either: what was refused before it left was never noted as sent.
        for step in [FileStep::Sent, FileStep::Waiting] {
            if files::set_step(&tx, file.id, step, FileStep::Waiting, now, Some(said)).await? {
                break;
            }
        }
    }
    moves::go(ctx, &tx, row, CandidateState::Failed, &Origin::Timer, Some(reason)).await?;
    releases::finish(&tx, &row.id, Some(reason), now).await?;
    tx.commit().await?;
    felt(ctx, row, &journey.project);
    tracing::warn!(candidate = %row.id, "a release failed: {reason}");
    Ok(())
}

/// What approved it no longer stands: it goes back to be looked at while nothing of it was sent, and fails where something
/// is out already.
pub(super) async fn lapsed(ctx: &Ctx, journey: &Journey<'_>, missing: &str) -> Result<(), Problem> {
    let reason = format!("what approved it has lapsed before it was sent: {missing}");
    if journey.files.iter().any(|file| file.step != FileStep::Waiting) {
        return failed(ctx, journey, None, &reason).await;
    }
    let row = &journey.row;
    let tx = ctx.store.begin().await?;
    moves::go(ctx, &tx, row, CandidateState::InReview, &Origin::Timer, Some(&reason)).await?;
    tx.commit().await?;
    felt(ctx, row, &journey.project);
    tracing::warn!(candidate = %row.id, "a release was taken back: {reason}");
    Ok(())
}

/// The index serves other bytes than those that were released: an incident, which everybody hears of. Every policy refuses
/// the artifact from the same moment, under the digests that were vetted.
pub(super) async fn mismatched(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow, seen: &Seen) -> Result<(), Problem> {
    let (row, now) = (&journey.row, ctx.clock.now());
    let reason = format!(
        "the official index serves other bytes under {} than those that were vetted. Nobody should install it; tell the \
         index, and hand in the next version. It serves {}",
        file.file_name,
        in_short(&seen.digests)
    );
    let shown = seen.digests.iter().map(|digest| digest.to_string()).collect::<Vec<_>>().join(", ");
    let artifact = as_artifact(row, file, seen);
    let tx = ctx.store.begin().await?;
    files::set_step(&tx, file.id, file.step, FileStep::Mismatched, now, Some(&shown)).await?;
    let moved = moves::go(ctx, &tx, row, CandidateState::Failed, &Origin::Timer, Some(&reason)).await?;
    releases::finish(&tx, &row.id, Some(&reason), now).await?;
    let news = artifacts::contradict_released(&tx, row.package_id, &artifact, &seen.digests, now).await?;
    if news {
        let key = artifacts::key(artifact.version, artifact.file_name);
        events::append(&tx, Topic::DigestChanged, &[row.package.to_string(), key], None, now).await?;
    }
    note_mismatch(&tx, row, file, &seen.digests, now).await?;
    let file = files::get(&tx, file.id).await?.unwrap_or_else(|| file.clone());
    statements::mismatched(ctx, &tx, &moved, &file, &seen.digests).await?;
    tx.commit().await?;
    if news {
        ctx.metrics.incidents.inc();
    }
    felt(ctx, row, &journey.project);
    {
        // A listing that is being taken in right now may not know of it yet; it is dropped once it is there.
        let lock = ctx.registry.locks.get_with(row.package.clone(), || Arc::new(tokio::sync::Mutex::new(())));
        let _single = lock.lock().await;
        felt(ctx, row, &journey.project);
    }
    tracing::error!(candidate = %row.id, file = %file.file_name, "the official index serves other bytes than were released");
    Ok(())
}

/// A file as it stands among the artifacts of its package.
pub(super) fn as_artifact<'a>(row: &CandidateRow, file: &'a FileRow, seen: &'a Seen) -> ReleasedFile<'a> {
    ReleasedFile {
        version: &seen.version,
        file_name: (row.package.ecosystem() == Ecosystem::Pypi).then_some(file.file_name.as_str()),
        digests: &file.digests,
        size: file.size,
        url: &seen.url,
        seen_at: file.uploaded_at,
    }
}

/// The first digest, cut to what a person compares; the whole ones stand in the file's row and in the record.
fn in_short(digests: &Digests) -> String {
    let Some(digest) = digests.iter().next() else { return "bytes whose digest it does not name".to_owned() };
    let hex = digest.hex();
    format!("{}:{}", digest.algorithm(), hex.get(..DIGEST_DIGITS_SAID).unwrap_or(&hex))
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
