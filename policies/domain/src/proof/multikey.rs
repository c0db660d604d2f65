//! Public keys in the one text form they have on the wire.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, VerifyingKey};

use super::error::{ProofError, shown};
use super::limits::MULTIKEY_BYTES_MAX;

/// The multicodec prefix of an Ed25519 public key (Controlled Identifiers v1.0, section 2.2.2).
const ED25519_PUB: [u8; 2] = [0xed, 0x01];

/// An Ed25519 public key as a Multikey, `z6Mk...`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Multikey(VerifyingKey);

impl Multikey {
    /// Reads a multikey; as [`FromStr`], under the name the specification uses.
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        let bad = || ProofError::BadKey { got: shown(text) };
        // Decoding base58 takes quadratic time, so the length is looked at first.
        let encoded = text.strip_prefix('z').filter(|rest| rest.len() < MULTIKEY_BYTES_MAX).ok_or_else(bad)?;
        let bytes = bs58::decode(encoded).into_vec().map_err(|_| bad())?;
        let key = bytes.strip_prefix(&ED25519_PUB).ok_or_else(bad)?;
        Self::from_bytes(key.try_into().map_err(|_| bad())?).ok_or_else(bad)
    }
    /// The key with these bytes (RFC 8032); `None` when they are no point, or one under which anyone could sign.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(bytes).ok()?;
        (is_canonical(bytes) && !key.is_weak()).then_some(Self(key))
    }
    /// The key's bytes (RFC 8032).
    pub fn to_bytes(self) -> [u8; 32] {
        self.0.to_bytes()
    }
    /// Whether `signature` is this key's over `message`; malleable signatures are refused.
    pub(crate) fn accepts(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

/// Whether the coordinate in a key is below the prime 2^255 - 19; otherwise one key would have two texts.
fn is_canonical(bytes: &[u8; 32]) -> bool {
    let [first, middle @ .., last] = bytes;
    *first < 0xed || last & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff)
}

impl fmt::Display for Multikey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&ED25519_PUB[..], self.0.as_bytes()].concat();
        write!(f, "z{}", bs58::encode(bytes).into_string())
    }
}

impl fmt::Debug for Multikey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Multikey {
    type Err = ProofError;
    fn from_str(text: &str) -> Result<Self, ProofError> {
        Self::parse(text)
    }
}

crate::text_form!(Multikey);
