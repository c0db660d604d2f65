//! Gathers facts while an archive is gone through: every file's digest, and the few files that say what it is.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};
use vetmoot_domain::{Package, Version};

use super::error::{ArchiveError, cut};
use super::walk::Entry;
use super::{ArchiveFacts, ArchiveKind, CrateManifest, FileFact, Limits, Manifest, NpmManifest, PythonMetadata};
use super::{python_metadata, record, whole};
use crate::limits::ARCHIVE_RECORD_BYTES_MAX;

/// What has been gathered so far.
pub(super) struct Gather<'e> {
    kind: ArchiveKind,
    expected: (&'e Package, &'e Version),
    limits: &'e Limits,
    root: Option<String>,
    files: Vec<FileFact>,
    unpacked_bytes: u64,
    /// Files that say what the archive is, by path below the root.
    kept: BTreeMap<String, Vec<u8>>,
}

/// The path below the root folder; none when the path is the root folder itself.
pub(super) fn below_root(kind: ArchiveKind, path: &str) -> Option<&str> {
    match kind {
        ArchiveKind::Wheel => Some(path),
        ArchiveKind::Crate | ArchiveKind::Sdist | ArchiveKind::Tgz => path.split_once('/').map(|(_, below)| below),
    }
}

impl<'e> Gather<'e> {
    /// Nothing gathered yet.
    pub(super) fn new(kind: ArchiveKind, expected: (&'e Package, &'e Version), limits: &'e Limits) -> Self {
        let kept = BTreeMap::new();
        Self { kind, expected, limits, root: None, files: Vec::new(), unpacked_bytes: 0, kept }
    }

    /// Takes in one entry.
    pub(super) fn entry(&mut self, entry: &Entry<'_>, data: &mut dyn Read) -> Result<(), ArchiveError> {
        self.check_root(entry)?;
        let Some(path) = below_root(self.kind, entry.path).filter(|_| !entry.is_folder) else { return Ok(()) };
        let mut hasher = Hashing(Sha256::new());
        if self.tells(path)? {
            let limit = if path.ends_with("/RECORD") { ARCHIVE_RECORD_BYTES_MAX } else { self.limits.manifest_bytes };
            if entry.size > limit {
                return Err(ArchiveError::ManifestTooLong { path: cut(path), bytes: entry.size, limit });
            }
            let content = whole(data)?;
            hasher.0.update(&content);
            self.kept.insert(path.to_owned(), content);
        } else {
            io::copy(data, &mut hasher).map_err(|error| ArchiveError::from_io(&error))?;
        }
        self.unpacked_bytes = self.unpacked_bytes.saturating_add(entry.size);
        let sha256 = hasher.0.finalize().into();
        self.files.push(FileFact { path: path.to_owned(), size: entry.size, executable: entry.executable, sha256 });
        Ok(())
    }

    fn check_root(&mut self, entry: &Entry<'_>) -> Result<(), ArchiveError> {
        if self.kind == ArchiveKind::Wheel {
            return Ok(());
        }
        let (root, is_inside) = match entry.path.split_once('/') {
            Some((root, _)) => (root, true),
            None => (entry.path, entry.is_folder),
        };
        let expected = match &self.root {
            Some(root) => root.clone(),
            None => self.expected_root(root),
        };
        if root != expected || !is_inside {
            return Err(ArchiveError::RootFolder { expected: cut(&expected), found: cut(entry.path) });
        }
        self.root = Some(expected);
        Ok(())
    }

    /// Crates lie in `NAME-VERSION`; Python projects spell their own name in many ways, npm packages call it as they like.
    fn expected_root(&self, found: &str) -> String {
        let (package, version) = self.expected;
        let fits = match self.kind {
            ArchiveKind::Crate => false,
            ArchiveKind::Sdist => python_metadata::root_fits(found, package, version),
            ArchiveKind::Wheel | ArchiveKind::Tgz => true,
        };
        if fits { found.to_owned() } else { format!("{}-{version}", package.name()) }
    }

    /// Whether this file says what the archive is; refuses a second spelling of its name.
    fn tells(&self, path: &str) -> Result<bool, ArchiveError> {
        let name = match self.kind {
            ArchiveKind::Crate => "Cargo.toml",
            ArchiveKind::Sdist => "PKG-INFO",
            ArchiveKind::Tgz => "package.json",
            ArchiveKind::Wheel => {
                let (folder, name) = path.split_once('/').unwrap_or_default();
                return Ok(folder.ends_with(".dist-info") && matches!(name, "METADATA" | "RECORD" | "WHEEL"));
            }
        };
        if path.eq_ignore_ascii_case(name) && path != name {
            return Err(ArchiveError::SeveralManifests(cut(path)));
        }
        Ok(path == name)
    }

    /// Reads the manifest and proves that it speaks of the release that was expected.
    pub(super) fn finish(mut self, bytes: &[u8]) -> Result<ArchiveFacts, ArchiveError> {
        let manifest = match self.kind {
            ArchiveKind::Crate => {
                let content = self.take("Cargo.toml")?;
                Manifest::Crate(CrateManifest::read(&content, self.expected, &self.files)?)
            }
            ArchiveKind::Tgz => {
                let content = self.take("package.json")?;
                Manifest::Npm(NpmManifest::read(&content, self.expected, &self.files)?)
            }
            ArchiveKind::Sdist => {
                let content = self.take("PKG-INFO")?;
                Manifest::Python(PythonMetadata::read("PKG-INFO", &content, self.expected, &self.files)?)
            }
            ArchiveKind::Wheel => Manifest::Python(self.wheel(bytes)?),
        };
        let Self { root, files, unpacked_bytes, .. } = self;
        Ok(ArchiveFacts { root, files, unpacked_bytes, manifest })
    }

    fn take(&mut self, path: &str) -> Result<Vec<u8>, ArchiveError> {
        self.kept.remove(path).ok_or_else(|| ArchiveError::NoManifest(cut(path)))
    }

    fn wheel(&mut self, bytes: &[u8]) -> Result<PythonMetadata, ArchiveError> {
        let mut folders: Vec<&str> =
            self.files.iter().filter_map(|file| file.path.split_once('/')).map(|(top, _)| top).collect();
        folders.retain(|folder| folder.to_ascii_lowercase().ends_with(".dist-info"));
        folders.sort_unstable();
        folders.dedup();
        let folder = match folders.as_slice() {
            [] => return Err(ArchiveError::NoManifest("*.dist-info/METADATA".to_owned())),
            [folder] => (*folder).to_owned(),
            [_, second, ..] => return Err(ArchiveError::SeveralManifests(cut(second))),
        };
        let (package, version) = self.expected;
        let stem = folder.strip_suffix(".dist-info").unwrap_or_default();
        if !python_metadata::root_fits(stem, package, version) {
            let expected = package.release(version.clone()).to_string();
            return Err(ArchiveError::OtherRelease { expected, found: cut(&folder) });
        }
        self.take(&format!("{folder}/WHEEL"))?;
        let path = format!("{folder}/METADATA");
        let metadata = self.take(&path)?;
        let record = self.take(&format!("{folder}/RECORD"))?;
        record::check(&record, &folder, &self.files, bytes, self.limits)?;
        PythonMetadata::read(&path, &metadata, self.expected, &self.files)
    }
}

/// Bytes that flow into a digest.
struct Hashing(Sha256);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
