//! Writing a blob: to a file of its own first, hashing on the way, into its place when it is proven and on disk.
//!
//! Bytes are gathered into flights. While one flight is written and hashed on threads that may block, the next one is
//! gathered, so that receiving, hashing and the disk do not wait for each other.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use object_store::ObjectStoreExt as _;
use object_store::path::Path as Key;
use sha2::Digest as _;
use tokio::task::JoinHandle;
use vetmoot_domain::{Digest, Digests};

use super::{BlobError, BlobStore, INCOMING, Stored, blocking, key};
use crate::limits::{BLOB_FLIGHT_BYTES, BLOB_SYNC_BYTES};

/// Tells the files of this process apart; the process's number tells them from others'.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Which digests are taken beside the SHA-256. They cost more than all else that is done with the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashes {
    /// None: the ecosystem's indexes name files by their SHA-256 (crates, Python).
    Sha256,
    /// SHA-512 and SHA-1 as well, which npm's indexes name files by; and for files nobody knows more about.
    All,
}

/// A blob while it is written. Dropped before its commit, it leaves nothing.
#[derive(Debug)]
pub struct BlobWriter {
    store: BlobStore,
    temp: Temp,
    written: u64,
    /// What waits for the next flight.
    gathered: Vec<Bytes>,
    gathered_bytes: usize,
    state: Option<State>,
    flight: Option<Flight>,
    syncing: Option<JoinHandle<std::io::Result<()>>>,
    /// Bytes written since the disk was last asked to begin.
    unsynced: u64,
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
    plain: Plain,
    longer: Option<Longer>,
}

/// The file and its name.
#[derive(Debug)]
struct Plain {
    file: File,
    sha256: sha2::Sha256,
}

/// The digests that not every file needs.
#[derive(Debug)]
struct Longer {
    sha512: sha2::Sha512,
    sha1: sha1::Sha1,
}

/// A flight on its way: both halves go through the same bytes at the same time.
#[derive(Debug)]
struct Flight {
    plain: JoinHandle<std::io::Result<Plain>>,
    longer: Option<JoinHandle<Longer>>,
}

impl Flight {
    fn launch(state: State, pieces: Vec<Bytes>) -> Self {
        let State { mut plain, longer } = state;
        let same = longer.as_ref().map(|_| pieces.clone());
        let plain = tokio::task::spawn_blocking(move || {
            for piece in &pieces {
                plain.file.write_all(piece)?;
                plain.sha256.update(piece);
            }
            Ok(plain)
        });
        let longer = longer.zip(same).map(|(mut longer, pieces)| {
            tokio::task::spawn_blocking(move || {
                for piece in &pieces {
                    longer.sha512.update(piece);
                    longer.sha1.update(piece);
                }
                longer
            })
        });
        Self { plain, longer }
    }

    async fn land(self, path: &Path) -> Result<State, BlobError> {
        let lost = |error: tokio::task::JoinError| BlobError::io(path, std::io::Error::other(error));
        let plain = self.plain.await.map_err(lost)?.map_err(|error| BlobError::io(path, error))?;
        let longer = match self.longer {
            Some(longer) => Some(longer.await.map_err(lost)?),
            None => None,
        };
        Ok(State { plain, longer })
    }
}

impl State {
    fn finish(self, size: u64) -> (File, Stored) {
        let sha256: [u8; 32] = self.plain.sha256.finalize().into();
        let (sha512, sha1) = match self.longer {
            Some(longer) => (Some(Box::new(longer.sha512.finalize().into())), Some(longer.sha1.finalize().into())),
            None => (None, None),
        };
        (self.plain.file, Stored { sha256, digests: Digests { sha256: Some(sha256), sha512 }, sha1, size })
    }
}

impl BlobWriter {
    pub(super) async fn begin(store: BlobStore, hashes: Hashes) -> Result<Self, BlobError> {
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
        let longer = (hashes == Hashes::All).then(|| Longer { sha512: sha2::Sha512::new(), sha1: sha1::Sha1::new() });
        let state = State { plain: Plain { file, sha256: sha2::Sha256::new() }, longer };
        Ok(Self {
            store,
            temp,
            written: 0,
            gathered: Vec::new(),
            gathered_bytes: 0,
            state: Some(state),
            flight: None,
            syncing: None,
            unsynced: 0,
        })
    }

    /// The file as it grows; what was there when [`BlobWriter::flush`] returned can be read there until the commit.
    pub fn path(&self) -> &Path {
        &self.temp.path
    }

    /// How many bytes were taken in so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Adds bytes at the end. They are on their way when this returns; an error of theirs may come with a later call.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        self.written += bytes.len() as u64;
        self.gathered_bytes += bytes.len();
        self.gathered.push(bytes);
        if self.gathered_bytes >= BLOB_FLIGHT_BYTES { self.launch().await } else { Ok(()) }
    }

    /// Returns when everything added so far stands in the file.
    pub async fn flush(&mut self) -> Result<(), BlobError> {
        if self.gathered_bytes > 0 {
            self.launch().await?;
        }
        self.land().await
    }

    /// Sends what was gathered on its way, once the flight before has landed.
    async fn launch(&mut self) -> Result<(), BlobError> {
        self.land().await?;
        // A write that fails, or whose caller goes away, takes the state with it: the writer is given up.
        let state = self.state.take().ok_or(BlobError::GivenUp)?;
        self.unsynced += std::mem::take(&mut self.gathered_bytes) as u64;
        if self.unsynced >= BLOB_SYNC_BYTES {
            self.unsynced = 0;
            self.hurry(&state).await?;
        }
        self.flight = Some(Flight::launch(state, std::mem::take(&mut self.gathered)));
        Ok(())
    }

    async fn land(&mut self) -> Result<(), BlobError> {
        if let Some(flight) = self.flight.take() {
            self.state = Some(flight.land(&self.temp.path).await?);
        }
        if self.state.is_some() { Ok(()) } else { Err(BlobError::GivenUp) }
    }

    /// Lets the disk begin with what it has, so that the commit does not wait for all of it.
    async fn hurry(&mut self, state: &State) -> Result<(), BlobError> {
        if self.syncing.as_ref().is_none_or(JoinHandle::is_finished) {
            self.synced().await?;
            let file = state.plain.file.try_clone().map_err(|error| BlobError::io(&self.temp.path, error))?;
            self.syncing = Some(tokio::task::spawn_blocking(move || file.sync_data()));
        }
        Ok(())
    }

    /// What the disk said of the bytes it was hurried with. It says so once: a later sync would not hear of it again.
    async fn synced(&mut self) -> Result<(), BlobError> {
        let Some(syncing) = self.syncing.take() else { return Ok(()) };
        let said = syncing.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        said.map_err(|error| BlobError::io(&self.temp.path, error))
    }

    /// Compares what was written with what was expected, and moves it into its place, durably.
    ///
    /// Every digest given has to agree; with none given, the bytes are taken as they are. A blob that is here already
    /// stays as it is. On an error nothing is left.
    pub async fn commit(mut self, expected: &Digests, expected_sha1: Option<&[u8; 20]>) -> Result<Stored, BlobError> {
        self.flush().await?;
        let (file, stored) = self.state.take().ok_or(BlobError::GivenUp)?.finish(self.written);
        check(&stored, expected, expected_sha1)?;
        if self.store.has(&stored.sha256).await? == Some(stored.size) {
            self.store.stored(&stored.sha256, stored.size);
            return Ok(stored);
        }
        self.synced().await?;
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
        Some(sha1) if stored.sha1 != Some(*sha1) => {
            let got = stored.sha1.map_or_else(String::new, |sha1| format!("sha1:{}", hex::encode(sha1)));
            Err(mismatch(format!("sha1:{}", hex::encode(sha1)), got))
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
