//! What can go wrong between asking and the last byte, told apart by what to do about it.

use std::error::Error;

use crate::allow::Refused;
use crate::limits::SHOWN_CHARS_MAX;
use crate::names::NameError;

/// Why there is no answer, or no whole one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address itself is not gone to.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// An allowed address redirects to one that is not.
    #[error("{host} redirects to an address that is refused: {refused}")]
    RedirectRefused {
        /// The host that redirected.
        host: String,
        /// What is wrong with its target.
        refused: Refused,
    },
    /// More redirects than are followed.
    #[error("{host} was the end of too many redirects; use the final address instead")]
    TooManyRedirects {
        /// The host of the last hop.
        host: String,
    },
    /// A redirect without a usable target, or one that would turn a question into a read.
    #[error("{host} redirects in a way that cannot be followed ({why}); use the final address instead")]
    BadRedirect {
        /// The host that redirected.
        host: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The body is larger than the bound, by its own claim or in fact.
    #[error("the answer of {host} is larger than the {max_bytes} bytes taken here")]
    TooLarge {
        /// The host that answered.
        host: String,
        /// The bound.
        max_bytes: u64,
    },
    /// Nothing came for too long.
    #[error("{host} sent nothing for {idle_ms} ms; try again later")]
    Stalled {
        /// The host asked.
        host: String,
        /// The bound, in milliseconds.
        idle_ms: u128,
    },
    /// Everything together took too long.
    #[error("{host} did not finish within {total_ms} ms; try again later")]
    TimedOut {
        /// The host asked.
        host: String,
        /// The bound, in milliseconds.
        total_ms: u128,
    },
    /// The body ended early.
    #[error("{host} ended its answer early, after {got} bytes ({cause}); try again later")]
    Truncated {
        /// The host that answered.
        host: String,
        /// Bytes received.
        got: u64,
        /// What told: a length it had promised, or the connection.
        cause: String,
    },
    /// The host has no address, or no connection came about.
    #[error("{host} cannot be reached ({cause}); check the name and try again later")]
    Unreachable {
        /// The host asked.
        host: String,
        /// What the network said.
        cause: String,
    },
    /// The connection broke before the head of an answer, or what came is not HTTP.
    #[error("{host} gave no proper answer ({cause}); try again later")]
    NoAnswer {
        /// The host asked.
        host: String,
        /// What the network said.
        cause: String,
    },
    /// The host could not prove who it is, or speaks no TLS we do.
    #[error("no trusted TLS connection to {host} ({cause}); an internal authority can be added as an extra root")]
    Tls {
        /// The host asked.
        host: String,
        /// What the TLS library said.
        cause: String,
    },
    /// The body is compressed in a way that was not asked for, or is broken in itself.
    #[error("the answer of {host} is not readable as {encoding}; try again later or use another mirror")]
    BadEncoding {
        /// The host that answered.
        host: String,
        /// The encoding it claims.
        encoding: String,
    },
    /// The body that was to be sent broke off here, before the host had all of it.
    #[error("the upload to {host} was broken off here: {cause}")]
    SourceBroken {
        /// The host it was for.
        host: String,
        /// What its source said.
        cause: String,
    },
    /// A field of the request cannot be sent.
    #[error("the request to {host} cannot be sent: {cause}")]
    BadRequest {
        /// The host asked.
        host: String,
        /// What is wrong with it.
        cause: String,
    },
}

impl FetchError {
    /// The stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refused) | Self::RedirectRefused { refused, .. } => refused.code(),
            Self::TooManyRedirects { .. } => "too-many-redirects",
            Self::BadRedirect { .. } => "bad-redirect",
            Self::TooLarge { .. } => "too-large",
            Self::Stalled { .. } => "stalled",
            Self::TimedOut { .. } => "timed-out",
            Self::Truncated { .. } => "truncated",
            Self::Unreachable { .. } => "unreachable",
            Self::NoAnswer { .. } => "no-answer",
            Self::Tls { .. } => "tls",
            Self::BadEncoding { .. } => "bad-encoding",
            Self::SourceBroken { .. } => "source-broken",
            Self::BadRequest { .. } => "bad-request",
        }
    }
    /// Whether the same request may succeed later although nobody changes anything here; stale copies may stand in.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Stalled { .. }
            | Self::TimedOut { .. }
            | Self::Truncated { .. }
            | Self::Unreachable { .. }
            | Self::NoAnswer { .. }
            | Self::Tls { .. }
            | Self::BadEncoding { .. } => true,
            Self::Refused(_)
            | Self::RedirectRefused { .. }
            | Self::TooManyRedirects { .. }
            | Self::BadRedirect { .. }
            | Self::TooLarge { .. }
            | Self::SourceBroken { .. }
            | Self::BadRequest { .. } => false,
        }
    }
    /// What the client library's error before the head of an answer means.
    pub(crate) fn before_answer(host: &str, error: reqwest::Error) -> Self {
        // The address may carry a secret in its query, and the error would print it.
        let error = error.without_url();
        let host = shown(host);
        if let Some(name) = in_chain::<NameError>(&error) {
            return match name {
                NameError::NotPublic => Self::Refused(Refused::AddressNotPublic { host }),
                NameError::Unknown(cause) => Self::Unreachable { host, cause: shown(cause) },
            };
        }
        let cause = chain(&error);
        if in_chain::<native_tls::Error>(&error).is_some() {
            Self::Tls { host, cause }
        } else if error.is_builder() {
            Self::BadRequest { host, cause }
        } else if error.is_connect() || error.is_timeout() {
            Self::Unreachable { host, cause }
        } else {
            Self::NoAnswer { host, cause }
        }
    }
}

/// The first error of one type among an error and its causes.
fn in_chain<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    std::iter::successors(Some(error), |error| (**error).source()).find_map(|error| error.downcast_ref::<E>())
}

/// An error and its causes as one text, cut.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    for part in std::iter::successors(Some(error), |error| (**error).source()) {
        let part = part.to_string();
        // Wrappers often repeat what they wrap.
        if !text.ends_with(&part) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&part);
        }
    }
    shown(&text)
}

/// A foreign text cut to what may stand in an error, without control characters that could forge log lines.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS_MAX).collect()
}
