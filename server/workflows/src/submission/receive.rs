//! The bytes of an upload on their way into the blob store: bounded in size, hashed while they come, never in memory whole.

use bytes::Bytes;
use vetmoot_domain::Digests;
use vetmoot_storage::BlobWriter;
pub use vetmoot_storage::{Hashes, Stored};

use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};

/// A file that is coming in. Dropped before its end, it leaves nothing.
pub struct Incoming {
    writer: BlobWriter,
    max: u64,
}

impl Incoming {
    /// Begins a file of at most `max` bytes; takes these digests, which its indexes name it by.
    pub async fn begin(ctx: &Ctx, hashes: Hashes, max: u64) -> Result<Self, Problem> {
        Ok(Self { writer: ctx.blobs.writer_taking(hashes).await?, max })
    }

    /// Takes the next piece.
    pub async fn take(&mut self, piece: Bytes) -> Result<(), Problem> {
        let bytes = self.writer.written().saturating_add(piece.len() as u64);
        if bytes > self.max {
            return Err(too_large(self.max));
        }
        Ok(self.writer.write(piece).await?)
    }

    /// How many bytes came so far.
    pub fn written(&self) -> u64 {
        self.writer.written()
    }

    /// Makes the file durable; answers its digests.
    pub async fn finish(self) -> Result<Stored, Problem> {
        Ok(self.writer.commit(&Digests::default(), None).await?)
    }
}

/// That a file is larger than what is taken.
pub fn too_large(max: u64) -> Problem {
    Problem::new(
        Kind::TooLarge,
        "upload-too-large",
        format!(
            "the file is larger than the {max} bytes that are taken here; leave out what a user of the package does not need"
        ),
    )
}
