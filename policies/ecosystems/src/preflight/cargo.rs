//! What the official crate index refuses in a manifest, and what a crate's readers would miss.

use std::collections::BTreeMap;

use serde_json::Value;
use tame_index::{CRATES_IO_HTTP_INDEX, CRATES_IO_INDEX};
use toml::Table;
use url::Url;

use super::{Notice, Upload, cut, licence};
use crate::archive::FileFact;
use crate::limits::{
    OFFICIAL_CRATE_DEPENDENCIES_MAX, OFFICIAL_CRATE_DESCRIPTION_BYTES_MAX, OFFICIAL_CRATE_FEATURES_MAX,
    OFFICIAL_CRATE_JSON_BYTES_MAX, OFFICIAL_CRATE_KEYWORD_CHARS_MAX, OFFICIAL_CRATE_KEYWORDS_MAX,
};

/// The manifest's path, which most notices are about.
const PLACE: &str = "Cargo.toml";
/// Fields that hold an address.
const ADDRESSES: [&str; 3] = ["homepage", "documentation", "repository"];

/// What is wrong with a crate's manifest; that it can be read was noticed before.
pub(super) fn check(upload: &Upload<'_>, content: &[u8], root: Option<&str>, files: &[FileFact]) -> Vec<Notice> {
    let parsed = std::str::from_utf8(content).ok().and_then(|text| text.parse::<Table>().ok());
    let Some(document) = parsed else { return Vec::new() };
    let Some(package) = document.get("package").or_else(|| document.get("project")).and_then(toml::Value::as_table) else {
        return Vec::new();
    };
    let text = |key: &str| package.get(key).and_then(toml::Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let mut notices = Vec::new();
    notices.extend(licence::check(upload, text("license"), text("license-file").is_some(), licence::Rule::Strict));
    notices.extend(licence_file(text("license-file"), files));
    notices.extend(described(upload, text("description")));
    if text("repository").is_none() && text("homepage").is_none() {
        notices.push(repository_missing());
    }
    notices.extend(ADDRESSES.iter().filter_map(|key| address(upload, key, text(key)?)));
    notices.extend(words(upload, package));
    notices.extend(features(upload, &document));
    let dependencies = dependencies(&document);
    notices.extend(wants(upload, &dependencies));
    notices.extend(said(upload, &dependencies));
    notices.extend(spelling(upload, text("name"), root));
    notices.extend(turned_on(upload, &document, text("links")));
    notices.into_iter().map(|notice| if notice.place.is_some() { notice } else { notice.at(PLACE) }).collect()
}

/// The notice for a package that does not say where its source is kept.
pub(super) fn repository_missing() -> Notice {
    Notice::warning(
        "repository-missing",
        "The package does not say where its source is kept, so nobody can compare the two",
        "name the repository in the manifest",
    )
}

fn described(upload: &Upload<'_>, description: Option<&str>) -> Option<Notice> {
    let fix = "describe the package in a sentence or two in the manifest";
    match description {
        None => Some(Notice::weighed(upload.to_official, "description-missing", "The package has no description", fix)),
        Some(text) if text.len() > OFFICIAL_CRATE_DESCRIPTION_BYTES_MAX => {
            let text = format!("The description is longer than {OFFICIAL_CRATE_DESCRIPTION_BYTES_MAX} bytes");
            Some(Notice::weighed(upload.to_official, "description-too-long", text, fix))
        }
        Some(_) => None,
    }
}

fn licence_file(named: Option<&str>, files: &[FileFact]) -> Option<Notice> {
    let named = named?;
    (!files.iter().any(|file| file.path == named)).then(|| {
        let text = format!("The licence is said to lie in `{}`, which is not in the archive", cut(named));
        Notice::warning("licence-file-missing", text, "take the file along, or name the licence as an SPDX expression")
    })
}

/// An address in the manifest that is none of the web.
fn address(upload: &Upload<'_>, key: &str, address: &str) -> Option<Notice> {
    let is_web = ["http://", "https://"].iter().any(|scheme| address.starts_with(scheme)) && Url::parse(address).is_ok();
    (!is_web).then(|| {
        // The address may hold a password.
        let text = format!("The `{key}` is no address that begins with http:// or https://");
        Notice::weighed(upload.to_official, "bad-address", text, "write the whole address, or leave the field out")
    })
}

/// Keywords and categories.
fn words(upload: &Upload<'_>, package: &Table) -> Vec<Notice> {
    let list = |key: &str| -> Vec<&str> {
        let items = package.get(key).and_then(toml::Value::as_array);
        items.map(|items| items.iter().filter_map(toml::Value::as_str).collect()).unwrap_or_default()
    };
    let mut notices = Vec::new();
    for (key, code) in [("keywords", "too-many-keywords"), ("categories", "too-many-categories")] {
        if list(key).len() > OFFICIAL_CRATE_KEYWORDS_MAX {
            let text = format!("There are {} {key}; the official index takes {OFFICIAL_CRATE_KEYWORDS_MAX}", list(key).len());
            notices.push(Notice::weighed(upload.to_official, code, text, "keep those that matter most"));
        }
    }
    for keyword in list("keywords") {
        let fine = keyword.len() <= OFFICIAL_CRATE_KEYWORD_CHARS_MAX
            && keyword.starts_with(|c: char| c.is_ascii_alphanumeric())
            && keyword.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+'));
        if !fine {
            let text = format!("`{}` is no keyword the official index takes", cut(keyword));
            let fix = "use 1 to 20 of a-z, 0-9, `-`, `_` and `+`, beginning with a letter or digit";
            notices.push(Notice::weighed(upload.to_official, "bad-keyword", text, fix));
        }
    }
    notices
}

fn features(upload: &Upload<'_>, document: &Table) -> Vec<Notice> {
    let Some(features) = document.get("features").and_then(toml::Value::as_table) else { return Vec::new() };
    let fix = "join features, or ask the official index for a larger limit";
    let many = |text: String| Notice::weighed(upload.to_official && !upload.is_known, "too-many-features", text, fix);
    let mut notices = Vec::new();
    if features.len() > OFFICIAL_CRATE_FEATURES_MAX {
        let count = features.len();
        notices.push(many(format!("There are {count} features; the official index takes {OFFICIAL_CRATE_FEATURES_MAX}")));
    }
    for (name, entries) in features {
        let count = entries.as_array().map_or(0, Vec::len);
        if count > OFFICIAL_CRATE_FEATURES_MAX {
            let name = cut(name);
            notices
                .push(many(format!("The feature `{name}` turns on {count} others; {OFFICIAL_CRATE_FEATURES_MAX} are taken")));
        }
    }
    notices
}

/// One dependency as the manifest has it.
struct Dependency {
    /// The crate, whatever it is called here.
    name: String,
    /// `normal`, `build` or `dev`.
    kind: &'static str,
    /// Where it counts: a target, or nowhere in particular.
    target: Option<String>,
    requirement: Option<String>,
    /// The index it is taken from, when that is not the usual one.
    index: Option<String>,
    /// It is taken from a folder or a repository.
    is_elsewhere: bool,
    /// What is turned on with it, and under which name it is used.
    how: String,
}

/// How a dependency is used, in a form that can be compared.
fn how(optional: bool, defaults: bool, mut features: Vec<&str>, renamed: Option<&str>) -> String {
    features.sort_unstable();
    features.dedup();
    format!("{optional} {defaults} {features:?} {renamed:?}")
}

const KINDS: [(&str, &str); 5] = [
    ("dependencies", "normal"),
    ("build-dependencies", "build"),
    ("build_dependencies", "build"),
    ("dev-dependencies", "dev"),
    ("dev_dependencies", "dev"),
];

fn dependencies(document: &Table) -> Vec<Dependency> {
    let mut found = Vec::new();
    let mut gather = |table: &Table, target: Option<&str>| {
        for (key, kind) in KINDS {
            let Some(entries) = table.get(key).and_then(toml::Value::as_table) else { continue };
            found.extend(entries.iter().map(|(name, value)| dependency(name, value, kind, target)));
        }
    };
    gather(document, None);
    for (target, table) in document.get("target").and_then(toml::Value::as_table).into_iter().flatten() {
        if let Some(table) = table.as_table() {
            gather(table, Some(target));
        }
    }
    found
}

fn dependency(name: &str, value: &toml::Value, kind: &'static str, target: Option<&str>) -> Dependency {
    let text = |key: &str| value.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let is = |key: &str| value.get(key).and_then(toml::Value::as_bool);
    let features = value.get("features").and_then(toml::Value::as_array);
    let features = features.map(|list| list.iter().filter_map(toml::Value::as_str).collect()).unwrap_or_default();
    let defaults = is("default-features").or_else(|| is("default_features")).unwrap_or(true);
    let renamed = value.get("package").is_some().then_some(name);
    Dependency {
        how: how(is("optional").unwrap_or(false), defaults, features, renamed),
        name: text("package").unwrap_or_else(|| name.to_owned()),
        kind,
        target: target.map(str::to_owned),
        requirement: value.as_str().map(str::to_owned).or_else(|| text("version")),
        index: text("registry-index").or_else(|| text("registry")),
        is_elsewhere: ["git", "path"].iter().any(|key| value.get(key).is_some()),
    }
}

/// Whether an index is the official one, in whichever form cargo writes it.
fn is_official(index: &str) -> bool {
    let bare = |text: &str| text.trim_start_matches("registry+").trim_start_matches("sparse+").trim_end_matches('/').to_owned();
    index == "crates-io" || [CRATES_IO_INDEX, CRATES_IO_HTTP_INDEX].iter().any(|official| bare(official) == bare(index))
}

fn wants(upload: &Upload<'_>, dependencies: &[Dependency]) -> Vec<Notice> {
    let mut notices = Vec::new();
    if dependencies.len() > OFFICIAL_CRATE_DEPENDENCIES_MAX {
        let text = format!(
            "There are {} dependencies; the official index takes {OFFICIAL_CRATE_DEPENDENCIES_MAX}",
            dependencies.len()
        );
        let is_error = upload.to_official && !upload.is_known;
        notices.push(Notice::weighed(is_error, "too-many-dependencies", text, "depend on fewer crates"));
    }
    for dependency in dependencies {
        let name = cut(&dependency.name);
        if let Some(index) = dependency.index.as_deref().filter(|index| upload.to_official && !is_official(index)) {
            notices.push(foreign(&name, index));
        }
        match dependency.requirement.as_deref().map(str::trim) {
            Some("*") => {
                let text = format!("Any version of {name} is allowed (`*`), which the official index refuses");
                notices.push(Notice::weighed(upload.to_official, "wildcard-version", text, "name the versions it works with"));
            }
            Some(_) => {}
            // Dependencies for development may go without: the published manifest then leaves them out.
            None if dependency.kind == "dev" => {}
            None => {
                let from = if dependency.is_elsewhere { "a folder or a repository" } else { "nowhere" };
                let text = format!("{name} is taken from {from} and has no version, so nobody else could find it");
                notices.push(Notice::error("dependency-without-version", text, "give it a version beside its path"));
            }
        }
    }
    notices
}

fn foreign(name: &str, index: &str) -> Notice {
    let text = format!("{name} is taken from the index {}, and the official index takes crates of its own alone", cut(index));
    let fix =
        "leave `registry` out of the dependency; while it is staged it is found by replacing the source, not by naming it";
    Notice::error("foreign-registry", text, fix)
}

/// What the request says has to be what the archive says: the staged index line is made of the one, builds of the other.
fn said(upload: &Upload<'_>, dependencies: &[Dependency]) -> Vec<Notice> {
    let Some(request) = upload.said.get("publish") else { return Vec::new() };
    let mut notices = Vec::new();
    if upload.to_official && request.to_string().len() > OFFICIAL_CRATE_JSON_BYTES_MAX {
        let text =
            format!("The metadata has more than {OFFICIAL_CRATE_JSON_BYTES_MAX} bytes, which the official index refuses");
        notices.push(Notice::error("metadata-too-large", text, "shorten the README or the list of dependencies"));
    }
    let Some(said) = request.get("deps").and_then(Value::as_array) else { return notices };
    for entry in said {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let name = text("name").unwrap_or_default();
        if let Some(index) = text("registry").filter(|index| upload.to_official && !is_official(index)) {
            notices.push(foreign(&cut(name), index));
        }
    }
    let of_said = said.iter().map(|entry| {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
        let kind = text("kind").unwrap_or_else(|| "normal".to_owned());
        let is = |key: &str| entry.get(key).and_then(Value::as_bool);
        let features = entry.get("features").and_then(Value::as_array);
        let features = features.map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default();
        let renamed = entry.get("explicit_name_in_toml").and_then(Value::as_str);
        let how = how(is("optional").unwrap_or(false), is("default_features").unwrap_or(true), features, renamed);
        ((text("name").unwrap_or_default(), kind, text("target")), (text("version_req"), how))
    });
    let of_archive = dependencies
        .iter()
        .filter(|one| one.requirement.is_some())
        .map(|one| ((one.name.clone(), one.kind.to_owned(), one.target.clone()), (one.requirement.clone(), one.how.clone())));
    let (of_said, of_archive) = (sorted(of_said), sorted(of_archive));
    let mut names: Vec<String> = of_said
        .keys()
        .chain(of_archive.keys())
        .filter(|key| of_said.get(*key) != of_archive.get(*key))
        .map(|(name, ..)| cut(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    if !names.is_empty() {
        let text =
            format!("The request and the manifest in the archive disagree about these dependencies: {}", names.join(", "));
        let fix = "hand in what `cargo publish` makes; the two are written together";
        notices.push(Notice::error("metadata-differs", text, fix));
    }
    notices
}

type Requirements = BTreeMap<(String, String, Option<String>), Vec<String>>;

/// Requirements by dependency, in the one form the reader of versions gives them.
fn sorted(entries: impl Iterator<Item = ((String, String, Option<String>), (Option<String>, String))>) -> Requirements {
    let mut sorted = Requirements::new();
    for ((name, kind, target), (requirement, how)) in entries {
        let requirement = requirement.unwrap_or_default();
        let requirement = requirement.parse::<semver::VersionReq>().map_or(requirement, |read| read.to_string());
        let target = target.map(|target| target.replace(['"', '\'', ' '], ""));
        sorted.entry((name, kind, target)).or_default().push(format!("{requirement} {how}"));
    }
    for requirements in sorted.values_mut() {
        requirements.sort_unstable();
    }
    sorted
}

/// Features and the native library, which resolvers take from the request, and builds from the archive.
fn turned_on(upload: &Upload<'_>, document: &Table, links: Option<&str>) -> Option<Notice> {
    let request = upload.said.get("publish")?;
    let mut held: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, list) in document.get("features").and_then(toml::Value::as_table).into_iter().flatten() {
        let list = list.as_array().into_iter().flatten().filter_map(toml::Value::as_str).map(str::to_owned);
        held.insert(name.clone(), list.collect());
    }
    let said = request.get("features").and_then(Value::as_object).map(|features| {
        let lists = features.iter().map(|(name, list)| {
            let list = list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
            (name.clone(), list.collect::<Vec<String>>())
        });
        lists.collect::<BTreeMap<String, Vec<String>>>()
    });
    let what = if said.is_some_and(|said| said != held) {
        "features"
    } else if request.get("links").is_some_and(|said| said.as_str().map(str::trim).filter(|said| !said.is_empty()) != links) {
        "the native library it links"
    } else {
        return None;
    };
    let text = format!("The request and the manifest in the archive disagree about {what}");
    Some(Notice::error("metadata-differs", text, "hand in what `cargo publish` makes; the two are written together"))
}

/// One spelling of the name in the manifest, the folder and what the client says.
fn spelling(upload: &Upload<'_>, name: Option<&str>, root: Option<&str>) -> Option<Notice> {
    let (name, root) = (name?, root?);
    let folder = root.strip_suffix(upload.version.as_str())?.strip_suffix('-')?;
    let said = upload.said.get("publish").and_then(|request| request.get("name")).and_then(Value::as_str).unwrap_or(name);
    (folder != name || said != name).then(|| {
        let text = format!(
            "The name is spelled in several ways: `{}` in the manifest, `{}` beside it",
            cut(name),
            cut(if said == name { folder } else { said })
        );
        Notice::error("name-spelling", text, "build and hand it in with `cargo publish`, which spells it one way")
    })
}
