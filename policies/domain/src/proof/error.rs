//! Why a proof does not stand.

use super::limits::{DOCUMENT_BYTES_MAX, DOCUMENT_DEPTH_MAX};

/// Why a document's proof cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The text is not JSON.
    #[error("the document is not readable JSON: {cause}")]
    Unreadable {
        /// What the reader said, with line and column.
        cause: String,
    },
    /// An object names a member twice, so two readers could see two documents.
    #[error("the document names `{key}` twice in one object, so readers could differ about it")]
    DuplicateKey {
        /// The member, cut.
        key: String,
    },
    /// The document is not an object.
    #[error("the document is not a JSON object")]
    NotAnObject,
    /// The document is larger than the bound.
    #[error("the document is larger than {DOCUMENT_BYTES_MAX} bytes")]
    TooLarge,
    /// The document is nested deeper than the bound.
    #[error("the document is nested deeper than {DOCUMENT_DEPTH_MAX} levels")]
    TooDeep,
    /// A number is not the same in every JSON implementation.
    #[error("the number {number} in the document is not exact everywhere; write it as text")]
    NumberNotExact {
        /// The number.
        number: String,
    },
    /// There is no proof.
    #[error("the document carries no proof")]
    NoProof,
    /// The document carries a proof already, so none is added.
    #[error("the document carries a proof already")]
    AlreadySigned,
    /// The proof is of a kind not read here.
    #[error("the proof's {field} is not supported; `eddsa-jcs-2022` with one proof for assertions is")]
    Unsupported {
        /// The field that says so.
        field: &'static str,
    },
    /// A field of the proof is missing or of the wrong form.
    #[error("the proof's {field} is missing or malformed")]
    Malformed {
        /// The field at fault.
        field: &'static str,
    },
    /// The proof was made for another `@context` than the document has.
    #[error("the proof's @context is not that of the document")]
    ContextMismatch,
    /// A text is no Ed25519 multikey.
    #[error("`{got}` is not an Ed25519 multikey; it begins with z6Mk and has 48 characters")]
    BadKey {
        /// What was found, cut.
        got: String,
    },
    /// An envelope holds something else than what is asked for.
    #[error("the envelope's payload is of type `{got}`, which is not read here")]
    OtherPayload {
        /// The type it says, cut.
        got: String,
    },
    /// The signature does not fit document and key.
    #[error("the signature does not fit: document, proof or key is another than at signing")]
    SignatureWrong,
    /// The statement and its verification method are at different origins.
    #[error("the statement's id and its verification method are not of one origin")]
    ForeignMethod,
    /// The named actor does not list the verification method.
    #[error("the actor does not list the key the proof names")]
    KeyNotOfActor,
    /// The proof is dated after the key was retired, or before it came into use.
    #[error("the proof is dated outside the time of its key")]
    OutsideKeyTime,
}

impl ProofError {
    /// The stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::DuplicateKey { .. } => "duplicate-key",
            Self::NotAnObject => "not-an-object",
            Self::TooLarge => "too-large",
            Self::TooDeep => "too-deep",
            Self::NumberNotExact { .. } => "number-not-exact",
            Self::NoProof => "no-proof",
            Self::AlreadySigned => "already-signed",
            Self::Unsupported { .. } => "unsupported-proof",
            Self::Malformed { .. } => "malformed-proof",
            Self::ContextMismatch => "context-mismatch",
            Self::BadKey { .. } => "bad-key",
            Self::OtherPayload { .. } => "other-payload",
            Self::SignatureWrong => "signature-wrong",
            Self::ForeignMethod => "foreign-method",
            Self::KeyNotOfActor => "key-not-of-actor",
            Self::OutsideKeyTime => "outside-key-time",
        }
    }
}

/// A foreign text cut to what may stand in an error.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}
