//! Core metadata of Python distributions: `PKG-INFO` in source distributions, `METADATA` in wheels.

use vetmoot_domain::{Ecosystem, Package, Version};

use super::FileFact;
use super::error::{ArchiveError, cut};
use super::headers::Headers;
use crate::limits::ARCHIVE_MANIFEST_ITEMS_MAX;

/// What the metadata of a Python distribution says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonMetadata {
    /// The project's name as it spells it.
    pub name: String,
    /// Its version as it writes it.
    pub version: String,
    /// Its licence: the SPDX expression, else the old free text.
    pub license: Option<String>,
    /// Where its source is kept, when one of its links says so.
    pub repository: Option<String>,
    /// Its web site.
    pub homepage: Option<String>,
    /// One sentence about it.
    pub summary: Option<String>,
    /// The Python versions it asks for.
    pub requires_python: Option<String>,
    /// What it requires, as it writes it.
    pub requires: Vec<String>,
    /// For a source distribution: whether `setup.py` runs when it is installed.
    pub setup_script: bool,
}

impl PythonMetadata {
    /// Reads the headers; refuses them when they name another release than `expected`, or themselves twice.
    pub(super) fn read(
        path: &str,
        content: &[u8],
        expected: (&Package, &Version),
        files: &[FileFact],
    ) -> Result<Self, ArchiveError> {
        let Headers { fields: headers, .. } = Headers::read(content);
        let all = |key: &'static str| {
            let named = headers.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(key));
            named.map(|(_, value)| value.clone())
        };
        let one = |key| all(key).find(|value| !value.is_empty() && value != "UNKNOWN");
        let only = |key| match all(key).count() {
            1 => one(key).ok_or_else(|| format!("`{key}` is empty")),
            0 => Err(format!("there is no `{key}`")),
            _ => Err(format!("`{key}` stands there twice")),
        };
        let unreadable = |why: String| ArchiveError::Manifest { path: cut(path), why };
        let (name, version) = (only("Name").map_err(unreadable)?, only("Version").map_err(unreadable)?);
        let (package, expected_version) = expected;
        if !names(&name, package) || !same_version(&version, expected_version.as_str()) {
            let found = cut(&format!("{name} {version}"));
            return Err(ArchiveError::OtherRelease { expected: format!("{} {expected_version}", package.name()), found });
        }
        Ok(Self {
            name,
            version,
            license: one("License-Expression").or_else(|| one("License")),
            repository: repository(all("Project-URL")),
            homepage: one("Home-page").or_else(|| link(all("Project-URL"), &["homepage"])),
            summary: one("Summary"),
            requires_python: one("Requires-Python"),
            requires: all("Requires-Dist").take(ARCHIVE_MANIFEST_ITEMS_MAX).collect(),
            setup_script: files.iter().any(|file| file.path == "setup.py"),
        })
    }
}

/// Whether `NAME-VERSION`, in whatever spelling, is the release's.
pub(super) fn root_fits(root: &str, package: &Package, version: &Version) -> bool {
    root.match_indices('-').any(|(at, _)| match (root.get(..at), root.get(at + 1..)) {
        (Some(name), Some(rest)) => names(name, package) && same_version(rest, version.as_str()),
        _ => false,
    })
}

fn names(name: &str, package: &Package) -> bool {
    Package::new(Ecosystem::Pypi, name).is_ok_and(|named| named == *package)
}

/// Equal under PEP 440, whose versions have many spellings; names of files write `_` for `-`.
fn same_version(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    let read = |text: &str| text.replace('_', "-").parse::<pep440_rs::Version>().ok();
    matches!((read(left), read(right)), (Some(left), Some(right)) if left == right)
}

fn repository(urls: impl Iterator<Item = String>) -> Option<String> {
    link(urls, &["source", "source code", "repository", "code", "github", "gitlab"])
}

/// The first link whose label is one of these (`Label, URL`).
fn link(urls: impl Iterator<Item = String>, labels: &[&str]) -> Option<String> {
    let mut pairs = urls
        .filter_map(|url| url.split_once(',').map(|(label, url)| (label.trim().to_ascii_lowercase(), url.trim().to_owned())));
    pairs.find(|(label, _)| labels.contains(&label.as_str())).map(|(_, url)| url)
}
