//! What `cargo publish` says of a crate (Cargo Book, "Web API", Publish), and the index line made of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use vetmoot_domain::{Ecosystem, Package, Version};

use crate::listing::cut;

/// What was read of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// The package.
    pub package: Package,
    /// The name as its author spells it, which the index keeps.
    pub name: String,
    /// The version.
    pub version: Version,
    /// The index line, without `cksum`, `yanked` and `pubtime`.
    pub line: Value,
    /// The request's JSON as it came.
    pub publish: Value,
    /// Dependencies that only this staging index has, by the name in the manifest: the archive names it as their home.
    pub from_here: Vec<String>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    vers: Cow<'a, str>,
    #[serde(default)]
    deps: Vec<Dependency>,
    #[serde(default)]
    features: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    links: Option<String>,
    #[serde(default)]
    rust_version: Option<String>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    #[serde(alias = "req")]
    version_req: String,
    #[serde(default)]
    features: Vec<String>,
    #[serde(default)]
    optional: bool,
    #[serde(default = "yes")]
    default_features: bool,
    #[serde(default)]
    target: Option<String>,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    registry: Option<String>,
    #[serde(default)]
    explicit_name_in_toml: Option<String>,
    #[serde(default)]
    artifact: Option<Value>,
}

fn yes() -> bool {
    true
}

/// Reads the JSON of a request; every problem at once, a sentence each.
///
/// `here` is the staging index, which cargo leaves out for dependencies that have it as their home; `upstream` the index
/// that the operator put in the official one's place, or that itself.
pub fn read_publish(json: &[u8], here: &str, upstream: &str) -> Result<Published, Vec<String>> {
    let unreadable = |error: serde_json::Error| vec![format!("the metadata is not what `cargo publish` sends: {error}")];
    let wire: Wire<'_> = serde_json::from_slice(json).map_err(unreadable)?;
    let publish: Value = serde_json::from_slice(json).map_err(unreadable)?;
    let mut problems = Vec::new();
    let package = Package::new(Ecosystem::Cargo, &wire.name).map_err(|error| problems.push(error.to_string())).ok();
    let version: Option<Version> = wire.vers.parse().ok().filter(|_| semver::Version::parse(&wire.vers).is_ok());
    if version.is_none() {
        problems.push(format!("the version `{}` is no SemVer version; write for example 1.2.3", cut(&wire.vers)));
    }
    let (mut deps, mut from_here) = (Vec::new(), Vec::new());
    for dependency in &wire.deps {
        dependency.check(&mut problems);
        let home = dependency.home(here, upstream);
        if matches!(home, Home::Here) {
            from_here.push(dependency.in_manifest().to_owned());
        }
        deps.push(dependency.in_line(&home));
    }
    let (Some(package), Some(version), true) = (package, version, problems.is_empty()) else { return Err(problems) };
    let line = line(&wire, deps);
    Ok(Published { package, name: wire.name.into_owned(), version, line, publish, from_here })
}

/// Where a dependency has its home.
enum Home<'a> {
    Official,
    Here,
    Elsewhere(&'a str),
}

impl Dependency {
    /// The name by which the manifest knows it.
    fn in_manifest(&self) -> &str {
        self.explicit_name_in_toml.as_deref().unwrap_or(&self.name)
    }

    fn check(&self, problems: &mut Vec<String>) {
        let name = cut(self.in_manifest());
        if let Err(error) = Package::new(Ecosystem::Cargo, &self.name) {
            problems.push(format!("the dependency {name}: {error}"));
        }
        if semver::VersionReq::parse(&self.version_req).is_err() {
            problems.push(format!("the dependency {name}: `{}` is no version requirement", cut(&self.version_req)));
        }
        if self.kind.as_deref().is_some_and(|kind| !matches!(kind, "normal" | "dev" | "build")) {
            problems.push(format!("the dependency {name}: its kind is neither normal, dev nor build"));
        }
        if self.artifact.as_ref().is_some_and(|artifact| !artifact.is_null()) {
            problems.push(format!("the dependency {name} asks for a binary of another crate, which no index takes yet"));
        }
    }

    fn home(&self, here: &str, upstream: &str) -> Home<'_> {
        match self.registry.as_deref().map(str::trim) {
            None | Some("") => Home::Here,
            Some(index) if bare(index) == bare(here) => Home::Here,
            Some(index) if bare(index) == bare(upstream) || crate::Upstream::is_official_index(index) => Home::Official,
            Some(index) => Home::Elsewhere(index),
        }
    }

    /// What the index line says of it. A dependency of the official index names no registry: whoever reads this index
    /// reads it in that one's place, or finds all of that one in it.
    fn in_line(&self, home: &Home<'_>) -> Value {
        let mut line = json!({
            "name": self.in_manifest(),
            "req": self.version_req,
            "features": self.features,
            "optional": self.optional,
            "default_features": self.default_features,
            "target": self.target,
            "kind": self.kind.as_deref().unwrap_or("normal"),
        });
        if let Value::Object(line) = &mut line {
            if self.explicit_name_in_toml.is_some() {
                line.insert("package".to_owned(), self.name.as_str().into());
            }
            if let Home::Elsewhere(index) = home {
                line.insert("registry".to_owned(), (*index).into());
            }
        }
        line
    }
}

/// An index's address without what its spellings differ in.
fn bare(index: &str) -> &str {
    index.trim_start_matches("sparse+").trim_end_matches('/').trim_end_matches(".git")
}

/// The line as the official index writes it: features that need the newer syntax stand apart, where older clients do not
/// look (Cargo Book, "Index format").
fn line(wire: &Wire<'_>, deps: Vec<Value>) -> Value {
    let is_new = |values: &Vec<String>| values.iter().any(|value| value.starts_with("dep:") || value.contains("?/"));
    let (new, old): (BTreeMap<_, _>, BTreeMap<_, _>) = wire.features.iter().partition(|(_, values)| is_new(values));
    let mut line = Map::new();
    line.insert("name".to_owned(), wire.name.as_ref().into());
    line.insert("vers".to_owned(), wire.vers.as_ref().into());
    line.insert("deps".to_owned(), deps.into());
    line.insert("features".to_owned(), json!(old));
    if !new.is_empty() {
        line.insert("features2".to_owned(), json!(new));
        line.insert("v".to_owned(), 2.into());
    }
    line.insert("links".to_owned(), json!(wire.links));
    if let Some(rust_version) = &wire.rust_version {
        line.insert("rust_version".to_owned(), rust_version.as_str().into());
    }
    line.into()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    const HERE: &str = "https://here.example/publish/cargo/";
    const UPSTREAM: &str = "https://mirror.example/index/";

    fn request(deps: Value) -> Vec<u8> {
        let features = json!({ "default": ["std"], "std": [], "json": ["dep:serde"], "more": ["serde?/derive"] });
        json!({
            "name": "Some_Crate", "vers": "1.2.3-rc.1+b", "deps": deps, "features": features, "authors": ["A"],
            "links": "z", "rust_version": "1.70", "license": "MIT", "badges": {},
        })
        .to_string()
        .into_bytes()
    }

    fn dependency(name: &str, registry: Option<&str>) -> Value {
        json!({
            "name": name, "version_req": "^1", "features": ["f"], "optional": true, "default_features": false,
            "target": "cfg(unix)", "kind": "build", "registry": registry, "explicit_name_in_toml": null,
        })
    }

    #[test]
    fn a_request_becomes_the_line_the_official_index_would_write() {
        let mut renamed = dependency("serde", Some(tame_index::CRATES_IO_INDEX));
        renamed["explicit_name_in_toml"] = "other".into();
        let read = read_publish(&request(json!([renamed])), HERE, UPSTREAM).unwrap();
        assert_eq!((read.package.to_string().as_str(), read.name.as_str()), ("pkg:cargo/some_crate", "Some_Crate"));
        insta::assert_snapshot!(read.line, @r#"{"name":"Some_Crate","vers":"1.2.3-rc.1+b","deps":[{"name":"other","req":"^1","features":["f"],"optional":true,"default_features":false,"target":"cfg(unix)","kind":"build","package":"serde"}],"features":{"default":["std"],"std":[]},"features2":{"json":["dep:serde"],"more":["serde?/derive"]},"v":2,"links":"z","rust_version":"1.70"}"#);
        assert_eq!(read.publish["deps"][0]["registry"], tame_index::CRATES_IO_INDEX, "what came is kept as it came");
    }

    #[test]
    fn every_home_of_a_dependency_is_told_apart() {
        let other = "sparse+https://other.example/index/";
        let sparse = tame_index::CRATES_IO_HTTP_INDEX;
        let here = format!("sparse+{HERE}");
        let deps = json!([
            dependency("a", None),
            dependency("b", Some(sparse)),
            dependency("c", Some(other)),
            dependency("d", Some(&here)),
            dependency("e", Some("sparse+https://mirror.example/index")),
        ]);
        let read = read_publish(&request(deps), HERE, UPSTREAM).unwrap();
        assert_eq!(read.from_here, ["a", "d"]);
        assert_eq!(read.line["deps"][2]["registry"], other);
        assert!(read.line["deps"][1].get("registry").is_none() && read.line["deps"][3].get("registry").is_none());
    }

    #[test]
    fn everything_wrong_with_a_request_is_told_at_once() {
        let mut bad = dependency("no name", None);
        bad["version_req"] = "soon".into();
        bad["kind"] = "odd".into();
        let mut request: Value = serde_json::from_slice(&request(json!([bad]))).unwrap();
        request["name"] = "1st".into();
        request["vers"] = "1".into();
        let problems = read_publish(request.to_string().as_bytes(), HERE, UPSTREAM).unwrap_err();
        assert_eq!(problems.len(), 5, "{problems:#?}");
        assert_eq!(read_publish(b"[]", HERE, UPSTREAM).unwrap_err().len(), 1);
        assert_eq!(
            read_publish(br#"{"name":"a","name":"b","vers":"1.0.0"}"#, HERE, UPSTREAM).unwrap_err().len(),
            1,
            "said twice"
        );
    }
}
