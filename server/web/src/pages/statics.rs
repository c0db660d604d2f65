//! Static files, the colours of the pages, and the small files that robots and browsers ask for.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_frontend::{Asset, Theme};

use super::fields::Fields;
use super::visit::{Visit, see_other};

/// Where the source of this version is told (AGPL section 13).
pub const SOURCE_PATH: &str = "/source";
/// The cookie that keeps the colours a reader chose.
const THEME_COOKIE: &str = "vetmoot-theme";
/// Files under a name with their hash never change.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Files under a plain name are asked for again after a day.
const A_DAY: &str = "public, max-age=86400";

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/static/{name}", super::reads().to(file))
        .route("/favicon.ico", super::reads().to(icon))
        .route("/robots.txt", super::reads().to(robots))
        .route(SOURCE_PATH, super::reads().to(source))
        .route("/theme", web::post().to(choose_theme));
}

async fn file(visit: Visit, name: web::Path<String>) -> HttpResponse {
    match vetmoot_frontend::asset(&name) {
        Some(asset) => serve(asset, FOR_EVER),
        None => visit.problem(&vetmoot_workflows::Problem::not_found("no-such-file", "there is no such file in this version")),
    }
}

async fn icon() -> HttpResponse {
    let hashed = vetmoot_frontend::asset_names().find(|name| name.starts_with("favicon."));
    hashed.and_then(vetmoot_frontend::asset).map_or_else(|| HttpResponse::NotFound().finish(), |asset| serve(asset, A_DAY))
}

fn serve(asset: &'static Asset, cache: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, asset.content_type))
        .insert_header((header::ETAG, asset.etag.clone()))
        .insert_header((header::CACHE_CONTROL, cache))
        .body(asset.bytes)
}

/// Reading is for everybody; what asks upstream or needs a member is not for robots.
async fn robots() -> HttpResponse {
    let text = "User-agent: *\nDisallow: /admin/\nDisallow: /account\nDisallow: /audits/new\nDisallow: /check\nDisallow: /search\nDisallow: /why/\n";
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").insert_header((header::CACHE_CONTROL, A_DAY)).body(text)
}

/// Tells which version runs and under which terms; whoever runs a changed one names their source here.
async fn source(visit: Visit) -> HttpResponse {
    let about = visit.about();
    let text = format!(
        "{} runs Vetmoot {}, free software under the GNU Affero General Public License, version 3 (AGPL-3.0-only).\n\
         Who uses this server over a network may have the source of exactly this version: ask the operator of {} for it.\n",
        about.name,
        about.version,
        visit.ctx.base_url.as_str()
    );
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(text)
}

/// The colours a reader chose.
pub fn theme(request: &HttpRequest) -> Theme {
    match request.cookie(THEME_COOKIE).as_ref().map(Cookie::value) {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

async fn choose_theme(visit: Visit, request: HttpRequest, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let form = Fields::new(form.into_inner());
    let mut cookie = Cookie::build(THEME_COOKIE, form.text("theme").to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(visit.ctx.base_url.is_https())
        .max_age(Duration::days(365))
        .finish();
    if !matches!(form.text("theme"), "light" | "dark") {
        cookie.make_removal();
    }
    let back = request.headers().get(header::REFERER).and_then(|value| value.to_str().ok()).and_then(here);
    let mut answer = see_other(back.as_deref().unwrap_or("/"));
    // A value of one known word is always a valid cookie.
    let _ = answer.add_cookie(&cookie);
    answer
}

/// The path of the page a form was on. Its host is left out, so nobody is sent elsewhere.
fn here(referer: &str) -> Option<String> {
    let url: url::Url = referer.parse().ok()?;
    let path = url.path();
    let local = path.starts_with('/') && !path.starts_with("//");
    local.then(|| url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
}

#[cfg(test)]
mod tests {
    use super::here;

    #[test]
    fn the_colour_switch_leads_back_to_a_page_of_this_site() {
        assert_eq!(here("http://127.0.0.1:8080/policies/x?a=b"), Some("/policies/x?a=b".to_owned()));
        assert_eq!(here("https://elsewhere.example/"), Some("/".to_owned()));
        assert_eq!(here("https://elsewhere.example//other.example/"), None);
        assert_eq!(here("nonsense"), None);
    }
}
