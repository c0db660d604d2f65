//! What the staging doors show: what is staged, beside what the index has under the policy that vets.

use std::sync::Arc;

use vetmoot_domain::Package;
use vetmoot_ecosystems::{Entry, Listing, Shown};

use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};
use crate::registry::bytes::Outcome;

/// A package as its staging door lists it.
pub struct Staged {
    /// Upstream's entries and the staged ones.
    pub listing: Arc<Listing>,
    /// What each entry shows.
    pub shown: Vec<Shown>,
    /// Changes when anything here does.
    pub tag: String,
}

/// The package as its staging door lists it; not found when neither the index nor a candidate has it.
pub async fn listing(_ctx: &Ctx, _package: &Package) -> Result<Staged, Problem> {
    Err(Problem::new(Kind::Unavailable, "unbuilt", "this is not built yet"))
}

/// The bytes of a staged file, or of one that the policy hands out.
pub async fn open(_ctx: &Ctx, _package: &Package, _wanted: impl Fn(&Entry) -> bool) -> Result<Outcome, Problem> {
    Err(Problem::new(Kind::Unavailable, "unbuilt", "this is not built yet"))
}
