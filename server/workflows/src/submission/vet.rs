//! What the policy still wants before a candidate may be released.

use serde::Serialize;
use vetmoot_domain::{CandidateId, CandidateState, Decision, Package, Slug, Timestamp};

use super::Candidate;
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};

/// What a policy wants of a candidate, and what of it is there.
#[derive(Debug, Clone, Serialize)]
pub struct Needs {
    /// The policy.
    pub policy: Slug,
    /// Its digest.
    pub policy_digest: String,
    /// Whether everything is there.
    pub met: bool,
    /// Each thing it wants.
    pub needs: Vec<Need>,
    /// The decision on each file, in the order of the files.
    #[serde(skip)]
    pub decisions: Vec<Decision>,
    /// When time alone changes something.
    pub changes_at: Option<Timestamp>,
}

/// What kind of thing is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeedKind {
    /// Audits that cover every file.
    Audits,
    /// Days in the open.
    Wait,
    /// The result of an outside check.
    Check,
    /// That nothing speaks against it: no violation, no advisory, no rule.
    Clean,
    /// That it can go where it is to go: a credential, a name that is free, an index that will take it.
    Way,
}

vetmoot_domain::word_enum!(NeedKind, "kind of need", {
    Audits => "audits", Wait => "wait", Check => "check", Clean => "clean", Way => "way",
});

/// Whether a thing that is wanted is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeedState {
    /// It is.
    Met,
    /// It was waived, publicly and with a reason.
    Waived,
    /// Not yet.
    Waiting,
    /// It came, and says no.
    Failed,
}

vetmoot_domain::word_enum!(NeedState, "state of a need", {
    Met => "met", Waived => "waived", Waiting => "waiting", Failed => "failed",
});

/// One thing that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Need {
    /// What kind.
    pub kind: NeedKind,
    /// Which one: a criterion, the name of a check.
    pub name: String,
    /// Whether it is there.
    pub state: NeedState,
    /// What there is or what is missing, in a sentence.
    pub text: String,
    /// Until when it waits, where that is known.
    pub until: Option<Timestamp>,
    /// Who met or waived it.
    pub by: Option<String>,
    /// Where to read more.
    pub link: Option<String>,
}

/// What the policy wants of the candidate now.
pub async fn needs(_ctx: &Ctx, _candidate: &Candidate) -> Result<Needs, Problem> {
    Err(Problem::new(Kind::Unavailable, "unbuilt", "this is not built yet"))
}

/// Looks at a candidate again and moves it to approved, or back to review; answers where it stands.
pub async fn settle(_ctx: &Ctx, _id: &CandidateId) -> Result<CandidateState, Problem> {
    Err(Problem::new(Kind::Unavailable, "unbuilt", "this is not built yet"))
}

/// Looks again at every candidate of a package, after something was said about it.
pub async fn settle_package(_ctx: &Ctx, _package: &Package) -> Result<(), Problem> {
    Ok(())
}
