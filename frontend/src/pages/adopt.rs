//! The form that adopts a policy, with a look at its effect before it takes effect.

use serde::Serialize;

use crate::Page;
use crate::pages::policy;
use crate::pages::policy::Gate;
use crate::parts::{Choice, Counts, Field, Problem};
use crate::samples::{HOSTILE, SHA256, choice, counts, strings};

/// `/policies/adopt`. Posts `shelf` or `text`, `slug`, `observe=on`, and `step=preview|adopt`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Adopt {
    /// Where it posts to.
    pub action: String,
    /// Ready policies; the value is the shelf name, the empty value means "the text below".
    pub shelf: Vec<Choice>,
    /// The policy document as pasted.
    pub text: Field,
    /// Slug it will have.
    pub slug: Field,
    /// Only observe.
    pub observe: bool,
    /// What is wrong with the document.
    pub errors: Vec<PolicyError>,
    /// What is wrong with the form.
    pub problems: Vec<Problem>,
    /// Its effect; `None` before the first look.
    pub preview: Option<AdoptPreview>,
}

/// An error in the document with its place.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PolicyError {
    /// Line from 1.
    pub line: u64,
    /// Column from 1.
    pub column: u64,
    /// What happened, why, what to do.
    pub message: String,
    /// The line itself.
    pub excerpt: String,
    /// "Did you mean `quorum`?"
    pub suggestion: Option<String>,
}

/// What adopting would do.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AdoptPreview {
    /// Its name.
    pub name: String,
    /// `sha256:…` of its bytes.
    pub digest: String,
    /// The rules in plain words.
    pub plain: Vec<String>,
    /// Effect per ecosystem.
    pub effects: Vec<Effect>,
    /// Its own tests as reproduced here.
    pub tests: Vec<TestRow>,
    /// Gates, to show those that have no source here.
    pub gates: Vec<Gate>,
    /// What it loosens compared with what it extends.
    pub loosens: Vec<String>,
    /// How it takes effect: at once while there is one steward, else when a second one agrees.
    pub takes_effect: String,
    /// Whether it may be adopted: no errors and all tests reproduced.
    pub adoptable: bool,
}

/// What the policy would do to the releases known of one ecosystem.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Effect {
    /// `cargo`, `pypi` or `npm`.
    pub ecosystem: String,
    /// Releases by state under it.
    pub counts: Counts,
    /// Releases it lists that the revision in force does not; 0 for a new slug.
    pub newly_listed: u64,
    /// Releases it withholds that the revision in force lists; 0 for a new slug.
    pub newly_withheld: u64,
}

/// One of the document's own tests.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TestRow {
    /// Its name.
    pub name: String,
    /// Reproduced here.
    pub passed: bool,
    /// Expected and got, when it was not.
    pub difference: Option<String>,
}

impl Page for Adopt {
    const TEMPLATE: &'static str = "adopt.html";

    fn sample() -> Vec<Self> {
        let shelf = |chosen: &str| {
            [
                ("cooldown", "Seven days, known malware refused, no audits."),
                ("safe-to-deploy", "That criterion, from one auditor of level 1."),
                ("balanced", "Cooldown, and one audit or thirty quiet days."),
                ("strict", "Fourteen days and two organisations."),
                ("", "the document below"),
            ]
            .map(|(name, hint)| choice(name, if name.is_empty() { "Your own" } else { name }, hint, name == chosen))
            .to_vec()
        };
        let blank =
            Self { action: "/policies/adopt".into(), shelf: shelf("balanced"), slug: Field::of("balanced"), ..Self::default() };
        let effect = |ecosystem: &str, newly_listed| Effect {
            ecosystem: ecosystem.into(),
            counts: counts(812, 31, 2, 5),
            newly_listed,
            newly_withheld: 40,
        };
        let preview = AdoptPreview {
            name: "Balanced".into(),
            digest: SHA256.into(),
            plain: policy::samples::plain(),
            effects: vec![effect("cargo", 12), effect("npm", 0)],
            tests: vec![
                TestRow { name: "a week-old release with an audit is listed".into(), passed: true, difference: None },
                TestRow { name: HOSTILE.into(), passed: false, difference: Some("expected listed, got held".into()) },
            ],
            gates: policy::samples::gates(),
            loosens: strings(&["It waits 3 days where its base waits 7."]),
            takes_effect: "It takes effect when a second steward agrees.".into(),
            adoptable: true,
        };
        let looked = Self { observe: true, preview: Some(preview.clone()), ..blank.clone() };
        let unfit = Self { preview: Some(AdoptPreview { adoptable: false, effects: Vec::new(), ..preview }), ..blank.clone() };
        let error = |line, message: &str| PolicyError {
            line,
            column: 9,
            message: message.into(),
            excerpt: "requires = { safe-to-depoly = { quorun = 1 } }".into(),
            suggestion: Some("Did you mean `quorum`?".into()),
        };
        let wrong = Self {
            shelf: shelf(""),
            text: Field::wrong("vetmoot-policy = 1\n<b>\n", "It has two errors, shown above."),
            slug: Field::wrong("Bal anced", "A slug holds small letters, digits and hyphens; this one holds a space."),
            errors: vec![
                error(12, "`quorun` is not a key of a requirement."),
                PolicyError { suggestion: None, ..error(14, HOSTILE) },
            ],
            problems: vec![
                Problem { field: "slug".into(), text: "The slug holds a space.".into() },
                Problem { field: "text".into(), text: "The document has errors.".into() },
            ],
            ..blank.clone()
        };
        vec![blank, looked, unfit, wrong]
    }
}
