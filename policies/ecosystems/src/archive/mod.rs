//! What is inside a published archive: files, digests and manifest, read under hard limits and never unpacked to disk.
//!
//! Package managers disagree about archives that bend their formats: one sees a file where another sees none, or other
//! bytes under the same name. What was vetted has to be what is installed, so such archives are refused as a whole, each
//! with its own code. Memory stays bounded by the limits whatever the bytes are.

mod crate_manifest;
mod error;
mod gather;
mod header;
pub(crate) mod headers;
mod limits;
mod meter;
mod npm_manifest;
mod path;
mod pax;
mod python_metadata;
mod record;
mod tar;
mod walk;
mod wheel_metadata;
mod witness;
mod zip;

use std::io::{Cursor, Read};

use vetmoot_domain::{Package, Version};

pub use crate_manifest::CrateManifest;
pub use error::ArchiveError;
pub use limits::Limits;
pub use npm_manifest::NpmManifest;
pub use python_metadata::PythonMetadata;
pub use walk::Source;
pub use wheel_metadata::wheel_metadata;

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
    read_from(kind, expected, &mut Cursor::new(bytes), limits)
}

/// As [`read`], out of a file that is never taken into memory as a whole.
pub fn read_from(
    kind: ArchiveKind,
    expected: (&Package, &Version),
    source: &mut dyn Source,
    limits: &Limits,
) -> Result<ArchiveFacts, ArchiveError> {
    let mut gather = gather::Gather::new(kind, expected, limits);
    walk::walk(kind, source, limits, &mut |entry, data| gather.entry(entry, data, &mut |_| {}))?;
    gather.finish(source)
}

/// What is handed to whoever looks on while an archive is gone through.
#[derive(Debug, Clone, Copy)]
pub enum Piece<'a> {
    /// A file begins.
    Begin {
        /// Its path below the root folder.
        path: &'a str,
        /// Its bytes.
        size: u64,
    },
    /// The next bytes of the file.
    Bytes(&'a [u8]),
    /// The file ends.
    End,
}

/// Everything that was found in an archive, right or wrong.
#[derive(Debug)]
pub struct Survey {
    /// Everything that is wrong with it, the first reason that ended the reading last.
    pub errors: Vec<ArchiveError>,
    /// The one folder everything lies in; none for wheels.
    pub root: Option<String>,
    /// The files as far as they were read.
    pub files: Vec<FileFact>,
    /// Its manifest (`Cargo.toml`, `PKG-INFO`, `METADATA`, `package.json`) with its path, when there is one.
    pub manifest: Option<(String, Vec<u8>)>,
}

/// Reads an archive to its end even where its names are wrong, so that everything can be said about it at once; `on_piece`
/// sees every file's bytes. An archive that two readers could read differently ends the reading nevertheless.
pub fn survey(
    kind: ArchiveKind,
    expected: (&Package, &Version),
    source: &mut dyn Source,
    limits: &Limits,
    on_piece: &mut dyn FnMut(Piece<'_>),
) -> Survey {
    let mut gather = gather::Gather::lenient(kind, expected, limits);
    let walked = walk::walk(kind, source, limits, &mut |entry, data| gather.entry(entry, data, on_piece));
    gather.survey(source, walked.err())
}

/// The bytes of one file, by its path below the root folder; the archive is held to the same rules as in [`read`], its
/// manifest apart.
pub fn one_file(kind: ArchiveKind, bytes: &[u8], path: &str, limits: &Limits) -> Result<Vec<u8>, ArchiveError> {
    let mut found = None;
    walk::walk(kind, &mut Cursor::new(bytes), limits, &mut |entry, data| {
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

/// Hands out the bytes of the files that are `wanted`, by their paths below the root folder and their sizes, which the
/// caller bounds; the archive is held to the same rules as in [`read`], its manifest apart.
pub fn some_files(
    kind: ArchiveKind,
    source: &mut dyn Source,
    limits: &Limits,
    wanted: &mut dyn FnMut(&str, u64) -> bool,
    on_file: &mut dyn FnMut(&str, Vec<u8>),
) -> Result<(), ArchiveError> {
    walk::walk(kind, source, limits, &mut |entry, data| {
        let Some(path) = gather::below_root(kind, entry.path).filter(|_| !entry.is_folder) else { return Ok(()) };
        if wanted(path, entry.size) {
            on_file(path, whole(data)?);
        }
        Ok(())
    })
}

/// The files of a source archive (a gzipped tar in one folder, as source hosts make them), links left out: they are
/// counted in the second number.
pub fn source_files(source: &mut dyn Source, limits: &Limits) -> Result<(Vec<FileFact>, usize), ArchiveError> {
    let mut files = Vec::new();
    let links = walk::walk_source(source, limits, &mut |entry, data| {
        let path = gather::below_root(ArchiveKind::Tgz, entry.path).filter(|_| !entry.is_folder);
        let Some(path) = path else { return Ok(()) };
        let sha256 = gather::digest(data)?;
        files.push(FileFact { path: path.to_owned(), size: entry.size, executable: entry.executable, sha256 });
        Ok(())
    })?;
    Ok((files, links))
}

/// The rest of a reader whose length was checked before.
fn whole(data: &mut dyn Read) -> Result<Vec<u8>, ArchiveError> {
    let mut content = Vec::new();
    data.read_to_end(&mut content).map_err(|error| ArchiveError::from_io(&error))?;
    Ok(content)
}

#[cfg(test)]
mod tests;
