//! Why a log, or what it says, cannot be believed.

/// Why something of a transparency log is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The text is no path of a tile.
    #[error("this is no path of a tile; paths are `tile/0/x001/234`, `tile/entries/000.p/17` and so on")]
    BadTilePath,
    /// The bytes are no tile, or no bundle of entries, of the size asked for.
    #[error("the tile does not have the size or form it should have")]
    BadTile,
    /// The text is no checkpoint.
    #[error("this is no checkpoint: three lines of origin, size and root, an empty line, signatures")]
    BadCheckpoint,
    /// The checkpoint is another log's.
    #[error("the checkpoint is of another log than the one asked for")]
    OtherOrigin,
    /// The text is no verifier key.
    #[error("this is no verifier key; it has the form NAME+ID+KEY")]
    BadKey,
    /// No signature of the named key stands under it.
    #[error("the checkpoint carries no valid signature by the key of the log")]
    SignatureWrong,
    /// The proof does not lead to the root.
    #[error("the proof does not lead to the checkpoint's root")]
    ProofWrong,
    /// A number is outside of the tree.
    #[error("there is no such leaf or size in this log")]
    OutOfTree,
    /// A hash that the computation rests on was not given.
    #[error("a hash of the tree is missing: the stored copy of the log is damaged")]
    HashMissing,
}

impl LogError {
    /// The stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadTilePath => "bad-tile-path",
            Self::BadTile => "bad-tile",
            Self::BadCheckpoint => "bad-checkpoint",
            Self::OtherOrigin => "other-log",
            Self::BadKey => "bad-log-key",
            Self::SignatureWrong => "checkpoint-signature-wrong",
            Self::ProofWrong => "log-proof-wrong",
            Self::OutOfTree => "not-in-log",
            Self::HashMissing => "log-hash-missing",
        }
    }
}
