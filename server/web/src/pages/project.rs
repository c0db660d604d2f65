//! `/projects/{purl}`: who may do what for a package, under which policy, and what is on its way.

mod forms;
mod rows;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use percent_encoding::percent_decode_str;
use vetmoot_domain::{Home, Package};
use vetmoot_frontend::Alternate;
use vetmoot_frontend::pages::project::Project as Page;
use vetmoot_frontend::parts::{Link, Notice, Tone, hand_in_tabs};
use vetmoot_workflows::Problem;
use vetmoot_workflows::submission::candidate::{self, Wanted};
use vetmoot_workflows::submission::project::{self, Project};

use super::fields::{Fields, Wrong};
use super::moment::when;
use super::package::ecosystem_word;
use super::projects::stopped;
use super::visit::{Visit, moved, notice};
use super::{candidates, known, links, members};
use crate::limits::PAGE_ROWS;

/// Adds the routes. A purl may hold slashes, so whatever lies below one is told apart by how the path ends.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/projects/{purl:pkg:.+}", super::reads().to(page))
        .route("/projects/{purl:pkg:.+}/people/{name}/dismiss", web::post().to(forms::dismiss))
        .route("/projects/{purl:pkg:.+}/publishers/{id}/remove", web::post().to(forms::distrust))
        .route("/projects/{purl:pkg:.+}/actions/{id}/{verb}", web::post().to(forms::decide))
        .route("/projects/{purl:pkg:.+}/{form}", web::post().to(forms::send));
}

/// The package a path below `/projects/` names.
fn package_of(purl: &str) -> Result<Package, Problem> {
    let decoded = percent_decode_str(purl).decode_utf8_lossy();
    let parsed = purl.parse::<Package>().or_else(|_| decoded.parse());
    parsed.map_err(|error| Problem::not_found("bad-purl", error.to_string()))
}

/// What a form of this page sent, and what is wrong with it.
#[derive(Default)]
struct Sent {
    /// The form.
    form: String,
    fields: Fields,
    wrong: Wrong,
    /// What was done just before.
    done: String,
}

impl Sent {
    /// The fields and faults, as far as this form is the one that was sent.
    fn of(&self, form: &str) -> (Fields, Wrong) {
        if self.form == form { (self.fields.clone(), self.wrong.clone()) } else { (Fields::default(), Wrong::default()) }
    }
}

async fn page(visit: Visit, request: HttpRequest) -> HttpResponse {
    let asked = Fields::of_query(request.query_string());
    let sent = Sent { done: asked.text("done").to_owned(), ..Sent::default() };
    let page = find(&visit, &sent).await;
    visit.answer(page)
}

async fn find(visit: &Visit, sent: &Sent) -> Result<HttpResponse, Problem> {
    let package = package_of(visit.path().strip_prefix("/projects/").unwrap_or_default())?;
    if let Some(canonical) = links::elsewhere(visit.path(), &links::project(&package)) {
        return Ok(moved(&canonical));
    }
    show(visit, &package, sent, StatusCode::OK).await
}

async fn show(visit: &Visit, package: &Package, sent: &Sent, status: StatusCode) -> Result<HttpResponse, Problem> {
    let found = project::show(&visit.ctx, package).await?;
    let row = &found.row;
    let leads = visit.member.as_ref().is_some_and(|member| project::may_lead(&found, member));
    let policy = super::candidate::policy(visit, row.policy.as_ref().unwrap_or(&visit.ctx.publishing.policy));
    let wanted = Wanted { package: Some(package.clone()), ..Wanted::default() };
    let limit = u64::try_from(PAGE_ROWS).unwrap_or(u64::MAX);
    let handed_in = candidate::list(&visit.ctx, &wanted, 0, limit).await?;
    let home = super::candidate::home(row.home);
    let page = Page {
        ecosystem: package.ecosystem().to_string(),
        name: package.name().to_string(),
        sentence: match row.home {
            Home::Official => format!("Its releases go through this community to {home}, vetted under {}.", policy.text),
            Home::Community => format!("Its only home is {home}; its releases are vetted under {}.", policy.text),
        },
        notices: notices(visit, &found, sent).await?,
        problems: sent.wrong.summary(),
        package: known::link(&visit.ctx, package).await?,
        purl: package.to_string(),
        home: home.to_owned(),
        policy,
        opened_by: rows::opened_by(&found),
        opened: when(visit.now, row.opened_at),
        people: rows::people(visit, &found, leads),
        appoint: leads.then(|| forms::appoint(package, sent)),
        policy_form: leads.then(|| forms::policies(visit, row)),
        switch: leads.then(|| forms::switch(row)),
        publishers: rows::publishers(visit, package, leads).await?,
        publisher_form: leads.then(|| forms::trust(visit, package, sent)),
        clients: hand_in_tabs(visit.ctx.base_url.as_str(), package.ecosystem().as_str(), package.name().as_str()),
        token_href: match visit.member {
            Some(_) => format!("/account?scope=publish&project={}#make", links::query(&package.to_string())),
            None => "/sign-in".to_owned(),
        },
        candidates: handed_in.iter().map(|one| candidates::row(visit, one)).collect(),
        actions: rows::actions(visit, &found).await?,
        ask: forms::ask(visit, &found, sent),
        api_href: format!("/api/v1/projects/{package}"),
    };
    let crumbs = vec![
        Link::new("Projects", "/projects"),
        Link::plain(ecosystem_word(package.ecosystem())),
        Link::plain(package.name().as_str()),
    ];
    let mut shell = visit.shell(&format!("{}, a project", package.name()), crumbs);
    shell.path = links::project(package);
    shell.description = Some(page.sentence.clone());
    shell.alternates.push(Alternate {
        href: page.api_href.clone(),
        media_type: "application/json".into(),
        title: "This project as JSON".into(),
    });
    visit.page_with(status, &shell, &page)
}

async fn notices(visit: &Visit, found: &Project, sent: &Sent) -> Result<Vec<Notice>, Problem> {
    let mut notices = Vec::new();
    let done = match sent.done.as_str() {
        "opened" => Some("The project is open. You are its lead."),
        "people" => Some("It is written down who may do what."),
        "policy" => Some("Releases handed in from now on are vetted under it."),
        "switch" => Some("The switch was turned."),
        "publishers" => Some("The trusted publishers were changed."),
        "actions" => Some("It is asked for; somebody else decides."),
        "decided" => Some("It is decided."),
        _ => None,
    };
    notices.extend(done.map(|text| notice(Tone::Done, text)));
    notices.extend(stopped(visit).await?);
    let slug = found.row.policy.as_ref().unwrap_or(&visit.ctx.publishing.policy);
    if super::candidate::asks_nothing(visit, slug) {
        let policy = super::candidate::policy(visit, slug);
        let text = format!("{} asks nothing of a release: a lead who is not the uploader decides alone.", policy.text);
        notices.push(notice(Tone::Warn, text));
    }
    if let Some(at) = found.row.stopped_at {
        let by = found.row.stopped_by.clone().unwrap_or_else(|| "somebody".to_owned());
        let text = format!("{by} stopped this project {}: nothing is handed in or released.", when(visit.now, at).relative);
        notices.push(notice(Tone::Warn, text));
    }
    Ok(notices)
}

/// A member by name, or the operator.
fn by(name: Option<&str>) -> Link {
    name.map_or_else(|| Link::plain("the operator"), members::link)
}
