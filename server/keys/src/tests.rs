//! Keys on disk and in use.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod at_rest;
mod checkpoints;
mod jws;
mod oracle;
mod rotation;
mod secrets;
mod tokens;
mod vault;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use vetmoot_domain::Timestamp;

use crate::{KeyOwner, Keyring, MasterSecret};

/// A moment, as text.
fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn ada() -> KeyOwner {
    KeyOwner::new("users/ada")
}

fn open(dir: &Path) -> Keyring {
    Keyring::open(dir, MasterSecret::ensure_in(dir).unwrap()).unwrap()
}

fn keyring() -> (TempDir, Keyring) {
    let dir = TempDir::new().unwrap();
    let keyring = open(dir.path());
    (dir, keyring)
}

/// The one key file in a folder.
fn key_file(dir: &Path) -> PathBuf {
    let files = fs::read_dir(dir.join("keys")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    assert_eq!(files.len(), 1);
    files.remove(0)
}
