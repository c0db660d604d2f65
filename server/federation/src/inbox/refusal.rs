//! Why a message is not taken, as its sender is told.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use vetmoot_workflows::{Kind, Problem};

use crate::limits::SOON_MS;
use crate::problem;
use crate::signature::SignatureError;

/// A message that is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The status of the answer. Senders give up on most; 401, 408, 429 and 503 are tried again.
    pub(super) status: StatusCode,
    /// A stable code, which is also what is counted.
    pub(super) code: &'static str,
    text: String,
    retry_after_ms: Option<i64>,
}

impl Refusal {
    /// A refusal for good.
    pub(super) fn new(status: StatusCode, code: &'static str, text: impl Into<String>) -> Self {
        Self { status, code, text: text.into(), retry_after_ms: None }
    }
    /// Too much came; it may come again after this time.
    pub(super) fn later(code: &'static str, text: &str, wait_ms: i64) -> Self {
        Self { retry_after_ms: Some(wait_ms), ..Self::new(StatusCode::TOO_MANY_REQUESTS, code, text) }
    }
    /// Whether it is held against the address it came from. What is short here is nobody else's fault.
    pub(super) fn is_theirs(&self) -> bool {
        self.retry_after_ms.is_none()
    }
    /// The answer.
    pub(super) fn answer(&self) -> HttpResponse {
        problem::refuse(self.status, self.code, &self.text, self.retry_after_ms)
    }
}

impl From<SignatureError> for Refusal {
    fn from(error: SignatureError) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, error.code(), error.to_string())
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let (status, retry_after_ms) = match problem.kind {
            Kind::Forbidden => (StatusCode::FORBIDDEN, None),
            Kind::Invalid => (StatusCode::BAD_REQUEST, None),
            Kind::Unavailable if problem.code == "fetch-budget" => (StatusCode::TOO_MANY_REQUESTS, Some(SOON_MS)),
            Kind::Unavailable | Kind::Internal => {
                tracing::error!(code = problem.code, cause = problem.cause.as_deref().unwrap_or(""), "{}", problem.text);
                (StatusCode::SERVICE_UNAVAILABLE, Some(SOON_MS))
            }
            _ => (StatusCode::UNAUTHORIZED, None),
        };
        Self { retry_after_ms, ..Self::new(status, problem.code, problem.text) }
    }
}
