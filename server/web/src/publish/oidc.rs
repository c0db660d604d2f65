//! The exchange of a CI's OpenID Connect identity for a short token, in each client's own form.

use actix_web::web;

/// Adds the door.
pub fn routes(_config: &mut web::ServiceConfig) {}
