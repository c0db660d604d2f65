//! The world of crates: sparse index files of one line a version.

mod compose;
mod config;
mod index;
mod publish;
pub(crate) mod stage;
mod versions;

use vetmoot_domain::{Ecosystem, Package, Versions};

use crate::listing::Segments;
use crate::{Composed, Document, Form, Links, Listing, ListingError, Shown, World};

pub use config::{ConfigError, IndexConfig, download_url, read_config, write_config};
pub(crate) use index::Lines;
pub use publish::{Published, read_publish};
pub use versions::CargoVersions;

/// The world of crates.
#[derive(Debug)]
pub struct Cargo;

impl World for Cargo {
    fn ecosystem(&self) -> Ecosystem {
        Ecosystem::Cargo
    }
    fn versions(&self) -> &'static dyn Versions {
        &CargoVersions
    }
    fn read_listing(&self, package: &Package, document: Document<'_>) -> Result<Listing, ListingError> {
        index::read(package, document)
    }
    fn compose(&self, listing: &Listing, shown: &[Shown], form: Form, _links: &Links) -> Composed {
        compose::compose(listing, shown, form)
    }
    fn listing_path(&self, package: &Package) -> String {
        index_path(package.name().as_str())
    }
}

/// The directory of a name in an index, in the name's own case: `1`, `2`, `3/a`, `ab/cd`.
pub(crate) fn prefix(name: &str) -> String {
    let part = |range: std::ops::Range<usize>| name.get(range).unwrap_or_default();
    match name.len() {
        0..=2 => name.len().to_string(),
        3 => format!("3/{}", part(0..1)),
        _ => format!("{}/{}", part(0..2), part(2..4)),
    }
}

/// The path of a crate's file in an index; paths are lower case, whatever the crate's own spelling.
pub fn index_path(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    format!("{}/{lower}", prefix(&lower))
}

/// The name as the index spells it, capitals included; none when it lists nothing.
pub fn spelling(listing: &Listing) -> Option<String> {
    match &listing.segments {
        Segments::Cargo(lines) => index::spelling(lines),
        Segments::Pypi(_) | Segments::Npm(_) => None,
    }
}

/// The package an index path names; none when it breaks the rule of names or lies in another directory than its name says.
pub fn package_of_path(path: &str) -> Option<Package> {
    let name = path.rsplit('/').next()?;
    let package = Package::new(Ecosystem::Cargo, name).ok()?;
    (index_path(name) == path.to_ascii_lowercase()).then_some(package)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::GOOD;
