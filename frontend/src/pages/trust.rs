//! Making the audits of a followed community count under a policy, with the effect shown before saving.

use serde::Serialize;

use crate::Page;
use crate::parts::{Choice, Field, Link, Notice, Problem, Tone};
use crate::samples::{HOSTILE, choice, notice};

/// `/peers/{host}/trust`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Trust {
    /// Its host, which is what the policy calls it.
    pub host: String,
    /// What it calls itself.
    pub name: String,
    /// Where the form posts to.
    pub action: String,
    /// What hinders.
    pub notices: Vec<Notice>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// The policies here.
    pub policies: Vec<Choice>,
    /// The organisation its auditors count as.
    pub organisation: Field,
    /// The level they are given.
    pub levels: Vec<Choice>,
    /// Criteria, one `theirs = ours` a line.
    pub map: Field,
    /// Depth assumed where an audit says none.
    pub depths: Vec<Choice>,
    /// Packages for which it does not count, one purl a line.
    pub exclude: Field,
    /// Whether each of its auditors is a body of their own.
    pub apart: bool,
    /// Whether undated entries count.
    pub undated: bool,
    /// Whether entries without digests count.
    pub unbound: bool,
    /// What it would do, once looked at.
    pub preview: Option<TrustPreview>,
}

/// What saving would do.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TrustPreview {
    /// The policy it is saved in.
    pub policy: Link,
    /// In a sentence: "41 releases become listed, none lapses."
    pub sentence: String,
    /// Per ecosystem.
    pub effects: Vec<TrustEffect>,
    /// The lines that are added to the document.
    pub toml: String,
    /// What saving does, one sentence.
    pub takes_effect: String,
}

/// What changes in one ecosystem.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TrustEffect {
    /// `cargo`, `pypi` or `npm`.
    pub ecosystem: String,
    /// Releases that become listed.
    pub newly_listed: u64,
    /// Releases that are listed no longer.
    pub newly_withheld: u64,
}

impl Page for Trust {
    const TEMPLATE: &'static str = "trust.html";

    fn sample() -> Vec<Self> {
        let levels = (0..5).map(|level: u8| choice(&level.to_string(), &format!("level {level}"), "", level == 2)).collect();
        let blank = Self {
            host: "pier.example".into(),
            name: "Pier Readers".into(),
            action: "/peers/pier.example/trust".into(),
            policies: vec![
                choice("balanced", "Balanced", "does not name it yet", true),
                choice("strict", "Strict", "names it; edit the document instead", false),
            ],
            organisation: Field::of("pier-readers"),
            levels,
            depths: vec![choice("", "as each audit says", "", true), choice("read", "read", "", false)],
            ..Self::default()
        };
        let preview = TrustPreview {
            policy: Link::new("Balanced", "/policies/balanced"),
            sentence: "41 releases become listed, none lapses.".into(),
            effects: vec![
                TrustEffect { ecosystem: "cargo".into(), newly_listed: 40, newly_withheld: 0 },
                TrustEffect { ecosystem: "npm".into(), newly_listed: 1, newly_withheld: 0 },
            ],
            toml: "[[import]]\nname = \"pier.example\"\norganisation = \"pier-readers\"\nlevel = 2\n".into(),
            takes_effect: "Saving adopts revision 4 of Balanced at once.".into(),
        };
        let seen = Self { preview: Some(preview.clone()), map: Field::of("safe = safe-to-deploy"), ..blank.clone() };
        let nothing = Self {
            name: HOSTILE.into(),
            preview: Some(TrustPreview { effects: Vec::new(), sentence: "Nothing changes.".into(), ..preview }),
            notices: vec![notice(Tone::Info, "Its log is still being read; the effect grows with it.")],
            ..blank.clone()
        };
        let wrong = Self {
            problems: vec![Problem { field: "map".into(), text: "Line 1 has no equals sign.".into() }],
            map: Field::wrong(HOSTILE, "Line 1 has no equals sign. Write theirs = ours."),
            ..blank.clone()
        };
        vec![blank, seen, nothing, wrong]
    }
}
