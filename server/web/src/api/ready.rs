//! `GET /readyz`: whether the instance serves, part by part.

use actix_web::{HttpResponse, web};
use serde_json::json;
use vetmoot_workflows::Ctx;

use crate::pages::Pages;

/// Adds the route.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/readyz", web::get().to(ready));
}

async fn ready(ctx: web::Data<Ctx>, pages: web::Data<Pages>) -> HttpResponse {
    let database = vetmoot_workflows::instance::ready::database(&ctx).await;
    let policies = ctx.book.all().len();
    let fine = database.is_ok() && policies > 0;
    let body = json!({
        "ready": fine,
        "database": match &database { Ok(kind) => json!({ "ok": true, "kind": kind }), Err(problem) => json!({ "ok": false, "code": problem.code }) },
        "policies": policies,
        "trial": ctx.domain.is_none(),
        "federation_insecure": pages.about().insecure,
    });
    if fine { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}
