//! Answers with the documents of our actors, where a page has the same address and where none has.

use activitypub_federation::actix_web::response::create_http_response;
use actix_web::guard::{self, GuardContext};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Route, web};
use serde::Serialize;
use vetmoot_domain::Span;
use vetmoot_workflows::actor::{self, LocalActor};
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::{actor as documents, context, icon};
use crate::client;
use crate::problem::refuse;

/// How long others may keep an actor: short, as a rotated key counts at once.
const KEPT: &str = "public, max-age=180";

/// Adds the actors and their marks.
pub(super) fn routes(config: &mut web::ServiceConfig, wanted: fn(&GuardContext<'_>) -> bool) {
    for path in ["/", "/community", "/actor", "/users/{name}", "/orgs/{name}", "/policies/{slug}", "/packages/{handle}"] {
        config.service(web::resource(path).guard(guard::fn_guard(wanted)).route(reads().to(show)));
    }
    config
        .service(web::resource("/actor").route(reads().to(home)))
        .service(web::resource("/actors/icon/{path:.+}.png").route(reads().to(icon::show)));
}

/// The route of what is only read: HEAD is answered as GET is, without the body (RFC 9110 section 9.3.2).
pub(crate) fn reads() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// `GET` of an actor by a server.
async fn show(ctx: web::Data<Ctx>, request: HttpRequest) -> HttpResponse {
    match find(&ctx, &request).await {
        Ok(document) => {
            let mut answer = document;
            answer.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static(KEPT));
            answer
        }
        Err(trouble) => problem(&trouble),
    }
}

async fn find(ctx: &Ctx, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    if ctx.domain.is_none() {
        return Err(super::no_federation());
    }
    let unknown = || Problem::not_found("unknown-actor", "this instance has no such actor");
    // The address of the whole server stands for the instance (FEP-d556; Lemmy asks there).
    let wanted = match request.path() {
        "/" => LocalActor::Instance,
        path => path.parse().map_err(|_| unknown())?,
    };
    if !actor::look_up(ctx, &wanted, client::address(request)).await? {
        return Err(unknown());
    }
    let document = documents::document(ctx, &wanted).await?.ok_or_else(unknown)?;
    answer(document)
}

/// `GET` of the instance's actor by a person: the home page.
async fn home() -> HttpResponse {
    see("/")
}

fn see(path: &str) -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, path)).insert_header((header::VARY, "Accept")).finish()
}

/// A document as an answer: `application/activity+json`, and `Vary` as a page may have the same address.
///
/// # Errors
/// The document cannot be written as JSON.
pub fn answer(document: impl Serialize) -> Result<HttpResponse, Problem> {
    create_http_response(document, &context())
        .map_err(|error| Problem::new(Kind::Internal, "unwritable", "the document could not be written").because(error))
}

/// A problem as an answer (RFC 9457).
pub(crate) fn problem(problem: &Problem) -> HttpResponse {
    let mut answer = match (problem.kind, problem.code) {
        (_, "look-ups-spent") => {
            refuse(StatusCode::TOO_MANY_REQUESTS, problem.code, &problem.text, problem.wait.map(Span::millis))
        }
        // Nothing here is a form: what cannot be read is a bad request (RFC 7033 section 4.2).
        (Kind::Invalid, _) => refuse(StatusCode::BAD_REQUEST, problem.code, &problem.text, None),
        _ => crate::problem::answer(problem),
    };
    answer.headers_mut().insert(header::VARY, header::HeaderValue::from_static("Accept"));
    answer
}
