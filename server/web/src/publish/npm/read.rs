//! What the staging door shows to npm: packuments, versions, tags and tarballs, candidates among them.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use vetmoot_domain::Package;
use vetmoot_ecosystems::{Entry, Form, Links, npm};
use vetmoot_workflows::registry::bytes::Outcome;
use vetmoot_workflows::submission::staging;
use vetmoot_workflows::{Ctx, Kind, Problem};

use crate::registry::{respond, signature};

const VARY: &str = "accept, accept-encoding";

/// `GET /NAME`, in the form the client prefers; whoever is about to write wants the whole document.
pub(super) async fn packument(ctx: &Ctx, request: &HttpRequest, package: &Package) -> Result<HttpResponse, Problem> {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let writes = request.query_string().split('&').any(|pair| pair == "write=true");
    let form = if writes { Form::NpmFull } else { npm::choose(accepted) };
    let staged = staging::listing(ctx, package).await?;
    respond::staged(ctx, request, &staged, form, &links(ctx), VARY).await
}

/// `GET /NAME/VERSION` or `GET /NAME/TAG`.
pub(super) async fn one_version(ctx: &Ctx, package: &Package, version: &str) -> Result<HttpResponse, Problem> {
    let staged = staging::listing(ctx, package).await?;
    match npm::compose_version(&staged.listing, &staged.shown, &links(ctx), version) {
        Some(body) => Ok(HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "max-age=0, must-revalidate"))
            .content_type("application/json")
            .body(body)),
        None => Err(Problem::not_found("unknown-version", format!("{package} has no version or tag {version} that is listed"))),
    }
}

/// `GET /-/package/NAME/dist-tags`.
pub(super) async fn dist_tags(ctx: &Ctx, package: &Package) -> Result<HttpResponse, Problem> {
    let staged = staging::listing(ctx, package).await?;
    Ok(HttpResponse::Ok().json(npm::dist_tags(&staged.listing, &staged.shown)))
}

/// `GET /NAME/-/FILE`.
pub(super) async fn tarball(ctx: &Ctx, request: &HttpRequest, package: &Package, file: &str) -> Result<HttpResponse, Problem> {
    if let Some(name) = file.strip_suffix(signature::SUFFIX) {
        return signature::staged(ctx, package, |_, file| file.file_name == name).await;
    }
    let ours = |entry: &Entry| npm::tarball_file(package, &entry.version) == file;
    let theirs = |entry: &Entry| entry.url.rsplit('/').next().is_some_and(|last| last == file);
    bytes(ctx, request, package, |entry| ours(entry) || theirs(entry)).await
}

/// The bytes of the entry that is wanted.
pub(super) async fn bytes(
    ctx: &Ctx,
    request: &HttpRequest,
    package: &Package,
    wanted: impl Fn(&Entry) -> bool,
) -> Result<HttpResponse, Problem> {
    let whole = request.headers().contains_key(header::RANGE);
    match staging::open(ctx, package, wanted, whole).await? {
        Outcome::Open(opened) => respond::bytes(request, opened, "application/octet-stream").await,
        Outcome::Withheld { judged, decision } => {
            Err(Problem::new(Kind::Forbidden, "withheld", respond::sentence(ctx, &judged, &decision)))
        }
    }
}

/// Where the door's links point.
pub(super) fn links(ctx: &Ctx) -> Links {
    Links { files: ctx.base_url.join("/publish/npm/") }
}
