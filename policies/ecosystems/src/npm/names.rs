//! The names of tarballs: made from name and version, so that an address says which version it means.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use vetmoot_domain::{Package, Version};

use crate::listing::Listing;

/// What may stand in a version, but not unencoded in the path of an URL or in a JSON string.
const UNSAFE: &AsciiSet = &CONTROLS.add(b'`').add(b'{').add(b'|').add(b'}').add(b'^').add(b'[').add(b']').add(b'&').add(b'\'');

/// The name without its scope.
pub(super) fn unscoped(package: &Package) -> &str {
    let name = package.name().as_str();
    name.split_once('/').map_or(name, |(_, name)| name)
}

/// The file name of a version's tarball: `{name without scope}-{version}.tgz`.
pub fn tarball_file(package: &Package, version: &Version) -> String {
    format!("{}-{version}.tgz", unscoped(package))
}

/// The path of a version's tarball behind [`crate::Links::files`]: `{name}/-/{file}`, encoded for an URL.
pub fn tarball_path(package: &Package, version: &Version) -> String {
    format!("{}{}.tgz", tarball_stem(package), encoded(version))
}

/// The path up to the version.
pub(super) fn tarball_stem(package: &Package) -> String {
    format!("{}/-/{}-", package.name(), unscoped(package))
}

/// The version as the path writes it.
pub(super) fn encoded(version: &Version) -> percent_encoding::PercentEncode<'_> {
    utf8_percent_encode(version.as_str(), UNSAFE)
}

/// The position of the entry whose tarball has that (decoded) file name: the name this instance gives it, or else, for
/// lock files written against upstream, the last segment of its upstream address.
pub fn find_tarball(listing: &Listing, file: &str) -> Option<usize> {
    let stem = format!("{}-", unscoped(&listing.package));
    let version = file.strip_prefix(stem.as_str()).and_then(|rest| rest.strip_suffix(".tgz"));
    let ours = version.and_then(|version| listing.entries.iter().position(|entry| entry.version.as_str() == version));
    ours.or_else(|| {
        listing.entries.iter().position(|entry| {
            let path = entry.url.split('?').next().unwrap_or_default();
            let segment = path.rsplit('/').next().unwrap_or_default();
            !segment.is_empty() && percent_decode_str(segment).decode_utf8().is_ok_and(|name| name == file)
        })
    })
}
