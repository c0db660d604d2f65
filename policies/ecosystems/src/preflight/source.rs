//! How a candidate's archive compares with the source it is said to be made from.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::archive::{ArchiveKind, FileFact};
use crate::limits::SOURCE_PATHS_MAX;

/// What a comparison with a source archive found. Every list holds at most [`SOURCE_PATHS_MAX`] paths.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SourceComparison {
    /// The candidate's file.
    pub file_name: String,
    /// Files that are in both with the same bytes.
    pub same: usize,
    /// Files that the ecosystem's tools write or change, and that no source holds like that.
    pub generated: Paths,
    /// Files of the archive that the source does not have.
    pub missing: Paths,
    /// Files that are in both with other bytes.
    pub differing: Paths,
    /// Files of the source that the archive does not have; most packages leave some out.
    pub extra: Paths,
}

/// Some paths, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Paths {
    /// How many there are.
    pub count: usize,
    /// The first of them in order of the alphabet.
    pub paths: Vec<String>,
}

impl Paths {
    fn add(&mut self, path: &str) {
        self.count += 1;
        if self.paths.len() < SOURCE_PATHS_MAX {
            self.paths.push(path.to_owned());
        }
    }
}

impl SourceComparison {
    /// Whether everything in the archive is in the source, what tools write apart.
    pub fn agrees(&self) -> bool {
        self.missing.count == 0 && self.differing.count == 0
    }
}

/// Compares the files of a candidate's archive with those of the source below `folder` (empty: all of it).
pub fn compare(
    kind: ArchiveKind,
    file_name: &str,
    archive: &[FileFact],
    source: &[FileFact],
    folder: &str,
) -> SourceComparison {
    let folder = folder.trim_matches('/');
    let below = |path: &str| -> Option<String> {
        if folder.is_empty() { Some(path.to_owned()) } else { Some(path.strip_prefix(folder)?.strip_prefix('/')?.to_owned()) }
    };
    let sources: BTreeMap<String, [u8; 32]> =
        source.iter().filter_map(|file| Some((below(&file.path)?, file.sha256))).collect();
    let digests: BTreeSet<[u8; 32]> = sources.values().copied().collect();
    let mut files: Vec<&FileFact> = archive.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut comparison = SourceComparison { file_name: file_name.to_owned(), ..SourceComparison::default() };
    let mut used = BTreeSet::new();
    for file in files {
        let path = counterpart(kind, &file.path);
        match sources.get(path) {
            Some(digest) if *digest == file.sha256 => comparison.same += 1,
            _ if is_generated(kind, &file.path, archive) => comparison.generated.add(&file.path),
            Some(_) => comparison.differing.add(&file.path),
            // Wheels, and projects that keep their packages in a folder of their own, have other paths.
            None if moves_files(kind) && digests.contains(&file.sha256) => comparison.same += 1,
            None => comparison.missing.add(&file.path),
        }
        used.insert(path.to_owned());
    }
    let held: BTreeSet<[u8; 32]> = archive.iter().map(|file| file.sha256).collect();
    for (path, digest) in &sources {
        let is_elsewhere = moves_files(kind) && held.contains(digest);
        if !is_elsewhere && !used.contains(path) {
            comparison.extra.add(path);
        }
    }
    comparison
}

/// The path in the source of a file of the archive.
fn counterpart(kind: ArchiveKind, path: &str) -> &str {
    match (kind, path) {
        // Cargo keeps the manifest as it was written beside the one it writes.
        (ArchiveKind::Crate, "Cargo.toml.orig") => "Cargo.toml",
        _ => path,
    }
}

/// Whether the ecosystem's tools put files elsewhere than where the source has them.
fn moves_files(kind: ArchiveKind) -> bool {
    matches!(kind, ArchiveKind::Wheel)
}

/// Files that tools write, or change on the way, whatever the source holds.
fn is_generated(kind: ArchiveKind, path: &str, archive: &[FileFact]) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match kind {
        ArchiveKind::Crate => match path {
            ".cargo_vcs_info.json" | "Cargo.lock" => true,
            // The manifest is rewritten, and the written one lies beside it; without that it would be a change unseen.
            "Cargo.toml" => archive.iter().any(|file| file.path == "Cargo.toml.orig"),
            _ => false,
        },
        ArchiveKind::Sdist => {
            let is_info = folder.split('/').any(|part| part.ends_with(".egg-info"));
            path == "PKG-INFO" || path == "setup.cfg" || is_info
        }
        ArchiveKind::Wheel => folder.split('/').next().is_some_and(|top| top.ends_with(".dist-info")),
        ArchiveKind::Tgz => name == "npm-shrinkwrap.json" && folder.is_empty(),
    }
}
