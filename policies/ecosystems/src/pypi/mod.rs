//! The world of Python distributions: simple index pages of one entry a file.

mod compose;
mod file;
mod html;
mod index;
mod names;
mod negotiate;
mod page;
pub(crate) mod stage;
mod versions;

use vetmoot_domain::{Ecosystem, Package, Versions};

use crate::{Composed, Document, Form, Links, Listing, ListingError, Shown, World};

pub use compose::file_path;
pub(crate) use index::Page;
pub use names::{FileKind, FileNameError, normal_version, read_file_name};
pub use negotiate::choose;
pub use versions::PypiVersions;

/// The world of Python distributions.
#[derive(Debug)]
pub struct Pypi;

impl World for Pypi {
    fn ecosystem(&self) -> Ecosystem {
        Ecosystem::Pypi
    }
    fn versions(&self) -> &'static dyn Versions {
        &PypiVersions
    }
    fn read_listing(&self, package: &Package, document: Document<'_>) -> Result<Listing, ListingError> {
        index::read(package, document)
    }
    fn compose(&self, listing: &Listing, shown: &[Shown], form: Form, links: &Links) -> Composed {
        compose::compose(listing, shown, form, links)
    }
    fn listing_path(&self, package: &Package) -> String {
        format!("{}/", package.name())
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::{GOOD, GOOD_HTML};
