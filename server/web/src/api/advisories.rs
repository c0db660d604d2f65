//! `/api/v1/advisories`: issue, read and withdraw.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vetmoot_workflows::advisory::{AdvisoryForm, AdvisoryRow, addresses, issue, show, withdraw};
use vetmoot_workflows::member::token::Scope;
use vetmoot_workflows::{Ctx, Origin, Problem};

use super::take_back::{self, TakeBack};
use crate::{problem, session};

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/v1/advisories", web::post().to(create))
        .route("/api/v1/advisories", web::get().to(list))
        .route("/api/v1/advisories/{id}", web::get().to(one))
        .route("/api/v1/advisories/{id}/osv", web::get().to(osv))
        .route("/api/v1/advisories/{id}/withdrawal", web::post().to(withdrawal));
}

async fn create(ctx: web::Data<Ctx>, request: HttpRequest, form: web::Json<AdvisoryForm>) -> HttpResponse {
    let issued = async {
        let origin = session::for_api(&ctx, &request, Scope::Audit).await?;
        issue::issue(&ctx, &origin, &form).await
    };
    match issued.await {
        Ok(row) => {
            let at = ctx.base_url.join(&format!("/api/v1/advisories/{}", row.id));
            HttpResponse::Created().insert_header((header::LOCATION, at)).json(told(&ctx, &row))
        }
        Err(problem) => problem::json(&problem),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    package: Option<String>,
}

async fn list(ctx: web::Data<Ctx>, wanted: web::Query<Wanted>) -> HttpResponse {
    let found = async {
        match &wanted.package {
            Some(text) => {
                let package = text.parse().map_err(|error| Problem::invalid("bad-package", "package", format!("{error}")))?;
                show::of_package(&ctx, &package).await
            }
            None => show::recent(&ctx, crate::limits::ADVISORIES_SHOWN).await,
        }
    };
    match found.await {
        Ok(rows) => HttpResponse::Ok().json(rows.iter().map(|row| told(&ctx, row)).collect::<Vec<_>>()),
        Err(problem) => problem::json(&problem),
    }
}

async fn one(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    match show::show(&ctx, &id).await {
        Ok(row) => HttpResponse::Ok().json(told(&ctx, &row)),
        Err(problem) => problem::json(&problem),
    }
}

/// `GET /api/v1/advisories/ID/osv`: the OSV record alone, withdrawn where it is, for whatever reads OSV.
async fn osv(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    match show::show(&ctx, &id).await {
        Ok(row) => {
            let mut record: Value = serde_json::from_str(&row.osv).unwrap_or_default();
            if let (Some(map), Some((at, _))) = (record.as_object_mut(), &row.withdrawn) {
                map.insert("withdrawn".to_owned(), json!(at));
                map.insert("modified".to_owned(), json!(at));
            }
            HttpResponse::Ok().json(record)
        }
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
        |row| told(&ctx, row),
    )
    .await
}

/// The statement, where it can be read, and what became of it.
fn told(ctx: &Ctx, row: &AdvisoryRow) -> Value {
    let mut told: Value = serde_json::from_str(&row.record).unwrap_or_else(|_| json!({}));
    if let Some(map) = told.as_object_mut() {
        map.insert("page".to_owned(), json!(ctx.base_url.join(&addresses::path(&row.id))));
        map.insert("osv".to_owned(), serde_json::from_str(&row.osv).unwrap_or_default());
        if let Some((at, reason)) = &row.withdrawn {
            map.insert("withdrawn".to_owned(), json!({ "at": at, "reason": reason }));
        }
    }
    told
}
