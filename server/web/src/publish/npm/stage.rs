//! npm's own staged publishing (`npm stage`, since npm 11.15): its stages are our candidates.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use url::form_urlencoded;
use vetmoot_domain::{CandidateId, CandidateState, Ecosystem};
use vetmoot_workflows::submission::candidate::{self, Candidate, Wanted};
use vetmoot_workflows::submission::moves;
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::refusal::{Refused, notice};
use super::{handed, nothing, package, read};
use crate::limits::{NPM_STAGE_PAGE_MAX, NPM_STAGED_MAX};
use crate::publish::auth;

/// The states in which a candidate is staged, as npm means it: here, and not out.
pub(super) const STAGED: [CandidateState; 6] = [
    CandidateState::Draft,
    CandidateState::Staged,
    CandidateState::InReview,
    CandidateState::Approved,
    CandidateState::Releasing,
    CandidateState::Failed,
];

/// Answers a path below `/-/stage/`.
pub(super) async fn answer(
    ctx: &Ctx,
    request: &HttpRequest,
    payload: web::Payload,
    rest: &[&str],
) -> Result<HttpResponse, Refused> {
    let method = request.method();
    let reads = matches!(*method, Method::GET | Method::HEAD);
    match rest {
        [] | [""] if reads => Ok(list(ctx, request).await?),
        ["package", name] if *method == Method::POST => publish(ctx, request, payload, name).await,
        [id] if reads => Ok(HttpResponse::Ok().json(item(ctx, &find(ctx, id).await?))),
        [id] if *method == Method::DELETE => Ok(reject(ctx, request, id).await?),
        [id, "approve"] if *method == Method::POST => Ok(approve(ctx, request, id).await?),
        [id, "tarball"] if reads => Ok(tarball(ctx, request, id).await?),
        _ => Err(nothing().into()),
    }
}

/// `npm stage publish`: what `npm publish` does here too, answered with the candidate's id.
async fn publish(ctx: &Ctx, request: &HttpRequest, payload: web::Payload, name: &str) -> Result<HttpResponse, Refused> {
    let package = package(name)?;
    let came = handed::receive(ctx, request, payload, &package).await?;
    let receipt = handed::take(ctx, &package, came).await?;
    Ok(handed::created(&receipt, &json!({ "stageId": receipt.candidate.as_str() })))
}

/// `npm stage list`: everybody may read what is staged.
async fn list(ctx: &Ctx, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(request.query_string())?;
    let wanted = Wanted { package: query.package, states: STAGED.to_vec(), uploader: None };
    let rows = candidate::list(ctx, &wanted, 0, NPM_STAGED_MAX).await?;
    let rows: Vec<_> = rows.into_iter().filter(|row| row.package.ecosystem() == Ecosystem::Npm).collect();
    let total = rows.len();
    let mut items = Vec::new();
    for row in rows.into_iter().skip(query.page.saturating_mul(query.per_page)).take(query.per_page) {
        items.push(item(ctx, &candidate::show(ctx, &row.id).await?));
    }
    Ok(HttpResponse::Ok().json(json!({ "items": items, "total": total, "page": query.page, "perPage": query.per_page })))
}

struct Query {
    page: usize,
    per_page: usize,
    package: Option<vetmoot_domain::Package>,
}

impl Query {
    fn of(text: &str) -> Result<Self, Problem> {
        let mut query = Self { page: 0, per_page: NPM_STAGE_PAGE_MAX, package: None };
        let number = |name: &str, value: &str| {
            value.parse::<usize>().map_err(|_| Problem::invalid("bad-query", name, format!("{name} is a number")))
        };
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            match name.as_ref() {
                "page" => query.page = number("page", &value)?,
                "perPage" => query.per_page = number("perPage", &value)?.clamp(1, NPM_STAGE_PAGE_MAX),
                "package" => query.package = Some(package(&value)?),
                _ => {}
            }
        }
        Ok(query)
    }
}

/// A candidate as npm shows a stage; what npm does not know it prints below the rest.
fn item(ctx: &Ctx, candidate: &Candidate) -> Value {
    let row = &candidate.row;
    let file = candidate.files.first();
    let metadata = file.and_then(|file| serde_json::from_str::<Value>(&file.metadata).ok()).unwrap_or_default();
    json!({
        "id": row.id.as_str(),
        "packageName": row.package.name().as_str(),
        "version": row.version.as_str(),
        "tag": metadata.get("tag"),
        "createdAt": row.created_at.to_string(),
        "actor": row.uploaded_as.as_deref().unwrap_or(row.uploader_name.as_str()),
        "actorType": if row.uploaded_as.is_some() { "program" } else { "user" },
        "shasum": file.and_then(|file| file.sha1).map(|sha1| data_encoding::HEXLOWER.encode(&sha1)),
        "integrity": file.and_then(|file| file.digests.iter().last()).map(|digest| digest.integrity()),
        "state": row.state.as_str(),
        "reason": row.reason,
        "page": candidate::page(ctx, &row.id),
    })
}

/// The candidate of an id, if it is one of npm.
async fn find(ctx: &Ctx, id: &str) -> Result<Candidate, Problem> {
    let none = || Problem::not_found("unknown-candidate", "nothing is staged under this id");
    let id: CandidateId = id.to_ascii_lowercase().parse().map_err(|_| none())?;
    let found = candidate::show(ctx, &id).await?;
    if found.row.package.ecosystem() == Ecosystem::Npm { Ok(found) } else { Err(none()) }
}

/// `npm stage approve`: a lead who is not the uploader sends it on its way.
async fn approve(ctx: &Ctx, request: &HttpRequest, id: &str) -> Result<HttpResponse, Problem> {
    let uploader = auth::uploader(ctx, request).await?;
    let found = find(ctx, id).await?;
    let origin = uploader.beyond_uploads(ctx, &found.row.package)?;
    let row = moves::release(ctx, &origin, &found.row.id).await.map_err(|mut problem| {
        if matches!(found.row.state, CandidateState::Staged | CandidateState::InReview) {
            let page = candidate::page(ctx, &found.row.id);
            problem.text = format!("{}; what the policy still wants stands at {page}", problem.text);
        }
        problem
    })?;
    let text = format!("the release is on its way; whether it arrived stands at {}", candidate::page(ctx, &row.id));
    let body = json!({ "id": row.id.as_str(), "state": row.state.as_str() });
    Ok(HttpResponse::Ok().insert_header(("npm-notice", notice(&text))).json(body))
}

/// `npm stage reject`: its uploader, or a lead, takes it back.
async fn reject(ctx: &Ctx, request: &HttpRequest, id: &str) -> Result<HttpResponse, Problem> {
    let uploader = auth::uploader(ctx, request).await?;
    let found = find(ctx, id).await?;
    let origin = uploader.beyond_uploads(ctx, &found.row.package)?;
    let row = moves::withdraw(ctx, &origin, &found.row.id, "rejected with npm stage reject").await?;
    let text = format!("its page stays, and its version is free again: {}", candidate::page(ctx, &row.id));
    Ok(HttpResponse::NoContent().insert_header(("npm-notice", notice(&text))).finish())
}

/// `npm stage download`.
async fn tarball(ctx: &Ctx, request: &HttpRequest, id: &str) -> Result<HttpResponse, Problem> {
    let found = find(ctx, id).await?;
    if !found.row.state.is_live() {
        let text = format!("this candidate is {}; its bytes are no longer handed out", found.row.state);
        return Err(Problem::new(Kind::NotFound, "not-staged", text));
    }
    let version = found.row.version.clone();
    read::bytes(ctx, request, &found.row.package, move |entry| entry.version == version).await
}
