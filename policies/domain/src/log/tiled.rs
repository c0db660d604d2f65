//! Reading a log that somebody else keeps: which tiles to ask for, and proofs out of them that rest on no tile being true.

use std::collections::{BTreeSet, HashMap};

use super::error::LogError;
use super::limits::TILE_HEIGHT;
use super::proof::{check_consistency, check_inclusion, consistency, consistency_needs, inclusion, inclusion_needs};
use super::tile::{Tile, TileKind};
use super::tree::{Hash, Hashes, bounded, frontier, root};

/// Tiles as they were answered.
pub type Tiles = HashMap<Tile, Vec<u8>>;

/// The tiles that hold the hashes with these numbers in a log of this size, each as wide as that size has it.
pub fn tiles_of(numbers: &[u64], size: u64) -> Result<Vec<Tile>, LogError> {
    let tiles: BTreeSet<Tile> = numbers.iter().map(|number| tile_of(*number, size)).collect::<Result<_, _>>()?;
    Ok(tiles.into_iter().collect())
}

/// The hashes with these numbers out of tiles; nothing is verified.
pub fn hashes_in(tiles: &Tiles, numbers: &[u64], size: u64) -> Result<Hashes, LogError> {
    let mut found = Hashes::with_capacity(numbers.len());
    for number in numbers {
        let tile = tile_of(*number, size)?;
        let bytes = tiles.get(&tile).ok_or(LogError::HashMissing)?;
        let TileKind::Hashes(level) = tile.kind() else { return Err(LogError::BadTile) };
        if bytes.len() != usize::from(tile.width()) * tlog_tiles::HASH_SIZE {
            return Err(LogError::BadTile);
        }
        let whole = tlog_tiles::Tile::new(TILE_HEIGHT, level, tile.index(), u32::from(tile.width()), false);
        let hash = whole.hash_at_index(bytes, *number).map_err(|_| LogError::BadTile)?;
        found.insert(*number, hash.0);
    }
    Ok(found)
}

fn tile_of(number: u64, size: u64) -> Result<Tile, LogError> {
    bounded(size)?;
    if number >= tlog_tiles::stored_hash_count(size) {
        return Err(LogError::OutOfTree);
    }
    let least = tlog_tiles::Tile::from_index(TILE_HEIGHT, number);
    let level = least.level();
    let there = size.checked_shr(u32::from(TILE_HEIGHT) * u32::from(level)).unwrap_or(0);
    let first = least.level_index() << TILE_HEIGHT;
    let width = there.checked_sub(first).ok_or(LogError::OutOfTree)?.min(1 << TILE_HEIGHT);
    Tile::new(TileKind::Hashes(level), least.level_index(), u16::try_from(width).map_err(|_| LogError::BadTile)?)
}

/// The numbers of the hashes that [`prefix_root`] needs.
pub fn prefix_needs(earlier: u64, size: u64) -> Result<Vec<u64>, LogError> {
    let mut numbers = frontier(earlier)?;
    numbers.extend(consistency_needs(earlier, size)?);
    Ok(numbers)
}

/// The root of the first `earlier` leaves (at least one) of the tree with this size and root, as its own hashes prove it.
///
/// # Errors
/// [`LogError::ProofWrong`] when the hashes are not those of the tree: then nothing is known about it.
pub fn prefix_root(earlier: u64, size: u64, whole: &Hash, known: &Hashes) -> Result<Hash, LogError> {
    let then = root(earlier, known)?;
    let proof = consistency(earlier, size, known)?;
    // The proof binds both roots: with a false hash anywhere it does not come out at `whole`.
    check_consistency(earlier, &then, size, whole, &proof)?;
    Ok(then)
}

/// The numbers of the hashes that [`find`] needs.
pub fn find_needs(index: u64, size: u64) -> Result<Vec<u64>, LogError> {
    inclusion_needs(index, size)
}

/// Whether the tree with this size and root has this entry at this index, as its own hashes prove it; the proof.
///
/// # Errors
/// [`LogError::ProofWrong`] when it has not, or the hashes are not those of the tree.
pub fn find(entry: &[u8], index: u64, size: u64, whole: &Hash, known: &Hashes) -> Result<Vec<Hash>, LogError> {
    let proof = inclusion(index, size, known)?;
    check_inclusion(entry, index, size, whole, &proof)?;
    Ok(proof)
}
