//! Check a lock file against a policy.

use serde::Serialize;

use crate::Page;
use crate::parts::{Choice, Counts, Field, Link, Phase, Problem, Remedy, State};
use crate::samples::{HOSTILE, LONG, choice, counts, remedy, strings};

/// `/check`. Posts `policy`, `text`, `name` (which lock file it is), and `file` when `upload` is set.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Check {
    /// Where it posts to.
    pub action: String,
    /// Whether the form takes a file (then it is `multipart/form-data`, else urlencoded).
    pub upload: bool,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// Policies to check against.
    pub policies: Vec<Choice>,
    /// Kinds of lock file: value and label are the file names.
    pub kinds: Vec<Choice>,
    /// The lock file as pasted.
    pub text: Field,
    /// What came out; `None` before the first check.
    pub result: Option<CheckResult>,
}

/// What a check found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CheckResult {
    /// First sentence: "31 of 262 releases are listed under safe-to-deploy."
    pub sentence: String,
    /// The policy.
    pub policy: Link,
    /// Releases by state.
    pub counts: Counts,
    /// One row per release, worst first.
    pub rows: Vec<CheckRow>,
    /// Packages that come from no registry; not in the counts.
    pub first_party: Vec<String>,
}

/// One release of the lock file.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CheckRow {
    /// The release, linked to its why page.
    pub release: Link,
    /// `runtime`, `build` or `dev`.
    pub r#use: String,
    /// What the policy says.
    pub state: State,
    /// For held releases.
    pub phase: Option<Phase>,
    /// Why, in plain words.
    pub because: String,
    /// The cheapest change that would admit it.
    pub remedy: Option<Remedy>,
}

impl Page for Check {
    const TEMPLATE: &'static str = "check.html";

    fn sample() -> Vec<Self> {
        let blank = Self {
            action: "/check".into(),
            policies: vec![choice("balanced", "Balanced", "", true), choice("strict", "Strict", "", false)],
            kinds: strings(&["Cargo.lock", "requirements.txt", "uv.lock", "package-lock.json"])
                .iter()
                .map(|kind| choice(kind, kind, "", false))
                .collect(),
            ..Self::default()
        };
        let row = CheckRow {
            release: Link::new("serde 1.0.219", "/why/balanced/pkg:cargo/serde@1.0.219"),
            r#use: "runtime".into(),
            state: State::Refused,
            phase: None,
            because: "brook reported a violation".into(),
            remedy: None,
        };
        let result = CheckResult {
            sentence: "31 of 262 releases are listed under safe-to-deploy.".into(),
            policy: Link::new("safe-to-deploy", "/policies/safe-to-deploy"),
            counts: counts(31, 228, 1, 2),
            rows: vec![
                row.clone(),
                CheckRow {
                    release: Link::new(LONG, "/why/x"),
                    state: State::Held,
                    phase: Some(Phase::Lapsed),
                    because: "no audit covers it".into(),
                    remedy: Some(remedy()),
                    r#use: "build".into(),
                },
                CheckRow { state: State::Unknown, because: HOSTILE.into(), ..row.clone() },
                CheckRow { state: State::Listed, because: "one auditor read it".into(), ..row },
            ],
            first_party: strings(&["harbour-crane 0.1.0"]),
        };
        let nothing =
            CheckResult { sentence: "The lock file names no release of a registry.".into(), ..CheckResult::default() };
        let wrong = Self {
            problems: vec![Problem { field: "text".into(), text: "Line 3 cannot be read as a lock file.".into() }],
            text: Field::wrong("</textarea><script>", "It stops in the middle of line 3. Paste the whole file."),
            ..blank.clone()
        };
        vec![
            Self { result: Some(result), ..blank.clone() },
            Self { upload: true, ..blank.clone() },
            wrong,
            Self { result: Some(nothing), ..blank },
        ]
    }
}
