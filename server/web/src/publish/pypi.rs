//! The door for `twine upload` and `uv publish`: the legacy upload form, and a simple index of what is staged.

use actix_web::web;

/// Adds the door.
pub fn routes(_config: &mut web::ServiceConfig) {}
