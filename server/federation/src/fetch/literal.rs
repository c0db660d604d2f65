//! The way to hosts that are written as addresses, in insecure mode alone: the library refuses them.

use reqwest_middleware::reqwest::StatusCode;
use serde_json::value::RawValue;
use url::Url;
use vetmoot_outbound::Request;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::{allowed, errand};
use crate::limits::{ACTIVITY_JSON, DOCUMENT_BYTES_MAX, FETCH_STALL_TIMEOUT, FETCH_TIMEOUT};
use crate::signature::{Scheme, sign};

/// Fetches a document under the rules the library has: type of content, no redirect; the caller checks the id.
pub(super) async fn fetch(ctx: &Ctx, url: &Url) -> Result<(Box<RawValue>, Url), Problem> {
    if !ctx.insecure {
        let text = "servers have names; an address is gone to in insecure mode only";
        return Err(Problem::new(Kind::Upstream, "address-not-public", text));
    }
    let request = Request {
        accept: Some(ACTIVITY_JSON),
        fields: sign(ctx, &LocalActor::Instance, Scheme::Cavage, "get", url, None).await?,
        follow: false,
        max_bytes: DOCUMENT_BYTES_MAX,
        total_timeout: FETCH_TIMEOUT,
        idle_timeout: FETCH_STALL_TIMEOUT,
        ..Request::get(url)
    };
    let (meta, bytes) = ctx.outbound.fetch_all(&allowed(ctx), request).await?;
    let status = StatusCode::from_u16(meta.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status != StatusCode::OK {
        return Err(errand::answered(status));
    }
    if !meta.content_type.as_deref().is_some_and(is_activity) {
        let text = "its server answers with something that is no ActivityPub";
        return Err(Problem::new(Kind::Upstream, "not-activity-json", text));
    }
    let raw = serde_json::from_slice(&bytes)
        .map_err(|error| Problem::new(Kind::Upstream, "document-unreadable", "it cannot be read").because(error))?;
    Ok((raw, meta.url))
}

/// Whether a type of content is ActivityPub: `application/activity+json`, or `application/ld+json` with the profile of
/// ActivityStreams. An upload that somebody made look like an object comes as neither.
pub(crate) fn is_activity(content_type: &str) -> bool {
    let mut parts = content_type.split(';');
    let kind = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    let profiled = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or_default();
        let mut profiles = value.trim().trim_matches('"').split(' ');
        name.trim().eq_ignore_ascii_case("profile") && profiles.any(|one| one == "https://www.w3.org/ns/activitystreams")
    };
    match kind.as_str() {
        "application/activity+json" => true,
        "application/ld+json" => parts.any(profiled),
        _ => false,
    }
}
