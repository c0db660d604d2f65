//! What judging needs to know about an ecosystem's versions, without knowing the ecosystem.

use std::cmp::Ordering;

use crate::package::Version;

/// The order and ranges of one ecosystem's versions. The three package worlds implement it.
pub trait Versions: Send + Sync {
    /// Total order: texts the ecosystem cannot read sort below all others, among themselves by bytes.
    fn compare(&self, left: &Version, right: &Version) -> Ordering;
    /// Whether `version` lies in `range`, written in the ecosystem's own requirement syntax.
    fn in_range(&self, range: &str, version: &Version) -> Result<bool, RangeError>;
    /// Whether the ecosystem counts this version as a pre-release.
    fn is_prerelease(&self, version: &Version) -> bool;
    /// Whether the ecosystem can read this text as a version.
    fn is_version(&self, version: &Version) -> bool;
}

/// A range the ecosystem's syntax does not admit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{range}` is not a version range of {ecosystem}: {why}")]
pub struct RangeError {
    /// The ecosystem whose syntax was expected.
    pub ecosystem: &'static str,
    /// The range as given, cut at 80 characters.
    pub range: String,
    /// What the reader of ranges said.
    pub why: String,
}
