//! npm versions: SemVer 2.0 with npm's own ranges.

use std::cmp::Ordering;

use nodejs_semver::Range;
use vetmoot_domain::{RangeError, Version, Versions};

use crate::listing::cut;

/// The order and ranges of npm versions.
#[derive(Debug)]
pub struct NpmVersions;

/// The version, if npm can read it.
pub(super) fn read(version: &Version) -> Option<nodejs_semver::Version> {
    nodejs_semver::Version::parse(version.as_str()).ok()
}

impl Versions for NpmVersions {
    /// Build metadata does not count.
    fn compare(&self, left: &Version, right: &Version) -> Ordering {
        match (read(left), read(right)) {
            (Some(left), Some(right)) => left.cmp(&right),
            (Some(_), None) => Ordering::Greater,
            (None, Some(_)) => Ordering::Less,
            (None, None) => left.as_str().cmp(right.as_str()),
        }
    }
    /// npm's ranges (`^1.2 || >=3`), pre-releases included: who judges `<2.0.0` means `2.0.0-rc.1` and `1.9.0-beta` too,
    /// and a claim about a range must not be dodged by a suffix. Text that is no version lies in no range.
    fn in_range(&self, range: &str, version: &Version) -> Result<bool, RangeError> {
        let range =
            Range::parse(range).map_err(|error| RangeError { ecosystem: "npm", range: cut(range), why: error.to_string() })?;
        Ok(read(version).is_some_and(|version| range.satisfies_with_prerelease(&version, true)))
    }
    fn is_prerelease(&self, version: &Version) -> bool {
        read(version).is_some_and(|version| version.is_prerelease())
    }
    fn is_version(&self, version: &Version) -> bool {
        read(version).is_some()
    }
}
