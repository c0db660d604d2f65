//! What an npm client says beside the archive has to be what the archive says: npm resolves by the one and installs the
//! other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::npm::INSTALLS;
use super::{Notice, Upload};
use crate::archive::FileFact;

/// The lock file that npm follows inside of a package.
pub(super) const SHRINKWRAP: &str = "npm-shrinkwrap.json";
/// Fields npm takes from the index when it decides what fits the machine.
const PLAIN: [&str; 5] = ["os", "cpu", "libc", "engines", "peerDependenciesMeta"];

/// Compares the request with the manifest in the archive.
pub(super) fn check(upload: &Upload<'_>, manifest: &Map<String, Value>, files: &[FileFact]) -> Option<Notice> {
    let said = upload.said.get("manifest").and_then(Value::as_object)?;
    let mut different: Vec<String> = Vec::new();
    // The client moves optional dependencies out of the others, so the two are taken together.
    for fields in [&["dependencies", "optionalDependencies"][..], &["peerDependencies"][..]] {
        if wanted(said, fields) != wanted(manifest, fields) {
            different.push(fields.join("/"));
        }
    }
    if scripts(said) != scripts(manifest) {
        different.push("scripts".to_owned());
    }
    if !same_commands(said, manifest) {
        different.push("bin".to_owned());
    }
    if bundled(said) != bundled(manifest) {
        different.push("bundleDependencies".to_owned());
    }
    different
        .extend(PLAIN.iter().filter(|field| stated(said, field) != stated(manifest, field)).map(|field| (*field).to_owned()));
    let has_shrinkwrap = files.iter().any(|file| file.path == SHRINKWRAP);
    if said.get("_hasShrinkwrap") == Some(&Value::Bool(true)) && !has_shrinkwrap {
        different.push("_hasShrinkwrap".to_owned());
    }
    if different.is_empty() {
        return None;
    }
    let text = format!("The request and the manifest in the archive disagree about {}", different.join(", "));
    let fix = "hand in what `npm publish` makes; it sends what the archive says";
    Some(Notice::error("metadata-differs", text, fix))
}

/// What is asked for, by name; what is no text is kept as it stands.
fn wanted(of: &Map<String, Value>, fields: &[&str]) -> BTreeMap<String, String> {
    let entries = fields.iter().filter_map(|field| of.get(*field)?.as_object()).flatten();
    entries.map(|(name, wanted)| (name.clone(), text(wanted))).collect()
}

fn scripts(of: &Map<String, Value>) -> BTreeMap<String, String> {
    let scripts = of.get("scripts").and_then(Value::as_object);
    let named = INSTALLS.iter().filter_map(|name| Some(((*name).to_owned(), text(scripts?.get(*name)?))));
    // The client writes this one down where a binding.gyp stands for it.
    named.filter(|(_, script)| script != "node-gyp rebuild").collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A field as it stands; saying nothing is the same as leaving it out.
fn stated<'v>(of: &'v Map<String, Value>, field: &str) -> Option<&'v Value> {
    of.get(field).filter(|value| match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    })
}

/// Whether both put the same commands in place. The client writes one command as several, cleans their paths, leaves out
/// what is none, and lists the files of `directories.bin`.
fn same_commands(said: &Map<String, Value>, manifest: &Map<String, Value>) -> bool {
    let (said, held) = (commands(said), commands(manifest));
    let folder = manifest.get("directories").and_then(|folders| folders.get("bin")).and_then(Value::as_str).map(clean);
    said.iter().all(|(name, path)| {
        let is_in_folder = folder.as_ref().is_some_and(|folder| {
            held.is_empty() && path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        });
        held.get(name) == Some(path) || is_in_folder
    })
}

fn commands(of: &Map<String, Value>) -> BTreeMap<String, String> {
    let base = |name: &str| name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    match of.get("bin") {
        Some(Value::String(path)) => {
            let name = of.get("name").and_then(Value::as_str).unwrap_or_default();
            BTreeMap::from([(base(name), clean(path))])
        }
        Some(Value::Array(paths)) => paths.iter().filter_map(Value::as_str).map(|path| (base(path), clean(path))).collect(),
        Some(Value::Object(commands)) => {
            commands.iter().filter_map(|(name, path)| Some((base(name), clean(path.as_str()?)))).collect()
        }
        _ => BTreeMap::new(),
    }
}

/// A path without `./` and what else changes nothing.
fn clean(path: &str) -> String {
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
    parts.join("/")
}

/// The dependencies that come inside of the archive.
fn bundled(of: &Map<String, Value>) -> BTreeSet<String> {
    let all = || wanted(of, &["dependencies", "optionalDependencies"]).into_keys().collect();
    match of.get("bundleDependencies").or_else(|| of.get("bundledDependencies")) {
        Some(Value::Bool(true)) => all(),
        Some(Value::Array(names)) => names.iter().map(text).collect(),
        Some(Value::Object(names)) => names.keys().cloned().collect(),
        Some(Value::String(name)) => BTreeSet::from([name.clone()]),
        _ => BTreeSet::new(),
    }
}
