//! `Cargo.toml` as `cargo package` writes it: who the crate is, and what it runs while it is built.

use serde::Deserialize;
use vetmoot_domain::{Package, Version};

use super::FileFact;
use super::error::{ArchiveError, cut};

/// What the manifest of a crate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrateManifest {
    /// The crate's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, an SPDX expression as a rule.
    pub license: Option<String>,
    /// Its licence's file, for licences without a name.
    pub license_file: Option<String>,
    /// Where its source is kept.
    pub repository: Option<String>,
    /// Its web site.
    pub homepage: Option<String>,
    /// One sentence about it.
    pub description: Option<String>,
    /// The script that runs on the machine that builds it, when there is one.
    pub build_script: Option<String>,
    /// Whether it is a procedural macro: it runs inside the compiler.
    pub proc_macro: bool,
    /// The native library it links.
    pub links: Option<String>,
    /// The oldest compiler it asks for.
    pub rust_version: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(alias = "project")]
    package: PackageTable,
    lib: Option<LibTable>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct PackageTable {
    name: String,
    version: String,
    license: Option<String>,
    license_file: Option<String>,
    repository: Option<String>,
    homepage: Option<String>,
    description: Option<String>,
    build: Option<toml::Value>,
    links: Option<String>,
    rust_version: Option<String>,
}

#[derive(Deserialize)]
struct LibTable {
    #[serde(rename = "proc-macro", alias = "proc_macro")]
    proc_macro: Option<bool>,
}

impl CrateManifest {
    /// Reads the manifest; refuses it when it names another release than `expected`, or spells its name otherwise than the
    /// archive's folder `root`. Case is no part of a crate's identity, but one crate has one spelling.
    pub(super) fn read(
        content: &[u8],
        expected: (&Package, &Version),
        root: Option<&str>,
        files: &[FileFact],
    ) -> Result<Self, ArchiveError> {
        let unreadable = |why: String| ArchiveError::Manifest { path: "Cargo.toml".to_owned(), why: cut(&why) };
        let text = std::str::from_utf8(content).map_err(|error| unreadable(error.to_string()))?;
        let document: Document = toml::from_str(text).map_err(|error| unreadable(error.message().to_owned()))?;
        let package = document.package;
        let (name, version) = expected;
        let folder = format!("{}-{}", package.name, package.version);
        let spelled = root.is_none_or(|root| root == folder || !root.eq_ignore_ascii_case(&folder));
        let named = package.name.eq_ignore_ascii_case(name.name().as_str()) && package.version == version.as_str();
        if !named || !spelled {
            let found = cut(&format!("{} {}", package.name, package.version));
            return Err(ArchiveError::OtherRelease { expected: format!("{} {version}", name.name()), found });
        }
        let has = |path: &str| files.iter().any(|file| file.path == path);
        let build_script = match package.build {
            Some(toml::Value::Boolean(false)) => None,
            Some(toml::Value::String(path)) => Some(path),
            // Without a word about it cargo takes a file of that name.
            Some(toml::Value::Boolean(true)) | None => has("build.rs").then(|| "build.rs".to_owned()),
            Some(other) => return Err(unreadable(format!("`build` is a {}", other.type_str()))),
        };
        Ok(Self {
            name: package.name,
            version: package.version,
            license: package.license,
            license_file: package.license_file,
            repository: package.repository,
            homepage: package.homepage,
            description: package.description,
            build_script,
            proc_macro: document.lib.and_then(|lib| lib.proc_macro).unwrap_or(false),
            links: package.links,
            rust_version: package.rust_version,
        })
    }
}
