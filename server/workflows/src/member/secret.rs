//! Secrets handed out once: the database keeps their SHA-256 alone.

use sha2::{Digest as _, Sha256};

use crate::problem::{Kind, Problem};

/// What every secret made here begins with, so that scanners and people recognise it.
pub const PREFIX: &str = "vm_";

/// A new secret of 256 random bits.
pub fn new() -> Result<String, Problem> {
    vetmoot_keys::random_token()
        .map(|random| format!("{PREFIX}{random}"))
        .map_err(|error| Problem::new(Kind::Internal, "no-randomness", "no secret could be made").because(error))
}

/// What the database keeps of a secret. It has 256 bits of its own, so no slow hash is needed.
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
