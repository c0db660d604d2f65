//! Gzip undone step by step, so that a bomb is noticed after a few megabytes.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;

use crate::limits::GZIP_STEP_BYTES;

/// A gzip body on its way.
pub(crate) struct Gunzip {
    decoder: MultiGzDecoder<Vec<u8>>,
    /// Whether any compressed byte came; a body of nothing needs no gzip end.
    begun: bool,
}

impl Gunzip {
    pub(crate) fn new() -> Self {
        Self { decoder: MultiGzDecoder::new(Vec::new()), begun: false }
    }
    /// Decodes the next few bytes of `packed`, taking them off its front; the result may be empty.
    pub(crate) fn step(&mut self, packed: &mut Bytes) -> io::Result<Bytes> {
        let piece = packed.split_to(packed.len().min(GZIP_STEP_BYTES));
        self.begun |= !piece.is_empty();
        self.decoder.write_all(&piece)?;
        // What is decoded but still buffered inside comes out with the next step or at the end.
        Ok(std::mem::take(self.decoder.get_mut()).into())
    }
    /// The last bytes, or an error when the stream is not at an end.
    pub(crate) fn finish(&mut self) -> io::Result<Bytes> {
        if self.begun {
            self.decoder.try_finish()?;
        }
        Ok(std::mem::take(self.decoder.get_mut()).into())
    }
}
