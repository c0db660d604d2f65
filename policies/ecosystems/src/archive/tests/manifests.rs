//! What manifests say.

use super::super::ArchiveKind::{Crate, Sdist, Tgz, Wheel};
use super::*;

fn crate_manifest(text: &str, more: &[Vec<u8>]) -> Result<CrateManifest, ArchiveError> {
    let entries = [vec![file("demo-1.2.0/Cargo.toml", text)], more.to_vec()].concat();
    match read_as(Crate, &gz(&tar(&entries)), &Limits::default())?.manifest {
        Manifest::Crate(manifest) => Ok(manifest),
        other => panic!("{other:?}"),
    }
}

fn npm_manifest(text: &str, more: &[Vec<u8>]) -> Result<NpmManifest, ArchiveError> {
    let entries = [vec![file("package/package.json", text)], more.to_vec()].concat();
    match read_as(Tgz, &gz(&tar(&entries)), &Limits::default())?.manifest {
        Manifest::Npm(manifest) => Ok(manifest),
        other => panic!("{other:?}"),
    }
}

fn python_metadata(text: &str) -> Result<PythonMetadata, ArchiveError> {
    let entries = [file("demo_pkg-1.2.0/PKG-INFO", text), file("demo_pkg-1.2.0/setup.py", "")];
    match read_as(Sdist, &gz(&tar(&entries)), &Limits::default())?.manifest {
        Manifest::Python(metadata) => Ok(metadata),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_crate_says_what_it_runs_while_it_is_built() {
    let text = format!(
        "{MANIFEST}repository = \"https://code.example/demo\"\nlinks = \"z\"\nrust-version = \"1.80\"\n[lib]\nproc-macro = true\n"
    );
    let build = [file("demo-1.2.0/build.rs", "fn main() {}")];
    let manifest = crate_manifest(&text, &build).unwrap();
    assert_eq!(manifest.build_script.as_deref(), Some("build.rs"));
    assert!(manifest.proc_macro);
    assert_eq!(manifest.links.as_deref(), Some("z"));
    assert_eq!(manifest.repository.as_deref(), Some("https://code.example/demo"));
    assert_eq!(manifest.license.as_deref(), Some("MIT"));
    assert_eq!(manifest.rust_version.as_deref(), Some("1.80"));
    let script = |line: &str, more: &[Vec<u8>]| {
        crate_manifest(&format!("{MANIFEST}{line}\n"), more).map(|manifest| manifest.build_script)
    };
    assert_eq!(script("", &[]).unwrap(), None);
    assert_eq!(script("build = false", &build).unwrap(), None);
    assert_eq!(script("build = \"make.rs\"", &[]).unwrap().as_deref(), Some("make.rs"));
    assert_eq!(script("build = 3", &[]).unwrap_err().code(), "manifest-unreadable");
}

#[test]
fn a_crate_that_says_it_is_another_is_refused() {
    let code =
        |text: &str| crate_manifest(text, &[]).map_or_else(|error| format!("{}: {error}", error.code()), |_| "ok".to_owned());
    assert_eq!(
        code(&MANIFEST.replace("1.2.0", "1.2.1")),
        "other-release: the archive says it is demo 1.2.1, but it was published as demo 1.2.0"
    );
    assert!(code(&MANIFEST.replace("demo", "Demo")).starts_with("other-release"));
    assert!(code("[package").starts_with("manifest-unreadable"));
    assert!(
        code("[package]\nname = \"demo\"\n")
            .starts_with("manifest-unreadable: `Cargo.toml` cannot be read: missing field `version`")
    );
    check(Crate, &gz(&tar(&[file("demo-1.2.0/src/lib.rs", "")])), "no-manifest: the archive has no `Cargo.toml`");
}

#[test]
fn an_npm_package_says_what_it_runs_when_it_is_installed() {
    let text = r#"{"name": "@moot/demo", "version": "v1.2.0", "license": {"type": "ISC"}, "repository": {"url": "git+https://code.example/demo.git"},
        "scripts": {"postinstall": "node setup.js", "test": "jest"}, "bin": {"demo": "cli.js"}}"#;
    let manifest = npm_manifest(text, &[]).unwrap();
    assert_eq!(
        manifest.install_scripts.into_iter().collect::<Vec<_>>(),
        [("postinstall".to_owned(), "node setup.js".to_owned())]
    );
    assert_eq!(manifest.license.as_deref(), Some("ISC"));
    assert_eq!(manifest.repository.as_deref(), Some("git+https://code.example/demo.git"));
    assert_eq!(manifest.commands, ["demo"]);
    let bare = "\u{feff}{\"name\": \"@moot/demo\", \"version\": \"1.2.0\"}";
    let gyp = [file("package/binding.gyp", "{}")];
    assert!(npm_manifest(bare, &[]).unwrap().install_scripts.is_empty());
    assert_eq!(npm_manifest(bare, &gyp).unwrap().install_scripts.get("install").unwrap(), "node-gyp rebuild");
}

#[test]
fn an_npm_package_that_names_itself_twice_or_otherwise_is_refused() {
    let code = |text: &str| npm_manifest(text, &[]).map_or_else(|error| error.code(), |_| "ok");
    assert_eq!(code(r#"{"name": "@moot/demo", "name": "@moot/demo", "version": "1.2.0"}"#), "manifest-unreadable");
    assert_eq!(code(r#"{"name": "demo", "version": "1.2.0"}"#), "other-release");
    assert_eq!(code(r#"{"name": "@moot/demo", "version": "1.2.1"}"#), "other-release");
    assert_eq!(
        code(&format!("{{\"name\": \"@moot/demo\", \"version\": \"1.2.0\", \"x\": {}}}", "[".repeat(100_000))),
        "manifest-unreadable"
    );
}

#[test]
fn python_metadata_gives_licence_links_and_requirements() {
    let text = "Metadata-Version: 2.4\nName: demo.pkg\nVersion: 1.2\nLicense: UNKNOWN\nLicense-Expression: MIT\nSummary: One\n  two\n\
        Project-URL: Source, https://code.example/demo\nHome-page: UNKNOWN\nRequires-Dist: six (>=1.0)\nRequires-Dist: attrs; extra == 'x'\n\
        Requires-Python: >=3.9\n\nRequires-Dist: not-a-header\n";
    let metadata = python_metadata(text).unwrap();
    assert_eq!(metadata.license.as_deref(), Some("MIT"));
    assert_eq!(metadata.summary.as_deref(), Some("One\ntwo"));
    assert_eq!(metadata.repository.as_deref(), Some("https://code.example/demo"));
    assert_eq!(metadata.homepage, None);
    assert_eq!(metadata.requires, ["six (>=1.0)", "attrs; extra == 'x'"]);
    assert_eq!(metadata.requires_python.as_deref(), Some(">=3.9"));
    assert!(metadata.setup_script);
}

#[test]
fn python_metadata_of_another_release_is_refused() {
    let code = |text: &str| python_metadata(text).map_or_else(|error| error.code(), |_| "ok");
    assert_eq!(code(METADATA), "ok");
    assert_eq!(code(&METADATA.replace("1.2.0", "1.3.0")), "other-release");
    assert_eq!(code(&METADATA.replace("Demo_Pkg", "demo")), "other-release");
    assert_eq!(code(&METADATA.replace("License", "Name")), "ok");
    assert_eq!(code(&METADATA.replace("License-Expression: MIT", "name: other")), "manifest-unreadable");
    assert_eq!(code("\nName: demo-pkg\nVersion: 1.2.0\n"), "manifest-unreadable");
    check(Wheel, &wheel_with(&[]), "ok");
}
