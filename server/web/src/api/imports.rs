//! `/api/v1/imports`: what others' evidence is taken in, and how that went.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vetmoot_domain::Span;
use vetmoot_workflows::import::{self, Location, Wanted, show};
use vetmoot_workflows::member::token::Scope;
use vetmoot_workflows::{Ctx, Problem};

use crate::{problem, session};

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/api/v1/imports").route(web::get().to(all)).route(web::post().to(create)));
}

async fn all(ctx: web::Data<Ctx>) -> HttpResponse {
    match show::all(&ctx).await {
        Ok(imports) => {
            let rows: Vec<Value> = imports
                .iter()
                .map(|import| {
                    let outcome = import.last.as_ref().and_then(|run| run.outcome.as_ref());
                    json!({
                        "name": import.source.name, "kind": import.source.kind.as_str(), "location": import.source.location,
                        "every": import.source.every, "last_read": import.source.last_success_at, "entries": import.entries,
                        "running": import.last.as_ref().is_some_and(|run| run.finished_at.is_none()),
                        "read": import.last.as_ref().map(|run| run.read), "total": import.last.as_ref().and_then(|run| run.total),
                        "last": outcome,
                    })
                })
                .collect();
            HttpResponse::Ok().json(json!({ "imports": rows }))
        }
        Err(problem) => problem::json(&problem),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    name: String,
    kind: String,
    location: String,
    every: Option<Span>,
}

async fn create(ctx: web::Data<Ctx>, request: HttpRequest, body: web::Json<Create>) -> HttpResponse {
    let report = async {
        let origin = session::for_api(&ctx, &request, Scope::Import).await?;
        let kind: import::Kind = body.kind.parse().map_err(|error| Problem::invalid("bad-kind", "kind", format!("{error}")))?;
        let wanted = Wanted { name: body.name.clone(), kind, location: Location::of(&body.location)?, every: body.every };
        import::run::run(&ctx, &origin, &wanted, &|_| {}).await
    };
    match report.await {
        Ok(report) => HttpResponse::Created().json(report),
        Err(problem) => problem::json(&problem),
    }
}
