//! A sparse index file made here: upstream's lines as they are, then one for each staged version.

use std::collections::HashSet;

use serde_json::Value;
use vetmoot_domain::{Digest, Package, Timestamp, Version};

use super::index;
use crate::listing::{Document, ListingError};
use crate::stage::StagedFile;

/// See [`crate::stage::document`].
pub(crate) fn document(
    package: &Package,
    upstream: Option<&Document<'_>>,
    staged: &[StagedFile<'_>],
) -> Result<Vec<u8>, ListingError> {
    let mut taken = HashSet::new();
    let mut body = Vec::new();
    if let Some(upstream) = upstream {
        let listing = index::read(package, upstream.clone())?;
        taken.extend(listing.entries.iter().map(|entry| without_build(&entry.version)));
        body.extend_from_slice(&upstream.bytes);
        if body.last().is_some_and(|byte| *byte != b'\n') {
            body.push(b'\n');
        }
    }
    for file in staged {
        // An index has one line a version, whatever its build metadata (Cargo Book, "Index format").
        if taken.insert(without_build(file.version)) {
            body.extend_from_slice(line(file).to_string().as_bytes());
            body.push(b'\n');
        }
    }
    Ok(body)
}

fn without_build(version: &Version) -> String {
    version.as_str().split('+').next().unwrap_or_default().to_owned()
}

/// The line of a file that lies here: what the upload said of it, and what this instance knows better.
fn line(file: &StagedFile<'_>) -> Value {
    let mut line = match file.metadata.get("line") {
        Some(Value::Object(line)) => line.clone(),
        _ => serde_json::Map::new(),
    };
    let cksum = file.digests.iter().find(|digest| matches!(digest, Digest::Sha256(_)));
    line.insert("cksum".to_owned(), cksum.map_or(Value::Null, |digest| digest.hex().into()));
    line.insert("yanked".to_owned(), file.yanked.is_some().into());
    line.insert("pubtime".to_owned(), whole_seconds(file.published).to_string().into());
    Value::Object(line)
}

/// `pubtime` has no fraction (Cargo Book, "Index format").
fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millis(time.millis().div_euclid(1_000).saturating_mul(1_000))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use bytes::Bytes;
    use serde_json::json;
    use vetmoot_domain::Digests;

    use super::*;
    use crate::{Form, Links, Listing, Shown, world};

    const UPSTREAM: &str = concat!(
        r#"{"name":"some","vers":"1.0.0","deps":[],"cksum":"0000000000000000000000000000000000000000000000000000000000000000","#,
        r#""features":{}, "yanked":false}"#
    );

    fn read(upstream: Option<&str>, staged: &[(&str, Option<&str>)]) -> (String, Listing) {
        let package: Package = "pkg:cargo/some".parse().unwrap();
        let url = "https://index.example/so/me/some".parse().unwrap();
        let as_document =
            |bytes: Vec<u8>| Document { bytes: Bytes::from(bytes), content_type: None, url: &url, cargo_dl: None };
        let digests = Digests::of(Digest::Sha256([1; 32]));
        let versions: Vec<Version> = staged.iter().map(|(version, _)| version.parse().unwrap()).collect();
        let lines: Vec<Value> =
            staged.iter().map(|(version, _)| json!({ "line": { "name": "some", "vers": version, "deps": [] } })).collect();
        let files: Vec<StagedFile<'_>> = versions
            .iter()
            .zip(&lines)
            .zip(staged)
            .map(|((version, metadata), (_, yanked))| StagedFile {
                version,
                file_name: "some.crate",
                digests: &digests,
                sha1: None,
                size: 9,
                metadata,
                published: "2026-01-02T03:04:05.678Z".parse().unwrap(),
                url: "https://here.example/",
                yanked: *yanked,
                provenance: None,
            })
            .collect();
        let upstream = upstream.map(|text| as_document(text.as_bytes().to_vec()));
        let bytes = document(&package, upstream.as_ref(), &files).unwrap();
        let listing = world(package.ecosystem()).read_listing(&package, as_document(bytes.clone())).unwrap();
        (String::from_utf8(bytes).unwrap(), listing)
    }

    #[test]
    fn a_candidate_stands_behind_upstreams_lines_which_stay_as_they_are() {
        let (text, listing) = read(Some(UPSTREAM), &[("1.1.0", None)]);
        assert!(text.starts_with(UPSTREAM), "{text}");
        assert!(listing.complaints.is_empty(), "{:?}", listing.complaints);
        assert_eq!(crate::cargo::spelling(&listing).as_deref(), Some("some"));
        let staged = listing.entries.last().unwrap();
        assert_eq!((staged.version.as_str(), staged.yanked.is_some()), ("1.1.0", false));
        assert!(staged.digests.has(&Digest::Sha256([1; 32])));
        assert!(text.contains(r#""pubtime":"2026-01-02T03:04:05Z""#), "{text}");
        let composed = world(listing.package.ecosystem()).compose(
            &listing,
            &[Shown::AsIs, Shown::AsIs],
            Form::CargoLines,
            &Links { files: String::new() },
        );
        assert_eq!(String::from_utf8(composed.body).unwrap(), text);
    }

    #[test]
    fn a_version_that_both_have_stays_upstreams_whatever_its_build_metadata() {
        for version in ["1.0.0", "1.0.0+again"] {
            let (text, listing) = read(Some(UPSTREAM), &[(version, None)]);
            assert_eq!((text.trim_end(), listing.entries.len()), (UPSTREAM, 1));
        }
    }

    #[test]
    fn a_package_that_lives_here_alone_has_the_lines_of_its_candidates() {
        let (_, listing) = read(None, &[("1.0.0", None), ("1.1.0", Some("broken")), ("1.0.0+twice", None)]);
        let versions: Vec<(&str, bool)> =
            listing.entries.iter().map(|entry| (entry.version.as_str(), entry.yanked.is_some())).collect();
        assert_eq!(versions, [("1.0.0", false), ("1.1.0", true)]);
    }
}
