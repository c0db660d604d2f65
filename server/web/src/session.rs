//! Who is at the door: a token of a program, or the cookie of a browser.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header;
use vetmoot_domain::Package;
use vetmoot_workflows::member::session;
use vetmoot_workflows::member::token::{self, Scope};
use vetmoot_workflows::submission::hand_in;
use vetmoot_workflows::{Ctx, Kind, Origin, Problem};

/// The cookie's name where the instance is https; browsers then bind it to host, path and TLS.
const SECURE_NAME: &str = "__Host-vetmoot";
/// The cookie's name on a trial over http.
const PLAIN_NAME: &str = "vetmoot";

/// The session's secret in the request's cookie.
pub fn secret(ctx: &Ctx, request: &HttpRequest) -> Option<String> {
    request.cookie(name(ctx)).map(|cookie| cookie.value().to_owned())
}

/// The member signed in by this browser, if any.
pub async fn member(ctx: &Ctx, request: &HttpRequest) -> Result<Option<Origin>, Problem> {
    match secret(ctx, request) {
        Some(secret) => session::member(ctx, &secret).await,
        None => Ok(None),
    }
}

/// The member behind an API request: by bearer token with the scope, or by the browser's session.
pub async fn for_api(ctx: &Ctx, request: &HttpRequest, scope: Scope) -> Result<Origin, Problem> {
    let Some(token) = bearer(request) else {
        return match member(ctx, request).await? {
            Some(origin) => Ok(origin),
            None => Err(Problem::new(
                Kind::Unauthenticated,
                "no-token",
                format!("send `Authorization: Bearer TOKEN` with a token of scope {scope}"),
            )),
        };
    };
    token::member(ctx, token, scope).await
}

/// The member behind a request that does more about a package than hand it in: by a token of scope `publish` that names no
/// project, or by the browser's session.
pub async fn for_package(ctx: &Ctx, request: &HttpRequest, package: &Package) -> Result<Origin, Problem> {
    match bearer(request) {
        Some(token) => token::member_for(ctx, token, package).await,
        None => for_api(ctx, request, Scope::Publish).await,
    }
}

/// The same where a program may act in its member's name: it says that its own upload is whole.
pub async fn for_upload(ctx: &Ctx, request: &HttpRequest, package: &Package) -> Result<Origin, Problem> {
    let Some(token) = bearer(request) else { return for_api(ctx, request, Scope::Publish).await };
    Ok(hand_in::uploader(ctx, token).await?.meaning(ctx, package).await?.origin())
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    Some(value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer ")).unwrap_or(value).trim())
}

/// The cookie that keeps a browser signed in.
pub fn cookie(ctx: &Ctx, secret: String) -> Cookie<'static> {
    Cookie::build(name(ctx), secret)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(ctx.base_url.is_https())
        .max_age(Duration::milliseconds(session::SESSION_LASTS.millis()))
        .finish()
}

/// The cookie that ends it.
pub fn no_cookie(ctx: &Ctx) -> Cookie<'static> {
    let mut cookie = cookie(ctx, String::new());
    cookie.make_removal();
    cookie
}

fn name(ctx: &Ctx) -> &'static str {
    if ctx.base_url.is_https() { SECURE_NAME } else { PLAIN_NAME }
}
