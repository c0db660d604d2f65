//! Where the link inside a cargo source name leads: why something is missing under one policy.

use serde::Serialize;

use crate::Page;
use crate::parts::{Field, Link, Mode, State, When};
use crate::samples::{HOSTILE, LONG, when};

/// `/why/{policy}`. Its form is a GET with `ecosystem`, `name`, `version`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct WhyPolicy {
    /// The policy.
    pub policy: Link,
    /// One sentence: what it asks for.
    pub in_short: String,
    /// Enforced or observed.
    pub mode: Mode,
    /// Where the form goes: `/why/{policy}`.
    pub action: String,
    /// The ecosystem that was chosen.
    pub ecosystem: Field,
    /// The name that was typed; its error says that nothing of the name is known.
    pub name: Field,
    /// The version that was typed; may stay empty.
    pub version: Field,
    /// What was withheld lately, newest first.
    pub latest: Vec<Withheld>,
}

/// A release that was asked for and not served.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Withheld {
    /// The release, linked to its why page.
    pub release: Link,
    /// What the policy says.
    pub state: State,
    /// Why, in plain words.
    pub because: String,
    /// When it was last asked for.
    pub last: When,
}

impl Page for WhyPolicy {
    const TEMPLATE: &'static str = "why_policy.html";

    fn sample() -> Vec<Self> {
        let row = Withheld {
            release: Link::new("serde 1.0.220", "/why/strict/pkg:cargo/serde@1.0.220"),
            state: State::Held,
            because: "it is 2 hours old and Strict waits 14 days".into(),
            last: when("a minute ago"),
        };
        let empty = Self {
            policy: Link::new("Strict", "/policies/strict"),
            in_short: "it waits 14 days and asks for two organisations.".into(),
            action: "/why/strict".into(),
            ..Self::default()
        };
        let full = Self {
            ecosystem: Field::of("pypi"),
            name: Field::wrong(HOSTILE, "Nothing of that name is known in PyPI. Check the spelling."),
            version: Field::of("1.0"),
            latest: vec![
                row.clone(),
                Withheld { release: Link::new(LONG, "/why/x"), state: State::Refused, because: HOSTILE.into(), ..row },
            ],
            ..empty.clone()
        };
        vec![full, Self { mode: Mode::Observe, ..empty.clone() }, empty]
    }
}
