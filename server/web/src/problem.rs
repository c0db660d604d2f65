//! Problems as answers: RFC 9457 for programs, a page for people, and one line in the log.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use vetmoot_workflows::{Kind, Problem};

/// The status a problem is answered with.
pub fn status(problem: &Problem) -> StatusCode {
    match problem.kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Upstream => StatusCode::BAD_GATEWAY,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Logs what an operator has to know: the cause of a failure on our side, once.
pub fn log(problem: &Problem, status: StatusCode) {
    if status.is_server_error() {
        tracing::error!(code = problem.code, cause = problem.cause.as_deref().unwrap_or(""), "{}", problem.text);
    }
}

/// `application/problem+json` (RFC 9457) with our `code`, and `field` where one is at fault.
pub fn json(problem: &Problem) -> HttpResponse {
    let status = status(problem);
    log(problem, status);
    let mut body = serde_json::json!({
        "type": format!("about:blank#{}", problem.code),
        "title": title(problem.kind),
        "status": status.as_u16(),
        "detail": problem.text,
        "code": problem.code,
    });
    if let (Some(field), Some(map)) = (&problem.field, body.as_object_mut()) {
        map.insert("field".to_owned(), serde_json::Value::from(field.as_str()));
    }
    HttpResponse::build(status).content_type("application/problem+json").body(body.to_string())
}

/// A short title for a kind of problem.
pub fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Invalid => "Something given is not right",
        Kind::Unauthenticated => "Sign in first",
        Kind::Forbidden => "Not allowed",
        Kind::NotFound => "Not found",
        Kind::Conflict => "It clashes with what is there",
        Kind::TooLarge => "Too large",
        Kind::Upstream => "The index behind us did not answer",
        Kind::Unavailable => "Not available just now",
        Kind::Internal => "A fault on our side",
    }
}
