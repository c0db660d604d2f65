//! A message of somebody else and what its signature claims, whichever scheme it is in.

use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, Public};
use openssl::sign::Verifier;
use vetmoot_domain::Timestamp;
use vetmoot_outbound::Origin;

use super::fields::Fields;
use super::{Scheme, SignatureError, cavage, rfc9421};

/// A message as it came in.
pub struct Message<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// Path and query, as they came.
    pub target: &'a str,
    /// Where we are: a message for anybody else is refused. Its own `Host` field is not asked.
    pub origin: &'a Origin,
    /// The SHA-256 of the body as it came; none for a message without one.
    pub body_sha256: Option<[u8; 32]>,
}

/// What a signature claims, with everything checked that needs no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The id of the key it was made with.
    pub key_id: String,
    /// The scheme it came in.
    pub scheme: Scheme,
    pub(super) algorithm: Option<Algorithm>,
    pub(super) base: String,
    pub(super) signature: Vec<u8>,
}

/// How a signature is made. What a message says of it must fit the key's kind; it never chooses the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// Ed25519.
    Ed25519,
}

/// Reads the one signature of a message and checks coverage, window, host and digest.
///
/// Demanded of a message with a body: method and target, our host, a time of signing and the digest of the body, all
/// covered. `fields` are names in lower case with their values.
pub fn read<'a>(
    message: &Message<'_>,
    fields: impl Iterator<Item = (&'a str, &'a [u8])>,
    now: Timestamp,
) -> Result<Claim, SignatureError> {
    let fields = Fields::new(fields);
    // With both schemes in one message a reader of the one would pass over what the other says.
    match (fields.only("signature-input")?, fields.only("signature")?) {
        (_, None) => Err(SignatureError::Missing),
        (Some(input), Some(signature)) => rfc9421::read(message, &fields, input, signature, now),
        (None, Some(signature)) => cavage::read(message, &fields, signature, now),
    }
}

/// The id of the key a message names, before anything of it is checked: to turn away at once who is blocked.
pub fn named_key<'a>(fields: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<&'a str, SignatureError> {
    let fields = Fields::new(fields);
    match (fields.only("signature-input")?, fields.only("signature")?) {
        (_, None) => Err(SignatureError::Missing),
        (Some(input), Some(_)) => rfc9421::named_key(input),
        (None, Some(signature)) => cavage::named_key(signature),
    }
}

impl Claim {
    /// Whether the signature was made with this key.
    pub fn stands(&self, key: &PKey<Public>) -> Result<(), SignatureError> {
        let made_with = match key.id() {
            Id::RSA => Algorithm::RsaSha256,
            Id::ED25519 => Algorithm::Ed25519,
            _ => return Err(SignatureError::Algorithm),
        };
        if self.algorithm.is_some_and(|claimed| claimed != made_with) {
            return Err(SignatureError::Algorithm);
        }
        let verifier = match made_with {
            Algorithm::RsaSha256 => Verifier::new(MessageDigest::sha256(), key),
            Algorithm::Ed25519 => Verifier::new_without_digest(key),
        };
        // What the library finds malformed is wrong like any other.
        let stands = verifier.and_then(|mut verifier| verifier.verify_oneshot(&self.signature, self.base.as_bytes()));
        if stands.unwrap_or(false) { Ok(()) } else { Err(SignatureError::Wrong) }
    }
}
