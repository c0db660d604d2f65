//! What other servers send: checked in the order of docs/FEDERATION.md, made durable, then acknowledged.

mod apply;
mod body;
mod peek;
mod receive;
mod refusal;

use actix_web::web;

pub(crate) use apply::apply;

/// Adds the routes of this room: one inbox for everybody, and one for each actor that means the same.
pub fn routes(config: &mut web::ServiceConfig) {
    for path in [
        "/inbox",
        "/community/inbox",
        "/actor/inbox",
        "/users/{name}/inbox",
        "/orgs/{name}/inbox",
        "/packages/{name}/inbox",
        "/policies/{name}/inbox",
    ] {
        config.service(web::resource(path).route(web::post().to(receive::receive)));
    }
}
