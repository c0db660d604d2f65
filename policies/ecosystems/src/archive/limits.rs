//! The bounds of one reading of an archive, which a caller may set tighter than the crate's.

use crate::limits::{
    ARCHIVE_ENTRIES_MAX, ARCHIVE_MANIFEST_BYTES_MAX, ARCHIVE_ONE_FILE_BYTES_MAX, ARCHIVE_RATIO_FREE_BYTES, ARCHIVE_RATIO_MAX,
    ARCHIVE_UNPACKED_BYTES_MAX,
};

/// The bounds that may be set tighter than their constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most unpacked bytes.
    pub unpacked_bytes: u64,
    /// Most entries.
    pub entries: usize,
    /// Unpacked bytes below which the ratio is not looked at.
    pub ratio_free_bytes: u64,
    /// Most unpacked bytes for one packed byte.
    pub ratio: u64,
    /// Longest manifest, in bytes.
    pub manifest_bytes: u64,
    /// Longest single file handed out, in bytes.
    pub one_file_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            unpacked_bytes: ARCHIVE_UNPACKED_BYTES_MAX,
            entries: ARCHIVE_ENTRIES_MAX,
            ratio_free_bytes: ARCHIVE_RATIO_FREE_BYTES,
            ratio: ARCHIVE_RATIO_MAX,
            manifest_bytes: ARCHIVE_MANIFEST_BYTES_MAX,
            one_file_bytes: ARCHIVE_ONE_FILE_BYTES_MAX,
        }
    }
}
