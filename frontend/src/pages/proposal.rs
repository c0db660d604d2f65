//! One change that needs two stewards: what it would do, who asked for it, and the buttons for the other steward.

use serde::Serialize;

use crate::Page;
use crate::pages::adopt::{Adopt, AdoptPreview};
use crate::parts::{DiffLine, Hunk, Link, Notice, Tone, When};
use crate::samples::{HOSTILE, LONG, notice, when};

/// `/proposals/{id}`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Proposal {
    /// What it changes: "Policy strict".
    pub title: String,
    /// Who asks for what, and what it waits for, one sentence.
    pub sentence: String,
    /// What just happened, or what stands against it.
    pub notices: Vec<Notice>,
    /// What is there now, and what would be.
    pub rows: Vec<ProposalChange>,
    /// Where the document differs from the one in force, while it waits.
    pub hunks: Vec<Hunk>,
    /// What adopting the policy would do, while it waits.
    pub preview: Option<AdoptPreview>,
    /// The proposed document.
    pub document: Option<String>,
    /// Who proposed it.
    pub by: Link,
    /// When.
    pub made: When,
    /// When it lapses, while it waits.
    pub ends: Option<When>,
    /// Who decided it.
    pub decided_by: Option<Link>,
    /// When.
    pub decided: Option<When>,
    /// What who looks may do now.
    pub moves: Vec<ProposalMove>,
}

/// One thing that changes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProposalChange {
    /// "May do", "Counts for", "Applied".
    pub what: String,
    /// What is there now; empty where nothing is.
    pub before: String,
    /// What would be.
    pub after: String,
}

/// A button.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProposalMove {
    /// Where it posts to.
    pub action: String,
    /// A verb.
    pub label: String,
    /// What follows, one sentence.
    pub hint: String,
    /// Whether it is what the page is for.
    pub main: bool,
}

impl Page for Proposal {
    const TEMPLATE: &'static str = "proposal.html";

    fn sample() -> Vec<Self> {
        let row = |what: &str, before: &str, after: &str| ProposalChange {
            what: what.into(),
            before: before.into(),
            after: after.into(),
        };
        let button = |verb: &str, label: &str, main| ProposalMove {
            action: format!("/proposals/3/{verb}"),
            label: label.into(),
            hint: "It takes effect at once.".into(),
            main,
        };
        let line = |kind: &str, text: &str| DiffLine { kind: kind.into(), number: Some(2), text: text.into(), cut: false };
        let policy = Self {
            title: "Policy balanced".into(),
            sentence: "ada proposes revision 4 of balanced; it waits for a second steward.".into(),
            rows: vec![row("Applied", "enforce", "observe")],
            hunks: vec![Hunk { place: "lines 1 to 2".into(), lines: vec![line("removed", LONG), line("added", HOSTILE)] }],
            preview: Adopt::sample().into_iter().find_map(|page| page.preview),
            document: Some(format!("vetmoot-policy = 1\n# {HOSTILE}\n{LONG}{LONG}\n")),
            by: Link::new("ada", "/users/ada"),
            made: when("2 hours ago"),
            ends: Some(when("in 13 days")),
            moves: vec![button("accept", "Accept", true), button("refuse", "Refuse", false)],
            ..Self::default()
        };
        let roles = Self {
            title: format!("Roles of {LONG}"),
            sentence: "ada proposes other roles for bob; it waits for a second steward.".into(),
            notices: vec![notice(Tone::Warn, "What it changes was changed meanwhile, so it can only be refused.")],
            rows: vec![row("May do", "auditor", "auditor, lead"), row("Counts for", "", "Harbour Guild")],
            hunks: Vec::new(),
            preview: None,
            document: None,
            moves: vec![button("withdraw", "Take it back", false)],
            ..policy.clone()
        };
        let over = Self {
            sentence: "brook accepted it, and it took effect.".into(),
            ends: None,
            decided_by: Some(Link::new("brook", "/users/brook")),
            decided: Some(when("an hour ago")),
            moves: Vec::new(),
            notices: Vec::new(),
            ..roles.clone()
        };
        vec![policy, roles, over]
    }
}
