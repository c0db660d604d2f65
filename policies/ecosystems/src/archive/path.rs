//! What a path inside an archive may be: relative, plain, and there once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::error::{ArchiveError, cut};
use crate::limits::{ARCHIVE_PATH_BYTES_MAX, ARCHIVE_PATHS_BYTES_MAX};

/// The path as text without a folder's closing slash; refuses whatever could leave the folder it is unpacked into.
pub(super) fn checked(bytes: &[u8]) -> Result<&str, ArchiveError> {
    if bytes.len() > ARCHIVE_PATH_BYTES_MAX {
        return Err(ArchiveError::PathTooLong(bytes.len()));
    }
    let shown = || cut(&String::from_utf8_lossy(bytes));
    let path = std::str::from_utf8(bytes).map_err(|_| ArchiveError::PathEncoding(shown()))?;
    if path.contains('\\') {
        return Err(ArchiveError::Backslash(shown()));
    }
    if path.chars().any(char::is_control) {
        return Err(ArchiveError::PathControl(shown()));
    }
    // npm drops the first folder, and then whatever looks like a drive, on every system.
    let is_drive = |part: &str| matches!(part.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    if path.starts_with('/') || path.split('/').any(is_drive) {
        return Err(ArchiveError::AbsolutePath(shown()));
    }
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(ArchiveError::PathParts(shown()));
    }
    Ok(path)
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    /// A folder that other paths imply.
    Implied,
    /// A folder with an entry of its own.
    Folder,
}

/// Every path seen so far, so that none comes twice and no file is a folder too.
#[derive(Debug, Default)]
pub(super) struct Paths {
    seen: HashMap<String, Kind>,
    bytes: usize,
}

impl Paths {
    /// Takes in a file or folder with all the folders above it.
    pub(super) fn add(&mut self, path: &str, is_folder: bool, entries_max: usize) -> Result<(), ArchiveError> {
        let too_many = || ArchiveError::TooManyEntries(entries_max);
        let twice = |path: &str| ArchiveError::DuplicateName(cut(path));
        for (at, _) in path.match_indices('/') {
            let parent = path.get(..at).unwrap_or_default();
            match self.seen.get(parent) {
                Some(Kind::File) => return Err(twice(parent)),
                Some(_) => {}
                None => {
                    self.bytes += parent.len();
                    self.seen.insert(parent.to_owned(), Kind::Implied);
                }
            }
        }
        self.bytes += path.len();
        match self.seen.entry(path.to_owned()) {
            Entry::Vacant(free) => {
                free.insert(if is_folder { Kind::Folder } else { Kind::File });
            }
            Entry::Occupied(mut taken) if is_folder && *taken.get() == Kind::Implied => {
                taken.insert(Kind::Folder);
            }
            Entry::Occupied(_) => return Err(twice(path)),
        }
        if self.bytes > ARCHIVE_PATHS_BYTES_MAX || self.seen.len() > entries_max.saturating_mul(4) {
            return Err(too_many());
        }
        Ok(())
    }
}
