//! Members for stewards: who is here, what they may do, and how somebody new comes in.

use serde::Serialize;

use crate::Page;
use crate::parts::{Choice, Field, Link, Notice, Problem, Tone};
use crate::samples::{LONG, choice, notice};

/// `/admin/members`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Members {
    /// What just happened.
    pub notice: Option<Notice>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// A sign-in link that was just made; shown this once.
    pub link: Option<SignInLink>,
    /// Everybody, by name.
    pub rows: Vec<MemberForm>,
    /// Where changing a member posts `name`, `role` (repeated) and `organisation` to.
    pub change_action: String,
    /// Where making a link posts `name` to.
    pub link_action: String,
    /// Where making a member posts `name`, `role` (repeated) and `organisation` to.
    pub create_action: String,
    /// The name of a new member.
    pub name: Field,
    /// What they may do.
    pub roles: Vec<Choice>,
    /// The body they count for.
    pub organisation: Field,
}

/// A link that signs somebody in, once.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SignInLink {
    /// Whom.
    pub name: String,
    /// The link.
    pub href: String,
}

/// One member and the form that changes them.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MemberForm {
    /// The name, linked to their page.
    pub name: Link,
    /// Every role, those held chosen.
    pub roles: Vec<Choice>,
    /// The body they count for; empty for the community itself.
    pub organisation: String,
    /// Whether who looks may make a link for them.
    pub may_link: bool,
}

impl Page for Members {
    const TEMPLATE: &'static str = "members.html";

    fn sample() -> Vec<Self> {
        let roles = || vec![choice("auditor", "auditor", "records audits", true), choice("lead", "lead", "", false)];
        let row = |name: &str| MemberForm {
            name: Link::new(name, format!("/users/{name}")),
            roles: roles(),
            organisation: "Harbour Guild".into(),
            may_link: true,
        };
        let usual = Self {
            notice: Some(notice(Tone::Done, "bob is a lead now.")),
            link: Some(SignInLink { name: "bob".into(), href: "https://vet.example/sign-in?link=0c94a6b0a0aa3ac6".into() }),
            rows: vec![row("ada"), MemberForm { may_link: false, ..row(LONG) }],
            change_action: "/admin/members/change".into(),
            link_action: "/admin/members/link".into(),
            create_action: "/admin/members".into(),
            roles: roles(),
            ..Self::default()
        };
        let wrong = Self {
            problems: vec![Problem { field: "name".into(), text: "There is a member ada already.".into() }],
            name: Field::wrong("ada", "There is a member ada already."),
            link: None,
            notice: None,
            ..usual.clone()
        };
        vec![usual, wrong]
    }
}
