//! The transparency log: our own leaves and checkpoints, and checking those of others.

pub(crate) mod append;
mod examine;
mod export;
pub mod follow;
pub mod fork;
mod serve;

pub use examine::{Examined, examine};
pub use export::export;
pub use serve::{Inclusion, checkpoint, inclusion, name, proof, statements, tile, vkey};

use std::sync::{Mutex, PoisonError};

/// The checkpoint signed last, so that a question does not cost a signature.
#[derive(Debug, Default)]
pub struct Signed(Mutex<Option<(u64, String)>>);

impl Signed {
    fn at(&self, size: u64) -> Option<String> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|(signed, _)| *signed == size).map(|(_, note)| note.clone())
    }
    fn keep(&self, size: u64, note: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((size, note.to_owned()));
    }
}
