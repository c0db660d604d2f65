//! `GET /readyz`: whether the instance serves, part by part.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::json;
use vetmoot_workflows::Ctx;
use vetmoot_workflows::instance::duty;

use crate::pages::Pages;
use crate::problem;

/// Adds the route.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/readyz", web::get().to(ready));
}

async fn ready(ctx: web::Data<Ctx>, pages: web::Data<Pages>) -> HttpResponse {
    let database = vetmoot_workflows::instance::ready::database(&ctx).await;
    let policies = ctx.book.all().len();
    let warnings = duty::held_alone(&ctx).await.unwrap_or_default();
    let fine = database.is_ok() && policies > 0;
    let body = json!({
        "ready": fine,
        "database": match &database { Ok(kind) => json!({ "ok": true, "kind": kind }), Err(problem) => json!({ "ok": false, "code": problem.code }) },
        "policies": policies,
        "warnings": warnings.iter().map(|duty| json!({ "code": duty.code, "text": duty.text })).collect::<Vec<_>>(),
        "trial": ctx.domain.is_none(),
        "federation_insecure": pages.about().insecure,
    });
    let status = if fine { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    problem::begin_after(status, None).json(body)
}
