//! Changes of policies and roles that wait for a second steward, and what became of the others.

use serde::Serialize;

use crate::Page;
use crate::parts::{Link, Notice, Pager, Tone, When};
use crate::samples::{HOSTILE, LONG, notice, when};

/// `/proposals`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Proposals {
    /// How many wait, and for whom, one sentence.
    pub sentence: String,
    /// What just happened, or that nothing waits while there is one steward.
    pub notices: Vec<Notice>,
    /// Those that wait, oldest first.
    pub waiting: Vec<ProposalRow>,
    /// Those that are over, newest first.
    pub over: Vec<ProposalRow>,
    /// Where the rest of those that are over is.
    pub pager: Pager,
}

/// One proposal.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProposalRow {
    /// What it changes, linked to its page: "Policy strict", "Roles of bob".
    pub subject: Link,
    /// Who proposed it.
    pub by: Link,
    /// When.
    pub made: When,
    /// When it lapses, while it waits.
    pub ends: Option<When>,
    /// `waiting`, `accepted`, `refused`, `withdrawn`, `lapsed`.
    pub state: String,
    /// Who decided it.
    pub decided_by: Option<Link>,
    /// When.
    pub decided: Option<When>,
}

impl Page for Proposals {
    const TEMPLATE: &'static str = "proposals.html";

    fn sample() -> Vec<Self> {
        let row = |what: &str, state: &str| ProposalRow {
            subject: Link::new(what, "/proposals/3"),
            by: Link::new("ada", "/users/ada"),
            made: when("2 hours ago"),
            ends: (state == "waiting").then(|| when("in 13 days")),
            state: state.into(),
            ..ProposalRow::default()
        };
        let decided = |what: &str, state: &str| ProposalRow {
            decided_by: Some(Link::new("brook", "/users/brook")),
            decided: Some(when("an hour ago")),
            ..row(what, state)
        };
        let usual = Self {
            sentence: "2 changes wait for a second steward.".into(),
            notices: vec![notice(Tone::Done, "You accepted it, and it took effect.")],
            waiting: vec![row("Policy strict", "waiting"), row(LONG, "waiting")],
            over: vec![decided("Roles of bob", "accepted"), decided(HOSTILE, "refused"), row("New member carl", "lapsed")],
            pager: Pager { next: Some("/proposals?before=12".into()), ..Pager::default() },
        };
        let empty = Self {
            sentence: "Nothing waits.".into(),
            notices: vec![notice(Tone::Info, "Only one steward: changes take effect at once.")],
            ..Self::default()
        };
        vec![usual, empty]
    }
}
