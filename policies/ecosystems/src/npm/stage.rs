//! A packument made here: upstream's members as they are, and the versions that are staged or released here after them.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::{Map, Value, json};
use vetmoot_domain::{Digest, Ecosystem, Package, Timestamp, Version, Versions as _};

use super::NpmVersions;
use crate::json::{each_member, push_string, string};
use crate::limits::DIST_TAGS_MAX;
use crate::listing::{Document, ListingError, text_of};
use crate::stage::StagedFile;

/// The tag that a plain `npm install` follows.
const LATEST: &str = "latest";

/// Members of a manifest that only a registry may say, or that are made anew here.
const NOT_THE_CLIENTS: [&str; 8] =
    ["_npmUser", "_npmOperationalInternal", "_resolved", "_integrity", "deprecated", "dist", "hasInstallScript", "readme"];

/// See [`crate::stage::document`].
pub(crate) fn document(
    package: &Package,
    upstream: Option<&Document<'_>>,
    staged: &[StagedFile<'_>],
) -> Result<Vec<u8>, ListingError> {
    let upstream = match upstream {
        Some(document) => Upstream::read(text_of(Ecosystem::Npm, package, &document.bytes)?)?,
        None => Upstream::default(),
    };
    let added: Vec<&StagedFile<'_>> =
        staged.iter().filter(|file| !upstream.versions_known.contains(file.version.as_str())).collect();
    let mut body = Vec::with_capacity(upstream.bytes + 4_096);
    body.push(b'{');
    if upstream.members.is_empty() {
        head(&mut body, package, &added);
    }
    for (key, value) in &upstream.members {
        member(&mut body, key);
        body.extend_from_slice(value.as_bytes());
    }
    member(&mut body, "dist-tags");
    tags(&mut body, upstream.part("dist-tags"), &added);
    member(&mut body, "versions");
    extended(&mut body, upstream.part("versions"), |body| {
        for file in &added {
            member(body, file.version.as_str());
            serde_json::to_writer(&mut *body, &manifest(package, file)).expect("a value is written into memory");
        }
    });
    member(&mut body, "time");
    times(&mut body, upstream.part("time"), &added);
    body.push(b'}');
    Ok(body)
}

/// The members of upstream's document: those that are copied, and the three that are added to.
#[derive(Default)]
struct Upstream<'a> {
    members: Vec<(Cow<'a, str>, &'a str)>,
    added_to: Vec<(Cow<'a, str>, &'a str)>,
    versions_known: HashSet<Cow<'a, str>>,
    bytes: usize,
}

impl<'a> Upstream<'a> {
    fn read(text: &'a str) -> Result<Self, ListingError> {
        let mut upstream = Self { bytes: text.len(), ..Self::default() };
        let mut seen: HashSet<Cow<'a, str>> = HashSet::new();
        let is_object = each_member(text, |key, value| {
            // The first of two equal members counts, as it does for the reader of documents.
            if seen.insert(key.clone()) {
                let added_to = matches!(key.as_ref(), "versions" | "time" | "dist-tags");
                let list = if added_to { &mut upstream.added_to } else { &mut upstream.members };
                list.push((key, value));
            }
        })?;
        if !is_object {
            return Err(ListingError::WrongShape { part: "packument", expected: "an object" });
        }
        let versions = upstream.part("versions").unwrap_or("{}");
        let mut known = HashSet::new();
        if !each_member(versions, |key, _| known.extend([key]))? {
            return Err(ListingError::WrongShape { part: "versions", expected: "an object" });
        }
        upstream.versions_known = known;
        Ok(upstream)
    }

    fn part(&self, name: &str) -> Option<&'a str> {
        self.added_to.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }
}

/// What stands at the beginning of a packument that upstream does not have.
fn head(body: &mut Vec<u8>, package: &Package, added: &[&StagedFile<'_>]) {
    let name = package.name().as_str();
    for key in ["_id", "name"] {
        member(body, key);
        push_string(body, name);
    }
    let newest = added.iter().max_by_key(|file| file.published);
    let of_newest = |key: &str| newest.and_then(|file| file.metadata.get("manifest")).and_then(|manifest| manifest.get(key));
    for key in ["description", "license", "keywords", "repository", "homepage"] {
        if let Some(value) = of_newest(key) {
            member(body, key);
            serde_json::to_writer(&mut *body, value).expect("a value is written into memory");
        }
    }
    if let Some(readme) = newest.and_then(|file| file.metadata.get("readme")).and_then(Value::as_str) {
        member(body, "readme");
        push_string(body, readme);
    }
}

/// The manifest of a version as the client sent it, with what this instance knows better.
fn manifest(package: &Package, file: &StagedFile<'_>) -> Value {
    let mut manifest = match file.metadata.get("manifest") {
        Some(Value::Object(sent)) => sent.clone(),
        _ => Map::new(),
    };
    for key in NOT_THE_CLIENTS {
        manifest.remove(key);
    }
    let name = package.name().as_str();
    manifest.insert("_id".to_owned(), json!(format!("{name}@{}", file.version)));
    manifest.insert("name".to_owned(), json!(name));
    manifest.insert("version".to_owned(), json!(file.version.as_str()));
    if let Some(text) = file.yanked {
        manifest.insert("deprecated".to_owned(), json!(text));
    }
    let mut dist = json!({ "shasum": file.sha1.map(hex::encode), "tarball": file.url });
    let sha512 = file.digests.iter().find(|digest| matches!(digest, Digest::Sha512(_)));
    if let (Some(sha512), Some(dist)) = (sha512, dist.as_object_mut()) {
        dist.insert("integrity".to_owned(), json!(sha512.integrity()));
    }
    manifest.insert("dist".to_owned(), dist);
    Value::Object(manifest)
}

/// Upstream's tags, and those that the added versions ask for. `latest` stays upstream's: what is staged must not become
/// what everybody installs by default.
fn tags(body: &mut Vec<u8>, upstream: Option<&str>, added: &[&StagedFile<'_>]) {
    let mut tags: Vec<(String, String)> = Vec::new();
    // Tags that are no object are dropped here as the reader drops them.
    let _ = each_member(upstream.unwrap_or("{}"), |name, value| {
        if let Some(version) = string(value)
            && tags.len() < DIST_TAGS_MAX
        {
            tags.push((name.into_owned(), version.into_owned()));
        }
    });
    let is_ours = !tags.iter().any(|(name, _)| name == LATEST);
    let mut by_time: Vec<&&StagedFile<'_>> = added.iter().collect();
    by_time.sort_by_key(|file| file.published);
    for file in by_time {
        let asked = file.metadata.get("tag").and_then(Value::as_str).unwrap_or(LATEST);
        if asked == LATEST && !is_ours {
            continue;
        }
        let version = file.version.to_string();
        if let Some((_, target)) = tags.iter_mut().find(|(name, _)| name == asked) {
            *target = version;
        } else if tags.len() < DIST_TAGS_MAX {
            tags.push((asked.to_owned(), version));
        }
    }
    // Installers want a `latest`, and registries give one to the first version whatever tag it asked for.
    if !tags.iter().any(|(name, _)| name == LATEST)
        && let Some(highest) = highest(added)
    {
        tags.push((LATEST.to_owned(), highest.to_string()));
    }
    body.push(b'{');
    for (name, version) in &tags {
        member(body, name);
        push_string(body, version);
    }
    body.push(b'}');
}

/// The highest of the added versions that is no pre-release, or else the highest.
fn highest<'a>(added: &[&StagedFile<'a>]) -> Option<&'a Version> {
    let versions = || added.iter().map(|file| file.version);
    let order = |left: &&Version, right: &&Version| NpmVersions.compare(left, right);
    versions().filter(|version| !NpmVersions.is_prerelease(version)).max_by(order).or_else(|| versions().max_by(order))
}

/// Upstream's times and those of the added versions; the document was changed when the newest of them came.
fn times(body: &mut Vec<u8>, upstream: Option<&str>, added: &[&StagedFile<'_>]) {
    let newest = added.iter().map(|file| file.published).max();
    let oldest = added.iter().map(|file| file.published).min();
    let mut names: HashSet<Cow<'_, str>> = HashSet::new();
    body.push(b'{');
    // Times that are no object are dropped here as the reader drops them.
    let _ = each_member(upstream.unwrap_or("{}"), |name, value| {
        let is_ours = added.iter().any(|file| file.version.as_str() == name);
        if is_ours || !names.insert(name.clone()) {
            return;
        }
        member(body, &name);
        let known = string(value).and_then(|text| text.parse::<Timestamp>().ok());
        match newest.filter(|newest| name == "modified" && known.is_none_or(|known| known < *newest)) {
            Some(newest) => push_string(body, &newest.to_string()),
            None => body.extend_from_slice(value.as_bytes()),
        }
    });
    for (name, time) in [("created", oldest), ("modified", newest)] {
        if let Some(time) = time.filter(|_| !names.contains(name)) {
            member(body, name);
            push_string(body, &time.to_string());
        }
    }
    for file in added {
        member(body, file.version.as_str());
        push_string(body, &file.published.to_string());
    }
    body.push(b'}');
}

/// Copies an object with its bytes as they are and lets more be written behind its members.
fn extended(body: &mut Vec<u8>, object: Option<&str>, more: impl FnOnce(&mut Vec<u8>)) {
    let inner = object.unwrap_or("{}").trim_end();
    body.extend_from_slice(inner.strip_suffix('}').unwrap_or("{").trim_end().as_bytes());
    more(body);
    body.push(b'}');
}

/// Writes a key, behind a comma unless it is the first of its object; the caller writes the value.
fn member(body: &mut Vec<u8>, key: &str) {
    if body.last() != Some(&b'{') {
        body.push(b',');
    }
    push_string(body, key);
    body.push(b':');
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use bytes::Bytes;
    use vetmoot_domain::Digests;

    use super::*;
    use crate::{Form, Links, Listing, Shown, world};

    const UPSTREAM: &str = r#"{"_id":"some","name":"some","dist-tags":{"latest":"1.0.0","next":"1.0.0"},
 "versions" : {"1.0.0":  {"name":"some","version":"1.0.0","dist":{"tarball":"https://r.example/some/-/some-1.0.0.tgz"}} } ,
 "time":{"created":"2020-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z","1.0.0":"2020-01-01T00:00:00.000Z"},"readme":"r"}"#;

    struct One {
        version: Version,
        digests: Digests,
        metadata: Value,
        published: Timestamp,
        yanked: Option<String>,
    }

    fn one(version: &str, tag: &str, published: &str) -> One {
        let mut digests = Digests::of(Digest::Sha256([1; 32]));
        digests.add(Digest::Sha512(Box::new([2; 64])));
        let manifest = json!({
            "name": "other", "version": "9.9.9", "description": "d", "_npmUser": { "name": "mallory" }, "deprecated": "x",
            "hasInstallScript": false, "scripts": { "install": "x" }, "dist": { "tarball": "https://evil.example/x.tgz" },
        });
        One {
            version: version.parse().unwrap(),
            digests,
            metadata: json!({ "manifest": manifest, "tag": tag, "readme": "hello" }),
            published: published.parse().unwrap(),
            yanked: None,
        }
    }

    fn read(upstream: Option<&str>, staged: &[One]) -> (String, Listing) {
        let package: Package = "pkg:npm/some".parse().unwrap();
        let url = "https://r.example/some".parse().unwrap();
        let as_document =
            |bytes: Vec<u8>| Document { bytes: Bytes::from(bytes), content_type: None, url: &url, cargo_dl: None };
        let files: Vec<StagedFile<'_>> = staged
            .iter()
            .map(|one| StagedFile {
                version: &one.version,
                file_name: "some.tgz",
                digests: &one.digests,
                sha1: Some(&[3; 20]),
                size: 9,
                metadata: &one.metadata,
                published: one.published,
                url: "https://here.example/publish/npm/some/-/some.tgz",
                yanked: one.yanked.as_deref(),
                provenance: None,
            })
            .collect();
        let upstream = upstream.map(|text| as_document(text.as_bytes().to_vec()));
        let bytes = document(&package, upstream.as_ref(), &files).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        let listing = world(Ecosystem::Npm).read_listing(&package, as_document(bytes)).unwrap();
        (text, listing)
    }

    fn composed(listing: &Listing, form: Form) -> Value {
        let shown = vec![Shown::AsIs; listing.entries.len()];
        let links = Links { files: "https://here.example/publish/npm/".to_owned() };
        serde_json::from_slice(&world(Ecosystem::Npm).compose(listing, &shown, form, &links).body).unwrap()
    }

    #[test]
    fn a_candidate_stands_behind_what_upstream_has() {
        let (text, listing) = read(Some(UPSTREAM), &[one("1.1.0", "latest", "2026-01-02T03:04:05Z")]);
        assert!(text.contains(r#""1.0.0":  {"name":"some","version":"1.0.0","#), "upstream's bytes stay: {text}");
        assert!(listing.complaints.is_empty(), "{:?}", listing.complaints);
        let versions: Vec<&str> = listing.entries.iter().map(|entry| entry.version.as_str()).collect();
        assert_eq!(versions, ["1.0.0", "1.1.0"]);
        let staged = listing.entries.last().unwrap();
        assert!(staged.has_install_scripts && staged.publisher.is_none());
        assert_eq!(staged.url, "https://here.example/publish/npm/some/-/some.tgz");
        let whole = composed(&listing, Form::NpmFull);
        assert_eq!(whole["dist-tags"], json!({ "latest": "1.0.0", "next": "1.0.0" }));
        assert_eq!(whole["time"]["modified"], whole["time"]["1.1.0"]);
        assert_eq!(whole["versions"]["1.1.0"]["name"], "some");
        assert!(whole["versions"]["1.1.0"].get("deprecated").is_none());
        let short = composed(&listing, Form::NpmAbbreviated);
        assert_eq!(short["versions"]["1.1.0"]["hasInstallScript"], true);
    }

    #[test]
    fn a_version_that_both_have_stays_upstreams() {
        let (_, listing) = read(Some(UPSTREAM), &[one("1.0.0", "beta", "2026-01-02T03:04:05Z")]);
        assert_eq!(listing.entries.len(), 1);
        assert_eq!(listing.entries.first().unwrap().url, "https://r.example/some/-/some-1.0.0.tgz");
        assert!(composed(&listing, Form::NpmFull)["dist-tags"].get("beta").is_none());
    }

    #[test]
    fn a_candidate_gets_the_tag_it_asked_for_but_never_upstreams_latest() {
        let staged = [one("2.0.0-rc.1", "next", "2026-01-02T03:04:05Z"), one("1.5.0", "latest", "2026-01-01T00:00:00Z")];
        let (_, listing) = read(Some(UPSTREAM), &staged);
        assert_eq!(composed(&listing, Form::NpmFull)["dist-tags"], json!({ "latest": "1.0.0", "next": "2.0.0-rc.1" }));
    }

    #[test]
    fn a_package_that_lives_here_alone_gets_a_whole_packument() {
        let mut staged = [one("1.0.0", "latest", "2026-01-03T00:00:00Z"), one("0.9.0", "latest", "2026-01-01T00:00:00Z")];
        staged[1].yanked = Some("use 1".to_owned());
        let (_, listing) = read(None, &staged);
        assert!(listing.complaints.is_empty(), "{:?}", listing.complaints);
        let whole = composed(&listing, Form::NpmFull);
        assert_eq!(whole["dist-tags"], json!({ "latest": "1.0.0" }));
        assert_eq!(whole["versions"]["0.9.0"]["deprecated"], "use 1");
        assert_eq!(whole["readme"], "hello");
        assert_eq!(whole["time"]["created"], whole["time"]["0.9.0"]);
        let (_, listing) =
            read(None, &[one("2.0.0-rc.1", "next", "2026-01-03T00:00:00Z"), one("1.0.0", "old", "2026-01-02T00:00:00Z")]);
        assert_eq!(composed(&listing, Form::NpmFull)["dist-tags"]["latest"], "1.0.0");
    }

    #[test]
    fn a_package_without_versions_upstream_gets_those_of_its_candidates() {
        for upstream in [r#"{"name":"some"}"#, r#"{"name":"some","versions":{ },"time":{"unpublished":{}},"dist-tags":3}"#] {
            let (_, listing) = read(Some(upstream), &[one("1.0.0", "latest", "2026-01-03T00:00:00Z")]);
            assert_eq!(listing.entries.len(), 1, "{upstream}");
        }
    }
}
