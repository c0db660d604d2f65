//! The account: handle, roles, sessions, tokens.

use serde::Serialize;

use crate::Page;
use crate::pages::candidates;
use crate::parts::Tone;
use crate::parts::{CandidateRow, Choice, Field, Link, Notice, Problem, When};
use crate::samples::{HOSTILE, LONG, choice, notice, strings, when};

/// `/account`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Account {
    /// Handle without the host.
    pub handle: String,
    /// The organisation a steward recorded.
    pub organisation: Option<String>,
    /// Roles held.
    pub roles: Vec<Role>,
    /// What just happened.
    pub notice: Option<Notice>,
    /// A token that was just made; shown this once.
    pub created: Option<NewToken>,
    /// Open sessions, this one first.
    pub sessions: Vec<Session>,
    /// Tokens, newest first.
    pub tokens: Vec<TokenRow>,
    /// The form that makes one.
    pub form: TokenForm,
    /// Where ending a session posts `session` to.
    pub end_session_action: String,
    /// Where revoking a token posts `token` to.
    pub revoke_action: String,
    /// Statements made before the community had a domain, which wait for their author to confirm them.
    pub waiting: Vec<WaitingRow>,
    /// Where confirming posts `statement` (repeated) to.
    pub confirm_action: String,
    /// What one handed in last, newest first.
    pub handed: Vec<CandidateRow>,
    /// Where the rest of it is listed.
    pub handed_all: Option<Link>,
    /// One's public page.
    pub page_href: String,
}

/// A statement that waits to be signed and published.
#[derive(Debug, Clone, Default, Serialize)]
pub struct WaitingRow {
    /// Its id, as the form sends it.
    pub id: String,
    /// What it says, linked to its page.
    pub about: Link,
    /// When it was recorded.
    pub recorded: When,
}

/// A role and what it allows.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Role {
    /// `auditor`
    pub name: String,
    /// What it allows, one sentence.
    pub allows: String,
    /// Since when.
    pub since: Option<When>,
}

/// An open session.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Session {
    /// Its id (not its secret).
    pub id: String,
    /// When it began.
    pub started: When,
    /// When it was last used.
    pub last: When,
    /// When it ends.
    pub expires: When,
    /// What kind of browser, in words.
    pub browser: Option<String>,
    /// It is this one.
    pub current: bool,
}

/// A token without its secret.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TokenRow {
    /// Its id (not its secret).
    pub id: String,
    /// What it is for.
    pub label: String,
    /// Scopes: audit, import, policy, publish, admin.
    pub scopes: Vec<String>,
    /// The project it is bound to.
    pub project: Option<String>,
    /// When it was made.
    pub created: When,
    /// When it ends; `None` for never.
    pub expires: Option<When>,
    /// When it was last used; `None` for never.
    pub last: Option<When>,
}

/// A token with its secret, shown once.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NewToken {
    /// What it may do: its scopes.
    pub label: String,
    /// The secret.
    pub secret: String,
}

/// The form that makes a token. Posts `scope` (repeated), `project`, `days`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TokenForm {
    /// Where it posts to.
    pub action: String,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// Scopes this person may give.
    pub scopes: Vec<Choice>,
    /// What is wrong with the choice of scopes.
    pub scopes_error: Option<String>,
    /// Purl it is bound to; may stay empty.
    pub project: Field,
    /// Days until it ends.
    pub days: Field,
}

impl Page for Account {
    const TEMPLATE: &'static str = "account.html";

    fn sample() -> Vec<Self> {
        let session = Session {
            id: "s1".into(),
            started: when("yesterday"),
            last: when("just now"),
            expires: when("in 29 days"),
            browser: Some("Firefox on Linux".into()),
            current: true,
        };
        let token = TokenRow {
            id: "t1".into(),
            label: "nightly import".into(),
            scopes: strings(&["audit", "import"]),
            project: Some("pkg:cargo/serde".into()),
            created: when("last month"),
            expires: Some(when("in 2 months")),
            last: Some(when("an hour ago")),
        };
        let form = token_form();
        let usual = Self {
            handle: "ada".into(),
            organisation: Some("Harbour Works".into()),
            roles: vec![
                Role { name: "auditor".into(), allows: "Record and withdraw audits.".into(), since: Some(when("in May")) },
                Role {
                    name: "steward".into(),
                    allows: "Change policies and roles together with another steward.".into(),
                    since: None,
                },
            ],
            notice: Some(notice(Tone::Done, "The session was ended.")),
            created: None,
            sessions: vec![session.clone(), Session { id: "s2".into(), browser: None, current: false, ..session.clone() }],
            tokens: vec![
                token.clone(),
                TokenRow { id: "t2".into(), label: HOSTILE.into(), project: None, expires: None, last: None, ..token },
            ],
            form: form.clone(),
            end_session_action: "/account/sessions/end".into(),
            revoke_action: "/account/tokens/revoke".into(),
            waiting: waiting_rows(),
            confirm_action: "/account/statements/confirm".into(),
            handed: candidates::sample_rows(),
            handed_all: Some(Link::new("Everything ada handed in", "/candidates?by=ada")),
            page_href: "/users/ada".into(),
        };
        let made = Self {
            waiting: Vec::new(),
            handed: Vec::new(),
            handed_all: None,
            created: Some(NewToken { label: "audit, import".into(), secret: "vm_0123456789abcdef0123456789abcdef".into() }),
            notice: None,
            ..usual.clone()
        };
        let wrong = Self {
            roles: Vec::new(),
            organisation: None,
            tokens: Vec::new(),
            form: TokenForm {
                problems: vec![Problem { field: "scope".into(), text: "No scope is chosen.".into() }],
                scopes_error: Some("A token without a scope can do nothing. Choose at least one.".into()),
                days: Field::wrong("0", "It would end at once. Choose 1 or more."),
                ..form
            },
            ..usual.clone()
        };
        vec![usual, made, wrong]
    }
}

fn token_form() -> TokenForm {
    TokenForm {
        action: "/account/tokens".into(),
        scopes: vec![
            choice("audit", "audit", "record and withdraw audits", true),
            choice("import", "import", "read feeds", false),
        ],
        days: Field::of("90"),
        ..TokenForm::default()
    }
}

fn waiting_rows() -> Vec<WaitingRow> {
    vec![
        WaitingRow {
            id: "7f3a".into(),
            about: Link::new("ada read serde 1.0.219 (cargo): safe-to-deploy", "/audits/7f3a"),
            recorded: when("a week ago"),
        },
        WaitingRow { id: "81bb".into(), about: Link::new(LONG, "/audits/81bb"), recorded: when("a week ago") },
    ]
}
