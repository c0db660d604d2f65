//! Why a lock file cannot be read at all.

use crate::limits::{LOCK_BYTES_MAX, LOCK_DEPTH_MAX, LOCK_ENTRIES_MAX};

/// Why a lock file cannot be read at all; [`LockError::code`] is stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Neither name nor content is that of a lock file known here.
    #[error("`{name}` is no lock file known here; known are Cargo.lock, requirements.txt, uv.lock and package-lock.json")]
    UnknownKind {
        /// The file's name, cut at 120 characters.
        name: String,
    },
    /// It is longer than any real one.
    #[error("the lock file has {0} bytes; at most {LOCK_BYTES_MAX} are read")]
    TooLong(usize),
    /// It is not UTF-8.
    #[error("the lock file is not UTF-8")]
    Encoding,
    /// It has more entries than any real one.
    #[error("the lock file has more than {LOCK_ENTRIES_MAX} entries")]
    TooMany,
    /// Its entries are nested too deeply.
    #[error("the lock file nests dependencies more than {LOCK_DEPTH_MAX} deep")]
    TooDeep,
    /// Its format has a version that is not known.
    #[error("the lock file has version {version}; known are {known}")]
    Version {
        /// The version it gives.
        version: String,
        /// The versions known.
        known: &'static str,
    },
    /// It is not the document it should be.
    #[error("line {line}: {why}")]
    Syntax {
        /// The line, counted from 1.
        line: u32,
        /// What the reader said, cut at 200 characters.
        why: String,
    },
    /// It pins two digests for the same file of a release.
    #[error("line {line}: `{release}` is pinned to another digest than on line {first}")]
    Contradiction {
        /// The release.
        release: String,
        /// The line of the first digest.
        first: u32,
        /// The line of the other.
        line: u32,
    },
}

impl LockError {
    /// The stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownKind { .. } => "lock-file-unknown",
            Self::TooLong(_) => "lock-file-too-long",
            Self::Encoding => "lock-file-encoding",
            Self::TooMany => "lock-file-too-many-entries",
            Self::TooDeep => "lock-file-too-deep",
            Self::Version { .. } => "lock-file-version",
            Self::Syntax { .. } => "lock-file-syntax",
            Self::Contradiction { .. } => "lock-file-contradiction",
        }
    }

    /// A syntax error with the reader's words cut to a sane length.
    pub(super) fn syntax(line: u32, why: &str) -> Self {
        Self::Syntax { line, why: why.chars().take(200).collect() }
    }
}
