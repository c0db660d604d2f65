//! `/api/v1/audits`: record, read and withdraw.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use vetmoot_domain::AuditForm;
use vetmoot_workflows::audit::{AuditRow, record, withdraw};
use vetmoot_workflows::log;
use vetmoot_workflows::member::token::Scope;
use vetmoot_workflows::statement::erase;
use vetmoot_workflows::{Ctx, Origin};

use super::take_back::{self, TakeBack};
use crate::{problem, session};

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/v1/audits", web::post().to(create))
        .route("/api/v1/audits/{id}", web::get().to(show))
        .route("/api/v1/audits/{id}/export", web::get().to(export))
        .route("/api/v1/audits/{id}/withdrawal", web::post().to(withdrawal))
        .route("/api/v1/audits/{id}/erasure", web::post().to(take_away));
}

async fn create(ctx: web::Data<Ctx>, request: HttpRequest, form: web::Json<AuditForm>) -> HttpResponse {
    let recorded = async {
        let origin = session::for_api(&ctx, &request, Scope::Audit).await?;
        record::record(&ctx, &origin, &form).await
    };
    match recorded.await {
        Ok(audit) => {
            let at = ctx.base_url.join(&format!("/api/v1/audits/{}", audit.id));
            HttpResponse::Created().insert_header((header::LOCATION, at)).json(statement(&audit))
        }
        Err(problem) => problem::json(&problem),
    }
}

async fn show(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    match record::show(&ctx, &id).await {
        // In the place of an erased statement stands the community's signed note about it.
        Ok(audit) if audit.erased => HttpResponse::Gone().json(statement(&audit)),
        Ok(audit) => HttpResponse::Ok().json(statement(&audit)),
        Err(problem) => problem::json(&problem),
    }
}

/// `GET /api/v1/audits/ID/export`: the record and the receipt of the log, to be checked offline by `vetmoot verify`.
async fn export(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    match log::export(&ctx, &id).await {
        Ok(document) => {
            let name = format!("attachment; filename=\"audit-{id}.json\"");
            HttpResponse::Ok().insert_header((header::CONTENT_DISPOSITION, name)).json(document)
        }
        Err(problem) => problem::json(&problem),
    }
}

/// `POST /api/v1/audits/ID/erasure`: its text goes for ever; what is answered is the record of the erasure.
async fn take_away(ctx: web::Data<Ctx>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let erased = async {
        let origin = session::for_api(&ctx, &request, Scope::Audit).await?;
        erase::erase(&ctx, &origin, &id).await
    };
    match erased.await {
        Ok(audit) => HttpResponse::Ok().json(statement(&audit)),
        Err(problem) => problem::json(&problem),
    }
}

async fn withdrawal(
    ctx: web::Data<Ctx>,
    request: HttpRequest,
    id: web::Path<String>,
    body: web::Json<TakeBack>,
) -> HttpResponse {
    take_back::answer(
        &ctx,
        &request,
        &body,
        async |origin: &Origin, reason: &str| withdraw::withdraw(&ctx, origin, &id, reason).await,
        statement,
    )
    .await
}

/// The statement: its immutable record, and beside it what became of it.
fn statement(audit: &AuditRow) -> Value {
    let mut statement: Value = serde_json::from_str(&audit.record).unwrap_or_else(|_| json!({}));
    if let (Some(map), Some(withdrawn)) = (statement.as_object_mut(), &audit.withdrawn) {
        map.insert("withdrawn".to_owned(), json!({ "at": withdrawn.at, "reason": withdrawn.reason }));
    }
    statement
}
