//! What can go wrong with blobs.

use std::path::Path;

use vetmoot_domain::Digests;

use crate::error::StoreError;

/// A failure of the blob store. Nothing half-written is ever left under a blob's name.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The disk is full.
    #[error("the disk of the blob store is full; nothing was kept; free some space or lower --blobs-max")]
    DiskFull {
        /// The system's own words.
        #[source]
        cause: std::io::Error,
    },
    /// The bytes are not the expected ones; they were thrown away.
    #[error("the bytes received are not the expected ones: {expected} was expected, {got} came")]
    Mismatch {
        /// The expected digest in text.
        expected: String,
        /// The same digest of what came.
        got: String,
        /// Every strong digest of what came.
        seen: Box<Digests>,
    },
    /// The writer was given up before.
    #[error("this blob was given up after an earlier failure")]
    GivenUp,
    /// The disk failed otherwise.
    #[error("{what} cannot be read or written: {cause}")]
    Io {
        /// What was to be read or written.
        what: String,
        /// The system's own words.
        #[source]
        cause: std::io::Error,
    },
    /// The object store failed.
    #[error("the blob store failed: {cause}")]
    Objects {
        /// Its own words.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The table of blobs failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BlobError {
    /// The stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DiskFull { .. } => "disk-full",
            Self::Mismatch { .. } => "digest-mismatch",
            Self::GivenUp => "blob-given-up",
            Self::Io { .. } => "blob-io",
            Self::Objects { .. } => "blob-store",
            Self::Store(error) => error.code(),
        }
    }
    /// Whether the disk is full.
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::DiskFull { .. } => true,
            Self::Store(error) => error.is_disk_full(),
            _ => false,
        }
    }
    pub(crate) fn io(what: &Path, cause: std::io::Error) -> Self {
        if is_full(&cause) { Self::DiskFull { cause } } else { Self::Io { what: what.display().to_string(), cause } }
    }
}

fn is_full(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded | std::io::ErrorKind::FileTooLarge
    )
}

impl From<object_store::Error> for BlobError {
    fn from(error: object_store::Error) -> Self {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(inner) = cause {
            if let Some(io) = inner.downcast_ref::<std::io::Error>().filter(|io| is_full(io)) {
                // The error itself cannot be taken out of the chain; its kind and words can.
                return Self::DiskFull { cause: std::io::Error::new(io.kind(), io.to_string()) };
            }
            cause = inner.source();
        }
        Self::Objects { cause: Box::new(error) }
    }
}
