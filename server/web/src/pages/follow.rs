//! `/peers/new` and `POST /peers`: look at what a handle leads to, then follow it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::Role;
use vetmoot_frontend::pages::follow::{Follow as Page, Found};
use vetmoot_frontend::parts::{Link, Notice, Tone};
use vetmoot_workflows::follow::{self, FollowState, Looked};
use vetmoot_workflows::{Kind, Origin, Problem};

use super::fediverse::{host_of, is_web, summary};
use super::fields::{Fields, Wrong};
use super::links;
use super::visit::{Visit, notice, see_other};

/// Where the form is.
pub const PATH: &str = "/peers/new";
/// Those who follow other communities.
pub const STEWARDS: [Role; 2] = [Role::Steward, Role::Admin];

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route(PATH, super::reads().to(form)).route("/peers", web::post().to(send));
}

async fn form(visit: Visit, request: HttpRequest) -> HttpResponse {
    let page = look(&visit, &Fields::of_query(request.query_string())).await;
    visit.answer(page)
}

async fn send(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let page = take(&visit, &Fields::new(form.into_inner())).await;
    visit.answer(page)
}

/// Stewards and admins follow; looking asks another server, so it is for them alone too.
pub fn steward(visit: &Visit) -> Result<&Origin, Problem> {
    visit.required_role(&STEWARDS, "stewards and admins")
}

async fn look(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    steward(visit)?;
    let mut wrong = Wrong::default();
    let mut found = None;
    if !fields.text("handle").is_empty() {
        match follow::look(&visit.ctx, fields.text("handle")).await {
            Ok(looked) => found = Some(shown(looked)),
            Err(problem) => wrong.take(mendable(problem), |_| "handle".to_owned())?,
        }
    }
    page(visit, fields, &wrong, found)
}

async fn take(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    let member = steward(visit)?;
    let mut wrong = Wrong::default();
    match follow::request(&visit.ctx, member, fields.text("handle")).await {
        Ok(row) => return Ok(see_other(&format!("{}?asked=1", links::peer(&row.source)))),
        Err(problem) => wrong.take(mendable(problem), |_| "handle".to_owned())?,
    }
    page(visit, fields, &wrong, None)
}

/// What the other end does, or does not do, is told beside the handle that led there.
fn mendable(problem: Problem) -> Problem {
    match problem.kind {
        Kind::NotFound | Kind::Upstream | Kind::Unavailable | Kind::TooLarge | Kind::Conflict => {
            Problem { kind: Kind::Invalid, field: Some("handle".to_owned()), ..problem }
        }
        // Only what was asked for is forbidden; the role was looked at before.
        Kind::Forbidden => Problem { kind: Kind::Invalid, field: Some("handle".to_owned()), ..problem },
        Kind::Invalid => Problem { field: Some("handle".to_owned()), ..problem },
        Kind::Unauthenticated | Kind::Internal => problem,
    }
}

fn page(visit: &Visit, fields: &Fields, wrong: &Wrong, found: Option<Found>) -> Result<HttpResponse, Problem> {
    let page = Page { look_action: PATH.to_owned(), problems: wrong.summary(), handle: fields.field("handle", wrong), found };
    let mut shell = visit.shell("Follow a community", vec![Link::new("Peers", "/peers"), Link::plain("Follow")]);
    shell.noindex = true;
    visit.page_with(if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &shell, &page)
}

fn shown(looked: Looked) -> Found {
    let live = looked.following.as_ref().filter(|row| matches!(row.state, FollowState::Requested | FollowState::Accepted));
    let already = live.map(|row| Link::new("See it", links::peer(&row.source)));
    Found {
        notices: notices(&looked),
        kind: kind(&looked.actor.kind).to_owned(),
        summary: summary(&looked.actor.document),
        policies: looked.policies.iter().filter(|address| is_web(address)).map(policy).collect(),
        auditors: looked.auditors,
        followers: looked.followers,
        statements: looked.statements,
        follow_action: (looked.permitted && looked.is_group).then(|| "/peers".to_owned()),
        already,
        software: looked.software,
        name: looked.actor.name,
        handle: format!("@{}", looked.actor.handle),
        uri: looked.actor.uri,
    }
}

/// A policy there by what stands after `/policies/` in its address; what it features is a revision, one step below.
fn policy(address: &String) -> Link {
    let named = address.split_once("/policies/").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
    Link::new(named.filter(|name| !name.is_empty()).unwrap_or(address), address)
}

fn kind(word: &str) -> &'static str {
    match word {
        "Group" => "a community",
        "Person" => "a person",
        "Organization" => "an organisation",
        "Application" => "a server",
        _ => "an account that is no community",
    }
}

fn notices(looked: &Looked) -> Vec<Notice> {
    let mut notices = Vec::new();
    if !looked.permitted {
        let mut blocked = notice(Tone::Warn, format!("{} is blocked here, so it cannot be followed.", host_of(&looked.origin)));
        blocked.link = Some(Link::new("See the moderation", "/moderation"));
        notices.push(blocked);
    } else if !looked.is_group {
        notices.push(notice(Tone::Warn, "Only communities can be followed from here; a community is a Group."));
    } else if looked.log.is_none() {
        notices.push(notice(
            Tone::Warn,
            "It has no transparency log: what it said before cannot be fetched, and what is missed stays missed.",
        ));
    }
    notices
}
