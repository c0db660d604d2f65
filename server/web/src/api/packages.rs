//! `GET /api/v1/packages/{purl}`: a package with its releases and what every policy decides.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};
use vetmoot_domain::Package;
use vetmoot_workflows::registry::judged;
use vetmoot_workflows::{Ctx, Problem, package};

use crate::problem;

/// Adds the route.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/api/v1/packages/{purl:.*}", web::get().to(show));
}

async fn show(ctx: web::Data<Ctx>, purl: web::Path<String>) -> HttpResponse {
    match describe(&ctx, &purl).await {
        Ok(body) => HttpResponse::Ok().json(body),
        Err(problem) => problem::json(&problem),
    }
}

async fn describe(ctx: &Ctx, purl: &str) -> Result<Value, Problem> {
    let package: Package = purl.parse().map_err(|error| Problem::invalid("bad-purl", "purl", format!("{error}")))?;
    let current = package::show(ctx, &package).await?;
    let summary = package::latest(&current);
    let mut policies = serde_json::Map::new();
    for adopted in ctx.book.all() {
        let judged = judged::judged(ctx, &adopted, &package, adopted.policy.serve_use()).await?;
        let states = judged::releases(&judged).into_iter().map(|(version, state)| (version.to_string(), json!(state)));
        policies.insert(adopted.slug.to_string(), Value::Object(states.collect()));
    }
    let files = current.entries().map(|(entry, file)| {
        json!({
            "purl": package.release(entry.version.clone()).artifact(entry.file_name.as_deref()),
            "version": entry.version, "file_name": entry.file_name, "digests": file.digests, "size": entry.size,
            "published": package::published(file), "dated_by": package::dated_by(file), "yanked": entry.yanked,
            "changed": file.incident.is_some(),
        })
    });
    Ok(json!({
        "purl": package, "ecosystem": package.ecosystem(), "name": package.name().as_str(),
        "latest": summary.latest, "latest_stable": summary.latest_stable, "found_at": current.fetched_at,
        "complaints": current.listing.complaints, "policies": policies, "files": files.collect::<Vec<_>>(),
    }))
}
