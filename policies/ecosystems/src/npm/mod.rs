//! The world of npm packages: packuments with every version of a package in one document.

mod abbreviated;
mod compose;
mod index;
mod names;
mod negotiate;
mod restrictions;
pub(crate) mod stage;
mod tags;
mod version;
mod versions;

use vetmoot_domain::{Ecosystem, Package, Versions};

use crate::{Composed, Document, Form, Links, Listing, ListingError, Shown, World};

pub use compose::{compose_version, dist_tags};
pub(crate) use index::Packument;
pub use names::{find_tarball, tarball_file, tarball_path};
pub use negotiate::choose;
pub use versions::NpmVersions;

/// The world of npm packages.
#[derive(Debug)]
pub struct Npm;

impl World for Npm {
    fn ecosystem(&self) -> Ecosystem {
        Ecosystem::Npm
    }
    fn versions(&self) -> &'static dyn Versions {
        &NpmVersions
    }
    fn read_listing(&self, package: &Package, document: Document<'_>) -> Result<Listing, ListingError> {
        index::read(package, document)
    }
    fn compose(&self, listing: &Listing, shown: &[Shown], form: Form, links: &Links) -> Composed {
        compose::compose(listing, shown, form, links)
    }
    /// npm writes the slash of a scope encoded, so that a name is one segment.
    fn listing_path(&self, package: &Package) -> String {
        package.name().as_str().replace('/', "%2f")
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::GOOD;
