//! Problems for other servers: RFC 9457, as everywhere.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use vetmoot_domain::Span;
use vetmoot_workflows::{Kind, Problem};

use crate::limits::SOON_MS;

/// A problem as an answer; what is our own fault is logged here, once.
pub(crate) fn answer(problem: &Problem) -> HttpResponse {
    let status = match problem.kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Upstream => StatusCode::BAD_GATEWAY,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    if status.is_server_error() {
        tracing::error!(code = problem.code, cause = problem.cause.as_deref().unwrap_or(""), "{}", problem.text);
    }
    refuse(status, problem.code, &problem.text, problem.wait.map(Span::millis))
}

/// An answer with a status of its own; `retry_after_ms` tells when it is worth coming again, which 429 and 503 always say.
pub(crate) fn refuse(status: StatusCode, code: &str, text: &str, retry_after_ms: Option<i64>) -> HttpResponse {
    let body = serde_json::json!({
        "type": format!("about:blank#{code}"),
        "title": status.canonical_reason().unwrap_or("Refused"),
        "status": status.as_u16(),
        "detail": text,
        "code": code,
    });
    let mut answer = HttpResponse::build(status);
    let is_passing = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    if let Some(wait) = retry_after_ms.or(is_passing.then_some(SOON_MS)) {
        // Whole seconds, and never none: who comes back at once is refused again.
        answer.insert_header((header::RETRY_AFTER, (wait.max(0) / 1_000 + 1).to_string()));
    }
    answer.content_type("application/problem+json").body(body.to_string())
}

/// What a trial answers wherever other servers ask: it does not take part.
pub(crate) fn no_federation() -> HttpResponse {
    let text = "this instance is a trial without a domain and does not speak with other servers";
    refuse(StatusCode::NOT_FOUND, "no-federation", text, None)
}
