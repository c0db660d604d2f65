//! A stand-in for the official Python index: the legacy upload with its refusals, the simple index, and files.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::TOKEN;
use super::desk::{Desk, Point};
use crate::packages::Calendar;
use crate::upstream::pypi::JSON;
use crate::upstream::server::{Reply, Request, Server};
use crate::upstream::sha256;

/// Days after which a release takes no new files.
const OLD_DAYS: i64 = 14;

/// The type of a provenance object (PEP 740).
const PROVENANCE: &str = "application/vnd.pypi.integrity.v1+json";

/// A running stand-in.
#[derive(Debug)]
pub struct OfficialPypi {
    /// The server behind it.
    pub server: Server,
    /// Where its uploads arrive.
    pub desk: Arc<Desk>,
    shelf: Arc<Mutex<Vec<File>>>,
}

#[derive(Debug, Clone)]
struct File {
    project: String,
    version: String,
    name: String,
    bytes: Vec<u8>,
    days: i64,
    fields: BTreeMap<String, Vec<String>>,
}

impl File {
    /// The attestations it came with.
    fn attested(&self) -> Option<Value> {
        serde_json::from_str(self.fields.get("attestations")?.first()?).ok()
    }
}

impl OfficialPypi {
    /// Starts one that holds nothing.
    pub fn start() -> Self {
        let (desk, shelf) = (Arc::<Desk>::default(), Arc::<Mutex<Vec<File>>>::default());
        let (at, store) = (Arc::clone(&desk), Arc::clone(&shelf));
        let server = Server::start(Box::new(move |request| answer(&at, &store, request)));
        Self { server, desk, shelf }
    }

    /// The address of its index.
    pub fn index(&self) -> String {
        format!("{}/simple/", self.server.url())
    }

    /// The address of its upload form.
    pub fn upload(&self) -> String {
        format!("{}/legacy/", self.server.url())
    }

    /// Puts a file there that came so many days ago.
    pub fn seed(&self, project: &str, version: &str, name: &str, bytes: &[u8], days: i64) {
        let file = File {
            project: project.to_owned(),
            version: version.to_owned(),
            name: name.to_owned(),
            bytes: bytes.to_vec(),
            days,
            fields: BTreeMap::new(),
        };
        open(&self.shelf).push(file);
    }

    /// The bytes it serves under a file name.
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        open(&self.shelf).iter().find(|file| file.name == name).map(|file| file.bytes.clone())
    }

    /// The form fields a file came with.
    pub fn fields(&self, name: &str) -> BTreeMap<String, Vec<String>> {
        open(&self.shelf).iter().find(|file| file.name == name).map(|file| file.fields.clone()).unwrap_or_default()
    }
}

fn open(shelf: &Mutex<Vec<File>>) -> MutexGuard<'_, Vec<File>> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

fn normal(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}

fn answer(desk: &Desk, shelf: &Mutex<Vec<File>>, request: &Request) -> Reply {
    if request.path == "/legacy/" && request.method == "POST" {
        return upload(desk, shelf, request);
    }
    if let Some(project) = request.path.strip_prefix("/simple/") {
        desk.pass(Point::Look);
        return page(&open(shelf), project.trim_end_matches('/'), request.header("host").unwrap_or_default());
    }
    if let Some(name) = request.path.strip_prefix("/files/") {
        desk.pass(Point::Download);
        let found = open(shelf).iter().find(|file| file.name == name).map(|file| file.bytes.clone());
        return found.map_or_else(Reply::not_found, |bytes| Reply::ok("application/octet-stream", bytes));
    }
    if let Some(name) = request.path.strip_prefix("/integrity/") {
        let attested = open(shelf).iter().find(|file| file.name == name).and_then(File::attested);
        return attested.map_or_else(Reply::not_found, |attested| {
            let bundle = json!({"publisher": {"kind": "Made up"}, "attestations": attested});
            Reply::ok(PROVENANCE, json!({"version": 1, "attestation_bundles": [bundle]}).to_string())
        });
    }
    Reply::not_found()
}

fn page(shelf: &[File], project: &str, host: &str) -> Reply {
    let calendar = Calendar::of_the_machine();
    let files: Vec<Value> = shelf
        .iter()
        .filter(|file| file.project == project)
        .map(|file| {
            let provenance = file.attested().map(|_| format!("http://{host}/integrity/{}", file.name));
            json!({
                "filename": file.name, "url": format!("http://{host}/files/{}", file.name), "hashes": {"sha256": sha256(&file.bytes)},
                "size": file.bytes.len(), "upload-time": calendar.days_ago(file.days).to_string(), "yanked": false,
                "provenance": provenance,
            })
        })
        .collect();
    if files.is_empty() {
        return Reply::not_found();
    }
    let versions: Vec<&str> = shelf.iter().filter(|file| file.project == project).map(|file| file.version.as_str()).collect();
    let page = json!({"meta": {"api-version": "1.1"}, "name": project, "files": files, "versions": versions});
    Reply::ok(JSON, page.to_string())
}

/// A refusal as the official index writes it: the reason is in the page's title.
fn refusal(status: u16, words: &str) -> Reply {
    let page = format!(
        "<html>\n <head>\n  <title>{status} {words}</title>\n </head>\n <body>\n  <h1>{status} {words}</h1>\n </body>\n</html>"
    );
    Reply { status, ..Reply::ok("text/html; charset=UTF-8", page) }
}

fn upload(desk: &Desk, shelf: &Mutex<Vec<File>>, request: &Request) -> Reply {
    let token = data_encoding::BASE64.encode(format!("__token__:{TOKEN}").as_bytes());
    if request.header("authorization") != Some(format!("Basic {token}").as_str()) {
        return refusal(403, "Invalid or non-existent authentication information.");
    }
    let Some(form) = form(request) else { return refusal(400, "Bad Request: no form") };
    let text = |key: &str| form.fields.get(key).and_then(|values| values.first()).cloned().unwrap_or_default();
    if text(":action") != "file_upload" || text("sha256_digest") != sha256(&form.bytes) {
        return refusal(400, "Bad Request: the digest supplied does not match a digest calculated from the uploaded file.");
    }
    let (project, version) = (normal(&text("name")), text("version"));
    desk.receive(
        &form.name,
        &form.bytes,
        |words| refusal(200, words),
        |other| {
            let mut shelf = open(shelf);
            if shelf.iter().any(|file| file.name == form.name) {
                return Err(refusal(400, &format!("File already exists ('{}', with blake2_256 hash '00').", form.name)));
            }
            if shelf.iter().any(|file| file.project == project && file.version == version && file.days > OLD_DAYS) {
                return Err(refusal(400, "Uploading new files to releases older than 14 days is not permitted."));
            }
            let bytes = if other { [form.bytes.as_slice(), b"more"].concat() } else { form.bytes.clone() };
            let (name, fields) = (form.name.clone(), form.fields.clone());
            shelf.push(File { project, version, name, bytes, days: 0, fields });
            Ok(Reply::ok("text/plain", ""))
        },
    )
}

struct Form {
    fields: BTreeMap<String, Vec<String>>,
    name: String,
    bytes: Vec<u8>,
}

/// Reads a form by its boundary (RFC 7578), as far as uploads need.
fn form(request: &Request) -> Option<Form> {
    let boundary = request.header("content-type")?.split_once("boundary=")?.1.trim_matches('"').to_owned();
    let mark = format!("--{boundary}");
    let mut rest = request.body.as_slice();
    let mut form = Form { fields: BTreeMap::new(), name: String::new(), bytes: Vec::new() };
    rest = rest.strip_prefix(mark.as_bytes())?;
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let end = position(part, format!("\r\n{mark}").as_bytes())?;
        let (part, next) = part.split_at_checked(end)?;
        let gap = position(part, b"\r\n\r\n")?;
        let (head, content) = part.split_at_checked(gap)?;
        let (head, content) = (String::from_utf8_lossy(head).into_owned(), content.get(4..)?);
        let named = |key: &str| Some(head.split_once(&format!(" {key}=\""))?.1.split('"').next()?.to_owned());
        match (named("name"), named("filename")) {
            (Some(_), Some(file)) => (form.name, form.bytes) = (file, content.to_vec()),
            (Some(name), None) => {
                form.fields.entry(name).or_default().push(String::from_utf8_lossy(content).into_owned());
            }
            _ => return None,
        }
        rest = next.get(2 + mark.len()..)?;
    }
    (rest.starts_with(b"--") && !form.name.is_empty()).then_some(form)
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
