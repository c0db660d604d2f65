//! Pages made here: with an upstream, and without one.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use bytes::Bytes;
use insta::assert_snapshot;
use serde_json::{Value, json};
use url::Url;
use vetmoot_domain::{Digest, Digests};

use super::*;
use crate::Form;
use crate::pypi::{GOOD, GOOD_HTML};
use crate::tests::{compose, read, text, versions as versions_of};

/// A page of `some` with these files added: version, file name, metadata, yanked.
fn page(upstream: Option<&str>, files: &[(&str, &str, Value, Option<&str>)]) -> String {
    let package: Package = "pkg:pypi/some".parse().unwrap();
    let url = Url::parse("https://index.example/simple/some/").unwrap();
    let document = upstream.map(|text| Document {
        bytes: Bytes::copy_from_slice(text.as_bytes()),
        content_type: None,
        url: &url,
        cargo_dl: None,
    });
    let digests = Digests::of(Digest::Sha256([0xab; 32]));
    let versions: Vec<Version> = files.iter().map(|file| file.0.parse().unwrap()).collect();
    let urls: Vec<String> =
        files.iter().map(|file| format!("https://moot.example/publish/pypi/files/some/{}", file.1)).collect();
    let staged: Vec<StagedFile<'_>> = files
        .iter()
        .enumerate()
        .map(|(at, (_, file_name, metadata, yanked))| StagedFile {
            version: &versions[at],
            file_name,
            digests: &digests,
            sha1: None,
            size: 7,
            metadata,
            published: "2026-11-21T17:00:00Z".parse().unwrap(),
            url: &urls[at],
            yanked: *yanked,
            provenance: metadata["attested"].as_str(),
        })
        .collect();
    String::from_utf8(super::document(&package, document.as_ref(), &staged).unwrap()).unwrap()
}

fn wheel() -> Value {
    json!({ "fields": { "requires_python": [">=3.9"] }, "core_metadata": "cd".repeat(32), "attested": "https://moot.example/p" })
}

#[test]
fn a_page_without_an_upstream_is_a_page_of_its_own() {
    let made =
        page(None, &[("1.0", "some-1.0-py3-none-any.whl", wheel(), None), ("1.0", "some-1.0.tar.gz", json!({}), Some(""))]);
    assert_snapshot!(made, @r#"{"meta":{"api-version":"1.3"},"name":"some","versions":["1.0"],"files":[{"filename":"some-1.0-py3-none-any.whl","url":"https://moot.example/publish/pypi/files/some/some-1.0-py3-none-any.whl","hashes":{"sha256":"abababababababababababababababababababababababababababababababab"},"requires-python":">=3.9","size":7,"upload-time":"2026-11-21T17:00:00Z","yanked":false,"core-metadata":{"sha256":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"},"provenance":"https://moot.example/p"},{"filename":"some-1.0.tar.gz","url":"https://moot.example/publish/pypi/files/some/some-1.0.tar.gz","hashes":{"sha256":"abababababababababababababababababababababababababababababababab"},"size":7,"upload-time":"2026-11-21T17:00:00Z","yanked":true}]}"#);
    let listing = read("pkg:pypi/some", &made).unwrap();
    assert_eq!(listing.complaints, Vec::<String>::new());
    assert!(listing.entries[0].has_metadata && listing.entries[0].provenance.is_some());
    assert_eq!(listing.entries[1].yanked.as_deref(), Some(""));
}

#[test]
fn what_upstream_says_stays_and_what_is_staged_stands_behind_it() {
    let made = page(Some(GOOD), &[("1.1", "some-1.1-py3-none-any.whl", wheel(), None)]);
    let (before, after) = (read("pkg:pypi/some", GOOD).unwrap(), read("pkg:pypi/some", &made).unwrap());
    assert_eq!(after.entries[..3], before.entries[..]);
    assert_eq!(versions_of(&after), "1.0.0 1.0.0 0.9 1.1");
    let (before, after) = (compose(&before, "", Form::PypiJson), compose(&after, "", Form::PypiJson));
    let (mut before, mut after): (Value, Value) =
        (serde_json::from_str(text(&before)).unwrap(), serde_json::from_str(text(&after)).unwrap());
    assert_eq!(after["versions"], json!(["1.0.0", "0.9", "1.1"]));
    after["files"].as_array_mut().unwrap().truncate(3);
    for document in [&mut before, &mut after] {
        document.as_object_mut().unwrap().remove("versions");
    }
    assert_eq!(after, before);
}

#[test]
fn a_page_reads_the_same_wherever_it_lies() {
    let made = page(Some(GOOD), &[]);
    let package: Package = "pkg:pypi/some".parse().unwrap();
    let elsewhere = Url::parse("https://moot.example/").unwrap();
    let document = Document { bytes: made.into(), content_type: None, url: &elsewhere, cargo_dl: None };
    let listing = index::read(&package, document).unwrap();
    assert_eq!(listing.entries[1].url, "https://index.example/files/some-1.0.0.tar.gz");
}

#[test]
fn an_html_upstream_becomes_json() {
    let made = page(Some(GOOD_HTML), &[("2.0", "some-2.0.zip", json!({}), None)]);
    let listing = read("pkg:pypi/some", &made).unwrap();
    assert_eq!(versions_of(&listing), "1.0.0 1.0.0 1.1.0+local 2.0");
    assert!(!listing.traits.is_html);
    assert_eq!(listing.entries[..3], read("pkg:pypi/some", GOOD_HTML).unwrap().entries[..]);
}

#[test]
fn a_file_that_upstream_has_stays_upstreams() {
    let made = page(Some(GOOD), &[("0.9", "some-0.9.zip", json!({}), None), ("0.9", "some-0.9.tar.gz", json!({}), None)]);
    let listing = read("pkg:pypi/some", &made).unwrap();
    assert_eq!(listing.entries.len(), 4);
    assert_eq!(listing.entries[2].url, "https://files.example/some-0.9.zip");
    assert_eq!(listing.entries[3].file_name.as_deref(), Some("some-0.9.tar.gz"));
}

#[test]
fn one_release_has_one_spelling() {
    let made = page(Some(GOOD), &[("1.0", "some-1.0-1-py3-none-any.whl", json!({}), None)]);
    let listing = read("pkg:pypi/some", &made).unwrap();
    assert_eq!(versions_of(&listing), "1.0.0 1.0.0 0.9 1.0.0");
}

#[test]
fn metadata_of_another_shape_says_nothing() {
    let odd = json!({ "fields": { "requires_python": ">=3" }, "core_metadata": "xyz" });
    let made = page(None, &[("1.0", "some-1.0-py3-none-any.whl", odd, None)]);
    let listing = read("pkg:pypi/some", &made).unwrap();
    assert!(!listing.entries[0].has_metadata);
    assert!(!made.contains("requires-python"));
}
