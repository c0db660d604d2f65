//! What a policy says of a release, in sentences, remedies and a tree down to the statements.

mod because;
mod remedy;
mod tree;

use vetmoot_domain::{Adoption, Bytes, Decision, Evidence, Phase, State, Timestamp};
use vetmoot_frontend::parts;
use vetmoot_frontend::parts::{Mode, PolicyState, Verdict};
use vetmoot_judge::GateWords;
use vetmoot_workflows::policy::book::Adopted;

use super::links;
use super::moment::when;

pub use because::{against, because, briefly};
pub use remedy::{cheapest, remedy};
pub use tree::tree;

/// What is known beside a decision when it is put into words.
pub struct Ground<'a> {
    /// The moment everything relative counts from.
    pub now: Timestamp,
    /// When the release was published, when that is known.
    pub published: Option<Timestamp>,
    /// The audits and advisories about the package.
    pub evidence: &'a Evidence,
    /// The policy's title.
    pub title: &'a str,
    /// Gates of the policy that have no source here.
    pub not_configured: &'a [GateWords],
    /// Whether the reader may record audits: remedies then link to the form.
    pub may_audit: bool,
}

/// The state as pages show it.
pub fn state(state: State) -> parts::State {
    match state {
        State::Listed => parts::State::Listed,
        State::Held => parts::State::Held,
        State::Refused => parts::State::Refused,
    }
}

/// The phase as pages show it.
pub fn phase(phase: Phase) -> parts::Phase {
    match phase {
        Phase::Pending => parts::Phase::Pending,
        Phase::Lapsed => parts::Phase::Lapsed,
    }
}

/// How a policy is adopted, as pages show it.
pub fn mode(mode: Adoption) -> Mode {
    match mode {
        Adoption::Enforce => Mode::Enforce,
        Adoption::Observe => Mode::Observe,
    }
}

/// A decision in a cell of a table, linked to the page that explains it.
pub fn cell(adopted: &Adopted, decision: &Decision) -> PolicyState {
    PolicyState {
        policy: parts::Link::new(links::name_of(adopted), links::why(adopted.slug.as_str(), &decision.artifact)),
        state: state(decision.state),
        phase: decision.phase.map(phase),
    }
}

/// A decision as a sentence.
pub fn verdict(adopted: &Adopted, decision: &Decision, ground: &Ground<'_>) -> Verdict {
    Verdict {
        subject: links::said(&decision.artifact.release),
        policy: links::policy_link(adopted),
        state: state(decision.state),
        phase: decision.phase.map(phase),
        because: because(decision, ground),
        bytes_served: decision.bytes == Bytes::Serve || adopted.mode == Adoption::Observe,
        valid_until: decision.valid_until.filter(|until| *until > ground.now).map(|until| when(ground.now, until)),
        mode: mode(adopted.mode),
        why_href: links::why(adopted.slug.as_str(), &decision.artifact),
    }
}

#[cfg(test)]
mod tests;
