//! One advisory issued here: what is wrong with which versions, by whom, and whether it still counts.

use serde::Serialize;

use crate::Page;
use crate::parts::{Field, Link, Notice, Severity, Tone, When};
use crate::samples::{HOSTILE, notice, when};

/// `/advisories/{id}`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Advisory {
    /// First sentence: "ada warns of serde (cargo): it reads past the end".
    pub sentence: String,
    /// Its id in the OSV record.
    pub osv_id: String,
    /// What kind of matter: vulnerability, malware, unmaintained, unsound, notice.
    pub kind: String,
    /// The package.
    pub package: Link,
    /// How bad it is, where that is said.
    pub severity: Option<Severity>,
    /// Which versions, a line each, in words.
    pub affected: Vec<String>,
    /// Everything else, plain text; line breaks are kept.
    pub details: Option<String>,
    /// Other ids of the same matter.
    pub aliases: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
    /// Who issued it.
    pub author: Link,
    /// When.
    pub issued: When,
    /// When and why it was withdrawn.
    pub withdrawn: Option<AdvisoryEnd>,
    /// What just happened.
    pub notice: Option<Notice>,
    /// The OSV record as JSON, indented.
    pub machine_form: String,
    /// Where that JSON is.
    pub osv_href: String,
    /// Where the signed record is; `None` on a trial.
    pub record_href: Option<String>,
    /// Where withdrawing posts `reason` to; `None` for those who may not.
    pub withdraw_action: Option<String>,
    /// The reason as typed, if it could not be taken.
    pub withdraw_reason: Field,
}

/// How an advisory stopped counting.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AdvisoryEnd {
    /// When.
    pub when: When,
    /// Why.
    pub reason: String,
}

impl Page for Advisory {
    const TEMPLATE: &'static str = "advisory.html";

    fn sample() -> Vec<Self> {
        let usual = Self {
            sentence: "ada warns of mossy-lantern (cargo), high: reading a wick of no length reads past its end.".into(),
            osv_id: "VETMOOT-2026-0c94a6b0a0aa3ac6".into(),
            kind: "vulnerability".into(),
            package: Link::new("mossy-lantern", "/packages/cargo/mossy-lantern"),
            severity: Some(Severity::High),
            affected: vec!["from 1.0.0 before 1.2.3, which fixes it".into(), "2.0.0".into()],
            details: Some("The length is taken from the header.\nNobody compares it with what is there.".into()),
            aliases: vec!["CVE-2026-0001".into()],
            references: vec!["https://code.example/mossy-lantern/issues/7".into()],
            author: Link::new("ada", "/users/ada"),
            issued: when("2 hours ago"),
            notice: Some(notice(Tone::Done, "Issued.")),
            machine_form: "{\n  \"id\": \"VETMOOT-2026-0c94a6b0a0aa3ac6\"\n}".into(),
            osv_href: "/api/v1/advisories/0c94/osv".into(),
            record_href: Some("/advisories/0c94/record".into()),
            withdraw_action: Some("/advisories/0c94/withdrawal".into()),
            ..Self::default()
        };
        let ended = Self {
            withdrawn: Some(AdvisoryEnd { when: when("a minute ago"), reason: HOSTILE.into() }),
            details: Some(HOSTILE.into()),
            severity: None,
            withdraw_action: None,
            record_href: None,
            notice: None,
            aliases: Vec::new(),
            references: Vec::new(),
            ..usual.clone()
        };
        let refused = Self { withdraw_reason: Field::wrong("", "Say why it is withdrawn."), ..usual.clone() };
        vec![usual, ended, refused]
    }
}
