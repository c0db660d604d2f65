//! `/api/v1/projects` and `/api/v1/publishing`: the packages handed through here, their people, and the stop switches.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vetmoot_domain::{Package, ProjectRole, Slug};
use vetmoot_workflows::member::token::Scope;
use vetmoot_workflows::submission::ProjectRow;
use vetmoot_workflows::submission::project::{self, Project};
use vetmoot_workflows::{Ctx, Problem};

use crate::limits::API_ROWS_MAX;
use crate::{problem, session};

/// Adds the routes. A purl may hold slashes, so what lies below a project is asked for before the project itself.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/v1/publishing", web::get().to(publishing))
        .route("/api/v1/publishing", web::post().to(switch_all))
        .route("/api/v1/projects", web::get().to(list))
        .route("/api/v1/projects", web::post().to(open))
        .route("/api/v1/projects/{purl:.*}/people/{name}", web::put().to(appoint))
        .route("/api/v1/projects/{purl:.*}/people/{name}", web::delete().to(dismiss))
        .route("/api/v1/projects/{purl:.*}", web::get().to(show))
        .route("/api/v1/projects/{purl:.*}", web::patch().to(change));
}

/// Which page of a list is wanted.
#[derive(Deserialize)]
pub(super) struct Page {
    skip: Option<u64>,
    limit: Option<u64>,
}

impl Page {
    /// How many rows come before it, and how many it has at most.
    pub(super) fn bounds(&self) -> (u64, u64) {
        (self.skip.unwrap_or(0), self.limit.unwrap_or(API_ROWS_MAX).min(API_ROWS_MAX))
    }
}

async fn list(ctx: web::Data<Ctx>, page: web::Query<Page>) -> HttpResponse {
    let (skip, limit) = page.bounds();
    match project::list(&ctx, skip, limit).await {
        Ok(rows) => HttpResponse::Ok().json(json!({ "projects": rows.iter().map(of_row).collect::<Vec<_>>() })),
        Err(problem) => problem::json(&problem),
    }
}

async fn show(ctx: web::Data<Ctx>, purl: web::Path<String>) -> HttpResponse {
    answer(async { Ok(whole(&project::show(&ctx, &package(&purl)?).await?)) }.await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    package: String,
}

async fn open(ctx: web::Data<Ctx>, request: HttpRequest, body: web::Json<Open>) -> HttpResponse {
    let opened = async {
        let package = package(&body.package)?;
        let origin = session::for_package(&ctx, &request, &package).await?;
        project::open(&ctx, &origin, &package).await?;
        project::show(&ctx, &package).await
    };
    match opened.await {
        Ok(project) => HttpResponse::Created().json(whole(&project)),
        Err(problem) => problem::json(&problem),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    role: String,
}

async fn appoint(
    ctx: web::Data<Ctx>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    body: web::Json<Part>,
) -> HttpResponse {
    let appointed = async {
        let package = package(&path.0)?;
        let origin = session::for_package(&ctx, &request, &package).await?;
        let role: ProjectRole = body.role.parse().map_err(|error| Problem::invalid("bad-role", "role", format!("{error}")))?;
        let name = path.1.parse().map_err(|error| Problem::invalid("bad-name", "name", format!("{error}")))?;
        project::appoint(&ctx, &origin, &package, &name, role).await?;
        Ok(whole(&project::show(&ctx, &package).await?))
    };
    answer(appointed.await)
}

async fn dismiss(ctx: web::Data<Ctx>, request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let dismissed = async {
        let package = package(&path.0)?;
        let origin = session::for_package(&ctx, &request, &package).await?;
        let name = path.1.parse().map_err(|error| Problem::invalid("bad-name", "name", format!("{error}")))?;
        project::dismiss(&ctx, &origin, &package, &name).await?;
        Ok(whole(&project::show(&ctx, &package).await?))
    };
    answer(dismissed.await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    stopped: Option<bool>,
    /// The policy that vets it; an empty text is the instance's own choice.
    policy: Option<String>,
}

async fn change(ctx: web::Data<Ctx>, request: HttpRequest, purl: web::Path<String>, body: web::Json<Change>) -> HttpResponse {
    let changed = async {
        let package = package(&purl)?;
        let origin = session::for_package(&ctx, &request, &package).await?;
        if let Some(policy) = &body.policy {
            let slug = Some(policy.as_str()).filter(|text| !text.is_empty()).map(str::parse::<Slug>).transpose();
            let slug = slug.map_err(|error| Problem::invalid("bad-slug", "policy", format!("{error}")))?;
            project::vet_under(&ctx, &origin, &package, slug.as_ref()).await?;
        }
        if let Some(stopped) = body.stopped {
            project::switch(&ctx, &origin, &package, stopped).await?;
        }
        Ok(whole(&project::show(&ctx, &package).await?))
    };
    answer(changed.await)
}

async fn publishing(ctx: web::Data<Ctx>) -> HttpResponse {
    answer(switched(&ctx).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    stopped: bool,
}

async fn switch_all(ctx: web::Data<Ctx>, request: HttpRequest, body: web::Json<Switch>) -> HttpResponse {
    let done = async {
        let origin = session::for_api(&ctx, &request, Scope::Publish).await?;
        project::switch_all(&ctx, &origin, body.stopped).await?;
        switched(&ctx).await
    };
    answer(done.await)
}

async fn switched(ctx: &Ctx) -> Result<Value, Problem> {
    let by = project::all_stopped(ctx).await?;
    Ok(json!({ "stopped": by.is_some(), "stopped_by": by }))
}

fn answer(done: Result<Value, Problem>) -> HttpResponse {
    match done {
        Ok(value) => HttpResponse::Ok().json(value),
        Err(problem) => problem::json(&problem),
    }
}

/// The package a purl names.
pub(super) fn package(purl: &str) -> Result<Package, Problem> {
    purl.parse().map_err(|error| Problem::invalid("bad-purl", "package", format!("{error}")))
}

fn of_row(row: &ProjectRow) -> Value {
    json!({
        "package": row.package, "home": row.home, "policy": row.policy, "opened_at": row.opened_at,
        "stopped_at": row.stopped_at, "stopped_by": row.stopped_by,
    })
}

fn whole(project: &Project) -> Value {
    let people = project.people.iter().map(|person| {
        json!({
            "name": person.name, "role": person.role, "appointed_by": person.appointed_by,
            "appointed_at": person.appointed_at,
        })
    });
    let mut value = of_row(&project.row);
    if let Some(map) = value.as_object_mut() {
        map.insert("people".to_owned(), people.collect());
    }
    value
}
