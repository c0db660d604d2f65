//! What each ecosystem admits as a name, and which spellings are the same name.

use crate::ecosystem::Ecosystem;

/// Longest crate name, in bytes.
const CARGO_BYTES_MAX: usize = 64;
/// Longest project name read on the Python index, in bytes (the index itself keeps to far less).
const PYPI_BYTES_MAX: usize = 128;
/// Longest npm name with its scope, in bytes.
const NPM_BYTES_MAX: usize = 214;

/// A name that no index of its ecosystem admits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a {ecosystem} package name: {rule}")]
pub struct NameError {
    /// The ecosystem.
    pub ecosystem: Ecosystem,
    /// The name as given, cut at 80 characters.
    pub name: String,
    /// The rule it breaks.
    pub rule: &'static str,
}

/// The normal form of a name, which is its identity.
pub fn normalise(ecosystem: Ecosystem, name: &str) -> Result<String, NameError> {
    let normal = match ecosystem {
        Ecosystem::Cargo => cargo(name),
        Ecosystem::Pypi => pypi(name),
        Ecosystem::Npm => npm(name),
    };
    normal.map_err(|rule| NameError { ecosystem, name: name.chars().take(80).collect(), rule })
}

/// Crate names are one identity whatever their case: sparse index paths are lower case, so a door hears `inflector`
/// where feeds and lock files write `Inflector`. Hyphen and underscore stay, as index paths tell them apart.
fn cargo(name: &str) -> Result<String, &'static str> {
    let rule = "crates are named with 1 to 64 of a-z, A-Z, 0-9, hyphen and underscore, beginning with a letter";
    let fine = name.len() <= CARGO_BYTES_MAX
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !fine {
        return Err(rule);
    }
    if is_windows_device(name) {
        return Err("names of Windows devices (nul, con, aux, com1 ...) are no crate names");
    }
    Ok(name.to_ascii_lowercase())
}

fn is_windows_device(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let numbered = |stem: &str| lower.strip_prefix(stem).is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']));
    matches!(lower.as_str(), "nul" | "con" | "aux" | "prn") || numbered("com") || numbered("lpt")
}

/// PEP 503: runs of `-`, `_`, `.` are one hyphen, letters are lower case.
fn pypi(name: &str) -> Result<String, &'static str> {
    let rule = "Python projects are named with 1 to 128 of a-z, 0-9, hyphen, underscore and dot, beginning and ending with a letter or digit";
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let fine = name.len() <= PYPI_BYTES_MAX
        && edge(name.chars().next())
        && edge(name.chars().next_back())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if !fine {
        return Err(rule);
    }
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            c => normal.push(c.to_ascii_lowercase()),
        }
    }
    Ok(normal)
}

/// npm names keep their spelling: old packages with capitals are other packages than their lower-case twins.
fn npm(name: &str) -> Result<String, &'static str> {
    let rule = "npm packages are named `name` or `@scope/name` with at most 214 of a-z, 0-9, hyphen, dot, underscore, tilde, not beginning with a dot or underscore";
    if name.len() > NPM_BYTES_MAX {
        return Err(rule);
    }
    let parts: Vec<&str> = match name.strip_prefix('@') {
        Some(scoped) => match scoped.split_once('/') {
            Some((scope, rest)) => vec![scope, rest],
            None => return Err("a scoped npm name is `@scope/name`"),
        },
        None => vec![name],
    };
    let fine = parts.iter().all(|part| {
        !part.is_empty()
            && !part.starts_with(['.', '_'])
            && part.bytes().all(|b| {
                b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'!' | b'\'' | b'(' | b')' | b'*')
            })
    });
    if !fine {
        return Err(rule);
    }
    if matches!(name, "node_modules" | "favicon.ico") {
        return Err("node_modules and favicon.ico are no package names");
    }
    Ok(name.to_owned())
}
