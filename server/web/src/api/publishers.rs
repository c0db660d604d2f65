//! `/api/v1/projects/{purl}/publishers`: programs that hand releases in under an identity in place of a stored secret.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vetmoot_workflows::submission::oidc::{self, PublisherRow};
use vetmoot_workflows::{Ctx, Problem};

use super::projects::package;
use crate::{problem, session};

/// Adds the routes; they come before those of projects, since a purl may hold slashes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/v1/projects/{purl:.*}/publishers", web::get().to(list))
        .route("/api/v1/projects/{purl:.*}/publishers", web::post().to(add))
        .route("/api/v1/projects/{purl:.*}/publishers/{id}", web::delete().to(remove));
}

async fn list(ctx: web::Data<Ctx>, purl: web::Path<String>) -> HttpResponse {
    let found = async { oidc::list(&ctx, &package(&purl)?).await };
    match found.await {
        Ok(rows) => HttpResponse::Ok().json(json!({
            "audience": oidc::audience(&ctx),
            "issuers": ctx.publishing.issuers,
            "publishers": rows.iter().map(of_row).collect::<Vec<_>>(),
        })),
        Err(problem) => problem::json(&problem),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    issuer: String,
    claims: BTreeMap<String, String>,
}

async fn add(ctx: web::Data<Ctx>, request: HttpRequest, purl: web::Path<String>, body: web::Json<Add>) -> HttpResponse {
    let added = async {
        let package = package(&purl)?;
        let origin = session::for_package(&ctx, &request, &package).await?;
        let Add { issuer, claims } = body.into_inner();
        oidc::add(&ctx, &origin, &package, &issuer, claims).await
    };
    match added.await {
        Ok(row) => HttpResponse::Created().json(of_row(&row)),
        Err(problem) => problem::json(&problem),
    }
}

async fn remove(ctx: web::Data<Ctx>, request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let (purl, id) = path.into_inner();
    let removed = async {
        let package = package(&purl)?;
        let unknown = |_| Problem::not_found("unknown-publisher", "this project has no such trusted publisher");
        let id: i64 = id.parse().map_err(unknown)?;
        let origin = session::for_package(&ctx, &request, &package).await?;
        oidc::remove(&ctx, &origin, &package, id).await
    };
    match removed.await {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(problem) => problem::json(&problem),
    }
}

fn of_row(row: &PublisherRow) -> Value {
    json!({
        "id": row.id, "package": row.package, "issuer": row.issuer, "claims": row.claims,
        "added_by": row.added_by_name, "added_at": row.added_at,
    })
}
