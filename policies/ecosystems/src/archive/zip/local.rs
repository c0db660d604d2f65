//! The header before each zip entry's data: it has to say what the central directory says, and to follow the entry before.

use super::super::error::{ArchiveError, cut};
use super::directory::{Central, Directory, ELSEWHERE, EXTRA_UNICODE_PATH, EXTRA_ZIP64, FLAG_DESCRIPTOR};
use super::fields::{Fields, extras, place};

struct Local<'b> {
    start: usize,
    end: usize,
    data: &'b [u8],
}

/// The packed bytes of each entry, in the order of the directory, when entries lie side by side from the first byte to
/// the directory.
pub(super) fn data_of<'b>(bytes: &'b [u8], directory: &Directory<'_>) -> Result<Vec<&'b [u8]>, ArchiveError> {
    let locals: Vec<Local<'b>> = directory.entries.iter().map(|central| local(bytes, central)).collect::<Result<_, _>>()?;
    let mut order: Vec<(&Local<'_>, &Central<'_>)> = locals.iter().zip(&directory.entries).collect();
    order.sort_by_key(|(local, _)| local.start);
    let mut reached = 0;
    let mut before: Option<&Central<'_>> = None;
    for (local, central) in order {
        close(bytes, before, reached, local.start)?;
        reached = local.end;
        before = Some(central);
    }
    close(bytes, before, reached, directory.start)?;
    Ok(locals.into_iter().map(|local| local.data).collect())
}

/// What lies between the data of one entry and the next: nothing, or the descriptor it announced.
fn close(bytes: &[u8], before: Option<&Central<'_>>, reached: usize, next: usize) -> Result<(), ArchiveError> {
    let between = bytes.get(reached..next).ok_or(ArchiveError::ZipLayout)?;
    match before {
        Some(central) if central.flags & FLAG_DESCRIPTOR != 0 => descriptor(between, central),
        _ if between.is_empty() => Ok(()),
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

fn local<'b>(bytes: &'b [u8], central: &Central<'_>) -> Result<Local<'b>, ArchiveError> {
    let mut fields = Fields::at(bytes, central.offset)?;
    if !fields.signature(*b"PK\x03\x04")? {
        return Err(ArchiveError::ZipLayout);
    }
    fields.bytes(2)?; // version of readers
    let (flags, method) = (fields.u16()?, fields.u16()?);
    fields.bytes(4)?; // time and day
    let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
    let (name_length, extra_length) = (fields.u16()?, fields.u16()?);
    let name = fields.bytes(usize::from(name_length))?;
    let extra = fields.bytes(usize::from(extra_length))?;
    let data = fields.bytes(place(central.packed)?)?;
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
    let head = 30 + name.len() + extra.len();
    let end = central.offset.checked_add(head + data.len()).ok_or(ArchiveError::ZipLayout)?;
    Ok(Local { start: central.offset, end, data })
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
