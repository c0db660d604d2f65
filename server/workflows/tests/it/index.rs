//! A crate index of the tests: lines and files as a test wants them, no real program needed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use vetmoot_domain::{Span, Timestamp};
use vetmoot_tests::upstream::server::{Reply, Request, Server};
use vetmoot_tests::upstream::sha256;

/// A running index; its server counts and misbehaves.
pub struct Index {
    pub server: Server,
    shelf: Arc<Mutex<Shelf>>,
    now: Timestamp,
}

#[derive(Default)]
struct Shelf {
    lines: BTreeMap<String, Vec<Value>>,
    files: BTreeMap<String, Vec<u8>>,
}

impl Index {
    /// An empty index whose releases are dated back from `now`.
    pub fn start(now: Timestamp) -> Self {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let state = shelf.clone();
        let server = Server::start(Box::new(move |request| answer(&state.lock().unwrap(), request)));
        Self { server, shelf, now }
    }

    pub fn url(&self) -> String {
        format!("{}/index/", self.server.url())
    }

    /// Publishes a release that is so many days old.
    pub fn publish(&self, name: &str, version: &str, days: i64) {
        let bytes = bytes_of(name, version);
        let published = self.now.minus(Span::days(days)).to_string();
        let line = json!({
            "name": name, "vers": version, "deps": [], "cksum": sha256(&bytes), "features": {}, "yanked": false, "pubtime": published,
        });
        let mut shelf = self.shelf.lock().unwrap();
        shelf.lines.entry(name.to_owned()).or_default().push(line);
        shelf.files.insert(format!("{name}/{version}"), bytes);
    }

    /// Puts other bytes in place of a file; the index keeps its checksum.
    pub fn lie(&self, name: &str, version: &str, bytes: &[u8]) {
        self.shelf.lock().unwrap().files.insert(format!("{name}/{version}"), bytes.to_vec());
    }

    /// Puts other bytes in place of a file, and their checksum in its line.
    pub fn change(&self, name: &str, version: &str, bytes: &[u8]) {
        self.lie(name, version, bytes);
        let mut shelf = self.shelf.lock().unwrap();
        let lines = shelf.lines.get_mut(name).unwrap();
        let line = lines.iter_mut().find(|line| line["vers"] == version).unwrap();
        line["cksum"] = sha256(bytes).into();
    }

    /// How often the package's document was asked for.
    pub fn asked(&self, name: &str) -> usize {
        self.server.count(&listing_path(name))
    }

    /// How often the file was asked for.
    pub fn fetched(&self, name: &str, version: &str) -> usize {
        self.server.count(&file_path(name, version))
    }
}

/// The bytes of a release: more than the last ones that are held back, and its own.
pub fn bytes_of(name: &str, version: &str) -> Vec<u8> {
    format!("{name} {version}\n").repeat(20_000).into_bytes()
}

pub fn listing_path(name: &str) -> String {
    format!("/index/{}/{}/{name}", &name[..2], &name[2..4])
}

pub fn file_path(name: &str, version: &str) -> String {
    format!("/files/{name}/{version}/download")
}

fn answer(shelf: &Shelf, request: &Request) -> Reply {
    if request.path == "/index/config.json" {
        let dl = format!("http://{}/files", request.header("host").unwrap_or_default());
        return Reply::ok("application/json", json!({ "dl": dl }).to_string());
    }
    if let Some(file) = request.path.strip_prefix("/files/").and_then(|path| path.strip_suffix("/download")) {
        return shelf.files.get(file).map_or_else(Reply::not_found, |bytes| Reply::ok("application/gzip", bytes.clone()));
    }
    let name = request.path.rsplit('/').next().unwrap_or_default();
    match shelf.lines.get(name) {
        Some(lines) if request.path == listing_path(name) => {
            let text = lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
            Reply::ok("text/plain", text).tagged(true)
        }
        _ => Reply::not_found(),
    }
}
