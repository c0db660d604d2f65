//! The rest of cargo's web API: owners are a project's people, yanks are asked for, the search knows projects.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use vetmoot_domain::{Ecosystem, ProjectRole, UserName, Version};
use vetmoot_ecosystems::world;
use vetmoot_workflows::submission::action::{self, ActionKind};
use vetmoot_workflows::submission::{candidate, project};
use vetmoot_workflows::{Ctx, Problem};

use super::super::auth;
use super::super::body::Body;
use super::{answer, package};
use crate::limits::{OWNERS_AT_ONCE, OWNERS_BODY_MAX, SEARCH_CRATES_MAX, SEARCHED_PROJECTS_MAX};

#[derive(Deserialize)]
struct Owners {
    users: Vec<String>,
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
    #[serde(default)]
    per_page: Option<usize>,
}

/// `GET .../owners`: the people of the project.
pub(super) async fn owners(ctx: &Ctx, name: &str) -> Result<HttpResponse, Problem> {
    let project = project::show(ctx, &package(name)?).await?;
    let users: Vec<_> = project
        .people
        .iter()
        .map(|person| json!({ "id": person.user_id, "login": person.name, "name": person.role.as_str() }))
        .collect();
    Ok(HttpResponse::Ok().json(json!({ "users": users })))
}

/// `PUT .../owners`: somebody becomes a maintainer; leads are appointed on the project's page.
pub(super) async fn appoint(
    ctx: &Ctx,
    request: &HttpRequest,
    name: &str,
    body: &mut Body<web::Payload>,
) -> Result<HttpResponse, Problem> {
    let (package, origin) = may(ctx, request, name).await?;
    let project = project::show(ctx, &package).await?;
    let named = named(body).await?;
    for user in named.iter().filter(|user| !project.people.iter().any(|person| person.name == **user)) {
        project::appoint(ctx, &origin, &package, user, ProjectRole::Maintainer).await?;
    }
    let list = list(&named);
    Ok(HttpResponse::Ok().json(json!({ "ok": true, "msg": format!("{list} may hand in releases of {name} here") })))
}

/// `DELETE .../owners`: somebody has no part any more.
pub(super) async fn dismiss(
    ctx: &Ctx,
    request: &HttpRequest,
    name: &str,
    body: &mut Body<web::Payload>,
) -> Result<HttpResponse, Problem> {
    let (package, origin) = may(ctx, request, name).await?;
    let named = named(body).await?;
    for user in &named {
        project::dismiss(ctx, &origin, &package, user).await?;
    }
    let list = list(&named);
    Ok(HttpResponse::Ok().json(json!({ "ok": true, "msg": format!("{list} has no part in {name} any more") })))
}

async fn may(
    ctx: &Ctx,
    request: &HttpRequest,
    name: &str,
) -> Result<(vetmoot_domain::Package, vetmoot_workflows::Origin), Problem> {
    let uploader = auth::uploader(ctx, request).await?;
    let package = package(name)?;
    let origin = uploader.beyond_uploads(ctx, &package)?;
    Ok((package, origin))
}

/// The members a request names, each by their name here.
async fn named(body: &mut Body<web::Payload>) -> Result<Vec<UserName>, Problem> {
    let bytes = body.whole(OWNERS_BODY_MAX).await?;
    let owners: Owners = serde_json::from_slice(&bytes)
        .map_err(|error| Problem::invalid("bad-owners", "users", format!("the request is not what cargo sends: {error}")))?;
    if owners.users.is_empty() || owners.users.len() > OWNERS_AT_ONCE {
        return Err(Problem::invalid("bad-owners", "users", format!("name 1 to {OWNERS_AT_ONCE} members at once")));
    }
    let member = |user: &String| {
        user.parse().map_err(|_| {
            let user: String = user.chars().filter(|c| !c.is_control()).take(80).collect();
            let text =
                format!("`{user}` is no member's name; owners are members of this community, by the name they have here");
            Problem::invalid("unknown-member", "users", text)
        })
    };
    owners.users.iter().map(member).collect()
}

fn list(names: &[UserName]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// `DELETE .../yank`, `PUT .../unyank`: asked for. It is no success yet, and cargo would print nothing of one.
pub(super) async fn ask(
    ctx: &Ctx,
    request: &HttpRequest,
    name: &str,
    version: &str,
    kind: ActionKind,
) -> Result<HttpResponse, Problem> {
    let uploader = auth::uploader(ctx, request).await?;
    let package = package(name)?;
    let wanted: Version = version.parse().map_err(|error| Problem::invalid("bad-version", "version", format!("{error}")))?;
    action::ask(ctx, &uploader, &package, kind, vec![wanted], None).await?;
    let page = ctx.base_url.join(&format!("/projects/{package}"));
    let text = format!(
        "nothing is changed yet: the {kind} of {name} {version} was asked for, and a lead other than you approves it at {page}"
    );
    Ok(answer::errors(StatusCode::ACCEPTED, &text))
}

/// `GET api/v1/crates?q=`: the crates that are handed through here.
pub(super) async fn search(ctx: &Ctx, query: &str) -> Result<HttpResponse, Problem> {
    let asked = web::Query::<Search>::from_query(query)
        .map_err(|error| Problem::invalid("bad-query", "q", error.to_string()))?
        .into_inner();
    let wanted = asked.q.to_ascii_lowercase().replace('_', "-");
    let known = project::list(ctx, 0, SEARCHED_PROJECTS_MAX).await?;
    let found: Vec<_> = known
        .into_iter()
        .map(|project| project.package)
        .filter(|package| {
            package.ecosystem() == Ecosystem::Cargo && package.name().as_str().replace('_', "-").contains(&wanted)
        })
        .collect();
    let shown = asked.per_page.unwrap_or(10).min(SEARCH_CRATES_MAX);
    let versions = world(Ecosystem::Cargo).versions();
    let mut crates = Vec::new();
    for package in found.iter().take(shown) {
        let live = candidate::live(ctx, package).await?;
        let newest = live.iter().max_by(|a, b| versions.compare(&a.row.version, &b.row.version));
        let version = newest.map_or("0.0.0", |one| one.row.version.as_str());
        let description = match newest {
            Some(one) => format!("{} here: {}", one.row.state, candidate::page(ctx, &one.row.id)),
            None => "nothing handed in".to_owned(),
        };
        crates.push(json!({ "name": package.name().as_str(), "max_version": version, "description": description }));
    }
    Ok(HttpResponse::Ok().json(json!({ "crates": crates, "meta": { "total": found.len() } })))
}
