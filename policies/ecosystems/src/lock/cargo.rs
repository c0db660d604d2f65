//! `Cargo.lock`, versions 1 to 4.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use toml::Spanned;
use vetmoot_domain::{Digest, Ecosystem, Use};

use super::merge::{Gathered, release, single};
use super::{FirstPartySource, Lines, LockError};

#[derive(Deserialize)]
struct Document {
    version: Option<u32>,
    #[serde(default)]
    package: Vec<Spanned<Entry>>,
    /// Version 1 wrote the project itself apart.
    root: Option<Spanned<Entry>>,
    /// Versions 1 kept checksums here, by `checksum NAME VERSION (SOURCE)`.
    #[serde(default)]
    metadata: BTreeMap<String, toml::Value>,
}

#[derive(Deserialize)]
struct Entry {
    name: Spanned<String>,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
}

/// What a `source` is.
#[derive(Clone, Copy)]
enum Source {
    Index,
    FirstParty(FirstPartySource),
}

/// Reads a `Cargo.lock`.
pub(super) fn read(text: &str) -> Result<Gathered, LockError> {
    let lines = Lines::of(text);
    let document: Document = toml::from_str(text).map_err(|error| super::uv::syntax(&lines, &error))?;
    if let Some(version) = document.version.filter(|version| !(1..=4).contains(version)) {
        return Err(LockError::Version { version: version.to_string(), known: "1 to 4" });
    }
    let mut sources = HashMap::new();
    let mut gathered = Gathered::default();
    for entry in document.root.iter().chain(&document.package) {
        let at = lines.at(entry.get_ref().name.span().start);
        let entry = entry.get_ref();
        let name = entry.name.get_ref();
        let source = match &entry.source {
            None => Source::FirstParty(FirstPartySource::Path),
            Some(text) => *sources.entry(text.as_str()).or_insert_with(|| source(text)),
        };
        match source {
            Source::FirstParty(source) => gathered.first_party(name, Some(&entry.version), source, at)?,
            Source::Index => match index_entry(entry, &document.metadata) {
                Ok((release, digest)) => {
                    gathered.entry(single(release, digest, Use::Runtime, at, entry.source.clone()))?;
                }
                Err(why) => gathered.unknown(at, &format!("{name} {}", entry.version), why)?,
            },
        }
    }
    Ok(gathered)
}

/// Cargo writes the official index by either of its two addresses, with or without a pinned revision.
fn source(text: &str) -> Source {
    let place = text.split('#').next().unwrap_or(text);
    let official =
        place == tame_index::CRATES_IO_HTTP_INDEX || place.strip_prefix("registry+") == Some(tame_index::CRATES_IO_INDEX);
    match place.split_once('+') {
        _ if official => Source::Index,
        Some(("git", _)) => Source::FirstParty(FirstPartySource::Repository),
        Some(("path" | "directory", _)) => Source::FirstParty(FirstPartySource::Path),
        _ => Source::FirstParty(FirstPartySource::OtherRegistry),
    }
}

type Found = (vetmoot_domain::Release, Option<Digest>);

fn index_entry(entry: &Entry, metadata: &BTreeMap<String, toml::Value>) -> Result<Found, String> {
    let name = entry.name.get_ref();
    let release = release(Ecosystem::Cargo, name, &entry.version)?;
    let checksum = match &entry.checksum {
        Some(checksum) => Some(checksum.as_str()),
        None if metadata.is_empty() => None,
        None => {
            let key = format!("checksum {name} {} ({})", entry.version, entry.source.as_deref().unwrap_or_default());
            metadata.get(&key).and_then(toml::Value::as_str).filter(|checksum| *checksum != "<none>")
        }
    };
    let digest = checksum.map(Digest::sha256_hex).transpose().map_err(|error| format!("the checksum: {error}"))?;
    Ok((release, digest))
}
