//! Changes of policies and roles, which need two stewards: one proposes, another accepts, and only then it takes effect.

pub mod change;
pub mod decide;
pub mod make;
pub mod show;

pub use change::Change;
pub use vetmoot_storage::proposals::{ProposalKind, ProposalRow, ProposalState};

use crate::problem::{Kind, Problem};

/// What became of a change: it took effect, or it waits.
#[derive(Debug)]
pub enum Outcome<T> {
    /// It took effect.
    Now(T),
    /// It waits for a second steward, and nothing changed.
    Waits(Box<ProposalRow>),
}

impl<T> Outcome<T> {
    /// What took effect, where nothing may wait: for the operator.
    ///
    /// # Errors
    /// `waits-for-second-steward` when it waits.
    pub fn done(self) -> Result<T, Problem> {
        match self {
            Self::Now(done) => Ok(done),
            Self::Waits(row) => {
                let text = format!("this waits for a second steward; it is proposal {}", row.id);
                Err(Problem::new(Kind::Conflict, "waits-for-second-steward", text))
            }
        }
    }
}
