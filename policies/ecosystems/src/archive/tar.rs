//! Gzipped tar archives, read more strictly than tools unpack them, so that no two readers see different files.

use std::io::{self, BufReader, Read, SeekFrom};

use flate2::bufread::GzDecoder;

use super::error::{ArchiveError, cut};
use super::header::{BLOCK_BYTES, Header};
use super::meter::{Meter, Metered};
use super::path::{Paths, checked};
use super::pax::{self, Extended};
use super::walk::{Entry, OnEntry, Source, place};
use super::witness::Witness;
use crate::limits::{ARCHIVE_PAX_BYTES_MAX, ARCHIVE_READ_BYTES};

type Unzipped<'s, 'm> = Metered<'m, GzDecoder<BufReader<&'s mut dyn Source>>>;

/// What an entry's type byte means here.
enum Kind {
    /// A file or a folder.
    Entry,
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
    if super::zip::is_found_in(source)? {
        return Err(ArchiveError::AlsoZip);
    }
    place(source, SeekFrom::Start(0))?;
    let mut tar = Metered::new(GzDecoder::new(BufReader::with_capacity(ARCHIVE_READ_BYTES, source)), meter);
    entries(&mut tar, on_entry, links)?;
    end(tar)
}

fn entries(tar: &mut Unzipped<'_, '_>, on_entry: &mut OnEntry<'_>, links: &mut Links) -> Result<(), ArchiveError> {
    let mut reading = Reading::default();
    loop {
        let mut block = [0_u8; BLOCK_BYTES];
        tar.read_exact(&mut block).map_err(|error| ArchiveError::from_io(&error))?;
        if block.iter().all(|byte| *byte == 0) {
            return reading.extended.finish();
        }
        tar.meter().entry()?;
        let header = Header::read(&block)?;
        if let (kind @ (b'1' | b'2' | b'K'), Links::Counted(count)) = (header.kind, &mut *links) {
            // `K` gives the next link's target alone, so that what was said about its name still holds.
            if kind != b'K' {
                *count += 1;
                reading = Reading { paths: reading.paths, ..Reading::default() };
            }
            pass(tar, header.size)?;
            continue;
        }
        let kind = kind(&header)?;
        reading.witness.sees(&block);
        match kind {
            Kind::Entry => reading.entry(tar, &header, on_entry)?,
            Kind::Extended => {
                let content = reading.content(tar, header.size)?;
                match links {
                    Links::Refused => reading.extended.pax(&content)?,
                    Links::Counted(_) => reading.extended.pax_with_links(&content)?,
                }
            }
            Kind::LongName => {
                let content = reading.content(tar, header.size)?;
                reading.extended.long_name(content)?;
            }
            Kind::Global => {
                let content = reading.content(tar, header.size)?;
                reading.extended.global(&content)?;
                // It is an entry of its own to the other reader, and unpacked by nobody.
                reading.witness.forgets();
            }
        }
    }
}

/// What is known between two entries.
#[derive(Default)]
struct Reading {
    paths: Paths,
    extended: Extended,
    witness: Witness,
}

impl Reading {
    fn entry(
        &mut self,
        tar: &mut Unzipped<'_, '_>,
        header: &Header<'_>,
        on_entry: &mut OnEntry<'_>,
    ) -> Result<(), ArchiveError> {
        let is_renamed = self.extended.is_seen();
        let name = self.extended.name_for(&header.name, header.size)?;
        let path = checked(&name)?;
        let is_folder = header.kind == b'5' || is_old_folder(header, &name, is_renamed)?;
        if is_folder && header.size != 0 {
            return Err(ArchiveError::TarHeader("a folder has a size"));
        }
        self.paths.add(path, is_folder, tar.meter().limits().entries)?;
        pax::stands_for(&header.name, &name)?;
        self.witness.confirms(&name, header.size, header.kind)?;
        let mode = header.mode.ok_or(ArchiveError::TarHeader("the mode is no number"))?;
        let executable = !is_folder && mode & 0o111 != 0;
        let entry = Entry { path, size: header.size, executable, is_folder };
        let mut data = tar.take(header.size);
        on_entry(&entry, &mut data)?;
        skip(&mut data)?;
        if data.limit() != 0 {
            return Err(ArchiveError::Truncated);
        }
        padding(tar, header.size)
    }

    /// The content of an extended header. What fills its last block has to be zero: pip reads records there as well.
    fn content(&mut self, tar: &mut Unzipped<'_, '_>, size: u64) -> Result<Vec<u8>, ArchiveError> {
        if size > ARCHIVE_PAX_BYTES_MAX {
            return Err(ArchiveError::Pax("it is longer than any real one"));
        }
        let size = usize::try_from(size).unwrap_or(0);
        let mut content = vec![0_u8; size.next_multiple_of(BLOCK_BYTES)];
        tar.read_exact(&mut content).map_err(|error| ArchiveError::from_io(&error))?;
        if content.iter().skip(size).any(|byte| *byte != 0) {
            return Err(ArchiveError::Pax("bytes stand behind its end"));
        }
        self.witness.sees(&content);
        content.truncate(size);
        Ok(content)
    }
}

/// Version 7 archives mark a folder by a closing slash alone. Where the name stands in an extended header, or the type says
/// that it is a file, readers take different things for it.
fn is_old_folder(header: &Header<'_>, name: &[u8], is_renamed: bool) -> Result<bool, ArchiveError> {
    let is_old = header.kind == 0;
    match (name.ends_with(b"/"), header.name.ends_with(b"/")) {
        (true, _) if is_old && !is_renamed => Ok(true),
        (false, true) if is_old => Err(ArchiveError::TarHeader("a file's short name ends with a slash")),
        (true, _) => Err(ArchiveError::TarHeader("a file's name ends with a slash")),
        // A name that was cut at its hundredth byte may end anywhere.
        (false, _) => Ok(false),
    }
}

fn kind(header: &Header<'_>) -> Result<Kind, ArchiveError> {
    let shown = || cut(&String::from_utf8_lossy(&header.name));
    match header.kind {
        b'0' | 0 | b'5' => Ok(Kind::Entry),
        b'x' => Ok(Kind::Extended),
        b'g' => Ok(Kind::Global),
        b'L' => Ok(Kind::LongName),
        b'1' | b'2' | b'K' => Err(ArchiveError::Link(shown())),
        b'S' => Err(ArchiveError::Sparse(shown())),
        _ => Err(ArchiveError::SpecialFile(shown())),
    }
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
