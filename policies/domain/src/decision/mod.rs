//! Decisions: the outcome of judging, with reasons a person can act on.

mod wire;

use crate::criterion::CriterionName;
use crate::digest::Digests;
use crate::package::{Artifact, Version};
use crate::policy::Use;
use crate::time::Timestamp;

pub use wire::DecisionJson;

/// What a policy says about an artifact or a release. Its bytes hold no `now`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What was judged: an artifact, or a release (then without file name).
    pub artifact: Artifact,
    /// What it is used for.
    pub usage: Use,
    /// Listed, held or refused.
    pub state: State,
    /// For held: never listed yet, or no longer.
    pub phase: Option<Phase>,
    /// Whether its bytes are served.
    pub bytes: Bytes,
    /// The earliest moment at which the same evidence gives another outcome; none when time alone changes nothing.
    pub valid_until: Option<Timestamp>,
    /// Why; never empty.
    pub reasons: Vec<Reason>,
    /// What carries it: for each required criterion, the chains that cover it.
    pub support: Vec<Support>,
    /// For a release: each of its artifacts.
    pub artifacts: Vec<JudgedArtifact>,
}

/// The outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// The policy lists it.
    Listed,
    /// Not yet, or no longer.
    Held,
    /// Never: a violation, malware, a changed digest.
    Refused,
}

crate::word_enum!(State, "state", { Listed => "listed", Held => "held", Refused => "refused" });

/// Which kind of held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// This policy never listed it.
    Pending,
    /// Listed before, now not; locked builds keep working.
    Lapsed,
}

crate::word_enum!(Phase, "phase", { Pending => "pending", Lapsed => "lapsed" });

/// Whether bytes are handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bytes {
    /// They are.
    Serve,
    /// They are not.
    Refuse,
}

crate::word_enum!(Bytes, "answer for bytes", { Serve => "serve", Refuse => "refuse" });

/// One reason of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// A stable kebab-case code: `release-too-young`.
    pub code: &'static str,
    /// The policy's rule it comes from: `gates.release-age`.
    pub rule: String,
    /// One sentence for people.
    pub text: String,
    /// The ids of the testimonies and advisories it rests on.
    pub statements: Vec<String>,
    /// The cheapest change that would admit the artifact, where there is one.
    pub remedy: Option<Remedy>,
}

/// The cheapest change that would admit an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// What would have to happen.
    pub kind: RemedyKind,
    /// For waiting: until when.
    pub until: Option<Timestamp>,
    /// For a delta: the version to compare with; none asks for a full audit.
    pub from: Option<Version>,
    /// For a delta that closes a gap elsewhere in a chain: the version it leads to; none is the version judged.
    pub to: Option<Version>,
    /// The criteria the audit would have to claim.
    pub criteria: Vec<CriterionName>,
    /// The level its author needs.
    pub level: Option<u8>,
}

/// What kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RemedyKind {
    /// Time alone.
    Wait,
    /// An audit.
    Audit,
    /// A review of what is there.
    Review,
    /// A dated exception with an owner.
    Exception,
}

crate::word_enum!(RemedyKind, "remedy", { Wait => "wait", Audit => "audit", Review => "review", Exception => "exception" });

/// How one required criterion is met, or how far it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// The criterion.
    pub criterion: CriterionName,
    /// How many independent voices the policy asks for.
    pub needed: u32,
    /// The chains found, one a voice, best first.
    pub chains: Vec<Vec<Step>>,
}

/// One link of a chain: a testimony that leads from a version (or nothing) to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The testimony's id.
    pub statement: String,
    /// Where it starts; none is nothing at all.
    pub from: Option<Version>,
    /// Where it leads.
    pub to: Version,
    /// Who carries it: names of authors.
    pub authors: Vec<String>,
    /// Whose voice it counts as (organisation, or person where the policy says so).
    pub voice: String,
}

/// One artifact of a judged release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedArtifact {
    /// Which artifact.
    pub artifact: Artifact,
    /// Its digests.
    pub digests: Digests,
    /// Its own outcome.
    pub state: State,
    /// Whether its bytes are served.
    pub bytes: Bytes,
}
