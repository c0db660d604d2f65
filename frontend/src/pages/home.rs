//! The home page: search, three doors, the policies, the latest audits, what this instance holds.

use serde::Serialize;

use crate::Page;
use crate::pages::candidates;
use crate::pages::policies;
use crate::pages::policies::PolicyRow;
use crate::parts::{AuditRow, CandidateRow, Step};
use crate::samples::{audit_rows, step};

/// `/`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Home {
    /// The page's first sentence, for example "This instance knows 812 packages and lets three policies decide about them."
    pub sentence: String,
    /// Door "I use packages": to the policies and their set-up.
    pub use_href: String,
    /// Door "I audit".
    pub audit_href: String,
    /// Door "I maintain a package".
    pub maintain_href: String,
    /// The adopted policies.
    pub policies: Vec<PolicyRow>,
    /// The latest audits of this community.
    pub latest: Vec<AuditRow>,
    /// How many candidates wait for whom, one sentence; none where nothing was ever handed in.
    pub waits: Option<String>,
    /// What was released last.
    pub released: Vec<CandidateRow>,
    /// What is held per ecosystem.
    pub holdings: Vec<Holding>,
    /// Own audits in all.
    pub audits: u64,
    /// Imported entries in all.
    pub imported: u64,
    /// Advisories in all.
    pub advisories: u64,
    /// What to do next on an instance that holds nothing yet.
    pub steps: Vec<Step>,
}

/// What the instance holds of one ecosystem.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Holding {
    /// `cargo`, `pypi` or `npm`.
    pub ecosystem: String,
    /// Packages known.
    pub packages: u64,
    /// Releases known.
    pub releases: u64,
    /// Artifacts stored here.
    pub artifacts: u64,
    /// Their size, with unit: "1.2 GB"; empty where it is not counted by ecosystem.
    pub size: String,
}

impl Page for Home {
    const TEMPLATE: &'static str = "home.html";

    fn sample() -> Vec<Self> {
        let empty = Self {
            sentence: "This instance is new: it serves cargo, PyPI and npm under Cooldown and holds nothing yet.".into(),
            use_href: "/policies".into(),
            audit_href: "/audits/new".into(),
            maintain_href: "/projects".into(),
            steps: vec![
                step("Point a package manager at it.", "See the set-up", "/policies/cooldown#set-up"),
                step("Bring in audits of other communities.", "Add an import", "/imports/new"),
            ],
            ..Self::default()
        };
        let full = Self {
            sentence: "812 packages are known here, and three policies decide which of their releases you get.".into(),
            policies: policies::rows(),
            latest: audit_rows(),
            waits: Some("Waiting: one candidate for a reviewer and two candidates for a lead.".into()),
            released: candidates::sample_rows(),
            holdings: vec![
                Holding { ecosystem: "cargo".into(), packages: 604, releases: 13_627, artifacts: 1_201, size: "412 MB".into() },
                Holding { ecosystem: "pypi".into(), packages: 1, releases: 1, artifacts: 1, size: "11 kB".into() },
            ],
            audits: 1_515,
            imported: 24_310,
            advisories: 991,
            steps: Vec::new(),
            ..empty.clone()
        };
        vec![full, empty]
    }
}
