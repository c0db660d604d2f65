//! The packages this community hands through.

use serde::Serialize;

use crate::Page;
use crate::parts::{Field, Link, Notice, Pager, Problem, Tone};
use crate::samples::{HOSTILE, LONG, notice};

/// `/projects`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Projects {
    /// What projects are and how many there are, one sentence.
    pub sentence: String,
    /// What just happened, or what hinders.
    pub notices: Vec<Notice>,
    /// The projects, by name.
    pub rows: Vec<ProjectRow>,
    /// Where the rest is.
    pub pager: Pager,
    /// The form that opens one, for who may.
    pub open: Option<OpenForm>,
}

/// A project in the list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProjectRow {
    /// The package, linked to the project's page.
    pub package: Link,
    /// `cargo`, `pypi` or `npm`.
    pub ecosystem: String,
    /// Where it is released to, in words.
    pub home: String,
    /// The policy that vets it.
    pub policy: Link,
    /// Its people by name.
    pub people: Vec<Link>,
    /// Candidates that wait.
    pub waiting: u64,
    /// Whether it is stopped.
    pub stopped: bool,
}

/// The form that opens a project. Posts `package`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct OpenForm {
    /// Where it posts to.
    pub action: String,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// The package as a purl.
    pub package: Field,
}

impl Page for Projects {
    const TEMPLATE: &'static str = "projects.html";

    fn sample() -> Vec<Self> {
        let row = ProjectRow {
            package: Link::new("serde", "/projects/pkg:cargo/serde"),
            ecosystem: "cargo".into(),
            home: "the official index".into(),
            policy: Link::new("Balanced", "/policies/balanced"),
            people: vec![Link::new("ada", "/users/ada"), Link::new("brook", "/users/brook")],
            waiting: 2,
            stopped: false,
        };
        let open = OpenForm { action: "/projects".into(), ..OpenForm::default() };
        let usual = Self {
            sentence: "This community hands 2 packages through to their indexes.".into(),
            notices: Vec::new(),
            rows: vec![
                row.clone(),
                ProjectRow {
                    package: Link::new(LONG, "/projects/pkg:npm/x"),
                    ecosystem: "npm".into(),
                    home: "this community alone".into(),
                    people: Vec::new(),
                    waiting: 0,
                    stopped: true,
                    ..row
                },
            ],
            pager: Pager { shown: 2, total: Some(2), previous: None, next: None },
            open: Some(open.clone()),
        };
        let empty = Self {
            sentence: "This community hands no package through yet.".into(),
            rows: Vec::new(),
            open: None,
            ..usual.clone()
        };
        let wrong = Self {
            notices: vec![notice(Tone::Warn, "All publishing is stopped.")],
            open: Some(OpenForm {
                problems: vec![Problem { field: "package".into(), text: "This is no package.".into() }],
                package: Field::wrong(HOSTILE, "This is no package. Write it as pkg:cargo/NAME."),
                ..open
            }),
            ..usual.clone()
        };
        vec![usual, empty, wrong]
    }
}
