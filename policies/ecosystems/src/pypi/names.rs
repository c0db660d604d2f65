//! What a distribution's file name says: project, version, kind.

use std::str::FromStr;

use vetmoot_domain::package::is_file_name;
use vetmoot_domain::{Ecosystem, Package, Version};

use crate::listing::cut;

/// What kind of distribution a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A built distribution (PEP 427).
    Wheel,
    /// A source distribution.
    Sdist,
    /// An egg, an installer or a package of an operating system: listed by old projects, installed by no tool of today.
    Other,
}

/// A file name that does not belong to the project that lists it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// It could not be one segment of a path.
    #[error("`{0}` is no file name")]
    NotAFileName(String),
    /// No kind of distribution ends like this.
    #[error("`{0}` has the ending of no distribution")]
    UnknownEnding(String),
    /// It begins with another project's name.
    #[error("`{file}` belongs to another project than {project}")]
    OtherProject {
        /// The file's name, cut at 80 characters.
        file: String,
        /// The project that lists it.
        project: String,
    },
    /// Where the version should stand is none.
    #[error("`{0}` names no version")]
    NoVersion(String),
}

impl FileNameError {
    /// A stable name of the case, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAFileName(_) => "file-name-bad",
            Self::UnknownEnding(_) => "file-name-unknown-ending",
            Self::OtherProject { .. } => "file-name-other-project",
            Self::NoVersion(_) => "file-name-no-version",
        }
    }
}

/// Endings of source distributions, longest first.
const SDISTS: [&str; 7] = [".tar.bz2", ".tar.gz", ".tar.xz", ".tar.Z", ".tar", ".tgz", ".zip"];
/// Endings of what tools no longer install.
const OTHERS: [&str; 6] = [".egg", ".exe", ".msi", ".dmg", ".deb", ".rpm"];

/// Reads a file's name, which must belong to `project`. Versions of PEP 440 come in its normal form.
pub fn read_file_name(project: &Package, file: &str) -> Result<(Version, FileKind), FileNameError> {
    if !is_file_name(file) {
        return Err(FileNameError::NotAFileName(cut(file)));
    }
    if let Some(stem) = file.strip_suffix(".whl") {
        return wheel(project, file, stem).map(|version| (version, FileKind::Wheel));
    }
    if let Some(stem) = SDISTS.iter().find_map(|ending| file.strip_suffix(ending)) {
        let version = after_project(project, file, stem)?;
        return normal(version).map(|version| (version, FileKind::Sdist)).ok_or_else(|| no_version(file));
    }
    if let Some(ending) = OTHERS.iter().find(|ending| file.ends_with(**ending)) {
        let rest = after_project(project, file, file.strip_suffix(ending).unwrap_or_default())?;
        // Packages of an operating system append their own release number, which PEP 440 would take for a post-release.
        let rest = if *ending == ".rpm" { rest.rsplit_once('-').map_or(rest, |(version, _)| version) } else { rest };
        return leading_version(rest).map(|version| (version, FileKind::Other)).ok_or_else(|| no_version(file));
    }
    Err(FileNameError::UnknownEnding(cut(file)))
}

/// `{name}-{version}(-{build})?-{python}-{abi}-{platform}`, as PEP 427 says.
fn wheel(project: &Package, file: &str, stem: &str) -> Result<Version, FileNameError> {
    let parts: Vec<&str> = stem.split('-').collect();
    let (name, version) = match parts.as_slice() {
        [name, version, _, _, _] => (*name, *version),
        [name, version, build, _, _, _] if build.starts_with(|c: char| c.is_ascii_digit()) => (*name, *version),
        _ => return Err(no_version(file)),
    };
    if !is_project(project, name) {
        return Err(other_project(project, file));
    }
    normal(version).ok_or_else(|| no_version(file))
}

/// What stands behind the project's name, in whichever spelling the file has it.
fn after_project<'f>(project: &Package, file: &str, stem: &'f str) -> Result<&'f str, FileNameError> {
    stem.match_indices('-')
        .find_map(|(at, _)| {
            let (name, rest) = (stem.get(..at)?, stem.get(at + 1..)?);
            is_project(project, name).then_some(rest)
        })
        .ok_or_else(|| other_project(project, file))
}

fn is_project(project: &Package, name: &str) -> bool {
    Package::new(Ecosystem::Pypi, name).is_ok_and(|package| package == *project)
}

/// A version of PEP 440 in its normal form; none when it is none.
pub fn normal_version(text: &str) -> Option<Version> {
    pep440_rs::Version::from_str(text).ok()?.to_string().parse().ok()
}

/// A version in its normal form. What PEP 440 cannot read is kept as written when it begins with a digit, as the versions
/// of files older than it do; anything else is the rest of another project's name.
fn normal(text: &str) -> Option<Version> {
    match pep440_rs::Version::from_str(text) {
        Ok(version) => version.to_string().parse().ok(),
        Err(_) if text.starts_with(|c: char| c.is_ascii_digit()) => text.parse().ok(),
        Err(_) => None,
    }
}

/// The longest beginning of `text`, ending before a dot or hyphen, that is a version of PEP 440.
fn leading_version(text: &str) -> Option<Version> {
    let ends = std::iter::once(text.len()).chain(text.rmatch_indices(['-', '.']).map(|(at, _)| at));
    ends.filter_map(|end| text.get(..end))
        .find_map(|head| pep440_rs::Version::from_str(head).ok())
        .and_then(|version| version.to_string().parse().ok())
}

fn no_version(file: &str) -> FileNameError {
    FileNameError::NoVersion(cut(file))
}

fn other_project(project: &Package, file: &str) -> FileNameError {
    FileNameError::OtherProject { file: cut(file), project: project.name().to_string() }
}
