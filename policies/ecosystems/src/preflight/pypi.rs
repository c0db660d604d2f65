//! What the official Python index refuses in core metadata, and what a project's readers would miss.

use std::collections::BTreeSet;

use pep440_rs::VersionSpecifiers;
use serde_json::Value;

use super::cargo::repository_missing;
use super::{Notice, Upload, cut, licence};
use crate::archive::ArchiveKind;
use crate::archive::headers::Headers;
use crate::limits::OFFICIAL_PYTHON_SUMMARY_CHARS_MAX;

/// Versions of core metadata the official index takes, in order (the core metadata specification, "Metadata-Version").
const METADATA_VERSIONS: [&str; 8] = ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"];
/// Headers that came with a version of the metadata; the official index refuses them in an older one.
const SINCE: [(&str, &str); 8] = [
    ("description-content-type", "2.1"),
    ("provides-extra", "2.1"),
    ("dynamic", "2.2"),
    ("license-expression", "2.4"),
    ("license-file", "2.4"),
    ("import-name", "2.5"),
    ("import-namespace", "2.5"),
    ("requires-python", "1.2"),
];
/// The longest label of an address, in characters.
const LABEL_CHARS_MAX: usize = 32;
/// Fields of the form that an index shows, and the headers they are made of.
const SHOWN: [(&str, &str); 6] = [
    ("summary", "summary"),
    ("home_page", "home-page"),
    ("download_url", "download-url"),
    ("project_urls", "project-url"),
    ("classifiers", "classifier"),
    ("license_expression", "license-expression"),
];
/// Ways in which a long description may be written.
const CONTENT_TYPES: [&str; 3] = ["text/plain", "text/x-rst", "text/markdown"];

/// The headers of core metadata, and whether a text follows them.
struct Metadata {
    headers: Vec<(String, String)>,
    has_body: bool,
    defect: Option<&'static str>,
}

impl Metadata {
    fn read(content: &[u8]) -> Self {
        let Headers { fields, has_body, defect } = Headers::read(content);
        let headers = fields.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        Self { headers, has_body, defect }
    }
    fn all<'s>(&'s self, key: &'s str) -> impl Iterator<Item = &'s str> {
        self.headers.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }
    fn one<'s>(&'s self, key: &'s str) -> Option<&'s str> {
        self.all(key).find(|value| !value.is_empty() && *value != "UNKNOWN")
    }
}

/// What is wrong with the metadata at `path`; that it names its release was noticed before.
pub(super) fn check(upload: &Upload<'_>, path: &str, content: &[u8]) -> Vec<Notice> {
    let metadata = Metadata::read(content);
    let mut notices = Vec::new();
    if let Some(why) = metadata.defect {
        let text = format!("Readers take different headers out of the metadata: {why}");
        notices.push(Notice::error(
            "metadata-form",
            text,
            "build it with a current build tool, and do not change it afterwards",
        ));
    }
    notices.extend(version_of_metadata(upload, &metadata));
    notices.extend(too_new(upload, &metadata));
    notices.extend(addresses(upload, &metadata));
    notices.extend(mail(upload, &metadata));
    notices.extend(licences(upload, &metadata));
    notices.extend(described(upload, &metadata));
    notices.extend(requires_python(upload, &metadata));
    notices.extend(direct(upload, &metadata));
    if !metadata.headers.iter().any(|(name, value)| matches!(name.as_str(), "project-url" | "home-page") && !value.is_empty()) {
        notices.push(repository_missing());
    }
    if upload.to_official && upload.version.as_str().contains('+') {
        let text = format!("`{}` is a local version, which the official index refuses", upload.version);
        notices.push(Notice::error("local-version", text, "publish a version without `+`"));
    }
    if metadata.all("classifier").any(|classifier| classifier.starts_with("Private ::")) {
        let text = "A classifier says that the project is private, and the official index refuses it for that";
        let fix = "remove the classifier if it is to be published";
        notices.push(Notice::weighed(upload.to_official, "private-package", text, fix));
    }
    notices.extend(said(upload, &metadata));
    notices.into_iter().map(|notice| notice.at(path)).collect()
}

fn version_of_metadata(upload: &Upload<'_>, metadata: &Metadata) -> Option<Notice> {
    let said = metadata.one("metadata-version");
    match said {
        Some(version) if METADATA_VERSIONS.contains(&version) => None,
        _ => {
            let text = format!(
                "The version of the metadata is `{}`, which the official index does not take",
                cut(said.unwrap_or("not given"))
            );
            let fix = "build it with a current build tool, which writes the version";
            Some(Notice::weighed(upload.to_official, "metadata-version", text, fix))
        }
    }
}

/// Headers that are younger than the version the metadata says it has.
fn too_new(upload: &Upload<'_>, metadata: &Metadata) -> Option<Notice> {
    let place = |version: &str| METADATA_VERSIONS.iter().position(|known| *known == version);
    let said = metadata.one("metadata-version")?;
    let age = place(said)?;
    let young = SINCE.iter().filter(|(header, since)| metadata.all(header).next().is_some() && place(since) > Some(age));
    let young: Vec<String> = young.map(|(header, since)| format!("`{header}` (since {since})")).collect();
    (!young.is_empty()).then(|| {
        let text = format!("The metadata is of version {said}, which does not have {}", young.join(", "));
        Notice::weighed(
            upload.to_official,
            "metadata-version",
            text,
            "build it with a current build tool, which writes the version",
        )
    })
}

/// Labels and addresses of `Project-URL`, `Home-page` and `Download-URL`.
fn addresses(upload: &Upload<'_>, metadata: &Metadata) -> Vec<Notice> {
    let is_web = |text: &str| {
        let lower = text.trim().to_ascii_lowercase();
        lower.starts_with("http:") || lower.starts_with("https:")
    };
    let wrong = |text: String| {
        let fix = "write `Label = \"https://...\"`, with a label of at most 32 characters";
        Notice::weighed(upload.to_official, "bad-address", text, fix)
    };
    let labelled = metadata.all("project-url").filter_map(|text| {
        let (label, address) = text.split_once(',').unwrap_or((text, ""));
        let label = label.trim();
        match label.chars().count() {
            0 => Some(wrong("An address of the project has no label".to_owned())),
            count if count > LABEL_CHARS_MAX => {
                Some(wrong(format!("The label `{}` has more than {LABEL_CHARS_MAX} characters", cut(label))))
            }
            // What stands there may hold a password.
            _ if !is_web(address) => Some(wrong(format!("What `{}` points to is no address of the web", cut(label)))),
            _ => None,
        }
    });
    let mut notices: Vec<Notice> = labelled.collect();
    for header in ["home-page", "download-url"] {
        if metadata.one(header).is_some_and(|text| !is_web(text)) {
            notices.push(wrong(format!("The `{header}` is no address of the web")));
        }
    }
    notices
}

/// Addresses for mail that are none.
fn mail(upload: &Upload<'_>, metadata: &Metadata) -> Option<Notice> {
    let header = ["author-email", "maintainer-email"]
        .into_iter()
        .find(|header| metadata.one(header).is_some_and(|text| !text.contains('@')))?;
    let text = format!("The `{header}` is no address for mail");
    Some(Notice::weighed(upload.to_official, "bad-address", text, "write `Name <name@example.org>`, or leave the field out"))
}

fn licences(upload: &Upload<'_>, metadata: &Metadata) -> Option<Notice> {
    let is_classified = metadata.all("classifier").any(|classifier| classifier.starts_with("License ::"));
    if let Some(expression) = metadata.one("license-expression") {
        if metadata.one("license").is_some() {
            let text = "The licence is named twice, in `License` and in `License-Expression`, which the official index refuses";
            return Some(Notice::weighed(upload.to_official, "licence-twice", text, "keep the expression alone"));
        }
        return licence::check(upload, Some(expression), false, licence::Rule::Strict);
    }
    match metadata.one("license") {
        // The old field may hold a whole licence's text.
        Some(text) if text.contains('\n') || text.len() > 100 => None,
        Some(_) if is_classified => None,
        Some(text) => licence::check(upload, Some(text), false, licence::Rule::Any),
        None => {
            let has_file = metadata.one("license-file").is_some();
            licence::check(upload, None, is_classified || has_file, licence::Rule::Any)
        }
    }
}

fn described(upload: &Upload<'_>, metadata: &Metadata) -> Vec<Notice> {
    let mut notices = Vec::new();
    match metadata.one("summary") {
        None => notices.push(Notice::warning(
            "description-missing",
            "The project has no summary",
            "describe it in a sentence (`description` in pyproject.toml)",
        )),
        Some(text) if text.contains('\n') || text.chars().count() > OFFICIAL_PYTHON_SUMMARY_CHARS_MAX => {
            notices.push(Notice::weighed(
                upload.to_official,
                "description-too-long",
                format!("The summary has more than one line or more than {OFFICIAL_PYTHON_SUMMARY_CHARS_MAX} characters"),
                "describe it in a sentence, and say the rest in the README",
            ));
        }
        Some(_) => {}
    }
    if !metadata.has_body && metadata.one("description").is_none() {
        let fix = "name the README in pyproject.toml (`readme = \"README.md\"`)";
        notices.push(Notice::warning("readme-missing", "The project has no long description", fix));
    }
    if let Some(kind) = metadata.one("description-content-type") {
        let bare = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if !CONTENT_TYPES.contains(&bare.as_str()) {
            let text = format!("The long description is said to be `{}`, which the official index cannot show", cut(kind));
            let fix = "use text/markdown, text/x-rst or text/plain";
            notices.push(Notice::weighed(upload.to_official, "description-content-type", text, fix));
        }
    }
    notices
}

fn requires_python(upload: &Upload<'_>, metadata: &Metadata) -> Option<Notice> {
    let Some(said) = metadata.one("requires-python") else {
        return Some(Notice::warning(
            "requires-python-missing",
            "The project does not say which versions of Python it works with",
            "set `requires-python` in pyproject.toml",
        ));
    };
    said.parse::<VersionSpecifiers>().is_err().then(|| {
        let text = format!("`{}` says no versions of Python that installers understand", cut(said));
        Notice::weighed(upload.to_official, "requires-python", text, "write it as PEP 440 has it, for example `>=3.10`")
    })
}

/// Requirements that name an address: the official index refuses them, since nobody vets what lies there.
fn direct(upload: &Upload<'_>, metadata: &Metadata) -> Vec<Notice> {
    let is_direct = |text: &&str| {
        let bare = text.split(';').next().unwrap_or_default();
        bare.split_once('@').is_some_and(|(_, rest)| rest.contains("://") || rest.trim_start().starts_with("file:"))
    };
    let requirements = metadata.all("requires-dist").filter(is_direct);
    let notices = requirements.map(|text| {
        // What stands behind the `@` may hold a password.
        let name = cut(text.split('@').next().unwrap_or_default().trim());
        let text = format!("{name} is required from an address of its own, which the official index refuses");
        Notice::weighed(upload.to_official, "direct-dependency", text, "require a released version of it")
    });
    notices.collect()
}

/// What the form says has to be what the file says: an index shows the one, installers read the other.
fn said(upload: &Upload<'_>, metadata: &Metadata) -> Vec<Notice> {
    let Some(fields) = upload.said.get("fields") else { return Vec::new() };
    let values = |name: &str| -> Vec<&str> {
        let list = fields.get(name).and_then(Value::as_array);
        let list = list.map(|list| list.iter().filter_map(Value::as_str).filter(|text| !text.trim().is_empty()).collect());
        list.unwrap_or_default()
    };
    let bare =
        |text: &str| text.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '"' { '\'' } else { c }).collect::<String>();
    let pairs =
        [("requires_dist", "requires-dist"), ("requires_python", "requires-python"), ("provides_extra", "provides-extra")];
    let mut different = Vec::new();
    for (field, header) in pairs {
        let said: BTreeSet<String> = values(field).into_iter().map(bare).collect();
        let found: BTreeSet<String> = metadata.all(header).filter(|text| !text.is_empty()).map(bare).collect();
        // Some clients leave the names of extras out; requirements name them all the same.
        if said != found && !(field == "provides_extra" && said.is_empty()) {
            different.push(field);
        }
    }
    // What an index shows of the project: clients may leave some out, and may say nothing else.
    for (field, header) in SHOWN {
        let found: BTreeSet<String> = metadata.all(header).map(bare).collect();
        if values(field).into_iter().map(bare).any(|said| said != "UNKNOWN" && !found.contains(&said)) {
            different.push(field);
        }
    }
    let kind = match upload.kind {
        ArchiveKind::Wheel => "bdist_wheel",
        _ => "sdist",
    };
    let mut notices = Vec::new();
    if let Some(said) = values("filetype").first().filter(|said| **said != kind) {
        let text = format!("The form calls the file `{}`, and it is `{kind}`", cut(said));
        notices.push(Notice::error("file-kind", text, "hand it in with a current client, which says what it is"));
    }
    if !different.is_empty() {
        let text = format!("The form and the metadata in the file disagree about {}", different.join(", "));
        notices.push(Notice::error("metadata-differs", text, "hand it in with twine or uv, which send what the file says"));
    }
    notices
}
