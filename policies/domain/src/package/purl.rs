//! The package URL: reading any spelling, writing one.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{Artifact, NameError, Package, Release, Version, is_file_name};
use crate::ecosystem::Ecosystem;
use crate::limits::PURL_BYTES_MAX;
use crate::text::{BadWord, UnknownWord};

/// What the purl specification leaves unencoded in a name, version or qualifier (and the colon, which it allows).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');

/// Text that is no package URL, release or artifact of a known ecosystem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PurlError {
    /// It does not begin with `pkg:` and a type.
    #[error("`{0}` is not a package URL; write pkg:cargo/NAME@VERSION, pkg:pypi/NAME@VERSION or pkg:npm/NAME@VERSION")]
    NotAPurl(String),
    /// It is longer than any real one.
    #[error("the package URL has {0} bytes; at most {PURL_BYTES_MAX} are read")]
    TooLong(usize),
    /// The type is none of ours.
    #[error(transparent)]
    Ecosystem(#[from] UnknownWord),
    /// The name breaks its ecosystem's rule.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The version breaks the rule of versions.
    #[error(transparent)]
    Version(#[from] BadWord),
    /// A release was asked for and no version stands there.
    #[error("`{0}` names no version; add @VERSION")]
    NoVersion(String),
    /// A version or file name stands where a package alone was asked for.
    #[error("`{0}` names a release; leave the version out to name the package")]
    NotAPackage(String),
    /// A qualifier other than `file_name`, or a bad file name.
    #[error("`{0}` is not a qualifier understood here; only file_name=NAME is")]
    Qualifier(String),
}

struct Parts {
    package: Package,
    version: Option<Version>,
    file_name: Option<String>,
}

fn cut(text: &str) -> String {
    text.chars().take(120).collect()
}

fn decoded(text: &str) -> Result<String, PurlError> {
    // Decoded exactly once: what still holds a percent sign afterwards is refused by the name's own rule.
    percent_decode_str(text).decode_utf8().map(std::borrow::Cow::into_owned).map_err(|_| PurlError::NotAPurl(cut(text)))
}

fn parts(text: &str) -> Result<Parts, PurlError> {
    if text.len() > PURL_BYTES_MAX {
        return Err(PurlError::TooLong(text.len()));
    }
    let not_a_purl = || PurlError::NotAPurl(cut(text));
    let rest = text.strip_prefix("pkg:").ok_or_else(not_a_purl)?.trim_start_matches('/');
    let rest = rest.split_once('#').map_or(rest, |(before, _subpath)| before);
    let (path, qualifiers) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    let (kind, path) = path.split_once('/').ok_or_else(not_a_purl)?;
    let ecosystem: Ecosystem = kind.to_ascii_lowercase().parse()?;
    // The last @ that is not an npm scope's own divides name and version.
    let (name, version) = match path.rfind('@') {
        Some(at) if at > 0 => path.split_at_checked(at).map_or((path, None), |(name, version)| (name, version.get(1..))),
        _ => (path, None),
    };
    let package = Package::new(ecosystem, &decoded(name.trim_end_matches('/'))?)?;
    let version = version.map(|version| decoded(version).and_then(|text| Ok(text.parse()?))).transpose()?;
    let mut file_name = None;
    for qualifier in qualifiers.into_iter().flat_map(|all| all.split('&')).filter(|one| !one.is_empty()) {
        match qualifier.split_once('=') {
            Some(("file_name", name)) => {
                let name = decoded(name)?;
                if !is_file_name(&name) {
                    return Err(PurlError::Qualifier(cut(qualifier)));
                }
                file_name = Some(name);
            }
            _ => return Err(PurlError::Qualifier(cut(qualifier))),
        }
    }
    Ok(Parts { package, version, file_name })
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pkg:{}/", self.ecosystem())?;
        let mut first = true;
        for part in self.name().as_str().split('/') {
            if !first {
                f.write_str("/")?;
            }
            first = false;
            write!(f, "{}", utf8_percent_encode(part, ENCODED))?;
        }
        Ok(())
    }
}

impl FromStr for Package {
    type Err = PurlError;
    fn from_str(text: &str) -> Result<Self, PurlError> {
        let parts = parts(text)?;
        if parts.version.is_some() || parts.file_name.is_some() {
            return Err(PurlError::NotAPackage(cut(text)));
        }
        Ok(parts.package)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.package, utf8_percent_encode(self.version.as_str(), ENCODED))
    }
}

impl FromStr for Release {
    type Err = PurlError;
    fn from_str(text: &str) -> Result<Self, PurlError> {
        let artifact: Artifact = text.parse()?;
        match artifact.file_name {
            None => Ok(artifact.release),
            Some(name) => Err(PurlError::Qualifier(cut(&format!("file_name={name}")))),
        }
    }
}

impl fmt::Display for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.release)?;
        match &self.file_name {
            Some(name) => write!(f, "?file_name={}", utf8_percent_encode(name, ENCODED)),
            None => Ok(()),
        }
    }
}

impl FromStr for Artifact {
    type Err = PurlError;
    fn from_str(text: &str) -> Result<Self, PurlError> {
        let parts = parts(text)?;
        let version = parts.version.ok_or_else(|| PurlError::NoVersion(cut(text)))?;
        Ok(Self { release: Release { package: parts.package, version }, file_name: parts.file_name })
    }
}
