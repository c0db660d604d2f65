//! What a policy says of a release, from the badge down to the tree of reasons.

use serde::Serialize;

use super::{Link, When};

/// The four states of a release, each with its own shape, word and colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Served and shown (check).
    Listed,
    /// Not now (hourglass).
    Held,
    /// Never (octagon).
    Refused,
    /// Not judged (ring).
    #[default]
    Unknown,
}

/// Which kind of held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// This policy never listed it.
    Pending,
    /// Listed before, now not.
    Lapsed,
}

/// How a policy is adopted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Withholds what it does not list.
    #[default]
    Enforce,
    /// Serves everything and records what it would have withheld.
    Observe,
}

/// The state of a release under one policy, as it stands in table cells.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PolicyState {
    /// The policy's name; its `href` is the why page of this release where there is one.
    pub policy: Link,
    /// What it says.
    pub state: State,
    /// For held releases.
    pub phase: Option<Phase>,
}

/// One policy's word about a release or package, as a sentence:
/// "{subject} is *{state}* under {policy}: {because}."
#[derive(Debug, Clone, Default, Serialize)]
pub struct Verdict {
    /// What is judged, short: "serde 1.0.219".
    pub subject: String,
    /// The policy, linked to its page.
    pub policy: Link,
    /// What it says.
    pub state: State,
    /// For held releases.
    pub phase: Option<Phase>,
    /// The reasons in plain words, joined by commas, without a full stop:
    /// "one auditor read it, nobody objects, it is 24 days old".
    pub because: String,
    /// Whether the bytes are served to builds that ask for exactly this release.
    pub bytes_served: bool,
    /// The moment at which the same evidence gives another outcome.
    pub valid_until: Option<When>,
    /// The policy only observes: everything is served and this is what it would have said.
    pub mode: Mode,
    /// Link to the why page.
    pub why_href: String,
}

/// Whether a requirement in the tree of reasons holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// It holds.
    Met,
    /// It does not hold yet.
    Missing,
    /// Something speaks against the release.
    Against,
    /// A gate without a source, which changes nothing.
    NotConfigured,
    /// A plain fact below a requirement, without a mark.
    #[default]
    Fact,
}

/// One node of the tree "Why?": criterion -> chain -> audit or import entry.
#[derive(Debug, Clone, Default, Serialize)]
pub struct WhyNode {
    /// Whether this holds.
    pub mark: Mark,
    /// One sentence: "safe-to-deploy is met by one chain of two audits".
    pub text: String,
    /// The statement, import or rule it rests on.
    pub link: Option<Link>,
    /// When that was said, if it is a statement.
    pub when: Option<When>,
    /// What it rests on in turn. Twenty levels at most are shown.
    pub children: Vec<WhyNode>,
}

/// The cheapest change that would admit a release.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Remedy {
    /// One sentence: "An audit of the change 1.0.218 -> 1.0.219 for safe-to-deploy would admit it."
    pub text: String,
    /// What it costs, where that is known: "17 changed lines".
    pub cost: Option<String>,
    /// When waiting alone admits it.
    pub until: Option<When>,
    /// Where it can be done ("Record an audit"), if the reader may.
    pub link: Option<Link>,
}

/// How many releases stand in each state.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Counts {
    /// Listed releases.
    pub listed: u64,
    /// Held releases.
    pub held: u64,
    /// Refused releases.
    pub refused: u64,
    /// Releases not yet judged.
    pub unknown: u64,
}

/// How many known releases of one ecosystem a policy lists.
#[derive(Debug, Clone, Default, Serialize)]
pub struct EcosystemCounts {
    /// `cargo`, `pypi` or `npm`.
    pub ecosystem: String,
    /// Releases this instance knows of, by state.
    pub counts: Counts,
}
