//! OSV records as entries of an import: one file, a JSON array, lines of JSON, an archive, or a folder of records.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use vetmoot_ecosystems::feeds::osv::{OsvError, Raw, Reader, json_values, zip_members};
use vetmoot_storage::imports::{Imported, ImportedEntry};

use super::run::Read;
use crate::limits::{OSV_DEPTH_MAX, OSV_FILE_BYTES_MAX};
use crate::problem::{Kind, Problem};

/// Reads the records and hands their advisories on.
pub fn read(path: &Path, source: &str, sink: &mut dyn FnMut(ImportedEntry) -> bool) -> Result<Read, Problem> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("advisories").to_owned();
    if path.is_dir() {
        let mut files = Vec::new();
        collect(path, 0, &mut files)?;
        files.sort();
        return take(files.into_iter().map(|file| one(&file)), source, sink);
    }
    match extension(path).as_deref() {
        Some("zip") => {
            let archive = zip_members(BufReader::new(open(path)?)).map_err(problem)?;
            take(archive, source, sink)
        }
        Some("yaml" | "yml") => take(std::iter::once(one(path)), source, sink),
        _ => take(json_values(BufReader::with_capacity(1 << 20, open(path)?), &name), source, sink),
    }
}

fn take(
    raws: impl Iterator<Item = Result<Raw, OsvError>>,
    source: &str,
    sink: &mut dyn FnMut(ImportedEntry) -> bool,
) -> Result<Read, Problem> {
    let mut reader = Reader::new(raws, source);
    'records: for record in reader.by_ref() {
        for advisory in record.map_err(problem)?.advisories {
            let mut identity = Sha256::new();
            identity.update(advisory.id.as_bytes());
            identity.update([0]);
            identity.update(advisory.package.to_string().as_bytes());
            let entry = ImportedEntry {
                identity: identity.finalize().into(),
                package: advisory.package.clone(),
                says: Imported::Advisory(advisory),
            };
            if !sink(entry) {
                break 'records;
            }
        }
    }
    let summary = reader.summary();
    Ok(Read { entries: summary.advisories, dropped: super::cargo_vet::dropped(&summary.dropped), malware: summary.malware > 0 })
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Problem> {
    if depth > OSV_DEPTH_MAX {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            collect(&entry.path(), depth + 1, files)?;
        } else if kind.is_file() && matches!(extension(&entry.path()).as_deref(), Some("json" | "yaml" | "yml")) {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn one(path: &Path) -> Result<Raw, OsvError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let size = std::fs::metadata(path).map_err(OsvError::Unreadable)?.len();
    if size > OSV_FILE_BYTES_MAX {
        return Ok(Raw { name, bytes: Vec::new(), oversized: true });
    }
    Ok(Raw { name, bytes: std::fs::read(path).map_err(OsvError::Unreadable)?, oversized: false })
}

fn extension(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

fn open(path: &Path) -> Result<File, Problem> {
    File::open(path).map_err(unreadable)
}

fn unreadable(error: std::io::Error) -> Problem {
    Problem::new(Kind::Invalid, "source-unreadable", format!("the advisories cannot be read: {error}"))
}

fn problem(error: OsvError) -> Problem {
    Problem::invalid(error.code(), "source", format!("{error}; nothing was changed"))
}
