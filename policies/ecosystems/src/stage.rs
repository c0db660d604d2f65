//! Index documents made here: of releases that are staged, or whose home is this community.

use serde_json::Value;
use vetmoot_domain::{Digests, Ecosystem, Package, Timestamp, Version};

use crate::listing::{Document, ListingError};

/// A file that is to stand in an index document.
#[derive(Debug, Clone)]
pub struct StagedFile<'a> {
    /// Its version.
    pub version: &'a Version,
    /// Its name.
    pub file_name: &'a str,
    /// Its strong digests.
    pub digests: &'a Digests,
    /// Its SHA-1, for npm's `shasum`; none elsewhere.
    pub sha1: Option<&'a [u8; 20]>,
    /// Its size in bytes.
    pub size: u64,
    /// What the index says of it beside that: a cargo index line without `cksum`, the core metadata of a Python file as
    /// the upload form names its fields, npm's manifest of the version.
    pub metadata: &'a Value,
    /// When it was published: uploaded for what is staged, released for what is released.
    pub published: Timestamp,
    /// Where its bytes lie, absolute.
    pub url: &'a str,
    /// The reason why it is yanked, or the text of its deprecation (npm).
    pub yanked: Option<&'a str>,
    /// Where the attestations that came with it can be read, absolute (PEP 740); none where none came.
    pub provenance: Option<&'a str>,
}

/// The document of a package: upstream's entries as they are, and these after them; a version that both have (on PyPI a
/// file) stays upstream's. What comes out is read by [`crate::World::read_listing`] like any other document of its ecosystem.
pub fn document(
    package: &Package,
    upstream: Option<&Document<'_>>,
    staged: &[StagedFile<'_>],
) -> Result<Vec<u8>, ListingError> {
    match package.ecosystem() {
        Ecosystem::Cargo => crate::cargo::stage::document(package, upstream, staged),
        Ecosystem::Pypi => crate::pypi::stage::document(package, upstream, staged),
        Ecosystem::Npm => crate::npm::stage::document(package, upstream, staged),
    }
}
