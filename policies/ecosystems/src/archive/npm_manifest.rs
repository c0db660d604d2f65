//! `package.json` of an npm package: who it is, and what it runs when it is installed.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use vetmoot_domain::{Package, Version};

use super::FileFact;
use super::error::{ArchiveError, cut};

/// The scripts npm runs when it installs a package from an index.
const LIFECYCLE: [&str; 3] = ["preinstall", "install", "postinstall"];

/// What the manifest of an npm package says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NpmManifest {
    /// The package's name, scope included.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, an SPDX expression as a rule.
    pub license: Option<String>,
    /// Where its source is kept.
    pub repository: Option<String>,
    /// Its web site.
    pub homepage: Option<String>,
    /// One sentence about it.
    pub description: Option<String>,
    /// The scripts that run on installation, by name; `node-gyp rebuild` stands for a `binding.gyp` that npm builds unasked.
    pub install_scripts: BTreeMap<String, String>,
    /// The commands it puts in place, by name.
    pub commands: Vec<String>,
}

#[derive(Deserialize)]
struct Document {
    name: String,
    version: String,
    license: Option<Value>,
    repository: Option<Value>,
    homepage: Option<Value>,
    description: Option<Value>,
    scripts: Option<Value>,
    bin: Option<Value>,
    gypfile: Option<Value>,
}

impl NpmManifest {
    /// Reads the manifest; refuses it when it names another release than `expected`, or names itself twice.
    pub(super) fn read(content: &[u8], expected: (&Package, &Version), files: &[FileFact]) -> Result<Self, ArchiveError> {
        let unreadable = |why: String| ArchiveError::Manifest { path: "package.json".to_owned(), why: cut(&why) };
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
        let document: Document = serde_json::from_slice(content).map_err(|error| unreadable(error.to_string()))?;
        let (package, version) = expected;
        if document.name != package.name().as_str() || !same_version(&document.version, version.as_str()) {
            let found = cut(&format!("{} {}", document.name, document.version));
            return Err(ArchiveError::OtherRelease { expected: format!("{} {version}", package.name()), found });
        }
        let install_scripts = install_scripts(document.scripts.as_ref(), document.gypfile.as_ref(), files);
        Ok(Self {
            commands: commands(document.bin.as_ref(), &document.name),
            name: document.name,
            version: document.version,
            license: text_or(document.license.as_ref(), "type"),
            repository: text_or(document.repository.as_ref(), "url"),
            homepage: text_or(document.homepage.as_ref(), "url"),
            description: text_or(document.description.as_ref(), "text"),
            install_scripts,
        })
    }
}

/// npm publishes under the cleaned form of what the manifest says: no `v`, no `=`, no build metadata.
fn same_version(written: &str, published: &str) -> bool {
    let clean = written.trim().trim_start_matches(['=', 'v', ' ']);
    let bare = |text: &str| text.split('+').next().unwrap_or_default().to_owned();
    clean == published || bare(clean) == bare(published)
}

/// A field that is a text, or an object with the text under `key`.
fn text_or(value: Option<&Value>, key: &str) -> Option<String> {
    let value = value?;
    value.as_str().or_else(|| value.get(key)?.as_str()).map(str::to_owned)
}

fn install_scripts(scripts: Option<&Value>, gypfile: Option<&Value>, files: &[FileFact]) -> BTreeMap<String, String> {
    let script = |name: &str| scripts?.get(name)?.as_str().map(str::to_owned);
    let mut found: BTreeMap<String, String> =
        LIFECYCLE.iter().filter_map(|name| Some(((*name).to_owned(), script(name)?))).collect();
    let has_gyp = files.iter().any(|file| file.path == "binding.gyp");
    let own = found.contains_key("install") || found.contains_key("preinstall");
    if has_gyp && !own && gypfile != Some(&Value::Bool(false)) {
        found.insert("install".to_owned(), "node-gyp rebuild".to_owned());
    }
    found
}

fn commands(bin: Option<&Value>, name: &str) -> Vec<String> {
    match bin {
        Some(Value::String(_)) => vec![name.rsplit('/').next().unwrap_or(name).to_owned()],
        Some(Value::Object(commands)) => commands.keys().take(crate::limits::ARCHIVE_MANIFEST_ITEMS_MAX).cloned().collect(),
        _ => Vec::new(),
    }
}
