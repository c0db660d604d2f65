//! What keeps releases from being handed in or released: for the doctor, and for the page where publishing is switched.

use std::collections::BTreeMap;

use vetmoot_domain::{CandidateState, Ecosystem, Home, Slug};
use vetmoot_storage::submission::candidates::{self, Filter};
use vetmoot_storage::submission::{files, projects, releases};

use super::{CandidateRow, FileStep, Finding, ProjectRow, candidate, credential, project};
use crate::ctx::Ctx;
use crate::limits::{HINDRANCE_NAMES_SAID, HINDRANCES_LOOKED_AT_MAX};
use crate::problem::Problem;

/// What is in the way, errors first: policies that are missing, credentials that are missing, releases that wait, failed or
/// were contradicted. Empty when every project can hand in and release.
pub async fn hindrances(ctx: &Ctx) -> Result<Vec<Finding>, Problem> {
    let projects = projects::list(&ctx.store.read(), 0, HINDRANCES_LOOKED_AT_MAX).await?;
    let mut findings = policies(ctx, &projects);
    findings.extend(homeless(ctx).await?);
    findings.extend(without_credential(ctx, &projects).await?);
    findings.extend(failed(ctx).await?);
    findings.extend(waiting(ctx).await?);
    findings.sort_by_key(|finding| finding.weight);
    Ok(findings)
}

/// How many projects there are, up to [`HINDRANCES_LOOKED_AT_MAX`].
pub async fn projects(ctx: &Ctx) -> Result<usize, Problem> {
    Ok(projects::list(&ctx.store.read(), 0, HINDRANCES_LOOKED_AT_MAX).await?.len())
}

/// Policies that are to vet and cannot, the one for projects that name none among them.
fn policies(ctx: &Ctx, projects: &[ProjectRow]) -> Vec<Finding> {
    let standard = &ctx.publishing.policy;
    let mut vetted: BTreeMap<&Slug, BTreeMap<Ecosystem, Vec<String>>> = BTreeMap::from([(standard, BTreeMap::new())]);
    for project in projects {
        let slug = project.policy.as_ref().unwrap_or(standard);
        vetted.entry(slug).or_default().entry(project.package.ecosystem()).or_default().push(project.package.to_string());
    }
    let mut findings = Vec::new();
    for (slug, of_it) in vetted {
        let Some(adopted) = ctx.book.newest(slug) else {
            let all: Vec<String> = of_it.into_values().flatten().collect();
            let whom = if all.is_empty() { "projects that name none".to_owned() } else { named(&all) };
            let text = format!("nothing can be handed in for {whom}: the policy `{slug}` that is to vet is not adopted here");
            let fix = format!(
                "a steward adopts it (vetmoot-server admin policy adopt FILE --slug {slug}), or the operator sets publish.policy"
            );
            findings.push(Finding::error("policy-missing", text, fix));
            continue;
        };
        for (ecosystem, all) in of_it {
            if !adopted.policy.ecosystems().contains(&ecosystem) {
                let text = format!(
                    "nothing can be handed in for {}: the policy `{slug}` that is to vet does not cover {ecosystem}",
                    named(&all)
                );
                let fix = "a lead of the project names a policy that does, or a steward extends this one";
                findings.push(Finding::error("policy-not-covering", text, fix));
            }
        }
    }
    findings
}

/// Projects whose home is not what the reserved names say.
async fn homeless(ctx: &Ctx) -> Result<Vec<Finding>, Problem> {
    let found = project::homeless(ctx).await?.into_iter();
    let fix = |row: &ProjectRow| match row.home {
        Home::Official => format!("take {} out of reserved.names", row.package),
        Home::Community => format!("put {} into reserved.names", row.package),
    };
    Ok(found.map(|(row, problem)| Finding::error(project::HOME_CHANGED, problem.text, fix(&row))).collect())
}

/// Projects that go to an official index for which there is no credential.
async fn without_credential(ctx: &Ctx, projects: &[ProjectRow]) -> Result<Vec<Finding>, Problem> {
    let mut poor: BTreeMap<Ecosystem, Vec<String>> = BTreeMap::new();
    for project in projects.iter().filter(|project| project.home == Home::Official) {
        if credential::usable(ctx, project).await?.is_none() {
            poor.entry(project.package.ecosystem()).or_default().push(project.package.to_string());
        }
    }
    let finding = |(ecosystem, all): (Ecosystem, Vec<String>)| {
        let text = format!("nothing can be released of {}: there is no usable credential for its index", named(&all));
        let fix = format!("vetmoot-server admin credential add --ecosystem {ecosystem}, or /admin/credentials");
        Finding::error("no-credential", text, fix)
    };
    Ok(poor.into_iter().map(finding).collect())
}

/// Releases that ended on the way, those apart under whose name the index serves other bytes.
async fn failed(ctx: &Ctx) -> Result<Vec<Finding>, Problem> {
    let reader = ctx.store.read();
    let filter = Filter { states: vec![CandidateState::Failed], ..Filter::default() };
    let rows = candidates::list(&reader, &filter, 0, HINDRANCES_LOOKED_AT_MAX).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
    let files = files::of_candidates(&reader, &ids).await?;
    let is_contradicted =
        |row: &CandidateRow| files.iter().any(|file| file.candidate == row.id && file.step == FileStep::Mismatched);
    let (contradicted, failed): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_contradicted);
    let mut findings = Vec::new();
    if let Some(first) = contradicted.first() {
        let text = format!("the official index serves other bytes than were released: {}", named(&said(&contradicted)));
        let fix = format!("tell the index, and hand in the next version: {}", candidate::page(ctx, &first.id));
        findings.push(Finding::error("mismatched", text, fix));
    }
    if let Some(first) = failed.first() {
        let text = format!("did not arrive: {}", named(&said(&failed)));
        let fix = format!("a lead tries again or takes it back: {}", candidate::page(ctx, &first.id));
        findings.push(Finding::warning("release-failed", text, fix));
    }
    Ok(findings)
}

/// Releases that were asked for and wait, each kind of reason told by the oldest.
async fn waiting(ctx: &Ctx) -> Result<Option<Finding>, Problem> {
    let reader = ctx.store.read();
    let mut rows = Vec::new();
    let mut first = None;
    for release in releases::under_way(&reader).await? {
        let Some(error) = release.last_error else { continue };
        if let Some(row) = candidates::get(&reader, &release.candidate).await? {
            first.get_or_insert((error, row.id.clone()));
            rows.push(row);
        }
    }
    Ok(first.map(|(error, id)| {
        let text = format!("on the way and waiting: {}; {error}", named(&said(&rows)));
        Finding::warning("release-waits", text, format!("it goes on by itself: {}", candidate::page(ctx, &id)))
    }))
}

fn said(rows: &[CandidateRow]) -> Vec<String> {
    rows.iter().map(|row| row.package.release(row.version.clone()).to_string()).collect()
}

/// The first few names, and how many more there are.
fn named(all: &[String]) -> String {
    let shown = all.get(..HINDRANCE_NAMES_SAID).unwrap_or(all).join(", ");
    match all.len().saturating_sub(HINDRANCE_NAMES_SAID) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
