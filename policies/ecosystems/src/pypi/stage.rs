//! A simple index page made here, in JSON (PEP 691, 700, 714, 740).
//!
//! Upstream's members are copied by their ranges, so that nothing it says is lost; only addresses become absolute, since
//! the page is read from another place than its own.

use vetmoot_domain::{Digest, Package, Version};

use super::index::{self, Page};
use crate::json::{Span, push_string};
use crate::listing::{Document, Entry, Listing, ListingError, Segments};
use crate::stage::StagedFile;

/// The version of the simple API whose fields a page made here uses (PEP 740 is the newest of them).
const API_VERSION: &str = "1.3";

/// See [`crate::stage::document`]. A page in HTML becomes one in JSON, made of what was understood of it.
pub(crate) fn document(
    package: &Package,
    upstream: Option<&Document<'_>>,
    staged: &[StagedFile<'_>],
) -> Result<Vec<u8>, ListingError> {
    let listing = upstream.map(|document| index::read(package, document.clone())).transpose()?;
    let known = listing.as_ref().and_then(|listing| match &listing.segments {
        Segments::Pypi(page) => Some((listing, page)),
        _ => None,
    });
    let has = |name: &str| listing.as_ref().is_some_and(|listing| listing.position_of_file(name).is_some());
    let added: Vec<&StagedFile<'_>> = staged.iter().filter(|file| !has(file.file_name)).collect();
    let mut out = Vec::new();
    out.push(b'{');
    match known {
        Some((_, page)) => copied(&mut out, page),
        None => {
            out.extend_from_slice(br#""meta":{"api-version":"#);
            push_string(&mut out, API_VERSION);
            out.extend_from_slice(br#"},"name":"#);
            push_string(&mut out, package.name().as_str());
            out.push(b',');
        }
    }
    versions(&mut out, listing.as_ref(), &added);
    out.extend_from_slice(br#","files":["#);
    let mut first = true;
    let mut comma = |out: &mut Vec<u8>| {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
    };
    if let Some((listing, page)) = known {
        for (file, entry) in page.files.iter().zip(&listing.entries) {
            comma(&mut out);
            upstream_file(&mut out, page, file, entry);
        }
    }
    for file in added {
        comma(&mut out);
        staged_file(&mut out, file);
    }
    out.extend_from_slice(b"]}");
    Ok(out)
}

/// Upstream's members but for the two that change, each with a comma behind it.
fn copied(out: &mut Vec<u8>, page: &Page) {
    for (key, value) in page.members.iter().filter(|(key, _)| !matches!(key.as_str(), "files" | "versions")) {
        push_string(out, key);
        out.push(b':');
        out.extend_from_slice(value.of_bytes(&page.bytes));
        out.push(b',');
    }
}

/// The versions (PEP 700): upstream's in its spelling, then those that only these files have.
fn versions(out: &mut Vec<u8>, listing: Option<&Listing>, added: &[&StagedFile<'_>]) {
    let mut seen: Vec<&Version> = Vec::new();
    let mut known = std::collections::HashSet::new();
    let upstream = listing.into_iter().flat_map(|listing| &listing.entries).map(|entry| &entry.version);
    for version in upstream.chain(added.iter().map(|file| file.version)) {
        if known.insert(normal(version)) {
            seen.push(version);
        }
    }
    out.extend_from_slice(br#""versions":["#);
    for (position, version) in seen.into_iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        push_string(out, version.as_str());
    }
    out.push(b']');
}

/// What versions are compared by: PEP 440's value, else the text.
fn normal(version: &Version) -> Result<pep440_rs::Version, &str> {
    version.as_str().parse().map_err(|_| version.as_str())
}

/// Upstream's object with its addresses made absolute.
fn upstream_file(out: &mut Vec<u8>, page: &Page, file: &index::File, entry: &Entry) {
    let mut patches = [Some((file.url, Some(entry.url.as_str()))), file.provenance.map(|at| (at, entry.provenance.as_deref()))];
    patches.sort_unstable_by_key(|patch| patch.map_or(usize::MAX, |(at, _)| at.start()));
    let mut done = file.object.start();
    for (at, address) in patches.into_iter().flatten() {
        out.extend_from_slice(Span::between(done, at.start()).of_bytes(&page.bytes));
        match address {
            Some(address) => push_string(out, address),
            None => out.extend_from_slice(b"null"),
        }
        done = at.end();
    }
    out.extend_from_slice(Span::between(done, file.object.end()).of_bytes(&page.bytes));
}

/// The object of a file that lies here.
fn staged_file(out: &mut Vec<u8>, file: &StagedFile<'_>) {
    let mut hashes = serde_json::Map::new();
    for digest in file.digests.iter().filter(|digest| matches!(digest, Digest::Sha256(_))) {
        hashes.insert(digest.algorithm().to_owned(), digest.hex().into());
    }
    let mut object = serde_json::Map::new();
    object.insert("filename".to_owned(), file.file_name.into());
    object.insert("url".to_owned(), file.url.into());
    object.insert("hashes".to_owned(), hashes.into());
    if let Some(requires) = field(file, "requires_python") {
        object.insert("requires-python".to_owned(), requires.into());
    }
    object.insert("size".to_owned(), file.size.into());
    object.insert("upload-time".to_owned(), file.published.to_string().into());
    // An empty reason is written as a flag: an empty text counts as not yanked.
    let yanked = match file.yanked {
        None => false.into(),
        Some("") => true.into(),
        Some(reason) => reason.into(),
    };
    object.insert("yanked".to_owned(), yanked);
    if let Some(digest) = core_metadata(file) {
        object.insert("core-metadata".to_owned(), serde_json::json!({ "sha256": digest }));
    }
    if let Some(provenance) = file.provenance {
        object.insert("provenance".to_owned(), provenance.into());
    }
    let text = serde_json::to_vec(&object).expect("texts, numbers and flags can always be written");
    out.extend_from_slice(&text);
}

/// The first value of a field of the upload form.
fn field<'f>(file: &'f StagedFile<'_>, name: &str) -> Option<&'f str> {
    file.metadata.get("fields")?.get(name)?.get(0)?.as_str().filter(|text| !text.is_empty())
}

/// The SHA-256 of the metadata a wheel carries, in hexadecimal, written down when it was handed in (PEP 658).
fn core_metadata<'f>(file: &'f StagedFile<'_>) -> Option<&'f str> {
    let digest = file.metadata.get("core_metadata")?.as_str()?;
    Digest::sha256_hex(digest).ok().map(|_| digest)
}

#[cfg(test)]
mod tests;
