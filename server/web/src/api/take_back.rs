//! Taking a statement back through the API: the same body and the same rights, whatever the statement is.

use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::Value;
use vetmoot_workflows::member::token::Scope;
use vetmoot_workflows::{Ctx, Origin, Problem};

use crate::{problem, session};

/// The body: why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeBack {
    reason: String,
}

/// Withdraws in the name of whoever asks, for the reason they give, and answers with what `told` makes of the row.
pub async fn answer<T>(
    ctx: &Ctx,
    request: &HttpRequest,
    body: &TakeBack,
    withdraw: impl AsyncFnOnce(&Origin, &str) -> Result<T, Problem>,
    told: impl FnOnce(&T) -> Value,
) -> HttpResponse {
    let withdrawn = async {
        let origin = session::for_api(ctx, request, Scope::Audit).await?;
        withdraw(&origin, &body.reason).await
    };
    match withdrawn.await {
        Ok(row) => HttpResponse::Ok().json(told(&row)),
        Err(problem) => problem::json(&problem),
    }
}
