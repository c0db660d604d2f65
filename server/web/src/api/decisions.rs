//! `/api/v1/decisions`: one release by query, many by POST.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use vetmoot_domain::decision::DecisionJson;
use vetmoot_domain::{Artifact, PolicyRef, Use};
use vetmoot_workflows::registry::decisions::{self, Ruled};
use vetmoot_workflows::{Ctx, Problem};

use crate::problem;

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/api/v1/decisions").route(web::get().to(one)).route(web::post().to(many)));
}

#[derive(Deserialize)]
struct One {
    policy: String,
    purl: String,
    #[serde(rename = "use")]
    usage: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Many {
    policy: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    purls: Vec<String>,
}

async fn one(ctx: web::Data<Ctx>, query: web::Query<One>) -> HttpResponse {
    let ruled = async {
        let policy = policy(&query.policy)?;
        let artifact: Artifact =
            query.purl.parse().map_err(|error| Problem::invalid("bad-purl", "purl", format!("{error}")))?;
        decisions::decide(&ctx, &policy, &artifact, usage(query.usage.as_deref())?).await
    };
    match ruled.await {
        Ok(ruled) => HttpResponse::Ok().json(json!({ "decisions": [wire(&ctx, &ruled)] })),
        Err(problem) => problem::json(&problem),
    }
}

async fn many(ctx: web::Data<Ctx>, body: web::Json<Many>) -> HttpResponse {
    let ruled =
        async { decisions::decide_many(&ctx, &policy(&body.policy)?, &body.purls, usage(body.usage.as_deref())?).await };
    match ruled.await {
        Ok(all) => {
            HttpResponse::Ok().json(json!({ "decisions": all.iter().map(|ruled| wire(&ctx, ruled)).collect::<Vec<_>>() }))
        }
        Err(problem) => problem::json(&problem),
    }
}

fn policy(text: &str) -> Result<PolicyRef, Problem> {
    text.parse().map_err(|error| Problem::invalid("bad-policy", "policy", format!("{error}")))
}

fn usage(text: Option<&str>) -> Result<Option<Use>, Problem> {
    text.map(str::parse)
        .transpose()
        .map_err(|error: vetmoot_domain::text::UnknownWord| Problem::invalid("bad-use", "use", error.to_string()))
}

/// A decision as the API gives it; statements of this community are cited by their whole address.
pub fn wire(ctx: &Ctx, ruled: &Ruled) -> DecisionJson {
    let why = ctx.base_url.why(&ruled.adopted.slug, &ruled.decision.artifact.release.to_string());
    let mut decision = ruled.decision.clone();
    let cited = decision.reasons.iter_mut().flat_map(|reason| &mut reason.statements);
    let carried =
        decision.support.iter_mut().flat_map(|support| support.chains.iter_mut().flatten()).map(|step| &mut step.statement);
    for statement in cited.chain(carried).filter(|statement| statement.starts_with('/')) {
        *statement = ctx.base_url.join(statement);
    }
    DecisionJson::new(&decision, ruled.adopted.slug.as_str(), Some(&ruled.adopted.digest), Some(why))
}
