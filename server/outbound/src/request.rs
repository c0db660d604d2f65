//! What is asked of a foreign address; nothing but these fields is ever sent.

use std::time::Duration;

use bytes::Bytes;
use url::Url;

use crate::limits;

/// One request. Build it with a constructor and set fields: `Request { accept: Some(".."), ..Request::get(&url) }`.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Where to.
    pub url: &'a Url,
    /// What for.
    pub method: Method,
    /// The `Accept` field; everything when absent.
    pub accept: Option<&'a str>,
    /// The entity tag already held.
    pub if_none_match: Option<&'a str>,
    /// The HTTP date already held.
    pub if_modified_since: Option<&'a str>,
    /// The `Range` field, such as `bytes=-1024`; implies `identity`.
    pub range: Option<&'a str>,
    /// Further fields, each a name in lower case and a value: what a signed message carries (`host` is checked, not sent
    /// twice). They are not sent on to the target of a redirect.
    pub fields: Vec<(&'static str, String)>,
    /// Whether redirects are followed; else their answer is the answer.
    pub follow: bool,
    /// Ask for the bytes as they are stored, not compressed on the way: for artifacts, whose digest counts.
    pub identity: bool,
    /// Largest body, in bytes as delivered and as received.
    pub max_bytes: u64,
    /// Longest duration of everything together.
    pub total_timeout: Duration,
    /// Longest silence before the head of the answer and between pieces of the body.
    pub idle_timeout: Duration,
}

/// What is done at the address.
#[derive(Debug, Clone, Default)]
pub enum Method {
    /// Read.
    #[default]
    Get,
    /// Read the head alone.
    Head,
    /// Ask with a body; the body survives only redirects that keep the method (307, 308).
    Post(Payload),
}

/// The body of a question.
#[derive(Debug, Clone)]
pub struct Payload {
    /// The bytes, as they go out.
    pub bytes: Bytes,
    /// Their `Content-Type`.
    pub content_type: String,
    /// Their `Content-Encoding`, if they are compressed already.
    pub content_encoding: Option<String>,
}

impl<'a> Request<'a> {
    /// A plain read under the default bounds.
    pub fn get(url: &'a Url) -> Self {
        Self {
            url,
            method: Method::Get,
            accept: None,
            if_none_match: None,
            if_modified_since: None,
            range: None,
            fields: Vec::new(),
            follow: true,
            identity: false,
            max_bytes: limits::BODY_BYTES_MAX,
            total_timeout: limits::TOTAL_TIMEOUT,
            idle_timeout: limits::IDLE_TIMEOUT,
        }
    }
    /// A read of the head alone.
    pub fn head(url: &'a Url) -> Self {
        Self { method: Method::Head, identity: true, ..Self::get(url) }
    }
    /// A question with a body.
    pub fn post(url: &'a Url, payload: Payload) -> Self {
        Self { method: Method::Post(payload), ..Self::get(url) }
    }
    /// Whether asking twice does no more than asking once.
    pub(crate) fn is_repeatable(&self) -> bool {
        matches!(self.method, Method::Get | Method::Head)
    }
    /// Whether the answer must come uncompressed.
    pub(crate) fn wants_identity(&self) -> bool {
        self.identity || self.range.is_some()
    }
}
