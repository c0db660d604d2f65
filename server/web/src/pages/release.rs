//! `/releases/{purl}`: the sentence of each policy, why, the artifacts, audits and advisories.

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Release, State, Version};
use vetmoot_ecosystems::world;
use vetmoot_frontend::Alternate;
use vetmoot_frontend::pages::release::{ArtifactRow, Release as Page, ReleaseDecision};
use vetmoot_frontend::parts::{self, Link, Notice, Tone, Verdict};
use vetmoot_workflows::Problem;
use vetmoot_workflows::instance::holdings;
use vetmoot_workflows::submission::staged_alone;

use super::evidence::{advisory_row, speaks_of, testimony_row};
use super::fediverse::preview;
use super::known::{self, Known};
use super::moment::{day, size, when};
use super::package::ecosystem_word;
use super::verdict::{cell, cheapest, tree, verdict};
use super::visit::{Visit, moved, notice, see_other};
use super::{cards, handed, links};

/// Adds the route.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/releases/{purl:.+}", super::reads().to(release));
}

async fn release(visit: Visit, request: HttpRequest) -> HttpResponse {
    let page = show(&visit, request.query_string()).await;
    visit.answer(page)
}

async fn show(visit: &Visit, query: &str) -> Result<HttpResponse, Problem> {
    let purl = visit.path().strip_prefix("/releases/").unwrap_or_default();
    let query = if query.starts_with("file_name=") { query } else { "" };
    let release = links::artifact_of(purl, query)?.release;
    if let Some(canonical) = links::elsewhere(visit.path(), &links::release(&release)) {
        return Ok(moved(&canonical));
    }
    let known = known::of(&visit.ctx, &release.package).await?;
    let version = &release.version;
    if known.files(version).is_empty() {
        // What is only handed in has its page: links to the release lead there.
        if let Some(id) = staged_alone::candidate_of(&visit.ctx, &release.package, version).await? {
            return Ok(see_other(&links::candidate(&id)));
        }
        let unknown = Problem::not_found("unknown-release", format!("the index lists no {}", links::said(&release)));
        return Err(staged_alone::kinder(&visit.ctx, &release.package, Some(version), unknown).await);
    }
    let artifacts = artifacts(&known, visit, version).await;
    let handed = handed::of(visit, &release.package, Some(version)).await?;
    let hits = vetmoot_judge::hits(&known.evidence.advisories, &release, world(release.package.ecosystem()).versions());
    let about = known.evidence.testimonies.iter().filter(|one| speaks_of(&one.audit, &release));
    let page = Page {
        name: release.package.name().to_string(),
        version: version.to_string(),
        ecosystem: release.package.ecosystem().to_string(),
        purl: release.to_string(),
        package: Link::new(release.package.name().as_str(), links::package(&release.package)),
        published: known.published(version).map(|at| when(visit.now, at)),
        date_source: known.dated_by(version),
        yanked: known.yanked(version),
        notices: notices(&known, version),
        decisions: decisions(&known, visit, version),
        unlisted: unlisted(&known, version),
        artifacts,
        audits: about.map(|one| testimony_row(visit.now, one)).collect(),
        advisories: hits.into_iter().map(|hit| advisory_row(visit.now, hit)).collect(),
        project: handed.project,
        candidates: handed.candidates,
        record_href: visit.may_audit().then(|| links::record(&release, None)),
        api_href: api_href(&known, &release),
    };
    let package = Link::new(release.package.name().as_str(), links::package(&release.package));
    let crumbs = vec![Link::plain(ecosystem_word(release.package.ecosystem())), package, Link::plain(version.as_str())];
    let mut shell = visit.shell(&links::said(&release), crumbs);
    shell.alternates.push(Alternate {
        href: page.api_href.clone(),
        media_type: "application/json".into(),
        title: "A decision as JSON".into(),
    });
    shell.description = page.decisions.first().map(|one| sentence_of(&one.verdict));
    preview(&mut shell, cards::href(&links::release(&release)), &links::said(&release));
    visit.page(&shell, &page)
}

/// The first policy's sentence, as a preview shows it.
fn sentence_of(verdict: &Verdict) -> String {
    let state = if verdict.state == parts::State::Unknown {
        "not yet judged".to_owned()
    } else {
        format!("{:?}", verdict.state).to_lowercase()
    };
    let because = if verdict.because.is_empty() { String::new() } else { format!(": {}", verdict.because) };
    format!("{} is {state} under {}{because}.", verdict.subject, verdict.policy.text)
}

fn api_href(known: &Known, release: &Release) -> String {
    let slug = known.judged.first().map(|judged| judged.adopted.slug.to_string()).unwrap_or_default();
    format!("/api/v1/decisions?policy={}&purl={}", links::query(&slug), links::query(&release.to_string()))
}

fn decisions(known: &Known, visit: &Visit, version: &Version) -> Vec<ReleaseDecision> {
    let of = |judged: &std::sync::Arc<vetmoot_workflows::registry::judged::Judged>| {
        let decision = known.release(judged, version)?;
        let ground = known.ground(visit, &judged.adopted, version);
        Some(ReleaseDecision {
            verdict: verdict(&judged.adopted, &decision, &ground),
            why: tree(&decision, &ground),
            remedy: cheapest(&decision, &ground),
        })
    };
    known.judged.iter().filter_map(of).collect()
}

async fn artifacts(known: &Known, visit: &Visit, version: &Version) -> Vec<ArtifactRow> {
    let release = known.package().release(version.clone());
    let mut rows = Vec::new();
    for (place, (entry, file)) in known.files(version).into_iter().enumerate() {
        let artifact = release.artifact(entry.file_name.as_deref());
        let states = known.judged.iter().filter_map(|judged| {
            let parts = known.parts(judged, version);
            Some(cell(&judged.adopted, parts.get(place)?))
        });
        let states = states.collect();
        rows.push(ArtifactRow {
            file: entry.file_name.clone().unwrap_or_else(|| links::said(&release)),
            purl: artifact.to_string(),
            size: entry.size.map(size),
            uploaded: entry.published.map(|at| when(visit.now, at)),
            digests: file.digests.iter().map(|digest| digest.to_string()).collect(),
            states,
            stored: holdings::stored(&visit.ctx, &file.digests).await,
        });
    }
    rows
}

/// Files that at least one policy does not list.
fn unlisted(known: &Known, version: &Version) -> u64 {
    let files = known.files(version).len();
    let withheld = |place: &usize| {
        known
            .judged
            .iter()
            .any(|judged| known.parts(judged, version).get(*place).is_some_and(|part| part.state != State::Listed))
    };
    (0..files).filter(withheld).count() as u64
}

fn notices(known: &Known, version: &Version) -> Vec<Notice> {
    let mut notices = Vec::new();
    for (entry, file) in known.files(version) {
        if let Some(incident) = &file.incident {
            let name = entry.file_name.clone().unwrap_or_else(|| version.to_string());
            let text = format!(
                "Upstream offered other bytes for {name} on {}. The first ones are pinned; the others are refused.",
                day(incident.noticed.day())
            );
            notices.push(notice(Tone::Danger, text));
        }
    }
    let reason =
        known.files(version).into_iter().find_map(|(entry, _)| entry.yanked.as_deref().filter(|reason| !reason.is_empty()));
    if let Some(reason) = reason {
        notices.push(notice(Tone::Info, format!("Upstream took it back and says: {reason}")));
    }
    notices
}
