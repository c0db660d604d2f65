//! Every bound of this crate, in one place.

/// Shortest master secret, in bytes.
pub const MASTER_BYTES_MIN: usize = 32;
/// Longest master secret, in bytes.
pub const MASTER_BYTES_MAX: usize = 4_096;
/// Most keys one owner collects, retired ones included.
pub const KEYS_PER_OWNER_MAX: usize = 1_000;
/// Largest key file read, in bytes; a key takes up to some 3 kB.
pub const KEY_FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Owners whose opened keys are kept in memory; beyond that all are forgotten and read again when needed.
pub const OWNERS_CACHED_MAX: usize = 4_096;
/// Size of RSA keys, in bits; what the fediverse accepts everywhere.
pub const RSA_BITS: u32 = 2_048;
/// Length of what the proof of a statement signs, in bytes: two SHA-256 one after the other.
pub const PROOF_INPUT_BYTES: usize = 64;
/// Random bytes in a token.
pub const TOKEN_BYTES: usize = 32;
/// Longest secret in the vault, in bytes; no index makes tokens near this length.
pub const SECRET_BYTES_MAX: usize = 4_096;
/// Largest file of the vault read, in bytes.
pub const VAULT_FILE_BYTES_MAX: u64 = 16 * 1024;
/// Smallest RSA key of an issuer of identities that is believed, in bits.
pub const JWK_RSA_BITS_MIN: usize = 2_048;
/// Largest RSA key of an issuer of identities that is reckoned with, in bits.
pub const JWK_RSA_BITS_MAX: usize = 8_192;
