//! Problems as answers: RFC 9457 for programs, a page for people, and one line in the log.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use vetmoot_domain::Span;
use vetmoot_workflows::problem::retry_after;
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

/// Begins an answer that tells of a problem. One whose status passes by itself (429, 503) says after how many seconds to
/// come again.
pub fn begin(status: StatusCode, problem: &Problem) -> HttpResponseBuilder {
    begin_after(status, problem.wait)
}

/// The same where only the status is left of the problem.
pub fn begin_after(status: StatusCode, wait: Option<Span>) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        answer.insert_header((header::RETRY_AFTER, retry_after(wait).to_string()));
    }
    answer
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
    begin(status, problem).content_type("application/problem+json").body(body.to_string())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(answer: &HttpResponse) -> Option<&str> {
        answer.headers().get(header::RETRY_AFTER).and_then(|field| field.to_str().ok())
    }

    #[test]
    fn what_passes_by_itself_says_when_to_come_again_and_nothing_else_does() {
        for kind in [
            Kind::Invalid,
            Kind::Unauthenticated,
            Kind::Forbidden,
            Kind::NotFound,
            Kind::Conflict,
            Kind::TooLarge,
            Kind::Upstream,
            Kind::Unavailable,
            Kind::Internal,
        ] {
            let passing = kind == Kind::Unavailable;
            assert_eq!(wait(&json(&Problem::new(kind, "made-up", "made up"))), passing.then_some("5"), "{kind:?}");
        }
        let known = Problem::new(Kind::Unavailable, "made-up", "made up").after(Span::from_millis(61_000));
        assert_eq!(wait(&json(&known)), Some("62"), "never a moment too early");
        assert_eq!(wait(&begin_after(StatusCode::TOO_MANY_REQUESTS, None).finish()), Some("5"));
        assert_eq!(wait(&begin_after(StatusCode::OK, None).finish()), None);
    }
}
