//! What comes in: accepted durably, then applied, each with a named outcome.

mod outcome;
mod poison;
mod receiving;
mod waiting;

pub use outcome::{Lane, Outcome, Received};
pub use poison::{Counts, PoisonRow, counts, poisoned, replay};
pub use receiving::{Receiving, accept, admit, bearable, count_failure, seen};
pub use vetmoot_storage::federation::inbox::NewItem;
pub use waiting::{Turn, round, settle};
