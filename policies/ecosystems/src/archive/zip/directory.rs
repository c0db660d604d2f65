//! The end of a zip file and its central directory, of which there must be exactly one reading.

use std::io::{Read as _, SeekFrom};

use memchr::memmem;

use super::super::error::{ArchiveError, cut};
use super::super::meter::Meter;
use super::super::walk::{Source, place as go};
use super::fields::{Fields, extras, place};
use crate::limits::ARCHIVE_DIRECTORY_BYTES_MAX;

const END_SIGNATURE: &[u8; 4] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const COMMENT_BYTES_MAX: usize = 65_535;
/// Sizes and offsets of this value stand elsewhere, in 64 bits.
pub(super) const ELSEWHERE: u32 = u32::MAX;
/// Extra field with sizes in 64 bits (APPNOTE 4.5.3).
pub(super) const EXTRA_ZIP64: u16 = 0x0001;
/// Extra field with another name of the entry (APPNOTE 4.6.9).
pub(super) const EXTRA_UNICODE_PATH: u16 = 0x7075;
/// Flag: sizes and checksum stand behind the data.
pub(super) const FLAG_DESCRIPTOR: u16 = 1 << 3;
/// Flag: the name is UTF-8.
const FLAG_UTF8: u16 = 1 << 11;
/// Flags a package archive may have: compression effort, descriptor, UTF-8.
const FLAGS_KNOWN: u16 = 0b110 | FLAG_DESCRIPTOR | FLAG_UTF8;

/// The end of a zip file, from where its central directory begins.
pub(super) struct Tail {
    bytes: Vec<u8>,
    /// Where it begins in the file.
    start: u64,
    /// Where the end record stands in `bytes`.
    end: usize,
    /// How many entries the end record counts.
    count: u16,
}

/// The central directory.
pub(super) struct Directory<'b> {
    /// Its entries in its order.
    pub entries: Vec<Central<'b>>,
    /// Where it begins, which is where the last entry's data has to end.
    pub start: u64,
}

/// One entry as the central directory has it.
pub(super) struct Central<'b> {
    pub name: &'b [u8],
    pub flags: u16,
    pub is_deflated: bool,
    pub crc: u32,
    pub packed: u32,
    pub size: u32,
    /// File kind and rights as Unix writes them; 0 where the archive does not say.
    pub mode: u16,
    pub offset: u64,
}

/// Finds the central directory and takes it into memory with what follows it.
pub(super) fn load(source: &mut dyn Source, length: u64) -> Result<Tail, ArchiveError> {
    let from = length.saturating_sub(long(END_BYTES + COMMENT_BYTES_MAX));
    let last = part(source, from, length)?;
    let end = find_end(&last)?;
    let mut fields = Fields::at(&last, end + 4)?;
    let disks = (fields.u16()?, fields.u16()?);
    let (here, count) = (fields.u16()?, fields.u16()?);
    let (size, offset) = (fields.u32()?, fields.u32()?);
    let wide = end >= 20 && last.get(end - 20..end - 16) == Some(b"PK\x06\x07");
    if wide || count == u16::MAX || size == ELSEWHERE || offset == ELSEWHERE {
        return Err(ArchiveError::ZipFeature("a 64-bit directory"));
    }
    if disks != (0, 0) || here != count {
        return Err(ArchiveError::ZipFeature("several parts"));
    }
    let (start, end) = (u64::from(offset), from + long(end));
    if start + u64::from(size) > end {
        return Err(ArchiveError::ZipLayout);
    }
    if length - start > ARCHIVE_DIRECTORY_BYTES_MAX {
        return Err(ArchiveError::ZipFeature("a central directory longer than any real one"));
    }
    let bytes = part(source, start, length)?;
    if memmem::find_iter(&bytes, END_SIGNATURE).nth(1).is_some() {
        return Err(ArchiveError::SeveralZipEnds);
    }
    if start + u64::from(size) != end {
        return Err(ArchiveError::ZipLayout);
    }
    Ok(Tail { bytes, start, end: place(size)?, count })
}

/// Whether the last bytes hold a record that ends a zip file, with a directory where it says, or right before it when
/// something was put in front of the archive.
pub(in super::super) fn is_found_in(source: &mut dyn Source, length: u64) -> Result<bool, ArchiveError> {
    let from = length.saturating_sub(long(END_BYTES + COMMENT_BYTES_MAX));
    let last = part(source, from, length)?;
    for end in memmem::rfind_iter(&last, END_SIGNATURE) {
        if end >= 20 && last.get(end - 20..end - 16) == Some(b"PK\x06\x07") {
            return Ok(true);
        }
        let Ok(mut fields) = Fields::at(&last, end + 12) else { continue };
        let (Ok(size), Ok(offset)) = (fields.u32(), fields.u32()) else { continue };
        let before = (from + long(end)).checked_sub(u64::from(size));
        for start in [before, Some(u64::from(offset))].into_iter().flatten() {
            let to = start.saturating_add(4);
            if size > 0 && to <= length && part(source, start, to)? == b"PK\x01\x02" {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Reads the central directory.
pub(super) fn read<'b>(tail: &'b Tail, meter: &mut Meter) -> Result<Directory<'b>, ArchiveError> {
    let mut fields = Fields::at(tail.bytes.get(..tail.end).ok_or(ArchiveError::ZipLayout)?, 0)?;
    let mut entries = Vec::new();
    for _ in 0..tail.count {
        meter.entry()?;
        entries.push(central(&mut fields)?);
    }
    if fields.is_empty() { Ok(Directory { entries, start: tail.start }) } else { Err(ArchiveError::ZipLayout) }
}

/// The bytes between two places, which the caller has bounded.
pub(super) fn part(source: &mut dyn Source, from: u64, to: u64) -> Result<Vec<u8>, ArchiveError> {
    let wanted = to.checked_sub(from).ok_or(ArchiveError::ZipLayout)?;
    go(source, SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    source.take(wanted).read_to_end(&mut bytes).map_err(|error| ArchiveError::from_io(&error))?;
    if long(bytes.len()) == wanted { Ok(bytes) } else { Err(ArchiveError::Truncated) }
}

/// A length in memory as a place in a file.
pub(super) fn long(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// The end record whose comment closes the file exactly; `tail` is the file's end.
fn find_end(tail: &[u8]) -> Result<usize, ArchiveError> {
    let mut found_short = false;
    for at in memmem::rfind_iter(tail, END_SIGNATURE) {
        let Ok(mut fields) = Fields::at(tail, at + 20) else { continue };
        let Ok(comment) = fields.u16() else { continue };
        match (at + END_BYTES + usize::from(comment)).cmp(&tail.len()) {
            std::cmp::Ordering::Equal => return Ok(at),
            std::cmp::Ordering::Less => found_short = true,
            std::cmp::Ordering::Greater => {}
        }
    }
    Err(if found_short { ArchiveError::TrailingData } else { ArchiveError::Truncated })
}

fn central<'b>(fields: &mut Fields<'b>) -> Result<Central<'b>, ArchiveError> {
    if !fields.signature(*b"PK\x01\x02")? {
        return Err(ArchiveError::ZipLayout);
    }
    fields.bytes(4)?; // versions of the writer and of readers
    let (flags, method) = (fields.u16()?, fields.u16()?);
    fields.bytes(4)?; // time and day
    let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
    let (name_length, extra_length, comment_length) = (fields.u16()?, fields.u16()?, fields.u16()?);
    let disk = fields.u16()?;
    fields.bytes(2)?; // internal attributes
    let (attributes, offset) = (fields.u32()?, fields.u32()?);
    let name = fields.bytes(usize::from(name_length))?;
    let extra = fields.bytes(usize::from(extra_length))?;
    fields.bytes(usize::from(comment_length))?;
    check_features(flags, method, name)?;
    check_extra(extra)?;
    if packed == ELSEWHERE || size == ELSEWHERE || offset == ELSEWHERE {
        return Err(ArchiveError::ZipFeature("64-bit sizes"));
    }
    if disk != 0 {
        return Err(ArchiveError::ZipFeature("several parts"));
    }
    let mode = u16::try_from(attributes >> 16).map_err(|_| ArchiveError::ZipLayout)?;
    Ok(Central { name, flags, is_deflated: method == 8, crc, packed, size, mode, offset: u64::from(offset) })
}

fn check_features(flags: u16, method: u16, name: &[u8]) -> Result<(), ArchiveError> {
    if flags & 1 != 0 {
        return Err(ArchiveError::ZipFeature("encryption"));
    }
    if flags & !FLAGS_KNOWN != 0 {
        return Err(ArchiveError::ZipFeature("unusual flags"));
    }
    if !matches!(method, 0 | 8) {
        return Err(ArchiveError::ZipFeature("a compression other than deflate"));
    }
    if method == 0 && flags & FLAG_DESCRIPTOR != 0 {
        return Err(ArchiveError::ZipFeature("stored data of undeclared length"));
    }
    // Without the flag a name that is not ASCII is in whatever code page the reader takes.
    if flags & FLAG_UTF8 == 0 && !name.is_ascii() {
        return Err(ArchiveError::PathEncoding(cut(&String::from_utf8_lossy(name))));
    }
    Ok(())
}

fn check_extra(extra: &[u8]) -> Result<(), ArchiveError> {
    for (id, _) in extras(extra)? {
        match id {
            EXTRA_UNICODE_PATH => return Err(ArchiveError::ZipFeature("a second name in an extra field")),
            EXTRA_ZIP64 => return Err(ArchiveError::ZipFeature("64-bit sizes")),
            _ => {}
        }
    }
    Ok(())
}
