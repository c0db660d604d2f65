//! Packages, releases and artifacts: the identities everything else hangs on.

mod names;
mod purl;

use std::fmt;
use std::str::FromStr;

use crate::ecosystem::Ecosystem;
use crate::limits::{FILE_NAME_BYTES_MAX, VERSION_BYTES_MAX};
use crate::text::BadWord;

pub use names::NameError;
pub use purl::PurlError;

/// A package's name in its ecosystem's normal form (`Flask_Login` on the Python index is `flask-login`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageName(String);

impl PackageName {
    /// The normalised name as text; an npm scope keeps its `@`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A package: a name in an ecosystem. Text form: its purl, `pkg:cargo/serde`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Package {
    ecosystem: Ecosystem,
    name: PackageName,
}

impl Package {
    /// The package of this name, normalised by its ecosystem's rule; refuses what no index of that ecosystem admits.
    pub fn new(ecosystem: Ecosystem, name: &str) -> Result<Self, NameError> {
        Ok(Self { ecosystem, name: PackageName(names::normalise(ecosystem, name)?) })
    }
    /// The ecosystem.
    pub fn ecosystem(&self) -> Ecosystem {
        self.ecosystem
    }
    /// The normalised name.
    pub fn name(&self) -> &PackageName {
        &self.name
    }
    /// The release of this package with that version.
    pub fn release(&self, version: Version) -> Release {
        Release { package: self.clone(), version }
    }
}

/// A version as its index writes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(String);

impl Version {
    /// The version as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Version {
    type Err = BadWord;
    fn from_str(text: &str) -> Result<Self, BadWord> {
        let rule = "use 1 to 256 visible ASCII characters without slash, backslash, question mark, hash or percent";
        let fine = !text.is_empty()
            && text.len() <= VERSION_BYTES_MAX
            && text != "."
            && text != ".."
            && text
                .bytes()
                .all(|b| b.is_ascii_graphic() && !matches!(b, b'/' | b'\\' | b'?' | b'#' | b'%' | b'"' | b'<' | b'>'));
        if fine { Ok(Self(text.to_owned())) } else { Err(BadWord::new("version", text, rule)) }
    }
}

/// A release: a package at a version. Text form: its purl, `pkg:cargo/serde@1.0.219`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// The package.
    pub package: Package,
    /// The version.
    pub version: Version,
}

impl Release {
    /// The artifact of this release with that file name (none where a release is one file).
    pub fn artifact(&self, file_name: Option<&str>) -> Artifact {
        Artifact { release: self.clone(), file_name: file_name.map(str::to_owned) }
    }
}

/// One published file. Text form: the release's purl, with `?file_name=` where a release has several files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Artifact {
    /// The release.
    pub release: Release,
    /// The file's name, on indexes that publish several files a release.
    pub file_name: Option<String>,
}

/// Whether a file name is one path segment of plain visible characters, safe to show and to put into a URL.
pub fn is_file_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= FILE_NAME_BYTES_MAX
        && !name.starts_with('.')
        && name
            .bytes()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b'/' | b'\\' | b'?' | b'#' | b'%' | b'"' | b'<' | b'>' | b':'))
}

crate::text_form!(Version);
crate::text_form!(Package);
crate::text_form!(Release);
crate::text_form!(Artifact);

#[cfg(test)]
mod tests;
