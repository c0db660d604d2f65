//! The door for `twine upload` and `uv publish`: the legacy upload form, and a simple index of what is staged.

mod form;
mod refusal;
mod upload;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Ecosystem, Version};
use vetmoot_ecosystems::{Form, Links, pypi};
use vetmoot_workflows::registry::bytes::{self, Outcome};
use vetmoot_workflows::submission::{candidate, project, provenance, staging, wheel};
use vetmoot_workflows::{Ctx, Kind, Problem};

use crate::limits::SEARCHED_PROJECTS_MAX;
use crate::problem::json as problem_json;
use crate::registry::{names, respond, segments, signature};

const VARY: &str = "accept, accept-encoding";
/// The media type of a provenance object (PEP 740).
const PROVENANCE: &str = "application/vnd.pypi.integrity.v1+json";

/// Adds the door.
pub fn routes(config: &mut web::ServiceConfig) {
    for path in ["/publish/pypi", "/publish/pypi/", "/publish/pypi/legacy", "/publish/pypi/legacy/"] {
        config.service(web::resource(path).route(web::post().to(upload::receive)).route(web::get().to(door)));
    }
    config.service(web::resource("/publish/pypi/{tail:.*}").route(web::get().to(door)).route(web::head().to(door)));
}

async fn door(ctx: web::Data<Ctx>, request: HttpRequest) -> HttpResponse {
    match answer(&ctx, &request).await {
        Ok(response) => response,
        Err(problem) => problem_json(&problem),
    }
}

async fn answer(ctx: &Ctx, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let path = segments(request.uri().path(), "/publish/pypi").ok_or_else(upload::nothing)?;
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["simple", ""] | ["simple"] => projects(ctx, request).await,
        ["simple", name] => redirect(ctx, name),
        ["simple", name, ""] => page(ctx, request, name).await,
        ["files", name, file] if file.ends_with(signature::SUFFIX) => {
            let (package, name) = (names::package(Ecosystem::Pypi, name)?, file.trim_end_matches(signature::SUFFIX));
            signature::staged(ctx, &package, |_, file| file.file_name == name).await
        }
        ["files", name, file] => match file.strip_suffix(".metadata") {
            Some(file) => metadata(ctx, name, file).await,
            None => download(ctx, request, name, file).await,
        },
        ["integrity", name, version, file, "provenance"] => attested(ctx, name, version, file).await,
        _ => Err(upload::nothing()),
    }
}

/// The projects of this community: what else the index has is found by its name.
async fn projects(ctx: &Ctx, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let all = project::list(ctx, 0, SEARCHED_PROJECTS_MAX).await?;
    let ours = all.iter().map(|row| &row.package).filter(|package| package.ecosystem() == Ecosystem::Pypi);
    let names: Vec<&str> = ours.map(|package| package.name().as_str()).collect();
    let form = pypi::choose(accept(request));
    let body = if form == Form::PypiJson {
        let projects: Vec<_> = names.iter().map(|name| serde_json::json!({ "name": name })).collect();
        serde_json::json!({ "meta": { "api-version": "1.0" }, "projects": projects }).to_string()
    } else {
        let links: Vec<String> = names.iter().map(|name| format!("<a href=\"{name}/\">{name}</a><br>")).collect();
        format!(
            "<!DOCTYPE html>\n<html><head><meta name=\"pypi:repository-version\" content=\"1.0\"><title>Projects</title></head><body>\n{}</body></html>\n",
            links.join("\n")
        )
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::VARY, VARY))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .content_type(form.content_type())
        .body(body))
}

fn redirect(ctx: &Ctx, name: &str) -> Result<HttpResponse, Problem> {
    let package = names::package(Ecosystem::Pypi, name)?;
    let to = ctx.base_url.join(&format!("/publish/pypi/simple/{}/", package.name()));
    Ok(HttpResponse::MovedPermanently().insert_header((header::LOCATION, to)).finish())
}

async fn page(ctx: &Ctx, request: &HttpRequest, name: &str) -> Result<HttpResponse, Problem> {
    let package = names::package(Ecosystem::Pypi, name)?;
    if package.name().as_str() != name {
        return redirect(ctx, name);
    }
    let staged = staging::listing(ctx, &package).await?;
    let links = Links { files: ctx.base_url.join("/publish/pypi/files/") };
    respond::staged(ctx, request, &staged, pypi::choose(accept(request)), &links, VARY).await
}

async fn download(ctx: &Ctx, request: &HttpRequest, name: &str, file: &str) -> Result<HttpResponse, Problem> {
    let package = names::package(Ecosystem::Pypi, name)?;
    let whole = request.headers().contains_key(header::RANGE);
    match staging::open(ctx, &package, |entry| entry.file_name.as_deref() == Some(file), whole).await? {
        Outcome::Open(opened) => respond::bytes(request, opened, "application/octet-stream").await,
        Outcome::Withheld { judged, decision } => {
            let text = respond::sentence(ctx, &judged, &decision);
            Ok(refusal::of_problem(&Problem::new(Kind::Forbidden, "withheld", text)))
        }
    }
}

/// The metadata of a wheel (PEP 658): of a staged one out of the wheel itself, of any other as its index has it.
async fn metadata(ctx: &Ctx, name: &str, file_name: &str) -> Result<HttpResponse, Problem> {
    let package = names::package(Ecosystem::Pypi, name)?;
    let listing = staging::listing(ctx, &package).await?;
    let none = || Problem::not_found("no-core-metadata", format!("there is no metadata file for {file_name}"));
    let entry = listing.listing.position_of_file(file_name).and_then(|at| listing.listing.entries.get(at)).ok_or_else(none)?;
    let live = candidate::live(ctx, &package).await?;
    let sha256 = entry.digests.sha256.ok_or_else(none)?;
    let staged = live.iter().flat_map(|one| &one.files).find(|file| file.digests.sha256 == Some(sha256));
    let body = match staged {
        Some(_) if !entry.has_metadata => return Err(none()),
        Some(_) => {
            let kept = match &entry.core_metadata {
                Some(vetmoot_domain::Digest::Sha256(digest)) => Some(digest),
                _ => None,
            };
            wheel::metadata(ctx, &sha256, kept).await?.ok_or_else(none)?
        }
        None => bytes::core_metadata(ctx, &staging::policy(ctx, Ecosystem::Pypi)?, &package, file_name).await?,
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .content_type("application/octet-stream")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(body))
}

/// The attestations beside a file (PEP 740).
async fn attested(ctx: &Ctx, name: &str, version: &str, file: &str) -> Result<HttpResponse, Problem> {
    let package = names::package(Ecosystem::Pypi, name)?;
    let version: Version = version.parse().map_err(|error| Problem::not_found("bad-version", format!("{error}")))?;
    let provenance = provenance::show(ctx, &package, &version, file).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .content_type(PROVENANCE)
        .body(provenance.to_string()))
}

fn accept(request: &HttpRequest) -> &str {
    request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*")
}
