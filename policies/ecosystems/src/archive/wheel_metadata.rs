//! The one file of a wheel that installers want before the wheel itself (PEP 658), found without reading the rest.

use std::io::{Read, Seek};

use super::error::{ArchiveError, cut};
use super::limits::Limits;

/// The bytes of a wheel's `METADATA`.
///
/// Only the directory of the archive and this file are read, so that memory stays small however large the wheel is. That
/// the wheel can be read in one way only is not proven here; [`super::read`] does that.
pub fn wheel_metadata(mut wheel: impl Read + Seek, limits: &Limits) -> Result<Vec<u8>, ArchiveError> {
    let damaged = |error: &dyn std::fmt::Display| ArchiveError::Damaged(cut(&error.to_string()));
    // The reader below takes a directory of any length into memory.
    super::zip::bounded(&mut wheel)?;
    let mut archive = zip::ZipArchive::new(wheel).map_err(|error| damaged(&error))?;
    if archive.len() > limits.entries {
        return Err(ArchiveError::TooManyEntries(limits.entries));
    }
    let mut found = None;
    for name in archive.file_names() {
        let name = name.map_err(|error| damaged(&error))?;
        let (folder, file) = name.split_once('/').unwrap_or_default();
        if folder.ends_with(".dist-info") && file == "METADATA" && found.replace(name.to_string()).is_some() {
            return Err(ArchiveError::SeveralManifests(cut(&name)));
        }
    }
    let path = found.ok_or_else(|| ArchiveError::NoManifest("*.dist-info/METADATA".to_owned()))?;
    let entry = archive.by_name(&path).map_err(|error| damaged(&error))?;
    let limit = limits.manifest_bytes;
    let too_long = |bytes| ArchiveError::ManifestTooLong { path: cut(&path), bytes, limit };
    if entry.size() > limit {
        return Err(too_long(entry.size()));
    }
    let mut content = Vec::new();
    // The size in the header is the archive's own word.
    entry.take(limit + 1).read_to_end(&mut content).map_err(|error| ArchiveError::from_io(&error))?;
    match u64::try_from(content.len()) {
        Ok(bytes) if bytes <= limit => Ok(content),
        _ => Err(too_long(limit + 1)),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::io::{Cursor, Write as _};

    use zip::write::SimpleFileOptions;

    use super::*;

    fn check(files: &[(&str, &str)], expected: &str) {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (path, content) in files {
            archive.start_file(*path, SimpleFileOptions::default()).unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        }
        let limits = Limits { manifest_bytes: 8, entries: 3, ..Limits::default() };
        let found = match wheel_metadata(archive.finish().unwrap(), &limits) {
            Ok(bytes) => String::from_utf8(bytes).unwrap(),
            Err(error) => error.code().to_owned(),
        };
        assert_eq!(found, expected, "{files:?}");
    }

    #[test]
    fn the_metadata_of_a_wheel_is_found_alone_and_within_bounds() {
        check(&[("x.py", ""), ("x-1.dist-info/METADATA", "Name: x")], "Name: x");
        check(&[("x-1.dist-info/METADATA", "a"), ("y-1.dist-info/METADATA", "b")], "several-manifests");
        check(&[("x-1.dist-info/METADATA", "123456789")], "manifest-too-long");
        check(&[("x-1.dist-info/sub/METADATA", "a")], "no-manifest");
        check(&[("a", ""), ("b", ""), ("c", ""), ("d", "")], "too-many-entries");
        assert_eq!(wheel_metadata(Cursor::new(b"PK"), &Limits::default()).unwrap_err().code(), "archive-truncated");
    }
}
