//! The transparency log beside a statement: a folder or an address in the form of C2SP tlog-tiles, or a receipt in the export.

use std::path::Path;

use serde_json::Value;
use vetmoot_domain::log::{self, Checkpoint, Hash, LogError, Receipt, Tile, Tiles, Vkey, announced, entry_of, limits};
use vetmoot_domain::proof;

use crate::exit::Failure;
use crate::fetch::{Fetcher, is_address};
use crate::limits::LOG_BUNDLES_MAX;

/// Where a statement stands in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The log's name.
    pub name: String,
    /// The leaf.
    pub index: u64,
    /// How many leaves the checkpoint covers.
    pub size: u64,
    /// Whether somebody here vouched for the log's key: by naming the log, or the actor that announces it.
    pub pinned: bool,
}

/// What was found out about the log; the inner error is about integrity.
pub(crate) type Found = Result<Option<Place>, LogError>;

/// The log an actor document announces, if it does.
pub(crate) fn of_actor(actor: &Value) -> Result<Option<Vkey>, LogError> {
    match actor.get("vet:log") {
        None => Ok(None),
        Some(_) => announced(actor).map(|announced| Some(announced.key)),
    }
}

/// Looks for a statement in a log the caller named.
pub(crate) fn in_named(
    fetcher: &Fetcher,
    place: &str,
    key: Option<&Vkey>,
    statement: &Value,
    receipt: Option<&Receipt>,
) -> Result<Found, Failure> {
    let log = Named { fetcher, place: place.trim_end_matches('/') };
    let own;
    let key = match key {
        Some(key) => key,
        None => {
            let line = log.read("key", bound(limits::VKEY_BYTES_MAX))?;
            let line = String::from_utf8_lossy(&line);
            match line.trim().parse::<Vkey>() {
                Ok(read) => own = read,
                Err(error) => return Ok(Err(error)),
            }
            &own
        }
    };
    let note = log.read("checkpoint", bound(limits::CHECKPOINT_BYTES_MAX))?;
    let entry = match entry_of(statement) {
        Ok(entry) => entry,
        Err(error) => return Err(Failure::Statement { place: "the statement".to_owned(), error }),
    };
    let checked = about_this(statement, key).and_then(|()| Checkpoint::verified(&note, key));
    let checkpoint = match checked {
        Ok(checkpoint) => checkpoint,
        Err(error) => return Ok(Err(error)),
    };
    let Some(index) = (match receipt.map(|receipt| receipt.index).filter(|index| *index < checkpoint.size) {
        Some(index) => Some(index),
        None => log.find(&entry, checkpoint.size)?,
    }) else {
        return Ok(Err(LogError::OutOfTree));
    };
    let proven = log.prove(&entry, index, &checkpoint)?;
    Ok(proven.map(|()| Some(Place { name: checkpoint.origin, index, size: checkpoint.size, pinned: true })))
}

/// Checks the receipt of an export, under the key of a named actor or, unpinned, under its own.
pub(crate) fn in_receipt(receipt: &Receipt, key: Option<&Vkey>, statement: &Value) -> Found {
    let own;
    let pinned = key.is_some();
    let key = if let Some(key) = key {
        key
    } else {
        own = receipt.key.parse::<Vkey>()?;
        &own
    };
    about_this(statement, key)?;
    let entry = entry_of(statement).map_err(|_| LogError::ProofWrong)?;
    let checkpoint = receipt.verify(&entry, key)?;
    Ok(Some(Place { name: checkpoint.origin, index: receipt.index, size: checkpoint.size, pinned }))
}

/// Nobody's log vouches for a statement of another origin.
fn about_this(statement: &Value, key: &Vkey) -> Result<(), LogError> {
    let id = statement.get("id").and_then(Value::as_str).unwrap_or_default();
    let host = proof::host_of(id).ok_or(LogError::OtherOrigin)?;
    if key.name() == format!("{host}/log") { Ok(()) } else { Err(LogError::OtherOrigin) }
}

/// A log in a folder or at an address.
struct Named<'a> {
    fetcher: &'a Fetcher,
    place: &'a str,
}

impl Named<'_> {
    fn read(&self, path: &str, bytes_max: u64) -> Result<Vec<u8>, Failure> {
        if is_address(self.place) {
            return self.fetcher.bytes(&format!("{}/{path}", self.place), bytes_max);
        }
        self.fetcher.file(&Path::new(self.place).join(path), bytes_max)
    }

    /// The leaf with this entry, newest bundles first; where it is, is proven afterwards.
    fn find(&self, entry: &Hash, size: u64) -> Result<Option<u64>, Failure> {
        let first = size.saturating_sub(LOG_BUNDLES_MAX * u64::from(limits::TILE_WIDTH));
        let mut bundles: Vec<Tile> = Tile::entries_from(first, size).collect();
        bundles.reverse();
        for bundle in bundles {
            let bytes = self.read(&bundle.to_string(), bound(limits::BUNDLE_BYTES_MAX))?;
            let entries = log::bundle_entries(&bytes, bundle.width()).unwrap_or_default();
            if let Some(place) = (bundle.first()..).zip(&entries).find(|(_, found)| *found == entry) {
                return Ok(Some(place.0));
            }
        }
        Ok(None)
    }

    fn prove(&self, entry: &Hash, index: u64, checkpoint: &Checkpoint) -> Result<Result<(), LogError>, Failure> {
        let size = checkpoint.size;
        let plan = log::find_needs(index, size).and_then(|needs| Ok((log::tiles_of(&needs, size)?, needs)));
        let (wanted, needs) = match plan {
            Ok(plan) => plan,
            Err(error) => return Ok(Err(error)),
        };
        let mut tiles = Tiles::new();
        for tile in wanted {
            tiles.insert(tile, self.read(&tile.to_string(), bound(limits::TILE_BYTES_MAX))?);
        }
        let known = log::hashes_in(&tiles, &needs, size);
        Ok(known.and_then(|known| log::find(entry, index, size, &checkpoint.root, &known).map(drop)))
    }
}

fn bound(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
