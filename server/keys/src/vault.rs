//! The vault: secrets others gave us, sealed at rest, opened only for the moment they are used.

use std::fmt;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use openssl::sha::sha256;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::{KeysError, at};
use crate::file::{Lock, keys_dir, write_atomically};
use crate::limits::{SECRET_BYTES_MAX, VAULT_FILE_BYTES_MAX};
use crate::master::MasterSecret;
use crate::seal::{Sealed, Use};

/// The version written and read.
const VERSION: u32 = 1;

/// Secrets under names, one file each below `DIR/keys/vault`, so that whoever copies the keys copies them too.
pub struct Vault<'a> {
    dir: &'a Path,
    master: &'a MasterSecret,
}

/// A file of the vault.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VaultFile {
    /// The version of this format.
    #[serde(rename = "vetmoot-vault")]
    version: u32,
    name: String,
    secret: Sealed,
}

impl fmt::Debug for Vault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(not shown)")
    }
}

impl<'a> Vault<'a> {
    pub(crate) fn new(dir: &'a Path, master: &'a MasterSecret) -> Self {
        Self { dir, master }
    }

    /// Puts a secret in under a name, in place of the one before it. Spaces and line ends around it are left out.
    ///
    /// # Errors
    /// [`KeysError::BadSecret`] when it is empty, too long, or could not stand in a header.
    pub fn put(&self, name: &str, secret: &str) -> Result<(), KeysError> {
        let secret = secret.trim();
        let fine = !secret.is_empty() && secret.len() <= SECRET_BYTES_MAX && secret.bytes().all(|byte| byte.is_ascii_graphic());
        if !fine {
            return Err(KeysError::BadSecret);
        }
        let sealed = Sealed::seal_for(Use::Vault, self.master, name.as_bytes(), secret.as_bytes())?;
        let file = VaultFile { version: VERSION, name: name.to_owned(), secret: sealed };
        let _lock = Lock::take(self.dir)?;
        let folder = self.folder();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(at(&folder))?;
        let text = serde_json::to_vec(&file).expect("texts and a number can be written as JSON");
        write_atomically(&self.path(name), &text)
    }

    /// Opens the secret under a name; it is wiped from memory when dropped.
    ///
    /// # Errors
    /// [`KeysError::NoSecret`] when there is none, [`KeysError::Damaged`] when its file was changed or moved.
    pub fn open(&self, name: &str) -> Result<Zeroizing<String>, KeysError> {
        let path = self.path(name);
        let damaged = |cause: &str| KeysError::Damaged { path: path.clone(), cause: cause.to_owned() };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(KeysError::NoSecret { name: name.to_owned() });
            }
            Err(error) => return Err(at(&path)(error)),
        };
        let mut text = Vec::new();
        file.take(VAULT_FILE_BYTES_MAX).read_to_end(&mut text).map_err(at(&path))?;
        // What the reader would say quotes what it read.
        let read: VaultFile = serde_json::from_slice(&text).map_err(|_| damaged("it is not as it was written"))?;
        if read.version != VERSION {
            return Err(damaged("its version is not known"));
        }
        if read.name != name {
            return Err(damaged("it holds another secret"));
        }
        let opened = read.secret.open_for(Use::Vault, self.master, name.as_bytes());
        let opened = opened.ok_or_else(|| damaged("it does not open under this master secret"))?;
        let text = std::str::from_utf8(&opened).map_err(|_| damaged("it holds no text"))?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// Removes the secret under a name; answers whether there was one.
    pub fn remove(&self, name: &str) -> Result<bool, KeysError> {
        let path = self.path(name);
        let _lock = Lock::take(self.dir)?;
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(at(&path)(error)),
        }
    }

    fn folder(&self) -> PathBuf {
        keys_dir(self.dir).join("vault")
    }

    /// The file of a name: a digest says nothing about it and fits every file system.
    fn path(&self, name: &str) -> PathBuf {
        self.folder().join(format!("{}.json", HEXLOWER.encode(&sha256(name.as_bytes()))))
    }
}
