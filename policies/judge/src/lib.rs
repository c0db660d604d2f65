//! The policy language and the judgement: facts in, decision with reasons out.
//!
//! A [`Policy`] is read from TOML ([`Policy::parse`]); [`Prepared`] resolves the evidence about one package once, and
//! [`Prepared::decide`] judges an artifact of it. Everything here is pure: same inputs, same bytes, on every instance.
//! docs/POLICIES.md is the reference of the language and of the reasons' codes.

mod advisory;
mod bind;
mod cel;
mod decide;
mod errors;
mod graph;
pub mod limits;
mod needs;
mod policy;
mod read;
mod release;
mod rules;
mod scenario;
mod shelf;

pub use advisory::hits;
pub use bind::bind;
pub use decide::{Prepared, decide};
pub use errors::{PolicyError, PolicyErrors};
pub use needs::{CheckFact, Needs, Staged, StagedFile, WaiverFact, needs, of_staged};
pub use policy::{
    Criterion, Exception, GateWords, ImportRule, Policy, PolicySource, ReleaseCheck, ReleaseRules, ShelfAlone, TestOutcome,
    UNDECIDED_CODES,
};
pub use release::release_of;
pub use scenario::{DottedVersions, run_case};
pub use shelf::shelf;
