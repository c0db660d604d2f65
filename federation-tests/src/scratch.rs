//! Folders that vanish with the test that made them.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder of a test; `VETMOOT_KEEP` in the environment keeps it for a look afterwards.
#[derive(Debug)]
pub struct Scratch {
    folder: Option<TempDir>,
    path: PathBuf,
}

impl Scratch {
    /// A new empty folder.
    ///
    /// # Panics
    /// When the machine has no room for one.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("vetmoot-").tempdir().expect("a temporary folder can be made");
        let path = fs::canonicalize(folder.path()).expect("the folder was just made");
        if std::env::var_os("VETMOOT_KEEP").is_some() {
            eprintln!("kept: {}", folder.keep().display());
            return Self { folder: None, path };
        }
        Self { folder: Some(folder), path }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A path below it.
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file below it, with its folders.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).expect("a folder of the test can be made");
        }
        fs::write(&path, content).expect("a file of the test can be written");
        path
    }

    /// Makes a folder below it.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn folder(&self, name: impl AsRef<Path>) -> PathBuf {
        let path = self.join(name);
        fs::create_dir_all(&path).expect("a folder of the test can be made");
        path
    }

    /// Lets any user of the machine pass through, as a database that runs as another user needs.
    ///
    /// # Panics
    /// When the right cannot be given.
    pub fn open_to_all(&self) {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&self.path, fs::Permissions::from_mode(0o755)).expect("rights of the test's folder can be set");
    }

    /// Whether it goes away with this value.
    pub fn is_temporary(&self) -> bool {
        self.folder.is_some()
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}
