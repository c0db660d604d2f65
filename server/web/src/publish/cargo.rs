//! The door for `cargo publish`: the web API, and a sparse index of what is staged (Cargo Book, "Web API").

use actix_web::web;

/// Adds the door.
pub fn routes(_config: &mut web::ServiceConfig) {}
