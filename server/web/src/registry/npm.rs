//! The door for npm and pnpm: packuments, versions, tarballs, and what `npm audit` asks.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Ecosystem, Package};
use vetmoot_ecosystems::{Links, npm};
use vetmoot_workflows::registry::bytes::{self, Outcome};
use vetmoot_workflows::registry::judged::{Judged, judged};
use vetmoot_workflows::registry::passthrough::{self, Passed};
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::{names, respond, segments, signature};
use crate::limits::AUDIT_BODY_MAX;

const VARY: &str = "accept, accept-encoding";

/// Adds the door.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/npm/{policy}/{tail:.*}")
            .app_data(web::PayloadConfig::new(AUDIT_BODY_MAX))
            .route(web::get().to(door))
            .route(web::head().to(door))
            .route(web::post().to(door)),
    );
}

async fn door(ctx: web::Data<Ctx>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    match answer(&ctx, &request, body).await {
        Ok(response) => response,
        Err(problem) => error(&problem),
    }
}

async fn answer(ctx: &Ctx, request: &HttpRequest, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let path = segments(request.uri().path(), "/npm").ok_or_else(nothing)?;
    // A scope and its name are one segment when the slash was encoded, two when it was not.
    let mut path: Vec<String> = path.iter().flat_map(|segment| segment.split('/').map(str::to_owned)).collect();
    if path.get(1).is_some_and(|segment| segment.starts_with('@')) && path.len() > 2 {
        let name = path.remove(2);
        if let Some(scope) = path.get_mut(1) {
            *scope = format!("{scope}/{name}");
        }
    }
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    if request.method() == Method::POST {
        return question(ctx, request, &path, body).await;
    }
    match path.as_slice() {
        [policy, "-", rest @ ..] => service(ctx, request, policy, rest).await,
        [policy, name] => packument(ctx, request, policy, name).await,
        [policy, name, "-", file] if file.ends_with(signature::SUFFIX) => {
            names::policy(ctx, Ecosystem::Npm, policy).await?;
            let (package, name) = (names::package(Ecosystem::Npm, name)?, file.trim_end_matches(signature::SUFFIX));
            signature::released(ctx, &package, |_, file| file.file_name == name).await
        }
        [policy, name, "-", file] => tarball(ctx, request, policy, name, file).await,
        [policy, name, version] => one_version(ctx, request, policy, name, version).await,
        _ => Err(nothing()),
    }
}

async fn packument(ctx: &Ctx, request: &HttpRequest, policy: &str, name: &str) -> Result<HttpResponse, Problem> {
    let adopted = names::policy(ctx, Ecosystem::Npm, policy).await?;
    let package = names::package(Ecosystem::Npm, name)?;
    let judged = judged(ctx, &adopted, &package, adopted.policy.serve_use()).await?;
    if judged.is_wholly_refused() {
        return Ok(refused(ctx, &judged, 0));
    }
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    respond::listing(ctx, request, &judged, npm::choose(accepted), &links(ctx, policy), VARY).await
}

async fn one_version(
    ctx: &Ctx,
    request: &HttpRequest,
    policy: &str,
    name: &str,
    version: &str,
) -> Result<HttpResponse, Problem> {
    let adopted = names::policy(ctx, Ecosystem::Npm, policy).await?;
    let package = names::package(Ecosystem::Npm, name)?;
    let judged = judged(ctx, &adopted, &package, adopted.policy.serve_use()).await?;
    if let Some(body) = npm::compose_version(&judged.current.listing, &judged.shown, &links(ctx, policy), version) {
        let body = web::Bytes::from(body);
        let mut response = HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "max-age=0, must-revalidate"))
            .content_type("application/json")
            .body(body.clone());
        signature::add(ctx, request, &package, &judged.tag, &body, &mut response).await?;
        return Ok(response);
    }
    let withheld = judged.current.listing.entries.iter().position(|entry| entry.version.as_str() == version);
    match withheld {
        Some(at) => Ok(refused(ctx, &judged, at)),
        None => Err(Problem::not_found("unknown-version", format!("{package} has no version or tag {version} that is listed"))),
    }
}

async fn tarball(ctx: &Ctx, request: &HttpRequest, policy: &str, name: &str, file: &str) -> Result<HttpResponse, Problem> {
    let adopted = names::policy(ctx, Ecosystem::Npm, policy).await?;
    let package: Package = names::package(Ecosystem::Npm, name)?;
    let whole = request.headers().contains_key(header::RANGE);
    let ours = |entry: &vetmoot_ecosystems::Entry| npm::tarball_file(&package, &entry.version) == file;
    let theirs = |entry: &vetmoot_ecosystems::Entry| entry.url.rsplit('/').next().is_some_and(|last| last == file);
    let wanted = |entry: &vetmoot_ecosystems::Entry| ours(entry) || theirs(entry);
    match bytes::open(ctx, &adopted, &package, wanted, whole).await? {
        Outcome::Open(opened) => respond::bytes(request, opened, "application/octet-stream").await,
        Outcome::Withheld { judged, decision } => {
            let at = judged.decisions.iter().position(|one| one.artifact == decision.artifact).unwrap_or_default();
            Ok(refused(ctx, &judged, at))
        }
    }
}

/// What npm asks of a registry beside packages. Answers of upstream are passed on unchanged.
async fn service(ctx: &Ctx, request: &HttpRequest, policy: &str, rest: &[&str]) -> Result<HttpResponse, Problem> {
    names::policy(ctx, Ecosystem::Npm, policy).await?;
    match rest {
        ["ping"] => Ok(HttpResponse::Ok().json(serde_json::json!({}))),
        ["npm", "v1", "keys"] => Ok(passed(passthrough::get(ctx, Ecosystem::Npm, "-/npm/v1/keys").await?)),
        ["npm", "v1", "attestations", spec @ ..] => {
            let spec = spec.join("/");
            let (name, version) = spec.rsplit_once('@').filter(|(name, _)| !name.is_empty()).ok_or_else(nothing)?;
            let package = names::package(Ecosystem::Npm, name)?;
            if ctx.reserved.covers(&package) {
                return Err(nothing());
            }
            let version: vetmoot_domain::Version = version.parse().map_err(|_| nothing())?;
            let path = format!("-/npm/v1/attestations/{}@{version}", package.name().as_str().replace('/', "%2f"));
            Ok(passed(passthrough::get(ctx, Ecosystem::Npm, &path).await?))
        }
        ["v1", "search"] => {
            let path = format!("-/v1/search?{}", request.query_string());
            Ok(passed(passthrough::get(ctx, Ecosystem::Npm, &path).await?))
        }
        ["package", name, "dist-tags"] => dist_tags(ctx, request, policy, name).await,
        ["package", scope, name, "dist-tags"] => dist_tags(ctx, request, policy, &format!("{scope}/{name}")).await,
        _ => Err(nothing()),
    }
}

async fn dist_tags(ctx: &Ctx, request: &HttpRequest, policy: &str, name: &str) -> Result<HttpResponse, Problem> {
    let adopted = names::policy(ctx, Ecosystem::Npm, policy).await?;
    let package = names::package(Ecosystem::Npm, name)?;
    let judged = judged(ctx, &adopted, &package, adopted.policy.serve_use()).await?;
    let tags = npm::dist_tags(&judged.current.listing, &judged.shown);
    let body = web::Bytes::from(serde_json::json!(tags).to_string());
    let mut response = HttpResponse::Ok().content_type("application/json").body(body.clone());
    signature::add(ctx, request, &package, &judged.tag, &body, &mut response).await?;
    Ok(response)
}

/// The questions npm asks with a body; the community's reserved names are taken out before they travel.
async fn question(ctx: &Ctx, request: &HttpRequest, path: &[&str], body: web::Bytes) -> Result<HttpResponse, Problem> {
    let encoding = request.headers().get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok()).map(str::to_owned);
    match path {
        [policy, "-", "npm", "v1", "security", "advisories", "bulk"] => {
            names::policy(ctx, Ecosystem::Npm, policy).await?;
            let body = passthrough::without_reserved(ctx, body, encoding.as_deref())?;
            Ok(passed(passthrough::post(ctx, Ecosystem::Npm, "-/npm/v1/security/advisories/bulk", body, None).await?))
        }
        _ => Err(nothing()),
    }
}

fn links(ctx: &Ctx, policy: &str) -> Links {
    Links { files: ctx.base_url.join(&format!("/npm/{policy}/")) }
}

/// Upstream's body as it is, but never under a type of upstream's choice: a page of its making would run on our origin.
fn passed(answer: Passed) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    crate::problem::begin_after(status, None)
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .content_type("application/json")
        .body(answer.body)
}

/// A refusal: npm prints the text, pnpm the reason phrase, and any npm the notice.
fn refused(ctx: &Ctx, judged: &Judged, at: usize) -> HttpResponse {
    let mut response = HttpResponse::Forbidden();
    let mut text = String::from("withheld");
    if let Some(decision) = judged.decisions.get(at) {
        respond::withheld(&mut response, ctx, judged, decision);
        text = respond::sentence(ctx, judged, decision);
    }
    let notice: String = text.chars().filter(|c| c.is_ascii() && !c.is_ascii_control()).collect();
    let mut response = response.insert_header(("npm-notice", notice)).json(serde_json::json!({ "error": text }));
    response.head_mut().reason = Some(respond::reason_phrase(ctx, judged));
    response
}

fn error(problem: &Problem) -> HttpResponse {
    let status = match problem.kind {
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Upstream => StatusCode::BAD_GATEWAY,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    crate::problem::log(problem, status);
    crate::problem::begin(status, problem).json(serde_json::json!({ "error": problem.text, "code": problem.code }))
}

fn nothing() -> Problem {
    Problem::not_found("unknown-path", "there is nothing at this path of the registry")
}
