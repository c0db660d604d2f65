//! `/api/v1/credentials`: what the release worker may use at official indexes; their secrets go in and never come out.

use std::fmt;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vetmoot_domain::{Ecosystem, Timestamp};
use vetmoot_workflows::member::token::Scope;
use vetmoot_workflows::submission::credential::{self, CredentialKind, CredentialRow, Offered};
use vetmoot_workflows::{Ctx, Problem};

use super::projects;
use crate::{problem, session};

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/v1/credentials", web::get().to(list))
        .route("/api/v1/credentials", web::post().to(add))
        .route("/api/v1/credentials/{id}", web::delete().to(retire));
}

async fn list(ctx: web::Data<Ctx>, request: HttpRequest) -> HttpResponse {
    let found = async {
        let origin = session::for_api(&ctx, &request, Scope::Publish).await?;
        credential::list(&ctx, &origin).await
    };
    match found.await {
        Ok(rows) => {
            let now = ctx.clock.now();
            let rows: Vec<Value> = rows.iter().map(|row| of_row(row, now)).collect();
            HttpResponse::Ok().json(json!({ "credentials": rows }))
        }
        Err(problem) => problem::json(&problem),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    ecosystem: Ecosystem,
    /// The one package it is for, as a purl.
    package: Option<String>,
    label: String,
    kind: Option<String>,
    secret: Secret,
    /// When it ends, in RFC 3339.
    expires: Option<Timestamp>,
}

/// A secret on its way in.
#[derive(Deserialize)]
#[serde(transparent)]
struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(not shown)")
    }
}

async fn add(ctx: web::Data<Ctx>, request: HttpRequest, body: web::Json<Add>) -> HttpResponse {
    let added = async {
        let origin = session::for_api(&ctx, &request, Scope::Publish).await?;
        let kind = body.kind.as_deref().unwrap_or(CredentialKind::Token.as_str()).parse();
        let offered = Offered {
            ecosystem: body.ecosystem,
            package: body.package.as_deref().map(projects::package).transpose()?,
            label: &body.label,
            kind: kind.map_err(|error| Problem::invalid("bad-kind", "kind", format!("{error}")))?,
            secret: &body.secret.0,
            expires_at: body.expires,
        };
        credential::add(&ctx, &origin, &offered).await
    };
    match added.await {
        Ok(row) => HttpResponse::Created().json(of_row(&row, ctx.clock.now())),
        Err(problem) => problem::json(&problem),
    }
}

async fn retire(ctx: web::Data<Ctx>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let retired = async {
        let origin = session::for_api(&ctx, &request, Scope::Publish).await?;
        let unknown = |_| Problem::not_found("unknown-credential", "there is no credential of this number");
        credential::retire(&ctx, &origin, id.parse().map_err(unknown)?).await
    };
    match retired.await {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(problem) => problem::json(&problem),
    }
}

fn of_row(row: &CredentialRow, now: Timestamp) -> Value {
    json!({
        "id": row.id, "ecosystem": row.ecosystem, "package": row.package, "label": row.label, "kind": row.kind,
        "added_by": row.added_by, "added_at": row.added_at, "expires": row.expires_at, "retired_at": row.retired_at,
        "last_used_at": row.last_used_at, "trouble": credential::trouble(row, now),
    })
}
