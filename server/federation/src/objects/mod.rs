//! Objects of ours as ActivityPub documents, one folder a noun.

use actix_web::guard::GuardContext;
use actix_web::web;

/// Adds the routes of this room; `wanted` tells whether a request asks for the object.
pub fn routes(_config: &mut web::ServiceConfig, _wanted: fn(&GuardContext<'_>) -> bool) {}
