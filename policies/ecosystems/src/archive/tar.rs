//! Gzipped tar archives, read more strictly than tools unpack them, so that no two readers see different files.

use std::io::{self, BufReader, Read, SeekFrom};

use ::tar::Header;
use flate2::bufread::GzDecoder;

use super::error::{ArchiveError, cut};
use super::meter::{Meter, Metered};
use super::path::{Paths, checked};
use super::pax::Extended;
use super::walk::{Entry, OnEntry, Source, place};
use crate::limits::{ARCHIVE_PAX_BYTES_MAX, ARCHIVE_READ_BYTES};

const BLOCK_BYTES: usize = 512;

type Unzipped<'s, 'm> = Metered<'m, GzDecoder<BufReader<&'s mut dyn Source>>>;

/// What an entry's type byte means here.
enum Kind {
    File,
    Folder,
    Extended,
    /// Changes all later entries; archives made from a repository have one, with a comment.
    Global,
    LongName,
}

/// Goes through a gzipped tar archive that begins with `head`.
pub(super) fn walk(
    source: &mut dyn Source,
    head: &[u8],
    meter: &mut Meter,
    on_entry: &mut OnEntry<'_>,
) -> Result<(), ArchiveError> {
    go(source, head, meter, on_entry, &mut Links::Refused)
}

/// As [`walk`], for archives that nobody installs: links are passed over and counted.
pub(super) fn walk_past_links(
    source: &mut dyn Source,
    head: &[u8],
    meter: &mut Meter,
    on_entry: &mut OnEntry<'_>,
) -> Result<usize, ArchiveError> {
    let mut links = Links::Counted(0);
    go(source, head, meter, on_entry, &mut links)?;
    Ok(if let Links::Counted(count) = links { count } else { 0 })
}

/// What becomes of links.
enum Links {
    Refused,
    Counted(usize),
}

fn go(
    source: &mut dyn Source,
    head: &[u8],
    meter: &mut Meter,
    on_entry: &mut OnEntry<'_>,
    links: &mut Links,
) -> Result<(), ArchiveError> {
    if !head.starts_with(&[0x1f, 0x8b, 0x08]) {
        return Err(ArchiveError::Format { expected: "gzipped tar archive" });
    }
    if super::zip::is_found_in(source) {
        return Err(ArchiveError::AlsoZip);
    }
    place(source, SeekFrom::Start(0))?;
    let mut tar = Metered::new(GzDecoder::new(BufReader::with_capacity(ARCHIVE_READ_BYTES, source)), meter);
    entries(&mut tar, on_entry, links)?;
    end(tar)
}

fn entries(tar: &mut Unzipped<'_, '_>, on_entry: &mut OnEntry<'_>, links: &mut Links) -> Result<(), ArchiveError> {
    let mut paths = Paths::default();
    let mut extended = Extended::default();
    loop {
        let block = block(tar)?;
        if block.iter().all(|byte| *byte == 0) {
            return extended.finish();
        }
        tar.meter().entry()?;
        let header = Header::from_byte_slice(&block);
        let size = size(header)?;
        let name = header.path_bytes();
        if let (kind @ (b'1' | b'2' | b'K'), Links::Counted(count)) = (header.entry_type().as_byte(), &mut *links) {
            // `K` gives the next link's target alone, so that what was said about its name still holds.
            if kind != b'K' {
                *count += 1;
                extended = Extended::default();
            }
            pass(tar, size)?;
            continue;
        }
        match kind(header, &name)? {
            Kind::Extended if matches!(links, Links::Counted(_)) => extended.pax_with_links(&content(tar, size)?)?,
            Kind::Extended => extended.pax(&content(tar, size)?)?,
            Kind::Global => Extended::global(&content(tar, size)?)?,
            Kind::LongName => extended.long_name(content(tar, size)?)?,
            Kind::File => {
                // Version 7 archives mark a folder by a closing slash alone.
                let is_folder = name.ends_with(b"/");
                entry(tar, &mut paths, &mut extended, &Found { header, name: &name, size, is_folder }, on_entry)?;
            }
            Kind::Folder => {
                entry(tar, &mut paths, &mut extended, &Found { header, name: &name, size, is_folder: true }, on_entry)?;
            }
        }
    }
}

struct Found<'h> {
    header: &'h Header,
    name: &'h [u8],
    size: u64,
    is_folder: bool,
}

fn entry(
    tar: &mut Unzipped<'_, '_>,
    paths: &mut Paths,
    extended: &mut Extended,
    found: &Found<'_>,
    on_entry: &mut OnEntry<'_>,
) -> Result<(), ArchiveError> {
    let name = extended.name_for(found.name, found.size)?;
    let path = checked(&name)?;
    let is_folder = found.is_folder || name.ends_with(b"/");
    if is_folder && found.size != 0 {
        return Err(ArchiveError::TarHeader("a folder has a size"));
    }
    paths.add(path, is_folder, tar.meter().limits().entries)?;
    let mode = found.header.mode().map_err(|_| ArchiveError::TarHeader("the mode is no number"))?;
    let entry = Entry { path, size: found.size, executable: !is_folder && mode & 0o111 != 0, is_folder };
    let mut data = tar.take(found.size);
    on_entry(&entry, &mut data)?;
    skip(&mut data)?;
    if data.limit() != 0 {
        return Err(ArchiveError::Truncated);
    }
    padding(tar, found.size)
}

fn kind(header: &Header, name: &[u8]) -> Result<Kind, ArchiveError> {
    let shown = || cut(&String::from_utf8_lossy(name));
    match header.entry_type().as_byte() {
        b'0' | 0 => Ok(Kind::File),
        b'5' => Ok(Kind::Folder),
        b'x' => Ok(Kind::Extended),
        b'g' => Ok(Kind::Global),
        b'L' => Ok(Kind::LongName),
        b'1' | b'2' | b'K' => Err(ArchiveError::Link(shown())),
        b'S' => Err(ArchiveError::Sparse(shown())),
        _ => Err(ArchiveError::SpecialFile(shown())),
    }
}

/// The next header block with its checksum proven; zeros at the end.
fn block(tar: &mut Unzipped<'_, '_>) -> Result<[u8; BLOCK_BYTES], ArchiveError> {
    let mut block = [0_u8; BLOCK_BYTES];
    tar.read_exact(&mut block).map_err(|error| ArchiveError::from_io(&error))?;
    if block.iter().any(|byte| *byte != 0) && !checksum_fits(&block) {
        return Err(ArchiveError::TarHeader("the checksum is wrong"));
    }
    Ok(block)
}

/// Whether a block is a tar header by its checksum (POSIX ustar: the sum of all bytes, the checksum taken as spaces).
pub(super) fn checksum_fits(block: &[u8; BLOCK_BYTES]) -> bool {
    let sum: u64 = block
        .iter()
        .enumerate()
        .map(|(at, byte)| if (148..156).contains(&at) { u64::from(b' ') } else { u64::from(*byte) })
        .sum();
    number(&Header::from_byte_slice(block).as_old().cksum) == Some(sum)
}

fn size(header: &Header) -> Result<u64, ArchiveError> {
    number(&header.as_old().size).ok_or(ArchiveError::TarHeader("the size is no number"))
}

/// A number in octal digits between spaces and zeros, or in base 256; looser readings differ from tool to tool.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((0x80, rest)) = field.split_first() {
        return rest.iter().try_fold(0_u64, |sum, byte| sum.checked_mul(256)?.checked_add(u64::from(*byte)));
    }
    let text = std::str::from_utf8(field).ok()?;
    let digits = text.trim_matches([' ', '\0']);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

fn content(tar: &mut Unzipped<'_, '_>, size: u64) -> Result<Vec<u8>, ArchiveError> {
    if size > ARCHIVE_PAX_BYTES_MAX {
        return Err(ArchiveError::Pax("it is longer than any real one"));
    }
    let mut content = vec![0_u8; usize::try_from(size).unwrap_or(0)];
    tar.read_exact(&mut content).map_err(|error| ArchiveError::from_io(&error))?;
    padding(tar, size)?;
    Ok(content)
}

/// Passes over an entry's content.
fn pass(tar: &mut Unzipped<'_, '_>, size: u64) -> Result<(), ArchiveError> {
    let mut data = tar.take(size);
    skip(&mut data)?;
    if data.limit() != 0 {
        return Err(ArchiveError::Truncated);
    }
    padding(tar, size)
}

fn padding(tar: &mut Unzipped<'_, '_>, size: u64) -> Result<(), ArchiveError> {
    let over = size % 512;
    if over == 0 {
        return Ok(());
    }
    let mut rest = tar.take(512 - over);
    skip(&mut rest)?;
    if rest.limit() == 0 { Ok(()) } else { Err(ArchiveError::Truncated) }
}

/// After the first block of zeros: nothing but zeros, then the end of the one gzip member, then nothing.
fn end(mut tar: Unzipped<'_, '_>) -> Result<(), ArchiveError> {
    let mut buffer = [0_u8; 8 * BLOCK_BYTES];
    loop {
        let count = tar.read(&mut buffer).map_err(|error| ArchiveError::from_io(&error))?;
        if count == 0 {
            break;
        }
        if buffer.iter().take(count).any(|byte| *byte != 0) {
            return Err(ArchiveError::TrailingData);
        }
    }
    let mut after = Vec::new();
    tar.into_inner().into_inner().take(2).read_to_end(&mut after).map_err(|error| ArchiveError::from_io(&error))?;
    match after.as_slice() {
        [] => Ok(()),
        [0x1f, 0x8b] => Err(ArchiveError::SeveralGzipMembers),
        _ => Err(ArchiveError::TrailingData),
    }
}

fn skip(data: &mut dyn Read) -> Result<(), ArchiveError> {
    io::copy(data, &mut io::sink()).map(|_| ()).map_err(|error| ArchiveError::from_io(&error))
}
