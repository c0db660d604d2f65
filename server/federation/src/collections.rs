//! Outboxes, followers, following and featured, paged.

use actix_web::web;

/// Adds the routes of this room.
pub fn routes(_config: &mut web::ServiceConfig) {}
