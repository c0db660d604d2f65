//! Reserved names: namespaces that never leave this instance, so that nobody else's package can stand in for them.

use std::str::FromStr;

use vetmoot_domain::{Ecosystem, Package};

/// One pattern: `cargo:acme-*`, `npm:@acme/*`, `pypi:acme-internal`. A `*` stands for any characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    ecosystem: Ecosystem,
    glob: String,
}

/// A pattern that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a reserved name; write ECOSYSTEM:NAME with * for any characters, for example npm:@acme/*")]
pub struct PatternError(String);

impl FromStr for Pattern {
    type Err = PatternError;
    fn from_str(text: &str) -> Result<Self, PatternError> {
        let bad = || PatternError(text.chars().take(80).collect());
        let (ecosystem, glob) = text.split_once(':').ok_or_else(bad)?;
        let ecosystem = ecosystem.parse().map_err(|_| bad())?;
        if glob.is_empty() || glob.len() > 256 || glob.matches('*').count() > 4 {
            return Err(bad());
        }
        let glob = match ecosystem {
            // Names are compared in their normal form, so the pattern takes it too.
            Ecosystem::Pypi => glob.to_ascii_lowercase().replace(['_', '.'], "-"),
            Ecosystem::Cargo => glob.to_ascii_lowercase().replace('_', "-"),
            Ecosystem::Npm => glob.to_owned(),
        };
        Ok(Self { ecosystem, glob })
    }
}

/// The instance's reserved names.
#[derive(Debug, Clone, Default)]
pub struct Reserved(Vec<Pattern>);

impl Reserved {
    /// The names these patterns cover.
    pub fn new(patterns: Vec<Pattern>) -> Self {
        Self(patterns)
    }
    /// Whether the package must never be asked for upstream.
    pub fn covers(&self, package: &Package) -> bool {
        self.0.iter().any(|pattern| {
            let name = match package.ecosystem() {
                Ecosystem::Cargo => package.name().as_str().to_ascii_lowercase().replace('_', "-"),
                Ecosystem::Pypi | Ecosystem::Npm => package.name().as_str().to_owned(),
            };
            pattern.ecosystem == package.ecosystem() && matches(&pattern.glob, &name)
        })
    }
}

/// Glob matching by greedy pieces: the first and last piece are anchored, the ones between found in order.
fn matches(glob: &str, name: &str) -> bool {
    let Some((head, rest)) = glob.split_once('*') else { return glob == name };
    let Some(mut left) = name.strip_prefix(head) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let tail = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match left.split_once(piece) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(tail)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn check(pattern: &str, purl: &str, expected: bool) {
        let reserved = Reserved::new(vec![pattern.parse().unwrap()]);
        assert_eq!(reserved.covers(&purl.parse().unwrap()), expected, "{pattern} {purl}");
    }

    #[test]
    fn a_namespace_covers_every_spelling_of_its_names() {
        check("npm:@acme/*", "pkg:npm/%40acme/tool", true);
        check("npm:@acme/*", "pkg:npm/acme-tool", false);
        check("pypi:Acme_*", "pkg:pypi/acme.internal", true);
        check("cargo:acme-*", "pkg:cargo/acme_core", true);
        check("cargo:acme-*", "pkg:cargo/acmecore", false);
        check("cargo:*-internal", "pkg:cargo/x-internal", true);
        check("cargo:a*b*c", "pkg:cargo/a-xx-b-yy-c", true);
        check("cargo:exact", "pkg:cargo/exacter", false);
    }

    #[test]
    fn a_bad_pattern_is_refused() {
        for bad in ["acme-*", "gem:x", "npm:", "cargo:*a*b*c*d*"] {
            assert!(bad.parse::<Pattern>().is_err(), "{bad}");
        }
    }
}
