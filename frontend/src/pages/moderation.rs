//! Which servers may take part, who is blocked, and why: for everybody to read, for stewards and admins to change.

use serde::Serialize;

use crate::Page;
use crate::parts::{Choice, Field, Link, Notice, Problem, Tone, When};
use crate::samples::{HOSTILE, choice, notice, when};

/// `/moderation`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Moderation {
    /// First sentence: how open this community is.
    pub sentence: String,
    /// What just happened.
    pub notice: Option<Notice>,
    /// Blocks and allowances.
    pub rows: Vec<ModerationRow>,
    /// What was done, newest first.
    pub actions: Vec<ModerationAction>,
    /// The forms; `None` for those who may not use them.
    pub forms: Option<ModerationForms>,
}

/// One block or allowance.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ModerationRow {
    /// A host, covering the names below it, or the address of one actor.
    pub subject: String,
    /// Whether it is blocked; else it is allowed.
    pub blocked: bool,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub by: String,
    /// When.
    pub when: When,
    /// Where it is taken back; `None` for those who may not.
    pub lift_href: Option<String>,
}

/// One thing that was done.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ModerationAction {
    /// What was done, in words.
    pub text: String,
    /// By whom.
    pub by: Link,
    /// When.
    pub when: When,
}

/// What stewards and admins can do here.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ModerationForms {
    /// Where deciding posts `subject`, `verdict`, `reason` to.
    pub action: String,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// Host or address.
    pub subject: Field,
    /// Block, allow, take back.
    pub verdicts: Vec<Choice>,
    /// Why.
    pub reason: Field,
    /// The form for the mode; `None` for those who may not change it.
    pub mode: Option<ModeForm>,
}

/// With whom this community speaks.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ModeForm {
    /// Where it posts `mode` and `mode_reason` to.
    pub action: String,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// The modes.
    pub modes: Vec<Choice>,
    /// Why.
    pub reason: Field,
}

impl Page for Moderation {
    const TEMPLATE: &'static str = "moderation.html";

    fn sample() -> Vec<Self> {
        let row = ModerationRow {
            subject: "spam.example".into(),
            blocked: true,
            reason: "It sends advertisements to every follower.".into(),
            by: "ada".into(),
            when: when("3 days ago"),
            lift_href: None,
        };
        let visitor = Self {
            sentence: "Every server may take part unless it is blocked; two are.".into(),
            notice: None,
            rows: vec![
                row.clone(),
                ModerationRow {
                    subject: "https://evil.example/users/<b>".into(),
                    blocked: false,
                    reason: HOSTILE.into(),
                    ..row
                },
            ],
            actions: vec![ModerationAction {
                text: "spam.example was blocked".into(),
                by: Link::new("ada", "/users/ada"),
                when: when("3 days ago"),
            }],
            forms: None,
        };
        let forms = ModerationForms {
            action: "/moderation".into(),
            verdicts: vec![
                choice("block", "Block", "nothing comes from there or goes there", true),
                choice("allow", "Allow", "counts where only allowed servers take part", false),
                choice("undo", "Take a decision back", "", false),
            ],
            mode: Some(ModeForm {
                action: "/moderation/mode".into(),
                modes: vec![
                    choice("block-list", "Everybody who is not blocked", "", true),
                    choice("allow-list", "Only those who are allowed", "", false),
                ],
                problems: vec![Problem { field: "mode_reason".into(), text: "Say why.".into() }],
                reason: Field::wrong("", "Say why."),
            }),
            ..ModerationForms::default()
        };
        let lift = Some("/moderation?verdict=undo&subject=spam.example#decide".to_owned());
        let steward = Self {
            notice: Some(notice(Tone::Done, "It was blocked; its audits count no longer.")),
            rows: visitor.rows.iter().map(|row| ModerationRow { lift_href: lift.clone(), ..row.clone() }).collect(),
            forms: Some(ModerationForms { mode: None, ..forms.clone() }),
            ..visitor.clone()
        };
        let wrong = Self {
            forms: Some(ModerationForms {
                problems: vec![Problem { field: "subject".into(), text: "This is no host.".into() }],
                subject: Field::wrong(HOSTILE, "This is no host."),
                ..forms.clone()
            }),
            ..steward.clone()
        };
        let empty =
            Self { sentence: "Every server may take part; none is blocked.".into(), forms: Some(forms), ..Self::default() };
        vec![visitor, steward, wrong, empty]
    }
}
