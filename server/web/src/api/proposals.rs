//! `/api/v1/proposals`: changes of policies and roles that wait for a second steward.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vetmoot_domain::PolicyDigest;
use vetmoot_workflows::member::token::Scope;
use vetmoot_workflows::proposal::change::base_of;
use vetmoot_workflows::proposal::{Change, ProposalRow, ProposalState, decide, show};
use vetmoot_workflows::{Ctx, Problem};

use crate::limits::API_ROWS_MAX;
use crate::{problem, session};

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/v1/proposals", web::get().to(list))
        .route("/api/v1/proposals/{id}", web::get().to(one))
        .route("/api/v1/proposals/{id}/{verb:accept|refuse|withdraw}", web::post().to(decided));
}

/// The answer to a change that waits: 202, and the proposal.
pub fn waits(ctx: &Ctx, row: &ProposalRow) -> HttpResponse {
    match of_row(ctx, row) {
        Ok(body) => HttpResponse::Accepted()
            .insert_header((header::LOCATION, ctx.base_url.join(&format!("/api/v1/proposals/{}", row.id))))
            .json(body),
        Err(problem) => problem::json(&problem),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    before: Option<i64>,
    state: Option<String>,
}

async fn list(ctx: web::Data<Ctx>, request: HttpRequest, asked: web::Query<Asked>) -> HttpResponse {
    let found = async {
        let origin = session::for_api(&ctx, &request, Scope::Policy).await?;
        let state: Option<ProposalState> = asked
            .state
            .as_deref()
            .map(|word| word.parse().map_err(|error| Problem::invalid("bad-state", "state", format!("{error}"))))
            .transpose()?;
        let mut rows = match state {
            Some(ProposalState::Waiting) => show::waiting(&ctx, &origin).await?,
            _ => show::list(&ctx, &origin, asked.before, API_ROWS_MAX).await?,
        };
        rows.retain(|row| state.is_none_or(|state| row.state == state));
        rows.iter().map(|row| of_row(&ctx, row)).collect::<Result<Vec<Value>, Problem>>()
    };
    match found.await {
        Ok(rows) => HttpResponse::Ok().json(json!({ "proposals": rows })),
        Err(problem) => problem::json(&problem),
    }
}

async fn one(ctx: web::Data<Ctx>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let found = async {
        let origin = session::for_api(&ctx, &request, Scope::Policy).await?;
        let row = show::show(&ctx, &origin, number(&id)?).await?;
        let mut body = of_row(&ctx, &row)?;
        if let Some(body) = body.as_object_mut() {
            body.insert("stale".to_owned(), show::is_stale(&ctx, &row).await?.into());
            if let Change::Policy { document, .. } = Change::of(&row)? {
                body.insert("toml".to_owned(), document.into());
            }
        }
        Ok(body)
    };
    answer(found.await)
}

async fn decided(ctx: web::Data<Ctx>, request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let decided = async {
        let origin = session::for_api(&ctx, &request, Scope::Policy).await?;
        let id = number(&path.0)?;
        let row = match path.1.as_str() {
            "accept" => decide::accept(&ctx, &origin, id).await?,
            "refuse" => decide::refuse(&ctx, &origin, id).await?,
            _ => decide::withdraw(&ctx, &origin, id).await?,
        };
        of_row(&ctx, &row)
    };
    answer(decided.await)
}

fn answer(body: Result<Value, Problem>) -> HttpResponse {
    match body {
        Ok(body) => HttpResponse::Ok().json(body),
        Err(problem) => problem::json(&problem),
    }
}

fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::not_found("unknown-proposal", "there is no proposal of this number"))
}

fn of_row(ctx: &Ctx, row: &ProposalRow) -> Result<Value, Problem> {
    let change = match Change::of(row)? {
        Change::Policy { slug, mode, document } => {
            json!({ "slug": slug, "mode": mode, "digest": PolicyDigest::of(document.as_bytes()) })
        }
        Change::Roles { name, roles, organisation } | Change::Member { name, roles, organisation } => {
            json!({ "name": name, "roles": roles, "organisation": organisation })
        }
    };
    Ok(json!({
        "id": row.id, "page": ctx.base_url.join(&format!("/proposals/{}", row.id)), "kind": row.kind,
        "subject": row.subject, "state": row.state, "sentence": sentence(row), "change": change, "base": base_of(row)?,
        "proposed_by": row.proposed_by_name, "proposed_at": row.proposed_at, "expires_at": row.expires_at,
        "decided_by": row.decided_by, "decided_at": row.decided_at,
    }))
}

fn sentence(row: &ProposalRow) -> &'static str {
    match row.state {
        ProposalState::Waiting => "waits for a second steward",
        ProposalState::Accepted => "a second steward agreed, and it took effect",
        ProposalState::Refused => "another steward refused it",
        ProposalState::Withdrawn => "whoever proposed it took it back",
        ProposalState::Lapsed => "nobody decided it in time",
    }
}
