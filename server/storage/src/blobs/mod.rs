//! Blobs: bytes under their SHA-256, in a folder now, on any object store later; names never touch a path.
//!
//! A blob lies at `sha256/ab/cdef...` and is there whole or not at all: it is written to a file of its own under
//! `tmp/`, hashed on the way, and moved into place once its digest is the expected one and its bytes are on disk.

mod error;
mod prune;
mod transfer;
mod usage;
mod writer;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _};
use vetmoot_domain::{Digests, Timestamp};

use crate::store::Store;

pub use error::BlobError;
pub use prune::Compared;
pub use transfer::Copied;
pub use usage::{Usage, kept, pin, unpin, usage};
pub use writer::{BlobWriter, Hashes};

/// Where files lie while they are written.
const INCOMING: &str = "tmp";

/// The blob store; cheap to clone.
#[derive(Debug, Clone)]
pub struct BlobStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    objects: Arc<dyn ObjectStore>,
    folder: PathBuf,
    store: Store,
    /// What happened to blobs and does not stand in the database yet.
    news: Mutex<HashMap<[u8; 32], News>>,
    /// Whether folder and table were compared since the start.
    compared: AtomicBool,
}

/// What happened to a blob.
#[derive(Debug, Clone, Copy, Default)]
struct News {
    /// It was stored, with this size.
    size: Option<u64>,
    /// It was used at this moment.
    used: Option<Timestamp>,
}

/// A blob that was written: the digests that were taken, and its size in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The SHA-256, its name.
    pub sha256: [u8; 32],
    /// Every strong digest.
    pub digests: Digests,
    /// The SHA-1 where it was taken, for indexes that give nothing better; it identifies nothing here.
    pub sha1: Option<[u8; 20]>,
    /// The size in bytes.
    pub size: u64,
}

/// A blob to be served: its file, open, so that it can be read to the end whatever happens to its name.
#[derive(Debug)]
pub struct OpenBlob {
    /// Where the file lies.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// The file, open for reading.
    pub file: std::fs::File,
}

impl BlobStore {
    /// Opens the store in a folder, makes it when it is not there, and sweeps what a killed writer left.
    ///
    /// Bytes are served from the folder alone; `store` keeps what pruning has to know.
    pub async fn in_folder(folder: &Path, store: Store) -> Result<Self, BlobError> {
        let folder = folder.to_owned();
        let opened = blocking(move || {
            std::fs::create_dir_all(folder.join(INCOMING)).map_err(|error| BlobError::io(&folder, error))?;
            let folder = folder.canonicalize().map_err(|error| BlobError::io(&folder, error))?;
            writer::sweep(&folder.join(INCOMING))?;
            let objects = LocalFileSystem::new_with_prefix(&folder).map_err(BlobError::from)?.with_fsync(true);
            Ok((Arc::new(objects) as Arc<dyn ObjectStore>, folder))
        });
        let (objects, folder) = opened.await?;
        Ok(Self(Arc::new(Inner { objects, folder, store, news: Mutex::default(), compared: AtomicBool::new(false) })))
    }

    /// A writer for a new blob that takes every digest.
    pub async fn writer(&self) -> Result<BlobWriter, BlobError> {
        self.writer_taking(Hashes::All).await
    }

    /// A writer for a new blob that takes these digests.
    pub async fn writer_taking(&self, hashes: Hashes) -> Result<BlobWriter, BlobError> {
        BlobWriter::begin(self.clone(), hashes).await
    }

    /// Writes bytes that are at hand; answers their SHA-256.
    pub async fn put(&self, bytes: Bytes) -> Result<[u8; 32], BlobError> {
        let mut writer = self.writer_taking(Hashes::Sha256).await?;
        writer.write(bytes).await?;
        Ok(writer.commit(&Digests::default(), None).await?.sha256)
    }

    /// The blob, open to be served; none when it is not here. Counts as a use at `now`.
    pub async fn open(&self, sha256: &[u8; 32], now: Timestamp) -> Result<Option<OpenBlob>, BlobError> {
        let path = self.path_of(sha256);
        let opened = blocking(move || match std::fs::File::open(&path) {
            Ok(file) => {
                let size = file.metadata().map_err(|error| BlobError::io(&path, error))?.len();
                Ok(Some(OpenBlob { path, size, file }))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(BlobError::io(&path, error)),
        });
        let found = opened.await?;
        if found.is_some() {
            self.touch(sha256, now);
        }
        Ok(found)
    }

    /// The whole blob in memory, for documents; none when it is not here.
    pub async fn read(&self, sha256: &[u8; 32]) -> Result<Option<Bytes>, BlobError> {
        match self.0.objects.get(&key(sha256)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The bytes of a blob from `from` on, piece by piece; none when it is not here.
    pub async fn stream(
        &self,
        sha256: &[u8; 32],
        from: u64,
    ) -> Result<Option<BoxStream<'static, Result<Bytes, BlobError>>>, BlobError> {
        let options = GetOptions { range: (from > 0).then_some(GetRange::Offset(from)), ..GetOptions::default() };
        match self.0.objects.get_opts(&key(sha256), options).await {
            Ok(found) => Ok(Some(Box::pin(found.into_stream().map_err(BlobError::from)))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the blob is here, and its size in bytes.
    pub async fn has(&self, sha256: &[u8; 32]) -> Result<Option<u64>, BlobError> {
        match self.0.objects.head(&key(sha256)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads a blob and compares it with its name; true when they agree, none when it is not here.
    pub async fn verify(&self, sha256: &[u8; 32]) -> Result<Option<bool>, BlobError> {
        let Some(mut pieces) = self.stream(sha256, 0).await? else { return Ok(None) };
        let mut hash = <sha2::Sha256 as sha2::Digest>::new();
        while let Some(piece) = pieces.try_next().await? {
            sha2::Digest::update(&mut hash, &piece);
        }
        let got: [u8; 32] = sha2::Digest::finalize(hash).into();
        Ok(Some(got == *sha256))
    }

    /// Notes that a blob was used; [`BlobStore::write_down`] tells the database of many at once.
    pub fn touch(&self, sha256: &[u8; 32], now: Timestamp) {
        self.0.news.lock().unwrap_or_else(PoisonError::into_inner).entry(*sha256).or_default().used = Some(now);
    }

    fn stored(&self, sha256: &[u8; 32], size: u64) {
        self.0.news.lock().unwrap_or_else(PoisonError::into_inner).entry(*sha256).or_default().size = Some(size);
    }

    /// Where the store lies.
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    fn path_of(&self, sha256: &[u8; 32]) -> PathBuf {
        self.0.folder.join(name(sha256))
    }

    async fn remove(&self, sha256: &[u8; 32]) -> Result<bool, BlobError> {
        match self.0.objects.delete(&key(sha256)).await {
            Ok(()) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// `sha256/ab/cdef...`: two levels, so that no folder grows beyond what file systems like.
fn name(sha256: &[u8; 32]) -> String {
    let hex = hex::encode(sha256);
    let (first, rest) = hex.split_at_checked(2).unwrap_or((&hex, ""));
    format!("sha256/{first}/{rest}")
}

fn key(sha256: &[u8; 32]) -> Key {
    Key::from(name(sha256))
}

/// The digest a key of the store stands for; none for anything else in the folder.
fn digest_of(key: &Key) -> Option<[u8; 32]> {
    let mut parts = key.as_ref().strip_prefix("sha256/")?.split('/');
    let (first, rest) = (parts.next()?, parts.next()?);
    if parts.next().is_some() || first.len() != 2 {
        return None;
    }
    hex::decode(format!("{first}{rest}")).ok()?.try_into().ok()
}

/// Runs what waits for the disk where nothing else waits for it.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, BlobError> + Send + 'static) -> Result<T, BlobError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| BlobError::Io { what: "the blob store".to_owned(), cause: std::io::Error::other(error) })?
}

#[cfg(test)]
mod tests;
