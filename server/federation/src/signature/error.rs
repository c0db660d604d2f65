//! Why a signature is not believed.

/// Why a signature is not believed. None of these is told apart by its answer's status; the code tells programs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no `Signature`.
    #[error("the message is not signed; sign it as draft-cavage-http-signatures or RFC 9421 say")]
    Missing,
    /// A field of the signature cannot be read.
    #[error("the signature cannot be read: {0}")]
    Unreadable(&'static str),
    /// A field comes twice.
    #[error("the field `{0}` comes more than once; send it once")]
    Twice(String),
    /// Something that has to be signed is not.
    #[error("the signature does not cover {0}; sign it too")]
    NotCovered(&'static str),
    /// Something is said to be signed and is not there.
    #[error("the signature covers `{0}`, which is not there or not read here")]
    Absent(String),
    /// It is meant for another server.
    #[error("the message was signed for another host than this one")]
    OtherHost,
    /// It is too old.
    #[error("the signature has expired; check the clock and sign again")]
    Expired,
    /// It was made in the future.
    #[error("the signature is dated in the future; check the clock")]
    Future,
    /// An algorithm that is not read here.
    #[error("the signature's algorithm is not one read here; use RSA with SHA-256 or Ed25519")]
    Algorithm,
    /// The digest field is of no use.
    #[error("the digest of the body is of no use: {0}; send the SHA-256 of the body as sent")]
    Digest(&'static str),
    /// The digest is not that of the body.
    #[error("the digest is not that of the body")]
    DigestMismatch,
    /// It was not made with the key it names.
    #[error("the signature was not made with the key it names")]
    Wrong,
}

impl SignatureError {
    /// The stable code for programs and counters.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "not-signed",
            Self::Unreadable(_) => "signature-unreadable",
            Self::Twice(_) => "field-twice",
            Self::NotCovered(_) => "not-covered",
            Self::Absent(_) => "covered-field-absent",
            Self::OtherHost => "other-host",
            Self::Expired => "signature-expired",
            Self::Future => "signature-in-the-future",
            Self::Algorithm => "signature-algorithm",
            Self::Digest(_) => "digest-unusable",
            Self::DigestMismatch => "digest-mismatch",
            Self::Wrong => "signature-wrong",
        }
    }
}
