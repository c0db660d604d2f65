//! What can go wrong in any workflow, with a sentence for the person and a cause for the operator.

use std::fmt;

use vetmoot_domain::Span;
use vetmoot_outbound::FetchError;
use vetmoot_storage::{BlobError, StoreError};

use crate::limits::COME_AGAIN;

/// What kind of problem it is; doors turn it into their own status codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What was given is wrong.
    Invalid,
    /// Nobody is signed in, or the token is unknown.
    Unauthenticated,
    /// Known, but not allowed to do this.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// It clashes with what is there.
    Conflict,
    /// It is larger than what is taken.
    TooLarge,
    /// The index behind us did not answer, or answered nonsense.
    Upstream,
    /// We cannot do it just now.
    Unavailable,
    /// Our own fault.
    Internal,
}

/// A problem: a stable code, a sentence, the field at fault, and the cause for the log.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What kind it is.
    pub kind: Kind,
    /// A stable kebab-case code.
    pub code: &'static str,
    /// What happened and what to do, for people.
    pub text: String,
    /// The field at fault, where there is one.
    pub field: Option<String>,
    /// How long to wait before it is worth asking again, where that is known.
    pub wait: Option<Span>,
    /// What the operator should know; never shown to others.
    pub cause: Option<String>,
}

impl Problem {
    /// A problem of a kind, with its code and sentence.
    pub fn new(kind: Kind, code: &'static str, text: impl Into<String>) -> Self {
        Self { kind, code, text: text.into(), field: None, wait: None, cause: None }
    }
    /// Something given is wrong.
    pub fn invalid(code: &'static str, field: &str, text: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), ..Self::new(Kind::Invalid, code, text) }
    }
    /// There is no such thing.
    pub fn not_found(code: &'static str, text: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, code, text)
    }
    /// Says how long to wait before it is worth asking again.
    #[must_use]
    pub fn after(mut self, wait: Span) -> Self {
        self.wait = Some(wait);
        self
    }
    /// Adds the cause for the operator.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }
}

/// A wait as `Retry-After` has it (RFC 9110 section 10.2.3): whole seconds, and never none, since who comes back at once is
/// refused again. Where nobody knows how long it takes, a few.
pub fn retry_after(wait: Option<Span>) -> i64 {
    wait.unwrap_or(COME_AGAIN).millis().max(0).div_euclid(1_000) + 1
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

impl std::error::Error for Problem {}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let text = if error.is_disk_full() {
            "the disk is full; nothing was changed. Free some space and try again"
        } else if error.is_busy() {
            "the database is busy with another writer; nothing was changed. Try again in a moment"
        } else {
            "the database did not answer as it should; nothing was changed"
        };
        Self::new(Kind::Unavailable, error.code(), text).because(error)
    }
}

impl From<BlobError> for Problem {
    fn from(error: BlobError) -> Self {
        Self::new(Kind::Unavailable, error.code(), error.to_string()).because(&error)
    }
}

impl From<FetchError> for Problem {
    fn from(error: FetchError) -> Self {
        Self::new(Kind::Upstream, error.code(), error.to_string())
    }
}
