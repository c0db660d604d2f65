//! Handles of packages: `cargo.serde`, `pypi.requests`, `npm.left-pad`, `npm_types.node` (DOMAIN "Actors and handles").
//!
//! The rule is injective, and what it gives is a user name for every server of the fediverse: letters, digits and `_`,
//! with dots and hyphens between them. Every other byte, and a separator at the end, is written `_` and two hex digits.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use crate::ecosystem::Ecosystem;
use crate::limits::HANDLE_BYTES_MAX;
use crate::package::Package;
use crate::text::BadWord;

/// The handle of a package; reading it back gives the package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageHandle {
    text: String,
    package: Package,
}

impl PackageHandle {
    /// The handle of a package.
    pub fn of(package: &Package) -> Self {
        let name = package.name().as_str();
        let scoped = name.strip_prefix('@').and_then(|rest| rest.split_once('/'));
        let mut text = package.ecosystem().as_str().to_owned();
        let last = match (package.ecosystem(), scoped) {
            (Ecosystem::Npm, Some((scope, rest))) => {
                text.push('_');
                for byte in scope.bytes() {
                    write_byte(&mut text, byte, byte == b'-');
                }
                rest
            }
            _ => name,
        };
        text.push('.');
        let end = last.trim_end_matches(['.', '-']).len();
        for (place, byte) in last.bytes().enumerate() {
            write_byte(&mut text, byte, place < end);
        }
        Self { text, package: package.clone() }
    }
    /// The package it stands for.
    pub fn package(&self) -> &Package {
        &self.package
    }
    /// The handle as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Writes one byte of a name; `separators` says whether a dot or hyphen may stand here as it is.
fn write_byte(text: &mut String, byte: u8, separators: bool) {
    match byte {
        b'a'..=b'z' | b'0'..=b'9' => text.push(char::from(byte)),
        b'.' | b'-' if separators => text.push(char::from(byte)),
        // Writing to a String cannot fail.
        _ => {
            let _ = write!(text, "_{byte:02x}");
        }
    }
}

/// Reads the bytes of a name back; none where the text is not what [`write_byte`] writes.
fn read_bytes(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut name = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'_' {
            let pair = [bytes.next()?, bytes.next()?];
            let hex = std::str::from_utf8(&pair).ok()?;
            name.push(u8::from_str_radix(hex, 16).ok()?);
        } else {
            name.push(byte);
        }
    }
    Some(name)
}

impl fmt::Display for PackageHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for PackageHandle {
    type Err = BadWord;
    fn from_str(text: &str) -> Result<Self, BadWord> {
        let rule = "write for example cargo.serde, pypi.requests, npm.left-pad or npm_types.node";
        let bad = || BadWord::new("package handle", text, rule);
        if text.len() > HANDLE_BYTES_MAX {
            return Err(bad());
        }
        let (world, name) = text.split_once('.').ok_or_else(bad)?;
        let name = read_bytes(name).and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(bad)?;
        let (ecosystem, name) = match world.split_once('_') {
            Some(("npm", scope)) => {
                let scope = read_bytes(scope).and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(bad)?;
                (Ecosystem::Npm, format!("@{scope}/{name}"))
            }
            Some(_) => return Err(bad()),
            None => (world.parse::<Ecosystem>().map_err(|_| bad())?, name),
        };
        let handle = Self::of(&Package::new(ecosystem, &name).map_err(|_| bad())?);
        // One package, one handle: another spelling of it is none.
        if handle.text == text { Ok(handle) } else { Err(bad()) }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn check(purl: &str, handle: &str) {
        let package: Package = purl.parse().unwrap();
        let made = PackageHandle::of(&package);
        assert_eq!(made.as_str(), handle);
        assert_eq!(handle.parse::<PackageHandle>().unwrap().package(), &package);
    }

    #[test]
    fn a_handle_reads_back_as_its_package() {
        check("pkg:cargo/serde", "cargo.serde");
        check("pkg:cargo/serde_json", "cargo.serde_5fjson");
        check("pkg:cargo/tokio-util", "cargo.tokio-util");
        check("pkg:pypi/requests", "pypi.requests");
        check("pkg:npm/left-pad", "npm.left-pad");
        check("pkg:npm/lodash.merge", "npm.lodash.merge");
        check("pkg:npm/%40types/node", "npm_types.node");
        check("pkg:npm/%40a.b/c.d", "npm_a_2eb.c.d");
        check("pkg:npm/JSONStream", "npm._4a_53_4f_4e_53tream");
        check("pkg:npm/odd-", "npm.odd_2d");
    }

    #[test]
    fn another_spelling_of_a_handle_is_none() {
        for bad in
            ["cargo.Serde", "cargo._73erde", "serde", "cargo.", "npm_.x", "cargo_x.y", "gem.rails", "cargo.a_", "cargo.a_5"]
        {
            assert!(bad.parse::<PackageHandle>().is_err(), "{bad}");
        }
    }
}
