//! Python versions: PEP 440.

use std::cmp::Ordering;
use std::str::FromStr;

use pep440_rs::VersionSpecifiers;
use vetmoot_domain::{RangeError, Version, Versions};

use crate::listing::cut;

/// The order and ranges of Python versions. Versions older than PEP 440 (`2004d`) sort below all others.
#[derive(Debug)]
pub struct PypiVersions;

fn read(version: &Version) -> Option<pep440_rs::Version> {
    pep440_rs::Version::from_str(version.as_str()).ok()
}

impl Versions for PypiVersions {
    /// `1.0` and `1.0.0` are the same version, as PEP 440 says.
    fn compare(&self, left: &Version, right: &Version) -> Ordering {
        match (read(left), read(right)) {
            (Some(left), Some(right)) => left.cmp(&right),
            (Some(_), None) => Ordering::Greater,
            (None, Some(_)) => Ordering::Less,
            (None, None) => left.as_str().cmp(right.as_str()),
        }
    }
    /// PEP 440 specifiers (`>=1.2,!=1.3`), pre-releases included; `*` or nothing is every version, readable or not.
    fn in_range(&self, range: &str, version: &Version) -> Result<bool, RangeError> {
        if matches!(range.trim(), "" | "*") {
            return Ok(true);
        }
        let range = VersionSpecifiers::from_str(range).map_err(|error| RangeError {
            ecosystem: "pypi",
            range: cut(range),
            why: error.to_string(),
        })?;
        Ok(read(version).is_some_and(|version| range.contains(&version)))
    }
    fn is_prerelease(&self, version: &Version) -> bool {
        read(version).is_some_and(|version| version.any_prerelease())
    }
    fn is_version(&self, version: &Version) -> bool {
        read(version).is_some()
    }
}
