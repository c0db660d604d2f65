//! `/search`: one box for names and purls.

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Artifact, Ecosystem, Package};
use vetmoot_frontend::pages::search::{Search, SearchHit};
use vetmoot_frontend::parts::{Link, ListLink, Pager, Step};
use vetmoot_workflows::registry::{decisions, judged, listing};
use vetmoot_workflows::{Problem, audit, package, search};

use super::fields::Fields;
use super::visit::{Visit, see_other};
use super::{links, verdict};
use crate::limits::SEARCH_ROWS;

/// Adds the route.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/search", super::reads().to(find));
}

async fn find(visit: Visit, request: HttpRequest) -> HttpResponse {
    let asked = Fields::of_query(request.query_string());
    let page = show(&visit, &asked).await;
    visit.answer(page)
}

/// How a query was read.
enum Asked {
    Nothing,
    Release(Artifact),
    Package(Package),
    Name(String),
    Unreadable(String),
}

fn read(query: &str) -> Asked {
    if query.is_empty() {
        return Asked::Nothing;
    }
    if !query.starts_with("pkg:") {
        return Asked::Name(query.to_owned());
    }
    match (query.parse::<Artifact>(), query.parse::<Package>()) {
        (Ok(artifact), _) => Asked::Release(artifact),
        (_, Ok(package)) => Asked::Package(package),
        (_, Err(error)) => Asked::Unreadable(error.to_string()),
    }
}

async fn show(visit: &Visit, asked: &Fields) -> Result<HttpResponse, Problem> {
    let query = asked.text("q");
    let ecosystem: Option<Ecosystem> = asked.text("ecosystem").parse().ok();
    let mut shell = visit.shell("Search", vec![Link::plain("Search")]);
    shell.query = query.to_owned();
    shell.noindex = true;
    let mut page = Search { query: query.to_owned(), ..Search::default() };
    match read(query) {
        Asked::Nothing => {}
        Asked::Release(artifact) => return Ok(see_other(&links::release(&artifact.release))),
        Asked::Package(package) => return Ok(see_other(&links::package(&package))),
        Asked::Unreadable(why) => page.problem = Some(super::moment::sentence(&why)),
        Asked::Name(name) => by_name(visit, &name, ecosystem, asked.text("after"), &mut page).await?,
    }
    visit.page(&shell, &page)
}

async fn by_name(
    visit: &Visit,
    name: &str,
    ecosystem: Option<Ecosystem>,
    after: &str,
    page: &mut Search,
) -> Result<(), Problem> {
    let after: Option<Package> = after.parse().ok();
    let limit = u64::try_from(SEARCH_ROWS + 1).unwrap_or(u64::MAX);
    let mut rows = search::page(&visit.ctx, name, ecosystem, after.as_ref(), limit).await?;
    let more = rows.len() > SEARCH_ROWS;
    rows.truncate(SEARCH_ROWS);
    let href = |ecosystem: Option<Ecosystem>, after: Option<&Package>| {
        let ecosystem = ecosystem.map_or_else(String::new, |one| format!("&ecosystem={one}"));
        let after = after.map_or_else(String::new, |after| format!("&after={}", links::query(&after.to_string())));
        format!("/search?q={}{ecosystem}{after}", links::query(name))
    };
    let narrow = |one: Option<Ecosystem>| ListLink {
        text: one.map_or_else(|| "all".to_owned(), |one| one.to_string()),
        href: href(one, None),
        current: one == ecosystem,
    };
    page.ecosystems = std::iter::once(None).chain(Ecosystem::ALL.iter().copied().map(Some)).map(narrow).collect();
    page.pager = Pager {
        shown: rows.len() as u64,
        total: (!more && after.is_none()).then_some(rows.len() as u64),
        previous: after.is_some().then(|| href(ecosystem, None)),
        next: rows.last().filter(|_| more).map(|last| href(ecosystem, Some(&last.package))),
    };
    for row in rows {
        page.results.push(hit(visit, &row).await?);
    }
    if after.is_none() && !page.results.iter().any(|hit| hit.package.text.eq_ignore_ascii_case(name)) {
        page.steps = look_up(name, ecosystem);
    }
    Ok(())
}

/// Offers to ask the indexes for a name nobody asked for here yet.
fn look_up(name: &str, ecosystem: Option<Ecosystem>) -> Vec<Step> {
    let wanted = Ecosystem::ALL.iter().filter(|one| ecosystem.is_none_or(|only| only == **one));
    let known = wanted.filter_map(|one| Package::new(*one, name).ok());
    known
        .map(|package| Step {
            text: format!("The index of {} may know {}.", package.ecosystem(), package.name()),
            link: Some(Link::new(format!("Look it up in {}", package.ecosystem()), links::package(&package))),
        })
        .collect()
}

/// One result: what is known of it here, without asking upstream.
async fn hit(visit: &Visit, row: &search::PackageRow) -> Result<SearchHit, Problem> {
    let evidence = audit::list::about(&visit.ctx, &row.package).await?;
    let mut hit = SearchHit {
        package: Link::new(row.package.name().as_str(), links::package(&row.package)),
        ecosystem: row.package.ecosystem().to_string(),
        audits: evidence.testimonies.len() as u64,
        ..SearchHit::default()
    };
    let current = match row.first_listed_at {
        Some(_) => listing::known(&visit.ctx, &row.package).await?,
        None => None,
    };
    let Some(current) = current else { return Ok(hit) };
    let latest = package::latest(&current);
    let Some(newest) = latest.latest_stable.or(latest.latest) else { return Ok(hit) };
    let release = current.package.release(newest);
    hit.newest = Some(Link::new(release.version.as_str(), links::release(&release)));
    for adopted in visit.ctx.book.all() {
        let judged = judged::of_current(&visit.ctx, &adopted, current.clone(), adopted.policy.serve_use()).await?;
        if let Some(decision) = decisions::of_judged(&judged, &release.artifact(None)) {
            hit.states.push(verdict::cell(&adopted, &decision));
        }
    }
    Ok(hit)
}
