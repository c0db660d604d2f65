//! Answers with the posts of candidates, and finds those that belong to a conversation.

use actix_web::guard::{self, GuardContext};
use actix_web::{HttpResponse, web};
use serde_json::Value;
use vetmoot_domain::{CandidateId, Package, Release};
use vetmoot_workflows::statement::{self, StatementRow, Via, addresses};
use vetmoot_workflows::{Ctx, Problem};

use super::serve::{first_said, published, record_of, shown};
use crate::limits::CONVERSATION_STATEMENTS_MAX;
use crate::objects::reads;

/// What is said about a candidate, each in a post of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Staged,
    Released,
    Alarm,
}

/// Adds the posts; for people, release and alarm stand on the candidate's page.
pub fn routes(config: &mut web::ServiceConfig, wanted: fn(&GuardContext<'_>) -> bool) {
    let post = |path: &str| web::resource(path.to_owned()).guard(guard::fn_guard(wanted));
    config
        .service(post("/candidates/{id:[0-9a-f-]{36}}").route(reads().to(staged)))
        .service(post("/candidates/{id:[0-9a-f-]{36}}/release").route(reads().to(released)))
        .service(post("/candidates/{id:[0-9a-f-]{36}}/alarm").route(reads().to(alarm)));
}

async fn staged(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    shown(post_of(&ctx, &id, Which::Staged).await)
}

async fn released(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    shown(post_of(&ctx, &id, Which::Released).await)
}

async fn alarm(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    shown(post_of(&ctx, &id, Which::Alarm).await)
}

async fn post_of(ctx: &Ctx, id: &str, which: Which) -> Result<Value, Problem> {
    let none = || Problem::not_found("unknown-candidate", "there is no candidate with this id");
    let id: CandidateId = id.parse().map_err(|_| none())?;
    let (uri, path) = match which {
        Which::Staged => (addresses::candidate(ctx, &id), format!("/candidates/{id}")),
        Which::Released => (addresses::release(ctx, &id), format!("/candidates/{id}/release")),
        Which::Alarm => (addresses::alarm(ctx, &id), format!("/candidates/{id}/alarm")),
    };
    let row = published(ctx, &uri).await?;
    let record = record_of(&row)?.ok_or_else(none)?;
    let said = first_said(ctx, &path, row.published_at).await?;
    match which {
        Which::Staged => super::staged(ctx, &record, &said),
        Which::Alarm => super::alarm(ctx, &record, &said),
        Which::Released => {
            let candidate = published(ctx, &addresses::candidate(ctx, &id)).await.ok();
            let candidate = candidate.as_ref().map(record_of).transpose()?.flatten();
            super::released(ctx, &record, candidate.as_ref(), &said)
        }
    }
}

/// The paths of the posts about the candidates of a release, oldest first.
pub async fn of_release(ctx: &Ctx, package: &Package, release: &Release) -> Result<Vec<String>, Problem> {
    let wanted = release.to_string();
    let rows = statement::of_package(ctx, package, &statement::OF_CANDIDATES, CONVERSATION_STATEMENTS_MAX).await?;
    let about = |row: &StatementRow| {
        let record = record_of(row).ok().flatten();
        record.is_some_and(|record| record.get("release").and_then(Value::as_str) == Some(wanted.as_str()))
    };
    let posts = rows.iter().rev().filter(|row| row.via == Via::Own && about(row));
    let path = |row: &StatementRow| Some(row.uri.strip_prefix(ctx.base_url.as_str())?.strip_suffix("/record")?.to_owned());
    Ok(posts.filter_map(path).collect())
}
