//! The form that issues an advisory.

use serde::Serialize;

use crate::Page;
use crate::parts::{Choice, Field, Problem};
use crate::samples::{HOSTILE, choice};

/// `/advisories/new`. Posts `package`, `kind`, `severity`, `summary`, `details`, `introduced`, `fixed`, `last_affected`,
/// `versions`, `aliases`, `references`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AdvisoryForm {
    /// Where it posts to.
    pub action: String,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// The package, as a purl.
    pub package: Field,
    /// `vulnerability`, `malware`, `unmaintained`, `unsound`, `notice`.
    pub kinds: Vec<Choice>,
    /// None, `low` to `critical`.
    pub severities: Vec<Choice>,
    /// One sentence.
    pub summary: Field,
    /// Everything else.
    pub details: Field,
    /// The first version affected.
    pub introduced: Field,
    /// The first that is not.
    pub fixed: Field,
    /// The last that is.
    pub last_affected: Field,
    /// Versions one by one, separated by spaces.
    pub versions: Field,
    /// Other ids, separated by spaces.
    pub aliases: Field,
    /// Addresses, separated by spaces.
    pub references: Field,
}

impl Page for AdvisoryForm {
    const TEMPLATE: &'static str = "advisory_form.html";

    fn sample() -> Vec<Self> {
        let blank = Self {
            action: "/advisories".into(),
            kinds: vec![
                choice("vulnerability", "Vulnerability", "It can be attacked.", true),
                choice("malware", "Malware", "It attacks.", false),
            ],
            severities: vec![choice("", "not said", "", true), choice("high", "high", "", false)],
            introduced: Field::of("0"),
            ..Self::default()
        };
        let wrong = Self {
            problems: vec![Problem { field: "summary".into(), text: "Say in one sentence what is the matter.".into() }],
            package: Field::of("pkg:cargo/serde"),
            summary: Field::wrong(HOSTILE, "Say in one sentence what is the matter."),
            ..blank.clone()
        };
        vec![blank, wrong]
    }
}
