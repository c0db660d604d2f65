//! What npm asks of a registry beside packages: who it is, what the tags are, and where one logs in.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::refusal::{Refused, notice};
use super::{nothing, package, read};
use crate::publish::auth;

/// Answers a path below `/-/`.
pub(super) async fn answer(ctx: &Ctx, request: &HttpRequest, rest: &[&str]) -> Result<HttpResponse, Refused> {
    let method = request.method();
    let reads = matches!(*method, Method::GET | Method::HEAD);
    match rest {
        ["ping"] if reads => Ok(HttpResponse::Ok().json(json!({}))),
        ["whoami"] if reads => {
            let uploader = auth::uploader(ctx, request).await?;
            Ok(HttpResponse::Ok().json(json!({ "username": uploader.name.as_str() })))
        }
        ["npm", "v1", "user"] if reads => {
            let uploader = auth::uploader(ctx, request).await?;
            Ok(HttpResponse::Ok().json(json!({ "name": uploader.name.as_str(), "tfa": null })))
        }
        ["package", name, "dist-tags"] if reads => Ok(read::dist_tags(ctx, &package(name)?).await?),
        ["package", _, "dist-tags", _] if matches!(*method, Method::PUT | Method::DELETE) => {
            let text = "a tag is set with the release that asks for it (npm publish --tag NAME); tags of releases that are out are not moved here";
            Err(Problem::new(Kind::Forbidden, "tags-come-with-releases", text).into())
        }
        ["v1", "login"] if *method == Method::POST => Ok(no_login(ctx)),
        ["user", login] if *method == Method::PUT && login.starts_with("org.couchdb.user:") => Ok(no_login(ctx)),
        ["user", "token", _] if *method == Method::DELETE => {
            let text = format!("tokens are taken back at {}", ctx.base_url.join("/account"));
            Err(Problem::new(Kind::Forbidden, "tokens-on-the-account-page", text).into())
        }
        _ => Err(nothing().into()),
    }
}

/// npm tries its two ways to log in one after the other; the notice is printed at the first.
fn no_login(ctx: &Ctx) -> HttpResponse {
    let account = ctx.base_url.join("/account");
    let door = ctx.base_url.join("/publish/npm/");
    let door = door.split_once(':').map_or(door.as_str(), |(_, rest)| rest);
    let text = format!("tokens are made at {account} (scope publish); write {door}:_authToken=TOKEN into .npmrc");
    HttpResponse::build(StatusCode::FORBIDDEN)
        .insert_header(("npm-notice", notice(&text)))
        .json(json!({ "error": text, "code": "no-login-here" }))
}
