//! Detached signatures at the doors: beside the files of own packages, and in the headers of their index answers.

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use vetmoot_domain::Package;
use vetmoot_workflows::submission::{Candidate, FileRow, sign};
use vetmoot_workflows::{Ctx, Problem};

/// What stands behind a file's address where its signature is read.
pub(crate) const SUFFIX: &str = ".sig";

/// `FILE-URL.sig` at an ordinary door: of a package whose home is this community, and of what was released.
pub(crate) async fn released(
    ctx: &Ctx,
    package: &Package,
    wanted: impl Fn(&Candidate, &FileRow) -> bool,
) -> Result<HttpResponse, Problem> {
    if !ctx.reserved.covers(package) {
        let text = format!("{package} lives on its official index; only packages whose home is this community are signed here");
        return Err(Problem::not_found("not-ours", text));
    }
    staged(ctx, package, wanted).await
}

/// `FILE-URL.sig` at a staging door: of what was released from a candidate, wherever it went. A candidate has none.
pub(crate) async fn staged(
    ctx: &Ctx,
    package: &Package,
    wanted: impl Fn(&Candidate, &FileRow) -> bool,
) -> Result<HttpResponse, Problem> {
    let document = sign::artifact(ctx, package, wanted).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .content_type("text/plain; charset=utf-8")
        .body(document.to_string()))
}

/// Adds the signature of an index answer about a package whose home is this community (RFC 9421, RFC 9530).
pub(crate) async fn add(
    ctx: &Ctx,
    request: &HttpRequest,
    package: &Package,
    etag: &str,
    body: &Bytes,
    response: &mut HttpResponse,
) -> Result<(), Problem> {
    let Some(signed) = sign::answer(ctx, package, etag, request.uri().path(), body).await? else { return Ok(()) };
    let fields =
        [("content-digest", &signed.content_digest), ("signature-input", &signed.input), ("signature", &signed.signature)];
    for (name, value) in fields {
        // Every part of them is visible ASCII: a path that is none is not in them.
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    Ok(())
}
