//! Key files: one an owner, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use data_encoding::HEXLOWER;
use openssl::sha::sha256;
use serde::{Deserialize, Serialize};
use vetmoot_domain::Timestamp;

use crate::error::{KeysError, at};
use crate::limits::KEY_FILE_BYTES_MAX;
use crate::owner::{KeyOwner, Purpose};
use crate::seal::Sealed;
use crate::token::random_id_128;

/// A key file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyFile {
    /// The version of this format.
    #[serde(rename = "vetmoot-keys")]
    pub(crate) version: u32,
    pub(crate) owner: String,
    /// Oldest first.
    pub(crate) keys: Vec<StoredKey>,
}

/// A key in its file.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredKey {
    pub(crate) serial: u32,
    pub(crate) purpose: Purpose,
    /// A multikey, or PEM.
    pub(crate) public: String,
    pub(crate) from: Timestamp,
    pub(crate) until: Option<Timestamp>,
    /// The private half in PKCS #8; gone once the key is retired.
    pub(crate) secret: Option<Sealed>,
}

/// The version written and read.
pub(crate) const VERSION: u32 = 1;

impl StoredKey {
    /// What the secret is sealed together with, so that it opens at its own place alone.
    pub(crate) fn about(&self, owner: &KeyOwner) -> Vec<u8> {
        let name = owner.as_str();
        // The length tells where the name ends, whatever it holds.
        format!("{}:{name}\n{}\n{}\n{}", name.len(), self.serial, self.purpose.as_str(), self.public).into_bytes()
    }
}

/// The folder of key files.
pub(crate) fn keys_dir(dir: &Path) -> PathBuf {
    dir.join("keys")
}

/// The file of an owner; its name says nothing about the owner and fits every file system.
pub(crate) fn key_path(dir: &Path, owner: &KeyOwner) -> PathBuf {
    let digest = HEXLOWER.encode(&sha256(owner.as_str().as_bytes()));
    keys_dir(dir).join(format!("{digest}.json"))
}

/// The file that tells the right master secret from others; it lies there since the first start.
pub(crate) fn check_path(dir: &Path) -> PathBuf {
    keys_dir(dir).join("check")
}

/// What tells one version of a file from the next without reading it.
pub(crate) type Stamp = (Option<SystemTime>, u64);

/// The stamp of a file; `None` when there is none.
pub(crate) fn stamp(path: &Path) -> Result<Option<Stamp>, KeysError> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some((found.modified().ok(), found.len()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

/// Reads the file of an owner.
pub(crate) fn read(path: &Path, owner: &KeyOwner) -> Result<KeyFile, KeysError> {
    let mut text = String::new();
    let file = File::open(path).map_err(at(path))?;
    file.take(KEY_FILE_BYTES_MAX).read_to_string(&mut text).map_err(at(path))?;
    let damaged = |cause: String| KeysError::Damaged { path: path.to_owned(), cause };
    let read: KeyFile = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
    if read.version != VERSION {
        return Err(damaged(format!("version {} is not known", read.version)));
    }
    if read.owner != owner.as_str() {
        return Err(damaged("it is about another owner".to_owned()));
    }
    Ok(read)
}

/// Writes a file so that a crash leaves either the old or the new one; only its owner can read it.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    let fresh = path.with_extension(format!("{}.new", HEXLOWER.encode(&random_id_128()?)));
    let written = write_new(&fresh, bytes).and_then(|()| fs::rename(&fresh, path).map_err(at(path)));
    if written.is_err() {
        // Best effort: what failed above is what the caller hears about.
        let _ = fs::remove_file(&fresh);
        return written;
    }
    let Some(parent) = path.parent() else { return Ok(()) };
    // A renamed file is only safe once its folder is.
    File::open(parent).and_then(|folder| folder.sync_all()).map_err(at(parent))
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(at(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(at(path))
}

/// Holds other processes off the key files until dropped.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock of `DIR/keys`, making the folder if needed, for its owner alone.
    pub(crate) fn take(dir: &Path) -> Result<Self, KeysError> {
        let keys = keys_dir(dir);
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&keys).map_err(at(&keys))?;
        let path = keys.join("lock");
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(at(&path))?;
        file.lock().map_err(at(&path))?;
        Ok(Self { _file: file })
    }
}
