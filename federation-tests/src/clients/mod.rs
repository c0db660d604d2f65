//! Real package managers, each in a clean home of its own, with what they print made comparable.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{self, Ended};
use crate::scratch::Scratch;
use crate::upstream::sha256;

pub mod cargo;
pub mod npm;
pub mod pip;
pub mod pnpm;
mod said;
pub mod twine;
pub mod uv;

pub use said::Names;

/// A project of one package manager: a folder with its set-up, and a home that nothing else has touched.
#[derive(Debug)]
pub struct Project {
    scratch: Scratch,
    program: Program,
    homes: usize,
    names: Names,
}

/// Variables that name an index.
const NAMES_OF_INDEXES: [&str; 2] = ["PIP_INDEX_URL", "UV_DEFAULT_INDEX"];

/// Variables that tell programs which certificates and which proxy to use.
const NETWORK: [&str; 12] = [
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
    "CURL_CA_BUNDLE",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// How a package manager is started in a home.
type Start = dyn Fn(&Path) -> Command;

struct Program(Box<Start>);

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Program")
    }
}

impl Project {
    fn new(start: impl Fn(&Path) -> Command + 'static) -> Self {
        let scratch = Scratch::new();
        scratch.folder("project");
        scratch.folder("home-0/tmp");
        let names = Names::default().with(&scratch.path().display().to_string(), "~");
        Self { scratch, program: Program(Box::new(start)), homes: 0, names }
    }

    /// In golden texts an address is called so: `http://127.0.0.1:1234` becomes `http://instance`.
    #[must_use]
    pub fn calling(mut self, address: &str, name: &str) -> Self {
        let address = address.trim_end_matches('/');
        let (scheme, host) = address.split_once("://").unwrap_or(("http", address));
        self.names = self.names.with(address, &format!("{scheme}://{name}")).with(host, name);
        self
    }

    /// The folder of the project.
    pub fn folder(&self) -> PathBuf {
        self.scratch.join("project")
    }

    /// Writes a file of the project.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        self.scratch.write(Path::new("project").join(name), content);
        self
    }

    /// Reads a file of the project; nothing when it is not there.
    pub fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.folder().join(name)).ok()
    }

    /// Removes a file or a folder of the project, where it is there.
    pub fn remove(&self, name: &str) {
        let path = self.folder().join(name);
        let _ = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    }

    /// The names of the files in a folder of the project, sorted.
    pub fn files(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder().join(folder)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// SHA-256 of a file of the project.
    ///
    /// # Panics
    /// When it is not there.
    pub fn digest(&self, name: &str) -> String {
        sha256(&std::fs::read(self.folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}")))
    }

    /// From now on nothing names an index, and the machine's own way to the network is used.
    #[must_use]
    pub fn with_the_machines_network(mut self) -> Self {
        let start = self.program.0;
        self.program = Program(Box::new(move |home| {
            let mut command = start(home);
            for name in NAMES_OF_INDEXES {
                command.env_remove(name);
            }
            for (name, value) in std::env::vars().filter(|(name, _)| NETWORK.contains(&name.as_str())) {
                command.env(name, value);
            }
            command
        }));
        self
    }

    /// From now on this variable stands in the program's environment.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        let (start, name, value) = (self.program.0, name.to_owned(), value.to_owned());
        self.program = Program(Box::new(move |home| {
            let mut command = start(home);
            command.env(&name, &value);
            command
        }));
        self
    }

    /// From now on a new home, without anything the package manager kept.
    pub fn forget_everything_kept(&mut self) {
        self.homes += 1;
        self.scratch.folder(format!("home-{}/tmp", self.homes));
    }

    /// Runs the package manager to its end.
    pub fn run(&self, args: &[&str]) -> Said {
        let home = self.scratch.join(format!("home-{}", self.homes));
        let mut command = (self.program.0)(&home);
        command.args(args).current_dir(self.folder());
        let ended = process::run(&mut command);
        let names = self.names.clone().with(&format!("home-{}", self.homes), "home");
        Said { ended, names }
    }
}

/// What a package manager did and said.
#[derive(Debug, Clone)]
pub struct Said {
    /// Exit code and both streams as they came.
    pub ended: Ended,
    names: Names,
}

impl Said {
    /// Whether it ended with 0.
    pub fn is_good(&self) -> bool {
        self.ended.is_good()
    }

    /// Expects that it ended with 0.
    ///
    /// # Panics
    /// When it did not; what it said is in the message.
    #[track_caller]
    pub fn good(self) -> Self {
        assert!(self.is_good(), "it should have worked:\n{}", self.golden());
        self
    }

    /// Expects that it failed.
    ///
    /// # Panics
    /// When it did not; what it said is in the message.
    #[track_caller]
    pub fn bad(self) -> Self {
        assert!(!self.is_good(), "it should have failed:\n{}", self.golden());
        self
    }

    /// Everything it said, comparable between runs: exit code, standard output, standard error.
    pub fn golden(&self) -> String {
        let code = self.ended.code.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
        let stream = |name: &str, stream: &str| {
            let stream = self.names.plain(stream);
            if stream.trim().is_empty() { String::new() } else { format!("-- {name}\n{}\n", stream.trim_end()) }
        };
        format!("exit {code}\n{}{}", stream("stdout", &self.ended.stdout), stream("stderr", &self.ended.stderr))
    }

    /// Both streams as they came, for a look at single words.
    pub fn text(&self) -> String {
        format!("{}{}", self.ended.stdout, self.ended.stderr)
    }
}
