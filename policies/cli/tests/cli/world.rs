//! A folder with a project in it, and the command run there.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use vetmoot_domain::Ecosystem;
use vetmoot_ecosystems::Upstream;

/// A temporary project.
pub struct World {
    folder: TempDir,
}

/// What one run printed and how it ended.
#[derive(Debug)]
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

impl World {
    /// A project with a lock file of four releases, a feed that audits two of them, and an advisory about a third.
    pub fn new() -> Self {
        let world = Self { folder: TempDir::new().unwrap() };
        world.write(
            "Cargo.lock",
            &lock(&[("alpha", "1.0.0", 'a'), ("beta", "2.1.0", 'b'), ("gamma", "0.3.0", 'c'), ("delta", "4.0.0", 'd')]),
        );
        world.write("feeds/friends/audits.toml", FEED);
        // The schema calls the ecosystem by the host of its index, which is spelled out nowhere here.
        world.write("advisories/MOOT-2026-1.json", &ADVISORY.replace("RUST", &["crates", "io"].join(".")));
        world
    }
    /// Writes a file, folders included.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    /// Writes a file of bytes, folders included.
    pub fn write_bytes(&self, path: &str, bytes: &[u8]) {
        self.write(path, "");
        std::fs::write(self.folder.path().join(path), bytes).unwrap();
    }
    /// Reads a file of bytes.
    pub fn read_bytes(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join(path)).unwrap()
    }
    /// Reads a file.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(path)).unwrap()
    }
    /// Removes a file.
    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.folder.path().join(path)).unwrap();
    }
    /// Runs `vetmoot` with these words.
    pub fn run(&self, words: &str) -> Run {
        run_in(self.folder.path(), words)
    }
    /// Runs and compares exit code and standard output whole.
    pub fn check(&self, words: &str, code: i32, expected: &str) {
        let run = self.run(words);
        let lines: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let got: Vec<&str> = run.stdout.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert_eq!((got, run.code), (lines, code), "vetmoot {words}\n{}", run.stderr);
    }
    /// Runs and looks for a text on standard error.
    pub fn fails(&self, words: &str, code: i32, expected: &str) {
        let run = self.run(words);
        assert!(run.stderr.contains(expected), "vetmoot {words}\nexpected {expected}\n     got {}", run.stderr);
        assert_eq!(run.code, code, "vetmoot {words}\n{}", run.stderr);
    }
}

/// Runs `vetmoot` in a folder.
pub fn run_in(folder: &Path, words: &str) -> Run {
    let output =
        Command::new(env!("CARGO_BIN_EXE_vetmoot")).args(words.split_whitespace()).current_dir(folder).output().unwrap();
    Run {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

/// A `Cargo.lock` of these releases and the project itself; each checksum is one digit repeated.
pub fn lock(releases: &[(&str, &str, char)]) -> String {
    let official = Upstream::official(Ecosystem::Cargo);
    let mut text = String::from("version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n");
    for (name, version, digit) in releases {
        let checksum = digit.to_string().repeat(64);
        let entry = ["\n[[package]]", &format!("name = \"{name}\""), &format!("version = \"{version}\"")].join("\n");
        text.push_str(&entry);
        let pinned = format!("\nsource = \"sparse+{official}\"\nchecksum = \"{checksum}\"\n");
        text.push_str(&pinned);
    }
    text
}

/// Audits of `alpha` (full) and `beta` (full and delta), and a violation of `delta`.
pub const FEED: &str = r#"
[[audits.alpha]]
who = "Ada <ada@mail.example>"
criteria = "safe-to-deploy"
version = "1.0.0"

[[audits.beta]]
who = "Ada <ada@mail.example>"
criteria = "safe-to-deploy"
version = "2.0.0"

[[audits.beta]]
who = ["Ada <ada@mail.example>", "Ben"]
criteria = "safe-to-deploy"
delta = "2.0.0 -> 2.1.0"

[[audits.delta]]
who = "Ben"
criteria = "safe-to-deploy"
violation = ">=4"
notes = "It sends the environment away."
"#;

const ADVISORY: &str = r#"{
  "id": "MOOT-2026-1", "modified": "2026-01-02T00:00:00Z", "published": "2026-01-01T00:00:00Z",
  "summary": "gamma forgets its bounds",
  "affected": [{ "package": { "ecosystem": "RUST", "name": "gamma" },
    "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0.0.0-0" }, { "fixed": "0.4.0" }] }] }]
}"#;
