//! What came back: the head, in the few fields anyone here needs, and the body as a stream.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use reqwest::header::{self, HeaderMap, HeaderName};
use url::Url;

use crate::body::Body;
use crate::error::FetchError;
use crate::limits::PREALLOCATE_BYTES_MAX;

/// An answer whose head has come; any status that is not a followed redirect, errors of the host included.
#[derive(Debug)]
pub struct Answer {
    /// The head.
    pub meta: Meta,
    /// The body, still on its way.
    pub body: Body,
}

/// The head of an answer. Fields that are not plain text are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// The status code.
    pub status: u16,
    /// The address that answered, after redirects.
    pub url: Url,
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// The announced length; for HEAD and 304 that of the body left out, `None` when the body is compressed on the way.
    pub content_length: Option<u64>,
    /// `Content-Encoding` that was left on the body because uncompressed bytes had been asked for.
    pub content_encoding: Option<String>,
    /// `Content-Range`.
    pub content_range: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Retry-After`.
    pub retry_after: Option<String>,
    /// `Date`.
    pub date: Option<String>,
}

impl Meta {
    pub(crate) fn of(status: u16, url: Url, headers: &HeaderMap, decoding: bool) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self {
            status,
            url,
            etag: text(header::ETAG),
            last_modified: text(header::LAST_MODIFIED),
            content_type: text(header::CONTENT_TYPE),
            content_length: if decoding { None } else { promised_length(headers) },
            content_encoding: if decoding { None } else { text(header::CONTENT_ENCODING) },
            content_range: text(header::CONTENT_RANGE),
            cache_control: text(header::CACHE_CONTROL),
            retry_after: text(header::RETRY_AFTER),
            date: text(header::DATE),
        }
    }
    /// Whether the status is 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
    /// Whether what the asker holds is still good (304).
    pub fn is_not_modified(&self) -> bool {
        self.status == 304
    }
}

/// The bytes the body will have on the wire, if the head says.
pub(crate) fn promised_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl Answer {
    /// Reads the body to its end into memory; the request's `max_bytes` bounds it.
    pub async fn read(mut self) -> Result<(Meta, Bytes), FetchError> {
        let claimed = self.meta.content_length.unwrap_or(0).min(PREALLOCATE_BYTES_MAX);
        let mut whole = BytesMut::with_capacity(usize::try_from(claimed).unwrap_or(0));
        while let Some(piece) = self.body.next().await {
            whole.extend_from_slice(&piece?);
        }
        Ok((self.meta, whole.freeze()))
    }
}
