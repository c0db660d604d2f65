//! The real cargo-vet, run as a black box over prepared metadata and stores; it needs neither network nor index.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long one run may take; it takes some milliseconds.
const LIMIT: Duration = Duration::from_mins(2);
/// The moment every run believes it to be.
pub const NOW: &str = "2026-06-01T12:00:00Z";

/// Where cargo-vet is, or nothing where the tests were asked to do without.
pub fn find() -> Option<PathBuf> {
    if std::env::var("VETMOOT_WITHOUT").is_ok_and(|without| without.split(',').any(|one| one.trim() == "cargo-vet")) {
        println!("left out: cargo-vet");
        return None;
    }
    let partners = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/partners/cargo-vet/bin/cargo-vet");
    let binary = std::env::var_os("VETMOOT_CARGO_VET").map_or(partners, PathBuf::from);
    assert!(
        binary.is_file(),
        "cargo-vet is not there: `cargo xtask test` installs it; or run `cargo install cargo-vet --version 0.10.3 --locked \
         --root target/partners/cargo-vet`, or name it in VETMOOT_CARGO_VET, or leave it out with VETMOOT_WITHOUT=cargo-vet"
    );
    Some(binary)
}

/// A package of the project and the root that depends on it: `runtime`, `dev` or `build`.
pub struct Dependency<'a> {
    pub name: &'a str,
    pub version: &'a str,
    pub root: &'static str,
}

/// What is to be checked.
pub struct Project<'a> {
    pub dependencies: Vec<Dependency<'a>>,
    /// The criteria that the root `build` asks for.
    pub asked: Vec<&'a str>,
    pub audits: String,
    pub imports: String,
}

/// What cargo-vet concludes.
#[derive(Debug)]
pub struct Report {
    /// The packages it calls vetted, by name and version.
    pub vetted: BTreeSet<(String, String)>,
    /// The packages it does not, with the criteria missing.
    pub missing: BTreeMap<(String, String), BTreeSet<String>>,
    /// The packages whose audits contradict a violation; with any of these it says nothing about the others.
    pub conflicts: BTreeSet<(String, String)>,
}

/// A folder to run in, one for each thread.
pub struct Runner {
    binary: PathBuf,
    folder: TempDir,
}

impl Runner {
    pub fn new(binary: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stub = folder.path().join("stub");
        std::fs::write(&stub, "#!/bin/sh\nexec cat \"$METADATA\"\n").unwrap();
        std::fs::set_permissions(&stub, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::create_dir(folder.path().join("store")).unwrap();
        Self { binary: binary.to_owned(), folder }
    }

    pub fn check(&self, project: &Project<'_>) -> Report {
        let at = |name: &str| self.folder.path().join(name);
        // Only the first line that begins with a brace is read, so all of it goes on one.
        std::fs::write(at("metadata.json"), metadata(&project.dependencies).to_string()).unwrap();
        std::fs::write(at("store/config.toml"), config(&project.asked)).unwrap();
        std::fs::write(at("store/audits.toml"), &project.audits).unwrap();
        std::fs::write(at("store/imports.lock"), &project.imports).unwrap();
        let printed = self.run();
        read(&printed, &project.dependencies)
    }

    fn run(&self) -> Value {
        let at = |name: &str| self.folder.path().join(name);
        let mut child = Command::new(&self.binary)
            .args(["vet", "check", "--locked", "--frozen", "--output-format=json", "--current-time", NOW])
            .arg("--store-path")
            .arg(at("store"))
            .arg("--cache-dir")
            .arg(at("cache"))
            .arg("--output-file")
            .arg(at("report.json"))
            .env("CARGO", at("stub"))
            .env("METADATA", at("metadata.json"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Read to its end from elsewhere: cargo-vet can hang for ever when its reader goes away.
        let mut stdout = child.stdout.take().unwrap();
        let (done, ended) = mpsc::channel();
        let reader = std::thread::spawn(move || {
            let mut rest = Vec::new();
            let _ = stdout.read_to_end(&mut rest);
            let _ = done.send(());
        });
        if ended.recv_timeout(LIMIT).is_err() {
            child.kill().unwrap();
            panic!("cargo-vet did not end within {LIMIT:?}");
        }
        reader.join().unwrap();
        child.wait().unwrap();
        let report = std::fs::read(at("report.json")).unwrap();
        serde_json::from_slice(&report).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&report)))
    }
}

fn metadata(dependencies: &[Dependency<'_>]) -> Value {
    let source = format!("registry+{}", tame_index::CRATES_IO_INDEX);
    let package = |id: &str, name: &str, version: &str, source: Option<&str>| {
        json!({"id": id, "name": name, "version": version, "source": source, "manifest_path": "ws/Cargo.toml",
               "dependencies": [], "targets": [], "features": {}})
    };
    let id = |one: &Dependency<'_>| format!("{} {}", one.name, one.version);
    let mut packages = Vec::new();
    let mut nodes = Vec::new();
    for root in ["project", "project-build"] {
        packages.push(package(root, root, "0.1.0", None));
        let own = |one: &&Dependency<'_>| (one.root == "build") == (root == "project-build");
        let deps: Vec<Value> = dependencies
            .iter()
            .filter(own)
            .map(|one| {
                let kind = if one.root == "dev" { json!("dev") } else { Value::Null };
                json!({"name": one.name.replace('-', "_"), "pkg": id(one), "dep_kinds": [{"kind": kind}]})
            })
            .collect();
        let ids: Vec<String> = dependencies.iter().filter(own).map(id).collect();
        nodes.push(json!({"id": root, "dependencies": ids, "deps": deps}));
    }
    for one in dependencies {
        packages.push(package(&id(one), one.name, one.version, Some(&source)));
        nodes.push(json!({"id": id(one), "dependencies": [], "deps": []}));
    }
    json!({"version": 1, "workspace_root": "ws", "target_directory": "ws/target",
           "workspace_members": ["project", "project-build"], "packages": packages, "resolve": {"nodes": nodes}})
}

fn config(asked: &[&str]) -> String {
    let head = "\n# cargo-vet config file\n\n[cargo-vet]\nversion = \"0.10\"\n";
    match asked {
        [] => head.to_owned(),
        [one] => format!("{head}\n[policy.project-build]\ncriteria = \"{one}\"\n"),
        many => format!("{head}\n[policy.project-build]\ncriteria = {many:?}\n"),
    }
}

fn read(report: &Value, dependencies: &[Dependency<'_>]) -> Report {
    let pair = |value: &Value| (value["name"].as_str().unwrap().to_owned(), value["version"].as_str().unwrap().to_owned());
    let mut read = Report { vetted: BTreeSet::new(), missing: BTreeMap::new(), conflicts: BTreeSet::new() };
    match report["conclusion"].as_str() {
        Some("success") => {
            read.vetted.extend(report["vetted_fully"].as_array().unwrap().iter().map(pair));
            // Packages of another source are left out without a word.
            assert_eq!(read.vetted.len(), dependencies.len(), "{report}");
        }
        Some("fail (vetting)") => {
            for failure in report["failures"].as_array().unwrap() {
                let criteria = failure["missing_criteria"].as_array().unwrap().iter();
                read.missing.insert(pair(failure), criteria.map(|name| name.as_str().unwrap().to_owned()).collect());
            }
            let all = dependencies.iter().map(|one| (one.name.to_owned(), one.version.to_owned()));
            read.vetted.extend(all.filter(|one| !read.missing.contains_key(one)));
        }
        Some("fail (violation)") => {
            let names = report["violations"].as_object().unwrap().keys();
            read.conflicts.extend(names.map(|key| {
                let (name, version) = key.split_once(':').unwrap();
                (name.to_owned(), version.to_owned())
            }));
        }
        _ => panic!("{report}"),
    }
    read
}
