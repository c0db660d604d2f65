//! What was handed in, by whom it is waited for.

use serde::Serialize;

use crate::Page;
use crate::parts::{CandidateRow, Link, ListLink, Notice, Pager, Stage, Tone};
use crate::samples::{HOSTILE, LONG, notice, when};

/// `/candidates`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Candidates {
    /// How many wait for whom, one sentence.
    pub sentence: String,
    /// What hinders.
    pub notices: Vec<Notice>,
    /// Everything, or one state alone.
    pub orders: Vec<ListLink>,
    /// Candidates by whom they wait for.
    pub groups: Vec<Group>,
    /// Nothing waits for anybody.
    pub empty: bool,
    /// Nothing was ever handed in here.
    pub nothing_ever: bool,
    /// Where the rest of one state is.
    pub pager: Pager,
}

/// Candidates that wait for the same people.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Group {
    /// "Waiting for a reviewer"
    pub title: String,
    /// What they can do, one sentence.
    pub hint: String,
    /// The candidates, newest first.
    pub rows: Vec<CandidateRow>,
    /// All of them, where these are not.
    pub more: Option<Link>,
}

pub(crate) fn sample_rows() -> Vec<CandidateRow> {
    let row = CandidateRow {
        subject: Link::new("serde 1.0.220", "/candidates/0b7c6f3e-5a51-4c62-9d1a-0f1f5b1f6a11"),
        ecosystem: "cargo".into(),
        stage: Stage::InReview,
        reason: None,
        uploader: Link::new("ada", "/users/ada"),
        uploaded_as: None,
        released_by: None,
        changed: when("2 hours ago"),
    };
    vec![
        row.clone(),
        CandidateRow {
            subject: Link::new(format!("{LONG} 0.0.1"), "/candidates/x"),
            stage: Stage::ChangesAsked,
            reason: Some(HOSTILE.into()),
            uploaded_as: Some("repo:harbour/serde workflow:release.yml".into()),
            ..row.clone()
        },
        CandidateRow { stage: Stage::Released, released_by: Some(Link::new("brook", "/users/brook")), ..row },
    ]
}

impl Page for Candidates {
    const TEMPLATE: &'static str = "candidates.html";

    fn sample() -> Vec<Self> {
        let order = |text: &str, current| ListLink { text: text.into(), href: "/candidates".into(), current };
        let orders = vec![order("what waits", true), order("released", false), order("withdrawn", false)];
        let usual = Self {
            sentence: "2 candidates wait: one for a reviewer, one for its uploader.".into(),
            notices: vec![notice(Tone::Warn, "All publishing is stopped.")],
            orders: orders.clone(),
            groups: vec![
                Group {
                    title: "Waiting for a reviewer".into(),
                    hint: "Read them and record what you found.".into(),
                    rows: sample_rows(),
                    more: Some(Link::new("All that are staged", "/candidates?state=staged")),
                },
                Group {
                    title: "Waiting for a lead".into(),
                    hint: "A lead who did not hand it in releases it.".into(),
                    ..Group::default()
                },
            ],
            pager: Pager { next: Some("/candidates?state=released&after=50".into()), ..Pager::default() },
            ..Self::default()
        };
        let empty = Self {
            sentence: "Nothing waits.".into(),
            orders,
            empty: true,
            nothing_ever: true,
            ..Self::default()
        };
        let quiet = Self { nothing_ever: false, ..empty.clone() };
        let none = Self {
            empty: false,
            nothing_ever: false,
            groups: vec![Group { title: "Withdrawn".into(), ..Group::default() }],
            ..empty.clone()
        };
        vec![usual, empty, quiet, none]
    }
}
