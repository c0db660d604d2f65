//! A stand-in for the official npm registry: publishing, staging with an approval, packuments and tarballs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use super::TOKEN;
use super::desk::{Desk, Point};
use crate::upstream::server::{Reply, Request, Server};

/// A running stand-in.
#[derive(Debug)]
pub struct OfficialNpm {
    /// The server behind it.
    pub server: Server,
    /// Where its uploads arrive.
    pub desk: Arc<Desk>,
    shelf: Arc<Mutex<Shelf>>,
}

#[derive(Debug, Default)]
struct Shelf {
    packuments: BTreeMap<String, Value>,
    tarballs: BTreeMap<String, Vec<u8>>,
    attachments: BTreeMap<String, Value>,
    staged: BTreeMap<String, (Value, Vec<u8>)>,
    ids: u32,
}

impl OfficialNpm {
    /// Starts one that holds nothing.
    pub fn start() -> Self {
        let (desk, shelf) = (Arc::<Desk>::default(), Arc::<Mutex<Shelf>>::default());
        let (at, store) = (Arc::clone(&desk), Arc::clone(&shelf));
        let server = Server::start(Box::new(move |request| answer(&at, &store, request)));
        Self { server, desk, shelf }
    }

    /// Its address, with the slash at its end.
    pub fn url(&self) -> String {
        format!("{}/", self.server.url())
    }

    /// The tarball it serves for a version.
    pub fn file(&self, name: &str, version: &str) -> Option<Vec<u8>> {
        open(&self.shelf).tarballs.get(&format!("{name}@{version}")).cloned()
    }

    /// The packument of a package.
    pub fn packument(&self, name: &str) -> Value {
        open(&self.shelf).packuments.get(name).cloned().unwrap_or_default()
    }

    /// What came beside the tarball under this name.
    pub fn attachment(&self, name: &str) -> Option<Value> {
        open(&self.shelf).attachments.get(name).cloned()
    }

    /// The ids of what waits for an approval.
    pub fn staged(&self) -> Vec<String> {
        open(&self.shelf).staged.keys().cloned().collect()
    }

    /// A person approves, with a second factor.
    ///
    /// # Panics
    /// When nothing of this id waits.
    pub fn approve(&self, id: &str) {
        let mut shelf = open(&self.shelf);
        let (document, tarball) = shelf.staged.remove(id).expect("something of this id waits");
        put(&mut shelf, &document, tarball);
    }

    /// A person rejects.
    pub fn reject(&self, id: &str) {
        open(&self.shelf).staged.remove(id);
    }
}

fn open(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

fn error(status: u16, words: &str) -> Reply {
    Reply { status, ..Reply::ok("application/json", json!({"error": words}).to_string()) }
}

fn answer(desk: &Desk, shelf: &Mutex<Shelf>, request: &Request) -> Reply {
    let path = request.path.trim_start_matches('/').replace("%2f", "/").replace("%2F", "/");
    let allowed = request.header("authorization") == Some(format!("Bearer {TOKEN}").as_str());
    let wants_more = request.method != "GET" || path.starts_with("-/stage");
    if wants_more && !allowed {
        return error(401, "Unauthorized");
    }
    match request.method.as_str() {
        "POST" => match path.strip_prefix("-/stage/package/") {
            Some(_) => publish(desk, shelf, request, true),
            None => error(404, "Not Found"),
        },
        "PUT" => {
            let document: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            if document.get("_attachments").and_then(Value::as_object).is_some_and(|all| !all.is_empty()) {
                publish(desk, shelf, request, false)
            } else {
                replace(&mut open(shelf), document)
            }
        }
        "GET" if path == "-/stage" => stages(&open(shelf), &request.query),
        "GET" if path.starts_with("-/stage/") => match open(shelf).staged.get(path.trim_start_matches("-/stage/")) {
            Some(_) => Reply::ok("application/json", json!({"state": "waiting"}).to_string()),
            None => error(404, "Not Found"),
        },
        "GET" if path.contains("/-/") => {
            desk.pass(Point::Download);
            tarball(&open(shelf), &path)
        }
        "GET" => {
            desk.pass(Point::Look);
            let host = request.header("host").unwrap_or_default();
            packument(&open(shelf), &path, host)
        }
        _ => error(405, "Method Not Allowed"),
    }
}

fn publish(desk: &Desk, shelf: &Mutex<Shelf>, request: &Request, stages: bool) -> Reply {
    let document: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let Some((name, version, bytes)) = parts(&document) else { return error(400, "the document has another form") };
    desk.receive(
        &format!("{name} {version}"),
        &bytes,
        |words| error(200, words),
        |other| {
            let mut shelf = open(shelf);
            if shelf.tarballs.contains_key(&format!("{name}@{version}")) {
                return Err(error(403, &format!("You cannot publish over the previously published versions: {version}.")));
            }
            let kept = if other { [bytes.as_slice(), b"more"].concat() } else { bytes.clone() };
            if stages {
                shelf.ids += 1;
                let id = format!("00000000-0000-4000-8000-{:012}", shelf.ids);
                shelf.staged.insert(id.clone(), (document.clone(), kept));
                return Ok(Reply { status: 201, ..Reply::ok("application/json", json!({"stageId": id}).to_string()) });
            }
            put(&mut shelf, &document, kept);
            Ok(Reply { status: 201, ..Reply::ok("application/json", json!({"ok": "created"}).to_string()) })
        },
    )
}

/// Name, version and tarball of a publish document.
fn parts(document: &Value) -> Option<(String, String, Vec<u8>)> {
    let name = document.get("name")?.as_str()?.to_owned();
    let version = document.get("versions")?.as_object()?.keys().next()?.clone();
    let attached = document.get("_attachments")?.as_object()?.get(&format!("{name}-{version}.tgz"))?;
    let bytes = data_encoding::BASE64.decode(attached.get("data")?.as_str()?.as_bytes()).ok()?;
    let length = attached.get("length")?.as_u64()?;
    (u64::try_from(bytes.len()).ok()? == length).then_some((name, version, bytes))
}

fn put(shelf: &mut Shelf, document: &Value, tarball: Vec<u8>) {
    let Some((name, version, _)) = parts(document) else { return };
    let packument = shelf
        .packuments
        .entry(name.clone())
        .or_insert_with(|| json!({"_id": name, "name": name, "dist-tags": {}, "versions": {}, "time": {}}));
    for part in ["versions", "dist-tags"] {
        let news = document.get(part).and_then(Value::as_object).cloned().unwrap_or_default();
        if let Some(old) = packument.get_mut(part).and_then(Value::as_object_mut) {
            old.extend(news);
        }
    }
    if let Some(attached) = document.get("_attachments").and_then(Value::as_object) {
        let others = attached.iter().filter(|(file, _)| file.strip_suffix(".tgz").is_none());
        shelf.attachments.extend(others.map(|(file, content)| (file.clone(), content.clone())));
    }
    shelf.tarballs.insert(format!("{name}@{version}"), tarball);
}

/// A packument put back: only what is said about versions changes.
fn replace(shelf: &mut Shelf, document: Value) -> Reply {
    let name = document.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    if !shelf.packuments.contains_key(&name) {
        return error(404, "Not Found");
    }
    shelf.packuments.insert(name, document);
    Reply { status: 201, ..Reply::ok("application/json", json!({"ok": "updated"}).to_string()) }
}

fn packument(shelf: &Shelf, name: &str, host: &str) -> Reply {
    let Some(mut packument) = shelf.packuments.get(name).cloned() else { return error(404, "Not Found") };
    if let Some(versions) = packument.get_mut("versions").and_then(Value::as_object_mut) {
        for (version, manifest) in versions {
            let last = name.rsplit('/').next().unwrap_or(name);
            let url = format!("http://{host}/{name}/-/{last}-{version}.tgz");
            if let Some(dist) = manifest.get_mut("dist").and_then(Value::as_object_mut) {
                dist.insert("tarball".to_owned(), url.into());
            }
        }
    }
    Reply::ok("application/json", packument.to_string())
}

fn tarball(shelf: &Shelf, path: &str) -> Reply {
    let Some((name, file)) = path.split_once("/-/") else { return error(404, "Not Found") };
    let last = name.rsplit('/').next().unwrap_or(name);
    let version = file.strip_prefix(&format!("{last}-")).and_then(|rest| rest.strip_suffix(".tgz")).unwrap_or_default();
    let found = shelf.tarballs.get(&format!("{name}@{version}"));
    found.map_or_else(|| error(404, "Not Found"), |bytes| Reply::ok("application/octet-stream", bytes.clone()))
}

fn stages(shelf: &Shelf, query: &str) -> Reply {
    let wanted = query.split('&').find_map(|pair| pair.strip_prefix("package=")).unwrap_or_default();
    let wanted = wanted.replace("%40", "@").replace("%2F", "/");
    let items: Vec<Value> = shelf
        .staged
        .iter()
        .filter_map(|(id, (document, kept))| {
            let (name, version, _) = parts(document)?;
            (wanted.is_empty() || name == wanted).then(|| {
                let mut item = Map::new();
                item.insert("id".to_owned(), id.as_str().into());
                item.insert("packageName".to_owned(), name.into());
                item.insert("version".to_owned(), version.into());
                item.insert("shasum".to_owned(), hex::encode(openssl::sha::sha1(kept)).into());
                Value::Object(item)
            })
        })
        .collect();
    Reply::ok("application/json", json!({"total": items.len(), "items": items}).to_string())
}
