//! `/api/v1/candidates`: releases handed in, and the moves people make with them.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vetmoot_domain::{CandidateId, CandidateState, UserName};
use vetmoot_workflows::member::account;
use vetmoot_workflows::submission::candidate::{self, Candidate, Wanted};
use vetmoot_workflows::submission::progress::{self, ReleaseRow};
use vetmoot_workflows::submission::{CandidateRow, FileRow, MoveRow, moves, vet};
use vetmoot_workflows::{Ctx, Origin, Problem};

use super::projects;
use crate::limits::API_ROWS_MAX;
use crate::{problem, session};

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/v1/candidates", web::get().to(list))
        .route("/api/v1/candidates/{id}", web::get().to(show))
        .route("/api/v1/candidates/{id}/{verb:complete|take|ask-changes|withdraw|release}", web::post().to(go));
}

#[derive(Deserialize)]
struct Query {
    package: Option<String>,
    state: Option<String>,
    by: Option<String>,
    skip: Option<u64>,
    limit: Option<u64>,
}

async fn list(ctx: web::Data<Ctx>, query: web::Query<Query>) -> HttpResponse {
    let found = async {
        let package = query.package.as_deref().map(projects::package).transpose()?;
        let states = query.state.as_deref().unwrap_or_default();
        let states: Result<Vec<CandidateState>, _> =
            states.split(',').filter(|word| !word.is_empty()).map(str::parse).collect();
        let states = states.map_err(|error| Problem::invalid("bad-state", "state", format!("{error}")))?;
        let uploader = match query.by.as_deref() {
            Some(name) => Some(uploader(&ctx, name).await?),
            None => None,
        };
        let wanted = Wanted { package, states, uploader };
        let limit = query.limit.unwrap_or(API_ROWS_MAX).min(API_ROWS_MAX);
        candidate::list(&ctx, &wanted, query.skip.unwrap_or(0), limit).await
    };
    match found.await {
        Ok(rows) => {
            let rows: Vec<Value> = rows.iter().map(|row| of_row(&ctx, row)).collect();
            HttpResponse::Ok().json(json!({ "candidates": rows }))
        }
        Err(problem) => problem::json(&problem),
    }
}

/// The row number of a member.
async fn uploader(ctx: &Ctx, name: &str) -> Result<i64, Problem> {
    let nobody = || Problem::invalid("unknown-member", "by", format!("there is no member called {name}"));
    let name: UserName = name.parse().map_err(|_| nobody())?;
    Ok(account::member(ctx, &name).await?.ok_or_else(nobody)?.id)
}

async fn show(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    match described(&ctx, &id).await {
        Ok(value) => HttpResponse::Ok().json(value),
        Err(problem) => problem::json(&problem),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    #[serde(default)]
    reason: String,
}

async fn go(ctx: web::Data<Ctx>, request: HttpRequest, path: web::Path<(String, String)>, body: web::Bytes) -> HttpResponse {
    let (id, verb) = path.into_inner();
    match moved(&ctx, &request, &id, &verb, &body).await {
        Ok(value) => HttpResponse::Ok().json(value),
        Err(problem) => problem::json(&problem),
    }
}

async fn moved(ctx: &Ctx, request: &HttpRequest, id: &str, verb: &str, body: &[u8]) -> Result<Value, Problem> {
    // Most moves need no words, and `curl -X POST` sends none.
    let why =
        if body.iter().all(u8::is_ascii_whitespace) { Ok(Why { reason: String::new() }) } else { serde_json::from_slice(body) };
    let why =
        why.map_err(|error| Problem::invalid("bad-json", "body", format!("the body is `{{\"reason\": \"...\"}}`: {error}")))?;
    let id = id_of(id)?;
    let package = candidate::show(ctx, &id).await?.row.package;
    let origin: Origin = match verb {
        "complete" => session::for_upload(ctx, request, &package).await?,
        _ => session::for_package(ctx, request, &package).await?,
    };
    match verb {
        "complete" => moves::complete(ctx, &origin, &id).await?,
        "take" => moves::take(ctx, &origin, &id).await?,
        "ask-changes" => moves::ask_changes(ctx, &origin, &id, &why.reason).await?,
        "withdraw" => moves::withdraw(ctx, &origin, &id, &why.reason).await?,
        "release" => moves::release(ctx, &origin, &id).await?,
        other => return Err(Problem::not_found("unknown-move", format!("a candidate has no move `{other}`"))),
    };
    described(ctx, id.as_str()).await
}

/// The candidate an id names.
pub(super) fn id_of(id: &str) -> Result<CandidateId, Problem> {
    id.parse().map_err(|_| Problem::not_found("unknown-candidate", "there is no candidate with this id"))
}

async fn described(ctx: &Ctx, id: &str) -> Result<Value, Problem> {
    let candidate = candidate::show(ctx, &id_of(id)?).await?;
    let mut value = of_row(ctx, &candidate.row);
    let needs = needs(ctx, &candidate).await;
    let progress = progress::of(ctx, &candidate.row.id).await?;
    if let Some(map) = value.as_object_mut() {
        map.insert("findings".to_owned(), text(Some(&candidate.row.findings)));
        map.insert("source".to_owned(), text(candidate.row.source.as_deref()));
        map.insert("files".to_owned(), candidate.files.iter().map(of_file).collect());
        map.insert("moves".to_owned(), candidate.moves.iter().map(of_move).collect());
        map.insert("needs".to_owned(), needs);
        map.insert("progress".to_owned(), progress.as_ref().map_or(Value::Null, on_its_way));
    }
    Ok(value)
}

/// What the policy wants; where that cannot be told now, why.
async fn needs(ctx: &Ctx, candidate: &Candidate) -> Value {
    match vet::needs(ctx, candidate).await {
        Ok(needs) => serde_json::to_value(needs).unwrap_or_default(),
        Err(problem) => {
            problem::log(&problem, problem::status(&problem));
            json!({ "code": problem.code, "detail": problem.text })
        }
    }
}

/// JSON that is kept as text.
fn text(kept: Option<&str>) -> Value {
    kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn of_row(ctx: &Ctx, row: &CandidateRow) -> Value {
    json!({
        "id": row.id, "release": row.package.release(row.version.clone()), "package": row.package, "version": row.version,
        "state": row.state, "reason": row.reason, "policy": row.policy, "uploader": row.uploader_name,
        "uploaded_as": row.uploaded_as, "replaces": row.replaces, "created_at": row.created_at,
        "changed_at": row.changed_at, "last_file_at": row.last_file_at, "staged_at": row.staged_at,
        "released_at": row.released_at, "released_by": row.released_by_name, "page": candidate::page(ctx, &row.id),
    })
}

/// How far the way to where it is released is, and what it waits for.
fn on_its_way(row: &ReleaseRow) -> Value {
    json!({
        "step": row.step, "asked_at": row.asked_at, "tries": row.tries, "next_try_at": row.not_before,
        "last_error": row.last_error, "stage": row.remote, "done_at": row.done_at,
    })
}

fn of_file(file: &FileRow) -> Value {
    json!({
        "name": file.file_name, "kind": file.kind, "size": file.size, "digests": file.digests,
        "uploaded_at": file.uploaded_at, "step": file.step, "step_at": file.step_at, "detail": file.detail,
        "attestations": text(file.attestations.as_deref()),
    })
}

fn of_move(step: &MoveRow) -> Value {
    json!({ "state": step.state, "by": step.moved_by, "reason": step.reason, "at": step.at })
}
