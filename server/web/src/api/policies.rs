//! `GET /api/v1/policies/SLUG` and the bytes at `/policies/SLUG.toml`.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vetmoot_domain::{Adoption, PolicyRef, Slug};
use vetmoot_workflows::member::token::Scope;
use vetmoot_workflows::policy::adopt::{self, Adopt, AdoptError};
use vetmoot_workflows::policy::book::Adopted;
use vetmoot_workflows::proposal::Outcome;
use vetmoot_workflows::{Ctx, Problem};

use super::proposals;
use crate::{problem, session};

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/v1/policies", web::get().to(all))
        .route("/api/v1/policies", web::post().to(create))
        .route("/api/v1/policies/{slug}", web::get().to(one))
        .route("/policies/{slug}.toml", web::get().to(bytes));
}

async fn find(ctx: &Ctx, slug: &str) -> Result<std::sync::Arc<Adopted>, Problem> {
    let wanted: PolicyRef = slug.parse().map_err(|error| Problem::not_found("unknown-policy", format!("{error}")))?;
    ctx.book.find(&ctx.store, &wanted).await
}

fn describe(ctx: &Ctx, adopted: &Adopted) -> Value {
    let policy = &adopted.policy;
    json!({
        "slug": adopted.slug, "digest": adopted.digest, "revision": adopted.revision, "mode": adopted.mode,
        "adopted_at": adopted.adopted_at, "title": policy.title(), "summary": policy.summary(),
        "ecosystems": policy.ecosystems(), "serve_use": policy.serve_use(), "plain_words": policy.plain_words(),
        "criteria": policy.criteria().iter().map(|criterion| criterion.name.to_string()).collect::<Vec<_>>(),
        "loosened": policy.loosened(),
        "not_configured": policy.not_configured(&ctx.sources().states).iter().map(|gate| gate.rule).collect::<Vec<_>>(),
        "toml": ctx.base_url.join(&format!("/policies/{}.toml", adopted.slug)),
    })
}

async fn all(ctx: web::Data<Ctx>) -> HttpResponse {
    let all: Vec<Value> = ctx.book.all().iter().map(|adopted| describe(&ctx, adopted)).collect();
    HttpResponse::Ok().json(json!({ "policies": all }))
}

async fn one(ctx: web::Data<Ctx>, slug: web::Path<String>) -> HttpResponse {
    match find(&ctx, &slug).await {
        Ok(adopted) => HttpResponse::Ok().json(describe(&ctx, &adopted)),
        Err(problem) => problem::json(&problem),
    }
}

async fn bytes(ctx: web::Data<Ctx>, slug: web::Path<String>) -> HttpResponse {
    match find(&ctx, &slug).await {
        Ok(adopted) => HttpResponse::Ok()
            .insert_header((header::ETAG, format!("\"{}\"", adopted.digest)))
            .content_type("application/toml; charset=utf-8")
            .body(adopted.bytes.clone()),
        Err(problem) => problem::json(&problem),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    slug: String,
    toml: String,
    #[serde(default)]
    observe: bool,
}

async fn create(ctx: web::Data<Ctx>, request: HttpRequest, body: web::Json<Create>) -> HttpResponse {
    let saved = async {
        let origin = session::for_api(&ctx, &request, Scope::Policy).await?;
        let slug: Slug = body.slug.parse().map_err(|error| Problem::invalid("bad-slug", "slug", format!("{error}")))?;
        let mode = if body.observe { Adoption::Observe } else { Adoption::Enforce };
        let wanted = Adopt { slug, bytes: body.toml.clone().into_bytes(), mode };
        adopt::adopt(&ctx, &origin, wanted).await.map_err(AdoptError::into_problem)
    };
    let adopted = match saved.await {
        Ok(Outcome::Now(adopted)) => adopted,
        Ok(Outcome::Waits(row)) => return proposals::waits(&ctx, &row),
        Err(problem) => return problem::json(&problem),
    };
    match find(&ctx, adopted.slug.as_str()).await {
        Ok(adopted) => HttpResponse::Created().json(describe(&ctx, &adopted)),
        Err(problem) => problem::json(&problem),
    }
}
