//! Answers with the posts of advisories.

use actix_web::guard::{self, GuardContext};
use actix_web::{HttpResponse, web};
use serde_json::Value;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::advisory::{addresses, show};
use vetmoot_workflows::{Ctx, Problem};

use super::Withdrawn;
use super::serve::{first_said, published, record_of, shown};
use crate::objects::reads;

/// Adds the posts.
pub(super) fn routes(config: &mut web::ServiceConfig, wanted: fn(&GuardContext<'_>) -> bool) {
    config
        .service(web::resource("/advisories/{id:[0-9a-f]{32}}").guard(guard::fn_guard(wanted)).route(reads().to(advisory)))
        .service(
            web::resource("/advisories/{id:[0-9a-f]{32}}/withdrawal")
                .guard(guard::fn_guard(wanted))
                .route(reads().to(withdrawal)),
        );
}

async fn advisory(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    shown(advisory_post(&ctx, &id).await)
}

async fn withdrawal(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    shown(withdrawal_post(&ctx, &id).await)
}

async fn advisory_post(ctx: &Ctx, id: &str) -> Result<Value, Problem> {
    let record = record_of(&published(ctx, &addresses::record(ctx, id)).await?)?.unwrap_or_default();
    let row = show::show(ctx, id).await?;
    let said = first_said(ctx, &addresses::path(id), row.issued_at).await?;
    let Some((at, reason)) = &row.withdrawn else { return Ok(super::advisory(ctx, &row, &record, None, &said)) };
    let end = record_of(&published(ctx, &addresses::withdrawal(ctx, id)).await?)?.unwrap_or_default();
    Ok(super::advisory(ctx, &row, &record, Some(&Withdrawn { reason, at: *at, record: &end }), &said))
}

async fn withdrawal_post(ctx: &Ctx, id: &str) -> Result<Value, Problem> {
    let none = || Problem::not_found("not-withdrawn", "this advisory is not withdrawn");
    let statement = published(ctx, &addresses::withdrawal(ctx, id)).await?;
    let record = record_of(&statement)?.ok_or_else(none)?;
    let row = show::show(ctx, id).await?;
    let (at, reason) = row.withdrawn.clone().ok_or_else(none)?;
    let author: LocalActor =
        statement.author.strip_prefix(ctx.base_url.as_str()).and_then(|path| path.parse().ok()).ok_or_else(none)?;
    let said = first_said(ctx, &format!("{}/withdrawal", addresses::path(id)), at).await?;
    Ok(super::advisory_withdrawal(ctx, &row, &author, &Withdrawn { reason: &reason, at, record: &record }, &said))
}
