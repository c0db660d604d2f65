//! Digests: what makes an artifact the same artifact everywhere.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use serde::{Deserialize, Serialize};

use crate::text::BadWord;

/// A strong digest of an artifact's bytes; text form `sha256:<hex>` or `sha512:<hex>`.
///
/// SHA-1 has no place here: alone it matches nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Digest {
    /// SHA-256.
    Sha256([u8; 32]),
    /// SHA-512, as npm's `integrity` carries it.
    Sha512(Box<[u8; 64]>),
}

impl Digest {
    /// The algorithm's name as it stands before the colon.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Sha256(_) => "sha256",
            Self::Sha512(_) => "sha512",
        }
    }
    /// The digest's bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Sha256(bytes) => bytes,
            Self::Sha512(bytes) => bytes.as_slice(),
        }
    }
    /// The digest in lower-case hexadecimal, without the algorithm.
    pub fn hex(&self) -> String {
        data_encoding::HEXLOWER.encode(self.bytes())
    }
    /// A SHA-256 from 64 hexadecimal characters.
    pub fn sha256_hex(hex: &str) -> Result<Self, BadWord> {
        format!("sha256:{hex}").parse()
    }
    /// The SHA-512 in a Subresource Integrity text such as npm's `dist.integrity`; the first one of several.
    pub fn from_integrity(integrity: &str) -> Option<Self> {
        let encoded = integrity.split_whitespace().find_map(|part| part.strip_prefix("sha512-"))?;
        let bytes = BASE64.decode(encoded.split('?').next()?.as_bytes()).ok()?;
        Some(Self::Sha512(Box::new(bytes.try_into().ok()?)))
    }
    /// The Subresource Integrity text of this digest.
    pub fn integrity(&self) -> String {
        format!("{}-{}", self.algorithm(), BASE64.encode(self.bytes()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm(), self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Digest {
    type Err = BadWord;
    fn from_str(text: &str) -> Result<Self, BadWord> {
        let bad = || BadWord::new("digest", text, "write sha256: and 64, or sha512: and 128, hexadecimal characters");
        let (algorithm, hex) = text.split_once(':').ok_or_else(bad)?;
        let bytes = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).map_err(|_| bad())?;
        match algorithm {
            "sha256" => bytes.try_into().map(Self::Sha256).map_err(|_| bad()),
            "sha512" => bytes.try_into().map(|bytes| Self::Sha512(Box::new(bytes))).map_err(|_| bad()),
            _ => Err(bad()),
        }
    }
}

crate::text_form!(Digest);

/// Every digest known of one artifact, at most one an algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub struct Digests {
    /// The SHA-256, when known.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare_hex::sha256")]
    pub sha256: Option<[u8; 32]>,
    /// The SHA-512, when known.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare_hex::sha512")]
    pub sha512: Option<Box<[u8; 64]>>,
}

impl Digests {
    /// Digests holding just one.
    pub fn of(digest: Digest) -> Self {
        let mut digests = Self::default();
        digests.add(digest);
        digests
    }
    /// Adds or replaces the digest of its algorithm.
    pub fn add(&mut self, digest: Digest) {
        match digest {
            Digest::Sha256(bytes) => self.sha256 = Some(bytes),
            Digest::Sha512(bytes) => self.sha512 = Some(bytes),
        }
    }
    /// Whether nothing strong is known.
    pub fn is_empty(&self) -> bool {
        self.sha256.is_none() && self.sha512.is_none()
    }
    /// The digests, SHA-256 first.
    pub fn iter(&self) -> impl Iterator<Item = Digest> + '_ {
        let short = self.sha256.map(Digest::Sha256);
        let long = self.sha512.clone().map(Digest::Sha512);
        short.into_iter().chain(long)
    }
    /// Whether `digest` is one of these.
    pub fn has(&self, digest: &Digest) -> bool {
        match digest {
            Digest::Sha256(bytes) => self.sha256.as_ref() == Some(bytes),
            Digest::Sha512(bytes) => self.sha512.as_ref() == Some(bytes),
        }
    }
    /// Whether some algorithm both sides know gives different digests.
    pub fn contradicts(&self, other: &Self) -> bool {
        let differs = |a: Option<&[u8]>, b: Option<&[u8]>| matches!((a, b), (Some(a), Some(b)) if a != b);
        differs(self.sha256.as_ref().map(|d| &d[..]), other.sha256.as_ref().map(|d| &d[..]))
            || differs(self.sha512.as_ref().map(|d| &d[..]), other.sha512.as_ref().map(|d| &d[..]))
    }
    /// Adds what `other` knows and this does not.
    pub fn learn(&mut self, other: &Self) {
        if self.sha256.is_none() {
            self.sha256 = other.sha256;
        }
        if self.sha512.is_none() {
            self.sha512.clone_from(&other.sha512);
        }
    }
}

/// Digests inside an object keyed by algorithm are bare hexadecimal, as the decision API shows them.
mod bare_hex {
    macro_rules! bare {
        ($name:ident, $type:ty, $make:expr) => {
            pub mod $name {
                use serde::{Deserialize, Deserializer, Serializer};
                pub fn serialize<S: Serializer>(value: &Option<$type>, s: S) -> Result<S::Ok, S::Error> {
                    match value {
                        Some(bytes) => s.serialize_str(&data_encoding::HEXLOWER.encode(&bytes[..])),
                        None => s.serialize_none(),
                    }
                }
                pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<$type>, D::Error> {
                    let Some(text) = Option::<String>::deserialize(d)? else { return Ok(None) };
                    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(serde::de::Error::custom)?;
                    $make(bytes).map(Some).map_err(|_| serde::de::Error::custom("wrong length of digest"))
                }
            }
        };
    }
    bare!(sha256, [u8; 32], |bytes: Vec<u8>| <[u8; 32]>::try_from(bytes));
    bare!(sha512, Box<[u8; 64]>, |bytes: Vec<u8>| <[u8; 64]>::try_from(bytes).map(Box::new));
}
