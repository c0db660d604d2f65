//! Zip archives: every byte accounted for, both headers of each entry agreeing, sizes and checksums proven.

mod directory;
mod fields;
mod local;

use std::io::{self, Cursor, Read};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::error::{ArchiveError, cut};
use super::meter::{Meter, Metered};
use super::path::{Paths, checked};
use super::walk::{Entry, OnEntry};
use directory::Central;

/// Whether a lenient reader of zip files finds entries anywhere in the bytes.
pub(super) fn is_found_in(bytes: &[u8]) -> bool {
    ::zip::ZipArchive::new(Cursor::new(bytes)).is_ok_and(|archive| !archive.is_empty())
}

/// Goes through a zip archive in the order of its central directory.
pub(super) fn walk(bytes: &[u8], meter: &mut Meter, on_entry: &mut OnEntry<'_>) -> Result<(), ArchiveError> {
    if !bytes.starts_with(b"PK\x03\x04") {
        return Err(ArchiveError::Format { expected: "zip archive" });
    }
    if bytes.first_chunk::<512>().is_some_and(super::tar::checksum_fits) {
        return Err(ArchiveError::AlsoTar);
    }
    let directory = directory::read(bytes, meter)?;
    let data = local::data_of(bytes, &directory)?;
    let mut paths = Paths::default();
    let mut entries = Vec::new();
    for central in &directory.entries {
        let entry = entry(central)?;
        paths.add(entry.path, entry.is_folder, meter.limits().entries)?;
        entries.push(entry);
    }
    witness(bytes, &directory.entries)?;
    for ((entry, central), data) in entries.iter().zip(&directory.entries).zip(data) {
        let mut reader = Metered::new(Unpacked::new(central, data), meter);
        on_entry(entry, &mut reader)?;
        io::copy(&mut reader, &mut io::sink()).map_err(|error| ArchiveError::from_io(&error))?;
        reader.into_inner().prove(entry.path, central)?;
    }
    Ok(())
}

/// A second, widely used reader has to see the same entries.
fn witness(bytes: &[u8], entries: &[Central<'_>]) -> Result<(), ArchiveError> {
    let other = |why: &str| ArchiveError::Damaged(format!("another reader of zip files sees something else: {}", cut(why)));
    let mut archive = ::zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| other(&error.to_string()))?;
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

enum Packing<'b> {
    Stored(&'b [u8]),
    Deflated(DeflateDecoder<&'b [u8]>),
}

/// One entry's bytes as they come out, with their count and checksum.
struct Unpacked<'b> {
    packing: Packing<'b>,
    crc: Crc,
    size: u64,
    count: u64,
}

impl<'b> Unpacked<'b> {
    fn new(central: &Central<'_>, data: &'b [u8]) -> Self {
        let packing = if central.is_deflated { Packing::Deflated(DeflateDecoder::new(data)) } else { Packing::Stored(data) };
        Self { packing, crc: Crc::new(), size: u64::from(central.size), count: 0 }
    }

    fn prove(self, path: &str, central: &Central<'_>) -> Result<(), ArchiveError> {
        let left_over = match self.packing {
            Packing::Stored(rest) => !rest.is_empty(),
            Packing::Deflated(decoder) => !decoder.into_inner().is_empty(),
        };
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
