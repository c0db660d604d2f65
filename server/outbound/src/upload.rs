//! A body that goes out as a stream of known length: sent once, to one address, and never again by itself.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::time::Instant;

/// Why the body's own source ended early; it is told to the caller, never to the host.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// With which verb a streamed body goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `PUT`.
    Put,
    /// `POST`.
    Post,
}

/// A body that goes out as a stream. Whoever wants to try again makes another one: after a failure nobody here knows
/// what the host has taken.
#[derive(Clone)]
pub struct Upload {
    pub(crate) verb: Verb,
    pub(crate) content_type: String,
    pub(crate) length: u64,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    pieces: Option<BoxStream<'static, Result<Bytes, SourceError>>>,
    /// When a piece was last taken: the sign of life while the body is under way.
    moved: Instant,
    /// Why the source ended early, if it did.
    broken: Option<String>,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verb, content_type, length, .. } = self;
        write!(f, "Upload({verb:?}, {content_type}, {length} bytes)")
    }
}

impl Upload {
    /// A body of exactly `length` bytes. A source that ends with an error, early or late ends the request: the host
    /// never gets a whole body that is not the promised one.
    pub fn new(
        verb: Verb,
        content_type: impl Into<String>,
        length: u64,
        pieces: BoxStream<'static, Result<Bytes, SourceError>>,
    ) -> Self {
        let inner = Inner { pieces: Some(pieces), moved: Instant::now(), broken: None };
        Self { verb, content_type: content_type.into(), length, inner: Arc::new(Mutex::new(inner)) }
    }

    /// The body for the client library; none when it was sent before.
    pub(crate) fn body(&self) -> Option<reqwest::Body> {
        let pieces = self.with(|inner| inner.pieces.take())?;
        let upload = self.clone();
        let state = (pieces, 0_u64, upload);
        let checked = stream::try_unfold(state, |(mut pieces, sent, upload)| async move {
            let next = pieces.next().await.transpose();
            upload.with(|inner| inner.moved = Instant::now());
            let broken = |why: String| {
                upload.with(|inner| inner.broken = Some(why.clone()));
                std::io::Error::other(why)
            };
            let piece = next.map_err(|error| broken(error.to_string()))?;
            let Some(piece) = piece else {
                return if sent == upload.length {
                    Ok(None)
                } else {
                    Err(broken(format!("its source ended after {sent} bytes")))
                };
            };
            let sent = sent.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if sent > upload.length {
                return Err(broken("its source has more bytes than were promised".to_owned()));
            }
            Ok(Some((piece, (pieces, sent, upload))))
        });
        Some(reqwest::Body::wrap_stream(checked))
    }

    /// When a piece was last taken.
    pub(crate) fn moved(&self) -> Instant {
        self.with(|inner| inner.moved)
    }

    /// Why the source ended early, if it did.
    pub(crate) fn broken(&self) -> Option<String> {
        self.with(|inner| inner.broken.clone())
    }

    fn with<T>(&self, of: impl FnOnce(&mut Inner) -> T) -> T {
        of(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What proves at the host who asks; nothing shows it, and it goes to the address of the request alone.
#[derive(Clone)]
pub struct Authorization(String);

impl Authorization {
    /// The value of the `Authorization` field as it is: what cargo's web API takes.
    pub fn bare(token: &str) -> Self {
        Self(token.to_owned())
    }
    /// `Bearer` and the token (RFC 6750).
    pub fn bearer(token: &str) -> Self {
        Self(format!("Bearer {token}"))
    }
    /// `Basic` with user name and password (RFC 7617).
    pub fn basic(user: &str, password: &str) -> Self {
        Self(format!("Basic {}", data_encoding::BASE64.encode(format!("{user}:{password}").as_bytes())))
    }
    /// The header's value, marked so that no library shows it; none when it cannot stand in a header.
    pub(crate) fn value(&self) -> Option<reqwest::header::HeaderValue> {
        let mut value = reqwest::header::HeaderValue::from_str(&self.0).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorization(not shown)")
    }
}
