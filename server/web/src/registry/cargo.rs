//! The door for cargo: a sparse index (Cargo Book, "Index Format" and "Sparse Protocol") and its downloads.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Ecosystem, PolicyRef};
use vetmoot_ecosystems::{Form, Links, world};
use vetmoot_workflows::registry::bytes::{self, Outcome};
use vetmoot_workflows::registry::judged::{self, Key};
use vetmoot_workflows::registry::passthrough;
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::{names, respond, segments, signature};

const VARY: &str = "accept-encoding";

/// Adds the door.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/cargo/{policy}/{tail:.*}").route(web::get().to(door)).route(web::head().to(door)));
}

async fn door(ctx: web::Data<Ctx>, request: HttpRequest) -> HttpResponse {
    match answer(&ctx, &request).await {
        Ok(response) => response,
        Err(problem) => plain(&problem),
    }
}

async fn answer(ctx: &Ctx, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    if let Some(response) = quick(ctx, request) {
        return Ok(response);
    }
    let path = segments(request.uri().path(), "/cargo").ok_or_else(nothing)?;
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        [policy, "config.json"] => config(ctx, policy).await,
        [policy, "dl", name, version, "download"] => download(ctx, request, policy, name, version).await,
        [policy, "dl", name, version, "download.sig"] => {
            names::policy(ctx, Ecosystem::Cargo, policy).await?;
            let package = names::package(Ecosystem::Cargo, name)?;
            signature::released(ctx, &package, |one, _| one.row.version.as_str() == *version).await
        }
        [policy, "api", "v1", "crates"] => search(ctx, policy, request.query_string()).await,
        [policy, prefix @ .., name] => index(ctx, request, policy, prefix, name).await,
        _ => Err(nothing()),
    }
}

/// The path of a client that asks again: no allocation but the key's, no look at the database.
fn quick(ctx: &Ctx, request: &HttpRequest) -> Option<HttpResponse> {
    request.headers().get(header::IF_NONE_MATCH)?;
    let rest = request.uri().path().strip_prefix("/cargo/")?;
    let (policy, path) = rest.split_once('/')?;
    let name = path.rsplit('/').next()?;
    let wanted: PolicyRef = policy.parse().ok()?;
    let adopted =
        ctx.book.newest(&wanted.slug).filter(|adopted| wanted.pinned.is_none_or(|pinned| pinned == adopted.digest))?;
    let package = vetmoot_domain::Package::new(Ecosystem::Cargo, name).ok()?;
    if world(Ecosystem::Cargo).listing_path(&package) != path {
        return None;
    }
    let key = Key { package, slug: wanted.slug, digest: adopted.digest, usage: adopted.policy.serve_use() };
    let judged = judged::hot(ctx, &key)?;
    if judged.is_wholly_refused() {
        return None;
    }
    let etag = vetmoot_workflows::registry::answer::etag(&judged, Form::CargoLines, respond::takes_gzip(request));
    respond::holds(request, &etag).then(|| {
        ctx.metrics.not_modified.inc();
        respond::not_modified(&etag, VARY)
    })
}

async fn config(ctx: &Ctx, policy: &str) -> Result<HttpResponse, Problem> {
    names::policy(ctx, Ecosystem::Cargo, policy).await?;
    let base = ctx.base_url.join(&format!("/cargo/{policy}"));
    let body = serde_json::json!({ "dl": format!("{base}/dl"), "api": base });
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "max-age=60")).json(body))
}

async fn index(ctx: &Ctx, request: &HttpRequest, policy: &str, prefix: &[&str], name: &str) -> Result<HttpResponse, Problem> {
    let adopted = names::policy(ctx, Ecosystem::Cargo, policy).await?;
    let package = names::package(Ecosystem::Cargo, name)?;
    let asked = format!("{}/{name}", prefix.join("/"));
    if world(Ecosystem::Cargo).listing_path(&package) != asked {
        return Err(nothing());
    }
    let judged = judged::judged(ctx, &adopted, &package, adopted.policy.serve_use()).await?;
    if judged.is_wholly_refused() {
        // Anything but 404 on one index file would end the whole resolution.
        return Err(Problem::not_found("package-refused", format!("every version of {name} is refused by {}", adopted.slug)));
    }
    let links = Links { files: ctx.base_url.join(&format!("/cargo/{policy}/dl/")) };
    respond::listing(ctx, request, &judged, Form::CargoLines, &links, VARY).await
}

async fn download(ctx: &Ctx, request: &HttpRequest, policy: &str, name: &str, version: &str) -> Result<HttpResponse, Problem> {
    let adopted = names::policy(ctx, Ecosystem::Cargo, policy).await?;
    let package = names::package(Ecosystem::Cargo, name)?;
    let whole = request.headers().contains_key(header::RANGE);
    match bytes::open(ctx, &adopted, &package, |entry| entry.version.as_str() == version, whole).await? {
        Outcome::Open(opened) => respond::bytes(request, opened, "application/gzip").await,
        Outcome::Withheld { judged, decision } => {
            let text = respond::short_sentence(ctx, &judged, &decision);
            let mut response = HttpResponse::Forbidden();
            respond::withheld(&mut response, ctx, &judged, &decision);
            Ok(response.content_type("text/plain; charset=utf-8").body(text))
        }
    }
}

async fn search(ctx: &Ctx, policy: &str, query: &str) -> Result<HttpResponse, Problem> {
    names::policy(ctx, Ecosystem::Cargo, policy).await?;
    let passed = passthrough::cargo_search(ctx, query).await?;
    let status = StatusCode::from_u16(passed.status).unwrap_or(StatusCode::BAD_GATEWAY);
    Ok(crate::problem::begin_after(status, None)
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .content_type("application/json")
        .body(passed.body))
}

fn nothing() -> Problem {
    Problem::not_found("unknown-path", "there is no such file in this index")
}

/// A problem as cargo shows it: the first line of a plain text.
fn plain(problem: &Problem) -> HttpResponse {
    let status = match problem.kind {
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Upstream => StatusCode::BAD_GATEWAY,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    crate::problem::log(problem, status);
    crate::problem::begin(status, problem).content_type("text/plain; charset=utf-8").body(format!("{}\n", problem.text))
}
