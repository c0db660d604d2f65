//! Gathers facts while an archive is gone through: every file's digest, and the few files that say what it is.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};
use vetmoot_domain::{Package, Version};

use super::error::{ArchiveError, cut};
use super::walk::{Entry, Source};
use super::{ArchiveFacts, ArchiveKind, CrateManifest, FileFact, Limits, Manifest, NpmManifest, Piece, PythonMetadata, Survey};
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
    /// What is wrong and did not end the reading, where everything is to be told at once.
    errors: Option<Vec<ArchiveError>>,
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
        Self { kind, expected, limits, root: None, files: Vec::new(), unpacked_bytes: 0, kept, errors: None }
    }

    /// Nothing gathered yet; wrong names are noted and do not end the reading.
    pub(super) fn lenient(kind: ArchiveKind, expected: (&'e Package, &'e Version), limits: &'e Limits) -> Self {
        Self { errors: Some(Vec::new()), ..Self::new(kind, expected, limits) }
    }

    /// An error that need not end the reading: noted once for each code where everything is to be told.
    fn object(&mut self, error: ArchiveError) -> Result<(), ArchiveError> {
        let Some(errors) = &mut self.errors else { return Err(error) };
        if !errors.iter().any(|known| known.code() == error.code()) {
            errors.push(error);
        }
        Ok(())
    }

    /// Takes in one entry; `on_piece` looks on.
    pub(super) fn entry(
        &mut self,
        entry: &Entry<'_>,
        data: &mut dyn Read,
        on_piece: &mut dyn FnMut(Piece<'_>),
    ) -> Result<(), ArchiveError> {
        self.check_root(entry)?;
        let Some(path) = below_root(self.kind, entry.path).filter(|_| !entry.is_folder) else { return Ok(()) };
        on_piece(Piece::Begin { path, size: entry.size });
        let mut hasher = Hashing { sha256: Sha256::new(), on_piece };
        if self.tells(path)? && self.is_bearable(path, entry.size)? {
            let content = whole(data)?;
            // Writing into a digest cannot fail.
            let _ = hasher.write(&content);
            self.kept.insert(path.to_owned(), content);
        } else {
            io::copy(data, &mut hasher).map_err(|error| ArchiveError::from_io(&error))?;
        }
        self.unpacked_bytes = self.unpacked_bytes.saturating_add(entry.size);
        let sha256 = hasher.sha256.finalize().into();
        on_piece(Piece::End);
        self.files.push(FileFact { path: path.to_owned(), size: entry.size, executable: entry.executable, sha256 });
        Ok(())
    }

    fn is_bearable(&mut self, path: &str, bytes: u64) -> Result<bool, ArchiveError> {
        let limit = if path.ends_with("/RECORD") { ARCHIVE_RECORD_BYTES_MAX } else { self.limits.manifest_bytes };
        if bytes <= limit {
            return Ok(true);
        }
        self.object(ArchiveError::ManifestTooLong { path: cut(path), bytes, limit })?;
        Ok(false)
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
            self.object(ArchiveError::RootFolder { expected: cut(&expected), found: cut(entry.path) })?;
            self.root.get_or_insert_with(|| root.to_owned());
            return Ok(());
        }
        self.root = Some(expected);
        Ok(())
    }

    /// Crates lie in `NAME-VERSION`; Python projects spell their own name in many ways, npm packages call it as they like.
    fn expected_root(&self, found: &str) -> String {
        let (package, version) = self.expected;
        let fits = match self.kind {
            // Crates keep the spelling of their name, whose case is no part of their identity.
            ArchiveKind::Crate => {
                found.eq_ignore_ascii_case(&format!("{}-{version}", package.name())) && ends_with(found, version)
            }
            ArchiveKind::Sdist => python_metadata::root_fits(found, package, version),
            ArchiveKind::Wheel | ArchiveKind::Tgz => true,
        };
        if fits { found.to_owned() } else { format!("{}-{version}", package.name()) }
    }

    /// Whether this file says what the archive is; refuses a second spelling of its name.
    fn tells(&mut self, path: &str) -> Result<bool, ArchiveError> {
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
            self.object(ArchiveError::SeveralManifests(cut(path)))?;
        }
        Ok(path == name)
    }

    /// Reads the manifest and proves that it speaks of the release that was expected.
    pub(super) fn finish(mut self, source: &mut dyn Source) -> Result<ArchiveFacts, ArchiveError> {
        let manifest = self.manifest(source)?;
        let Self { root, files, unpacked_bytes, .. } = self;
        Ok(ArchiveFacts { root, files, unpacked_bytes, manifest })
    }

    /// Everything that was found, `ended` being what ended the reading early.
    pub(super) fn survey(mut self, source: &mut dyn Source, ended: Option<ArchiveError>) -> Survey {
        let kept = self.kept.iter().find(|(path, _)| !path.ends_with("/RECORD") && !path.ends_with("/WHEEL"));
        let told = kept.map(|(path, content)| (path.clone(), content.clone()));
        // Of an archive that was not read to its end nothing is said to be missing.
        let manifest = if ended.is_none() { Some(self.manifest(source)) } else { None };
        let mut errors = self.errors.take().unwrap_or_default();
        errors.extend(ended);
        errors.extend(manifest.and_then(Result::err));
        Survey { errors, root: self.root, files: self.files, manifest: told }
    }

    fn manifest(&mut self, source: &mut dyn Source) -> Result<Manifest, ArchiveError> {
        Ok(match self.kind {
            ArchiveKind::Crate => {
                let content = self.take("Cargo.toml")?;
                Manifest::Crate(CrateManifest::read(&content, self.expected, self.root.as_deref(), &self.files)?)
            }
            ArchiveKind::Tgz => {
                let content = self.take("package.json")?;
                Manifest::Npm(NpmManifest::read(&content, self.expected, &self.files)?)
            }
            ArchiveKind::Sdist => {
                let content = self.take("PKG-INFO")?;
                Manifest::Python(PythonMetadata::read("PKG-INFO", &content, self.expected, &self.files)?)
            }
            ArchiveKind::Wheel => Manifest::Python(self.wheel(source)?),
        })
    }

    fn take(&mut self, path: &str) -> Result<Vec<u8>, ArchiveError> {
        self.kept.remove(path).ok_or_else(|| ArchiveError::NoManifest(cut(path)))
    }

    fn wheel(&mut self, source: &mut dyn Source) -> Result<PythonMetadata, ArchiveError> {
        let mut folders: Vec<&str> =
            self.files.iter().filter_map(|file| file.path.split_once('/')).map(|(top, _)| top).collect();
        folders.retain(|folder| folder.to_ascii_lowercase().ends_with(".dist-info"));
        // Installers put what lies in `NAME.data/purelib` beside the packages, and a second one of these over the first.
        if let Some(second) = self.files.iter().find(|file| is_info_in_data(&file.path)) {
            return Err(ArchiveError::SeveralManifests(cut(&second.path)));
        }
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
        record::check(&record, &folder, &self.files, source, self.limits)?;
        PythonMetadata::read(&path, &metadata, self.expected, &self.files)
    }
}

/// Whether a wheel's file lies in a folder of metadata below `NAME.data`.
fn is_info_in_data(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let mut parts = lower.split('/');
    parts.next().and_then(|top| top.rsplit_once('.')).is_some_and(|(_, end)| end == "data")
        && parts.any(|part| part.ends_with(".dist-info"))
}

/// Whether the folder ends with exactly this version: a version's case counts.
fn ends_with(root: &str, version: &Version) -> bool {
    root.strip_suffix(version.as_str()).is_some_and(|name| name.ends_with('-'))
}

/// The SHA-256 of what is left of a reader.
pub(super) fn digest(data: &mut dyn Read) -> Result<[u8; 32], ArchiveError> {
    let mut hasher = Hashing { sha256: Sha256::new(), on_piece: &mut |_| {} };
    io::copy(data, &mut hasher).map_err(|error| ArchiveError::from_io(&error))?;
    Ok(hasher.sha256.finalize().into())
}

/// Bytes that flow into a digest, while somebody looks on.
struct Hashing<'p> {
    sha256: Sha256,
    on_piece: &'p mut dyn FnMut(Piece<'_>),
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sha256.update(bytes);
        (self.on_piece)(Piece::Bytes(bytes));
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
