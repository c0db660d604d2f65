//! cargo-http-registry as the official index: a real server that takes crates, keeps them in git, and serves them.

use std::path::{Path, PathBuf};

use crate::process::Running;
use crate::scratch::Scratch;
use crate::upstream::cargo::prefix;
use crate::upstream::server::{Reply, Request, Server};
use crate::{http, partners, ports};

/// A running cargo-http-registry that holds nothing. It takes any token, and a version as often as it is sent.
#[derive(Debug)]
pub struct HttpRegistry {
    _server: Running,
    index: Server,
    folder: Scratch,
    port: u16,
}

impl HttpRegistry {
    /// Starts one; nothing when cargo-http-registry was left out.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start() -> Option<Self> {
        let program = partners::require("cargo-http-registry")?;
        let folder = Scratch::new();
        let port = ports::free();
        let mut command = program.command();
        command.arg(folder.folder("crates")).args(["--addr", &format!("127.0.0.1:{port}")]);
        command.env("HOME", folder.path()).current_dir(folder.path());
        let mut server = Running::start("cargo-http-registry", &mut command);
        let config = format!("http://127.0.0.1:{port}/crates/config.json");
        server.wait_until("answer", |_| http::is_up(&config));
        let root = folder.join("crates");
        let index = Server::start(Box::new(move |request| file(&root, request)));
        Some(Self { _server: server, index, folder, port })
    }

    /// The address of its index: the folder it keeps, served file by file, is a sparse one. By itself it answers 405 to what
    /// it does not have, where an index has to say 404.
    pub fn index(&self) -> String {
        format!("{}/", self.index.url())
    }

    /// The base of its web API.
    pub fn api(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The bytes it keeps for a version.
    pub fn file(&self, name: &str, version: &str) -> Option<Vec<u8>> {
        std::fs::read(self.root().join(format!("{name}-{version}.crate"))).ok()
    }

    /// The lines of its index for a crate, one for each time it took a version.
    pub fn lines(&self, name: &str) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.root().join(prefix(name)).join(name)).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn root(&self) -> PathBuf {
        self.folder.join("crates")
    }
}

/// A file of the folder, or 404.
fn file(root: &Path, request: &Request) -> Reply {
    let path = request.path.trim_start_matches('/');
    if path.split('/').any(|part| part.starts_with('.')) {
        return Reply::not_found();
    }
    std::fs::read(root.join(path)).map_or_else(|_| Reply::not_found(), |bytes| Reply::ok("text/plain", bytes))
}
