//! Bounds on documents whose proof is looked at.

/// Largest document, in bytes, as read and as canonical form.
pub const DOCUMENT_BYTES_MAX: usize = 1024 * 1024;
/// Deepest nesting of objects and arrays in a document.
pub const DOCUMENT_DEPTH_MAX: usize = 32;
/// Longest text of a public key; an Ed25519 multikey has 48 characters.
pub const MULTIKEY_BYTES_MAX: usize = 64;
/// Longest text of a signature; 64 bytes in base58 have at most 88 characters and a prefix.
pub const PROOF_VALUE_BYTES_MAX: usize = 96;
/// Longest verification method, in bytes.
pub const METHOD_BYTES_MAX: usize = 2_048;
/// Most keys read of one actor document.
pub const ACTOR_KEYS_MAX: usize = 64;
/// Largest whole number that every JSON implementation keeps exact (RFC 7493 section 2.2).
pub const INTEGER_MAX: u64 = 9_007_199_254_740_991;
/// Most signatures looked at in one envelope.
pub const ENVELOPE_SIGNATURES_MAX: usize = 8;
/// Longest type of an envelope's payload, in bytes.
pub const PAYLOAD_TYPE_BYTES_MAX: usize = 256;
