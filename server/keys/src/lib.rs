//! Private keys never leave here: statements and messages are signed with openssl, keys lie encrypted on disk.
//!
//! A [`Keyring`] keeps one file an owner under `DIR/keys`, sealed under a [`MasterSecret`]. Its calls read and write
//! files, and making an RSA key takes a good part of a second: call them where blocking is allowed.

mod error;
mod file;
mod jws;
mod keyring;
pub mod limits;
mod master;
mod owner;
mod pair;
mod seal;
#[cfg(test)]
mod tests;
mod token;
mod vault;

pub use error::KeysError;
pub use jws::{Jwk, JwsAlgorithm};
pub use keyring::Keyring;
pub use master::MasterSecret;
pub use owner::{KeyOwner, PublicKey, PublicKeyInfo, Purpose};
pub use token::{hash_token, random_id_128, random_token, same};
pub use vault::Vault;
