//! `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.

use serde::Deserialize;
use serde_json::value::RawValue;
use vetmoot_domain::{Digest, Ecosystem, Use};

use super::json::{Members, offset};
use super::merge::{Gathered, release, single};
use super::{FirstPartySource, Lines, LockError};
use crate::limits::LOCK_DEPTH_MAX;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document<'j> {
    lockfile_version: Option<u32>,
    #[serde(borrow)]
    packages: Option<Members<'j>>,
    #[serde(borrow)]
    dependencies: Option<Members<'j>>,
}

/// An entry of `packages` (versions 2 and 3) or `dependencies` (version 1).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'j> {
    name: Option<String>,
    version: Option<String>,
    resolved: Option<serde_json::Value>,
    integrity: Option<String>,
    #[serde(default)]
    link: bool,
    #[serde(default)]
    dev: bool,
    #[serde(default)]
    in_bundle: bool,
    #[serde(default)]
    bundled: bool,
    /// Of version 1: packages nested below this one. In later versions these are requirements by name.
    #[serde(borrow)]
    dependencies: Option<&'j RawValue>,
}

struct Reading<'t> {
    text: &'t str,
    lines: Lines,
    gathered: Gathered,
}

/// Reads an npm lock file; of version 2 the newer of its two forms.
pub(super) fn read(text: &str) -> Result<Gathered, LockError> {
    let lines = Lines::of(text);
    let document: Document<'_> = serde_json::from_str(text).map_err(|error| syntax(&error))?;
    let version = document.lockfile_version.unwrap_or(1);
    if !(1..=3).contains(&version) {
        return Err(LockError::Version { version: version.to_string(), known: "1 to 3" });
    }
    let mut reading = Reading { text, lines, gathered: Gathered::default() };
    match (document.packages, document.dependencies) {
        (Some(packages), _) => reading.packages(&packages)?,
        (None, Some(dependencies)) => reading.dependencies(&dependencies, 1)?,
        (None, None) => {}
    }
    Ok(reading.gathered)
}

fn syntax(error: &serde_json::Error) -> LockError {
    LockError::syntax(u32::try_from(error.line()).unwrap_or(u32::MAX), &error.to_string())
}

impl Reading<'_> {
    fn line(&self, value: &RawValue) -> u32 {
        self.lines.at(offset(self.text, value))
    }

    fn packages(&mut self, packages: &Members<'_>) -> Result<(), LockError> {
        for (path, value) in &packages.0 {
            let line = self.line(value);
            let Ok(entry) = serde_json::from_str::<Entry<'_>>(value.get()) else {
                self.gathered.unknown(line, path, "its fields do not have the types they should")?;
                continue;
            };
            let name = path.rsplit_once("node_modules/").map(|(_, name)| name);
            match name {
                // The project itself (an empty path) and its workspaces lie outside node_modules.
                None => {
                    let name = entry.name.as_deref().unwrap_or(if path.is_empty() { "." } else { path });
                    self.gathered.first_party(name, entry.version.as_deref(), FirstPartySource::Path, line)?;
                }
                // A link points to one of those, which has an entry of its own.
                Some(_) if entry.link => {}
                // `name` stands there when the folder has another name: an alias.
                Some(name) => self.entry(entry.name.clone().as_deref().unwrap_or(name), &entry, line)?,
            }
        }
        Ok(())
    }

    fn dependencies(&mut self, dependencies: &Members<'_>, depth: usize) -> Result<(), LockError> {
        if depth > LOCK_DEPTH_MAX {
            return Err(LockError::TooDeep);
        }
        for (name, value) in &dependencies.0 {
            let line = self.line(value);
            let Ok(mut entry) = serde_json::from_str::<Entry<'_>>(value.get()) else {
                self.gathered.unknown(line, name, "its fields do not have the types they should")?;
                continue;
            };
            // Version 1 writes an alias as `npm:NAME@VERSION`, and any other place into the version.
            let alias = entry.version.as_deref().and_then(|version| version.strip_prefix("npm:"));
            match alias.and_then(|alias| alias.rsplit_once('@')).map(|(name, version)| (name.to_owned(), version.to_owned())) {
                Some((real, version)) => {
                    entry.version = Some(version);
                    self.entry(&real, &entry, line)?;
                }
                None => self.entry(name, &entry, line)?,
            }
            if let Some(nested) = entry.dependencies {
                match serde_json::from_str::<Members<'_>>(nested.get()) {
                    Ok(nested) => self.dependencies(&nested, depth + 1)?,
                    Err(error) => self.gathered.unknown(self.lines.at(offset(self.text, nested)), name, error)?,
                }
            }
        }
        Ok(())
    }

    fn entry(&mut self, name: &str, entry: &Entry<'_>, line: u32) -> Result<(), LockError> {
        if entry.in_bundle || entry.bundled {
            return self.gathered.first_party(name, entry.version.as_deref(), FirstPartySource::Bundled, line);
        }
        let Some(version) = entry.version.as_deref() else {
            return self.gathered.unknown(line, name, "it has no version");
        };
        let resolved = entry.resolved.as_ref().and_then(serde_json::Value::as_str);
        let (source, registry) = place(version, resolved);
        if let Some(source) = source {
            return self.gathered.first_party(name, Some(version), source, line);
        }
        let usage = if entry.dev { Use::Dev } else { Use::Runtime };
        match release(Ecosystem::Npm, name, version) {
            Ok(release) => {
                let digest = entry.integrity.as_deref().and_then(Digest::from_integrity);
                self.gathered.entry(single(release, digest, usage, line, registry))
            }
            Err(why) => self.gathered.unknown(line, &format!("{name} {version}"), why),
        }
    }
}

/// Where a package comes from by its version (version 1 writes places there) and `resolved`, which a lock may leave out:
/// something else than a registry, or the registry's origin.
fn place(version: &str, resolved: Option<&str>) -> (Option<FirstPartySource>, Option<String>) {
    for text in [Some(version), resolved].into_iter().flatten() {
        if text.starts_with("file:") || text.starts_with("link:") {
            return (Some(FirstPartySource::Path), None);
        }
        let hosted = ["git+", "git:", "git@", "github:", "gitlab:", "bitbucket:", "gist:"];
        if hosted.iter().any(|scheme| text.starts_with(scheme)) {
            return (Some(FirstPartySource::Repository), None);
        }
    }
    if version.contains("://") {
        return (Some(FirstPartySource::Url), None);
    }
    let Some(resolved) = resolved else { return (None, None) };
    match resolved.split_once("://").map(|(scheme, rest)| (scheme, rest.split_once('/'))) {
        // Registries keep their files under `/-/`; a tarball elsewhere is a plain URL.
        Some(("http" | "https", Some((_, path)))) if !path.contains("-/") => (Some(FirstPartySource::Url), None),
        Some((scheme @ ("http" | "https"), Some((host, _)))) => (None, Some(format!("{scheme}://{host}"))),
        _ => (None, None),
    }
}
