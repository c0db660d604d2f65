//! Carrying blobs to another folder and back, for backups; each is compared with its name on the way in.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use vetmoot_domain::{Digest, Digests};

use super::{BlobError, BlobStore, blocking, digest_of, name};
use crate::limits::COPY_BYTES;

/// What was carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Copied {
    /// Blobs.
    pub blobs: u64,
    /// Bytes.
    pub bytes: u64,
    /// Blobs that were to be carried and are not here; they can be fetched again.
    pub missing: u64,
}

impl BlobStore {
    /// Copies these blobs into a folder, in the same layout.
    pub async fn copy_into(&self, folder: &Path, wanted: &[[u8; 32]]) -> Result<Copied, BlobError> {
        let mut copied = Copied::default();
        for sha256 in wanted {
            let (from, to) = (self.path_of(sha256), folder.join(name(sha256)));
            match blocking(move || copy(&from, &to)).await? {
                Some(bytes) => {
                    copied.blobs += 1;
                    copied.bytes += bytes;
                }
                None => copied.missing += 1,
            }
        }
        Ok(copied)
    }

    /// Takes every blob of such a folder in; one whose bytes are not those its name says is an error.
    pub async fn take_from(&self, folder: &Path) -> Result<Copied, BlobError> {
        let mut copied = Copied::default();
        for (sha256, path) in list(folder.to_owned()).await? {
            let mut writer = self.writer().await?;
            let mut file = Some(File::open(&path).map_err(|error| BlobError::io(&path, error))?);
            while let Some(open) = file.take() {
                let at = path.clone();
                let (piece, open) = blocking(move || next_piece(open, &at)).await?;
                if !piece.is_empty() {
                    writer.write(piece).await?;
                    file = Some(open);
                }
            }
            let stored = writer.commit(&Digests::of(Digest::Sha256(sha256)), None).await?;
            copied.blobs += 1;
            copied.bytes += stored.size;
        }
        Ok(copied)
    }
}

/// Copies one file durably; none when it is not there.
fn copy(from: &Path, to: &Path) -> Result<Option<u64>, BlobError> {
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent).map_err(|error| BlobError::io(parent, error))?;
    }
    match std::fs::copy(from, to) {
        Ok(bytes) => {
            let file = File::open(to).map_err(|error| BlobError::io(to, error))?;
            file.sync_all().map_err(|error| BlobError::io(to, error))?;
            Ok(Some(bytes))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(BlobError::io(to, error)),
    }
}

fn next_piece(mut file: File, path: &Path) -> Result<(Bytes, File), BlobError> {
    let mut piece = vec![0; COPY_BYTES];
    let got = file.read(&mut piece).map_err(|error| BlobError::io(path, error))?;
    piece.truncate(got);
    Ok((Bytes::from(piece), file))
}

/// The blobs of a folder, by their names.
async fn list(folder: PathBuf) -> Result<Vec<([u8; 32], PathBuf)>, BlobError> {
    blocking(move || {
        let mut found = Vec::new();
        let top = folder.join("sha256");
        if !top.exists() {
            return Ok(found);
        }
        for level in entries(&top)? {
            for path in entries(&level)? {
                let relative = path.strip_prefix(&folder).ok().and_then(Path::to_str).unwrap_or_default();
                if let Some(sha256) = digest_of(&object_store::path::Path::from(relative)) {
                    found.push((sha256, path));
                }
            }
        }
        found.sort();
        Ok(found)
    })
    .await
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, BlobError> {
    let read = std::fs::read_dir(folder).map_err(|error| BlobError::io(folder, error))?;
    read.map(|entry| entry.map(|entry| entry.path()).map_err(|error| BlobError::io(folder, error))).collect()
}
