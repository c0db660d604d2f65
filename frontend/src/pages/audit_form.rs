//! The form that records an audit, with each criterion's text and guidance beside it.

use serde::Serialize;

use crate::Page;
use crate::pages::policy;
use crate::pages::policy::Criterion;
use crate::parts::{AuditKind, Choice, Field, FileDigests, Problem};
use crate::samples::{HOSTILE, SHA256, choice, file_digests};

/// `/audits/new`. Posts `kind`, `release`, `from`, `range`, `publisher_user`, `publisher_start`, `publisher_end`,
/// `criteria` (repeated), `depth`, `notes`, `self_audit=on`, `machine`, per finding `finding_digest`, `finding_path`,
/// `finding_lines`, `finding_severity`, `finding_text` (repeated, in order; all five are always sent), and
/// `step=look|more-findings|record`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AuditForm {
    /// Where it posts to.
    pub action: String,
    /// Everything that is wrong, for the summary on top.
    pub problems: Vec<Problem>,
    /// The kind that is chosen.
    pub kind: AuditKind,
    /// Purl of the release; for violation and publisher, of the package.
    pub release: Field,
    /// Purl of the release a delta starts from.
    pub from: Field,
    /// Version range of a violation.
    pub range: Field,
    /// Publishing identity.
    pub publisher_user: Field,
    /// First day, ISO.
    pub publisher_start: Field,
    /// Last day, ISO; at most one year after today.
    pub publisher_end: Field,
    /// The criteria that may be stated.
    pub criteria: Vec<CriterionChoice>,
    /// What is wrong with the choice of criteria.
    pub criteria_error: Option<String>,
    /// `skim`, `read`, `deep`.
    pub depth: Vec<Choice>,
    /// What is wrong with the depth.
    pub depth_error: Option<String>,
    /// The artifacts it will cover, as far as this instance knows the release.
    pub digests: Vec<FileDigests>,
    /// What was read and found.
    pub notes: Field,
    /// The author publishes or maintains the package.
    pub self_audit: bool,
    /// Which model helped; empty for none.
    pub machine: Field,
    /// Findings typed so far; the last one may be blank.
    pub findings: Vec<FindingFields>,
    /// What the button will do: "Signed with this instance's key for you and published." or, on a trial, "Counts here alone."
    pub consequence: String,
    /// The word on the button: "Sign and publish", on a trial "Record".
    pub button: String,
}

/// A criterion with its checkbox.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CriterionChoice {
    /// The criterion.
    pub criterion: Criterion,
    /// Whether it is stated.
    pub checked: bool,
}

/// The fields of one finding.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FindingFields {
    /// `sha256:…` of the artifact; one of the digests shown, or empty.
    pub digest: Field,
    /// Path inside the artifact.
    pub path: Field,
    /// "10-20" or "10".
    pub lines: Field,
    /// `info`, `low`, `medium`, `high`, `critical`.
    pub severity: Field,
    /// What it is.
    pub text: Field,
}

impl Page for AuditForm {
    const TEMPLATE: &'static str = "audit_form.html";

    fn sample() -> Vec<Self> {
        let depth = |chosen: &str| {
            [
                ("skim", "Skimmed", "I looked over it."),
                ("read", "Read", "I read it line by line."),
                ("deep", "Deep", "I read it with its surroundings and tried it out."),
            ]
            .map(|(value, label, hint)| choice(value, label, hint, value == chosen))
            .to_vec()
        };
        let blank = Self {
            action: "/audits/new".into(),
            criteria: policy::samples::criteria()
                .into_iter()
                .map(|criterion| CriterionChoice { criterion, checked: false })
                .collect(),
            depth: depth("read"),
            consequence: "It is signed with the key this instance holds for you and published.".into(),
            button: "Sign and publish".into(),
            ..Self::default()
        };
        let known = Self { release: Field::of("pkg:cargo/serde@1.0.219"), digests: file_digests(), ..blank.clone() };
        let finding = FindingFields {
            digest: Field::of(SHA256),
            path: Field::of("src/lib.rs"),
            lines: Field::wrong("20-10", "The last line comes before the first. Write the lower number first."),
            severity: Field::of("high"),
            text: Field::of(HOSTILE),
        };
        let wrong = Self {
            problems: vec![
                Problem { field: "criteria".into(), text: "No criterion is chosen.".into() },
                Problem { field: "from".into(), text: "A delta needs the release it starts from.".into() },
                Problem { field: String::new(), text: "A finding could not be taken.".into() },
            ],
            kind: AuditKind::Delta,
            from: Field::wrong(HOSTILE, "This is no purl. Write it as pkg:cargo/serde@1.0.218."),
            range: Field::wrong("<", "The range ends after its sign. Add a version."),
            publisher_end: Field::wrong("2031-01-01", "It ends more than a year from today. Choose an earlier day."),
            criteria_error: Some("Nothing is stated without a criterion. Choose at least one.".into()),
            depth_error: Some("Say how closely you looked.".into()),
            notes: Field::wrong("</textarea>", "The notes are longer than 16 kB."),
            self_audit: true,
            machine: Field::of("reading-aid 3, guided"),
            findings: vec![finding, FindingFields::default()],
            consequence: "This is a trial: it counts here alone and is not signed.".into(),
            button: "Record".into(),
            ..known.clone()
        };
        vec![known, wrong, blank.clone(), Self { criteria: Vec::new(), ..blank }]
    }
}
