//! The door for `cargo publish`: the web API, and a sparse index of what is staged (Cargo Book, "Web API").

mod answer;
mod people;
mod upload;

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Ecosystem, Package};
use vetmoot_ecosystems::{Form, Links, world};
use vetmoot_workflows::registry::bytes::Outcome;
use vetmoot_workflows::submission::action::ActionKind;
use vetmoot_workflows::submission::staging;
use vetmoot_workflows::{Ctx, Problem};

use super::body::Body;
use crate::registry::{names, respond, segments, signature};

const VARY: &str = "accept-encoding";
/// Where the door lies.
const DOOR: &str = "/publish/cargo";

/// Adds the door.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/publish/cargo/{tail:.*}").route(web::route().to(door)));
}

async fn door(ctx: web::Data<Ctx>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let Some(path) = segments(request.uri().path(), DOOR) else { return answer::problem(&nothing()) };
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let mut body = Body::new(&ctx, payload);
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let answered = match (reads, path.as_slice()) {
        (_, ["api", "v1", "crates", rest @ ..]) => return api(&ctx, &request, rest, &mut body).await,
        (true, ["config.json"]) => Ok(config(&ctx)),
        (true, ["me"]) => Ok(me(&ctx)),
        (true, ["dl", name, version, "download"]) => download(&ctx, &request, name, version).await,
        (true, ["dl", name, version, "download.sig"]) => signed(&ctx, name, version).await,
        (true, [prefix @ .., name]) => index(&ctx, &request, prefix, name).await,
        _ => Err(nothing()),
    };
    answered.unwrap_or_else(|problem| answer::plain(&problem))
}

/// The web API, whose errors are lists in JSON.
async fn api(ctx: &Ctx, request: &HttpRequest, path: &[&str], body: &mut Body<web::Payload>) -> HttpResponse {
    let method = request.method();
    let answered = match (method.as_str(), path) {
        ("PUT", ["new"]) => return upload::new(ctx, request, body).await,
        ("GET", []) => people::search(ctx, request.query_string()).await,
        ("GET", [name, "owners"]) => people::owners(ctx, name).await,
        ("PUT", [name, "owners"]) => people::appoint(ctx, request, name, body).await,
        ("DELETE", [name, "owners"]) => people::dismiss(ctx, request, name, body).await,
        ("DELETE", [name, version, "yank"]) => people::ask(ctx, request, name, version, ActionKind::Yank).await,
        ("PUT", [name, version, "unyank"]) => people::ask(ctx, request, name, version, ActionKind::Unyank).await,
        ("GET", [name, version, "download"]) => download(ctx, request, name, version).await,
        _ => Err(nothing()),
    };
    answered.unwrap_or_else(|problem| answer::problem(&problem))
}

/// The index as clients name it, without `sparse+`.
fn base(ctx: &Ctx) -> String {
    ctx.base_url.join(DOOR)
}

fn config(ctx: &Ctx) -> HttpResponse {
    let base = base(ctx);
    let body = serde_json::json!({ "dl": format!("{base}/dl"), "api": base });
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "max-age=60")).json(body)
}

/// Where `cargo login` sends people: to where tokens are made.
fn me(ctx: &Ctx) -> HttpResponse {
    let text = format!(
        "Make a token with the scope `publish` at {}, then give it to cargo: cargo login --registry community\n",
        ctx.base_url.join("/account")
    );
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(text)
}

async fn index(ctx: &Ctx, request: &HttpRequest, prefix: &[&str], name: &str) -> Result<HttpResponse, Problem> {
    let package = names::package(Ecosystem::Cargo, name)?;
    if world(Ecosystem::Cargo).listing_path(&package) != format!("{}/{name}", prefix.join("/")) {
        return Err(nothing());
    }
    let staged = staging::listing(ctx, &package).await?;
    if !staged.shown.iter().any(|shown| !matches!(shown, vetmoot_ecosystems::Shown::Refused { .. })) {
        // Anything but 404 on one index file would end the whole resolution.
        let text = format!("every version of {name} is refused by the policy under which releases are vetted here");
        return Err(Problem::not_found("package-refused", text));
    }
    let links = Links { files: format!("{}/dl/", base(ctx)) };
    respond::staged(ctx, request, &staged, Form::CargoLines, &links, VARY).await
}

async fn download(ctx: &Ctx, request: &HttpRequest, name: &str, version: &str) -> Result<HttpResponse, Problem> {
    let package = names::package(Ecosystem::Cargo, name)?;
    let whole = request.headers().contains_key(header::RANGE);
    match staging::open(ctx, &package, |entry| entry.version.as_str() == version, whole).await? {
        Outcome::Open(opened) => respond::bytes(request, opened, "application/gzip").await,
        Outcome::Withheld { judged, decision } => {
            let text = respond::short_sentence(ctx, &judged, &decision);
            let mut response = HttpResponse::Forbidden();
            respond::withheld(&mut response, ctx, &judged, &decision);
            Ok(response.content_type("text/plain; charset=utf-8").body(text))
        }
    }
}

async fn signed(ctx: &Ctx, name: &str, version: &str) -> Result<HttpResponse, Problem> {
    signature::staged(ctx, &package(name)?, |one, _| one.row.version.as_str() == version).await
}

/// The package a path of the web API names.
fn package(name: &str) -> Result<Package, Problem> {
    names::package(Ecosystem::Cargo, name)
}

fn nothing() -> Problem {
    Problem::not_found("unknown-path", "there is no such thing at this index")
}
