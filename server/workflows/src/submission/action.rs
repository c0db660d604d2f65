//! Yank, unyank and deprecate: asked for by one person, decided by another, done by the release worker.

use vetmoot_domain::event::Topic;
use vetmoot_domain::{Ecosystem, Home, Package, Role, Version};
use vetmoot_storage::submission::actions::{self, NewAction};
use vetmoot_storage::{Tx, events};

use super::hand_in::Uploader;
use super::project::{self, Project};
use crate::ctx::{Ctx, Origin};
use crate::limits::{ACTION_MESSAGE_BYTES_MAX, ACTION_VERSIONS_MAX, ACTIONS_SHOWN_MAX};
use crate::problem::{Kind, Problem};

pub use vetmoot_storage::submission::actions::{ActionKind, ActionRow, ActionState};

/// Asks for an action on releases that are out; a lead who is not the asker decides. Answers its number.
///
/// # Errors
/// Who asks has no part in the project, the index has no interface for it (`no-interface`), or what is asked is malformed.
pub async fn ask(
    ctx: &Ctx,
    uploader: &Uploader,
    package: &Package,
    kind: ActionKind,
    versions: Vec<Version>,
    message: Option<&str>,
) -> Result<i64, Problem> {
    let project = project::show(ctx, package).await?;
    may_ask(ctx, uploader, &project)?;
    possible(kind, package.ecosystem(), project.row.home)?;
    let versions = check_versions(versions)?;
    let message = check_message(kind, message)?;
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    let new = NewAction { project_id: project.row.id, kind, versions, message, asked_by: uploader.user_id };
    let id = actions::insert(&tx, &new, now).await?;
    note(ctx, &tx, id, package, ActionState::Asked, Some(uploader.name.as_str())).await?;
    tx.commit().await?;
    Ok(id)
}

/// Approves an action: the release worker does it. By somebody who may release, and is not who asked.
pub async fn approve(ctx: &Ctx, origin: &Origin, id: i64) -> Result<ActionRow, Problem> {
    decide(ctx, origin, id, ActionState::Approved).await
}

/// Refuses an action, or takes it back: by somebody who may release, or who asked.
pub async fn refuse(ctx: &Ctx, origin: &Origin, id: i64) -> Result<ActionRow, Problem> {
    decide(ctx, origin, id, ActionState::Refused).await
}

/// The actions of a package, newest first.
pub async fn list(ctx: &Ctx, package: &Package) -> Result<Vec<ActionRow>, Problem> {
    let project = project::show(ctx, package).await?;
    Ok(actions::of_project(&ctx.store.read(), project.row.id, ACTIONS_SHOWN_MAX).await?)
}

/// One action.
pub async fn show(ctx: &Ctx, id: i64) -> Result<ActionRow, Problem> {
    actions::get(&ctx.store.read(), id).await?.ok_or_else(|| unknown(id))
}

async fn decide(ctx: &Ctx, origin: &Origin, id: i64, state: ActionState) -> Result<ActionRow, Problem> {
    let Some(by) = origin.id() else {
        return Err(Problem::new(Kind::Forbidden, "members-only", "a member decides this, under their own name"));
    };
    let row = show(ctx, id).await?;
    let project = project::show(ctx, &row.package).await?;
    let own = row.asked_by == by;
    if own && state == ActionState::Approved {
        let text = "whoever asks for an action does not approve it; another lead of the project does";
        return Err(Problem::new(Kind::Forbidden, "own-action", text));
    }
    if !own && !project::may_release(&project, origin) {
        let text = format!("only leads of {} decide this; its page names them", row.package);
        return Err(Problem::new(Kind::Forbidden, "leads-only", text));
    }
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    if !actions::decide(&tx, id, state, by, now).await? {
        let stands = actions::get(&tx, id).await?.ok_or_else(|| unknown(id))?.state;
        return Err(Problem::new(Kind::Conflict, "already-decided", format!("it was decided before: it is {stands}")));
    }
    note(ctx, &tx, id, &row.package, state, Some(&origin.label())).await?;
    let row = actions::get(&tx, id).await?.ok_or_else(|| unknown(id))?;
    tx.commit().await?;
    ctx.signals.release.notify_one();
    Ok(row)
}

/// Writes the event of an action that moved.
pub(super) async fn note(
    ctx: &Ctx,
    tx: &Tx,
    id: i64,
    package: &Package,
    state: ActionState,
    actor: Option<&str>,
) -> Result<(), Problem> {
    let subject = [id.to_string(), package.to_string(), state.to_string()];
    events::append(tx, Topic::ActionMoved, &subject, actor, ctx.clock.now()).await?;
    Ok(())
}

fn may_ask(ctx: &Ctx, uploader: &Uploader, project: &Project) -> Result<(), Problem> {
    let package = &project.row.package;
    uploader.beyond_uploads(ctx, package)?;
    let part = project.people.iter().any(|person| person.user_id == uploader.user_id);
    if part || uploader.roles.iter().any(|role| matches!(role, Role::Lead | Role::Steward)) {
        return Ok(());
    }
    let text = format!("only maintainers and leads of {package} ask for this; one of its leads can appoint you");
    Err(Problem::new(Kind::Forbidden, "not-your-project", text))
}

/// Whether the index can be asked for it at all.
fn possible(kind: ActionKind, ecosystem: Ecosystem, home: Home) -> Result<(), Problem> {
    let way_out = match (home, ecosystem, kind) {
        (Home::Community, _, _)
        | (_, Ecosystem::Cargo, ActionKind::Yank | ActionKind::Unyank)
        | (_, Ecosystem::Npm, ActionKind::Deprecate) => return Ok(()),
        (_, Ecosystem::Cargo, ActionKind::Deprecate) => {
            "crates have no deprecation; yank the versions, or say it in the README of the next release"
        }
        (_, Ecosystem::Npm, ActionKind::Yank | ActionKind::Unyank) => {
            "npm has no yank; deprecate the versions with a message that names the one to use (an empty message takes it back)"
        }
        (_, Ecosystem::Pypi, ActionKind::Yank | ActionKind::Unyank) => {
            "the official Python index has no interface for yanks; an owner does it by hand on its own site, under the project's releases"
        }
        (_, Ecosystem::Pypi, ActionKind::Deprecate) => {
            "Python packages have no deprecation; an owner can archive the project on the official index's own site"
        }
    };
    Err(Problem::invalid("no-interface", "kind", way_out))
}

fn check_versions(mut versions: Vec<Version>) -> Result<Vec<Version>, Problem> {
    versions.sort();
    versions.dedup();
    if versions.is_empty() || versions.len() > ACTION_VERSIONS_MAX {
        return Err(Problem::invalid("bad-versions", "versions", format!("name 1 to {ACTION_VERSIONS_MAX} versions")));
    }
    Ok(versions)
}

fn check_message(kind: ActionKind, message: Option<&str>) -> Result<Option<String>, Problem> {
    let message = message.map(str::trim);
    if message.is_some_and(|text| text.len() > ACTION_MESSAGE_BYTES_MAX || text.chars().any(char::is_control)) {
        let text = format!("write at most {ACTION_MESSAGE_BYTES_MAX} bytes on one line");
        return Err(Problem::invalid("bad-message", "message", text));
    }
    if kind == ActionKind::Deprecate && message.is_none() {
        let text = "say what users should do instead; an empty message takes a deprecation back";
        return Err(Problem::invalid("no-message", "message", text));
    }
    Ok(message.map(str::to_owned))
}

fn unknown(id: i64) -> Problem {
    Problem::not_found("unknown-action", format!("there is no action {id}"))
}
