//! Discovery: WebFinger, host-meta, NodeInfo, the vocabulary, and the instance for programs.

mod host_meta;
mod instance;
mod nodeinfo;
mod vocabulary;
mod webfinger;

use actix_web::http::header;
use actix_web::{HttpResponse, HttpResponseBuilder, web};
use vetmoot_workflows::{Ctx, Problem};

use crate::objects::{no_federation, problem, reads};

/// Adds the routes of this room.
pub fn routes(config: &mut web::ServiceConfig) {
    for (path, route) in [
        ("/.well-known/webfinger", reads().to(webfinger::find)),
        ("/.well-known/host-meta", reads().to(host_meta::xrd)),
        ("/.well-known/host-meta.json", reads().to(host_meta::jrd)),
        ("/.well-known/nodeinfo", reads().to(nodeinfo::links)),
        ("/nodeinfo/2.1", reads().to(nodeinfo::show)),
        ("/api/v1/instance", reads().to(instance::show)),
        ("/api/v1/instance/peers", reads().to(instance::peers)),
        ("/ns", reads().to(vocabulary::show)),
    ] {
        config.service(web::resource(path).route(route));
    }
}

/// An answer that scripts of every site may read, as discovery is for everybody (RFC 7033 section 5).
fn open() -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
    answer.insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    answer
}

/// A problem that scripts of every site may read.
fn refused(trouble: &Problem) -> HttpResponse {
    let mut answer = problem(trouble);
    answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
    answer
}

/// Refuses on a trial, which has no name others could call it by.
fn federating(ctx: &Ctx) -> Result<(), Problem> {
    if ctx.domain.is_some() { Ok(()) } else { Err(no_federation()) }
}
