//! Fetching an artifact once for everybody who wants it, hashing while it streams.

use std::collections::HashMap;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, PoisonError};

use ::bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::sync::watch;
use url::Url;
use vetmoot_domain::{Digests, Ecosystem, Timestamp};
use vetmoot_outbound::Request;
use vetmoot_storage::{Stored, artifacts};

use crate::ctx::Ctx;
use crate::limits::{ARTIFACT_BYTES_MAX, ARTIFACT_TIMEOUT, HELD_BACK_BYTES, PIECE_BYTES, STALL_TIMEOUT};
use crate::problem::{Kind, Problem};

/// The downloads under way, by artifact row.
#[derive(Default)]
pub struct Downloads(Mutex<HashMap<i64, Arc<Download>>>);

/// One download; readers follow the temporary file as it grows.
pub struct Download {
    /// Open since before the first byte, so that it reads on whatever becomes of the file's name.
    file: Arc<std::fs::File>,
    size: Option<u64>,
    progress: watch::Receiver<Progress>,
}

/// How far a download is.
#[derive(Debug, Clone)]
enum Progress {
    Running { written: u64 },
    Done { fetched: Fetched, file: Arc<std::fs::File> },
    Failed { problem: Problem },
}

/// What a finished download brought.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The blob it became.
    pub sha256: [u8; 32],
    /// Its size in bytes.
    pub size: u64,
}

/// What to fetch, and what it must be.
#[derive(Debug, Clone)]
pub struct Order {
    /// The artifact's row.
    pub artifact_id: i64,
    /// Whose allow-list applies.
    pub ecosystem: Ecosystem,
    /// Where it is.
    pub url: Url,
    /// Every digest pinned or listed.
    pub expected: Digests,
    /// A SHA-1 the index names beside nothing stronger.
    pub expected_sha1: Option<[u8; 20]>,
    /// Its size, when the index says so.
    pub size: Option<u64>,
}

/// Joins the download of an artifact, or starts it.
pub async fn join(ctx: &Ctx, order: Order) -> Result<Arc<Download>, Problem> {
    if let Some(running) = ctx.registry.downloads.get(order.artifact_id) {
        return Ok(running);
    }
    // The writer is made before the map is locked: two may race to here, and the loser's empty file goes unused.
    let writer = ctx.blobs.writer().await?;
    let (sender, progress) = watch::channel(Progress::Running { written: 0 });
    let file = Arc::new(std::fs::File::open(writer.path()).map_err(unreadable)?);
    let download = Arc::new(Download { file, size: order.size, progress });
    {
        let mut running = ctx.registry.downloads.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = running.get(&order.artifact_id) {
            return Ok(first.clone());
        }
        running.insert(order.artifact_id, download.clone());
    }
    let ctx = ctx.clone();
    let file = download.file.clone();
    // Its own task: a client that goes away does not end it for the others.
    tokio::spawn(async move {
        let id = order.artifact_id;
        let outcome = match already_here(&ctx, &order).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => fetch(&ctx, &order, writer, &sender).await.map(|fetched| (fetched, file)),
            Err(problem) => Err(problem),
        };
        if let Err(problem) = &outcome {
            tracing::warn!(code = problem.code, artifact = id, "a download failed: {problem}");
        }
        ctx.registry.downloads.forget(id);
        sender.send_replace(match outcome {
            Ok((fetched, file)) => Progress::Done { fetched, file },
            Err(problem) => Progress::Failed { problem },
        });
    });
    Ok(download)
}

/// Whoever missed the file may have looked a moment before another's download ended. That one was forgotten only after
/// its bytes were stored, so a look from inside of the next download is the one that counts.
async fn already_here(ctx: &Ctx, order: &Order) -> Result<Option<(Fetched, Arc<std::fs::File>)>, Problem> {
    let Some(sha256) = artifacts::sha256_of(&ctx.store.read(), order.artifact_id).await? else { return Ok(None) };
    let found = ctx.blobs.open(&sha256, ctx.clock.now()).await?;
    Ok(found.map(|found| (Fetched { sha256, size: found.size }, Arc::new(found.file))))
}

/// Fetches the file; other bytes than expected are asked for once more before anybody is accused.
async fn fetch(
    ctx: &Ctx,
    order: &Order,
    writer: vetmoot_storage::BlobWriter,
    progress: &watch::Sender<Progress>,
) -> Result<Fetched, Problem> {
    match transfer(ctx, order, writer, Some(progress)).await? {
        Transfer::Right(fetched) => Ok(fetched),
        Transfer::Other { seen, .. } => again(ctx, order, &seen).await,
    }
}

/// A transfer can be cut short without anybody noticing, where the sender promises no length. Only the same other bytes
/// twice are a changed file; the clients of the first transfer fail either way, and find the right bytes when they retry.
async fn again(ctx: &Ctx, order: &Order, first: &Digests) -> Result<Fetched, Problem> {
    let writer = ctx.blobs.writer().await?;
    match transfer(ctx, order, writer, None).await? {
        Transfer::Other { text, seen } if seen == *first => {
            super::bytes::report_change(ctx, order.artifact_id, &seen).await?;
            let text = format!("upstream sent other bytes than it lists ({text}); the file is refused");
            Err(Problem::new(Kind::Upstream, "digest-mismatch", text))
        }
        Transfer::Right(_) | Transfer::Other { .. } => {
            Err(Problem::new(Kind::Upstream, "bad-transfer", "the file did not arrive as its index lists it; try again"))
        }
    }
}

/// What one transfer brought.
enum Transfer {
    /// The bytes that were expected; they are in the store, and their digests are pinned.
    Right(Fetched),
    /// Others; they were thrown away.
    Other { text: String, seen: Digests },
}

async fn transfer(
    ctx: &Ctx,
    order: &Order,
    mut writer: vetmoot_storage::BlobWriter,
    progress: Option<&watch::Sender<Progress>>,
) -> Result<Transfer, Problem> {
    let allow = ctx.upstreams.of(order.ecosystem).allow();
    let request = Request {
        identity: true,
        max_bytes: ARTIFACT_BYTES_MAX,
        total_timeout: ARTIFACT_TIMEOUT,
        idle_timeout: STALL_TIMEOUT,
        ..Request::get(&order.url)
    };
    ctx.metrics.upstream_requests.inc();
    let mut answer = ctx.outbound.fetch(&allow, request).await?;
    if !answer.meta.is_success() {
        let kind = if matches!(answer.meta.status, 404 | 410) { Kind::NotFound } else { Kind::Upstream };
        let text = format!("the index answered {} to the file it lists", answer.meta.status);
        return Err(Problem::new(kind, "upstream-file", text));
    }
    let mut written = 0_u64;
    while let Some(piece) = answer.body.next().await {
        let piece = piece?;
        written += piece.len() as u64;
        writer.write(piece).await?;
        // Whoever waits for these bytes reads them from the file.
        writer.flush().await?;
        if let Some(progress) = progress {
            progress.send_replace(Progress::Running { written });
        }
    }
    let last_modified = answer.meta.last_modified.as_deref().and_then(Timestamp::from_http_date);
    match writer.commit(&order.expected, order.expected_sha1.as_ref()).await {
        Ok(stored) => {
            super::bytes::learn(ctx, order.artifact_id, &stored, last_modified).await?;
            let Stored { sha256, size, .. } = stored;
            Ok(Transfer::Right(Fetched { sha256, size }))
        }
        Err(vetmoot_storage::BlobError::Mismatch { expected, got, seen }) => {
            Ok(Transfer::Other { text: format!("{expected} listed, {got} came"), seen: *seen })
        }
        Err(error) => Err(error.into()),
    }
}

impl Downloads {
    fn get(&self, id: i64) -> Option<Arc<Download>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }
    fn forget(&self, id: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

impl Download {
    /// The size, when the index named it.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Waits until it is finished and proven.
    pub async fn finished(&self) -> Result<Fetched, Problem> {
        let mut progress = self.progress.clone();
        loop {
            match &*progress.borrow_and_update() {
                Progress::Done { fetched, .. } => return Ok(fetched.clone()),
                Progress::Failed { problem } => return Err(problem.clone()),
                Progress::Running { .. } => {}
            }
            if progress.changed().await.is_err() {
                return Err(ended());
            }
        }
    }

    /// Waits for the first bytes, so that a failure before them can still be answered properly.
    pub async fn started(&self) -> Result<(), Problem> {
        let mut progress = self.progress.clone();
        loop {
            match &*progress.borrow_and_update() {
                Progress::Failed { problem } => return Err(problem.clone()),
                Progress::Running { written } if *written <= HELD_BACK_BYTES => {}
                Progress::Running { .. } | Progress::Done { .. } => return Ok(()),
            }
            if progress.changed().await.is_err() {
                return Err(ended());
            }
        }
    }

    /// The bytes as they come. The last ones are held back until the digest is proven, so that nobody ever holds a
    /// whole file that is not the right one: a false file ends in an error.
    pub fn follow(&self) -> impl Stream<Item = Result<Bytes, Problem>> + use<> {
        let state = (self.file.clone(), self.progress.clone(), 0_u64);
        futures_util::stream::try_unfold(state, move |(file, mut progress, sent)| async move {
            let ready = loop {
                let ready = match &*progress.borrow_and_update() {
                    Progress::Done { fetched, file } => Some((fetched.size, file.clone())),
                    Progress::Failed { problem } => return Err(problem.clone()),
                    Progress::Running { written } => {
                        written.checked_sub(HELD_BACK_BYTES).filter(|ready| *ready > sent).map(|ready| (ready, file.clone()))
                    }
                };
                match ready {
                    Some(ready) => break ready,
                    None => progress.changed().await.map_err(|_| ended())?,
                }
            };
            let (ready, file) = ready;
            if ready == sent {
                return Ok(None);
            }
            let piece = read_at(file.clone(), sent, ready - sent).await?;
            let sent = sent + piece.len() as u64;
            Ok(Some((piece, (file, progress, sent))))
        })
    }
}

/// Reads a piece at a place; many followers share one open file, so none may move its position.
async fn read_at(file: Arc<std::fs::File>, at: u64, most: u64) -> Result<Bytes, Problem> {
    let read = move || {
        let mut piece = vec![0; usize::try_from(most.min(PIECE_BYTES)).unwrap_or_default()];
        let got = file.read_at(&mut piece, at)?;
        piece.truncate(got);
        if got == 0 { Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof)) } else { Ok(Bytes::from(piece)) }
    };
    tokio::task::spawn_blocking(read).await.map_err(|_| ended())?.map_err(unreadable)
}

fn unreadable(error: std::io::Error) -> Problem {
    Problem::new(Kind::Internal, "download-unreadable", "the download cannot be read; try again").because(error)
}

fn ended() -> Problem {
    Problem::new(Kind::Unavailable, "download-ended", "the download ended before it was complete; try again")
}
