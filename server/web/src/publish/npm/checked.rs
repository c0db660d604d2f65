//! What a release says of itself in three places has to be one thing: the path, the document, the bytes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use vetmoot_domain::{Digest, Digests, Package, Version, Versions as _};
use vetmoot_ecosystems::npm::{NpmVersions, tarball_file};
use vetmoot_workflows::Problem;
use vetmoot_workflows::submission::Finding;

use super::invalid;
use super::reader::Parts;
use crate::limits::{NPM_RELEASE_DOCUMENT_BYTES_MAX, NPM_TAG_BYTES_MAX};

/// The tag of a release that asks for none.
const LATEST: &str = "latest";

/// The bytes that came.
pub(super) struct Packed<'a> {
    /// Their strong digests.
    pub(super) digests: &'a Digests,
    /// Their SHA-1.
    pub(super) sha1: Option<&'a [u8; 20]>,
    /// How many there are.
    pub(super) size: u64,
}

/// A release as its document describes it.
pub(super) struct Release {
    /// Its version.
    pub(super) version: Version,
    /// The manifest of the version, as it was sent.
    pub(super) manifest: Value,
    /// The tag it asks for.
    pub(super) tag: String,
    /// `public`, `restricted` or nothing.
    pub(super) access: Option<String>,
    /// Its README, where the client sent one.
    pub(super) readme: Option<String>,
    /// The media type of its sigstore bundle.
    pub(super) bundle_type: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "_id")]
    id: Option<String>,
    name: Option<String>,
    #[serde(rename = "dist-tags", default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    versions: Map<String, Value>,
    access: Option<String>,
    readme: Option<String>,
    #[serde(rename = "_attachments", default)]
    attachments: BTreeMap<String, Attachment>,
}

#[derive(Deserialize)]
struct Attachment {
    content_type: Option<String>,
    /// Taken out while the body was read.
    #[serde(rename = "data")]
    _data: String,
    length: Option<u64>,
}

/// Reads the document of a release and compares what it says with the path and with the bytes; everything that does not
/// fit is a finding. A document that has no version to speak of is a problem by itself.
pub(super) fn release(package: &Package, parts: &Parts, packed: &Packed<'_>) -> Result<(Release, Vec<Finding>), Problem> {
    if parts.document.len() > NPM_RELEASE_DOCUMENT_BYTES_MAX {
        let text = format!("the document of a release has more than {NPM_RELEASE_DOCUMENT_BYTES_MAX} bytes beside its tarball");
        return Err(invalid("document-too-large", text));
    }
    let wire: Wire = serde_json::from_slice(&parts.document)
        .map_err(|error| invalid("body-not-json", format!("the body is no document of npm publish: {error}")))?;
    let mut members = wire.versions.iter();
    let (Some((key, manifest)), None) = (members.next(), members.next()) else {
        let text = format!("the document has {} versions and one tarball; publish one version at a time", wire.versions.len());
        return Err(invalid("not-one-version", text));
    };
    let version: Version = key
        .parse()
        .ok()
        .filter(|version| NpmVersions.is_version(version) && key.starts_with(|c: char| c.is_ascii_digit()))
        .ok_or_else(|| {
            invalid("bad-version", "the version in the document is none npm can read; write it as SemVer, like 1.2.3")
        })?;
    let mut findings = Vec::new();
    names(package, &wire, manifest, &version, &mut findings);
    digests(manifest, packed, &mut findings);
    attachments(package, &version, &wire, parts, packed, &mut findings);
    let tag = tag(&wire, manifest, &version, &mut findings);
    if wire.access.as_deref() == Some("restricted") {
        let fix = "publish with --access public, or keep what is private elsewhere";
        findings.push(Finding::error(
            "restricted-access",
            "candidates are vetted in the open, and this one asks to be restricted",
            fix,
        ));
    }
    let text = |key: &str| manifest.get(key).and_then(Value::as_str).map(str::to_owned);
    let readme = text("readme").or_else(|| wire.readme.clone());
    let bundle_type = parts.bundle.as_ref().and_then(|(name, _)| wire.attachments.get(name)?.content_type.clone());
    let mut manifest = manifest.clone();
    if let Some(members) = manifest.as_object_mut() {
        members.shift_remove("readme");
    }
    Ok((Release { version, manifest, tag, access: wire.access, readme, bundle_type }, findings))
}

/// Name and version agree everywhere.
fn names(package: &Package, wire: &Wire, manifest: &Value, version: &Version, findings: &mut Vec<Finding>) {
    let name = package.name().as_str();
    let mut wrong = |place: &str, said: Option<&str>, wanted: &str| {
        if said != Some(wanted) {
            let said = said.map_or_else(|| "nothing".to_owned(), |said| format!("`{}`", short(said)));
            let text = format!("{place} says {said} where `{wanted}` is published");
            findings
                .push(Finding::error("contradicts-itself", text, "publish with npm from the package's own folder").at(place));
        }
    };
    wrong("name", wire.name.as_deref(), name);
    if wire.id.is_some() {
        wrong("_id", wire.id.as_deref(), name);
    }
    let said = |key: &str| manifest.get(key).and_then(Value::as_str);
    wrong("versions.name", said("name"), name);
    wrong("versions.version", said("version"), version.as_str());
    if said("_id").is_some() {
        wrong("versions._id", said("_id"), &format!("{name}@{version}"));
    }
}

/// `dist.integrity` and `dist.shasum` are those of the bytes.
fn digests(manifest: &Value, packed: &Packed<'_>, findings: &mut Vec<Finding>) {
    const FIX: &str = "publish again; if it happens again, something between the client and this server changes the bytes";
    let dist = |key: &str| manifest.get("dist").and_then(|dist| dist.get(key)).and_then(Value::as_str);
    match dist("integrity").map(Digest::from_integrity) {
        Some(Some(digest)) if packed.digests.has(&digest) => {}
        Some(Some(digest)) => {
            let ours = packed.digests.iter().find(|ours| ours.algorithm() == digest.algorithm());
            let ours = ours.map_or_else(|| "something else".to_owned(), |ours| ours.integrity());
            let text = format!("dist.integrity says {}, and the bytes that came have {ours}", digest.integrity());
            findings.push(Finding::error("integrity-differs", text, FIX).at("dist.integrity"));
        }
        Some(None) => {
            let text = "dist.integrity names no SHA-512 or SHA-256";
            findings.push(Finding::error("integrity-unreadable", text, "publish with a current npm").at("dist.integrity"));
        }
        None => {
            let text = "the document has no dist.integrity";
            findings.push(Finding::error("integrity-missing", text, "publish with a current npm").at("dist.integrity"));
        }
    }
    let ours = packed.sha1.map(|sha1| data_encoding::HEXLOWER.encode(sha1)).unwrap_or_default();
    if let Some(said) = dist("shasum").filter(|said| !said.eq_ignore_ascii_case(&ours)) {
        let text = format!("dist.shasum says {}, and the bytes that came have {ours}", short(said));
        findings.push(Finding::error("shasum-differs", text, FIX).at("dist.shasum"));
    }
}

/// The attachments are called after the release, and are as long as they say.
fn attachments(
    package: &Package,
    version: &Version,
    wire: &Wire,
    parts: &Parts,
    packed: &Packed<'_>,
    findings: &mut Vec<Finding>,
) {
    let name = package.name().as_str();
    let whole = format!("{name}-{version}");
    let mut check = |attached: &str, end: &str, length: u64| {
        // npm keeps the scope in the name, some older clients do not.
        let short_name = tarball_file(package, version).replace(".tgz", end);
        if attached != format!("{whole}{end}") && attached != short_name {
            let text = format!("the attachment is called `{}`, and {whole}{end} was expected", short(attached));
            findings.push(Finding::error("attachment-name", text, "publish with npm").at("_attachments"));
        }
        let said = wire.attachments.get(attached).and_then(|attachment| attachment.length);
        if let Some(said) = said.filter(|said| *said != length) {
            let text = format!("the attachment `{}` says it has {said} bytes, and {length} came", short(attached));
            findings.push(Finding::error("length-differs", text, "publish again").at("_attachments"));
        }
    };
    if let Some((attached, _)) = &parts.tarball {
        check(attached, ".tgz", packed.size);
    }
    if let Some((attached, text)) = &parts.bundle {
        // npm counts the characters of the text as JavaScript does.
        check(attached, ".sigstore", u64::try_from(text.encode_utf16().count()).unwrap_or(u64::MAX));
        if !serde_json::from_str::<Value>(text).is_ok_and(|bundle| bundle.is_object()) {
            let text = "the sigstore bundle is no JSON object";
            findings.push(Finding::error("bundle-unreadable", text, "publish with npm --provenance").at("_attachments"));
        }
    }
    if wire.attachments.len() > usize::from(parts.tarball.is_some()) + usize::from(parts.bundle.is_some()) {
        let text = "the document has attachments beside a tarball and its bundle";
        findings.push(Finding::error("attachment-unknown", text, "publish with npm").at("_attachments"));
    }
}

/// The one tag the release asks for.
fn tag(wire: &Wire, manifest: &Value, version: &Version, findings: &mut Vec<Finding>) -> String {
    let mut wrong = |text: String| {
        let fix = "publish with --tag and a word such as next";
        findings.push(Finding::error("bad-tag", text, fix).at("dist-tags"));
    };
    let mut tags = wire.tags.iter();
    let named = manifest.get("tag").and_then(Value::as_str).unwrap_or(LATEST).to_owned();
    let itself = version.as_str().to_owned();
    let (tag, target) = match (tags.next(), tags.next()) {
        (Some(tag), None) => tag,
        (None, _) => (&named, &itself),
        (Some(_), Some(_)) => {
            wrong(format!("the document sets {} tags, and a release asks for one", wire.tags.len()));
            return LATEST.to_owned();
        }
    };
    if target != version.as_str() {
        wrong(format!("the tag `{}` points at `{}`, which is not what is published", short(tag), short(target)));
    }
    let plain = tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte));
    if tag.is_empty() || tag.len() > NPM_TAG_BYTES_MAX || !plain {
        wrong(format!("`{}` is no tag", short(tag)));
    } else if NpmVersions.in_range(tag, version).is_ok() {
        wrong(format!("`{tag}` reads as a range of versions, which a tag must not"));
    }
    tag.clone()
}

/// A foreign text made fit for a sentence: cut, on one line.
fn short(text: &str) -> String {
    text.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
