//! `/api/v1/projects/{purl}/actions` and `/api/v1/actions/{id}`: yanks, their undoing and deprecations, under two eyes.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vetmoot_domain::Version;
use vetmoot_workflows::problem::Kind;
use vetmoot_workflows::submission::action::{self, ActionKind, ActionRow};
use vetmoot_workflows::submission::hand_in::Uploader;
use vetmoot_workflows::{Ctx, Origin, Problem};

use super::projects::package;
use crate::{problem, session};

/// Adds the routes; they come before those of projects, since a purl may hold slashes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/v1/projects/{purl:.*}/actions", web::get().to(list))
        .route("/api/v1/projects/{purl:.*}/actions", web::post().to(ask))
        .route("/api/v1/actions/{id}", web::get().to(show))
        .route("/api/v1/actions/{id}/{verb:approve|refuse}", web::post().to(decide));
}

async fn list(ctx: web::Data<Ctx>, purl: web::Path<String>) -> HttpResponse {
    let found = async { action::list(&ctx, &package(&purl)?).await };
    match found.await {
        Ok(rows) => HttpResponse::Ok().json(json!({ "actions": rows.iter().map(of_row).collect::<Vec<_>>() })),
        Err(problem) => problem::json(&problem),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    kind: String,
    versions: Vec<String>,
    message: Option<String>,
}

async fn ask(ctx: web::Data<Ctx>, request: HttpRequest, purl: web::Path<String>, body: web::Json<Ask>) -> HttpResponse {
    let asked = async {
        let package = package(&purl)?;
        let uploader = uploader(session::for_package(&ctx, &request, &package).await?)?;
        let kind: ActionKind = body.kind.parse().map_err(|error| Problem::invalid("bad-kind", "kind", format!("{error}")))?;
        let versions: Result<Vec<Version>, _> = body.versions.iter().map(|version| version.parse()).collect();
        let versions = versions.map_err(|error| Problem::invalid("bad-version", "versions", format!("{error}")))?;
        let id = action::ask(&ctx, &uploader, &package, kind, versions, body.message.as_deref()).await?;
        action::show(&ctx, id).await
    };
    match asked.await {
        Ok(row) => HttpResponse::Created().json(of_row(&row)),
        Err(problem) => problem::json(&problem),
    }
}

/// A member who asks; the token's own bounds were checked before.
fn uploader(origin: Origin) -> Result<Uploader, Problem> {
    match origin {
        Origin::Member { id, name, roles } => {
            Ok(Uploader { user_id: id, name, roles, project: None, program: None, others: Vec::new(), token: None })
        }
        Origin::Operator | Origin::Timer => {
            Err(Problem::new(Kind::Forbidden, "members-only", "a member asks for this, under their own name"))
        }
    }
}

async fn show(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    let found = async { action::show(&ctx, number(&id)?).await };
    match found.await {
        Ok(row) => HttpResponse::Ok().json(of_row(&row)),
        Err(problem) => problem::json(&problem),
    }
}

async fn decide(ctx: web::Data<Ctx>, request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let decided = async {
        let id = number(&path.0)?;
        let row = action::show(&ctx, id).await?;
        let origin = session::for_package(&ctx, &request, &row.package).await?;
        if path.1 == "approve" { action::approve(&ctx, &origin, id).await } else { action::refuse(&ctx, &origin, id).await }
    };
    match decided.await {
        Ok(row) => HttpResponse::Ok().json(of_row(&row)),
        Err(problem) => problem::json(&problem),
    }
}

fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::not_found("unknown-action", "there is no action of this number"))
}

fn of_row(row: &ActionRow) -> Value {
    json!({
        "id": row.id, "package": row.package, "kind": row.kind, "versions": row.versions, "message": row.message,
        "asked_by": row.asked_by_name, "asked_at": row.asked_at, "state": row.state, "decided_by": row.decided_by,
        "decided_at": row.decided_at, "last_error": row.last_error, "done_at": row.done_at,
    })
}
