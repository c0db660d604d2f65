//! Who has keys, for what, and what of them is public.

use std::fmt;

use serde::{Deserialize, Serialize};
use vetmoot_domain::Timestamp;
use vetmoot_domain::proof::Multikey;

/// Whose keys: a name that stays for ever, such as `community` or `users/ada`; it need not be an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyOwner(String);

impl KeyOwner {
    /// The owner of this name; any text will do, its file is named by a digest.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a key is for; each owner has at most one key in use for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Signing statements: Ed25519.
    Statement,
    /// Signing HTTP messages: RSA, which every server of the fediverse verifies.
    HttpMessage,
    /// Signing checkpoints of the transparency log: Ed25519.
    Checkpoint,
}

impl Purpose {
    /// The word for this purpose.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Statement => "statement",
            Self::HttpMessage => "http-message",
            Self::Checkpoint => "checkpoint",
        }
    }
}

/// The public half of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// Ed25519.
    Ed25519(Multikey),
    /// RSA, as PEM of a SubjectPublicKeyInfo, the form ActivityPub's `publicKeyPem` has.
    Rsa(String),
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ed25519(key) => write!(f, "{key}"),
            Self::Rsa(pem) => f.write_str(pem),
        }
    }
}

/// What may be shown of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeyInfo {
    /// Its number among the owner's keys, from 1; never used again.
    pub serial: u32,
    /// What it is for.
    pub purpose: Purpose,
    /// The public half.
    pub public: PublicKey,
    /// When it came into use.
    pub from: Timestamp,
    /// When it was retired; the private half is gone since then.
    pub until: Option<Timestamp>,
}

impl PublicKeyInfo {
    /// Whether it is in use.
    pub fn is_current(&self) -> bool {
        self.until.is_none()
    }
}
