//! The API for programs (docs/API.md): decisions, audits, packages, policies, imports.

mod actions;
mod advisories;
mod audits;
mod candidates;
mod checks;
mod credentials;
mod decisions;
mod difference;
mod federation;
mod imports;
mod packages;
mod policies;
mod projects;
mod proposals;
mod publishers;
mod ready;
mod take_back;

use actix_web::error::InternalError;
use actix_web::{HttpRequest, web};
use vetmoot_workflows::Problem;

use crate::limits::FORM_BODY_MAX;
use crate::problem;

/// Adds every route of the API.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .app_data(web::JsonConfig::default().limit(FORM_BODY_MAX).content_type_required(false).error_handler(bad_json))
        .app_data(web::QueryConfig::default().error_handler(bad_query))
        .configure(ready::routes)
        .configure(decisions::routes)
        .configure(advisories::routes)
        .configure(audits::routes)
        .configure(packages::routes)
        .configure(policies::routes)
        .configure(proposals::routes)
        .configure(imports::routes)
        .configure(federation::routes)
        .configure(difference::routes)
        .configure(candidates::routes)
        .configure(checks::routes)
        .configure(publishers::routes)
        .configure(credentials::routes)
        .configure(actions::routes)
        // Last: a purl may hold slashes, and what lies below a project is asked for first.
        .configure(projects::routes);
}

fn bad_json(error: actix_web::error::JsonPayloadError, _: &HttpRequest) -> actix_web::Error {
    let problem = Problem::invalid("bad-json", "body", format!("the body is not the JSON expected here: {error}"));
    InternalError::from_response(error, problem::json(&problem)).into()
}

fn bad_query(error: actix_web::error::QueryPayloadError, _: &HttpRequest) -> actix_web::Error {
    let problem = Problem::invalid("bad-query", "query", format!("the query is not the one expected here: {error}"));
    InternalError::from_response(error, problem::json(&problem)).into()
}
