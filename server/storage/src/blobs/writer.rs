//! Writing a blob: to a file of its own first, hashing on the way, into its place when it is proven and on disk.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use object_store::ObjectStoreExt as _;
use object_store::path::Path as Key;
use sha2::Digest as _;
use vetmoot_domain::{Digest, Digests};

use super::{BlobError, BlobStore, INCOMING, Stored, blocking, key};

/// Tells the files of this process apart; the process's number tells them from others'.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A blob while it is written. Dropped before its commit, it leaves nothing.
#[derive(Debug)]
pub struct BlobWriter {
    store: BlobStore,
    temp: Temp,
    state: Option<State>,
}

/// The file under `tmp/`, removed when it is dropped.
#[derive(Debug)]
struct Temp {
    path: PathBuf,
    name: String,
}

impl Drop for Temp {
    fn drop(&mut self) {
        // After a commit the file has moved away, and there is nothing to remove.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[derive(Debug)]
struct State {
    file: File,
    sha256: sha2::Sha256,
    sha512: sha2::Sha512,
    sha1: sha1::Sha1,
    size: u64,
}

impl State {
    fn take_in(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.file.write_all(bytes)?;
        self.sha256.update(bytes);
        self.sha512.update(bytes);
        self.sha1.update(bytes);
        self.size += u64::try_from(bytes.len()).unwrap_or(0);
        Ok(())
    }

    fn finish(self) -> (File, Stored) {
        let sha256: [u8; 32] = self.sha256.finalize().into();
        let sha512: [u8; 64] = self.sha512.finalize().into();
        let digests = Digests { sha256: Some(sha256), sha512: Some(Box::new(sha512)) };
        (self.file, Stored { sha256, digests, sha1: self.sha1.finalize().into(), size: self.size })
    }
}

impl BlobWriter {
    pub(super) async fn begin(store: BlobStore) -> Result<Self, BlobError> {
        let folder = store.folder().join(INCOMING);
        let (file, temp) = blocking(move || {
            let name = format!("{}-{}.part", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            let path = folder.join(&name);
            let file =
                OpenOptions::new().write(true).create_new(true).open(&path).map_err(|error| BlobError::io(&path, error))?;
            // The lock says that somebody writes; it goes with the process, however that ends (see `sweep`).
            file.lock().map_err(|error| BlobError::io(&path, error))?;
            Ok((file, Temp { path, name }))
        })
        .await?;
        let state = State { file, sha256: sha2::Sha256::new(), sha512: sha2::Sha512::new(), sha1: sha1::Sha1::new(), size: 0 };
        Ok(Self { store, temp, state: Some(state) })
    }

    /// The file as it grows; what [`BlobWriter::write`] has returned from can be read there until the commit.
    pub fn path(&self) -> &Path {
        &self.temp.path
    }

    /// How many bytes were written so far.
    pub fn written(&self) -> u64 {
        self.state.as_ref().map_or(0, |state| state.size)
    }

    /// Adds bytes at the end.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.write_owned(Bytes::copy_from_slice(bytes)).await
    }

    /// Adds bytes at the end, without copying them.
    pub async fn write_owned(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        // A write that fails, or whose caller goes away, takes the state with it: the writer is given up.
        let mut state = self.state.take().ok_or(BlobError::GivenUp)?;
        let path = self.temp.path.clone();
        let state = blocking(move || match state.take_in(&bytes) {
            Ok(()) => Ok(state),
            Err(error) => Err(BlobError::io(&path, error)),
        });
        self.state = Some(state.await?);
        Ok(())
    }

    /// Compares what was written with what was expected, and moves it into its place, durably.
    ///
    /// Every digest given has to agree; with none given, the bytes are taken as they are. A blob that is here already
    /// stays as it is. On an error nothing is left.
    pub async fn commit(mut self, expected: &Digests, expected_sha1: Option<&[u8; 20]>) -> Result<Stored, BlobError> {
        let (file, stored) = self.state.take().ok_or(BlobError::GivenUp)?.finish();
        check(&stored, expected, expected_sha1)?;
        if self.store.has(&stored.sha256).await? == Some(stored.size) {
            self.store.stored(&stored.sha256, stored.size);
            return Ok(stored);
        }
        let path = self.temp.path.clone();
        // The bytes have to be on disk before their name is, or a power cut could leave a name with other bytes.
        let file = blocking(move || file.sync_all().map(|()| file).map_err(|error| BlobError::io(&path, error))).await?;
        let from = Key::from(format!("{INCOMING}/{}", self.temp.name));
        self.store.0.objects.rename(&from, &key(&stored.sha256)).await?;
        drop(file);
        self.store.stored(&stored.sha256, stored.size);
        Ok(stored)
    }

    /// Gives the blob up; nothing is left of it.
    pub fn abort(self) {
        drop(self);
    }
}

fn check(stored: &Stored, expected: &Digests, expected_sha1: Option<&[u8; 20]>) -> Result<(), BlobError> {
    let mismatch =
        |expected: String, got: String| BlobError::Mismatch { expected, got, seen: Box::new(stored.digests.clone()) };
    for digest in expected.iter() {
        let got = stored.digests.iter().find(|got| got.algorithm() == digest.algorithm());
        if got.as_ref() != Some(&digest) {
            return Err(mismatch(digest.to_string(), got.as_ref().map_or_else(String::new, Digest::to_string)));
        }
    }
    match expected_sha1 {
        Some(sha1) if *sha1 != stored.sha1 => {
            Err(mismatch(format!("sha1:{}", hex::encode(sha1)), format!("sha1:{}", hex::encode(stored.sha1))))
        }
        _ => Ok(()),
    }
}

/// Removes the files of writers that are gone; a file that somebody writes is locked, and stays.
pub(super) fn sweep(folder: &Path) -> Result<(), BlobError> {
    let entries = std::fs::read_dir(folder).map_err(|error| BlobError::io(folder, error))?;
    for entry in entries {
        let path = entry.map_err(|error| BlobError::io(folder, error))?.path();
        let Ok(file) = File::open(&path) else { continue };
        if file.try_lock().is_ok() {
            std::fs::remove_file(&path).map_err(|error| BlobError::io(&path, error))?;
            tracing::info!(path = %path.display(), "removed what a writer that is gone had left");
        }
    }
    Ok(())
}
