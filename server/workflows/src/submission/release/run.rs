//! One release, taken as far as it goes now.

use vetmoot_domain::{Home, Span, Timestamp};
use vetmoot_storage::submission::{candidates, files, projects, releases};

use super::answer::{Refused, Sent};
use super::compare::{self, Compared};
use super::look::{self, Likeness};
use super::{ReleaseRow, ReleaseStep, npm, over, send};
use crate::ctx::Ctx;
use crate::limits::{
    COMPARE_PAUSE_MAX, RELEASE_PAUSE_FIRST, RELEASE_PAUSE_MAX, RELEASE_STOPPED_PAUSE, RESEND_AFTER, RETRY_AFTER_MAX,
    SAID_TO_EXIST_TRIES,
};
use crate::problem::{Kind, Problem};
use crate::submission::{CandidateRow, FileRow, FileStep, ProjectRow, project};

/// How far a release came.
pub(super) enum Went {
    /// It is over, or was taken a step that is written down; it is due again at once.
    On,
    /// It waits, for a reason; `tries` counts what failed in a row.
    Waits {
        /// Why.
        text: String,
        /// Until when.
        until: Timestamp,
        /// Failures in a row, this one included.
        tries: i64,
    },
}

/// A release with everything that belongs to it.
pub(super) struct Journey<'a> {
    pub(super) release: &'a ReleaseRow,
    pub(super) row: CandidateRow,
    pub(super) files: Vec<FileRow>,
    pub(super) project: ProjectRow,
}

/// Takes a release as far as it goes; afterwards it is over, or put off.
pub(super) async fn advance(ctx: &Ctx, release: &ReleaseRow) -> Result<(), Problem> {
    let mut release = release.clone();
    loop {
        let went = match once(ctx, &release).await {
            Ok(went) => went,
            Err(problem) => waits_for(ctx, &release, &problem),
        };
        match went {
            Went::On => {}
            Went::Waits { text, until, tries } => {
                let tx = ctx.store.begin().await?;
                releases::put_off(&tx, &release.candidate, tries, until, &text).await?;
                tx.commit().await?;
                tracing::info!(candidate = %release.candidate, tries, "a release waits: {text}");
                return Ok(());
            }
        }
        match releases::get(&ctx.store.read(), &release.candidate).await? {
            Some(next) if next.done_at.is_none() => release = next,
            _ => return Ok(()),
        }
    }
}

/// A trouble that is nobody's answer: the network, the disk, a fault here. It is tried again.
fn waits_for(ctx: &Ctx, release: &ReleaseRow, problem: &Problem) -> Went {
    if problem.kind == Kind::Internal {
        tracing::error!(candidate = %release.candidate, cause = problem.cause.as_deref().unwrap_or(""), "a release ran into a fault: {problem}");
    }
    later(ctx, release, problem.to_string(), None)
}

/// Another try after a pause that doubles, or after the one that was asked for.
pub(super) fn later(ctx: &Ctx, release: &ReleaseRow, text: String, asked: Option<Span>) -> Went {
    let tries = release.tries.saturating_add(1);
    let pause = asked.map_or_else(|| doubled(RELEASE_PAUSE_FIRST, tries, RELEASE_PAUSE_MAX), bounded);
    Went::Waits { text, until: ctx.clock.now().plus(pause), tries }
}

pub(super) fn bounded(asked: Span) -> Span {
    asked.clamp(Span::from_millis(1), RETRY_AFTER_MAX)
}

/// `first` doubled for every try after the first one, up to `max`.
pub(super) fn doubled(first: Span, tries: i64, max: Span) -> Span {
    let doublings = u32::try_from(tries.saturating_sub(1).clamp(0, 30)).unwrap_or(0);
    Span::from_millis(first.millis().saturating_mul(1_i64 << doublings).min(max.millis()))
}

async fn once(ctx: &Ctx, release: &ReleaseRow) -> Result<Went, Problem> {
    let reader = ctx.store.read();
    let row = candidates::get(&reader, &release.candidate).await?;
    let Some(row) = row.filter(|row| row.state == vetmoot_domain::CandidateState::Releasing) else {
        over::abandoned(ctx, release).await?;
        return Ok(Went::On);
    };
    let project = projects::get(&reader, row.project_id).await?.ok_or_else(|| {
        Problem::new(Kind::Internal, "no-project", "the project of a candidate is gone; run `vetmoot-server doctor`")
    })?;
    // Asked before every single thing that is done: what is stopped stops between two files.
    if let Err(problem) = project::goes_on(&reader, &project).await {
        let until = ctx.clock.now().plus(RELEASE_STOPPED_PAUSE);
        return Ok(Went::Waits { text: problem.to_string(), until, tries: release.tries });
    }
    if project.home == Home::Community {
        over::released(ctx, &row, &project).await?;
        return Ok(Went::On);
    }
    let files = files::of_candidate(&reader, &row.id).await?;
    let journey = Journey { release, row, files, project };
    if let Some(file) = journey.files.iter().find(|file| !matches!(file.step, FileStep::Published | FileStep::Verified)) {
        return bring(ctx, &journey, file).await;
    }
    if release.step != ReleaseStep::Comparing {
        return step_to(ctx, release, ReleaseStep::Comparing).await;
    }
    match journey.files.iter().find(|file| file.step == FileStep::Published) {
        Some(file) => verify(ctx, &journey, file).await,
        None => {
            over::released(ctx, &journey.row, &journey.project).await?;
            Ok(Went::On)
        }
    }
}

async fn step_to(ctx: &Ctx, release: &ReleaseRow, step: ReleaseStep) -> Result<Went, Problem> {
    let tx = ctx.store.begin().await?;
    releases::at_step(&tx, &release.candidate, step, ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(Went::On)
}

/// Brings one file to the index, unless it is there: looked for first, every time.
async fn bring(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow) -> Result<Went, Problem> {
    if let Some(seen) = look::file(ctx, &journey.row, file).await? {
        return found(ctx, journey, file, seen).await;
    }
    if journey.release.step == ReleaseStep::Approval {
        return npm::await_approval(ctx, journey).await;
    }
    let now = ctx.clock.now();
    if let Some(pause) = super::pause(ctx, journey.release.ecosystem).await? {
        return Ok(Went::Waits { text: pause.reason, until: pause.until, tries: journey.release.tries });
    }
    if file.step == FileStep::Sent {
        // It was on its way when this process, or the one before, lost sight of it: the index may still be at work on it.
        let until = file.step_at.unwrap_or(now).plus(RESEND_AFTER);
        if now < until {
            let text = format!(
                "{} was sent and no answer came; the index is looked at again before anything is repeated",
                file.file_name
            );
            return Ok(Went::Waits { text, until, tries: journey.release.tries });
        }
    }
    let sent = send::file(ctx, journey, file).await;
    match sent {
        Ok(sent) => answered(ctx, journey, file, sent).await,
        // Nothing was sent, and nothing will be: these are not the bytes that were vetted.
        Err(problem) if matches!(problem.code, "bytes-changed" | "not-releasable") => {
            over::failed(ctx, &journey.row, &journey.project, &problem.text).await?;
            Ok(Went::On)
        }
        Err(problem) => Err(problem),
    }
}

/// The index has a file under this name already.
async fn found(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow, seen: look::Seen) -> Result<Went, Problem> {
    match seen.likeness(file) {
        Likeness::Same => published(ctx, journey, file, None).await,
        Likeness::Unknown => match compare::file(ctx, &journey.row, file).await? {
            Compared::Same => published(ctx, journey, file, None).await,
            Compared::Other(digests) => taken(ctx, journey, file, &digests).await,
            Compared::NotYet(text) => Ok(later(ctx, journey.release, text, None)),
        },
        Likeness::Other => taken(ctx, journey, file, &seen.digests).await,
    }
}

/// The index has other bytes under this name: an incident when ours were sent, else somebody was there before.
async fn taken(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow, seen: &vetmoot_domain::Digests) -> Result<Went, Problem> {
    if file.step == FileStep::Waiting {
        let text = format!(
            "the official index has a {} with other bytes already; nothing was sent. Withdraw this candidate and hand in the next version",
            file.file_name
        );
        over::failed(ctx, &journey.row, &journey.project, &text).await?;
    } else {
        over::mismatched(ctx, &journey.row, &journey.project, file, seen).await?;
    }
    Ok(Went::On)
}

/// Notes that the index has the file.
pub(super) async fn published(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow, notes: Option<&str>) -> Result<Went, Problem> {
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    files::set_step(&tx, file.id, file.step, FileStep::Published, now, notes).await?;
    releases::at_step(&tx, &journey.row.id, ReleaseStep::Sending, now).await?;
    releases::set_remote(&tx, &journey.row.id, None).await?;
    tx.commit().await?;
    Ok(Went::On)
}

/// What the index said to a file that was sent; the file's row says `sent` by now.
async fn answered(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow, sent: Sent) -> Result<Went, Problem> {
    let file = &FileRow { step: FileStep::Sent, ..file.clone() };
    match sent {
        Sent::Taken { notes } => published(ctx, journey, file, notes.as_deref()).await,
        Sent::Staged { remote } => {
            let tx = ctx.store.begin().await?;
            releases::at_step(&tx, &journey.row.id, ReleaseStep::Approval, ctx.clock.now()).await?;
            releases::set_remote(&tx, &journey.row.id, Some(&remote)).await?;
            tx.commit().await?;
            Ok(Went::On)
        }
        Sent::Later { text, asked, limited } => {
            let went = later(ctx, journey.release, format!("the index said {text}"), asked);
            if let (true, Went::Waits { text, until, .. }) = (limited, &went) {
                let tx = ctx.store.begin().await?;
                releases::set_pause(&tx, journey.release.ecosystem, *until, text).await?;
                tx.commit().await?;
            }
            Ok(went)
        }
        Sent::Refused(refused) => refuse(ctx, journey, file, &refused).await,
    }
}

/// The index said no. What it refuses because it has it is looked for once more: an answer may have been lost before.
async fn refuse(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow, refused: &Refused) -> Result<Went, Problem> {
    if !refused.credential {
        if let Some(seen) = look::file(ctx, &journey.row, file).await? {
            return found(ctx, journey, file, seen).await;
        }
        if refused.exists && journey.release.tries < SAID_TO_EXIST_TRIES {
            let text = format!("the index says that it has {} and does not list it yet ({})", file.file_name, refused.text);
            return Ok(later(ctx, journey.release, text, None));
        }
    }
    let text = format!("the official index refused {}: {}", file.file_name, refused.text);
    over::failed(ctx, &journey.row, &journey.project, &text).await?;
    Ok(Went::On)
}

/// Compares what the index serves with what was vetted.
async fn verify(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow) -> Result<Went, Problem> {
    match compare::file(ctx, &journey.row, file).await? {
        Compared::Same => {
            let now = ctx.clock.now();
            let tx = ctx.store.begin().await?;
            files::set_step(&tx, file.id, file.step, FileStep::Verified, now, file.detail.as_deref()).await?;
            releases::at_step(&tx, &journey.row.id, ReleaseStep::Comparing, now).await?;
            tx.commit().await?;
            Ok(Went::On)
        }
        Compared::Other(seen) => {
            over::mismatched(ctx, &journey.row, &journey.project, file, &seen).await?;
            Ok(Went::On)
        }
        Compared::NotYet(text) => {
            let tries = journey.release.tries.saturating_add(1);
            let until = ctx.clock.now().plus(doubled(RELEASE_PAUSE_FIRST, tries, COMPARE_PAUSE_MAX));
            Ok(Went::Waits { text, until, tries })
        }
    }
}
