//! Answers with posts, what is left of erased ones, and the conversations they belong to.

use actix_web::guard::{self, GuardContext};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};
use vetmoot_domain::{PackageHandle, Slug, Timestamp, Version};
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::audit::{AuditRow, list, record as audits};
use vetmoot_workflows::delivery;
use vetmoot_workflows::policy::history;
use vetmoot_workflows::statement::{self, StatementRow, addresses};
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::{Withdrawn, advisories, candidates, context_of, context_of_policy, fork};
use crate::compose::create_id;
use crate::objects::{answer, no_federation, problem, reads};

/// Adds the posts and the conversations.
pub fn routes(config: &mut web::ServiceConfig, wanted: fn(&GuardContext<'_>) -> bool) {
    candidates::routes(config, wanted);
    advisories::routes(config, wanted);
    fork::routes(config, wanted);
    // Ids have 32 hexadecimal digits, so that `/audits/new` stays a page.
    config
        .service(web::resource("/audits/{id:[0-9a-f]{32}}").guard(guard::fn_guard(wanted)).route(reads().to(audit)))
        .service(
            web::resource("/audits/{id:[0-9a-f]{32}}/withdrawal").guard(guard::fn_guard(wanted)).route(reads().to(withdrawal)),
        )
        .service(
            web::resource("/policies/{slug}/revisions/{number}").guard(guard::fn_guard(wanted)).route(reads().to(revision)),
        )
        .service(web::resource("/contexts/policies/{slug}").route(reads().to(about_policy)))
        .service(web::resource("/contexts/{handle}").route(reads().to(about_package)))
        .service(web::resource("/contexts/{handle}/{version}").route(reads().to(about_release)));
}

/// When the post at a path was first said: the moment its Create was composed, else this one.
pub async fn first_said(ctx: &Ctx, path: &str, otherwise: Timestamp) -> Result<String, Problem> {
    let said = delivery::activity(ctx, &create_id(ctx, path)).await?;
    let said = said.and_then(|row| serde_json::from_str::<Value>(&row.body).ok());
    let said = said.as_ref().and_then(|body| body.get("published")).and_then(Value::as_str);
    Ok(said.map_or_else(|| otherwise.to_string(), str::to_owned))
}

async fn audit(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    shown(audit_post(&ctx, &id).await)
}

async fn withdrawal(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    shown(withdrawal_post(&ctx, &id).await)
}

async fn revision(ctx: web::Data<Ctx>, path: web::Path<(String, String)>) -> HttpResponse {
    shown(revision_post(&ctx, &path.0, &path.1).await)
}

/// A post, or its Tombstone with 410.
pub(super) fn shown(found: Result<Value, Problem>) -> HttpResponse {
    let document = match found {
        Ok(document) => document,
        Err(trouble) => return problem(&trouble),
    };
    let gone = document.get("type").and_then(Value::as_str) == Some("Tombstone");
    match answer(document) {
        Ok(mut answer) if gone => {
            *answer.status_mut() = StatusCode::GONE;
            answer
        }
        Ok(answer) => answer,
        Err(trouble) => problem(&trouble),
    }
}

/// The record of a statement as JSON; none when its text was erased.
pub fn record_of(row: &StatementRow) -> Result<Option<Value>, Problem> {
    let parsed = row.record.as_deref().map(serde_json::from_str).transpose();
    parsed.map_err(|error| Problem::new(Kind::Internal, "unreadable-record", "a stored record is no JSON").because(error))
}

async fn audit_post(ctx: &Ctx, id: &str) -> Result<Value, Problem> {
    let path = format!("/audits/{id}");
    let statement = published(ctx, &addresses::audit(ctx, id)).await?;
    let Some(record) = record_of(&statement)? else { return erased(ctx, id, &path).await };
    let row = audits::show(ctx, id).await?;
    let said = first_said(ctx, &path, row.recorded_at).await?;
    match &row.withdrawn {
        None => Ok(super::audit(ctx, &row, &record, None, &said)),
        Some(ended) => {
            let withdrawal = published(ctx, &addresses::withdrawal(ctx, id)).await?;
            let record_of_withdrawal = record_of(&withdrawal)?.unwrap_or_default();
            let shown = Withdrawn { reason: &ended.reason, at: ended.at, record: &record_of_withdrawal };
            Ok(super::audit(ctx, &row, &record, Some(&shown), &said))
        }
    }
}

async fn withdrawal_post(ctx: &Ctx, id: &str) -> Result<Value, Problem> {
    let path = format!("/audits/{id}/withdrawal");
    let statement = published(ctx, &addresses::withdrawal(ctx, id)).await?;
    let Some(record) = record_of(&statement)? else { return erased(ctx, id, &path).await };
    let row = audits::show(ctx, id).await?;
    let none = || Problem::not_found("not-withdrawn", "this audit is not withdrawn");
    let ended = row.withdrawn.as_ref().ok_or_else(none)?;
    let author: LocalActor =
        statement.author.strip_prefix(ctx.base_url.as_str()).and_then(|path| path.parse().ok()).ok_or_else(none)?;
    let shown = Withdrawn { reason: &ended.reason, at: ended.at, record: &record };
    Ok(super::withdrawal(ctx, &row, &author, &shown, &first_said(ctx, &path, ended.at).await?))
}

async fn revision_post(ctx: &Ctx, slug: &str, number: &str) -> Result<Value, Problem> {
    let none = || Problem::not_found("unknown-revision", "this policy has no such revision");
    let slug: Slug = slug.parse().map_err(|_| none())?;
    let number: u32 = number.parse().map_err(|_| none())?;
    let statement = published(ctx, &addresses::revision(ctx, &slug, number)).await?;
    let record = record_of(&statement)?.ok_or_else(none)?;
    let row = history::revisions(ctx, &slug).await?.into_iter().find(|row| row.revision == number).ok_or_else(none)?;
    let path = format!("/policies/{slug}/revisions/{number}");
    Ok(super::revision(ctx, &row, &record, &first_said(ctx, &path, row.adopted_at).await?))
}

/// A statement of ours as others may know it; a trial has none.
pub(super) async fn published(ctx: &Ctx, uri: &str) -> Result<StatementRow, Problem> {
    if ctx.domain.is_none() {
        return Err(no_federation());
    }
    statement::by_uri(ctx, uri).await
}

async fn erased(ctx: &Ctx, id: &str, path: &str) -> Result<Value, Problem> {
    let erasure = statement::by_uri(ctx, &addresses::erasure(ctx, id)).await?;
    let record = record_of(&erasure)?;
    Ok(super::tombstone(&ctx.base_url.join(path), erasure.published_at, record.as_ref()))
}

async fn about_release(ctx: web::Data<Ctx>, path: web::Path<(String, String)>) -> HttpResponse {
    shown(conversation_of_release(&ctx, &path.0, &path.1).await)
}

async fn about_package(ctx: web::Data<Ctx>, handle: web::Path<String>) -> HttpResponse {
    shown(conversation_of_package(&ctx, &handle).await)
}

async fn about_policy(ctx: web::Data<Ctx>, slug: web::Path<String>) -> HttpResponse {
    shown(conversation_of_policy(&ctx, &slug).await)
}

fn no_conversation() -> Problem {
    Problem::not_found("unknown-conversation", "nothing is said here about that")
}

async fn conversation_of_release(ctx: &Ctx, handle: &str, version: &str) -> Result<Value, Problem> {
    let handle: PackageHandle = handle.parse().map_err(|_| no_conversation())?;
    let version: Version = version.parse().map_err(|_| no_conversation())?;
    let release = handle.package().release(version.clone());
    let rows = list::of_release(ctx, &release).await?;
    let handed_in = candidates::of_release(ctx, handle.package(), &release).await?;
    conversation(ctx, &context_of(handle.package(), Some(&version)), handed_in, &rows)
}

async fn conversation_of_package(ctx: &Ctx, handle: &str) -> Result<Value, Problem> {
    let handle: PackageHandle = handle.parse().map_err(|_| no_conversation())?;
    let mut rows = list::of_package(ctx, handle.package()).await?;
    rows.retain(|row| row.audit.release().is_none());
    conversation(ctx, &context_of(handle.package(), None), Vec::new(), &rows)
}

async fn conversation_of_policy(ctx: &Ctx, slug: &str) -> Result<Value, Problem> {
    let slug: Slug = slug.parse().map_err(|_| no_conversation())?;
    let rows = history::revisions(ctx, &slug).await?;
    let posts = rows.iter().rev().map(|row| format!("/policies/{slug}/revisions/{}", row.revision)).collect();
    collection(ctx, &context_of_policy(&slug), posts)
}

fn conversation(ctx: &Ctx, path: &str, handed_in: Vec<String>, rows: &[AuditRow]) -> Result<Value, Problem> {
    let mut posts = handed_in;
    for row in rows.iter().rev().filter(|row| row.proven) {
        posts.push(format!("/audits/{}", row.id));
        if row.withdrawn.is_some() {
            posts.push(format!("/audits/{}/withdrawal", row.id));
        }
    }
    collection(ctx, path, posts)
}

/// A conversation: the community's collection of its posts, oldest first (FEP-7888, FEP-f228).
fn collection(ctx: &Ctx, path: &str, posts: Vec<String>) -> Result<Value, Problem> {
    if ctx.domain.is_none() {
        return Err(no_federation());
    }
    if posts.is_empty() {
        return Err(no_conversation());
    }
    let posts: Vec<String> = posts.iter().map(|post| ctx.base_url.join(post)).collect();
    Ok(json!({
        "type": "OrderedCollection",
        "id": ctx.base_url.join(path),
        "attributedTo": ctx.base_url.join(&LocalActor::Community.to_string()),
        "totalItems": posts.len(),
        "orderedItems": posts,
    }))
}
