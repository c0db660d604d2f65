//! The names of policies: slugs, digests, uses and ways of adopting.

use std::fmt;
use std::str::FromStr;

use crate::digest::Digest;
use crate::limits::WORD_BYTES_MAX;
use crate::text::BadWord;

/// A policy's short name on an instance; points to its newest revision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

impl Slug {
    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Slug {
    type Err = BadWord;
    fn from_str(text: &str) -> Result<Self, BadWord> {
        let rule = "use 1 to 64 of a-z, 0-9 and hyphen, beginning with a letter";
        let fine = text.len() <= WORD_BYTES_MAX
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fine { Ok(Self(text.to_owned())) } else { Err(BadWord::new("policy slug", text, rule)) }
    }
}

/// The SHA-256 of a policy's exact bytes: its identity everywhere; text form `sha256:<hex>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyDigest([u8; 32]);

impl PolicyDigest {
    /// The digest of a policy's bytes.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }
    /// The 32 bytes of the digest.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for PolicyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl FromStr for PolicyDigest {
    type Err = BadWord;
    fn from_str(text: &str) -> Result<Self, BadWord> {
        match text.parse() {
            Ok(Digest::Sha256(bytes)) => Ok(Self(bytes)),
            _ => Err(BadWord::new("policy digest", text, "write sha256: and 64 hexadecimal characters")),
        }
    }
}

/// A policy as a URL or API names it: `slug`, or `slug@sha256:...` for one revision for ever.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PolicyRef {
    /// The slug.
    pub slug: Slug,
    /// The pinned revision, when one is named.
    pub pinned: Option<PolicyDigest>,
}

impl fmt::Display for PolicyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pinned {
            Some(digest) => write!(f, "{}@{digest}", self.slug),
            None => write!(f, "{}", self.slug),
        }
    }
}

impl FromStr for PolicyRef {
    type Err = BadWord;
    fn from_str(text: &str) -> Result<Self, BadWord> {
        match text.split_once('@') {
            Some((slug, digest)) => Ok(Self { slug: slug.parse()?, pinned: Some(digest.parse()?) }),
            None => Ok(Self { slug: text.parse()?, pinned: None }),
        }
    }
}

/// What a release is used for; a policy may require different criteria of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Use {
    /// It runs in production.
    Runtime,
    /// It runs while building.
    Build,
    /// It runs on developers' machines only.
    Dev,
}

crate::word_enum!(Use, "use", { Runtime => "runtime", Build => "build", Dev => "dev" });

/// How an instance applies a policy it adopted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Adoption {
    /// What the policy withholds is withheld.
    Enforce,
    /// Everything is served; what would have been withheld is recorded.
    Observe,
}

crate::word_enum!(Adoption, "adoption", { Enforce => "enforce", Observe => "observe" });

crate::text_form!(Slug);
crate::text_form!(PolicyDigest);
crate::text_form!(PolicyRef);
