//! Package worlds: names, versions, index documents, archives and lock files, bytes in and values out.
//!
//! One trait, [`World`], stands for an ecosystem's index. A document is read once into a [`Listing`]: values to judge by,
//! and byte ranges to answer with, so that what a policy allows is composed by copying and never by parsing again.

use vetmoot_domain::{Ecosystem, Package, Versions};

mod accept;
pub mod archive;
pub mod cargo;
pub mod difference;
pub mod feeds;
mod json;
pub mod limits;
pub mod listing;
pub mod lock;
pub mod npm;
pub mod official;
pub mod preflight;
pub mod pypi;
pub mod shown;
pub mod stage;

pub use listing::{Document, Entry, Listing, ListingError, ListingTraits};
pub use official::Upstream;
pub use shown::{Composed, Form, Links, Shown};

/// The index of one ecosystem: how its documents are read, and how a filtered one is written.
pub trait World: Send + Sync {
    /// Which ecosystem this is.
    fn ecosystem(&self) -> Ecosystem;
    /// The order and ranges of its versions.
    fn versions(&self) -> &'static dyn Versions;
    /// Reads the index document of one package. Entries that cannot be trusted are dropped with a complaint; a document
    /// that cannot be trusted as a whole is an error.
    fn read_listing(&self, package: &Package, document: Document<'_>) -> Result<Listing, ListingError>;
    /// Writes the document a client gets, `shown` naming the fate of each entry in the listing's order. An entry without
    /// a fate is withheld; a form of another ecosystem gives an empty body.
    fn compose(&self, listing: &Listing, shown: &[Shown], form: Form, links: &Links) -> Composed;
    /// Where the package's index document lies, relative to the upstream's base URL (`se/rd/serde`, `six/`, `@s%2fp`).
    fn listing_path(&self, package: &Package) -> String;
}

/// The world of an ecosystem. A fourth one is a folder and a line here.
pub fn world(ecosystem: Ecosystem) -> &'static dyn World {
    match ecosystem {
        Ecosystem::Cargo => &cargo::Cargo,
        Ecosystem::Pypi => &pypi::Pypi,
        Ecosystem::Npm => &npm::Npm,
    }
}

#[cfg(test)]
mod tests;
