//! Writing a simple page in HTML (PEP 503, 592, 658, 714, 792), whichever form it was read in.

use vetmoot_domain::Digest;

use super::compose::{file_path, text_at};
use super::index::{File, Page};
use crate::json::{each_member, string};
use crate::listing::{Entry, Listing};
use crate::shown::{Links, Shown, fate};

/// The page with an anchor for every file.
pub(super) fn html(page: &Page, listing: &Listing, shown: &[Shown], links: &Links) -> Vec<u8> {
    let name = listing.package.name().as_str();
    let status = status(page);
    let version = if status.is_empty() { "1.0" } else { "1.4" };
    let mut out = String::with_capacity(512 + listing.entries.len() * 512);
    out.push_str("<!DOCTYPE html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n");
    out.extend(["    <meta name=\"pypi:repository-version\" content=\"", version, "\">\n"]);
    for (key, value) in status {
        out.extend(["    <meta name=\"pypi:", key, "\" content=\""]);
        push_escaped(&mut out, &value);
        out.push_str("\">\n");
    }
    // The name is one of PEP 503's normal form: nothing in it needs escaping.
    out.extend(["    <title>Links for ", name, "</title>\n  </head>\n  <body>\n    <h1>Links for ", name, "</h1>\n"]);
    for (position, (file, entry)) in page.files.iter().zip(&listing.entries).enumerate() {
        anchor(&mut out, page, listing, (file, entry), fate(shown, position).reason(), links);
    }
    out.push_str("  </body>\n</html>\n");
    out.into_bytes()
}

fn anchor(out: &mut String, page: &Page, listing: &Listing, at: (&File, &Entry), withheld: Option<&str>, links: &Links) {
    let (file, entry) = at;
    let name = entry.file_name.as_deref().unwrap_or_default();
    out.push_str("    <a href=\"");
    push_escaped(out, &links.files);
    push_escaped(out, &file_path(&listing.package, name));
    if let Some(hash) = fragment(page, file, entry) {
        out.push('#');
        push_escaped(out, &hash);
    }
    out.push('"');
    let mut attribute = |name: &str, value: &str| {
        out.extend([" ", name, "=\""]);
        push_escaped(out, value);
        out.push('"');
    };
    if let Some(requirement) = text_at(page, file.requires_python) {
        attribute("data-requires-python", &requirement);
    }
    if entry.has_metadata {
        let value = entry.core_metadata.as_ref().map_or_else(|| "true".to_owned(), named);
        attribute("data-core-metadata", &value);
        // Installers older than PEP 714 know it under its first name only.
        attribute("data-dist-info-metadata", &value);
    }
    if let Some(reason) = withheld.or(entry.yanked.as_deref()) {
        attribute("data-yanked", reason);
    }
    match file.gpg_sig.map(|at| at.of_bytes(&page.bytes)) {
        Some(b"true") => attribute("data-gpg-sig", "true"),
        Some(b"false") => attribute("data-gpg-sig", "false"),
        _ => {}
    }
    if let Some(provenance) = &entry.provenance {
        attribute("data-provenance", provenance);
    }
    out.push('>');
    push_escaped(out, name);
    out.push_str("</a><br>\n");
}

/// The hash for the link's fragment: SHA-256, and only where there is none, the first one the index names.
fn fragment(page: &Page, file: &File, entry: &Entry) -> Option<String> {
    if let Some(bytes) = entry.digests.sha256 {
        return Some(named(&Digest::Sha256(bytes)));
    }
    let hashes = std::str::from_utf8(file.hashes?.of_bytes(&page.bytes)).ok()?;
    let mut first = None;
    each_member(hashes, |algorithm, value| {
        if first.is_none() {
            first = string(value).map(|hex| format!("{algorithm}={hex}"));
        }
    })
    .ok()?;
    first
}

/// A digest as attributes and fragments write it.
fn named(digest: &Digest) -> String {
    format!("{}={}", digest.algorithm(), digest.hex())
}

/// The project's status (PEP 792) as names and contents of meta elements.
fn status(page: &Page) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let raw = page.member("project-status").and_then(|raw| std::str::from_utf8(raw).ok()).unwrap_or("{}");
    let read = each_member(raw, |key, value| match (key.as_ref(), string(value)) {
        ("status", Some(status)) => found.push(("project-status", status.into_owned())),
        ("reason", Some(reason)) => found.push(("project-status-reason", reason.into_owned())),
        _ => {}
    });
    if read.is_err() {
        found.clear();
    }
    found
}

/// Appends a text fit for an attribute or between tags.
fn push_escaped(out: &mut String, text: &str) {
    let mut rest = text;
    // Hashes and names, nearly all there is, need nothing and are copied whole.
    while let Some(at) = rest.find(|c: char| matches!(c, '&' | '<' | '>' | '"' | '\'') || c.is_control()) {
        let (plain, special) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let mut after = special.chars();
        out.push_str(plain);
        match after.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('"') => out.push_str("&quot;"),
            Some('\'') => out.push_str("&#x27;"),
            // A page is text; control characters other than line ends have no place in it.
            Some(c @ ('\n' | '\t')) => out.push(c),
            _ => out.push(' '),
        }
        rest = after.as_str();
    }
    out.push_str(rest);
}
