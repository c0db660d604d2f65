//! Collects the entries of a lock file and merges those that name one release.

use std::collections::HashMap;

use vetmoot_domain::{Ecosystem, Package, Release, Use, Version};

use super::{FirstParty, FirstPartySource, LockEntry, LockError, LockFile, LockKind, LockedFile, UnknownLine};
use crate::limits::{LOCK_ENTRIES_MAX, LOCK_UNKNOWN_MAX};

/// Where every reader of a lock file puts what it finds.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    entries: Vec<LockEntry>,
    places: HashMap<Release, usize>,
    first_party: Vec<FirstParty>,
    unknown: Vec<UnknownLine>,
    count: usize,
}

impl Gathered {
    fn counted(&mut self) -> Result<(), LockError> {
        self.count += 1;
        if self.count > LOCK_ENTRIES_MAX { Err(LockError::TooMany) } else { Ok(()) }
    }

    /// Takes in a release. A second mention adds its files and makes the use the stronger one; another digest for the
    /// same file is an error.
    pub(super) fn entry(&mut self, entry: LockEntry) -> Result<(), LockError> {
        self.counted()?;
        let Some(known) = self.places.get(&entry.release).and_then(|place| self.entries.get_mut(*place)) else {
            self.places.insert(entry.release.clone(), self.entries.len());
            self.entries.push(entry);
            return Ok(());
        };
        if entry.usage < known.usage {
            known.usage = entry.usage;
        }
        known.registry = known.registry.take().or(entry.registry);
        // The files of a Python release are many; elsewhere a release is one file.
        let several = entry.release.package.ecosystem() == Ecosystem::Pypi;
        for file in entry.files {
            let same = |other: &&mut LockedFile| if several { **other == file } else { other.name == file.name };
            match known.files.iter_mut().find(same) {
                Some(other) if other.digests.contradicts(&file.digests) => {
                    let release = entry.release.to_string();
                    return Err(LockError::Contradiction { release, first: known.line, line: entry.line });
                }
                Some(other) => other.digests.learn(&file.digests),
                None => known.files.push(file),
            }
        }
        Ok(())
    }

    /// Takes in a package that no index published.
    pub(super) fn first_party(
        &mut self,
        name: &str,
        version: Option<&str>,
        source: FirstPartySource,
        line: u32,
    ) -> Result<(), LockError> {
        self.counted()?;
        let cut = |text: &str| text.chars().take(256).collect::<String>();
        let found = FirstParty { name: cut(name), version: version.map(cut), source, line };
        let known = self
            .first_party
            .iter()
            .any(|other| other.name == found.name && other.version == found.version && other.source == found.source);
        if !known {
            self.first_party.push(found);
        }
        Ok(())
    }

    /// Takes in what could not be read.
    pub(super) fn unknown(&mut self, line: u32, text: &str, why: impl ToString) -> Result<(), LockError> {
        self.counted()?;
        if self.unknown.len() < LOCK_UNKNOWN_MAX {
            let text = text.trim().chars().take(120).collect();
            self.unknown.push(UnknownLine { line, text, why: why.to_string().chars().take(200).collect() });
        }
        Ok(())
    }

    /// Everything, in the order of the lines.
    pub(super) fn into_file(mut self, kind: LockKind) -> LockFile {
        self.entries.sort_by_key(|entry| entry.line);
        LockFile { kind, entries: self.entries, first_party: self.first_party, unknown: self.unknown }
    }
}

/// The release of a name and version; the reason in words when no index has it.
pub(super) fn release(ecosystem: Ecosystem, name: &str, version: &str) -> Result<Release, String> {
    let package = Package::new(ecosystem, name).map_err(|error| error.to_string())?;
    let version: Version = version.parse().map_err(|error: vetmoot_domain::text::BadWord| error.to_string())?;
    Ok(package.release(version))
}

/// An entry with one nameless file when a digest is known, for ecosystems whose releases are one file.
pub(super) fn single(
    release: Release,
    digest: Option<vetmoot_domain::Digest>,
    usage: Use,
    line: u32,
    registry: Option<String>,
) -> LockEntry {
    let files = digest.map(|digest| LockedFile { name: None, digests: vetmoot_domain::Digests::of(digest) });
    LockEntry { release, files: files.into_iter().collect(), usage, line, registry }
}
