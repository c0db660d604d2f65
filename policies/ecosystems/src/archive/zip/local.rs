//! The header before each zip entry's data: it has to say what the central directory says, and to follow the entry before.

use super::super::error::{ArchiveError, cut};
use super::super::walk::Source;
use super::directory::{Central, Directory, ELSEWHERE, EXTRA_UNICODE_PATH, EXTRA_ZIP64, FLAG_DESCRIPTOR, part};
use super::fields::{Fields, extras};

/// Bytes of a local header before its name (APPNOTE 4.3.7).
const HEAD_BYTES: u64 = 30;
/// The longest data descriptor, in bytes.
const DESCRIPTOR_BYTES_MAX: u64 = 24;

struct Local {
    start: u64,
    /// Where its data begins.
    data: u64,
    end: u64,
}

/// Where the packed bytes of each entry begin, in the order of the directory, when entries lie side by side from the
/// first byte to the directory.
pub(super) fn places(source: &mut dyn Source, length: u64, directory: &Directory<'_>) -> Result<Vec<u64>, ArchiveError> {
    let mut locals = Vec::new();
    for central in &directory.entries {
        locals.push(local(source, length, central)?);
    }
    let mut order: Vec<(&Local, &Central<'_>)> = locals.iter().zip(&directory.entries).collect();
    order.sort_by_key(|(local, _)| local.start);
    let mut reached = 0;
    let mut before: Option<&Central<'_>> = None;
    for (local, central) in order {
        close(source, before, reached, local.start)?;
        reached = local.end;
        before = Some(central);
    }
    close(source, before, reached, directory.start)?;
    Ok(locals.into_iter().map(|local| local.data).collect())
}

/// What lies between the data of one entry and the next: nothing, or the descriptor it announced.
fn close(source: &mut dyn Source, before: Option<&Central<'_>>, reached: u64, next: u64) -> Result<(), ArchiveError> {
    let between = next.checked_sub(reached).ok_or(ArchiveError::ZipLayout)?;
    match before {
        Some(central) if central.flags & FLAG_DESCRIPTOR != 0 && between <= DESCRIPTOR_BYTES_MAX => {
            descriptor(&part(source, reached, next)?, central)
        }
        Some(central) if central.flags & FLAG_DESCRIPTOR != 0 => Err(ArchiveError::ZipLayout),
        _ if between == 0 => Ok(()),
        _ => Err(ArchiveError::ZipLayout),
    }
}

/// A data descriptor (APPNOTE 4.3.9), with or without signature, with sizes of 32 or 64 bits.
fn descriptor(between: &[u8], central: &Central<'_>) -> Result<(), ArchiveError> {
    let mut fields = Fields::at(between, 0)?;
    if matches!(between.len(), 16 | 24) && !fields.signature(*b"PK\x07\x08")? {
        return Err(ArchiveError::ZipLayout);
    }
    let crc = fields.u32().map_err(|_| ArchiveError::ZipLayout)?;
    let (packed, size) = match between.len() {
        12 | 16 => (u64::from(fields.u32()?), u64::from(fields.u32()?)),
        20 | 24 => (fields.u64()?, fields.u64()?),
        _ => return Err(ArchiveError::ZipLayout),
    };
    if (crc, packed, size) == (central.crc, u64::from(central.packed), u64::from(central.size)) {
        Ok(())
    } else {
        Err(disagree(central, "the descriptor behind the data"))
    }
}

fn disagree(central: &Central<'_>, what: &'static str) -> ArchiveError {
    ArchiveError::ZipHeaders { path: cut(&String::from_utf8_lossy(central.name)), what }
}

fn local(source: &mut dyn Source, length: u64, central: &Central<'_>) -> Result<Local, ArchiveError> {
    let start = central.offset;
    if start + HEAD_BYTES > length {
        return Err(ArchiveError::Truncated);
    }
    let head = part(source, start, start + HEAD_BYTES)?;
    let mut fields = Fields::at(&head, 0)?;
    if !fields.signature(*b"PK\x03\x04")? {
        return Err(ArchiveError::ZipLayout);
    }
    fields.bytes(2)?; // version of readers
    let (flags, method) = (fields.u16()?, fields.u16()?);
    fields.bytes(4)?; // time and day
    let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
    let (name_length, extra_length) = (fields.u16()?, fields.u16()?);
    let data = start + HEAD_BYTES + u64::from(name_length) + u64::from(extra_length);
    let end = data + u64::from(central.packed);
    if end > length {
        return Err(ArchiveError::Truncated);
    }
    let named = part(source, start + HEAD_BYTES, data)?;
    let (name, extra) = named.split_at_checked(usize::from(name_length)).ok_or(ArchiveError::Truncated)?;
    if name != central.name {
        return Err(disagree(central, "the name"));
    }
    if flags != central.flags || method != if central.is_deflated { 8 } else { 0 } {
        return Err(disagree(central, "flags or compression"));
    }
    let later = central.flags & FLAG_DESCRIPTOR != 0;
    if crc != central.crc && !(later && crc == 0) {
        return Err(disagree(central, "the checksum"));
    }
    let (packed, size) = wide_sizes(extra, packed, size)?;
    let fits = |here: u64, there: u32| here == u64::from(there) || (later && here == 0);
    if !fits(packed, central.packed) || !fits(size, central.size) {
        return Err(disagree(central, "the size"));
    }
    Ok(Local { start, data, end })
}

/// The sizes of a local header, out of the extra field when they are declared to stand there: writers that do not know
/// a size beforehand reserve 64 bits for it.
fn wide_sizes(extra: &[u8], packed: u32, size: u32) -> Result<(u64, u64), ArchiveError> {
    let mut wide = None;
    for (id, content) in extras(extra)? {
        match id {
            EXTRA_UNICODE_PATH => return Err(ArchiveError::ZipFeature("a second name in an extra field")),
            EXTRA_ZIP64 if wide.is_some() => return Err(ArchiveError::ZipFeature("two extra fields with sizes")),
            EXTRA_ZIP64 => wide = Some(content),
            _ => {}
        }
    }
    if packed != ELSEWHERE && size != ELSEWHERE {
        return Ok((u64::from(packed), u64::from(size)));
    }
    let mut fields = Fields::at(wide.unwrap_or_default(), 0)?;
    let size = if size == ELSEWHERE { fields.u64()? } else { u64::from(size) };
    let packed = if packed == ELSEWHERE { fields.u64()? } else { u64::from(packed) };
    Ok((packed, size))
}
