//! npm registries: verdaccio as it comes, and one of our own that says when each version was published.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};
use sha2::Digest as _;

use super::server::{Reply, Request, Server};
use super::{Knobs, archive};
use crate::http::Ask;
use crate::packages::{Calendar, Release};
use crate::process::{self, Running};
use crate::scratch::Scratch;
use crate::{http, partners, ports};

/// The type of a shortened document.
pub const ABBREVIATED: &str = "application/vnd.npm.install-v1+json";

/// A registry of our own.
#[derive(Debug)]
pub struct NpmUpstream {
    /// The server behind it.
    pub server: Server,
    shelf: Arc<Mutex<Shelf>>,
    calendar: Calendar,
}

#[derive(Debug, Clone)]
struct Version {
    manifest: Value,
    time: String,
    bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct Shelf {
    packages: BTreeMap<String, BTreeMap<String, Version>>,
    tags: BTreeMap<String, BTreeMap<String, String>>,
    full_only: bool,
    knobs: Knobs,
}

impl NpmUpstream {
    /// A registry that holds these releases; `latest` points to the one named last.
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

    /// The address of the registry, with the slash at its end.
    pub fn url(&self) -> String {
        format!("{}/", self.server.url())
    }

    /// Adds a release, at any time.
    pub fn publish(&self, release: &Release) {
        let version = Version {
            manifest: archive::npm_manifest(release),
            time: self.calendar.days_ago(release.days).to_string().replace('Z', ".000Z"),
            bytes: archive::npm(release),
        };
        let mut shelf = open(&self.shelf);
        shelf.packages.entry(release.name.clone()).or_default().insert(release.version.clone(), version);
        shelf.tags.entry(release.name.clone()).or_default().insert("latest".to_owned(), release.version.clone());
    }

    /// Points a tag to a version.
    pub fn tag(&self, package: &str, tag: &str, version: &str) {
        open(&self.shelf).tags.entry(package.to_owned()).or_default().insert(tag.to_owned(), version.to_owned());
    }

    /// Sets what the registry says beyond the least.
    pub fn set(&self, knobs: Knobs) {
        open(&self.shelf).knobs = knobs;
    }

    /// Knows no shortened documents.
    pub fn set_full_only(&self, full_only: bool) {
        open(&self.shelf).full_only = full_only;
    }

    /// Puts other bytes in place of a file, with digests to match.
    pub fn replace_file(&self, package: &str, version: &str, bytes: &[u8]) {
        if let Some(version) = open(&self.shelf).packages.get_mut(package).and_then(|versions| versions.get_mut(version)) {
            version.bytes = bytes.to_vec();
        }
    }

    /// The bytes of a file.
    pub fn file(&self, package: &str, version: &str) -> Vec<u8> {
        let shelf = open(&self.shelf);
        shelf
            .packages
            .get(package)
            .and_then(|versions| versions.get(version))
            .map(|version| version.bytes.clone())
            .unwrap_or_default()
    }
}

fn open(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(shelf: &Shelf, request: &Request) -> Reply {
    let path = request.path.trim_start_matches('/').replace("%2f", "/").replace("%2F", "/");
    if let Some(what) = path.strip_prefix("-/") {
        return service(what);
    }
    let host = request.header("host").unwrap_or_default();
    if let Some((package, file)) = path.split_once("/-/") {
        return download(shelf, package, file);
    }
    let Some(versions) = shelf.packages.get(&path) else { return Reply::status(404, "{\"error\":\"Not found\"}") };
    let tags = shelf.tags.get(&path).cloned().unwrap_or_default();
    let short = request.header("accept").is_some_and(|accept| accept.contains(ABBREVIATED)) && !shelf.full_only;
    let document = document(&path, host, versions, &tags, short, shelf.knobs);
    Reply::ok(if short { ABBREVIATED } else { "application/json" }, document.to_string())
        .header("vary", "Accept")
        .tagged(shelf.knobs.etag)
}

fn service(what: &str) -> Reply {
    match what {
        "ping" => Reply::ok("application/json", "{}"),
        "npm/v1/security/advisories/bulk" => Reply::ok("application/json", "{}"),
        "npm/v1/keys" => Reply::ok("application/json", "{\"keys\":[]}"),
        _ => Reply::not_found(),
    }
}

fn document(
    name: &str,
    host: &str,
    versions: &BTreeMap<String, Version>,
    tags: &BTreeMap<String, String>,
    short: bool,
    knobs: Knobs,
) -> Value {
    let manifests: Map<String, Value> =
        versions.iter().map(|(number, version)| (number.clone(), manifest(name, host, number, version))).collect();
    let mut document = json!({"name": name, "dist-tags": tags, "versions": manifests});
    let mut times: Map<String, Value> =
        versions.iter().map(|(number, version)| (number.clone(), version.time.clone().into())).collect();
    let newest = versions.values().map(|version| version.time.clone()).max().unwrap_or_default();
    if let Some(fields) = document.as_object_mut() {
        if short {
            fields.insert("modified".to_owned(), newest.into());
        } else {
            fields.insert("_id".to_owned(), name.into());
            fields.insert("readme".to_owned(), "# made up".into());
            if knobs.times {
                times.insert("modified".to_owned(), newest.into());
                fields.insert("time".to_owned(), times.into());
            }
        }
    }
    document
}

fn manifest(name: &str, host: &str, number: &str, version: &Version) -> Value {
    let mut manifest = version.manifest.clone();
    let plain = name.rsplit('/').next().unwrap_or(name);
    if let Some(fields) = manifest.as_object_mut() {
        let dist = json!({
            "tarball": format!("http://{host}/{name}/-/{plain}-{number}.tgz"), "integrity": integrity(&version.bytes),
            "shasum": sha1_of(&version.bytes), "fileCount": 2, "unpackedSize": version.bytes.len(),
        });
        fields.insert("_id".to_owned(), format!("{name}@{number}").into());
        fields.insert("dist".to_owned(), dist);
    }
    manifest
}

/// npm's form of a digest: `sha512-` and base64.
pub fn integrity(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("sha512-");
    for group in sha2::Sha512::digest(bytes).chunks(3) {
        let number = group.iter().chain(&[0; 3]).take(3).fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
        for place in 0..4 {
            let letter = LETTERS.get(number >> (18 - 6 * place) & 63).copied().unwrap_or_default();
            text.push(if place > group.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

fn sha1_of(bytes: &[u8]) -> String {
    hex::encode(sha1::Sha1::digest(bytes))
}

fn download(shelf: &Shelf, package: &str, file: &str) -> Reply {
    let plain = package.rsplit('/').next().unwrap_or(package);
    let number = file.strip_suffix(".tgz").and_then(|file| file.strip_prefix(plain)).and_then(|rest| rest.strip_prefix('-'));
    let found = number.and_then(|number| shelf.packages.get(package)?.get(number));
    found.map_or_else(Reply::not_found, |version| Reply::ok("application/octet-stream", version.bytes.clone()))
}

/// verdaccio, filled through `npm publish`.
#[derive(Debug)]
pub struct Verdaccio {
    _server: Running,
    folder: Scratch,
    port: u16,
    token: String,
}

impl Verdaccio {
    /// Starts one and publishes these releases; nothing when verdaccio was left out.
    ///
    /// # Panics
    /// When it does not start or refuses a package.
    pub fn start(releases: &[Release]) -> Option<Self> {
        let program = partners::require("verdaccio")?;
        let folder = Scratch::new();
        let config = folder.write(
            "config.yaml",
            "storage: ./storage\nauth:\n  htpasswd:\n    file: ./htpasswd\nuplinks: {}\npackages:\n  '**':\n    access: $all\n    publish: $authenticated\n\
             web:\n  enable: false\nlog: { type: stdout, format: pretty, level: warn }\n",
        );
        let port = ports::free();
        let mut command = program.command();
        command.arg("--config").arg(config).args(["--listen", &format!("127.0.0.1:{port}")]);
        command.env("HOME", folder.path()).current_dir(folder.path());
        let mut server = Running::start("verdaccio", &mut command);
        let url = format!("http://127.0.0.1:{port}");
        server.wait_until("answer", |_| http::is_up(&format!("{url}/-/ping")));
        let token = sign_up(&url);
        let running = Self { _server: server, folder, port, token };
        for release in releases {
            running.publish(release);
        }
        Some(running)
    }

    /// Publishes a release with the real npm.
    ///
    /// # Panics
    /// When npm cannot publish it.
    pub fn publish(&self, release: &Release) {
        let Some(npm) = partners::require("npm") else { return };
        let project = format!("projects/{}-{}", release.name, release.version);
        self.folder.write(format!("{project}/package.json"), archive::npm_manifest(release).to_string());
        self.folder.write(format!("{project}/index.js"), format!("module.exports = {:?};\n", release.line));
        let settings = format!("registry={0}\n//127.0.0.1:{1}/:_authToken={2}\n", self.url(), self.port, self.token);
        self.folder.write(format!("{project}/.npmrc"), settings);
        let mut command = npm.command();
        command.args(["publish", "--no-update-notifier"]).env("HOME", self.folder.path()).env("TMPDIR", self.folder.path());
        let ended = process::run(command.current_dir(self.folder.join(project)));
        assert!(ended.is_good(), "npm publish: {}", ended.stderr);
    }

    /// The address of the registry, with the slash at its end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// The token of its one user.
    pub fn token(&self) -> &str {
        &self.token
    }
}

/// Makes a user, as `npm adduser` does, and gives its token.
fn sign_up(url: &str) -> String {
    let who =
        json!({"name": "tester", "password": "not-a-secret-1", "email": "tester@example.org", "type": "user", "roles": []});
    let ask = Ask::new("PUT", &format!("{url}/-/user/org.couchdb.user:tester")).header("content-type", "application/json");
    let answer = ask.body(who.to_string()).answer();
    assert_eq!(answer.status, 201, "verdaccio makes a user: {}", answer.text());
    answer.json().get("token").and_then(Value::as_str).unwrap_or_default().to_owned()
}
