//! Signatures of HTTP messages: draft-cavage and RFC 9421, made with openssl and verified strictly.
//!
//! [`sign`] makes the fields of a message of ours. [`read`] reads what a message of somebody else claims and checks
//! everything that needs no key: what is covered, when it was made, that the body is the one signed. [`Claim::stands`]
//! then asks whether it was made with a key. Both schemes end in one [`Claim`], and what is not demanded is refused.

mod cavage;
mod digest;
mod error;
mod fields;
mod message;
mod rfc9421;
mod sign;
mod structured;
mod window;

pub use digest::BodyDigest;
pub use error::SignatureError;
pub use message::{Algorithm, Claim, Message, named_key, read};
pub use sign::{sign, sign_with};

/// How a message is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// draft-cavage-http-signatures-12, which every server of the fediverse reads.
    Cavage,
    /// RFC 9421.
    Rfc9421,
}

vetmoot_domain::word_enum!(Scheme, "signature scheme", { Cavage => "cavage", Rfc9421 => "rfc9421" });
