//! The transparency log (C2SP tlog-tiles, tlog-checkpoint, signed-note): hashes, proofs, tiles and checkpoints, computed purely.
//!
//! A leaf's entry is the 32-byte digest of a statement. The arithmetic of the tree is `tlog_tiles`', signatures are read
//! by `signed_note`. Whoever keeps hashes is asked for those with certain numbers first (`*_needs`) and hands them over
//! then, so that nothing here waits for a store.

mod announced;
mod checkpoint;
mod error;
pub mod limits;
mod note;
mod proof;
mod receipt;
#[cfg(test)]
mod tests;
mod tile;
mod tiled;
mod tree;

pub use announced::{Announced, announced};
pub use checkpoint::Checkpoint;
pub use error::LogError;
pub use note::{Vkey, note, open, signature_line};
pub use proof::{check_consistency, check_inclusion, consistency, consistency_needs, inclusion, inclusion_needs};
pub use receipt::{Receipt, entry_of};
pub use tile::{Tile, TileKind, bundle, bundle_entries, tile_bytes, tile_hashes, tile_needs};
pub use tiled::{Tiles, find, find_needs, hashes_in, prefix_needs, prefix_root, tiles_of};
pub use tree::{Hash, Hashes, append, append_needs, frontier, leaf_hash, root};
