//! THE LIST of activities this server understands and says, one folder each.

use actix_web::web;

/// Adds the routes of this room.
pub fn routes(_config: &mut web::ServiceConfig) {}
