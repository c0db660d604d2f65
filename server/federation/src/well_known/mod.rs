//! Discovery: WebFinger, host-meta, NodeInfo, the vocabulary, and the instance for programs.

use actix_web::web;

/// Adds the routes of this room.
pub fn routes(_config: &mut web::ServiceConfig) {}
