//! What comes in: accepted durably, then applied, each with a named outcome.

mod outcome;

pub use outcome::{Lane, Outcome, Received};
