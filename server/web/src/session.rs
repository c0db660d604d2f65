//! Who is at the door: a token of a program, or the cookie of a browser.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header;
use vetmoot_workflows::member::session;
use vetmoot_workflows::member::token::{self, Scope};
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
    let Some(value) = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
        return match member(ctx, request).await? {
            Some(origin) => Ok(origin),
            None => Err(Problem::new(
                Kind::Unauthenticated,
                "no-token",
                format!("send `Authorization: Bearer TOKEN` with a token of scope {scope}"),
            )),
        };
    };
    let token = value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer ")).unwrap_or(value);
    token::member(ctx, token.trim(), scope).await
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
