//! The door for `npm publish` and `npm stage`: packuments with attachments, staged publishing, deprecation.

mod account;
mod base64;
mod changed;
mod checked;
mod handed;
mod read;
mod reader;
mod refusal;
mod stage;

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Ecosystem, Package};
use vetmoot_workflows::{Ctx, Kind, Problem};

use self::refusal::Refused;
use crate::registry::{names, segments};

/// Where the door lies.
const DOOR: &str = "/publish/npm";

/// Adds the door.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/publish/npm/{tail:.*}").route(web::route().to(door)));
}

async fn door(ctx: web::Data<Ctx>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    match answer(&ctx, &request, payload).await {
        Ok(response) => response,
        Err(refused) => refused.answer(&ctx),
    }
}

async fn answer(ctx: &Ctx, request: &HttpRequest, payload: web::Payload) -> Result<HttpResponse, Refused> {
    let path = segments(request.uri().path(), DOOR).ok_or_else(nothing)?;
    let path = join_scope(&path);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let method = request.method();
    let reads = matches!(*method, Method::GET | Method::HEAD);
    match path.as_slice() {
        ["-", "stage", rest @ ..] => stage::answer(ctx, request, payload, rest).await,
        ["-", rest @ ..] => account::answer(ctx, request, rest).await,
        [name] if reads => Ok(read::packument(ctx, request, &package(name)?).await?),
        [name, "-", file] if reads => Ok(read::tarball(ctx, request, &package(name)?, file).await?),
        [name, version] if reads => Ok(read::one_version(ctx, &package(name)?, version).await?),
        [name] | [name, "-rev", _] if *method == Method::PUT => put(ctx, request, payload, &package(name)?).await,
        [_, "-rev", _] | [_, "-", _, "-rev", _] if *method == Method::DELETE => Err(changed::unpublish(ctx).into()),
        _ => Err(nothing().into()),
    }
}

/// `PUT /NAME`: a release with its tarball, or the packument with other deprecations.
async fn put(ctx: &Ctx, request: &HttpRequest, payload: web::Payload, package: &Package) -> Result<HttpResponse, Refused> {
    let came = handed::receive(ctx, request, payload, package).await?;
    if came.is_release() {
        let receipt = handed::take(ctx, package, came).await?;
        return Ok(handed::created(&receipt, &serde_json::json!({ "ok": true, "id": package.name().as_str() })));
    }
    changed::deprecate(ctx, package, came).await
}

/// A scope and its name are one segment when the slash was encoded, two when it was not.
fn join_scope(path: &[String]) -> Vec<String> {
    let mut joined: Vec<String> = Vec::with_capacity(path.len());
    for part in path.iter().flat_map(|segment| segment.split('/')) {
        match joined.last_mut() {
            Some(scope) if scope.starts_with('@') && !scope.contains('/') => {
                scope.push('/');
                scope.push_str(part);
            }
            _ => joined.push(part.to_owned()),
        }
    }
    joined
}

fn package(name: &str) -> Result<Package, Problem> {
    names::package(Ecosystem::Npm, name)
}

fn nothing() -> Problem {
    Problem::not_found("unknown-path", "there is nothing at this path of the registry")
}

fn invalid(code: &'static str, text: impl Into<String>) -> Problem {
    Problem::new(Kind::Invalid, code, text)
}
