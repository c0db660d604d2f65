//! Trusted publishers of a project: named by its leads, each by an issuer and the claims its identities have to carry.

use std::collections::BTreeMap;

use vetmoot_domain::Package;
use vetmoot_domain::event::Topic;
use vetmoot_storage::events;
use vetmoot_storage::submission::projects;
use vetmoot_storage::submission::publishers::{self, NewPublisher, PublisherRow};

use super::issuer;
use crate::ctx::{Ctx, Origin};
use crate::limits::{PUBLISHER_CLAIM_BYTES_MAX, PUBLISHER_CLAIMS_MAX, PUBLISHERS_MAX};
use crate::problem::{Kind, Problem};
use crate::submission::project;

/// Claims of which at least one has to be named: without them whoever uses the same issuer would be trusted.
pub const NAMING: [&str; 7] =
    ["sub", "repository", "repository_id", "project_path", "project_id", "job_workflow_ref", "workflow_ref"];
/// Claims that are checked for every identity anyway, or differ from one to the next.
const NOT_NAMED: [&str; 7] = ["iss", "aud", "exp", "nbf", "iat", "jti", "azp"];

/// The trusted publishers of a project, oldest first. For anybody: who may hand in is no secret.
pub async fn list(ctx: &Ctx, package: &Package) -> Result<Vec<PublisherRow>, Problem> {
    let reader = ctx.store.read();
    let project = projects::of_package(&reader, package).await?.ok_or_else(|| unknown_project(package))?;
    Ok(publishers::of_project(&reader, project.id).await?)
}

/// Names a trusted publisher; whoever does answers for what it uploads. By a lead of the project, or a steward.
pub async fn add(
    ctx: &Ctx,
    origin: &Origin,
    package: &Package,
    issuer: &str,
    claims: BTreeMap<String, String>,
) -> Result<PublisherRow, Problem> {
    let Origin::Member { id: added_by, .. } = origin else {
        let text = "a trusted publisher uploads in the name of whoever named it; sign in as a lead of the project";
        return Err(Problem::new(Kind::Forbidden, "member-only", text));
    };
    let issuer = issuer::configured(ctx, issuer).map(|url| issuer::name_of(url.as_str()).to_owned()).ok_or_else(|| {
        let known: Vec<_> = ctx.publishing.issuers.iter().map(|url| issuer::name_of(url.as_str())).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let text = format!("this issuer is not believed here; the operator sets `publish.issuers` (now: {known})");
        Problem::invalid("unknown-issuer", "issuer", text)
    })?;
    check(&claims)?;
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    let project = project::led(&tx, origin, package).await?.row;
    let there = publishers::of_project(&tx, project.id).await?;
    if there.iter().any(|row| row.issuer == issuer && row.claims == claims) {
        return Err(Problem::new(Kind::Conflict, "publisher-exists", "this publisher is trusted already"));
    }
    if there.len() >= PUBLISHERS_MAX {
        let text = format!("a project has at most {PUBLISHERS_MAX} trusted publishers; remove one first");
        return Err(Problem::new(Kind::Conflict, "too-many-publishers", text));
    }
    let id = publishers::add(&tx, &NewPublisher { project_id: project.id, issuer, claims, added_by: *added_by }, now).await?;
    note(&tx, package, "publisher-added", id, origin, now).await?;
    let rows = publishers::of_project(&tx, project.id).await?;
    tx.commit().await?;
    let gone = || Problem::new(Kind::Internal, "publisher-gone", "the publisher was not kept; try again");
    rows.into_iter().find(|row| row.id == id).ok_or_else(gone)
}

/// Trusts a publisher no longer; its tokens end at once. By a lead of the project, or a steward.
pub async fn remove(ctx: &Ctx, origin: &Origin, package: &Package, id: i64) -> Result<(), Problem> {
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    let project = project::led(&tx, origin, package).await?.row;
    if !publishers::remove(&tx, project.id, id, now).await? {
        return Err(Problem::not_found("unknown-publisher", "this project has no such trusted publisher"));
    }
    note(&tx, package, "publisher-removed", id, origin, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn note(
    tx: &vetmoot_storage::Tx,
    package: &Package,
    what: &str,
    id: i64,
    origin: &Origin,
    now: vetmoot_domain::Timestamp,
) -> Result<(), Problem> {
    let subject = [package.to_string(), what.to_owned(), id.to_string()];
    events::append(tx, Topic::ProjectChanged, &subject, Some(&origin.label()), now).await?;
    Ok(())
}

fn check(claims: &BTreeMap<String, String>) -> Result<(), Problem> {
    let wrong = |code, text: String| Err(Problem::invalid(code, "claims", text));
    if claims.len() > PUBLISHER_CLAIMS_MAX {
        return wrong("too-many-claims", format!("name at most {PUBLISHER_CLAIMS_MAX} claims"));
    }
    if !NAMING.iter().any(|name| claims.contains_key(*name)) {
        let text = format!("name at least one of {}: without it others of the same issuer would be trusted", NAMING.join(", "));
        return wrong("claims-too-wide", text);
    }
    for (name, value) in claims {
        if NOT_NAMED.contains(&name.as_str()) {
            return wrong("claim-not-named", format!("`{name}` is checked for every identity; leave it out"));
        }
        let fine =
            |text: &str| !text.is_empty() && text.len() <= PUBLISHER_CLAIM_BYTES_MAX && !text.chars().any(char::is_control);
        if !fine(name) || !fine(value) || value.trim() != value {
            return wrong(
                "bad-claim",
                format!(
                    "a claim has a name and an exact value of at most {PUBLISHER_CLAIM_BYTES_MAX} bytes, without wildcards"
                ),
            );
        }
    }
    Ok(())
}

fn unknown_project(package: &Package) -> Problem {
    Problem::not_found(
        "unknown-project",
        format!("{package} is no project of this community; an auditor, lead or steward opens it"),
    )
}
