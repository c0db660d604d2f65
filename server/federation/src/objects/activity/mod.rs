//! Activities of ours by their addresses, as they went out. What was said to one actor alone is shown to nobody.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_workflows::{Ctx, Problem, delivery};

use super::{no_federation, problem, reads};
use crate::limits::ACTIVITY_JSON;

/// Adds the activities.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/activities/{id:[0-9a-f]{32}}").route(reads().to(show)));
}

async fn show(ctx: web::Data<Ctx>, request: HttpRequest) -> HttpResponse {
    match find(&ctx, request.path()).await {
        Ok(body) => HttpResponse::Ok().content_type(ACTIVITY_JSON).insert_header((header::VARY, "Accept")).body(body),
        Err(trouble) => problem(&trouble),
    }
}

async fn find(ctx: &Ctx, path: &str) -> Result<String, Problem> {
    if ctx.domain.is_none() {
        return Err(no_federation());
    }
    let found = delivery::activity(ctx, &ctx.base_url.join(path)).await?;
    let found = found.filter(|row| row.public).map(|row| row.body);
    // The same answer for what is hidden and what is absent.
    found.ok_or_else(|| Problem::not_found("unknown-activity", "this instance said nothing under this id"))
}
