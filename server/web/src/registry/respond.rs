//! Answers of the doors: conditional, compressed, ranged, and refusals with the reason each client can show.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use futures_util::{Stream, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use vetmoot_domain::Decision;
use vetmoot_ecosystems::{Form, Links};
use vetmoot_workflows::registry::answer;
use vetmoot_workflows::registry::bytes::{Opened, Source};
use vetmoot_workflows::registry::judged::{Judged, reason_line};
use vetmoot_workflows::submission::staging::Staged;
use vetmoot_workflows::{Ctx, Problem};

use super::signature;
use crate::limits::{CARGO_TEXT_MAX, REASON_PHRASE_MAX, WRITTEN_AT_ONCE};

/// The policy of filtered answers: always asked again, which costs a 304.
const REVALIDATE: &str = "max-age=0, must-revalidate";

/// Texts of an index are escaped; should one slip through all the same, a browser that opens the page runs nothing.
const INERT: &str = "default-src 'none'; sandbox";

/// Whether the client takes gzip.
pub fn takes_gzip(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|list| {
        list.split(',')
            .any(|one| one.trim_start().starts_with("gzip") && !one.contains("q=0,") && !one.trim_end().ends_with("q=0"))
    })
}

/// Whether the client holds the answer with this tag (RFC 9110 section 13.1.2).
pub fn holds(request: &HttpRequest, etag: &str) -> bool {
    let Some(list) = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) else { return false };
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    list == etag || list.split(',').any(|one| one.trim() == "*" || bare(one) == bare(etag))
}

/// Answers with a judged listing in a form: 304 before anything is composed.
pub async fn listing(
    ctx: &Ctx,
    request: &HttpRequest,
    judged: &Arc<Judged>,
    form: Form,
    links: &Links,
    vary: &'static str,
) -> Result<HttpResponse, Problem> {
    let gzip = takes_gzip(request);
    let etag = answer::etag(judged, form, gzip);
    if holds(request, &etag) {
        ctx.metrics.not_modified.inc();
        return Ok(not_modified(&etag, vary));
    }
    let body = answer::body(ctx, judged, form, links, gzip).await?;
    let mut response = document(ctx, body.clone(), form, etag.clone(), gzip, vary);
    signature::add(ctx, request, &judged.current.package, &etag, &body, &mut response).await?;
    Ok(response)
}

/// Answers with a package as its staging door lists it: 304 before anything is composed.
pub async fn staged(
    ctx: &Ctx,
    request: &HttpRequest,
    staged: &Arc<Staged>,
    form: Form,
    links: &Links,
    vary: &'static str,
) -> Result<HttpResponse, Problem> {
    let gzip = takes_gzip(request);
    let etag = answer::etag_of(&staged.tag, form, gzip);
    if holds(request, &etag) {
        ctx.metrics.not_modified.inc();
        return Ok(not_modified(&etag, vary));
    }
    let body = answer::staged_body(ctx, staged, form, links, gzip).await?;
    Ok(document(ctx, body, form, etag, gzip, vary))
}

fn document(ctx: &Ctx, body: ::bytes::Bytes, form: Form, etag: String, gzip: bool, vary: &'static str) -> HttpResponse {
    ctx.metrics.listings_served.inc();
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, form.content_type()))
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, REVALIDATE))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, INERT))
        .insert_header((header::VARY, vary));
    if gzip {
        response.insert_header((header::CONTENT_ENCODING, "gzip"));
    }
    response.body(Pieces::of(body))
}

/// 304 with the headers RFC 9110 section 15.4.5 asks for.
pub fn not_modified(etag: &str, vary: &'static str) -> HttpResponse {
    HttpResponse::NotModified()
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, REVALIDATE))
        .insert_header((header::VARY, vary))
        .finish()
}

/// Answers with an artifact's bytes, or the range of them that was asked for.
pub async fn bytes(request: &HttpRequest, opened: Opened, content_type: &'static str) -> Result<HttpResponse, Problem> {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, content_type))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::ACCEPT_RANGES, "bytes"));
    if let Some(etag) = &opened.etag {
        response.insert_header((header::ETAG, etag.clone()));
        if holds(request, etag) {
            return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
        }
    }
    match (range(request, opened.size), opened.size) {
        (Some(Err(())), Some(size)) => Ok(response
            .status(StatusCode::RANGE_NOT_SATISFIABLE)
            .insert_header((header::CONTENT_RANGE, format!("bytes */{size}")))
            .finish()),
        (Some(Ok((first, last))), Some(size)) => {
            response
                .status(StatusCode::PARTIAL_CONTENT)
                .insert_header((header::CONTENT_RANGE, format!("bytes {first}-{last}/{size}")));
            part(response, opened.source, first, last).await
        }
        _ => whole(response, opened).await,
    }
}

/// The range asked for, as first and last byte; an error when it lies outside.
fn range(request: &HttpRequest, size: Option<u64>) -> Option<Result<(u64, u64), ()>> {
    let size = size?;
    let text = request.headers().get(header::RANGE)?.to_str().ok()?;
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (first.trim(), last.trim()) {
        ("", suffix) => {
            let count: u64 = suffix.parse().ok()?;
            (size.saturating_sub(count), size.checked_sub(1)?)
        }
        (first, "") => (first.parse().ok()?, size.checked_sub(1)?),
        // Several ranges in one request are answered whole, as the specification allows.
        (first, last) => (first.parse().ok()?, last.parse::<u64>().ok()?.min(size.checked_sub(1)?)),
    };
    Some(if range.0 <= range.1 && range.0 < size { Ok(range) } else { Err(()) })
}

async fn whole(mut response: HttpResponseBuilder, opened: Opened) -> Result<HttpResponse, Problem> {
    match opened.source {
        Source::Memory(bytes) => Ok(response.body(Pieces::of(bytes))),
        Source::File(path) => {
            let size = opened.size.unwrap_or_default();
            file(response, &path, 0, size).await
        }
        Source::Coming(download) => {
            let stream = download.follow().map(|piece| piece.map_err(broken));
            Ok(response.body(Pieces::stream(opened.size.map_or(BodySize::Stream, BodySize::Sized), stream)))
        }
    }
}

async fn part(mut response: HttpResponseBuilder, source: Source, first: u64, last: u64) -> Result<HttpResponse, Problem> {
    let length = last - first + 1;
    match source {
        Source::Memory(bytes) => {
            let from = usize::try_from(first).unwrap_or(usize::MAX).min(bytes.len());
            let to = usize::try_from(last + 1).unwrap_or(usize::MAX).min(bytes.len());
            Ok(response.body(Pieces::of(bytes.slice(from..to))))
        }
        Source::File(path) => file(response, &path, first, length).await,
        Source::Coming(_) => Err(Problem::new(
            vetmoot_workflows::Kind::Internal,
            "range-of-download",
            "a part was asked for while the whole is still coming; try again",
        )),
    }
}

async fn file(
    mut response: HttpResponseBuilder,
    path: &std::path::Path,
    first: u64,
    length: u64,
) -> Result<HttpResponse, Problem> {
    let unreadable = |error: std::io::Error| {
        Problem::new(vetmoot_workflows::Kind::Unavailable, "blob-unreadable", "the file cannot be read; try again")
            .because(error)
    };
    let mut file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    file.set_max_buf_size(1 << 20);
    if first > 0 {
        file.seek(std::io::SeekFrom::Start(first)).await.map_err(unreadable)?;
    }
    let stream = futures_util::stream::try_unfold((file, length), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let want = usize::try_from(left.min(1 << 20)).unwrap_or(1 << 20);
        let mut piece = ::bytes::BytesMut::zeroed(want);
        let got = file.read(&mut piece).await?;
        if got == 0 {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof));
        }
        piece.truncate(got);
        Ok(Some((piece.freeze(), (file, left - got as u64))))
    });
    Ok(response.body(Pieces::stream(BodySize::Sized(length), stream)))
}

/// A body handed over in small pieces: what is written at once is copied into a buffer that stays in the processor's cache
/// and is kept, where a large piece would have a buffer of its size made, filled and thrown away at every answer.
struct Pieces {
    rest: ::bytes::Bytes,
    more: Option<Pin<Box<dyn Stream<Item = std::io::Result<::bytes::Bytes>>>>>,
    size: BodySize,
}

impl Pieces {
    fn of(bytes: ::bytes::Bytes) -> Self {
        Self { size: BodySize::Sized(bytes.len() as u64), rest: bytes, more: None }
    }

    fn stream(size: BodySize, stream: impl Stream<Item = std::io::Result<::bytes::Bytes>> + 'static) -> Self {
        Self { rest: ::bytes::Bytes::new(), more: Some(Box::pin(stream)), size }
    }
}

impl MessageBody for Pieces {
    type Error = std::io::Error;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<std::io::Result<::bytes::Bytes>>> {
        while self.rest.is_empty() {
            let Some(more) = self.more.as_mut() else { return Poll::Ready(None) };
            match ready!(more.as_mut().poll_next(cx)) {
                Some(Ok(bytes)) => self.rest = bytes,
                end => return Poll::Ready(end),
            }
        }
        let next = self.rest.len().min(WRITTEN_AT_ONCE);
        Poll::Ready(Some(Ok(self.rest.split_to(next))))
    }
}

fn broken(problem: Problem) -> std::io::Error {
    tracing::warn!(code = problem.code, cause = problem.cause.as_deref().unwrap_or(""), "a download broke off");
    std::io::Error::other(problem.text)
}

/// Adds what every refusal carries: the page that explains it, and the reason's code.
pub fn withheld(response: &mut HttpResponseBuilder, ctx: &Ctx, judged: &Judged, decision: &Decision) {
    let why = ctx.base_url.why(&judged.adopted.slug, &decision.artifact.release.to_string());
    let code = decision.reasons.first().map_or("withheld", |reason| reason.code);
    response
        .insert_header((header::LINK, format!("<{why}>; rel=\"help\"")))
        .insert_header(("x-withheld-reason", code))
        .insert_header((header::CACHE_CONTROL, "no-store"));
}

/// The sentence of a refusal for a client that prints text.
pub fn sentence(ctx: &Ctx, judged: &Judged, decision: &Decision) -> String {
    let name = decision.artifact.file_name.clone();
    let what =
        name.unwrap_or_else(|| format!("{} {}", decision.artifact.release.package.name(), decision.artifact.release.version));
    format!("{what} is {}", reason_line(ctx, &judged.adopted, decision))
}

/// The same sentence within what cargo prints of a body; the address that explains it stays whole.
pub fn short_sentence(ctx: &Ctx, judged: &Judged, decision: &Decision) -> String {
    let mut text = sentence(ctx, judged, decision);
    if text.len() > CARGO_TEXT_MAX {
        let why = ctx.base_url.why(&judged.adopted.slug, &decision.artifact.release.to_string());
        let keep = CARGO_TEXT_MAX.saturating_sub(why.len() + 5);
        let end = (0..=keep).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push_str(" ... ");
        text.push_str(&why);
    }
    text
}

/// The reason phrase of refused files: the only text pip prints. It must live for ever, so there is one a policy.
pub fn reason_phrase(ctx: &Ctx, judged: &Judged) -> &'static str {
    static PHRASES: LazyLock<Mutex<HashMap<String, &'static str>>> = LazyLock::new(Mutex::default);
    let slug = judged.adopted.slug.as_str();
    let mut phrases = PHRASES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(phrase) = phrases.get(slug) {
        return phrase;
    }
    let mut phrase = format!("Withheld by policy {slug}, see {}", ctx.base_url.join(&format!("/why/{slug}")));
    phrase.retain(|c| c.is_ascii() && !c.is_ascii_control());
    phrase.truncate(REASON_PHRASE_MAX);
    let phrase: &'static str = Box::leak(phrase.into_boxed_str());
    phrases.insert(slug.to_owned(), phrase);
    phrase
}
