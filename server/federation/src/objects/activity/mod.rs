//! Activities of ours by their addresses, as they went out. What was said to one actor alone is shown to nobody.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use vetmoot_workflows::{Ctx, Problem, delivery};

use super::{no_federation, problem, reads};
use crate::activities::{origin_of, quote_request};
use crate::limits::ACTIVITY_JSON;

/// Adds the activities.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/activities/{id:[0-9a-f]{32}}").route(reads().to(show)))
        .service(web::resource("/activities/{id:[0-9a-f]{32}}/stamp").route(reads().to(stamp)));
}

async fn show(ctx: web::Data<Ctx>, request: HttpRequest) -> HttpResponse {
    match find(&ctx, request.path()).await {
        Ok(body) => HttpResponse::Ok().content_type(ACTIVITY_JSON).insert_header((header::VARY, "Accept")).body(body),
        Err(trouble) => problem(&trouble),
    }
}

async fn stamp(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    match stamped(&ctx, &id).await {
        Ok(stamp) => {
            let mut answer = HttpResponse::Ok();
            answer.content_type(ACTIVITY_JSON).insert_header((header::VARY, "Accept")).body(stamp.to_string())
        }
        Err(trouble) => problem(&trouble),
    }
}

/// The authorisation of a quote (FEP-044f), as long as this instance speaks with the server of the quoting post.
async fn stamped(ctx: &Ctx, id: &str) -> Result<Value, Problem> {
    let none = || Problem::not_found("unknown-stamp", "this instance authorised nothing under this id");
    if ctx.domain.is_none() {
        return Err(no_federation());
    }
    let row = delivery::activity(ctx, &ctx.base_url.join(&format!("/activities/{id}"))).await?.ok_or_else(none)?;
    let stamp = serde_json::from_str(&row.body).ok().as_ref().and_then(quote_request::stamp).ok_or_else(none)?;
    let quoting = stamp.get("interactingObject").and_then(Value::as_str).and_then(|url| url.parse().ok());
    let origin = quoting.as_ref().and_then(origin_of).ok_or_else(none)?;
    if ctx.moderation.permits(&origin, None) { Ok(stamp) } else { Err(none()) }
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
