//! The doors for maintainers: `/publish/cargo/`, `/publish/pypi/`, `/publish/npm/`, and the exchange of identities.

mod auth;
pub(crate) mod body;
mod cargo;
mod npm;
mod oidc;
mod pypi;

use actix_web::web;

/// Adds the doors.
pub fn routes(config: &mut web::ServiceConfig) {
    oidc::routes(config);
    cargo::routes(config);
    pypi::routes(config);
    npm::routes(config);
}
