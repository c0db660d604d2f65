//! What other servers send: checked in the order of docs/FEDERATION.md, made durable, then acknowledged.

use actix_web::web;

/// Adds the routes of this room.
pub fn routes(_config: &mut web::ServiceConfig) {}
