//! `/api/v1/candidates/{id}/difference` and `.../source`: how a candidate differs from what was released, and from the
//! source it was made from.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use vetmoot_workflows::submission::preflight::source;
use vetmoot_workflows::submission::receive::{Hashes, Incoming};
use vetmoot_workflows::submission::{candidate, difference};
use vetmoot_workflows::{Ctx, Problem};

use super::candidates::id_of;
use crate::publish::body::{Body, announced};
use crate::{problem, session};

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/v1/candidates/{id}/difference", web::get().to(show))
        .route("/api/v1/candidates/{id}/source", web::post().to(compare));
}

async fn show(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    let found = async { difference::of(&ctx, &id_of(&id)?).await };
    match found.await {
        Ok(difference) => HttpResponse::Ok().json(&difference),
        Err(problem) => problem::json(&problem),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Where {
    /// The folder of the source that the package lies in.
    #[serde(default)]
    folder: String,
}

/// Takes a source archive (`.tar.gz`) as the body itself and compares.
async fn compare(
    ctx: web::Data<Ctx>,
    request: HttpRequest,
    id: web::Path<String>,
    query: web::Query<Where>,
    payload: web::Payload,
) -> HttpResponse {
    let mut body = Body::new(&ctx, payload);
    let compared = async {
        let id = id_of(&id)?;
        let package = candidate::show(&ctx, &id).await?.row.package;
        let origin = session::for_upload(&ctx, &request, &package).await?;
        source::permit(&ctx, &origin, &id, &query.folder).await?;
        let mut incoming = Incoming::begin(&ctx, Hashes::Sha256, source::SOURCE_BYTES_MAX).await?;
        while let Some(piece) = body.piece(u64::MAX).await? {
            incoming.take(piece).await?;
        }
        let stored = incoming.finish().await?;
        source::compare(&ctx, &origin, &id, &stored, &query.folder).await
    };
    let answer: Result<_, Problem> = compared.await;
    match answer {
        Ok(comparison) => HttpResponse::Ok().json(comparison),
        Err(problem) => {
            body.drain(announced(&request)).await;
            problem::json(&problem)
        }
    }
}
