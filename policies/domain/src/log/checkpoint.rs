//! Checkpoints: what a log says it is at some moment (C2SP tlog-checkpoint).

use super::error::LogError;
use super::limits::{CHECKPOINT_BYTES_MAX, ORIGIN_BYTES_MAX};
use super::note::{Vkey, open};
use super::tree::{Hash, bounded};

/// A checkpoint: which log, how many leaves, which root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name: `HOST/log`.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, tlog_tiles::Hash(self.root))
    }

    /// Reads the text of a checkpoint, without signatures; extension lines are passed over.
    pub fn parse(text: &str) -> Result<Self, LogError> {
        if text.len() > CHECKPOINT_BYTES_MAX {
            return Err(LogError::BadCheckpoint);
        }
        let read = tlog_tiles::Checkpoint::from_bytes(text.as_bytes()).map_err(|_| LogError::BadCheckpoint)?;
        if read.origin().len() > ORIGIN_BYTES_MAX {
            return Err(LogError::BadCheckpoint);
        }
        bounded(read.size()).map_err(|_| LogError::BadCheckpoint)?;
        Ok(Self { origin: read.origin().to_owned(), size: read.size(), root: read.hash().0 })
    }

    /// Reads a signed checkpoint and verifies it: it is of the log the key is named for, and signed by the key.
    pub fn verified(note: &[u8], key: &Vkey) -> Result<Self, LogError> {
        let checkpoint = Self::parse(&open(note, key)?)?;
        if checkpoint.origin == key.name() { Ok(checkpoint) } else { Err(LogError::OtherOrigin) }
    }

    /// What a signed checkpoint says; nothing is verified.
    pub fn claimed(note: &[u8]) -> Result<Self, LogError> {
        let text = std::str::from_utf8(note).map_err(|_| LogError::BadCheckpoint)?;
        let (text, _) = text.split_once("\n\n").ok_or(LogError::BadCheckpoint)?;
        Self::parse(&format!("{text}\n"))
    }
}
