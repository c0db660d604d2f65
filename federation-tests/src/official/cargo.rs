//! A stand-in for the official crate index: web API, sparse index and downloads.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::TOKEN;
use super::desk::{Desk, Point};
use crate::upstream::cargo::prefix;
use crate::upstream::server::{Reply, Request, Server};
use crate::upstream::sha256;

/// A running stand-in.
#[derive(Debug)]
pub struct OfficialCargo {
    /// The server behind it.
    pub server: Server,
    /// Where its uploads arrive.
    pub desk: Arc<Desk>,
    shelf: Arc<Mutex<Shelf>>,
}

#[derive(Debug, Default)]
struct Shelf {
    crates: BTreeMap<String, Vec<(Value, Vec<u8>)>>,
    trusted_only: bool,
}

impl OfficialCargo {
    /// Starts one that holds nothing.
    pub fn start() -> Self {
        let (desk, shelf) = (Arc::<Desk>::default(), Arc::<Mutex<Shelf>>::default());
        let (at, store) = (Arc::clone(&desk), Arc::clone(&shelf));
        let server = Server::start(Box::new(move |request| answer(&at, &store, request)));
        Self { server, desk, shelf }
    }

    /// The address of its index.
    pub fn index(&self) -> String {
        format!("{}/index/", self.server.url())
    }

    /// The base of its web API.
    pub fn api(&self) -> String {
        self.server.url()
    }

    /// Puts a crate there as somebody else would.
    pub fn seed(&self, name: &str, version: &str, bytes: &[u8]) {
        put(&mut open(&self.shelf), json!({"name": name, "vers": version, "deps": []}), bytes.to_vec());
    }

    /// From now on its crates take nothing that comes with a token.
    pub fn trust_publishers_only(&self) {
        open(&self.shelf).trusted_only = true;
    }

    /// The bytes it serves for a version.
    pub fn file(&self, name: &str, version: &str) -> Option<Vec<u8>> {
        find(&open(&self.shelf), name, version).map(|(_, bytes)| bytes.clone())
    }

    /// The index line of a version.
    pub fn line(&self, name: &str, version: &str) -> Option<Value> {
        find(&open(&self.shelf), name, version).map(|(line, _)| line.clone())
    }
}

fn open(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

fn find<'a>(shelf: &'a Shelf, name: &str, version: &str) -> Option<&'a (Value, Vec<u8>)> {
    shelf.crates.get(name)?.iter().find(|(line, _)| line.get("vers").is_some_and(|vers| vers == version))
}

fn answer(desk: &Desk, shelf: &Mutex<Shelf>, request: &Request) -> Reply {
    let host = request.header("host").unwrap_or_default();
    if request.path == "/index/config.json" {
        let config = json!({"dl": format!("http://{host}/dl"), "api": format!("http://{host}")});
        return Reply::ok("application/json", config.to_string());
    }
    if let Some(path) = request.path.strip_prefix("/index/") {
        desk.pass(Point::Look);
        return lines(&open(shelf), path);
    }
    if let Some(key) = request.path.strip_prefix("/dl/").and_then(|path| path.strip_suffix("/download")) {
        desk.pass(Point::Download);
        let (name, version) = key.split_once('/').unwrap_or((key, ""));
        let found = find(&open(shelf), name, version).map(|(_, bytes)| bytes.clone());
        return found.map_or_else(Reply::not_found, |bytes| Reply::ok("application/gzip", bytes));
    }
    match (request.method.as_str(), request.path.as_str()) {
        ("PUT", "/api/v1/crates/new") => upload(desk, shelf, request),
        _ => api(&mut open(shelf), request),
    }
}

fn lines(shelf: &Shelf, path: &str) -> Reply {
    let Some((folders, name)) = path.rsplit_once('/') else { return Reply::not_found() };
    let Some(versions) = shelf.crates.get(name).filter(|_| prefix(name) == folders) else { return Reply::not_found() };
    let text: Vec<String> = versions.iter().map(|(line, _)| format!("{line}\n")).collect();
    let text = text.concat();
    Reply::ok("text/plain", text)
}

fn errors(status: u16, words: &str) -> Reply {
    Reply { status, ..Reply::ok("application/json", json!({"errors": [{"detail": words}]}).to_string()) }
}

fn upload(desk: &Desk, shelf: &Mutex<Shelf>, request: &Request) -> Reply {
    if request.header("authorization") != Some(TOKEN) {
        return errors(403, "authentication failed");
    }
    let Some((publish, bytes)) = parts(&request.body) else { return errors(400, "the request has another form") };
    let text = |key: &str| publish.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, version) = (text("name"), text("vers"));
    let elsewhere = publish
        .get("deps")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .any(|dep| dep.get("registry").is_some_and(|registry| !registry.is_null()));
    desk.receive(
        &format!("{name} {version}"),
        &bytes,
        |words| errors(200, words),
        |other| {
            let mut shelf = open(shelf);
            if elsewhere {
                return Err(errors(
                    400,
                    "Dependency is hosted on another registry. Cross-registry dependencies are not permitted.",
                ));
            }
            if shelf.trusted_only {
                return Err(errors(400, "New versions of this crate can only be published using Trusted Publishing"));
            }
            if find(&shelf, &name, &version).is_some() {
                return Err(errors(200, &format!("crate version `{version}` is already uploaded")));
            }
            let bytes = if other { [bytes.as_slice(), b"more"].concat() } else { bytes.clone() };
            let deps: Vec<Value> = publish.get("deps").and_then(Value::as_array).cloned().unwrap_or_default();
            put(
                &mut shelf,
                json!({"name": name, "vers": version, "deps": deps.iter().map(dependency).collect::<Vec<_>>()}),
                bytes,
            );
            let warnings = json!({"warnings": {"invalid_categories": ["nonsense"], "invalid_badges": [], "other": []}});
            Ok(Reply::ok("application/json", warnings.to_string()))
        },
    )
}

/// A dependency as an index line writes it.
fn dependency(dep: &Value) -> Value {
    json!({
        "name": dep.get("name"), "req": dep.get("version_req"), "features": dep.get("features"), "optional": dep.get("optional"),
        "default_features": dep.get("default_features"), "target": dep.get("target"), "kind": dep.get("kind"), "registry": null,
    })
}

fn put(shelf: &mut Shelf, mut line: Value, bytes: Vec<u8>) {
    let name = line.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(fields) = line.as_object_mut() {
        fields.insert("cksum".to_owned(), sha256(&bytes).into());
        fields.insert("features".to_owned(), json!({}));
        fields.insert("yanked".to_owned(), false.into());
    }
    shelf.crates.entry(name).or_default().push((line, bytes));
}

/// The two parts of a publish request.
fn parts(body: &[u8]) -> Option<(Value, Vec<u8>)> {
    let (first, rest) = piece(body)?;
    let (file, rest) = piece(rest)?;
    rest.is_empty().then_some((serde_json::from_slice(first).ok()?, file.to_vec()))
}

fn piece(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = body.split_at_checked(4)?;
    let length = usize::try_from(u32::from_le_bytes(length.try_into().ok()?)).ok()?;
    rest.split_at_checked(length)
}

/// What is asked of single crates and versions, yanks included.
fn api(shelf: &mut Shelf, request: &Request) -> Reply {
    let Some(rest) = request.path.strip_prefix("/api/v1/crates/") else { return Reply::not_found() };
    let words: Vec<&str> = rest.split('/').collect();
    let trusted_only = shelf.trusted_only;
    match (request.method.as_str(), words.as_slice()) {
        ("GET", [name]) if shelf.crates.contains_key(*name) => {
            Reply::ok("application/json", json!({"crate": {"name": name, "trustpub_only": trusted_only}}).to_string())
        }
        ("GET", [name, version]) => match find(shelf, name, version) {
            Some((line, _)) => Reply::ok("application/json", json!({"version": {"checksum": line.get("cksum")}}).to_string()),
            None => errors(404, "Not Found"),
        },
        ("DELETE", [name, version, "yank"]) => yank(shelf, request, name, version, true),
        ("PUT", [name, version, "unyank"]) => yank(shelf, request, name, version, false),
        _ => errors(404, "Not Found"),
    }
}

fn yank(shelf: &mut Shelf, request: &Request, name: &str, version: &str, yanked: bool) -> Reply {
    if request.header("authorization") != Some(TOKEN) {
        return errors(403, "authentication failed");
    }
    let versions = shelf.crates.get_mut(name).into_iter().flatten();
    let mut found = versions.filter(|(line, _)| line.get("vers").is_some_and(|vers| vers == version));
    let Some(fields) = found.next().and_then(|(line, _)| line.as_object_mut()) else {
        return errors(404, "crate does not have this version");
    };
    fields.insert("yanked".to_owned(), yanked.into());
    Reply::ok("application/json", json!({"ok": true}).to_string())
}
