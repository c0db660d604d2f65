//! A release: the sentence of each policy, why, its artifacts, audits and advisories.

use serde::Serialize;

use crate::Page;
use crate::parts::Tone;
use crate::parts::{AdvisoryRow, AuditRow, CandidateRow, Link, Notice, PolicyState, Remedy, Verdict, When, WhyNode};
use crate::samples::{
    HOSTILE, LONG, SHA256, SHA512, advisory_rows, audit_rows, notice, policy_states, remedy, strings, verdicts, waiting, when,
    why_tree,
};

/// `/releases/{purl}`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Release {
    /// Name of the package.
    pub name: String,
    /// Version.
    pub version: String,
    /// `cargo`, `pypi` or `npm`.
    pub ecosystem: String,
    /// `pkg:cargo/serde@1.0.219`
    pub purl: String,
    /// The package it belongs to.
    pub package: Link,
    /// When it was published; `None` when undated.
    pub published: Option<When>,
    /// Where that date comes from.
    pub date_source: String,
    /// Yanked upstream.
    pub yanked: bool,
    /// What needs saying first.
    pub notices: Vec<Notice>,
    /// One verdict and its reasons per policy.
    pub decisions: Vec<ReleaseDecision>,
    /// The artifacts with digests and states.
    pub artifacts: Vec<ArtifactRow>,
    /// How many artifacts are not listed by at least one policy.
    pub unlisted: u64,
    /// Its project, where this community hands it through.
    pub project: Option<Link>,
    /// Candidates of exactly this version.
    pub candidates: Vec<CandidateRow>,
    /// Audits that cover it.
    pub audits: Vec<AuditRow>,
    /// Advisories that concern it.
    pub advisories: Vec<AdvisoryRow>,
    /// Where an audit of it is recorded; `None` for visitors.
    pub record_href: Option<String>,
    /// The decisions in machine form.
    pub api_href: String,
}

/// One policy's verdict on the release with the tree of reasons.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ReleaseDecision {
    /// The sentence.
    pub verdict: Verdict,
    /// The tree "Why?", one root per criterion and gate.
    pub why: Vec<WhyNode>,
    /// The cheapest change that would admit it; `None` when it is listed or nothing would.
    pub remedy: Option<Remedy>,
}

/// One published file of the release.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ArtifactRow {
    /// File name.
    pub file: String,
    /// `pkg:pypi/six@1.17.0?file_name=…`
    pub purl: String,
    /// Size with unit; `None` while unknown.
    pub size: Option<String>,
    /// When it was uploaded; `None` where the index does not say.
    pub uploaded: Option<When>,
    /// Every digest known, with algorithm.
    pub digests: Vec<String>,
    /// What each policy says of this file.
    pub states: Vec<PolicyState>,
    /// Whether the bytes are stored here.
    pub stored: bool,
}

impl Page for Release {
    const TEMPLATE: &'static str = "release.html";

    fn sample() -> Vec<Self> {
        let decisions = verdicts().into_iter().enumerate().map(|(at, verdict)| ReleaseDecision {
            verdict,
            why: why_tree(),
            remedy: [None, Some(remedy()), Some(waiting())].into_iter().nth(at).flatten(),
        });
        let file = ArtifactRow {
            file: "serde-1.0.219.crate".into(),
            purl: "pkg:cargo/serde@1.0.219".into(),
            size: Some("77 kB".into()),
            uploaded: Some(when("3 days ago")),
            digests: strings(&[SHA256, SHA512]),
            states: policy_states(),
            stored: true,
        };
        let bare =
            ArtifactRow { file: format!("{LONG}.whl"), purl: HOSTILE.into(), states: Vec::new(), ..ArtifactRow::default() };
        let full = Self {
            name: "serde".into(),
            version: "1.0.219".into(),
            ecosystem: "cargo".into(),
            purl: "pkg:cargo/serde@1.0.219".into(),
            package: Link::new("serde", "/packages/cargo/serde"),
            published: Some(when("24 days ago")),
            date_source: "by the index".into(),
            yanked: true,
            notices: vec![notice(Tone::Info, "Its advisory is mended by this release, so the age gate lets it pass at once.")],
            decisions: decisions.collect(),
            artifacts: vec![file, bare],
            unlisted: 1,
            project: Some(Link::new("serde", "/projects/pkg:cargo/serde")),
            candidates: super::candidates::sample_rows(),
            audits: audit_rows(),
            advisories: advisory_rows(),
            record_href: Some("/audits/new?release=pkg:cargo/serde@1.0.219".into()),
            api_href: "/api/v1/decisions?purl=pkg:cargo/serde@1.0.219".into(),
        };
        let usual = Self {
            decisions: full.decisions.iter().take(2).cloned().collect(),
            artifacts: full.artifacts.iter().take(1).cloned().collect(),
            unlisted: 0,
            yanked: false,
            notices: Vec::new(),
            advisories: Vec::new(),
            ..full.clone()
        };
        let empty = Self {
            name: "six".into(),
            version: "1.17.0".into(),
            ecosystem: "pypi".into(),
            purl: "pkg:pypi/six@1.17.0".into(),
            package: Link::new("six", "/packages/pypi/six"),
            api_href: "/api/v1/decisions?purl=pkg:pypi/six@1.17.0".into(),
            ..Self::default()
        };
        let long = Self { name: LONG.into(), version: HOSTILE.into(), ..usual.clone() };
        vec![usual, full, empty, long]
    }
}
