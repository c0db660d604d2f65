//! `/api/v1/candidates/ID/checks` and `/waivers`: signed results of outside checks, and doing without one.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vetmoot_workflows::Ctx;
use vetmoot_workflows::submission::candidate;
use vetmoot_workflows::submission::check::{self, Checks, ResultRow, WaiverRow};

use super::candidates::id_of;
use crate::limits::CHECK_BODY_MAX;
use crate::{client, problem, session};

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/api/v1/candidates/{id}/checks")
                .app_data(web::PayloadConfig::new(CHECK_BODY_MAX))
                .route(web::get().to(list))
                .route(web::post().to(post)),
        )
        .route("/api/v1/candidates/{id}/waivers", web::post().to(waive));
}

async fn list(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    let found = async {
        let id = id_of(&id)?;
        check::of(&ctx, &id).await
    };
    match found.await {
        Ok(checks) => HttpResponse::Ok().json(shown(&checks)),
        Err(problem) => problem::json(&problem),
    }
}

/// Takes a result from whoever brings it: the signature in it says whose it is, so no token is asked for.
async fn post(ctx: web::Data<Ctx>, request: HttpRequest, id: web::Path<String>, body: web::Bytes) -> HttpResponse {
    let client = client::address(&request);
    let posted = async {
        let id = id_of(&id)?;
        check::bring(&ctx, client, &id, &body).await
    };
    match posted.await {
        Ok(row) => HttpResponse::Created().json(result(&row)),
        Err(problem) => problem::json(&problem),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Waive {
    name: String,
    reason: String,
}

async fn waive(ctx: web::Data<Ctx>, request: HttpRequest, id: web::Path<String>, body: web::Json<Waive>) -> HttpResponse {
    let waived = async {
        let id = id_of(&id)?;
        let package = candidate::show(&ctx, &id).await?.row.package;
        let origin = session::for_package(&ctx, &request, &package).await?;
        check::waive(&ctx, &origin, &id, &body.name, &body.reason).await
    };
    match waived.await {
        Ok(row) => HttpResponse::Created().json(waiver(&row)),
        Err(problem) => problem::json(&problem),
    }
}

/// Everything that came to a candidate, in the order in which it came.
fn shown(checks: &Checks) -> Value {
    json!({
        "results": checks.results.iter().map(result).collect::<Vec<Value>>(),
        "waivers": checks.waivers.iter().map(waiver).collect::<Vec<Value>>(),
    })
}

fn result(row: &ResultRow) -> Value {
    // The envelope is answered as it came, so that anybody verifies it again.
    let envelope: Value = serde_json::from_str(&row.envelope).unwrap_or_default();
    json!({
        "name": row.name,
        "result": row.verdict,
        "key": row.key,
        "seen_at": row.seen_at,
        "posted_by": row.posted_by,
        "posted_at": row.posted_at,
        "url": row.url,
        "detail": row.detail,
        "envelope": envelope,
    })
}

fn waiver(row: &WaiverRow) -> Value {
    json!({ "name": row.name, "by": row.by, "reason": row.reason, "waived_at": row.waived_at })
}
