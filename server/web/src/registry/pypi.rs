//! The door for pip and uv: the simple index (PEP 503, 691, 700, 592, 658) and its files.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::Ecosystem;
use vetmoot_ecosystems::{Form, Links, pypi};
use vetmoot_workflows::registry::bytes::{self, Outcome};
use vetmoot_workflows::registry::judged::{Judged, judged};
use vetmoot_workflows::{Ctx, Problem};

use super::{names, respond, segments, signature};
use crate::problem::json as problem_json;

const VARY: &str = "accept, accept-encoding";

/// Adds the door.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/pypi/{policy}/{tail:.*}").route(web::get().to(door)).route(web::head().to(door)));
}

async fn door(ctx: web::Data<Ctx>, request: HttpRequest) -> HttpResponse {
    match answer(&ctx, &request).await {
        Ok(response) => response,
        Err(problem) => problem_json(&problem),
    }
}

async fn answer(ctx: &Ctx, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let path = segments(request.uri().path(), "/pypi").ok_or_else(nothing)?;
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        [policy, "simple", ""] | [policy, "simple"] => projects(ctx, request, policy).await,
        [policy, "simple", name] => redirect(ctx, policy, name),
        [policy, "simple", name, ""] => page(ctx, request, policy, name).await,
        [policy, "files", name, file] if file.ends_with(signature::SUFFIX) => {
            names::policy(ctx, Ecosystem::Pypi, policy).await?;
            let (package, name) = (names::package(Ecosystem::Pypi, name)?, file.trim_end_matches(signature::SUFFIX));
            signature::released(ctx, &package, |_, file| file.file_name == name).await
        }
        [policy, "files", name, file] => match file.strip_suffix(".metadata") {
            Some(file) => metadata(ctx, policy, name, file).await,
            None => download(ctx, request, policy, name, file).await,
        },
        _ => Err(nothing()),
    }
}

/// The list of all projects: those this instance knows. The official list is tens of megabytes that no installer reads.
async fn projects(ctx: &Ctx, request: &HttpRequest, policy: &str) -> Result<HttpResponse, Problem> {
    names::policy(ctx, Ecosystem::Pypi, policy).await?;
    let known = vetmoot_workflows::package::known(ctx, Ecosystem::Pypi).await?;
    let form = pypi::choose(accept(request));
    if form == Form::PypiJson {
        let projects: Vec<_> = known.iter().map(|name| serde_json::json!({ "name": name })).collect();
        let body = serde_json::json!({ "meta": { "api-version": "1.0" }, "projects": projects });
        return Ok(HttpResponse::Ok()
            .insert_header((header::VARY, VARY))
            .content_type(form.content_type())
            .body(body.to_string()));
    }
    let links: Vec<String> = known.iter().map(|name| format!("<a href=\"{name}/\">{name}</a><br>")).collect();
    let links = links.join("\n");
    let body = format!(
        "<!DOCTYPE html>\n<html><head><meta name=\"pypi:repository-version\" content=\"1.0\"><title>Projects</title></head><body>\n{links}</body></html>\n"
    );
    Ok(HttpResponse::Ok().insert_header((header::VARY, VARY)).content_type(form.content_type()).body(body))
}

fn redirect(ctx: &Ctx, policy: &str, name: &str) -> Result<HttpResponse, Problem> {
    let package = names::package(Ecosystem::Pypi, name)?;
    let to = ctx.base_url.join(&format!("/pypi/{policy}/simple/{}/", package.name()));
    Ok(HttpResponse::MovedPermanently().insert_header((header::LOCATION, to)).finish())
}

async fn page(ctx: &Ctx, request: &HttpRequest, policy: &str, name: &str) -> Result<HttpResponse, Problem> {
    let adopted = names::policy(ctx, Ecosystem::Pypi, policy).await?;
    let package = names::package(Ecosystem::Pypi, name)?;
    if package.name().as_str() != name {
        return redirect(ctx, policy, name);
    }
    let judged = judged(ctx, &adopted, &package, adopted.policy.serve_use()).await?;
    if judged.is_wholly_refused() {
        return Ok(refused(ctx, &judged, StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS, 0));
    }
    let links = Links { files: ctx.base_url.join(&format!("/pypi/{policy}/files/")) };
    respond::listing(ctx, request, &judged, pypi::choose(accept(request)), &links, VARY).await
}

async fn download(ctx: &Ctx, request: &HttpRequest, policy: &str, name: &str, file: &str) -> Result<HttpResponse, Problem> {
    let adopted = names::policy(ctx, Ecosystem::Pypi, policy).await?;
    let package = names::package(Ecosystem::Pypi, name)?;
    let whole = request.headers().contains_key(header::RANGE);
    match bytes::open(ctx, &adopted, &package, |entry| entry.file_name.as_deref() == Some(file), whole).await? {
        Outcome::Open(opened) => respond::bytes(request, opened, "application/octet-stream").await,
        Outcome::Withheld { judged, decision } => {
            let at = judged.decisions.iter().position(|one| one.artifact == decision.artifact).unwrap_or_default();
            Ok(refused(ctx, &judged, StatusCode::FORBIDDEN, at))
        }
    }
}

async fn metadata(ctx: &Ctx, policy: &str, name: &str, file: &str) -> Result<HttpResponse, Problem> {
    let adopted = names::policy(ctx, Ecosystem::Pypi, policy).await?;
    let package = names::package(Ecosystem::Pypi, name)?;
    let body = bytes::core_metadata(ctx, &adopted, &package, file).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .content_type("application/octet-stream")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(body))
}

/// A refusal: the reason phrase is all pip prints, title and detail are what uv prints.
fn refused(ctx: &Ctx, judged: &Judged, status: StatusCode, at: usize) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    let mut detail = String::new();
    let mut code = "withheld";
    if let Some(decision) = judged.decisions.get(at) {
        respond::withheld(&mut response, ctx, judged, decision);
        detail = respond::sentence(ctx, judged, decision);
        code = decision.reasons.first().map_or(code, |reason| reason.code);
    }
    let phrase = respond::reason_phrase(ctx, judged);
    let body = serde_json::json!({
        "type": ctx.base_url.join(&format!("/why/{}", judged.adopted.slug)),
        "title": format!("Withheld by policy {}", judged.adopted.slug),
        "status": status.as_u16(), "detail": detail, "code": code,
    });
    let mut response = response.content_type("application/problem+json").body(body.to_string());
    response.head_mut().reason = Some(phrase);
    response
}

fn accept(request: &HttpRequest) -> &str {
    request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*")
}

fn nothing() -> Problem {
    Problem::not_found("unknown-path", "there is nothing at this path; the index is below /pypi/{policy}/simple/")
}
