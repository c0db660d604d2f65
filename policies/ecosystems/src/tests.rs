//! What holds for every world, and what the worlds' own tests are built with.
#![expect(clippy::unwrap_used, reason = "tests")]

use bytes::Bytes;
use proptest::prelude::*;
use url::Url;
use vetmoot_domain::{Ecosystem, Package, Version};

use crate::limits::DOCUMENT_BYTES_MAX;
use crate::{Composed, Document, Form, Links, Listing, ListingError, Shown, Upstream, world};

/// Reads `text` as the index document of `package`.
pub(crate) fn read(package: &str, text: &str) -> Result<Listing, ListingError> {
    read_as(package, text, None)
}

/// Reads `text` with a `Content-Type`.
pub(crate) fn read_as(package: &str, text: &str, content_type: Option<&str>) -> Result<Listing, ListingError> {
    let package: Package = package.parse().unwrap();
    let url = Url::parse("https://index.example/simple/some/").unwrap();
    let dl = Some("https://files.example/{lowerprefix}/{crate}/{version}/{sha256-checksum}");
    let document = Document { bytes: Bytes::copy_from_slice(text.as_bytes()), content_type, url: &url, cargo_dl: dl };
    world(package.ecosystem()).read_listing(&package, document)
}

/// Composes a listing with a fate for each version named (`1.0.0 held`), all others as they are.
pub(crate) fn compose(listing: &Listing, fates: &str, form: Form) -> Composed {
    let links = Links { files: "https://moot.example/files/".to_owned() };
    world(listing.package.ecosystem()).compose(listing, &shown(listing, fates), form, &links)
}

/// The fates of a listing's entries, from `version-or-file held|refused` separated by commas.
pub(crate) fn shown(listing: &Listing, fates: &str) -> Vec<Shown> {
    let mut shown = vec![Shown::AsIs; listing.entries.len()];
    for fate in fates.split(',').map(str::trim).filter(|fate| !fate.is_empty()) {
        let (what, word) = fate.split_once(' ').unwrap();
        let reason = "too \"young\" <moot.example/w/1>".to_owned();
        for (entry, place) in listing.entries.iter().zip(&mut shown) {
            if entry.version.as_str() == what || entry.file_name.as_deref() == Some(what) {
                *place = match word {
                    "held" => Shown::Held { reason: reason.clone() },
                    "refused" => Shown::Refused { reason: reason.clone() },
                    _ => panic!("no such fate: {word}"),
                };
            }
        }
    }
    shown
}

/// The composed body as text.
pub(crate) fn text(composed: &Composed) -> &str {
    std::str::from_utf8(&composed.body).unwrap()
}

/// The versions of a listing in one line.
pub(crate) fn versions(listing: &Listing) -> String {
    let versions: Vec<&str> = listing.entries.iter().map(|entry| entry.version.as_str()).collect();
    versions.join(" ")
}

/// Shows the order `left`, `right` have in an ecosystem: `<`, `=` or `>`.
pub(crate) fn check_order(ecosystem: Ecosystem, chain: &str) {
    let versions = world(ecosystem).versions();
    let parts: Vec<&str> = chain.split_whitespace().collect();
    for three in parts.windows(3).step_by(2) {
        let [left, sign, right] = three else { panic!("write a < b = c") };
        let (left, right): (Version, Version) = (left.parse().unwrap(), right.parse().unwrap());
        let found = match versions.compare(&left, &right) {
            std::cmp::Ordering::Less => "<",
            std::cmp::Ordering::Equal => "=",
            std::cmp::Ordering::Greater => ">",
        };
        assert_eq!(found, *sign, "{left} {right}");
        assert_eq!(versions.compare(&left, &right), versions.compare(&right, &left).reverse());
    }
}

/// Whether `version` lies in `range`.
pub(crate) fn in_range(ecosystem: Ecosystem, range: &str, version: &str) -> bool {
    world(ecosystem).versions().in_range(range, &version.parse().unwrap()).unwrap()
}

const FORMS: [Form; 5] = [Form::CargoLines, Form::PypiJson, Form::PypiHtml, Form::NpmFull, Form::NpmAbbreviated];

#[test]
fn official_addresses_are_absolute_and_end_in_a_slash() {
    for ecosystem in Ecosystem::ALL {
        let url = Upstream::official(*ecosystem);
        assert_eq!(url.scheme(), "https");
        assert!(url.path().ends_with('/'), "{url}");
        assert!(url.host_str().is_some());
    }
}

#[test]
fn only_the_official_python_index_has_a_file_host_of_its_own() {
    let hosts = |ecosystem, base: &Url| Upstream::extra_hosts(ecosystem, base).len();
    assert_eq!(hosts(Ecosystem::Pypi, &Upstream::official(Ecosystem::Pypi)), 1);
    assert_eq!(hosts(Ecosystem::Pypi, &Url::parse("http://127.0.0.1:8080/simple/").unwrap()), 0);
    assert_eq!(hosts(Ecosystem::Npm, &Upstream::official(Ecosystem::Npm)), 0);
}

#[test]
fn listing_paths_follow_each_indexs_rule() {
    let check = |package: &str, expected: &str| {
        let package: Package = package.parse().unwrap();
        assert_eq!(world(package.ecosystem()).listing_path(&package), expected);
    };
    check("pkg:cargo/serde", "se/rd/serde");
    check("pkg:cargo/a", "1/a");
    check("pkg:cargo/ab", "2/ab");
    check("pkg:cargo/ABC", "3/a/abc");
    check("pkg:cargo/Inflector", "in/fl/inflector");
    check("pkg:pypi/Flask_Login", "flask-login/");
    check("pkg:npm/express", "express");
    check("pkg:npm/%40s/p", "@s%2fp");
}

#[test]
fn a_document_for_another_world_is_an_error() {
    let package: Package = "pkg:npm/express".parse().unwrap();
    let url = Url::parse("https://index.example/").unwrap();
    let document = Document { bytes: Bytes::from_static(b"{}"), content_type: None, url: &url, cargo_dl: None };
    let error = world(Ecosystem::Pypi).read_listing(&package, document).unwrap_err();
    assert_eq!(error.code(), "listing-other-ecosystem");
}

#[test]
fn a_document_beyond_the_limit_is_refused_unread() {
    let url = Url::parse("https://index.example/").unwrap();
    let bytes = Bytes::from(vec![b' '; DOCUMENT_BYTES_MAX + 1]);
    for ecosystem in Ecosystem::ALL {
        let package = Package::new(*ecosystem, "some").unwrap();
        let document = Document { bytes: bytes.clone(), content_type: None, url: &url, cargo_dl: None };
        assert_eq!(world(*ecosystem).read_listing(&package, document).unwrap_err().code(), "listing-too-large");
    }
}

#[test]
fn bytes_that_are_no_text_are_an_error() {
    let url = Url::parse("https://index.example/").unwrap();
    for ecosystem in Ecosystem::ALL {
        let package = Package::new(*ecosystem, "some").unwrap();
        let bytes = Bytes::from_static(b"{\"name\":\"\xff\"}");
        let document = Document { bytes, content_type: None, url: &url, cargo_dl: None };
        assert_eq!(world(*ecosystem).read_listing(&package, document).unwrap_err().code(), "listing-not-text");
    }
}

#[test]
fn a_form_of_another_ecosystem_gives_nothing() {
    let listing = read("pkg:pypi/six", r#"{"name":"six","files":[]}"#).unwrap();
    let composed = compose(&listing, "", Form::NpmFull);
    assert!(composed.body.is_empty());
    assert!(!composed.any_listed);
}

/// Documents that are nearly right: a good one with bytes exchanged, cut out or doubled.
fn damaged(good: &'static str) -> impl Strategy<Value = String> {
    let step = (any::<prop::sample::Index>(), prop::sample::select(PIECES.to_vec()), 0_usize..12);
    prop::collection::vec(step, 0..6).prop_map(move |steps| {
        let mut text = good.to_owned();
        for (at, piece, cut) in steps {
            let start = at.index(text.len().max(1)).min(text.len());
            let end = (start + cut).min(text.len());
            if text.is_char_boundary(start) && text.is_char_boundary(end) {
                text.replace_range(start..end, piece);
            }
        }
        text
    })
}

const PIECES: [&str; 24] = [
    "",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "true",
    "false",
    "1e999",
    "\\u0000",
    "\\ud800",
    "\n",
    " ",
    "\"1.0.0\"",
    "..",
    "%2f",
    "\u{202e}",
    "<a href='",
    "--",
    "\"dist\":{}",
    "\"versions\":{\"9.0.0\":{}}",
];

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Reads and composes in every form; whatever was read must give whole JSON that holds the listed versions alone.
fn survives(package: &str, document: &str) {
    let Ok(listing) = read(package, document) else { return };
    let fates = [Shown::AsIs, Shown::Held { reason: "h".to_owned() }, Shown::Refused { reason: "r\"\n".to_owned() }];
    let shown: Vec<Shown> = (0..listing.entries.len()).filter_map(|at| fates.get(at % 3).cloned()).collect();
    let links = Links { files: "https://moot.example/files/".to_owned() };
    for form in FORMS {
        let composed = world(listing.package.ecosystem()).compose(&listing, &shown, form, &links);
        let body = text(&composed).to_owned();
        match form {
            Form::PypiHtml => {}
            Form::CargoLines => {
                for line in body.lines() {
                    assert!(is_json(line), "{line}");
                }
            }
            _ if body.is_empty() => {}
            _ => {
                assert!(is_json(&body), "{body}");
                // Half a surrogate pair is JSON, but no text that a tree could hold.
                let Ok(value) = serde_json::from_str::<serde_json::Value>(&body) else { continue };
                if let Some(versions) = value.get("versions").and_then(|versions| versions.as_object()) {
                    assert_eq!(versions.len(), shown.iter().filter(|shown| shown.is_listed()).count());
                    for tag in value.get("dist-tags").and_then(|tags| tags.as_object()).into_iter().flatten() {
                        assert!(versions.contains_key(tag.1.as_str().unwrap()), "{tag:?} dangles in {body}");
                    }
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn no_document_makes_a_world_panic(text in ".{0,200}") {
        for package in ["pkg:cargo/some", "pkg:pypi/some", "pkg:npm/some"] {
            survives(package, &text);
        }
    }
    #[test]
    fn no_damaged_index_file_gives_broken_lines(text in damaged(crate::cargo::GOOD)) {
        survives("pkg:cargo/some", &text);
    }
    #[test]
    fn no_damaged_page_gives_a_broken_one(text in damaged(crate::pypi::GOOD)) {
        survives("pkg:pypi/some", &text);
    }
    #[test]
    fn no_damaged_html_page_gives_a_broken_one(text in damaged(crate::pypi::GOOD_HTML)) {
        survives("pkg:pypi/some", &text);
    }
    #[test]
    fn no_damaged_packument_gives_a_broken_one(text in damaged(crate::npm::GOOD)) {
        survives("pkg:npm/some", &text);
    }
}
