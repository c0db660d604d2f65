//! The lock file that is meant, read.

use std::path::{Path, PathBuf};

use vetmoot_ecosystems::lock::{self, LockFile};

use crate::Ctx;
use crate::exit::Failure;
use crate::limits::DOCUMENT_BYTES_MAX;

/// The names looked for where none is given.
const NAMES: [&str; 5] = ["Cargo.lock", "uv.lock", "requirements.txt", "package-lock.json", "npm-shrinkwrap.json"];

/// A lock file with its path.
pub(crate) struct Lock {
    pub path: PathBuf,
    pub file: LockFile,
}

impl Lock {
    /// Reads the named lock file, or the only one that stands in this folder.
    pub(crate) fn read(given: Option<&Path>, ctx: &Ctx) -> Result<Self, Failure> {
        let path = match given {
            Some(path) => path.to_owned(),
            None => only_one()?,
        };
        let bytes = ctx.fetcher.file(&path, DOCUMENT_BYTES_MAX)?;
        let file = lock::read(&path.to_string_lossy(), &bytes)
            .map_err(|error| Failure::Lock { place: path.display().to_string(), error })?;
        Ok(Self { path, file })
    }

    /// The file's name without folders.
    pub(crate) fn name(&self) -> String {
        self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned()
    }

    /// Where the baseline of this lock file stands.
    pub(crate) fn baseline(&self) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(".vetmoot").join("baseline.toml")
    }
}

fn only_one() -> Result<PathBuf, Failure> {
    let found: Vec<&str> = NAMES.into_iter().filter(|name| Path::new(name).is_file()).collect();
    match found.as_slice() {
        [only] => Ok(PathBuf::from(only)),
        [] => Err(Failure::Usage(format!("there is no lock file here ({}); name one", NAMES.join(", ")))),
        several => Err(Failure::Usage(format!("several lock files stand here ({}); name one", several.join(", ")))),
    }
}
