//! The bytes of a file on their way out: as they were vetted, or not at all.

use std::collections::VecDeque;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use sha2::{Digest as _, Sha256};
use vetmoot_outbound::{SourceError, Upload, Verb};

use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};
use crate::submission::FileRow;

/// What stands around the bytes of a file in the body of an upload, and how they are written.
pub(super) struct Frame {
    /// What comes before them.
    pub(super) before: Vec<u8>,
    /// What comes after them.
    pub(super) after: Vec<u8>,
    /// Whether they are written in base64.
    pub(super) base64: bool,
}

/// A body that streams a file out of the store. Its digest is computed once beforehand and again on the way: the last
/// piece leaves only when the digest is that of the bytes that were vetted.
pub(super) async fn upload(ctx: &Ctx, file: &FileRow, verb: Verb, content_type: &str, frame: Frame) -> Result<Upload, Problem> {
    let sha256 = file.digests.sha256.ok_or_else(|| changed(file))?;
    if ctx.blobs.has(&sha256).await? != Some(file.size) || ctx.blobs.verify(&sha256).await? != Some(true) {
        return Err(changed(file));
    }
    ctx.blobs.touch(&sha256, ctx.clock.now());
    let pieces = ctx.blobs.stream(&sha256, 0).await?.ok_or_else(|| changed(file))?;
    let inside = if frame.base64 { file.size.div_ceil(3).saturating_mul(4) } else { file.size };
    let length = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let total = inside.saturating_add(length(&frame.before)).saturating_add(length(&frame.after));
    let outgoing = Outgoing {
        ready: VecDeque::from([Bytes::from(frame.before)]),
        pieces: Some(pieces.map_err(|error| Box::new(error) as SourceError).boxed()),
        held: Bytes::new(),
        hash: Sha256::new(),
        expected: sha256,
        rest: frame.base64.then(Vec::new),
        after: Bytes::from(frame.after),
    };
    let stream = stream::try_unfold(outgoing, |mut outgoing| async move {
        Ok::<_, SourceError>(outgoing.next().await?.map(|piece| (piece, outgoing)))
    });
    Ok(Upload::new(verb, content_type, total, stream.boxed()))
}

/// That the bytes in the store are not those that were vetted. The release fails with it, before anything is sent.
fn changed(file: &FileRow) -> Problem {
    let text = format!(
        "the bytes of {} in the store are not those that were vetted; nothing was sent. Withdraw it and hand it in again",
        file.file_name
    );
    Problem::new(Kind::Conflict, "bytes-changed", text)
}

/// How far a body is.
struct Outgoing {
    ready: VecDeque<Bytes>,
    pieces: Option<BoxStream<'static, Result<Bytes, SourceError>>>,
    /// The newest piece, held back until another comes or the digest is known.
    held: Bytes,
    hash: Sha256,
    expected: [u8; 32],
    /// Bytes that do not fill a group of base64 yet; none when the bytes go out as they are.
    rest: Option<Vec<u8>>,
    after: Bytes,
}

impl Outgoing {
    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        loop {
            while let Some(piece) = self.ready.pop_front() {
                if !piece.is_empty() {
                    return Ok(Some(piece));
                }
            }
            let Some(pieces) = &mut self.pieces else { return Ok(None) };
            if let Some(piece) = pieces.try_next().await? {
                self.hash.update(&piece);
                let before = std::mem::replace(&mut self.held, piece);
                self.write(&before);
            } else {
                self.pieces = None;
                let got: [u8; 32] = std::mem::take(&mut self.hash).finalize().into();
                if got != self.expected {
                    return Err("its bytes are not those that were vetted".into());
                }
                let last = std::mem::take(&mut self.held);
                self.write(&last);
                if let Some(rest) = self.rest.take() {
                    self.ready.push_back(Bytes::from(openssl::base64::encode_block(&rest)));
                }
                self.ready.push_back(std::mem::take(&mut self.after));
            }
        }
    }

    fn write(&mut self, piece: &Bytes) {
        let Some(rest) = &mut self.rest else {
            self.ready.push_back(piece.clone());
            return;
        };
        rest.extend_from_slice(piece);
        // Groups of three bytes become four characters; what is left waits for the next piece.
        let whole = rest.len() - rest.len() % 3;
        let tail = rest.split_off(whole);
        let groups = std::mem::replace(rest, tail);
        self.ready.push_back(Bytes::from(openssl::base64::encode_block(&groups)));
    }
}
