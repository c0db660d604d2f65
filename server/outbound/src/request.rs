//! What is asked of a foreign address; nothing but these fields is ever sent.

use std::time::Duration;

use bytes::Bytes;
use url::Url;

use crate::limits;
use crate::upload::{Authorization, Upload};

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
    /// What proves who asks; it is not sent on to the target of a redirect.
    pub authorization: Option<Authorization>,
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
    /// Put something small in place; never repeated, never redirected.
    Put(Payload),
    /// Take something away; never repeated, never redirected.
    Delete,
    /// Send a body that streams; never repeated, never redirected.
    Upload(Upload),
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
            authorization: None,
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
    /// Something small to be put in place.
    pub fn put(url: &'a Url, payload: Payload) -> Self {
        Self { method: Method::Put(payload), follow: false, ..Self::get(url) }
    }
    /// Something to be taken away.
    pub fn delete(url: &'a Url) -> Self {
        Self { method: Method::Delete, follow: false, ..Self::get(url) }
    }
    /// A body that streams.
    pub fn upload(url: &'a Url, upload: Upload) -> Self {
        Self { method: Method::Upload(upload), follow: false, ..Self::get(url) }
    }
    /// Whether a redirect of its answer may be followed at all: what changes something at the host goes nowhere else.
    pub(crate) fn may_follow(&self) -> bool {
        self.follow && matches!(self.method, Method::Get | Method::Head | Method::Post(_))
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
