//! The index behind the instance: a small crate with many releases, two heavy ones, and a packument as large as they come.

use std::fmt::Write as _;

use serde_json::json;

use super::chance::Chance;
use super::limits::{ARTIFACT_BYTES, HEAVY_BYTES, PACKUMENT_BYTES, RELEASES};
use crate::packages::Calendar;
use crate::upstream::server::{Reply, Request, Server};
use crate::upstream::{npm, sha256};

/// The crate whose index file clients ask for again and again.
pub const CRATE: (&str, &str) = ("leaning-lighthouse", "le/an/leaning-lighthouse");
/// The crate of middling size.
pub const MIDDLING: &str = "middling-anchor";
/// The heavy crate.
pub const HEAVY: &str = "heavy-anchor";
/// The package with the large packument.
pub const PACKAGE: &str = "wide-meadow";
/// Releases of it that are younger than the policy wants.
pub const YOUNG: usize = 100;

/// A running index.
#[derive(Debug)]
pub struct Index {
    /// The server, which counts what it is asked.
    pub server: Server,
}

struct Shelf {
    middling: Vec<u8>,
    /// One file a release: the same bytes twice would be fetched once.
    heavy: [Vec<u8>; 2],
    lines: [(&'static str, String); 3],
    packument: Vec<u8>,
}

impl Index {
    /// Makes the documents and files, and serves them.
    pub fn start() -> Self {
        let calendar = Calendar::of_the_machine();
        let middling = Chance::new(8).bytes(ARTIFACT_BYTES);
        let heavy = [Chance::new(50), Chance::new(51)].map(|mut chance| chance.bytes(HEAVY_BYTES));
        let sums = heavy.each_ref().map(|bytes| sha256(bytes));
        let two: Vec<(String, &str)> =
            sums.iter().enumerate().map(|(number, sum)| (format!("1.{number}.0"), sum.as_str())).collect();
        let one = sha256(&middling);
        let unwanted = sha256(b"nobody asks for it");
        let many: Vec<(String, &str)> = (0..60).map(|number| (format!("1.{number}.0"), unwanted.as_str())).collect();
        let lines = [
            (CRATE.1, listing(CRATE.0, &many, calendar)),
            ("mi/dd/middling-anchor", listing(MIDDLING, &[("1.0.0".to_owned(), &one)], calendar)),
            ("he/av/heavy-anchor", listing(HEAVY, &two, calendar)),
        ];
        let shelf = Shelf { middling, heavy, lines, packument: packument(calendar) };
        Self { server: Server::start(Box::new(move |request| answer(&shelf, request))) }
    }

    /// The address of the cargo index.
    pub fn cargo_url(&self) -> String {
        format!("{}/index/", self.server.url())
    }

    /// The address of the npm registry.
    pub fn npm_url(&self) -> String {
        format!("{}/", self.server.url())
    }

    /// How often a file was asked for here.
    pub fn asked_for(&self, name: &str, version: &str) -> usize {
        self.server.count(&format!("/files/{name}/{version}/download"))
    }
}

fn answer(shelf: &Shelf, request: &Request) -> Reply {
    if request.path == "/index/config.json" {
        let host = request.header("host").unwrap_or_default();
        return Reply::ok("application/json", json!({"dl": format!("http://{host}/files")}).to_string());
    }
    if let Some(path) = request.path.strip_prefix("/index/") {
        let found = shelf.lines.iter().find(|(file, _)| *file == path);
        return found.map_or_else(Reply::not_found, |(_, text)| Reply::ok("text/plain", text.clone()).tagged(true));
    }
    match request.path.trim_start_matches('/').split('/').collect::<Vec<_>>().as_slice() {
        ["files", MIDDLING, ..] => Reply::ok("application/gzip", shelf.middling.clone()),
        ["files", HEAVY, "1.0.0", ..] => Reply::ok("application/gzip", shelf.heavy[0].clone()),
        ["files", HEAVY, ..] => Reply::ok("application/gzip", shelf.heavy[1].clone()),
        // The digest of 21 MB at every question would be time of this program, not of the one that is measured.
        [PACKAGE] => Reply::ok("application/json", shelf.packument.clone()).header("etag", "\"one-and-only\""),
        _ => Reply::not_found(),
    }
}

/// An index file in cargo's form, a line a release, the newest two days old.
fn listing(name: &str, versions: &[(String, &str)], calendar: Calendar) -> String {
    let mut text = String::new();
    let count = i64::try_from(versions.len()).unwrap_or_default();
    for ((version, checksum), age) in versions.iter().zip((1..=count).rev()) {
        let dependency = |name: &str| {
            json!({"name": name, "req": "^1.0.100", "features": ["std"], "optional": false, "default_features": false,
                   "target": null, "kind": "normal"})
        };
        let days = if count > 2 { 10 * age - 8 } else { 100 * age };
        let line = json!({"name": name, "vers": version, "deps": [dependency("madeup-00001"), dependency("madeup-00002")],
            "cksum": checksum, "features": {"default": ["std"], "std": []}, "yanked": false, "pubtime": calendar.days_ago(days).to_string()});
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{line}");
    }
    text
}

/// A packument of [`RELEASES`] releases and about [`PACKUMENT_BYTES`], with the repetition real ones have.
fn packument(calendar: Calendar) -> Vec<u8> {
    let mut chance = Chance::new(21);
    let words: Vec<String> = (0..400).map(|_| chance.word()).collect();
    let word =
        |chance: &mut Chance| words.get(usize::try_from(chance.below(400)).unwrap_or_default()).cloned().unwrap_or_default();
    let mut versions = Vec::with_capacity(PACKUMENT_BYTES);
    let mut times = serde_json::Map::new();
    let each = PACKUMENT_BYTES / RELEASES;
    for number in 0..RELEASES {
        let version = format!("{}.{}.{}", number / 100, number / 10 % 10, number % 10);
        let digest = npm::integrity(version.as_bytes());
        let mut exports = serde_json::Map::new();
        let mut dependencies = serde_json::Map::new();
        let mut size = 1_400;
        while size < each {
            let (one, two) = (word(&mut chance), word(&mut chance));
            let place = format!("./{one}/{two}");
            let target = json!({"types": format!("./dist/{one}/{two}.d.ts"), "import": format!("./dist/{one}/{two}.mjs")});
            dependencies.insert(format!("{one}-{two}"), format!("^{}.{}.0", chance.below(9), chance.below(40)).into());
            size += 3 * (one.len() + two.len()) + place.len() + 75;
            exports.insert(place, target);
        }
        let signature = hex::encode(chance.bytes(48));
        let manifest = json!({
            "name": PACKAGE, "version": version, "description": "A package that was made up to be large.", "license": "MIT",
            "author": {"name": "Ada Made-Up"}, "main": "./dist/index.js", "scripts": {"build": "make", "test": "make test"},
            "engines": {"node": ">=18"}, "dependencies": dependencies, "exports": exports, "_id": format!("{PACKAGE}@{version}"),
            "gitHead": signature.get(..40), "_npmVersion": "10.0.0", "_hasShrinkwrap": false,
            "dist": {"integrity": digest, "shasum": signature.get(..40), "fileCount": 900, "unpackedSize": 9_000_000 + number,
                     "tarball": format!("http://files.example/{PACKAGE}/-/{PACKAGE}-{version}.tgz"),
                     "signatures": [{"keyid": "SHA256:made-up", "sig": signature}]},
        });
        // The last ones are the young ones.
        let days = if number + YOUNG >= RELEASES { 3 } else { i64::try_from(RELEASES - number).unwrap_or_default() + 8 };
        times.insert(version.clone(), calendar.days_ago(days).to_string().replace('Z', ".000Z").into());
        let comma = if number == 0 { "" } else { "," };
        versions.extend_from_slice(format!("{comma}{}:{manifest}", json!(version)).as_bytes());
    }
    let last = times.keys().next_back().cloned().unwrap_or_default();
    let head =
        format!("{{\"_id\":\"{PACKAGE}\",\"name\":\"{PACKAGE}\",\"dist-tags\":{},\"versions\":{{", json!({"latest": last}));
    times.insert("modified".to_owned(), calendar.days_ago(2).to_string().replace('Z', ".000Z").into());
    times.insert("created".to_owned(), calendar.days_ago(3000).to_string().replace('Z', ".000Z").into());
    let tail = format!("}},\"time\":{},\"readme\":\"# made up\"}}", json!(times));
    [head.as_bytes(), &versions, tail.as_bytes()].concat()
}
