//! The tree: hashes of leaves, of the root, and those an appended leaf adds.

use std::cell::RefCell;
use std::collections::HashMap;

use tlog_tiles::{Error, HashReader};

use super::error::LogError;
use super::limits::LEAVES_MAX;

/// A hash of the tree, or a digest that is an entry of it.
pub type Hash = [u8; 32];

/// Stored hashes by their numbers (`tlog_tiles::stored_hash_index`).
pub type Hashes = HashMap<u64, Hash>;

/// The hash of a leaf with this entry (RFC 6962, section 2.1).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    tlog_tiles::record_hash(entry).0
}

/// The numbers of the hashes that [`append`] needs at this size: those of the perfect trees the log consists of.
///
/// With them any number of leaves can be appended, one after the other, each handing its new hashes on.
pub fn frontier(size: u64) -> Result<Vec<u64>, LogError> {
    wanted(size, |reader| tlog_tiles::tree_hash(size, reader).map(drop))
}

/// The numbers of the hashes that appending one leaf at this size needs; every second time there are none.
pub fn append_needs(size: u64) -> Result<Vec<u64>, LogError> {
    wanted(size, |reader| tlog_tiles::stored_hashes_for_record_hash(size, tlog_tiles::EMPTY_HASH, reader).map(drop))
}

/// Appends an entry to a log of this size; answers the hashes to be stored, by their numbers.
pub fn append(size: u64, entry: &[u8], known: &Hashes) -> Result<Vec<(u64, Hash)>, LogError> {
    bounded(size)?;
    let new = tlog_tiles::stored_hashes(size, entry, &Known(known)).map_err(|_| LogError::HashMissing)?;
    let first = tlog_tiles::stored_hash_index(0, size);
    Ok((first..).zip(new).map(|(number, hash)| (number, hash.0)).collect())
}

/// The root of a log of this size, from the hashes of its [`frontier`]; of an empty one the hash of nothing.
pub fn root(size: u64, known: &Hashes) -> Result<Hash, LogError> {
    bounded(size)?;
    tlog_tiles::tree_hash(size, &Known(known)).map(|hash| hash.0).map_err(|_| LogError::HashMissing)
}

pub(super) fn bounded(size: u64) -> Result<(), LogError> {
    if size > LEAVES_MAX { Err(LogError::OutOfTree) } else { Ok(()) }
}

/// Hands out what was given; what was not given is missing.
pub(super) struct Known<'a>(pub(super) &'a Hashes);

impl HashReader for Known<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, Error> {
        let found: Option<Vec<_>> = indexes.iter().map(|index| self.0.get(index).map(|hash| tlog_tiles::Hash(*hash))).collect();
        found.ok_or(Error::IndexesNotInTree)
    }
}

/// Writes down what it is asked for, and hands out nothing.
#[derive(Default)]
struct Asked(RefCell<Vec<u64>>);

impl HashReader for Asked {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, Error> {
        self.0.borrow_mut().extend_from_slice(indexes);
        Err(Error::IndexesNotInTree)
    }
}

/// The hashes a computation asks for. Every computation of the tree asks once, for all it needs.
pub(super) fn wanted(size: u64, compute: impl FnOnce(&Asking) -> Result<(), Error>) -> Result<Vec<u64>, LogError> {
    bounded(size)?;
    let asked = Asking(Asked::default());
    // That it ends with an error is how it was asked to end.
    let _ = compute(&asked);
    Ok(asked.0.0.into_inner())
}

/// A reader that learns what is asked of it.
pub(super) struct Asking(Asked);

impl HashReader for Asking {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, Error> {
        if indexes.is_empty() { Ok(Vec::new()) } else { self.0.read_hashes(indexes) }
    }
}
