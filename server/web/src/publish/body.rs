//! The body of an upload: read piece by piece, bounded in size and in time, whichever client sends it.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use tokio::time::{Instant, timeout};
use vetmoot_domain::Span;
use vetmoot_workflows::submission::receive::too_large;
use vetmoot_workflows::{Ctx, Kind, Problem};

use crate::limits::{DRAIN_MAX, DRAIN_TIME};

/// A body that is coming in.
pub(crate) struct Body<S> {
    stream: S,
    ahead: Bytes,
    read: u64,
    silence: Duration,
    time: Duration,
    began: Instant,
    is_late: bool,
}

impl<S, E> Body<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: std::fmt::Display,
{
    /// A body under the instance's bounds of time.
    pub(crate) fn new(ctx: &Ctx, stream: S) -> Self {
        Self::within(stream, duration(ctx.publishing.upload_silence), duration(ctx.publishing.upload_time))
    }

    fn within(stream: S, silence: Duration, time: Duration) -> Self {
        Self { stream, ahead: Bytes::new(), read: 0, silence, time, began: Instant::now(), is_late: false }
    }

    /// The next piece, of at most `most` bytes; none at the end.
    pub(crate) async fn piece(&mut self, most: u64) -> Result<Option<Bytes>, Problem> {
        while self.ahead.is_empty() {
            let left = self.time.saturating_sub(self.began.elapsed());
            let Ok(next) = timeout(self.silence.min(left), self.stream.next()).await else { return Err(self.late()) };
            match next {
                Some(Ok(bytes)) => self.ahead = bytes,
                Some(Err(error)) => return Err(broken(error)),
                None => return Ok(None),
            }
        }
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(self.ahead.len());
        let piece = self.ahead.split_to(most);
        self.read += piece.len() as u64;
        Ok(Some(piece))
    }

    /// Exactly so many bytes, in memory; none when the body ends before. The caller bounds the number.
    pub(crate) async fn exactly(&mut self, bytes: u32) -> Result<Option<Bytes>, Problem> {
        let wanted = usize::try_from(bytes).unwrap_or(usize::MAX);
        // What is announced is not made room for: it may never come.
        let mut whole = BytesMut::new();
        while whole.len() < wanted {
            let Some(piece) = self.piece((wanted - whole.len()) as u64).await? else { return Ok(None) };
            whole.extend_from_slice(&piece);
        }
        Ok(Some(whole.freeze()))
    }

    /// The whole of a small body.
    pub(crate) async fn whole(&mut self, max: u64) -> Result<Bytes, Problem> {
        let mut whole = BytesMut::new();
        while let Some(piece) = self.piece(max.saturating_add(1)).await? {
            whole.extend_from_slice(&piece);
            if whole.len() as u64 > max {
                return Err(too_large(max));
            }
        }
        Ok(whole.freeze())
    }

    /// Reads a refused body to its end and forgets it, within bounds: a client that is still sending would not see why.
    pub(crate) async fn drain(&mut self, announced: Option<u64>) {
        if self.is_late || announced.is_some_and(|bytes| bytes > DRAIN_MAX) {
            return;
        }
        let reading = async { while self.read <= DRAIN_MAX && matches!(self.piece(u64::MAX).await, Ok(Some(_))) {} };
        // Whoever sends slower than this has had the time to look for an answer.
        let _ = timeout(DRAIN_TIME, reading).await;
    }

    fn late(&mut self) -> Problem {
        self.is_late = true;
        let text = if self.began.elapsed() >= self.time {
            format!("the upload took longer than {} seconds (publish.upload_time); begin it again", self.time.as_secs())
        } else {
            format!("nothing came for {} seconds (publish.upload_silence); begin the upload again", self.silence.as_secs())
        };
        Problem::new(Kind::Invalid, "upload-too-slow", text)
    }
}

/// How many bytes a request says that its body has.
pub(crate) fn announced(request: &HttpRequest) -> Option<u64> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn duration(span: Span) -> Duration {
    Duration::from_millis(u64::try_from(span.millis()).unwrap_or(0))
}

fn broken(error: impl std::fmt::Display) -> Problem {
    Problem::new(Kind::Invalid, "upload-broken", "the upload broke off; begin it again").because(error)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use futures_util::stream;

    use super::*;

    const SILENCE: Duration = Duration::from_secs(30);
    const TIME: Duration = Duration::from_mins(5);

    fn body(pieces: &[&'static str]) -> Body<impl Stream<Item = Result<Bytes, String>> + Unpin> {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect();
        Body::within(stream::iter(pieces), SILENCE, TIME)
    }

    #[tokio::test]
    async fn what_is_announced_has_to_come() {
        let mut whole = body(&["ab", "", "cdef"]);
        assert_eq!(whole.exactly(3).await.unwrap().unwrap(), "abc");
        assert_eq!(whole.piece(1).await.unwrap().unwrap(), "d");
        assert_eq!(whole.exactly(3).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_small_body_is_bounded() {
        assert_eq!(body(&["ab", "c"]).whole(3).await.unwrap(), "abc");
        assert_eq!(body(&["ab", "cd"]).whole(3).await.unwrap_err().code, "upload-too-large");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_is_not_waited_for() {
        let mut silent = Body::within(stream::pending::<Result<Bytes, String>>(), SILENCE, TIME);
        let began = Instant::now();
        let problem = silent.piece(1).await.unwrap_err();
        assert_eq!((problem.code, began.elapsed()), ("upload-too-slow", SILENCE));
        assert!(problem.text.contains("upload_silence"), "{problem}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_client_is_read_to_its_end_but_not_for_long() {
        let mut short = body(&["ab", "cd"]);
        short.drain(Some(4)).await;
        assert_eq!(short.piece(1).await.unwrap(), None);
        let mut silent = Body::within(stream::pending::<Result<Bytes, String>>(), SILENCE, TIME);
        let began = Instant::now();
        silent.drain(Some(DRAIN_MAX + 1)).await;
        assert_eq!(began.elapsed(), Duration::ZERO, "what is too long is not waited for");
        silent.drain(Some(4)).await;
        assert_eq!(began.elapsed(), DRAIN_TIME);
        silent.piece(1).await.unwrap_err();
        let late = began.elapsed();
        silent.drain(Some(4)).await;
        assert_eq!(began.elapsed(), late, "who was late is not waited for again");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_dribbles_ends_at_the_bound_of_the_whole() {
        let drops = stream::unfold((), |()| async {
            tokio::time::sleep(SILENCE / 2).await;
            Some((Ok::<_, String>(Bytes::from_static(b"x")), ()))
        });
        let mut slow = Body::within(Box::pin(drops), SILENCE, TIME);
        let began = Instant::now();
        let problem = slow.exactly(1_000).await.unwrap_err();
        assert_eq!((problem.code, began.elapsed()), ("upload-too-slow", TIME));
        assert!(problem.text.contains("upload_time"), "{problem}");
    }
}
