//! A package: what each policy lists of it, and its versions.

use serde::Serialize;

use crate::Page;
use crate::parts::{AdvisoryRow, AuditRow, CandidateRow, Link, ListLink, Notice, Pager, PolicyState, Verdict, When};
use crate::parts::{State, Tone};
use crate::samples::{HOSTILE, LONG, advisory_rows, audit_rows, notice, policy_states, verdict, when};

/// `/packages/{ecosystem}/{name}`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Package {
    /// Normalised name.
    pub name: String,
    /// `cargo`, `pypi` or `npm`.
    pub ecosystem: String,
    /// `pkg:cargo/serde`
    pub purl: String,
    /// What the package says of itself.
    pub summary: Option<String>,
    /// Home page, repository, documentation, as its metadata gives them.
    pub attributes: Vec<Link>,
    /// One sentence per policy; its `because` says how far it lists the package ("up to 1.0.218; 1.0.219 waits 3 more days").
    pub verdicts: Vec<Verdict>,
    /// What needs saying first, for example "This upstream gives no times".
    pub notices: Vec<Notice>,
    /// Orders of the versions table.
    pub orders: Vec<ListLink>,
    /// The versions of this page of the list.
    pub versions: Vec<VersionRow>,
    /// The rest of them.
    pub pager: Pager,
    /// Its project, where this community hands it through.
    pub project: Option<Link>,
    /// Candidates of it that are on their way here.
    pub candidates: Vec<CandidateRow>,
    /// What followed communities said of their own candidates of it; it weighs nothing here.
    pub elsewhere: Vec<ElsewhereRow>,
    /// Audits of any of its releases, newest first.
    pub audits: Vec<AuditRow>,
    /// Advisories about it.
    pub advisories: Vec<AdvisoryRow>,
    /// Where the newest release can be audited; `None` for visitors.
    pub record_href: Option<String>,
    /// Where the form for an advisory is, for who may issue one.
    pub advise_href: Option<String>,
    /// How to follow it: `@cargo.serde@vet.example`; `None` on a trial.
    pub handle: Option<String>,
}

/// What a followed community said of a candidate of its own.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ElsewhereRow {
    /// What was said, linked to its page there.
    pub said: Link,
    /// Who said it: `brook@pier.example`.
    pub by: String,
    /// When.
    pub when: When,
    /// Whether it is an alarm.
    pub alarm: bool,
}

/// One version in the table.
#[derive(Debug, Clone, Default, Serialize)]
pub struct VersionRow {
    /// The version, linked to its release page.
    pub version: Link,
    /// When it was published; `None` when undated.
    pub published: Option<When>,
    /// Where that date comes from: "index", "last-modified header", "first reading", "present at first sight", "undated".
    pub date_source: String,
    /// What each policy says.
    pub states: Vec<PolicyState>,
    /// Audits that cover it.
    pub audits: u64,
    /// Advisories that concern it.
    pub advisories: Vec<Link>,
    /// Yanked upstream.
    pub yanked: bool,
}

fn elsewhere() -> Vec<ElsewhereRow> {
    let row = |text: &str, alarm| ElsewhereRow {
        said: Link::new(text, "https://pier.example/candidates/x"),
        by: "brook@pier.example".into(),
        when: when("yesterday"),
        alarm,
    };
    vec![row("serde 1.0.219 was released to the official index", false), row(HOSTILE, true)]
}

impl Page for Package {
    const TEMPLATE: &'static str = "package.html";

    fn sample() -> Vec<Self> {
        let says = |policy, state, because: &str| Verdict { subject: "serde".into(), ..verdict(policy, state, because) };
        let row = VersionRow {
            version: Link::new("1.0.219", "/releases/pkg:cargo/serde@1.0.219"),
            published: Some(when("3 days ago")),
            date_source: "index".into(),
            states: policy_states(),
            audits: 2,
            advisories: Vec::new(),
            yanked: false,
        };
        let older = VersionRow {
            version: Link::new("1.0.218-alpha.1+build.20260101", "/releases/x"),
            published: None,
            date_source: "present at first sight".into(),
            advisories: advisory_rows().into_iter().map(|a| a.id).collect(),
            yanked: true,
            ..row.clone()
        };
        let order = |text: &str, current| ListLink { text: text.into(), href: format!("?order={text}"), current };
        let full = Self {
            name: "serde".into(),
            ecosystem: "cargo".into(),
            purl: "pkg:cargo/serde".into(),
            summary: Some("A generic serialization and deserialization framework".into()),
            attributes: vec![
                Link::new("Repository", "https://code.example/serde"),
                Link::new("Home page", "https://serde.example"),
            ],
            verdicts: vec![
                says("Cooldown", State::Listed, "up to 1.0.218; 1.0.219 waits 4 more days"),
                says("Strict", State::Held, "every release waits for a second organisation"),
            ],
            notices: vec![notice(
                Tone::Warn,
                "This upstream gives no times; releases are dated by the first reading that showed \
                them.",
            )],
            orders: vec![order("newest", true), order("version", false), order("state", false)],
            versions: vec![row, older],
            pager: Pager { shown: 2, total: Some(305), previous: None, next: Some("?after=1.0.218".into()) },
            project: Some(Link::new("serde", "/projects/pkg:cargo/serde")),
            candidates: super::candidates::sample_rows(),
            elsewhere: elsewhere(),
            audits: audit_rows(),
            advisories: advisory_rows(),
            record_href: Some("/audits/new?release=pkg:cargo/serde@1.0.219".into()),
            advise_href: Some("/advisories/new?package=pkg:cargo/serde".into()),
            handle: Some("@cargo.serde@vet.example".into()),
        };
        let empty = Self { name: "six".into(), ecosystem: "pypi".into(), purl: "pkg:pypi/six".into(), ..Self::default() };
        let long = Self {
            name: LONG.into(),
            ecosystem: "npm".into(),
            purl: format!("pkg:npm/{LONG}"),
            summary: Some(HOSTILE.into()),
            ..full.clone()
        };
        vec![full, empty, long]
    }
}
