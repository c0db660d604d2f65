//! The community's credentials at official indexes: added, watched, retired; only the release worker opens them.

use vetmoot_domain::event::Topic;
use vetmoot_domain::{Ecosystem, Home, Package, Role, Timestamp};
use vetmoot_keys::KeysError;
use vetmoot_storage::submission::credentials::{self, NewCredential};
use vetmoot_storage::submission::releases;
use vetmoot_storage::{events, packages};
use zeroize::Zeroizing;

use super::ProjectRow;
use crate::ctx::{Ctx, Origin};
use crate::limits::{CREDENTIAL_ENDS_SOON, CREDENTIAL_LABEL_BYTES_MAX, CREDENTIAL_LAST_CALL};
use crate::problem::{Kind, Problem};

pub use vetmoot_storage::submission::credentials::{CredentialKind, CredentialRow};

/// A credential somebody adds.
#[derive(Clone)]
pub struct Offered<'a> {
    /// Whose index it is for.
    pub ecosystem: Ecosystem,
    /// The one package it is for; the whole ecosystem when there is none.
    pub package: Option<Package>,
    /// What people call it.
    pub label: &'a str,
    /// How it is presented.
    pub kind: CredentialKind,
    /// The secret itself; `user:password` where it is one.
    pub secret: &'a str,
    /// When it ends, where that is known.
    pub expires_at: Option<Timestamp>,
}

impl std::fmt::Debug for Offered<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offered").field("ecosystem", &self.ecosystem).field("label", &self.label).finish_non_exhaustive()
    }
}

/// Adds a credential; from then on the release worker may use it. By a steward or an admin.
pub async fn add(ctx: &Ctx, origin: &Origin, offered: &Offered<'_>) -> Result<CredentialRow, Problem> {
    authorised(origin)?;
    let now = ctx.clock.now();
    let label = check(offered, now)?;
    let tx = ctx.store.begin().await?;
    let package_id = match &offered.package {
        Some(package) => Some(packages::ensure(&tx, package, now).await?.id),
        None => None,
    };
    let new = NewCredential {
        ecosystem: offered.ecosystem,
        package_id,
        label,
        kind: offered.kind,
        added_by: origin.id(),
        expires_at: offered.expires_at,
    };
    let id = credentials::insert(&tx, &new, now).await?;
    // Before the row counts: a credential without its secret would only fail later, at a release.
    ctx.keys.vault().put(&name(id), offered.secret).map_err(secret_problem)?;
    events::append(&tx, Topic::CredentialChanged, &[id.to_string(), "added".to_owned()], Some(&origin.label()), now).await?;
    // What waits for a credential need not wait for the clock.
    releases::wake(&tx, offered.ecosystem, now).await?;
    let row = credentials::get(&tx, id).await?.ok_or_else(|| unknown(id))?;
    if let Err(error) = tx.commit().await {
        // What nobody can name any more is not kept.
        let _ = ctx.keys.vault().remove(&name(id));
        return Err(error.into());
    }
    ctx.signals.release.notify_one();
    ctx.changed();
    Ok(row)
}

/// Every credential, newest first, retired ones too; never a secret. For stewards, admins and leads of all lines.
pub async fn list(ctx: &Ctx, origin: &Origin) -> Result<Vec<CredentialRow>, Problem> {
    if !origin.has(&[Role::Lead, Role::Steward, Role::Admin]) {
        return Err(Problem::new(
            Kind::Forbidden,
            "leads-only",
            "only leads, stewards and admins see which credentials there are",
        ));
    }
    Ok(credentials::list(&ctx.store.read()).await?)
}

/// Retires a credential and erases its secret; releases under way go on with another one or wait. By a steward or an admin.
pub async fn retire(ctx: &Ctx, origin: &Origin, id: i64) -> Result<(), Problem> {
    authorised(origin)?;
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    let row = credentials::get(&tx, id).await?.ok_or_else(|| unknown(id))?;
    if !credentials::retire(&tx, id, now).await? {
        let text = format!("the credential `{}` was retired before; nothing was changed", row.label);
        return Err(Problem::new(Kind::Conflict, "already-retired", text));
    }
    let subject = [id.to_string(), "retired".to_owned()];
    events::append(&tx, Topic::CredentialChanged, &subject, Some(&origin.label()), now).await?;
    // Before the row says so: a secret that nobody looks for any more would stay for good.
    ctx.keys.vault().remove(&name(id)).map_err(secret_problem)?;
    tx.commit().await?;
    ctx.changed();
    Ok(())
}

/// The credential a release of this project goes with: the most specific one that is neither retired nor ended, of several
/// the newest, and one that its index refused last time only while there is no other. None for a project whose home is
/// this community, which needs none.
pub async fn usable(ctx: &Ctx, project: &ProjectRow) -> Result<Option<CredentialRow>, Problem> {
    if project.home == Home::Community {
        return Ok(None);
    }
    let now = ctx.clock.now();
    let ecosystem = project.package.ecosystem();
    let mut rows = credentials::for_package(&ctx.store.read(), ecosystem, project.package_id, now).await?;
    rows.sort_by_key(|row| row.last_error.is_some());
    Ok(rows.into_iter().next())
}

/// Whether there were credentials for a project, all of which have ended or were retired.
pub(super) async fn has_ended(ctx: &Ctx, project: &ProjectRow) -> Result<bool, Problem> {
    let rows = credentials::list(&ctx.store.read()).await?;
    let fits = |row: &CredentialRow| {
        row.ecosystem == project.package.ecosystem() && row.package.as_ref().is_none_or(|package| *package == project.package)
    };
    Ok(rows.iter().any(fits))
}

/// Opens the secret of a credential, for the one request it is presented in.
pub(super) fn open(ctx: &Ctx, row: &CredentialRow) -> Result<Zeroizing<String>, Problem> {
    ctx.keys.vault().open(&name(row.id)).map_err(secret_problem)
}

/// Announces credentials near their end, once two weeks before and once three days before; answers how many.
pub async fn tend(ctx: &Ctx) -> Result<usize, Problem> {
    let now = ctx.clock.now();
    let mut announced = 0;
    for row in credentials::ending(&ctx.store.read(), now.plus(CREDENTIAL_ENDS_SOON)).await? {
        if !is_call_due(&row, now) {
            continue;
        }
        let tx = ctx.store.begin().await?;
        if credentials::warned(&tx, row.id, row.warned_at, now).await? {
            let ends = row.expires_at.map(|at| at.to_string()).unwrap_or_default();
            let subject = [row.id.to_string(), "ends".to_owned(), ends];
            events::append(&tx, Topic::CredentialTroubled, &subject, None, now).await?;
            tracing::warn!(credential = row.id, "a credential ends soon; add the next one");
            announced += 1;
        }
        tx.commit().await?;
    }
    Ok(announced)
}

fn is_call_due(row: &CredentialRow, now: Timestamp) -> bool {
    let Some(ends) = row.expires_at else { return false };
    [CREDENTIAL_ENDS_SOON, CREDENTIAL_LAST_CALL].into_iter().any(|span| {
        let call = ends.minus(span);
        now >= call && row.warned_at.is_none_or(|last| last < call)
    })
}

/// What is wrong with a credential, in a sentence; none when it can be used for a while yet.
pub fn trouble(row: &CredentialRow, now: Timestamp) -> Option<String> {
    if row.retired_at.is_some() {
        return None;
    }
    if let Some(ends) = row.expires_at {
        if ends <= now {
            return Some(format!("it ended on {}; add the next one and retire it", ends.day()));
        }
        if ends.minus(CREDENTIAL_ENDS_SOON) <= now {
            return Some(format!("it ends on {}; make the next one at the official index and add it", ends.day()));
        }
    }
    row.last_error.as_ref().map(|error| format!("the index refused it: {error}"))
}

/// Every credential with which something is wrong, and what: for the doctor and the admin's pages.
pub async fn troubled(ctx: &Ctx) -> Result<Vec<(CredentialRow, String)>, Problem> {
    let now = ctx.clock.now();
    let rows = credentials::list(&ctx.store.read()).await?;
    let mut troubled: Vec<_> = rows.into_iter().filter_map(|row| trouble(&row, now).map(|text| (row, text))).collect();
    let in_use: Vec<_> =
        credentials::list(&ctx.store.read()).await?.into_iter().filter(|row| row.retired_at.is_none()).collect();
    for row in in_use {
        if let Err(error) = ctx.keys.vault().open(&name(row.id)) {
            troubled.push((row, format!("its secret cannot be opened: {error}")));
        }
    }
    Ok(troubled)
}

fn check(offered: &Offered<'_>, now: Timestamp) -> Result<String, Problem> {
    let label = offered.label.trim();
    if label.is_empty() || label.len() > CREDENTIAL_LABEL_BYTES_MAX || label.chars().any(char::is_control) {
        let text = format!("give it a name of 1 to {CREDENTIAL_LABEL_BYTES_MAX} bytes, such as `crates bot, publish-update`");
        return Err(Problem::invalid("bad-label", "label", text));
    }
    if offered.package.as_ref().is_some_and(|package| package.ecosystem() != offered.ecosystem) {
        return Err(Problem::invalid("other-ecosystem", "package", "the package belongs to another ecosystem"));
    }
    if offered.expires_at.is_some_and(|ends| ends <= now) {
        return Err(Problem::invalid("ended-already", "expires", "it has ended already; make a new one at the official index"));
    }
    let fits = match offered.kind {
        CredentialKind::Token => true,
        CredentialKind::Password => offered.ecosystem == Ecosystem::Pypi,
        CredentialKind::Stage => offered.ecosystem == Ecosystem::Npm,
    };
    if !fits {
        let text = "cargo takes a token, pypi a token or a password, npm a token or a token that may only stage";
        return Err(Problem::invalid("bad-kind", "kind", text));
    }
    if offered.kind == CredentialKind::Password && !is_pair(offered.secret) {
        return Err(Problem::invalid("bad-secret", "secret", "write the user name, a colon and the password"));
    }
    Ok(label.to_owned())
}

fn is_pair(secret: &str) -> bool {
    secret.trim().split_once(':').is_some_and(|(user, password)| !user.is_empty() && !password.is_empty())
}

fn authorised(origin: &Origin) -> Result<(), Problem> {
    if origin.has(&[Role::Steward, Role::Admin]) {
        return Ok(());
    }
    Err(Problem::new(Kind::Forbidden, "stewards-only", "only stewards and admins add and retire credentials"))
}

/// What the vault calls the secret of a credential.
fn name(id: i64) -> String {
    format!("credentials/{id}")
}

fn unknown(id: i64) -> Problem {
    Problem::not_found("unknown-credential", format!("there is no credential {id}"))
}

fn secret_problem(error: KeysError) -> Problem {
    match error {
        KeysError::BadSecret => Problem::invalid("bad-secret", "secret", error.to_string()),
        KeysError::NoSecret { .. } | KeysError::Damaged { .. } => {
            let text = "the secret of the credential is not here or cannot be opened; add it again";
            Problem::new(Kind::Unavailable, error.code(), text).because(error)
        }
        _ => Problem::new(Kind::Unavailable, error.code(), "the folder of keys cannot be read or written").because(error),
    }
}
