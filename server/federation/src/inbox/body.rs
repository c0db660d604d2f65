//! The body of a message: of a type that is read here, within its bounds, and there in time.

use actix_web::HttpRequest;
use actix_web::http::{StatusCode, header};
use actix_web::web::{BytesMut, Payload};
use futures_util::StreamExt as _;

use super::refusal::Refusal;
use crate::fetch::is_activity;
use crate::limits::{MESSAGE_BYTES_MAX, MESSAGE_TIMEOUT};

/// Refuses by its head what would be refused anyhow.
pub(super) fn check_head(request: &HttpRequest) -> Result<(), Refusal> {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    if text(header::CONTENT_LENGTH)
        .and_then(|length| length.parse::<u64>().ok())
        .is_some_and(|length| usize::try_from(length).map_or(true, |length| length > MESSAGE_BYTES_MAX))
    {
        return Err(too_large());
    }
    if text(header::CONTENT_ENCODING).is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        let text = "messages are taken as they were signed, not compressed";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-encoding", text));
    }
    if text(header::CONTENT_TYPE).is_some_and(is_activity) {
        return Ok(());
    }
    let text = "send application/activity+json, or application/ld+json with the profile of ActivityStreams";
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", text))
}

/// Reads the body to its end.
pub(super) async fn read(mut payload: Payload) -> Result<BytesMut, Refusal> {
    let whole = async {
        let mut whole = BytesMut::new();
        while let Some(piece) = payload.next().await {
            let gone = |_| Refusal::new(StatusCode::BAD_REQUEST, "body-cut", "the message ended early; send it again");
            let piece = piece.map_err(gone)?;
            if whole.len() + piece.len() > MESSAGE_BYTES_MAX {
                return Err(too_large());
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    };
    // A connection that trickles keeps its place here for so long and no longer.
    let slow = |_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "the message took too long to arrive; send it again");
    tokio::time::timeout(MESSAGE_TIMEOUT, whole).await.map_err(slow)?
}

fn too_large() -> Refusal {
    let text = format!("the message is larger than the {MESSAGE_BYTES_MAX} bytes taken here");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", text)
}
