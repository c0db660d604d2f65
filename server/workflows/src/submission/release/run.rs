//! One release, taken as far as it goes now.

use vetmoot_domain::{CandidateState, Home, Span, Timestamp};
use vetmoot_storage::submission::{candidates, files, projects, releases};
use vetmoot_storage::{artifacts, events};

use super::answer::{Refused, Sent};
use super::compare::{self, Compared};
use super::look::{self, Likeness};
use super::{ReleaseRow, ReleaseStep, npm, over, send};
use crate::ctx::Ctx;
use crate::limits::{
    COMPARE_PATIENCE, COMPARE_PAUSE_MAX, RELEASE_PAUSE_FIRST, RELEASE_PAUSE_MAX, RELEASE_STOPPED_PAUSE, RESEND_AFTER,
    RETRY_AFTER_MAX, SAID_TO_EXIST_TRIES,
};
use crate::problem::{Kind, Problem};
use crate::submission::{CandidateRow, FileRow, FileStep, ProjectRow, candidate, project, vet};

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
    let Some(row) = row.filter(|row| row.state == CandidateState::Releasing) else {
        over::abandoned(ctx, release).await?;
        return Ok(Went::On);
    };
    let project = projects::get(&reader, row.project_id).await?.ok_or_else(|| {
        Problem::new(Kind::Internal, "no-project", "the project of a candidate is gone; run `vetmoot-server doctor`")
    })?;
    // Asked before every single thing that is done: what is stopped stops between two files.
    let goes_on = project::goes_on(&reader, &project).await.and_then(|()| project::home_stands(ctx, &project));
    if let Err(problem) = goes_on {
        let until = ctx.clock.now().plus(RELEASE_STOPPED_PAUSE);
        return Ok(Went::Waits { text: problem.to_string(), until, tries: release.tries });
    }
    let files = files::of_candidate(&reader, &row.id).await?;
    let journey = Journey { release, row, files, project };
    if journey.project.home == Home::Community {
        return stay(ctx, &journey).await;
    }
    if let Some(file) = journey.files.iter().find(|file| !matches!(file.step, FileStep::Published | FileStep::Verified)) {
        return bring(ctx, &journey, file).await;
    }
    if release.step != ReleaseStep::Comparing {
        return step_to(ctx, release, ReleaseStep::Comparing).await;
    }
    match journey.files.iter().find(|file| file.step == FileStep::Published) {
        Some(file) => verify(ctx, &journey, file).await,
        None => {
            over::released(ctx, &journey, None).await?;
            Ok(Went::On)
        }
    }
}

/// A release whose home is here goes nowhere: it is there once what approved it is found to stand.
async fn stay(ctx: &Ctx, journey: &Journey<'_>) -> Result<Went, Problem> {
    let seen = events::last(&ctx.store.read()).await?;
    let needs = vet::of_policy(ctx, &candidate::show(ctx, &journey.row.id).await?).await?;
    match needs.missing() {
        Some(missing) => over::lapsed(ctx, journey, &missing).await?,
        // Something may be said in this very moment; then it is looked at once more.
        None => over::released(ctx, journey, Some((&needs, seen))).await?,
    }
    Ok(Went::On)
}

async fn step_to(ctx: &Ctx, release: &ReleaseRow, step: ReleaseStep) -> Result<Went, Problem> {
    let tx = ctx.store.begin().await?;
    releases::at_step(&tx, &release.candidate, step, ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(Went::On)
}

/// Brings one file to the index, unless it is there: looked for first, every time.
async fn bring(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow) -> Result<Went, Problem> {
    let ours = if file.step == FileStep::Waiting { Ours::NeverTaken } else { Ours::MayBeThere };
    if let Some(seen) = look::file(ctx, &journey.row, file).await? {
        return found(ctx, journey, file, seen, ours).await;
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
        Ok(sent) => answered(ctx, journey, file, sent, ours).await,
        Err(problem) if problem.code == send::LAPSED => {
            over::lapsed(ctx, journey, &problem.text).await?;
            Ok(Went::On)
        }
        // Nothing was sent whole, and nothing will be: these are not the bytes that were vetted.
        Err(problem) if matches!(problem.code, "bytes-changed" | "not-releasable") => {
            over::failed(ctx, journey, ours.back(file, &problem.text), &problem.text).await?;
            Ok(Went::On)
        }
        Err(problem) => Err(problem),
    }
}

/// Whether the index can have our bytes of a file: what other bytes there mean hangs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ours {
    /// They were never sent, or the index said no to every time they were.
    NeverTaken,
    /// They were sent, and whether they arrived is not known.
    MayBeThere,
}

impl Ours {
    /// The file as one that waits again, where the index answered that it did not take it; with what it said.
    fn back<'a>(self, file: &'a FileRow, said: &'a str) -> Option<over::Back<'a>> {
        (self == Self::NeverTaken).then_some(over::Back { file, said })
    }
}

/// The index has a file under this name already.
async fn found(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow, seen: look::Seen, ours: Ours) -> Result<Went, Problem> {
    match seen.likeness(file) {
        Likeness::Same => published(ctx, journey, file, None).await,
        Likeness::Unknown => match compare::file(ctx, &journey.row, file).await? {
            Compared::Same(_) => published(ctx, journey, file, None).await,
            Compared::Other(seen) => taken(ctx, journey, file, &seen, ours).await,
            Compared::NotYet(text) => not_yet(ctx, journey, file, text, RELEASE_PAUSE_MAX).await,
        },
        Likeness::Other => taken(ctx, journey, file, &seen, ours).await,
    }
}

/// The index has other bytes under this name: an incident when it can have had ours, else somebody was there before.
async fn taken(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow, seen: &look::Seen, ours: Ours) -> Result<Went, Problem> {
    if ours == Ours::NeverTaken {
        let ours_became = if file.step == FileStep::Waiting { "nothing was sent" } else { "nothing of ours was taken there" };
        let text = format!(
            "the official index has a {} with other bytes already; {ours_became}. Withdraw this candidate and hand in the next \
             version",
            file.file_name
        );
        over::failed(ctx, journey, ours.back(file, &text), &text).await?;
    } else {
        over::mismatched(ctx, journey, file, seen).await?;
    }
    Ok(Went::On)
}

/// Notes that the index has the file.
pub(super) async fn published(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow, notes: Option<&str>) -> Result<Went, Problem> {
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    if candidates::get(&tx, &journey.row.id).await?.is_none_or(|row| row.state != CandidateState::Releasing) {
        return Err(Problem::new(Kind::Unavailable, "moved-meanwhile", "the candidate was moved meanwhile"));
    }
    files::set_step(&tx, file.id, file.step, FileStep::Published, now, notes).await?;
    releases::at_step(&tx, &journey.row.id, ReleaseStep::Sending, now).await?;
    releases::set_remote(&tx, &journey.row.id, None).await?;
    tx.commit().await?;
    Ok(Went::On)
}

/// What the index said to a file that was sent; the file's row says `sent` by now.
///
/// `ours` is what was known before it was sent.
async fn answered(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow, sent: Sent, ours: Ours) -> Result<Went, Problem> {
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
        Sent::Later { text, asked, limited, untaken } => {
            if untaken {
                set_back(ctx, file, ours).await?;
            }
            let went = later(ctx, journey.release, format!("the index said {text}"), asked);
            if let (true, Went::Waits { text, until, .. }) = (limited, &went) {
                let tx = ctx.store.begin().await?;
                releases::set_pause(&tx, journey.release.ecosystem, *until, text).await?;
                tx.commit().await?;
            }
            Ok(went)
        }
        Sent::Refused(refused) => refuse(ctx, journey, file, &refused, ours).await,
    }
}

/// Notes of a file that was sent that the index did not take it, unless an earlier answer was lost.
async fn set_back(ctx: &Ctx, file: &FileRow, ours: Ours) -> Result<(), Problem> {
    if ours == Ours::NeverTaken {
        let tx = ctx.store.begin().await?;
        files::set_step(&tx, file.id, FileStep::Sent, FileStep::Waiting, ctx.clock.now(), None).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The index said no. What it refuses because it has it is looked for once more: an answer may have been lost before.
///
/// A clear no leaves the file as one that was never sent. Only when the index says that it has the name already, and an
/// answer was lost before, can it be ours that it has.
async fn refuse(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow, refused: &Refused, ours: Ours) -> Result<Went, Problem> {
    let ours = if refused.sure { ours } else { Ours::MayBeThere };
    if !refused.credential {
        if let Some(seen) = look::file(ctx, &journey.row, file).await? {
            return found(ctx, journey, file, seen, ours).await;
        }
        if refused.exists && journey.release.tries < SAID_TO_EXIST_TRIES {
            set_back(ctx, file, ours).await?;
            let text = format!("{} is looked for at the index, which said: {}", file.file_name, refused.text);
            return Ok(later(ctx, journey.release, text, None));
        }
    }
    let text = format!("the official index refused {}: {}", file.file_name, refused.text);
    // Who may not ask is told nothing of what is there.
    let ours = if refused.exists || refused.credential { ours } else { Ours::NeverTaken };
    over::failed(ctx, journey, ours.back(file, &refused.text), &text).await?;
    Ok(Went::On)
}

/// Compares what the index serves with what was vetted.
async fn verify(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow) -> Result<Went, Problem> {
    match compare::file(ctx, &journey.row, file).await? {
        Compared::Same(seen) => {
            let now = ctx.clock.now();
            let tx = ctx.store.begin().await?;
            files::set_step(&tx, file.id, file.step, FileStep::Verified, now, file.detail.as_deref()).await?;
            // From now on other bytes under this name are an incident, whoever looks first.
            artifacts::pin_released(&tx, journey.row.package_id, &over::as_artifact(&journey.row, file, &seen), now).await?;
            releases::at_step(&tx, &journey.row.id, ReleaseStep::Comparing, now).await?;
            tx.commit().await?;
            Ok(Went::On)
        }
        Compared::Other(seen) => {
            over::mismatched(ctx, journey, file, &seen).await?;
            Ok(Went::On)
        }
        Compared::NotYet(text) => not_yet(ctx, journey, file, text, COMPARE_PAUSE_MAX).await,
    }
}

/// The index does not show a file that it has, or had: it is given time, and not for ever.
async fn not_yet(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow, text: String, pause_max: Span) -> Result<Went, Problem> {
    let now = ctx.clock.now();
    let since = file.step_at.unwrap_or(journey.release.asked_at).max(journey.release.asked_at);
    if now >= since.plus(COMPARE_PATIENCE) {
        let text = format!(
            "{text}, {} after it should have. Ask the index what became of {}; a lead tries again, which looks first, or takes \
             the candidate back",
            COMPARE_PATIENCE.in_words(),
            file.file_name
        );
        over::failed(ctx, journey, None, &text).await?;
        return Ok(Went::On);
    }
    let tries = journey.release.tries.saturating_add(1);
    Ok(Went::Waits { text, until: now.plus(doubled(RELEASE_PAUSE_FIRST, tries, pause_max)), tries })
}
