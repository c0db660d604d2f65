//! Search: one box for names and purls.

use serde::Serialize;

use crate::Page;
use crate::parts::{Link, ListLink, Pager, PolicyState, Step};
use crate::samples::{HOSTILE, LONG, policy_states, step};

/// `/search?q=`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Search {
    /// What was asked for; empty before the first search.
    pub query: String,
    /// How the query was read, for example "read as the purl pkg:cargo/serde"; `None` when it is a plain name.
    pub understood: Option<String>,
    /// Links that narrow by ecosystem ("all", "cargo", …).
    pub ecosystems: Vec<ListLink>,
    /// What was found, best first.
    pub results: Vec<SearchHit>,
    /// The rest of it.
    pub pager: Pager,
    /// What to do when nothing was found, for example "Look it up in the official index".
    pub steps: Vec<Step>,
    /// Why the query could not be read.
    pub problem: Option<String>,
}

/// One package that was found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SearchHit {
    /// The package.
    pub package: Link,
    /// `cargo`, `pypi` or `npm`.
    pub ecosystem: String,
    /// What the package says of itself.
    pub summary: Option<String>,
    /// Its newest release known here.
    pub newest: Option<Link>,
    /// What each policy says of that release.
    pub states: Vec<PolicyState>,
    /// How many audits there are of any of its releases.
    pub audits: u64,
}

impl Page for Search {
    const TEMPLATE: &'static str = "search.html";

    fn sample() -> Vec<Self> {
        let hit = SearchHit {
            package: Link::new("serde", "/packages/cargo/serde"),
            ecosystem: "cargo".into(),
            summary: Some("A generic serialization and deserialization framework".into()),
            newest: Some(Link::new("1.0.219", "/releases/pkg:cargo/serde@1.0.219")),
            states: policy_states().into_iter().take(3).collect(),
            audits: 41,
        };
        let long = SearchHit {
            package: Link::new(LONG, "/packages/npm/long"),
            ecosystem: "npm".into(),
            summary: None,
            newest: None,
            states: Vec::new(),
            audits: 0,
        };
        let order =
            |text: &str, current| ListLink { text: text.into(), href: format!("/search?q=serde&ecosystem={text}"), current };
        let found = Self {
            query: "serde".into(),
            ecosystems: vec![order("all", true), order("cargo", false), order("pypi", false), order("npm", false)],
            results: vec![hit, long],
            pager: Pager {
                shown: 2,
                total: Some(305),
                previous: Some("/search?q=serde&before=a".into()),
                next: Some("/search?q=serde&after=b".into()),
            },
            ..Self::default()
        };
        let nothing = Self {
            query: "pkg:cargo/no-such-thing".into(),
            understood: Some("read as the purl of a package".into()),
            steps: vec![step("Its index has not been read yet.", "Look it up in the index", "/packages/cargo/no-such-thing")],
            ..Self::default()
        };
        let wrong = Self {
            query: HOSTILE.into(),
            problem: Some("This cannot be read as a purl: the type is missing. Write it as pkg:cargo/name.".into()),
            ..Self::default()
        };
        vec![found, nothing, wrong, Self::default()]
    }
}
