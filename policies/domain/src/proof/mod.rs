//! Proofs of statements: `eddsa-jcs-2022` (W3C Data Integrity EdDSA Cryptosuites v1.0, section 3.3), verified purely.
//!
//! A proof signs the SHA-256 of its own canonical configuration followed by the SHA-256 of the canonical document
//! without it; canonical means RFC 8785. Who holds the key is asked elsewhere: [`verify`] is given a key,
//! [`verify_statement`] a pin.

mod document;
pub mod dsse;
mod error;
mod integrity;
pub mod limits;
mod multikey;
mod statement;
#[cfg(test)]
mod tests;

pub use document::{canonical, parse};
pub use error::ProofError;
pub use integrity::{Claim, Verified, claim, signing_input, verify};
pub use multikey::Multikey;
pub use statement::host_of;
pub(crate) use statement::origin;
pub use statement::{ActorKey, Check, Pin, actor_keys, verify_statement};
