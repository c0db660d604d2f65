//! Records: the signed, immutable statements themselves, byte for byte as the log holds their digests.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use vetmoot_workflows::statement::{self, addresses};
use vetmoot_workflows::{Ctx, Problem};

use super::note::serve::record_of;
use super::{no_federation, problem, reads};
use crate::limits::ACTIVITY_JSON;

/// Adds the records. They are documents alone: no page has their addresses.
pub fn routes(config: &mut web::ServiceConfig) {
    for path in [
        "/audits/{id:[0-9a-f]{32}}/record",
        "/audits/{id:[0-9a-f]{32}}/withdrawal/record",
        "/audits/{id:[0-9a-f]{32}}/erasure/record",
        "/policies/{slug}/revisions/{number}/record",
        "/forks/{id:[0-9a-f]{32}}/record",
        "/advisories/{id:[0-9a-f]{32}}/record",
        "/advisories/{id:[0-9a-f]{32}}/withdrawal/record",
        "/candidates/{id:[0-9a-f-]{36}}/record",
        "/candidates/{id:[0-9a-f-]{36}}/release/record",
        "/candidates/{id:[0-9a-f-]{36}}/alarm/record",
    ] {
        config.service(web::resource(path).route(reads().to(show)));
    }
}

async fn show(ctx: web::Data<Ctx>, request: HttpRequest) -> HttpResponse {
    match find(&ctx, request.path()).await {
        Ok((status, document)) => HttpResponse::build(status)
            .content_type(ACTIVITY_JSON)
            .insert_header((header::VARY, "Accept"))
            .body(document.to_string()),
        Err(trouble) => problem(&trouble),
    }
}

/// The record at a path; where its text was erased, 410 and the community's signed note about it.
async fn find(ctx: &Ctx, path: &str) -> Result<(StatusCode, Value), Problem> {
    if ctx.domain.is_none() {
        return Err(no_federation());
    }
    let row = statement::by_uri(ctx, &ctx.base_url.join(path)).await?;
    if let Some(record) = record_of(&row)? {
        return Ok((StatusCode::OK, record));
    }
    let id = path.trim_start_matches("/audits/").split('/').next().unwrap_or_default();
    let erasure = statement::by_uri(ctx, &addresses::erasure(ctx, id)).await?;
    Ok((StatusCode::GONE, record_of(&erasure)?.unwrap_or_default()))
}
