//! What every answer of the people's half carries, and what unsafe requests must show.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};
use vetmoot_workflows::Ctx;

/// No script but ours, nothing from elsewhere, no frames.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Security headers on pages and the API; requests that change something must come from our own pages or carry a token.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<actix_web::body::BoxBody>, Error> {
    if !request.method().is_safe() && !by_token(&request) && !same_origin(&request) {
        let answer = HttpResponse::Forbidden()
            .content_type("text/plain; charset=utf-8")
            .body("This form was sent from another site, so nothing was done. Open the page here and send it again.\n");
        return Ok(request.into_response(answer));
    }
    let mut response = next.call(request).await?.map_into_boxed_body();
    let headers = response.headers_mut();
    let fixed = [
        ("content-security-policy", CSP),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
    ];
    for (name, value) in fixed {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    // Many pages have the address of an object for other servers, so what a cache keeps is good for this Accept alone.
    let is_page = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page || response.status().is_redirection() {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept"));
    }
    Ok(response)
}

/// Whether a program asks with its token alone. What a browser sends along by itself, a password of the address among it,
/// vouches for nothing beside a cookie.
fn by_token(request: &ServiceRequest) -> bool {
    request.headers().contains_key(header::AUTHORIZATION) && !request.headers().contains_key(header::COOKIE)
}

/// The rule of `Sec-Fetch-Site`, and `Origin` where a browser is too old for it.
fn same_origin(request: &ServiceRequest) -> bool {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let ours =
                request.app_data::<web::Data<Ctx>>().map(|ctx| (ctx.base_url.as_str().to_owned(), ctx.base_url.is_https()));
            let (ours, https) = ours.unwrap_or_default();
            let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
            // Who can write into a page without TLS is not us where we have it.
            let here = |(scheme, at): (&str, &str)| at == host && (scheme == "https" || !https);
            ours == origin || origin.split_once("://").is_some_and(here)
        }
        // Neither header: no browser. A cookie alone does not act without them.
        (None, None) => !request.headers().contains_key(header::COOKIE),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::middleware::from_fn;
    use actix_web::{App, test};

    use super::*;

    /// The status of a POST with these headers to a server that says 200 to whatever passes.
    async fn posted(headers: &[(&'static str, &'static str)]) -> u16 {
        let done = || async { HttpResponse::Ok().finish() };
        let scope = web::scope("").wrap(from_fn(guard)).route("/do", web::post().to(done));
        let app = test::init_service(App::new().service(scope)).await;
        let mut request = test::TestRequest::post().uri("/do").insert_header(("host", "vet.example"));
        for header in headers {
            request = request.insert_header(*header);
        }
        test::call_service(&app, request.to_request()).await.status().as_u16()
    }

    #[actix_web::test]
    async fn what_carries_a_cookie_comes_from_our_own_pages() {
        let cookie = ("cookie", "__Host-vetmoot=x");
        for (header, status) in [
            (("sec-fetch-site", "same-origin"), 200),
            (("sec-fetch-site", "none"), 200),
            // A sibling of our host is the same site to SameSite, and somebody else's.
            (("sec-fetch-site", "same-site"), 403),
            (("sec-fetch-site", "cross-site"), 403),
            (("origin", "https://vet.example"), 200),
            (("origin", "https://evil.vet.example"), 403),
            (("origin", "null"), 403),
            (("authorization", "Basic eDp5"), 403),
            (("authorization", "Bearer x"), 403),
            (("accept", "*/*"), 403),
        ] {
            assert_eq!(posted(&[cookie, header]).await, status, "{header:?}");
        }
        // A sibling's form whose address has a password in it.
        assert_eq!(posted(&[cookie, ("sec-fetch-site", "same-site"), ("authorization", "Basic eDp5")]).await, 403);
        // A browser of ours that also sends a token, and programs.
        assert_eq!(posted(&[cookie, ("sec-fetch-site", "same-origin"), ("authorization", "Bearer x")]).await, 200);
        assert_eq!(posted(&[("authorization", "Bearer x")]).await, 200);
        assert_eq!(posted(&[]).await, 200, "who shows nothing is nobody");
    }

    #[actix_web::test]
    async fn a_page_says_that_its_address_may_answer_otherwise() {
        let page = || async {
            HttpResponse::Ok().content_type("text/html; charset=utf-8").insert_header(("vary", "Cookie")).body("x")
        };
        let moved = || async { HttpResponse::Found().insert_header(("location", "/")).finish() };
        let data = || async { HttpResponse::Ok().content_type("application/json").body("{}") };
        let scope = web::scope("").wrap(from_fn(guard)).route("/page", web::get().to(page));
        let scope = scope.route("/moved", web::get().to(moved)).route("/data", web::get().to(data));
        let app = test::init_service(App::new().service(scope)).await;
        for (path, status, vary) in [
            ("/page", StatusCode::OK, "Cookie, Accept"),
            ("/moved", StatusCode::FOUND, "Accept"),
            ("/data", StatusCode::OK, ""),
        ] {
            let answer = test::call_service(&app, test::TestRequest::get().uri(path).to_request()).await;
            let said: Vec<_> = answer.headers().get_all(header::VARY).filter_map(|value| value.to_str().ok()).collect();
            assert_eq!((answer.status(), said.join(", ").as_str()), (status, vary), "{path}");
        }
    }
}
