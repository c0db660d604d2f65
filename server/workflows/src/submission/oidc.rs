//! A CI's OpenID Connect identity in place of a stored secret: trusted publishers, and the exchange for a short token.

mod identity;
mod issuer;
mod mint;
mod publisher;

pub use issuer::Issuers;
pub use mint::{Minted, Wanted, audience, audiences, give_back, mint};
pub use publisher::{NAMING, add, list, remove};
pub use vetmoot_storage::submission::publishers::PublisherRow;
