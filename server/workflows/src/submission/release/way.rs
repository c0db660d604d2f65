//! Whether a candidate can go where it is to go: what its index will refuse, told before anybody presses release.

use std::sync::Arc;

use moka::sync::Cache;
use url::Url;
use vetmoot_domain::{CandidateId, Ecosystem, Home, Timestamp};
use vetmoot_storage::submission::{candidates, projects};

use super::look::{self, Likeness};
use super::{cargo, pypi, target};
use crate::ctx::Ctx;
use crate::limits::{OLD_RELEASE_TAKES_NO_FILES, WAY_FRESH, WAY_TIMEOUT, WAYS_CACHED_MAX};
use crate::problem::{Kind, Problem};
use crate::submission::{Candidate, FileStep, Finding, ProjectRow, credential};

/// What indexes said about candidates a moment ago.
pub struct Ways {
    known: Cache<CandidateId, (Timestamp, Arc<Vec<Finding>>)>,
    /// Of many who look at a candidate at once, one asks its index.
    asking: Cache<CandidateId, Arc<tokio::sync::Mutex<()>>>,
}

impl Default for Ways {
    fn default() -> Self {
        Self { known: Cache::new(WAYS_CACHED_MAX), asking: Cache::new(WAYS_CACHED_MAX) }
    }
}

impl Ways {
    /// What was said about a candidate, while it is believed.
    fn said(&self, id: &CandidateId, now: Timestamp) -> Option<Arc<Vec<Finding>>> {
        let (at, findings) = self.known.get(id)?;
        (at <= now && now < at.plus(WAY_FRESH)).then_some(findings)
    }
}

/// What stands in the way of a release, errors first: no target, no credential, a version or a name that is taken, an
/// index that will not take it. The index is asked at most once a minute for each candidate, and briefly; that it does
/// not answer is a warning.
pub async fn way(ctx: &Ctx, candidate: &Candidate) -> Vec<Finding> {
    let reader = ctx.store.read();
    let project = match projects::get(&reader, candidate.row.project_id).await {
        Ok(Some(project)) => project,
        Ok(None) => return Vec::new(),
        Err(error) => return vec![unknown(&error.into())],
    };
    if project.home == Home::Community {
        return Vec::new();
    }
    let mut findings = Vec::new();
    match target::of(ctx, project.package.ecosystem()).await {
        Ok(base) => findings.extend(attested(candidate, &base)),
        Err(problem) if problem.code == "no-target" => {
            findings.push(Finding::error("no-target", problem.text, "ask the operator of this instance"));
        }
        Err(problem) => findings.push(unknown(&problem)),
    }
    findings.extend(contradicted(candidate));
    findings.extend(means(ctx, &project).await);
    if candidate.row.package.ecosystem() == Ecosystem::Cargo {
        let obstacles = candidate.files.iter().filter_map(|file| cargo::obstacle(ctx, &file.metadata));
        findings.extend(obstacles.map(|text| Finding::error("staging-dependency", text, "hand in a corrected release")));
    }
    findings.extend(asked(ctx, candidate).await.iter().cloned());
    findings.sort_by_key(|finding| finding.weight);
    findings
}

/// That the index has shown other bytes than those that were released: nothing leads there any more.
pub(crate) fn contradicted(candidate: &Candidate) -> Option<Finding> {
    let file = candidate.files.iter().find(|file| file.step == FileStep::Mismatched)?;
    let text = format!(
        "the official index serves other bytes under {} than those that were vetted, and nobody can replace them",
        file.file_name
    );
    Some(Finding::error("mismatched", text, "tell the index, and hand in the next version").at(&file.file_name))
}

/// Attestations that will not go along, since the whole upload would be refused with them.
fn attested(candidate: &Candidate, base: &Url) -> Option<Finding> {
    let count = candidate.files.iter().filter(|file| file.attestations.is_some()).count();
    (candidate.row.package.ecosystem() == Ecosystem::Pypi && count > 0 && !pypi::takes_attestations(base)).then(|| {
        let text = format!(
            "the official index takes attestations from trusted publishers alone; those that came with {count} of the files \
             stay here, and the files go without"
        );
        let fix = "nothing has to be done: whoever wants them finds them at this community's staging index";
        Finding::warning("attestations-stay", text, fix)
    })
}

/// Whether there is a credential it can go with.
async fn means(ctx: &Ctx, project: &ProjectRow) -> Option<Finding> {
    let add = "a steward or an admin adds one: `vetmoot-server admin credential add`, or /admin/credentials";
    match credential::usable(ctx, project).await {
        Ok(Some(row)) => credential::trouble(&row, ctx.clock.now())
            .map(|text| Finding::warning("credential-troubled", format!("the credential `{}`: {text}", row.label), add)),
        Ok(None) => {
            let ended = credential::has_ended(ctx, project).await.unwrap_or(false);
            let (code, text) = if ended {
                ("credential-expired", format!("every credential for {} has ended or was retired", project.package))
            } else {
                ("no-credential", format!("this community has no credential for {}", project.package))
            };
            Some(Finding::error(code, text, add))
        }
        Err(problem) => Some(unknown(&problem)),
    }
}

/// What the index says, from a moment ago or now.
async fn asked(ctx: &Ctx, candidate: &Candidate) -> Arc<Vec<Finding>> {
    let (ways, id) = (&ctx.world.ways, &candidate.row.id);
    if let Some(findings) = ways.said(id, ctx.clock.now()) {
        return findings;
    }
    let lock = ways.asking.get_with(id.clone(), Arc::default);
    let _single = lock.lock().await;
    if let Some(findings) = ways.said(id, ctx.clock.now()) {
        return findings;
    }
    let findings = Arc::new(match ask(ctx, candidate).await {
        Ok(findings) => findings,
        Err(problem) => vec![unknown(&problem)],
    });
    ways.known.insert(id.clone(), (ctx.clock.now(), findings.clone()));
    findings
}

async fn ask(ctx: &Ctx, candidate: &Candidate) -> Result<Vec<Finding>, Problem> {
    let row = &candidate.row;
    let mut findings = Vec::new();
    let Some(listing) = look::listing(ctx, row, WAY_TIMEOUT).await? else { return Ok(findings) };
    // What is known to have arrived is compared with what is there by the worker.
    for file in candidate.files.iter().filter(|file| matches!(file.step, FileStep::Waiting | FileStep::Sent)) {
        let Some(seen) = look::entry(&listing, row, file) else { continue };
        if seen.likeness(file) == Likeness::Same {
            continue;
        }
        let text = format!("the official index has {} already, with other bytes", file.file_name);
        let fix = "take it back and hand in the next version; an index never takes other bytes under a name it has had";
        findings.push(Finding::error("version-exists", text, fix).at(&file.file_name));
    }
    let fresh = candidate.files.iter().all(|file| file.step == FileStep::Waiting);
    if row.package.ecosystem() == Ecosystem::Pypi
        && look::first_seen(&listing, row).is_some_and(|first| first.plus(OLD_RELEASE_TAKES_NO_FILES) < ctx.clock.now())
    {
        let text = format!(
            "the official index takes no new files for {} {}: it is older than two weeks there",
            row.package, row.version
        );
        findings.push(Finding::error("release-too-old", text, "release the files under a new version, such as a post release"));
    }
    if row.package.ecosystem() == Ecosystem::Cargo {
        findings.extend(trusted_only(ctx, candidate).await?);
    }
    if fresh && !listing.entries.is_empty() && !came_before(ctx, candidate).await? {
        let text = format!(
            "the official index knows a package called {} which this community has not released before",
            row.package.name()
        );
        let fix =
            "make sure that the account of the credential may publish it there; if it belongs to others, choose another name";
        findings.push(Finding::warning("name-known", text, fix));
    }
    Ok(findings)
}

/// Whether this community released the package before.
async fn came_before(ctx: &Ctx, candidate: &Candidate) -> Result<bool, Problem> {
    let released = vetmoot_domain::CandidateState::Released;
    Ok(!candidates::in_state(&ctx.store.read(), candidate.row.package_id, released).await?.is_empty())
}

/// Whether a crate takes nothing that comes with a token.
async fn trusted_only(ctx: &Ctx, candidate: &Candidate) -> Result<Option<Finding>, Problem> {
    let Ok(base) = target::of(ctx, Ecosystem::Cargo).await else { return Ok(None) };
    let url = target::join(&base, &format!("api/v1/crates/{}", candidate.row.package.name()))?;
    let record = look::api(ctx, &url, WAY_TIMEOUT).await?;
    let only = record.and_then(|json| json.pointer("/crate/trustpub_only").and_then(serde_json::Value::as_bool));
    Ok((only == Some(true)).then(|| {
        let text =
            format!("{} can only be published by a trusted publisher; the index takes no token for it", candidate.row.package);
        let fix = "an owner of the crate turns that off in its settings at the official index";
        Finding::error("trusted-publishing-only", text, fix)
    }))
}

fn unknown(problem: &Problem) -> Finding {
    let fix = match problem.kind {
        Kind::Upstream => "look again in a minute; a release waits until the index answers",
        _ => "look again in a minute",
    };
    Finding::warning("way-unknown", format!("whether it can go there is not known: {problem}"), fix)
}
