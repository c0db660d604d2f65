//! Bounds on what is read of a transparency log.

/// Hashes in a full tile, and entries in a full bundle (C2SP tlog-tiles).
pub const TILE_WIDTH: u16 = 256;
/// Levels of a tile: each level of tiles covers this many levels of the tree.
pub const TILE_HEIGHT: u8 = 8;
/// Highest level of tiles (C2SP tlog-tiles has six bits of tree height to spare above it).
pub const TILE_LEVEL_MAX: u8 = 7;
/// Largest number of leaves read: with more, numbers of stored hashes would leave 63 bits.
pub const LEAVES_MAX: u64 = 1 << 48;
/// Longest path of a tile, in bytes.
pub const TILE_PATH_BYTES_MAX: usize = 64;
/// Largest checkpoint with its signatures, in bytes.
pub const CHECKPOINT_BYTES_MAX: usize = 16 * 1024;
/// Most signatures looked at under one checkpoint.
pub const SIGNATURES_MAX: usize = 16;
/// Longest verifier key, in bytes.
pub const VKEY_BYTES_MAX: usize = 512;
/// Longest origin line of a checkpoint, in bytes.
pub const ORIGIN_BYTES_MAX: usize = 300;
/// Most hashes in a proof; a tree of 2^48 leaves needs 48 for inclusion and one more for consistency.
pub const PROOF_HASHES_MAX: usize = 64;
/// Largest bundle of entries, in bytes: each has two bytes of length and 32 of digest.
pub const BUNDLE_BYTES_MAX: usize = 34 * 256;
/// Largest tile of hashes, in bytes.
pub const TILE_BYTES_MAX: usize = 32 * 256;
