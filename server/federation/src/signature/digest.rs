//! Digests of bodies: `Digest` (RFC 3230) and `Content-Digest` (RFC 9530), compared in constant time.

use data_encoding::BASE64;
use openssl::sha::sha256;

use super::SignatureError;

/// The SHA-256 of a body, in base64: worked out once, however many get the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyDigest(String);

impl BodyDigest {
    /// The digest of these bytes.
    pub fn of(body: &[u8]) -> Self {
        Self(BASE64.encode(&sha256(body)))
    }
    /// The `Digest` field.
    pub(super) fn cavage(&self) -> String {
        format!("SHA-256={}", self.0)
    }
    /// The `Content-Digest` field.
    pub(super) fn rfc9530(&self) -> String {
        format!("sha-256=:{}:", self.0)
    }
}

/// Checks a `Digest` field against the body's SHA-256; other algorithms beside it are passed over.
pub(super) fn check_cavage(field: &str, sha256: &[u8; 32]) -> Result<(), SignatureError> {
    check(field, |value| Some(value.trim()), sha256)
}

/// Checks a `Content-Digest` field against the body's SHA-256; other algorithms beside it are passed over.
pub(super) fn check_rfc9530(field: &str, sha256: &[u8; 32]) -> Result<(), SignatureError> {
    check(field, |value| value.trim().strip_prefix(':')?.strip_suffix(':'), sha256)
}

fn check(field: &str, open: fn(&str) -> Option<&str>, sha256: &[u8; 32]) -> Result<(), SignatureError> {
    let mut found = None;
    for part in field.split(',') {
        let (name, value) = part.split_once('=').ok_or(SignatureError::Digest("it cannot be read"))?;
        if !name.trim().eq_ignore_ascii_case("sha-256") {
            continue;
        }
        if found.replace(value).is_some() {
            return Err(SignatureError::Digest("it names SHA-256 twice"));
        }
    }
    let value = found.ok_or(SignatureError::Digest("it holds no SHA-256"))?;
    let claimed = open(value).and_then(|text| BASE64.decode(text.as_bytes()).ok());
    let claimed = claimed.filter(|claimed| claimed.len() == sha256.len());
    let claimed = claimed.ok_or(SignatureError::Digest("it cannot be read"))?;
    if openssl::memcmp::eq(&claimed, sha256) { Ok(()) } else { Err(SignatureError::DigestMismatch) }
}
