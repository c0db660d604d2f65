//! Doing an approved action: at the index, or in our own documents.

use vetmoot_domain::{Ecosystem, Home, Version};
use vetmoot_outbound::{Authorization, Payload, Request};
use vetmoot_storage::submission::{actions, projects, releases};

use super::answer::{self, Refused, Sent};
use super::run::{bounded, doubled};
use super::send::{self, Opened};
use super::{npm, target};
use crate::ctx::Ctx;
use crate::limits::{
    INDEX_ANSWER_BYTES_MAX, LISTING_TIMEOUT, RELEASE_PAUSE_FIRST, RELEASE_PAUSE_MAX, RELEASE_STOPPED_PAUSE, STALL_TIMEOUT,
};
use crate::problem::{Kind, Problem};
use crate::submission::action::{self, ActionKind, ActionRow, ActionState};
use crate::submission::{ProjectRow, own, project};

/// Does an action; afterwards it is over, or put off. Repeating one changes nothing, so nothing is looked up before.
pub(super) async fn advance(ctx: &Ctx, row: &ActionRow) -> Result<(), Problem> {
    let reader = ctx.store.read();
    let project = projects::get(&reader, row.project_id).await?.ok_or_else(|| {
        Problem::new(Kind::Internal, "no-project", "the project of an action is gone; run `vetmoot-server doctor`")
    })?;
    let now = ctx.clock.now();
    if let Err(problem) = project::goes_on(&reader, &project).await {
        return put_off(ctx, row, row.tries, now.plus(RELEASE_STOPPED_PAUSE), &problem.to_string()).await;
    }
    if project.home == Home::Community {
        return done(ctx, row, &project, ActionState::Done, None).await;
    }
    if let Some(pause) = super::pause(ctx, row.package.ecosystem()).await? {
        return put_off(ctx, row, row.tries, pause.until, &pause.reason).await;
    }
    let tries = row.tries.saturating_add(1);
    match act(ctx, row, &project).await {
        Ok(Sent::Taken { .. } | Sent::Staged { .. }) => done(ctx, row, &project, ActionState::Done, None).await,
        Ok(Sent::Refused(refused)) => {
            let text = format!("the official index refused it: {}", refused.text);
            done(ctx, row, &project, ActionState::Failed, Some(&text)).await
        }
        Ok(Sent::Later { text, asked, limited, .. }) => {
            let pause = asked.map_or_else(|| doubled(RELEASE_PAUSE_FIRST, tries, RELEASE_PAUSE_MAX), bounded);
            let (until, text) = (now.plus(pause), format!("the index said {text}"));
            if limited {
                let tx = ctx.store.begin().await?;
                releases::set_pause(&tx, row.package.ecosystem(), until, &text).await?;
                tx.commit().await?;
            }
            put_off(ctx, row, tries, until, &text).await
        }
        Err(problem) => {
            let until = now.plus(doubled(RELEASE_PAUSE_FIRST, tries, RELEASE_PAUSE_MAX));
            put_off(ctx, row, tries, until, &problem.to_string()).await
        }
    }
}

async fn act(ctx: &Ctx, row: &ActionRow, project: &ProjectRow) -> Result<Sent, Problem> {
    let opened = send::credential(ctx, project).await?;
    let base = target::of(ctx, row.package.ecosystem()).await?;
    let name = row.package.name().as_str();
    let sent = match (row.package.ecosystem(), row.kind) {
        (Ecosystem::Cargo, ActionKind::Yank) => cargo(ctx, name, &row.versions, false, &base, &opened).await?,
        (Ecosystem::Cargo, ActionKind::Unyank) => cargo(ctx, name, &row.versions, true, &base, &opened).await?,
        (Ecosystem::Npm, ActionKind::Deprecate) => {
            npm::deprecate(ctx, name, &row.versions, row.message.as_deref().unwrap_or_default(), &base, &opened).await?
        }
        // Refused when it was asked for.
        _ => Sent::Refused(Refused {
            text: "it has no interface for this".to_owned(),
            credential: false,
            exists: false,
            sure: true,
        }),
    };
    send::note(ctx, &opened.row, &sent).await?;
    Ok(sent)
}

/// `DELETE .../yank` or `PUT .../unyank` for each version (Cargo Book, "Web API").
async fn cargo(
    ctx: &Ctx,
    name: &str,
    versions: &[Version],
    undo: bool,
    base: &url::Url,
    opened: &Opened,
) -> Result<Sent, Problem> {
    for version in versions {
        let verb = if undo { "unyank" } else { "yank" };
        let url = target::join(base, &format!("api/v1/crates/{name}/{version}/{verb}"))?;
        let nothing =
            Payload { bytes: bytes::Bytes::new(), content_type: "application/json".to_owned(), content_encoding: None };
        let request = if undo { Request::put(&url, nothing) } else { Request::delete(&url) };
        let request = Request {
            authorization: Some(Authorization::bare(&opened.secret)),
            accept: Some("application/json"),
            max_bytes: INDEX_ANSWER_BYTES_MAX,
            total_timeout: LISTING_TIMEOUT,
            idle_timeout: STALL_TIMEOUT,
            ..request
        };
        let (meta, body) = ctx.outbound.fetch_all(&target::allow(base)?, request).await?;
        let sent = match answer::read(&meta, &body, &opened.secret, ctx.clock.now()) {
            Sent::Taken { .. } => super::cargo::taken(&body, &opened.secret),
            other => other,
        };
        if !matches!(sent, Sent::Taken { .. }) {
            return Ok(sent);
        }
    }
    Ok(Sent::Taken { notes: None })
}

async fn put_off(ctx: &Ctx, row: &ActionRow, tries: i64, until: vetmoot_domain::Timestamp, text: &str) -> Result<(), Problem> {
    let tx = ctx.store.begin().await?;
    actions::put_off(&tx, row.id, tries, until, text).await?;
    tx.commit().await?;
    Ok(())
}

async fn done(
    ctx: &Ctx,
    row: &ActionRow,
    project: &ProjectRow,
    state: ActionState,
    error: Option<&str>,
) -> Result<(), Problem> {
    let tx = ctx.store.begin().await?;
    if actions::finish(&tx, row.id, state, error, ctx.clock.now()).await? {
        action::note(ctx, &tx, row.id, &row.package, state, Some(&crate::ctx::Origin::Timer.label())).await?;
    }
    tx.commit().await?;
    ctx.changed();
    match project.home {
        Home::Community => own::changed(ctx, &row.package),
        Home::Official => ctx.registry.listings.invalidate(&row.package),
    }
    Ok(())
}
