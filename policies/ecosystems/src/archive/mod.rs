//! What is inside a published archive: files, digests and manifest, read under hard limits and never unpacked to disk.
//!
//! Package managers disagree about archives that bend their formats: one sees a file where another sees none, or other
//! bytes under the same name. What was vetted has to be what is installed, so such archives are refused as a whole, each
//! with its own code. Memory stays bounded by the limits whatever the bytes are.

mod crate_manifest;
mod error;
mod gather;
mod limits;
mod meter;
mod npm_manifest;
mod path;
mod pax;
mod python_metadata;
mod record;
mod tar;
mod walk;
mod zip;

use std::io::Read;

use vetmoot_domain::{Package, Version};

pub use crate_manifest::CrateManifest;
pub use error::ArchiveError;
pub use limits::Limits;
pub use npm_manifest::NpmManifest;
pub use python_metadata::PythonMetadata;

/// Which archive an artifact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArchiveKind {
    /// A `.crate`: gzipped tar, everything in `NAME-VERSION/`.
    Crate,
    /// A source distribution of a Python project: gzipped tar, or zip for old ones.
    Sdist,
    /// A wheel: zip with `*.dist-info/METADATA` and `RECORD`.
    Wheel,
    /// An npm package: gzipped tar, everything in one folder.
    Tgz,
}

impl ArchiveKind {
    /// The kind of a Python artifact by its file name; none for eggs, installers and other retired kinds.
    pub fn of_python_file(name: &str) -> Option<Self> {
        let ends = |end: &str| name.to_ascii_lowercase().ends_with(end);
        if ends(".whl") {
            Some(Self::Wheel)
        } else if ends(".tar.gz") || ends(".tgz") || ends(".zip") {
            Some(Self::Sdist)
        } else {
            None
        }
    }
}

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveFacts {
    /// The one folder everything lies in, which paths leave out; none for wheels.
    pub root: Option<String>,
    /// The files in the archive's order.
    pub files: Vec<FileFact>,
    /// Bytes of all files together.
    pub unpacked_bytes: u64,
    /// What the archive says it is.
    pub manifest: Manifest,
}

/// One file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFact {
    /// The path below the root folder.
    pub path: String,
    /// Its bytes, counted.
    pub size: u64,
    /// Whether it may be executed once unpacked.
    pub executable: bool,
    /// The SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

/// The manifest of an archive, by kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manifest {
    /// `Cargo.toml` of a crate.
    Crate(CrateManifest),
    /// `PKG-INFO` of a source distribution, `METADATA` of a wheel.
    Python(PythonMetadata),
    /// `package.json` of an npm package.
    Npm(NpmManifest),
}

/// Reads an archive that was published as `expected`; refuses it when anything about it can be read in two ways or it says
/// it is something else.
pub fn read(
    kind: ArchiveKind,
    expected: (&Package, &Version),
    bytes: &[u8],
    limits: &Limits,
) -> Result<ArchiveFacts, ArchiveError> {
    let mut gather = gather::Gather::new(kind, expected, limits);
    walk::walk(kind, bytes, limits, &mut |entry, data| gather.entry(entry, data))?;
    gather.finish(bytes)
}

/// The bytes of one file, by its path below the root folder; the archive is held to the same rules as in [`read`], its
/// manifest apart.
pub fn one_file(kind: ArchiveKind, bytes: &[u8], path: &str, limits: &Limits) -> Result<Vec<u8>, ArchiveError> {
    let mut found = None;
    walk::walk(kind, bytes, limits, &mut |entry, data| {
        if entry.is_folder || gather::below_root(kind, entry.path) != Some(path) {
            return Ok(());
        }
        if entry.size > limits.one_file_bytes {
            let limit = limits.one_file_bytes;
            return Err(ArchiveError::FileTooLong { path: entry.path.to_owned(), bytes: entry.size, limit });
        }
        found = Some(whole(data)?);
        Ok(())
    })?;
    found.ok_or_else(|| ArchiveError::NoSuchFile(error::cut(path)))
}

/// The rest of a reader whose length was checked before.
fn whole(data: &mut dyn Read) -> Result<Vec<u8>, ArchiveError> {
    let mut content = Vec::new();
    data.read_to_end(&mut content).map_err(|error| ArchiveError::from_io(&error))?;
    Ok(content)
}

#[cfg(test)]
mod tests;
