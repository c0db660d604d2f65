//! The one secret everything else is sealed under.

use std::fmt;
use std::fs;
use std::path::Path;

use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use crate::error::{KeysError, at};
use crate::file::{Lock, check_path, stamp, write_atomically};
use crate::limits::{MASTER_BYTES_MAX, MASTER_BYTES_MIN, TOKEN_BYTES};
use crate::token::random;

/// The file the secret lies in when none is configured.
const MASTER_FILE: &str = "master.key";

/// The secret keys are sealed under; it is wiped from memory when dropped and never shown.
pub struct MasterSecret(Zeroizing<Vec<u8>>);

impl fmt::Debug for MasterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterSecret(not shown)")
    }
}

impl MasterSecret {
    /// A configured secret: any text of at least 32 bytes, spaces and line ends around it apart. It should be random,
    /// such as the text of a `master.key` made here.
    pub fn configured(text: &str) -> Result<Self, KeysError> {
        let secret = text.trim();
        if secret.len() < MASTER_BYTES_MIN || secret.len() > MASTER_BYTES_MAX {
            return Err(KeysError::MasterLength);
        }
        Ok(Self(Zeroizing::new(secret.as_bytes().to_vec())))
    }
    /// The secret in a file the operator provides, such as a credential of the service manager; who else can read it
    /// is the operator's business.
    pub fn from_file(path: &Path) -> Result<Self, KeysError> {
        Self::configured(&Zeroizing::new(fs::read_to_string(path).map_err(at(path))?))
    }
    /// The secret in `DIR/master.key`, made on first use, readable by its owner alone.
    ///
    /// # Errors
    /// It is missing although there are keys, or others can read it.
    pub fn ensure_in(dir: &Path) -> Result<Self, KeysError> {
        let path = dir.join(MASTER_FILE);
        let _lock = Lock::take(dir)?;
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(at(&path)(error)),
            Ok(_) => return Self::load(&path),
        }
        // Keys were sealed already, under this file when it was there or under a configured secret.
        if stamp(&check_path(dir))?.is_some() {
            return Err(KeysError::MasterMissing { path });
        }
        let text = Zeroizing::new(format!("{}\n", BASE64URL_NOPAD.encode(&*Zeroizing::new(random::<TOKEN_BYTES>()?))));
        write_atomically(&path, text.as_bytes())?;
        Self::configured(&text)
    }
    fn load(path: &Path) -> Result<Self, KeysError> {
        if is_exposed(path)? {
            return Err(KeysError::MasterExposed { path: path.to_owned() });
        }
        Self::from_file(path)
    }
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(unix)]
fn is_exposed(path: &Path) -> Result<bool, KeysError> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(path).map_err(at(path))?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &Path) -> Result<bool, KeysError> {
    Ok(false)
}
