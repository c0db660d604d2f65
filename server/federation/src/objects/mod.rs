//! Objects of ours as ActivityPub documents, one folder a noun.

pub mod activity;
pub mod actor;
pub mod application;
pub mod community;
mod context;
pub mod icon;
pub mod note;
pub mod organization;
pub mod package;
pub mod person;
pub mod policy;
pub mod record;
mod serve;

pub use context::{NAMESPACE, context, terms, vocabulary, with_context};
pub use serve::answer;
pub(crate) use serve::{problem, reads};

use actix_web::guard::GuardContext;
use actix_web::web;
use vetmoot_workflows::{Ctx, Problem};

/// Adds the routes of this room; `wanted` tells whether a request asks for the object.
pub fn routes(config: &mut web::ServiceConfig, wanted: fn(&GuardContext<'_>) -> bool) {
    serve::routes(config, wanted);
    note::serve::routes(config, wanted);
    record::routes(config);
    activity::routes(config);
}

/// Host and port of this instance as handles have them: `vet.example.org`.
pub fn authority(ctx: &Ctx) -> String {
    let base = ctx.base_url.as_str();
    base.split_once("://").map_or(base, |(_, authority)| authority).to_ascii_lowercase()
}

/// The answer of a trial, which has no name others could call it by.
pub(crate) fn no_federation() -> Problem {
    Problem::not_found("no-federation", "this instance has no domain yet, so it does not speak with other servers")
}
