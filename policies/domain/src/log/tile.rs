//! Tiles and bundles of entries: their paths and their bytes (C2SP tlog-tiles).

use std::fmt;
use std::str::FromStr;

use super::error::LogError;
use super::limits::{LEAVES_MAX, TILE_HEIGHT, TILE_LEVEL_MAX, TILE_PATH_BYTES_MAX, TILE_WIDTH};
use super::tree::{Hash, Hashes, bounded};

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Hashes of a level of tiles, from 0.
    Hashes(u8),
    /// Entries of leaves.
    Entries,
}

/// A tile; its text form is its path below the log, as in `tile/0/x001/234` or `tile/entries/000.p/17`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    kind: TileKind,
    index: u64,
    width: u16,
}

impl Tile {
    /// A tile of 1 to 256 hashes or entries.
    pub fn new(kind: TileKind, index: u64, width: u16) -> Result<Self, LogError> {
        let level = if let TileKind::Hashes(level) = kind { level } else { 0 };
        if !(1..=TILE_WIDTH).contains(&width) || level > TILE_LEVEL_MAX || index >= LEAVES_MAX >> TILE_HEIGHT {
            return Err(LogError::BadTilePath);
        }
        Ok(Self { kind, index, width })
    }
    /// What it holds.
    pub fn kind(&self) -> TileKind {
        self.kind
    }
    /// Its place in its level.
    pub fn index(&self) -> u64 {
        self.index
    }
    /// How many hashes or entries it holds: 1 to 256.
    pub fn width(&self) -> u16 {
        self.width
    }
    /// Whether it is full, and so will never change.
    pub fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }
    /// The first of its hashes or entries within its level.
    pub fn first(&self) -> u64 {
        self.index << TILE_HEIGHT
    }
    /// Whether a log of this size has it: all its hashes or entries are there.
    pub fn is_in(&self, size: u64) -> bool {
        let level = if let TileKind::Hashes(level) = self.kind { level } else { 0 };
        let there = size.checked_shr(u32::from(TILE_HEIGHT) * u32::from(level)).unwrap_or(0);
        self.first().checked_add(u64::from(self.width)).is_some_and(|end| end <= there)
    }
    /// The bundles of a log of this size that hold the entries from this leaf on, each as wide as it can be.
    pub fn entries_from(leaf: u64, size: u64) -> impl Iterator<Item = Self> {
        let width = u64::from(TILE_WIDTH);
        let from = leaf / width;
        (from..size.min(LEAVES_MAX).div_ceil(width)).map(move |index| {
            let there = (size - index * width).min(width);
            Self { kind: TileKind::Entries, index, width: u16::try_from(there).unwrap_or(TILE_WIDTH) }
        })
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        let mut groups = vec![self.index % 1_000];
        let mut rest = self.index / 1_000;
        while rest > 0 {
            groups.push(rest % 1_000);
            rest /= 1_000;
        }
        for (place, group) in groups.iter().enumerate().rev() {
            if place == 0 {
                write!(f, "{group:03}")?;
            } else {
                write!(f, "x{group:03}/")?;
            }
        }
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

impl FromStr for Tile {
    type Err = LogError;
    fn from_str(path: &str) -> Result<Self, LogError> {
        read(path).filter(|tile| tile.to_string() == path).ok_or(LogError::BadTilePath)
    }
}

/// Reads a path leniently; whether it was written as it has to be is seen by writing it again.
fn read(path: &str) -> Option<Tile> {
    if path.len() > TILE_PATH_BYTES_MAX {
        return None;
    }
    let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let kind = if kind == "entries" { TileKind::Entries } else { TileKind::Hashes(kind.parse().ok()?) };
    let (groups, width) = match rest.split_once(".p/") {
        Some((groups, width)) => (groups, width.parse().ok().filter(|width| *width < TILE_WIDTH)?),
        None => (rest, TILE_WIDTH),
    };
    let mut index = 0_u64;
    for group in groups.split('/') {
        let group: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
        index = index.checked_mul(1_000)?.checked_add(group)?;
    }
    Tile::new(kind, index, width).ok()
}

/// The numbers of the hashes a tile of hashes of a log of this size consists of, in its order; of a bundle none.
///
/// # Errors
/// [`LogError::OutOfTree`] when the log does not have the tile.
pub fn tile_needs(tile: &Tile, size: u64) -> Result<Vec<u64>, LogError> {
    bounded(size)?;
    if !tile.is_in(size) {
        return Err(LogError::OutOfTree);
    }
    let level = match tile.kind {
        TileKind::Hashes(level) => level * TILE_HEIGHT,
        TileKind::Entries => return Ok(Vec::new()),
    };
    let numbers = tile.first()..tile.first() + u64::from(tile.width);
    Ok(numbers.map(|place| tlog_tiles::stored_hash_index(level, place)).collect())
}

/// The bytes of a tile of hashes.
pub fn tile_bytes(tile: &Tile, size: u64, known: &Hashes) -> Result<Vec<u8>, LogError> {
    let mut bytes = Vec::with_capacity(usize::from(tile.width) * 32);
    for number in tile_needs(tile, size)? {
        bytes.extend_from_slice(known.get(&number).ok_or(LogError::HashMissing)?);
    }
    Ok(bytes)
}

/// The hashes in the bytes of a tile.
pub fn tile_hashes(bytes: &[u8], width: u16) -> Result<Vec<Hash>, LogError> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() || hashes.len() != usize::from(width) {
        return Err(LogError::BadTile);
    }
    Ok(hashes.to_vec())
}

/// The bytes of a bundle of entries: each with its length in two bytes before it, the higher one first.
pub fn bundle<'a>(entries: impl IntoIterator<Item = &'a Hash>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in entries {
        bytes.extend_from_slice(&[0, 32]);
        bytes.extend_from_slice(entry);
    }
    bytes
}

/// The entries of a bundle; exactly `width` of 32 bytes each.
pub fn bundle_entries(bytes: &[u8], width: u16) -> Result<Vec<Hash>, LogError> {
    let (entries, rest) = bytes.as_chunks::<34>();
    if !rest.is_empty() || entries.len() != usize::from(width) {
        return Err(LogError::BadTile);
    }
    let entry = |framed: &[u8; 34]| match framed {
        [0, 32, entry @ ..] => Ok(*entry),
        _ => Err(LogError::BadTile),
    };
    entries.iter().map(entry).collect()
}
