//! Sending one file: the credential, the note that it is on its way, the request, and what the answer means for both.

use vetmoot_domain::event::Topic;
use vetmoot_domain::{CandidateState, Ecosystem};
use vetmoot_outbound::{FetchError, Meta, Request};
use vetmoot_storage::events;
use vetmoot_storage::submission::{candidates, credentials, files, releases};
use zeroize::Zeroizing;

use super::answer::{self, Sent};
use super::run::Journey;
use super::{cargo, npm, pypi, target};
use crate::ctx::{Ctx, Origin};
use crate::limits::{INDEX_ANSWER_BYTES_MAX, RELEASE_LOOKS_MAX, UPLOAD_SILENCE_MAX, UPLOAD_TIMEOUT};
use crate::problem::{Kind, Problem};
use crate::submission::credential::{self, CredentialRow};
use crate::submission::{FileRow, FileStep, ProjectRow, candidate, vet};

/// The code of what is told when that which approved a release no longer stands.
pub(super) const LAPSED: &str = "approval-lapsed";

/// A credential, opened for the requests of one step.
pub(super) struct Opened {
    pub(super) row: CredentialRow,
    pub(super) secret: Zeroizing<String>,
}

/// The credential for a project, opened.
pub(super) async fn credential(ctx: &Ctx, project: &ProjectRow) -> Result<Opened, Problem> {
    let row = credential::usable(ctx, project).await?.ok_or_else(|| {
        let text = format!(
            "there is no credential for {} that is in use; a steward adds one, and the release goes on by itself",
            project.package
        );
        Problem::new(Kind::Unavailable, "no-credential", text)
    })?;
    let secret = credential::open(ctx, &row)?;
    Ok(Opened { row, secret })
}

/// Sends a file. That it is about to be sent is committed before the first byte leaves, so that whoever comes after a
/// crash looks before it sends again.
pub(super) async fn file(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow) -> Result<Sent, Problem> {
    let opened = credential(ctx, &journey.project).await?;
    let base = target::of(ctx, journey.release.ecosystem).await?;
    if journey.release.ecosystem == Ecosystem::Npm
        && let Some(remote) = npm::staged_before(ctx, journey, file, &base, &opened).await?
    {
        // Staged by the process before this one, whose answer was lost; or by hand, and then it counts as sent from now on.
        if file.step == FileStep::Waiting {
            note_sending(ctx, journey, file, &opened).await?;
        }
        return Ok(Sent::Staged { remote });
    }
    // Made before the note: what cannot be made is not about to be sent.
    let parcel = match journey.release.ecosystem {
        Ecosystem::Cargo => cargo::parcel(ctx, journey, file, &base, &opened).await?,
        Ecosystem::Pypi => pypi::parcel(ctx, journey, file, &base, &opened).await?,
        Ecosystem::Npm => npm::parcel(ctx, journey, file, &base, &opened).await?,
    };
    note_sending(ctx, journey, file, &opened).await?;
    tracing::info!(candidate = %journey.row.id, file = %file.file_name, "sending a file to the official index");
    let request = Request {
        authorization: Some(parcel.authorization),
        accept: Some("application/json, text/plain;q=0.9, */*;q=0.5"),
        max_bytes: INDEX_ANSWER_BYTES_MAX,
        total_timeout: UPLOAD_TIMEOUT,
        idle_timeout: UPLOAD_SILENCE_MAX,
        ..Request::upload(&parcel.url, parcel.upload)
    };
    let sent = match ctx.outbound.fetch_all(&target::allow(&base)?, request).await {
        Ok((meta, body)) => understood(journey.release.ecosystem, parcel.stages, &meta, &body, &opened, ctx),
        Err(FetchError::SourceBroken { cause, .. }) => {
            let text = format!("{} was not sent whole: {cause}", file.file_name);
            return Err(Problem::new(Kind::Conflict, "bytes-changed", text));
        }
        // Whether it arrived has to be looked up.
        Err(error) => Sent::Later { text: error.to_string(), asked: None, limited: false, untaken: false },
    };
    note(ctx, &opened.row, &sent).await?;
    Ok(sent)
}

/// Notes that a file is about to be sent, if what approved it stands at this very moment and nobody took it back.
///
/// A release may wait for days between the press and this; an audit that was withdrawn, a violation, a check that says no
/// after all or a stricter policy count here as they did then.
///
/// # Errors
/// [`LAPSED`] when the policy misses something by now, with all of it; `moved-meanwhile` when it is to be looked at again.
async fn note_sending(ctx: &Ctx, journey: &Journey<'_>, file: &FileRow, opened: &Opened) -> Result<(), Problem> {
    let again = |text: &str| Err(Problem::new(Kind::Unavailable, "moved-meanwhile", text));
    let id = &journey.row.id;
    for _ in 0..RELEASE_LOOKS_MAX {
        let seen = events::last(&ctx.store.read()).await?;
        let needs = vet::of_policy(ctx, &candidate::show(ctx, id).await?).await?;
        let tx = ctx.store.begin().await?;
        if !vet::stands(ctx, &tx, &needs, seen, id).await? {
            continue;
        }
        if let Some(missing) = needs.missing() {
            return Err(Problem::new(Kind::Conflict, LAPSED, missing));
        }
        let row = candidates::get(&tx, id).await?;
        if row.is_none_or(|row| row.state != CandidateState::Releasing) {
            return again("the candidate was moved meanwhile");
        }
        if !files::about_to_send(&tx, file, ctx.clock.now()).await? {
            return again("another process took this file further meanwhile");
        }
        releases::set_credential(&tx, id, opened.row.id).await?;
        tx.commit().await?;
        return Ok(());
    }
    again("what the release rests on changes faster than it can be judged; it is looked at again")
}

/// What goes out: an upload, where to, and what proves who sends it.
pub(super) struct Parcel {
    pub(super) url: url::Url,
    pub(super) upload: vetmoot_outbound::Upload,
    pub(super) authorization: vetmoot_outbound::Authorization,
    /// Whether the index keeps it until a person approves it there.
    pub(super) stages: bool,
}

fn understood(ecosystem: Ecosystem, stages: bool, meta: &Meta, body: &[u8], opened: &Opened, ctx: &Ctx) -> Sent {
    match answer::read(meta, body, &opened.secret, ctx.clock.now()) {
        Sent::Taken { .. } => match ecosystem {
            Ecosystem::Cargo => cargo::taken(body, &opened.secret),
            Ecosystem::Npm if stages => npm::staged(body),
            Ecosystem::Npm => npm::taken(body, &opened.secret),
            Ecosystem::Pypi => answer::no_page(meta.status, meta.content_type.as_deref(), body, &opened.secret),
        },
        other => other,
    }
}

/// Notes whether an index took a credential; that it refused one is an event, which stewards hear of.
pub(super) async fn note(ctx: &Ctx, row: &CredentialRow, sent: &Sent) -> Result<(), Problem> {
    let now = ctx.clock.now();
    match sent {
        Sent::Taken { .. } | Sent::Staged { .. } => {
            let tx = ctx.store.begin().await?;
            credentials::used(&tx, row.id, now).await?;
            tx.commit().await?;
        }
        Sent::Refused(refused) if refused.credential => {
            let tx = ctx.store.begin().await?;
            credentials::refused(&tx, row.id, &refused.text).await?;
            let subject = [row.id.to_string(), "refused".to_owned()];
            events::append(&tx, Topic::CredentialTroubled, &subject, Some(&Origin::Timer.label()), now).await?;
            tx.commit().await?;
        }
        Sent::Refused(_) | Sent::Later { .. } => {}
    }
    Ok(())
}
