//! Which members of a version the abbreviated form keeps (npm's "package metadata" documentation).

use crate::json::Span;

/// The members, in the order in which they are looked for.
const KEPT: [&str; 21] = [
    "name",
    "version",
    "dist",
    "dependencies",
    "devDependencies",
    "peerDependencies",
    "optionalDependencies",
    "bin",
    "engines",
    "deprecated",
    "peerDependenciesMeta",
    "bundleDependencies",
    "bundledDependencies",
    "directories",
    "_hasShrinkwrap",
    "hasInstallScript",
    "os",
    "cpu",
    "libc",
    "funding",
    "acceptDependencies",
];

/// One member kept: its key's place in the list, and its value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    key: u8,
    pub(super) value: Span,
}

impl Kept {
    /// The member, if the abbreviated form keeps one of this name.
    pub(super) fn of(key: &str, value: Span) -> Option<Self> {
        let place = KEPT.iter().position(|kept| *kept == key)?;
        Some(Self { key: u8::try_from(place).ok()?, value })
    }
    pub(super) fn key(self) -> &'static str {
        KEPT.get(usize::from(self.key)).copied().unwrap_or_default()
    }
}

/// Whether the scripts of a version run when it is installed.
pub(super) fn runs_at_install(script: &str) -> bool {
    matches!(script, "preinstall" | "install" | "postinstall")
}
