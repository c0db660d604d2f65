//! One way through every kind of archive: entry by entry, each seen once, nothing written anywhere.

use std::io::Read;

use super::error::ArchiveError;
use super::limits::Limits;
use super::meter::Meter;
use super::{ArchiveKind, tar, zip};

/// One file or folder of an archive, its path already checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    /// The path as the archive has it, without a closing slash.
    pub path: &'a str,
    /// Bytes of the file; 0 for a folder.
    pub size: u64,
    /// Whether somebody may execute it.
    pub executable: bool,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// What is done with each entry; the reader yields exactly the file's bytes and need not be read to its end.
pub(super) type OnEntry<'f> = dyn FnMut(&Entry<'_>, &mut dyn Read) -> Result<(), ArchiveError> + 'f;

/// Goes through all entries in the archive's order.
pub(super) fn walk(kind: ArchiveKind, bytes: &[u8], limits: &Limits, on_entry: &mut OnEntry<'_>) -> Result<(), ArchiveError> {
    let mut meter = Meter::new(bytes.len(), limits);
    let begins_like_zip = bytes.starts_with(b"PK");
    match kind {
        ArchiveKind::Crate | ArchiveKind::Tgz => tar::walk(bytes, &mut meter, on_entry),
        // Old source distributions are zip files.
        ArchiveKind::Sdist if begins_like_zip => zip::walk(bytes, &mut meter, on_entry),
        ArchiveKind::Sdist => tar::walk(bytes, &mut meter, on_entry),
        ArchiveKind::Wheel => zip::walk(bytes, &mut meter, on_entry),
    }
}
