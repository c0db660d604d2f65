//! The records of a zip archive, one member at a time.

use std::io::{Read, Seek};

use super::record::has_extension;
use super::{OsvError, Raw};
use crate::feeds::limits::{FEED_BYTES_MAX, RECORD_BYTES_MAX, RECORDS_MAX};

/// The members of an archive that are named as records (`.json`, `.yaml`, `.yml`); others are passed over. No member is
/// inflated beyond the bound of a record, all together not beyond the bound of a source.
pub fn zip_members<R: Read + Seek>(archive: R) -> Result<impl Iterator<Item = Result<Raw, OsvError>>, OsvError> {
    let mut archive = zip::ZipArchive::new(archive).map_err(OsvError::Archive)?;
    if u64::try_from(archive.len()).unwrap_or(u64::MAX) > RECORDS_MAX {
        return Err(OsvError::TooManyRecords);
    }
    let mut inflated: u64 = 0;
    Ok((0..archive.len()).filter_map(move |index| {
        let raw = member(&mut archive, index);
        if let Ok(Some(raw)) = &raw {
            inflated = inflated.saturating_add(u64::try_from(raw.bytes.len()).unwrap_or(u64::MAX));
        }
        if inflated > FEED_BYTES_MAX {
            return Some(Err(OsvError::TooLarge { bytes_max: FEED_BYTES_MAX }));
        }
        raw.transpose()
    }))
}

fn member<R: Read + Seek>(archive: &mut zip::ZipArchive<R>, index: usize) -> Result<Option<Raw>, OsvError> {
    let member = archive.by_index(index).map_err(OsvError::Archive)?;
    let name = member.name().map_err(OsvError::Archive)?.into_owned();
    if member.is_dir() || !has_extension(&name, &["json", "yaml", "yml"]) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(RECORD_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    member.take(most).read_to_end(&mut bytes).map_err(OsvError::Unreadable)?;
    let oversized = bytes.len() > RECORD_BYTES_MAX;
    if oversized {
        bytes = Vec::new();
    }
    Ok(Some(Raw { name, bytes, oversized }))
}
