//! The package worlds this community knows.

/// A package world; its text form is the purl type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecosystem {
    /// Rust crates.
    Cargo,
    /// Python distributions.
    Pypi,
    /// JavaScript packages.
    Npm,
}

crate::word_enum!(Ecosystem, "ecosystem", { Cargo => "cargo", Pypi => "pypi", Npm => "npm" });
