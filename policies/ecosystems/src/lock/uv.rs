//! `uv.lock`: Python releases with their files, and which of them only development needs.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;
use toml::Spanned;
use vetmoot_domain::{Digest, Digests, Ecosystem, Use};

use super::merge::{Gathered, release};
use super::{FirstPartySource, Lines, LockEntry, LockError, LockedFile};

#[derive(Deserialize)]
struct Document {
    version: Option<u32>,
    #[serde(default)]
    package: Vec<Package>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: Spanned<String>,
    version: Option<String>,
    #[serde(default)]
    source: BTreeMap<String, toml::Value>,
    sdist: Option<File>,
    #[serde(default)]
    wheels: Vec<File>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, Vec<Dependency>>,
    #[serde(default)]
    dev_dependencies: BTreeMap<String, Vec<Dependency>>,
}

#[derive(Deserialize)]
struct File {
    url: Option<String>,
    path: Option<String>,
    hash: Option<String>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    version: Option<String>,
}

/// A syntax error of a TOML document with its line.
pub(super) fn syntax(lines: &Lines, error: &toml::de::Error) -> LockError {
    let line = error.span().map_or(1, |span| lines.at(span.start));
    LockError::syntax(line, error.message())
}

/// Reads a `uv.lock`.
pub(super) fn read(text: &str) -> Result<Gathered, LockError> {
    let lines = Lines::of(text);
    let document: Document = toml::from_str(text).map_err(|error| syntax(&lines, &error))?;
    if let Some(version) = document.version.filter(|version| *version != 1) {
        return Err(LockError::Version { version: version.to_string(), known: "1" });
    }
    let runtime = runtime(&document.package);
    let mut gathered = Gathered::default();
    for (at, package) in document.package.iter().enumerate() {
        let line = lines.at(package.name.span().start);
        let name = package.name.get_ref();
        let registry = match source(package) {
            Ok(registry) => registry,
            Err(source) => {
                gathered.first_party(name, package.version.as_deref(), source, line)?;
                continue;
            }
        };
        let usage = if runtime.contains(&at) { Use::Runtime } else { Use::Dev };
        let Some(version) = &package.version else {
            gathered.unknown(line, name, "it has no version")?;
            continue;
        };
        let read = release(Ecosystem::Pypi, name, version).and_then(|release| Ok((release, files(package)?)));
        match read {
            Ok((release, files)) => gathered.entry(LockEntry { release, files, usage, line, registry })?,
            Err(why) => gathered.unknown(line, &format!("{name} {version}"), why)?,
        }
    }
    Ok(gathered)
}

/// The registry, or what else the package comes from.
fn source(package: &Package) -> Result<Option<String>, FirstPartySource> {
    for (key, value) in &package.source {
        return match key.as_str() {
            // A registry in a folder is the project's own.
            "registry" if !value.as_str().is_some_and(|url| url.contains("://")) => Err(FirstPartySource::OtherRegistry),
            "registry" => Ok(value.as_str().map(str::to_owned)),
            "git" => Err(FirstPartySource::Repository),
            "url" => Err(FirstPartySource::Url),
            "path" | "directory" | "editable" | "virtual" => Err(FirstPartySource::Path),
            _ => continue,
        };
    }
    Err(FirstPartySource::Path)
}

fn files(package: &Package) -> Result<Vec<LockedFile>, String> {
    package.sdist.iter().chain(&package.wheels).map(file).collect()
}

fn file(file: &File) -> Result<LockedFile, String> {
    let place = file.url.as_deref().or(file.path.as_deref()).unwrap_or_default();
    let place = place.split(['?', '#']).next().unwrap_or_default();
    let name = place.rsplit('/').next().filter(|name| vetmoot_domain::package::is_file_name(name)).map(str::to_owned);
    let mut digests = Digests::default();
    if let Some(hash) = &file.hash {
        // Weaker algorithms pin nothing here.
        if hash.starts_with("sha256:") || hash.starts_with("sha512:") {
            digests.add(hash.parse::<Digest>().map_err(|error| error.to_string())?);
        }
    }
    Ok(LockedFile { name, digests })
}

/// The packages that production can reach: from the project's own packages along everything but development groups. What
/// nothing reaches counts as runtime too, since a lock that does not say must not weaken what is asked.
fn runtime(packages: &[Package]) -> HashSet<usize> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, package) in packages.iter().enumerate() {
        places.entry(package.name.get_ref()).or_default().push(at);
    }
    let follow = |from: Vec<usize>, with_groups: bool| {
        let mut reached: HashSet<usize> = from.iter().copied().collect();
        let mut open = from;
        while let Some(package) = open.pop().and_then(|at| packages.get(at)) {
            let groups = with_groups.then_some(package.dev_dependencies.values().flatten()).into_iter().flatten();
            let needed = package.dependencies.iter().chain(package.optional_dependencies.values().flatten()).chain(groups);
            for dependency in needed {
                let named = places.get(dependency.name.as_str()).into_iter().flatten();
                let versions = |at: &&usize| {
                    let version = packages.get(**at).and_then(|package| package.version.as_ref());
                    dependency.version.is_none() || dependency.version.as_ref() == version
                };
                open.extend(named.filter(versions).filter(|at| reached.insert(**at)));
            }
        }
        reached
    };
    let own: Vec<usize> =
        (0..packages.len()).filter(|at| packages.get(*at).is_some_and(|package| source(package).is_err())).collect();
    let production = follow(own.clone(), false);
    let everything = follow(own, true);
    (0..packages.len()).filter(|at| production.contains(at) || !everything.contains(at)).collect()
}
