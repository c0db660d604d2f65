//! The door for `npm publish` and `npm stage`: packuments with attachments, staged publishing, deprecation.

use actix_web::web;

/// Adds the door.
pub fn routes(_config: &mut web::ServiceConfig) {}
