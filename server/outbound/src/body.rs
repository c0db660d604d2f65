//! The body of an answer: bounded in size and time, and either whole or an error.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use crate::error::{FetchError, chain};
use crate::gunzip::Gunzip;

/// The pieces of a body as they come; after an error nothing more comes. Dropping it ends the request.
pub struct Body {
    pieces: BoxStream<'static, Result<Bytes, FetchError>>,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body")
    }
}

impl Stream for Body {
    type Item = Result<Bytes, FetchError>;
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pieces.poll_next_unpin(cx)
    }
}

/// What bounds one request in time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) idle: Duration,
    pub(crate) total: Duration,
    pub(crate) deadline: Instant,
}

impl Patience {
    /// Patience that begins now.
    pub(crate) fn new(idle: Duration, total: Duration) -> Self {
        Self { idle, total, deadline: later(total) }
    }
    /// Waits for the next sign of life of `host`, or says which bound was passed.
    pub(crate) async fn wait<T>(&self, host: &str, sign: impl Future<Output = T>) -> Result<T, FetchError> {
        let silence_ends = later(self.idle);
        timeout_at(silence_ends.min(self.deadline), sign).await.map_err(|_| {
            if silence_ends < self.deadline {
                FetchError::Stalled { host: host.to_owned(), idle_ms: self.idle.as_millis() }
            } else {
                self.timed_out(host)
            }
        })
    }
    /// As [`Self::wait`], where the silence begins again whenever `moved` does: while a body goes out, taking it is the
    /// sign of life.
    pub(crate) async fn wait_moving<T>(
        &self,
        host: &str,
        moved: impl Fn() -> Instant,
        sign: impl Future<Output = T>,
    ) -> Result<T, FetchError> {
        let mut sign = std::pin::pin!(sign);
        let mut seen = moved();
        loop {
            match self.wait(host, &mut sign).await {
                Err(FetchError::Stalled { .. }) if moved() > seen => seen = moved(),
                other => return other,
            }
        }
    }
    /// Waits for something that is not the host's doing, such as a place in the queue.
    pub(crate) async fn queue<T>(&self, host: &str, turn: impl Future<Output = T>) -> Result<T, FetchError> {
        timeout_at(self.deadline, turn).await.map_err(|_| self.timed_out(host))
    }
    fn timed_out(&self, host: &str) -> FetchError {
        FetchError::TimedOut { host: host.to_owned(), total_ms: self.total.as_millis() }
    }
}

/// The moment `span` from now; a span beyond all measure ends in some thirty years, as good as never.
fn later(span: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(span).unwrap_or_else(|| now + Duration::from_hours(24 * 365 * 30))
}

/// A body on its way.
pub(crate) struct Incoming {
    pub(crate) host: String,
    pub(crate) wire: BoxStream<'static, reqwest::Result<Bytes>>,
    pub(crate) gunzip: Option<Gunzip>,
    /// Bytes the host promised on the wire; `None` also where a head alone was asked for.
    pub(crate) promised: Option<u64>,
    pub(crate) max_bytes: u64,
    pub(crate) patience: Patience,
    /// The place at the host, given back with the body.
    #[expect(dead_code, reason = "held for its drop")]
    pub(crate) place: OwnedSemaphorePermit,
}

/// How far a body has come.
struct Progress {
    incoming: Incoming,
    packed: Bytes,
    received: u64,
    delivered: u64,
    ended: bool,
}

impl Incoming {
    pub(crate) fn into_body(self) -> Body {
        let progress = Progress { incoming: self, packed: Bytes::new(), received: 0, delivered: 0, ended: false };
        let pieces =
            stream::try_unfold(
                progress,
                |mut progress| async move { Ok(progress.next().await?.map(|piece| (piece, progress))) },
            );
        Body { pieces: pieces.boxed() }
    }
}

impl Progress {
    async fn next(&mut self) -> Result<Option<Bytes>, FetchError> {
        while !self.ended {
            let piece = if self.packed.is_empty() {
                match self.receive().await? {
                    Some(bytes) => self.accept(bytes)?,
                    None => self.end()?,
                }
            } else {
                self.unpack()?
            };
            if !piece.is_empty() {
                self.delivered = self.bounded(self.delivered, &piece)?;
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }
    async fn receive(&mut self) -> Result<Option<Bytes>, FetchError> {
        let incoming = &mut self.incoming;
        match incoming.patience.wait(&incoming.host, incoming.wire.next()).await? {
            Some(Ok(bytes)) => Ok(Some(bytes)),
            Some(Err(error)) => Err(self.truncated(chain(&error.without_url()))),
            None => Ok(None),
        }
    }
    /// Takes bytes from the wire: they are the piece, unless they have to be unpacked first.
    fn accept(&mut self, bytes: Bytes) -> Result<Bytes, FetchError> {
        self.received = self.bounded(self.received, &bytes)?;
        if self.incoming.gunzip.is_none() {
            return Ok(bytes);
        }
        self.packed = bytes;
        Ok(Bytes::new())
    }
    fn unpack(&mut self) -> Result<Bytes, FetchError> {
        let step = self.incoming.gunzip.as_mut().map(|gunzip| gunzip.step(&mut self.packed));
        step.unwrap_or_else(|| Ok(std::mem::take(&mut self.packed))).map_err(|_| self.garbled())
    }
    fn end(&mut self) -> Result<Bytes, FetchError> {
        self.ended = true;
        if let Some(promised) = self.incoming.promised.filter(|promised| self.received < *promised) {
            return Err(self.truncated(format!("it had promised {promised}")));
        }
        let rest = self.incoming.gunzip.as_mut().map(Gunzip::finish);
        rest.unwrap_or_else(|| Ok(Bytes::new())).map_err(|_| self.garbled())
    }
    fn bounded(&self, so_far: u64, more: &Bytes) -> Result<u64, FetchError> {
        let sum = u64::try_from(more.len()).map_or(u64::MAX, |more| so_far.saturating_add(more));
        if sum > self.incoming.max_bytes {
            let Incoming { host, max_bytes, .. } = &self.incoming;
            return Err(FetchError::TooLarge { host: host.clone(), max_bytes: *max_bytes });
        }
        Ok(sum)
    }
    fn truncated(&self, cause: String) -> FetchError {
        FetchError::Truncated { host: self.incoming.host.clone(), got: self.received, cause }
    }
    fn garbled(&self) -> FetchError {
        FetchError::BadEncoding { host: self.incoming.host.clone(), encoding: "gzip".to_owned() }
    }
}
