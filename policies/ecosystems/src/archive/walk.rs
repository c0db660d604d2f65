//! One way through every kind of archive: entry by entry, each seen once, nothing written anywhere.

use std::io::{Read, Seek, SeekFrom};

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

/// Where an archive's bytes come from: an open file, or memory. Only small parts of it are ever held at once.
pub trait Source: Read + Seek {}

impl<T: Read + Seek> Source for T {}

/// Goes through all entries in the archive's order.
pub(super) fn walk(
    kind: ArchiveKind,
    source: &mut dyn Source,
    limits: &Limits,
    on_entry: &mut OnEntry<'_>,
) -> Result<(), ArchiveError> {
    let length = place(source, SeekFrom::End(0))?;
    let mut meter = Meter::new(length, limits);
    let head = head(source)?;
    let begins_like_zip = head.starts_with(b"PK");
    match kind {
        ArchiveKind::Crate | ArchiveKind::Tgz => tar::walk(source, &head, &mut meter, on_entry),
        // Old source distributions are zip files.
        ArchiveKind::Sdist if begins_like_zip => zip::walk(source, length, &head, &mut meter, on_entry),
        ArchiveKind::Sdist => tar::walk(source, &head, &mut meter, on_entry),
        ArchiveKind::Wheel => zip::walk(source, length, &head, &mut meter, on_entry),
    }
}

/// Goes through a source archive, whose links are passed over; answers how many there were.
pub(super) fn walk_source(source: &mut dyn Source, limits: &Limits, on_entry: &mut OnEntry<'_>) -> Result<usize, ArchiveError> {
    let mut meter = Meter::new(place(source, SeekFrom::End(0))?, limits);
    let head = head(source)?;
    tar::walk_past_links(source, &head, &mut meter, on_entry)
}

/// The first bytes, as many as a tar header has.
fn head(source: &mut dyn Source) -> Result<Vec<u8>, ArchiveError> {
    place(source, SeekFrom::Start(0))?;
    let mut head = Vec::new();
    source.take(512).read_to_end(&mut head).map_err(|error| ArchiveError::from_io(&error))?;
    Ok(head)
}

/// Goes to a place; answers which one that is.
pub(super) fn place(source: &mut dyn Source, at: SeekFrom) -> Result<u64, ArchiveError> {
    source.seek(at).map_err(|error| ArchiveError::from_io(&error))
}
