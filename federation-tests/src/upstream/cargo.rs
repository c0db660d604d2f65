//! A sparse index of our own with files made by the real `cargo package`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::server::{Reply, Request, Server};
use super::{Knobs, sha256};
use crate::clients::cargo;
use crate::packages::{Calendar, Release};
use crate::process;
use crate::scratch::Scratch;

/// A running index; its server counts and misbehaves.
#[derive(Debug)]
pub struct CargoUpstream {
    /// The server behind it.
    pub server: Server,
    shelf: Arc<Mutex<Shelf>>,
    calendar: Calendar,
}

#[derive(Debug, Default)]
struct Shelf {
    lines: BTreeMap<String, Vec<Value>>,
    files: BTreeMap<String, Vec<u8>>,
    knobs: Knobs,
    template: Option<String>,
}

impl CargoUpstream {
    /// An index that holds these releases.
    ///
    /// # Panics
    /// When cargo cannot package one of them.
    pub fn start(calendar: Calendar, releases: &[Release]) -> Self {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let state = Arc::clone(&shelf);
        let server = Server::start(Box::new(move |request| answer(&open(&state), request)));
        let upstream = Self { server, shelf, calendar };
        for release in releases {
            upstream.publish(release);
        }
        upstream
    }

    /// The address of the index, with the slash at its end that cargo wants.
    pub fn url(&self) -> String {
        format!("{}/index/", self.server.url())
    }

    /// Adds a release, at any time.
    ///
    /// # Panics
    /// When cargo cannot package it.
    pub fn publish(&self, release: &Release) {
        let bytes = package(release);
        let mut shelf = open(&self.shelf);
        let deps: Vec<Value> = release.needs.iter().map(|name| dependency(name)).collect();
        let line = json!({
            "name": release.name, "vers": release.version, "deps": deps, "cksum": sha256(&bytes), "features": {}, "yanked": false,
            "pubtime": self.calendar.days_ago(release.days).to_string(),
        });
        shelf.files.insert(format!("{}/{}", release.name, release.version), bytes);
        shelf.lines.entry(release.name.clone()).or_default().push(line);
    }

    /// Sets what the index says beyond the least.
    pub fn set(&self, knobs: Knobs) {
        open(&self.shelf).knobs = knobs;
    }

    /// Gives downloads another address, with cargo's markers: `/files/{prefix}/{crate}-{version}.crate`.
    pub fn set_download_template(&self, template: &str) {
        open(&self.shelf).template = Some(template.to_owned());
    }

    /// Changes one field of one line.
    ///
    /// # Panics
    /// When there is no such release.
    pub fn change_line(&self, name: &str, version: &str, field: &str, value: Value) {
        let mut shelf = open(&self.shelf);
        let lines = shelf.lines.get_mut(name).expect("the crate was published");
        let line = lines.iter_mut().find(|line| line.get("vers").is_some_and(|vers| vers == version));
        let line = line.and_then(Value::as_object_mut).expect("the release was published");
        line.insert(field.to_owned(), value);
    }

    /// Puts other bytes in place of a file; the index keeps its checksum.
    pub fn replace_file(&self, name: &str, version: &str, bytes: &[u8]) {
        open(&self.shelf).files.insert(format!("{name}/{version}"), bytes.to_vec());
    }

    /// The bytes of a file.
    pub fn file(&self, name: &str, version: &str) -> Vec<u8> {
        open(&self.shelf).files.get(&format!("{name}/{version}")).cloned().unwrap_or_default()
    }

    /// The path of a download at this server, for counting.
    pub fn download_path(name: &str, version: &str) -> String {
        format!("/files/{name}/{version}/download")
    }
}

fn open(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

fn dependency(name: &str) -> Value {
    json!({
        "name": name, "req": "^1", "features": [], "optional": false, "default_features": true, "target": null, "kind": "normal",
        "registry": null, "package": null,
    })
}

fn answer(shelf: &Shelf, request: &Request) -> Reply {
    if request.path == "/index/config.json" {
        let host = request.header("host").unwrap_or_default();
        let template = shelf.template.as_deref().map_or_else(|| "/files".to_owned(), str::to_owned);
        return Reply::ok("application/json", json!({"dl": format!("http://{host}{template}")}).to_string());
    }
    if let Some(file) = request.path.strip_prefix("/files/") {
        return download(shelf, file);
    }
    let Some((folders, name)) = request.path.strip_prefix("/index/").and_then(|path| path.rsplit_once('/')) else {
        return Reply::not_found();
    };
    let Some(lines) = shelf.lines.get(name).filter(|_| prefix(name) == folders) else { return Reply::not_found() };
    let text: Vec<String> = lines.iter().map(|line| format!("{}\n", shown(line, shelf.knobs))).collect();
    Reply::ok("text/plain", text.concat()).tagged(shelf.knobs.etag)
}

fn shown(line: &Value, knobs: Knobs) -> Value {
    let mut line = line.clone();
    if let Some(fields) = line.as_object_mut().filter(|_| !knobs.times) {
        fields.remove("pubtime");
    }
    line
}

/// Answers `NAME/VERSION/download` and, under a template, anything that ends in `NAME-VERSION.crate`.
fn download(shelf: &Shelf, path: &str) -> Reply {
    let plain = path.strip_suffix("/download").and_then(|key| shelf.files.get(key));
    let file = path.rsplit('/').next().unwrap_or_default();
    let named =
        || shelf.files.iter().find(|(key, _)| file == format!("{}.crate", key.replace('/', "-"))).map(|(_, bytes)| bytes);
    plain.or_else(named).map_or_else(Reply::not_found, |bytes| Reply::ok("application/gzip", bytes.clone()))
}

/// The folders of a name in a sparse index.
pub fn prefix(name: &str) -> String {
    let name = name.to_lowercase();
    let part = |from: usize, to: usize| name.get(from..to).unwrap_or_default();
    match name.len() {
        0..=2 => name.len().to_string(),
        3 => format!("3/{}", part(0, 1)),
        _ => format!("{}/{}", part(0, 2), part(2, 4)),
    }
}

/// The file of a release, made by cargo itself.
///
/// # Panics
/// When cargo refuses.
pub fn package(release: &Release) -> Vec<u8> {
    let scratch = Scratch::new();
    let needs: Vec<String> = release.needs.iter().map(|name| format!("{name} = \"1\"\n")).collect();
    let needs = needs.concat();
    let manifest = format!(
        "[package]\nname = {:?}\nversion = {:?}\nedition = \"2021\"\ndescription = \"made up\"\nlicense = \"MIT\"\n\n[dependencies]\n{needs}\n[workspace]\n",
        release.name, release.version
    );
    scratch.write("Cargo.toml", manifest);
    scratch.write(
        "src/lib.rs",
        format!("//! Made up.\n/// What sets this release apart.\npub const LINE: &str = {:?};\n", release.line),
    );
    let home = scratch.folder("home");
    let mut command = cargo::command(&home);
    command.args(["package", "--no-verify", "--allow-dirty", "--offline", "--exclude-lockfile", "--quiet"]);
    let ended = process::run(command.current_dir(scratch.path()));
    assert!(ended.is_good(), "cargo package: {}", ended.stderr);
    let file = scratch.join(format!("target/package/{}-{}.crate", release.name, release.version));
    std::fs::read(file).expect("cargo package wrote its file")
}
