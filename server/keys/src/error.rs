//! What can go wrong with keys; no message ever holds a secret.

use std::path::{Path, PathBuf};

use vetmoot_domain::log::LogError;
use vetmoot_domain::proof::ProofError;

use crate::limits::{KEYS_PER_OWNER_MAX, MASTER_BYTES_MAX, MASTER_BYTES_MIN, PROOF_INPUT_BYTES, SECRET_BYTES_MAX};

/// Why a key cannot be made, read or used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file or folder cannot be read or written.
    #[error("{path} cannot be read or written: {cause}")]
    Storage {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A key file is not what this crate writes.
    #[error("{path} is not a key file of this server: {cause}; restore it from a backup")]
    Damaged {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The master secret has an unusable length.
    #[error("the master secret must have {MASTER_BYTES_MIN} to {MASTER_BYTES_MAX} bytes")]
    MasterLength,
    /// Keys were sealed before, but the secret they were sealed under is gone.
    #[error("{path} is missing although there are keys; restore it from a backup or configure the master secret")]
    MasterMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// Others on the machine can read the master secret.
    #[error("{path} can be read by others; run `chmod 600` on it, or configure the master secret elsewhere")]
    MasterExposed {
        /// The file.
        path: PathBuf,
    },
    /// The keys were sealed under another master secret.
    #[error("the master secret does not open the keys in {path}; configure the one they were made with")]
    WrongMaster {
        /// A file it does not open.
        path: PathBuf,
    },
    /// The owner has no key for this.
    #[error("{owner} has no key for this purpose yet")]
    NoKey {
        /// Whose key was asked for.
        owner: String,
    },
    /// There is no secret of this name.
    #[error("the vault holds no secret called {name}; add it again")]
    NoSecret {
        /// The name.
        name: String,
    },
    /// A secret is empty, longer than any credential, or holds what cannot stand in a header.
    #[error("a secret has 1 to {SECRET_BYTES_MAX} visible bytes, without spaces or line ends inside")]
    BadSecret,
    /// The text could be taken for the input of a proof.
    #[error("a text is signed only when it is longer than {PROOF_INPUT_BYTES} bytes")]
    ShortText,
    /// The owner has collected too many keys.
    #[error("{owner} has {KEYS_PER_OWNER_MAX} keys already, retired ones included")]
    TooManyKeys {
        /// The owner.
        owner: String,
    },
    /// The document cannot carry a proof.
    #[error("the statement cannot be signed: {0}")]
    Unsignable(#[from] ProofError),
    /// The text cannot be a signed note, or the name no signer's.
    #[error("the note cannot be signed: {0}")]
    Note(#[from] LogError),
    /// The crypto library failed.
    #[error("the crypto library failed: {0}")]
    Crypto(#[from] openssl::error::ErrorStack),
}

impl KeysError {
    /// The stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Storage { .. } => "storage",
            Self::Damaged { .. } => "damaged-key-file",
            Self::MasterLength => "master-length",
            Self::MasterMissing { .. } => "master-missing",
            Self::MasterExposed { .. } => "master-exposed",
            Self::WrongMaster { .. } => "wrong-master",
            Self::NoKey { .. } => "no-key",
            Self::NoSecret { .. } => "no-secret",
            Self::BadSecret => "bad-secret",
            Self::ShortText => "short-text",
            Self::TooManyKeys { .. } => "too-many-keys",
            Self::Unsignable(_) => "unsignable",
            Self::Note(_) => "unsignable-note",
            Self::Crypto(_) => "crypto",
        }
    }
}

/// Makes an error about `path` out of the system's.
pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> KeysError {
    let path = path.to_owned();
    move |cause| KeysError::Storage { path, cause }
}
