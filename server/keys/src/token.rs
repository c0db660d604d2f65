//! Randomness, tokens and comparisons that tell nothing by their time.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use openssl::error::ErrorStack;
use openssl::sha::sha256;

use crate::error::KeysError;
use crate::limits::TOKEN_BYTES;

/// Random bytes from the crypto library.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], ErrorStack> {
    let mut bytes = [0; N];
    openssl::rand::rand_bytes(&mut bytes)?;
    Ok(bytes)
}

/// A secret for a link or an API: 256 random bits as 43 characters of `A-Za-z0-9_-`.
pub fn random_token() -> Result<String, KeysError> {
    Ok(BASE64URL_NOPAD.encode(&random::<TOKEN_BYTES>()?))
}

/// An id or a salt nobody can guess: 128 random bits.
pub fn random_id_128() -> Result<[u8; 16], KeysError> {
    Ok(random::<16>()?)
}

/// What is stored of a token: its SHA-256 in hexadecimal. Tokens are random and long, so nothing slower is needed.
pub fn hash_token(token: &str) -> String {
    HEXLOWER.encode(&sha256(token.as_bytes()))
}

/// Whether two byte strings are equal, in a time that depends on their lengths alone.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && openssl::memcmp::eq(a, b)
}
