//! The error page: what happened, why, what to do.

use serde::Serialize;

use crate::Page;
use crate::parts::Step;
use crate::samples::{HOSTILE, step};

/// Any page that could not be given.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ErrorPage {
    /// HTTP status.
    pub status: u16,
    /// Stable code, kebab-case.
    pub code: String,
    /// What happened, one sentence without the status.
    pub what: String,
    /// Why.
    pub why: String,
    /// What to do.
    pub steps: Vec<Step>,
    /// Id to quote to the operator.
    pub request_id: Option<String>,
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error.html";

    fn sample() -> Vec<Self> {
        let missing = Self {
            status: 404,
            code: "unknown-release".into(),
            what: "There is no release serde 9.9.9".into(),
            why: "The index of serde was read 2 minutes ago and does not name that version.".into(),
            steps: vec![
                step("See the versions that exist.", "Open serde", "/packages/cargo/serde"),
                Step { text: "Check the spelling.".into(), link: None },
            ],
            request_id: Some("01JD2".into()),
        };
        vec![
            missing.clone(),
            Self {
                status: 500,
                what: HOSTILE.into(),
                why: "Something failed here; it was written down.".into(),
                steps: Vec::new(),
                request_id: None,
                ..missing
            },
        ]
    }
}
