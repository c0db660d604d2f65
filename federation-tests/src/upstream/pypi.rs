//! Python indexes: pypiserver as it comes, and one of our own that speaks JSON and HTML.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::server::{Reply, Request, Server};
use super::{Knobs, archive, sha256};
use crate::packages::{Calendar, Release};
use crate::process::Running;
use crate::scratch::Scratch;
use crate::{http, partners, ports};

/// The type of a page in JSON.
pub const JSON: &str = "application/vnd.pypi.simple.v1+json";

/// The type of a page in HTML.
pub const HTML: &str = "application/vnd.pypi.simple.v1+html";

/// An index of our own.
#[derive(Debug)]
pub struct PypiUpstream {
    /// The server behind it.
    pub server: Server,
    shelf: Arc<Mutex<Shelf>>,
    calendar: Calendar,
}

/// One file of a release.
#[derive(Debug, Clone)]
struct File {
    name: String,
    version: String,
    bytes: Vec<u8>,
    metadata: Option<String>,
    time: String,
    yanked: Value,
}

#[derive(Debug, Default)]
struct Shelf {
    projects: BTreeMap<String, Vec<File>>,
    knobs: Knobs,
    html_only: bool,
}

impl PypiUpstream {
    /// An index that holds these releases, each as a wheel and a source distribution.
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

    /// The address of the index, with the slash at its end.
    pub fn url(&self) -> String {
        format!("{}/simple/", self.server.url())
    }

    /// Adds a release, at any time.
    pub fn publish(&self, release: &Release) {
        let (wheel, sdist) = (archive::wheel(release), archive::sdist(release));
        self.publish_file(release, &wheel.0, wheel.1, Some(archive::core_metadata(release)));
        self.publish_file(release, &sdist.0, sdist.1, None);
    }

    /// Adds one file of a release.
    pub fn publish_file(&self, release: &Release, name: &str, bytes: Vec<u8>, metadata: Option<String>) {
        // The official index gives microseconds, which readers must not stumble over.
        let time = self.calendar.days_ago(release.days).to_string().replace('Z', ".123456Z");
        let file =
            File { name: name.to_owned(), version: release.version.clone(), bytes, metadata, time, yanked: Value::Bool(false) };
        open(&self.shelf).projects.entry(release.name.clone()).or_default().push(file);
    }

    /// Sets what the index says beyond the least.
    pub fn set(&self, knobs: Knobs) {
        open(&self.shelf).knobs = knobs;
    }

    /// Speaks HTML alone, whatever is asked for.
    pub fn set_html_only(&self, html_only: bool) {
        open(&self.shelf).html_only = html_only;
    }

    /// Yanks one file, with a reason.
    pub fn yank(&self, file: &str, reason: &str) {
        self.with_file(file, |file| file.yanked = reason.into());
    }

    /// Puts other bytes in place of a file, with digests to match.
    pub fn replace_file(&self, file: &str, bytes: &[u8]) {
        self.with_file(file, |file| file.bytes = bytes.to_vec());
    }

    /// The bytes of a file.
    pub fn file(&self, name: &str) -> Vec<u8> {
        let shelf = open(&self.shelf);
        shelf.projects.values().flatten().find(|file| file.name == name).map(|file| file.bytes.clone()).unwrap_or_default()
    }

    fn with_file(&self, name: &str, change: impl Fn(&mut File)) {
        open(&self.shelf).projects.values_mut().flatten().filter(|file| file.name == name).for_each(change);
    }
}

fn open(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(shelf: &Shelf, request: &Request) -> Reply {
    if let Some(name) = request.path.strip_prefix("/files/") {
        return download(shelf, name);
    }
    let Some(project) = request.path.strip_prefix("/simple/").and_then(|path| path.strip_suffix('/')) else {
        return Reply::not_found();
    };
    let Some(files) = shelf.projects.get(project) else { return Reply::not_found() };
    let wants_json = request.header("accept").is_some_and(|accept| accept.contains(JSON)) && !shelf.html_only;
    let reply = if wants_json {
        Reply::ok(JSON, json_page(project, files, shelf.knobs))
    } else {
        Reply::ok(HTML, html_page(project, files))
    };
    reply.header("vary", "Accept").tagged(shelf.knobs.etag)
}

fn download(shelf: &Shelf, name: &str) -> Reply {
    let find = |name: &str| shelf.projects.values().flatten().find(|file| file.name == name);
    if let Some(file) = find(name) {
        return Reply::ok("application/octet-stream", file.bytes.clone());
    }
    let metadata = name.strip_suffix(".metadata").and_then(find).and_then(|file| file.metadata.clone());
    metadata.map_or_else(Reply::not_found, |metadata| Reply::ok("text/plain", metadata))
}

fn json_page(project: &str, files: &[File], knobs: Knobs) -> String {
    let mut versions: Vec<&str> = files.iter().map(|file| file.version.as_str()).collect();
    versions.dedup();
    let entries: Vec<Value> = files.iter().map(|file| json_entry(file, knobs)).collect();
    json!({"meta": {"api-version": "1.4"}, "name": project, "versions": versions, "files": entries}).to_string()
}

fn json_entry(file: &File, knobs: Knobs) -> Value {
    let mut entry = json!({
        "filename": file.name, "url": format!("../../files/{}", file.name), "hashes": {"sha256": sha256(&file.bytes)}, "size": file.bytes.len(),
        "requires-python": ">=3.8", "yanked": file.yanked,
        "core-metadata": file.metadata.as_ref().map_or(Value::Bool(false), |metadata| json!({"sha256": sha256(metadata.as_bytes())})),
    });
    if let Some(fields) = entry.as_object_mut().filter(|_| knobs.times) {
        fields.insert("upload-time".to_owned(), file.time.clone().into());
    }
    entry
}

fn html_page(project: &str, files: &[File]) -> String {
    let link = |file: &File| {
        let yanked = file.yanked.as_str().map_or_else(String::new, |reason| format!(" data-yanked=\"{reason}\""));
        let digest = sha256(&file.bytes);
        format!(
            "<a href=\"../../files/{0}#sha256={digest}\" data-requires-python=\"&gt;=3.8\"{yanked}>{0}</a><br>\n",
            file.name
        )
    };
    let links: String = files.iter().map(link).collect();
    format!(
        "<!DOCTYPE html>\n<html><head><meta name=\"pypi:repository-version\" content=\"1.0\"><title>{project}</title></head><body>\n{links}</body></html>\n"
    )
}

/// pypiserver, serving a folder of files: HTML alone, no tag, no times.
#[derive(Debug)]
pub struct PypiServer {
    _server: Running,
    folder: Scratch,
    port: u16,
    calendar: Calendar,
}

impl PypiServer {
    /// Starts one with these releases as wheels; nothing when pypiserver was left out.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(calendar: Calendar, releases: &[Release]) -> Option<Self> {
        let program = partners::require("pypiserver")?;
        let folder = Scratch::new();
        let packages = folder.folder("packages");
        let port = ports::free();
        let mut command = program.command();
        command.env("HOME", folder.path()).current_dir(folder.path());
        command
            .args(["run", "-p", &port.to_string(), "-i", "127.0.0.1", "-a", ".", "-P", ".", "--disable-fallback"])
            .arg(packages);
        let mut server = Running::start("pypiserver", &mut command);
        let url = format!("http://127.0.0.1:{port}/simple/");
        server.wait_until("answer", |_| http::is_up(&url));
        let running = Self { _server: server, folder, port, calendar };
        for release in releases {
            running.publish(release);
        }
        Some(running)
    }

    /// Adds a release as a wheel; its file is as old as the release, which pypiserver tells in `Last-Modified`.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub fn publish(&self, release: &Release) {
        let (name, bytes) = archive::wheel(release);
        let path = self.folder.write(format!("packages/{name}"), bytes);
        let seconds = u64::try_from(self.calendar.days_ago(release.days).seconds()).unwrap_or_default();
        let file = std::fs::File::options().append(true).open(path).expect("the file was just written");
        file.set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).expect("the file is ours");
    }

    /// The address of the index, with the slash at its end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/simple/", self.port)
    }

    /// The address of its upload form.
    pub fn upload(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// The bytes it keeps under a file name.
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.folder.join(format!("packages/{name}"))).ok()
    }
}
