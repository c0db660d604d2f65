//! Zip archives: every byte accounted for, both headers of each entry agreeing, sizes and checksums proven.

mod directory;
mod fields;
mod local;

use std::io::{self, BufReader, Read, SeekFrom, Take};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::error::{ArchiveError, cut};
use super::meter::{Meter, Metered};
use super::path::{Paths, checked};
use super::walk::{Entry, OnEntry, Source, place};
use crate::limits::ARCHIVE_READ_BYTES;
use directory::Central;

/// Whether a lenient reader of zip files would find entries, the way all of them look: by the record that ends a zip file,
/// with a comment at most behind it, or bytes that do not belong to it. Whatever its directory claims, none of it is read.
pub(super) fn is_found_in(source: &mut dyn Source) -> Result<bool, ArchiveError> {
    let length = place(source, SeekFrom::End(0))?;
    directory::is_found_in(source, length)
}

/// Refuses a zip file whose directory is longer than any real one, before anything is made of it.
pub(super) fn bounded(source: &mut dyn Source) -> Result<(), ArchiveError> {
    let length = place(source, SeekFrom::End(0))?;
    directory::load(source, length).map(drop)
}

/// Goes through a zip archive of `length` bytes that begins with `head`, in the order of its central directory.
pub(super) fn walk(
    source: &mut dyn Source,
    length: u64,
    head: &[u8],
    meter: &mut Meter,
    on_entry: &mut OnEntry<'_>,
) -> Result<(), ArchiveError> {
    if !head.starts_with(b"PK\x03\x04") {
        return Err(ArchiveError::Format { expected: "zip archive" });
    }
    if head.first_chunk::<512>().is_some_and(super::header::checksum_fits) {
        return Err(ArchiveError::AlsoTar);
    }
    let tail = directory::load(source, length)?;
    let directory = directory::read(&tail, meter)?;
    let places = local::places(source, length, &directory)?;
    let mut paths = Paths::default();
    let mut entries = Vec::new();
    for central in &directory.entries {
        let entry = entry(central)?;
        paths.add(entry.path, entry.is_folder, meter.limits().entries)?;
        entries.push(entry);
    }
    witness(source, &directory.entries)?;
    for ((entry, central), at) in entries.iter().zip(&directory.entries).zip(places) {
        place(source, SeekFrom::Start(at))?;
        let mut reader = Metered::new(Unpacked::new(central, source), meter);
        on_entry(entry, &mut reader)?;
        io::copy(&mut reader, &mut io::sink()).map_err(|error| ArchiveError::from_io(&error))?;
        reader.into_inner().prove(entry.path, central)?;
    }
    Ok(())
}

/// A second, widely used reader has to see the same entries.
fn witness(source: &mut dyn Source, entries: &[Central<'_>]) -> Result<(), ArchiveError> {
    let other = |why: &str| ArchiveError::Damaged(format!("another reader of zip files sees something else: {}", cut(why)));
    let mut archive = ::zip::ZipArchive::new(source).map_err(|error| other(&error.to_string()))?;
    if archive.len() != entries.len() {
        return Err(other("the number of entries"));
    }
    for (at, central) in entries.iter().enumerate() {
        let seen = archive.by_index_raw(at).map_err(|error| other(&error.to_string()))?;
        let same = seen.name_raw() == central.name
            && seen.size() == u64::from(central.size)
            && seen.compressed_size() == u64::from(central.packed)
            && seen.crc32() == central.crc;
        if !same {
            return Err(other(&String::from_utf8_lossy(central.name)));
        }
    }
    Ok(())
}

fn entry<'b>(central: &Central<'b>) -> Result<Entry<'b>, ArchiveError> {
    let path = checked(central.name)?;
    let is_folder = central.name.ends_with(b"/");
    check_mode(path, central.mode, is_folder)?;
    if is_folder && central.size != 0 {
        return Err(ArchiveError::SpecialFile(cut(path)));
    }
    let executable = !is_folder && central.mode & 0o111 != 0;
    Ok(Entry { path, size: u64::from(central.size), executable, is_folder })
}

/// The kind of file in the upper half of the external attributes, as Unix writes it; 0 is "not said".
fn check_mode(path: &str, mode: u16, is_folder: bool) -> Result<(), ArchiveError> {
    match mode & 0o170_000 {
        0 => Ok(()),
        0o100_000 if !is_folder => Ok(()),
        0o040_000 if is_folder => Ok(()),
        0o120_000 => Err(ArchiveError::Link(cut(path))),
        _ => Err(ArchiveError::SpecialFile(cut(path))),
    }
}

type Packed<'s> = BufReader<Take<&'s mut dyn Source>>;

enum Packing<'s> {
    Stored(Packed<'s>),
    Deflated(DeflateDecoder<Packed<'s>>),
}

/// One entry's bytes as they come out, with their count and checksum.
struct Unpacked<'s> {
    packing: Packing<'s>,
    crc: Crc,
    size: u64,
    count: u64,
}

impl<'s> Unpacked<'s> {
    /// Unpacks from where `source` stands.
    fn new(central: &Central<'_>, source: &'s mut dyn Source) -> Self {
        let packed = BufReader::with_capacity(ARCHIVE_READ_BYTES, source.take(u64::from(central.packed)));
        let packing =
            if central.is_deflated { Packing::Deflated(DeflateDecoder::new(packed)) } else { Packing::Stored(packed) };
        Self { packing, crc: Crc::new(), size: u64::from(central.size), count: 0 }
    }

    fn prove(self, path: &str, central: &Central<'_>) -> Result<(), ArchiveError> {
        let packed = match self.packing {
            Packing::Stored(packed) => packed,
            Packing::Deflated(decoder) => decoder.into_inner(),
        };
        let left_over = !packed.buffer().is_empty() || packed.get_ref().limit() != 0;
        if self.count != self.size || left_over {
            return Err(ArchiveError::Damaged(format!("`{}` does not have the size its header gives", cut(path))));
        }
        if self.crc.sum() != central.crc {
            return Err(ArchiveError::Damaged(format!("the checksum of `{}` is wrong", cut(path))));
        }
        Ok(())
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.packing {
            Packing::Stored(rest) => rest.read(buffer)?,
            Packing::Deflated(decoder) => decoder.read(buffer)?,
        };
        self.count += u64::try_from(count).unwrap_or(u64::MAX);
        if self.count > self.size {
            let why = "an entry unpacks to more than its header says".to_owned();
            return Err(io::Error::other(ArchiveError::Damaged(why)));
        }
        self.crc.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}
