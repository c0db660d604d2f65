//! `/packages/{ecosystem}/{name}`: what each policy lists of a package, and its versions.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::handle::PackageHandle;
use vetmoot_domain::{Ecosystem, State, Version};
use vetmoot_ecosystems::world;
use vetmoot_frontend::Alternate;
use vetmoot_frontend::pages::package::{Package as Page, VersionRow};
use vetmoot_frontend::parts::{Link, ListLink, Notice, Pager, Tone, Verdict};
use vetmoot_workflows::Problem;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::limits::LISTING_FRESH;
use vetmoot_workflows::registry::judged::{self, Judged};
use vetmoot_workflows::registry::traits;

use super::evidence::{advisory_row, speaks_of, testimony_row};
use super::fediverse::{also_object, package_handle, preview};
use super::fields::Fields;
use super::known::{self, Known};
use super::moment::when;
use super::verdict::briefly;
use super::visit::{Visit, moved, notice, see_other};
use super::{cards, handed, links, verdict};
use crate::limits::{EVIDENCE_ROWS, PAGE_ROWS};

/// Adds the route.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/packages/{handle}", super::reads().to(by_handle))
        .route("/packages/{ecosystem}/{name:.+}", super::reads().to(package));
}

/// The address of a package's actor leads people to its page.
async fn by_handle(visit: Visit, handle: web::Path<String>) -> HttpResponse {
    visit.answer(match handle.parse::<PackageHandle>() {
        Ok(handle) => Ok(see_other(&links::package(handle.package()))),
        Err(error) => Err(Problem::not_found("unknown-actor", error.to_string())),
    })
}

async fn package(visit: Visit, request: HttpRequest) -> HttpResponse {
    let page = show(&visit, &Fields::of_query(request.query_string())).await;
    visit.answer(page)
}

async fn show(visit: &Visit, asked: &Fields) -> Result<HttpResponse, Problem> {
    let wanted = links::package_of(visit.path())?;
    if let Some(canonical) = links::elsewhere(visit.path(), &links::package(&wanted)) {
        return Ok(moved(&canonical));
    }
    let known = known::of(&visit.ctx, &wanted).await?;
    let handed = handed::of(visit, &wanted, None).await?;
    let name = wanted.name().as_str();
    let oldest_first = asked.text("order") == "oldest";
    let (rows, pager) = versions(&known, visit, oldest_first, asked.text("after"));
    let mut testimonies: Vec<_> = known.evidence.testimonies.iter().collect();
    testimonies.sort_by(|a, b| b.recorded.cmp(&a.recorded).then_with(|| a.id.cmp(&b.id)));
    let here = links::package(&wanted);
    let order = |text: &str, query: &str, current| ListLink { text: text.into(), href: format!("{here}{query}"), current };
    let newest = known.newest().map(|version| wanted.release(version.clone()));
    let page = Page {
        name: name.to_owned(),
        ecosystem: wanted.ecosystem().to_string(),
        purl: wanted.to_string(),
        verdicts: known.judged.iter().filter_map(|judged| package_verdict(&known, judged, visit)).collect(),
        notices: notices(&known, visit, testimonies.len()),
        orders: vec![order("newest", "", !oldest_first), order("oldest", "?order=oldest", oldest_first)],
        versions: rows,
        pager,
        audits: testimonies.into_iter().take(EVIDENCE_ROWS).map(|one| testimony_row(visit.now, one)).collect(),
        advisories: known.evidence.advisories.iter().take(EVIDENCE_ROWS).map(|one| advisory_row(visit.now, one)).collect(),
        handle: package_handle(&visit.ctx, &wanted),
        record_href: newest.filter(|_| visit.may_audit()).map(|release| links::record(&release, None)),
        advise_href: visit.may_audit().then(|| links::advise(&wanted)),
        project: handed.project,
        candidates: handed.candidates,
        elsewhere: handed.elsewhere,
        ..Page::default()
    };
    let mut shell = visit.shell(name, vec![Link::plain(ecosystem_word(wanted.ecosystem())), Link::plain(name)]);
    shell.alternates.push(Alternate {
        href: format!("/api/v1/packages/{wanted}"),
        media_type: "application/json".into(),
        title: "This package as JSON".into(),
    });
    // The object is the package's actor, which has an address of its own.
    also_object(visit, &mut shell, &LocalActor::Package(PackageHandle::of(&wanted)).to_string());
    preview(&mut shell, cards::href(&here), name);
    visit.page(&shell, &page)
}

/// An ecosystem as people write it.
pub fn ecosystem_word(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Cargo => "cargo",
        Ecosystem::Pypi => "PyPI",
        Ecosystem::Npm => "npm",
    }
}

fn versions(known: &Known, visit: &Visit, oldest_first: bool, after: &str) -> (Vec<VersionRow>, Pager) {
    let mut ordered: Vec<&Version> = known.versions.iter().collect();
    if oldest_first {
        ordered.reverse();
    }
    let start = match after {
        "" => 0,
        after => ordered.iter().position(|version| version.as_str() == after).map_or(0, |place| place + 1),
    };
    let shown: Vec<&Version> = ordered.iter().skip(start).take(PAGE_ROWS).copied().collect();
    let here = links::package(known.package());
    let order = if oldest_first { "order=oldest&" } else { "" };
    let page_after = |version: &&Version| format!("{here}?{order}after={}", links::query(version.as_str()));
    let first = if oldest_first { format!("{here}?order=oldest") } else { here.clone() };
    let pager = Pager {
        shown: shown.len() as u64,
        total: Some(ordered.len() as u64),
        previous: (start > 0).then(|| match start.checked_sub(PAGE_ROWS + 1).and_then(|place| ordered.get(place)) {
            Some(version) => page_after(version),
            None => first,
        }),
        next: shown.last().filter(|_| start + PAGE_ROWS < ordered.len()).map(page_after),
    };
    (shown.into_iter().map(|version| row(known, visit, version)).collect(), pager)
}

fn row(known: &Known, visit: &Visit, version: &Version) -> VersionRow {
    let release = known.package().release(version.clone());
    let order = world(release.package.ecosystem()).versions();
    let states = known.judged.iter().filter_map(|judged| {
        let decision = known.release(judged, version)?;
        Some(verdict::cell(&judged.adopted, &decision))
    });
    let hits = vetmoot_judge::hits(&known.evidence.advisories, &release, order);
    VersionRow {
        version: Link::new(version.as_str(), links::release(&release)),
        published: known.published(version).map(|at| when(visit.now, at)),
        date_source: known.dated_by(version),
        states: states.collect(),
        audits: known.evidence.testimonies.iter().filter(|one| speaks_of(&one.audit, &release)).count() as u64,
        advisories: hits.into_iter().map(|hit| advisory_row(visit.now, hit).id).collect(),
        yanked: known.yanked(version),
    }
}

/// How far a policy lists the package.
fn package_verdict(known: &Known, judged: &Judged, visit: &Visit) -> Option<Verdict> {
    let newest = known.newest()?;
    let adopted = &judged.adopted;
    let states: HashMap<Version, State> = judged::releases(judged).into_iter().collect();
    let listed = |version: &&Version| states.get(*version) == Some(&State::Listed);
    let count = states.values().filter(|state| **state == State::Listed).count();
    let state = states.values().copied().min()?;
    let decision = known.release(judged, newest)?;
    let ground = known.ground(visit, adopted, newest);
    let why = || briefly(&decision, &ground);
    let because = if listed(&newest) {
        format!("its newest release {newest} is listed, and {count} of {} in all", states.len())
    } else if let Some(up_to) = known.versions.iter().find(listed) {
        format!("up to {up_to}, {count} of {} releases; {newest} is {}: {}", states.len(), decision.state, why())
    } else if states.len() == 1 {
        format!("its only release {newest} is {}: {}", decision.state, why())
    } else {
        format!("none of its {} releases is listed; the newest, {newest}, is {}: {}", states.len(), decision.state, why())
    };
    Some(Verdict {
        subject: known.package().name().to_string(),
        state: verdict::state(state),
        phase: (state == State::Held).then_some(decision.phase).flatten().map(verdict::phase),
        because,
        ..verdict::verdict(adopted, &decision, &ground)
    })
    .map(|verdict| Verdict { valid_until: None, ..verdict })
}

fn notices(known: &Known, visit: &Visit, audits: usize) -> Vec<Notice> {
    let mut notices = Vec::new();
    let current = &known.current;
    let lacks =
        traits::missing_in_words(&traits::to_json(known.package().ecosystem(), current.listing.traits, None).to_string());
    if !lacks.is_empty() {
        notices.push(notice(
            Tone::Info,
            format!("Its index comes without {}; what follows from that stands with each version.", lacks.join(" and ")),
        ));
    }
    // Twice as old as it is ever served fresh: upstream did not confirm it when it was asked.
    if visit.now >= current.checked_at().plus(LISTING_FRESH).plus(LISTING_FRESH) {
        let text =
            format!("The index does not answer; this is what it said {}.", when(visit.now, current.checked_at()).relative);
        notices.push(notice(Tone::Warn, text));
    }
    let complaints = &current.listing.complaints;
    if let Some(first) = complaints.first() {
        let text = format!(
            "{} of the index could not be read and {} left out; the first: {first}",
            entries(complaints.len()),
            if complaints.len() == 1 { "was" } else { "were" }
        );
        notices.push(notice(Tone::Warn, text));
    }
    if audits > EVIDENCE_ROWS {
        notices.push(notice(
            Tone::Info,
            format!("The latest {EVIDENCE_ROWS} of {audits} audits are shown; each release shows its own."),
        ));
    }
    notices
}

fn entries(count: usize) -> String {
    super::moment::sentence(&super::moment::counted_as(count, "entry", "entries")).trim_end_matches('.').to_owned()
}
