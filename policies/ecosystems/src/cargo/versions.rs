//! Crate versions: SemVer 2.0, and cargo-vet's revisions of a repository.

use std::cmp::Ordering;

use semver::VersionReq;
use vetmoot_domain::{RangeError, Version, Versions};

use crate::listing::cut;

/// The order and ranges of crate versions. A revision (`1.0.0@git:<hex>`) sorts right after the version it names.
#[derive(Debug)]
pub struct CargoVersions;

/// A readable version: what SemVer orders, then the revision's text.
fn read(version: &Version) -> Option<(semver::Version, Option<&str>)> {
    match version.as_str().split_once("@git:") {
        Some((version, revision)) => Some((semver::Version::parse(version).ok()?, Some(revision))),
        None => Some((semver::Version::parse(version.as_str()).ok()?, None)),
    }
}

impl Versions for CargoVersions {
    fn compare(&self, left: &Version, right: &Version) -> Ordering {
        match (read(left), read(right)) {
            (Some(left), Some(right)) => left.cmp(&right),
            (Some(_), None) => Ordering::Greater,
            (None, Some(_)) => Ordering::Less,
            (None, None) => left.as_str().cmp(right.as_str()),
        }
    }
    /// Cargo's requirements (`>=1.2, <1.5`). As cargo does, a pre-release is matched only by a requirement that names one
    /// of the same version. Text that is no version lies in no range.
    fn in_range(&self, range: &str, version: &Version) -> Result<bool, RangeError> {
        let range = VersionReq::parse(range).map_err(|error| RangeError {
            ecosystem: "cargo",
            range: cut(range),
            why: error.to_string(),
        })?;
        Ok(read(version).is_some_and(|(version, _)| range.matches(&version)))
    }
    fn is_prerelease(&self, version: &Version) -> bool {
        read(version).is_some_and(|(version, _)| !version.pre.is_empty())
    }
    fn is_version(&self, version: &Version) -> bool {
        read(version).is_some()
    }
}
