//! Questions of npm that are answered by the index behind us, unchanged: audit, keys, attestations, search.

use ::bytes::Bytes;
use std::io::Read as _;

use vetmoot_domain::{Ecosystem, Package};
use vetmoot_outbound::{Method, Payload, Request};

use crate::ctx::Ctx;
use crate::limits::{LISTING_TIMEOUT, PASSTHROUGH_BYTES_MAX, STALL_TIMEOUT};
use crate::problem::Problem;

/// An answer handed on.
pub struct Passed {
    /// The status upstream gave.
    pub status: u16,
    /// Its body, uncompressed.
    pub body: Bytes,
}

/// Asks upstream for a path below its base. Nothing of the client's own headers goes along.
pub async fn get(ctx: &Ctx, ecosystem: Ecosystem, path: &str) -> Result<Passed, Problem> {
    ask(ctx, ecosystem, path, Method::Get).await
}

/// Hands a question with a body on.
pub async fn post(
    ctx: &Ctx,
    ecosystem: Ecosystem,
    path: &str,
    body: Bytes,
    content_encoding: Option<String>,
) -> Result<Passed, Problem> {
    let payload = Payload { bytes: body, content_type: "application/json".to_owned(), content_encoding };
    ask(ctx, ecosystem, path, Method::Post(payload)).await
}

async fn ask(ctx: &Ctx, ecosystem: Ecosystem, path: &str, method: Method) -> Result<Passed, Problem> {
    let upstream = ctx.upstreams.of(ecosystem);
    let url = upstream.join(path)?;
    let request = Request {
        method,
        accept: Some("application/json"),
        max_bytes: PASSTHROUGH_BYTES_MAX,
        total_timeout: LISTING_TIMEOUT,
        idle_timeout: STALL_TIMEOUT,
        ..Request::get(&url)
    };
    ctx.metrics.upstream_requests.inc();
    let (meta, body) = ctx.outbound.fetch_all(&upstream.allow(), request).await?;
    Ok(Passed { status: meta.status, body })
}

/// The cargo search of the index's own API; an index without one has nothing to say.
pub async fn cargo_search(ctx: &Ctx, query: &str) -> Result<Passed, Problem> {
    let upstream = ctx.upstreams.of(Ecosystem::Cargo);
    let config = upstream.cargo_config(&ctx.outbound).await?;
    let api = config.api.clone().ok_or_else(|| Problem::not_found("no-search", "the index behind this door has no search"))?;
    let url: url::Url = format!("{}/api/v1/crates?{query}", api.trim_end_matches('/'))
        .parse()
        .map_err(|error| Problem::not_found("no-search", "the index behind this door names no usable search").because(error))?;
    let request = Request {
        accept: Some("application/json"),
        max_bytes: PASSTHROUGH_BYTES_MAX,
        total_timeout: LISTING_TIMEOUT,
        idle_timeout: STALL_TIMEOUT,
        ..Request::get(&url)
    };
    let (meta, body) = ctx.outbound.fetch_all(&upstream.allow(), request).await?;
    Ok(Passed { status: meta.status, body })
}

/// An audit question without the community's reserved names, which never leave this instance.
pub fn without_reserved(ctx: &Ctx, body: Bytes, encoding: Option<&str>) -> Result<Bytes, Problem> {
    let bad = |why: String| Problem::invalid("bad-audit-question", "body", format!("the question cannot be read: {why}"));
    let text = match encoding {
        Some("gzip") => {
            let mut text = Vec::new();
            let mut decoder = flate2::read::GzDecoder::new(&*body).take(PASSTHROUGH_BYTES_MAX + 1);
            decoder.read_to_end(&mut text).map_err(|error| bad(error.to_string()))?;
            text
        }
        None | Some("identity") => body.to_vec(),
        Some(other) => return Err(bad(format!("it is encoded as {other}; send gzip or nothing"))),
    };
    if text.len() as u64 > PASSTHROUGH_BYTES_MAX {
        return Err(bad("it is larger than 16 MiB".to_owned()));
    }
    let mut asked: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
    asked.retain(|name, _| Package::new(Ecosystem::Npm, name).is_ok_and(|package| !ctx.reserved.covers(&package)));
    Ok(Bytes::from(serde_json::Value::Object(asked).to_string()))
}
