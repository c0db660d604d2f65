//! Sign-in by one-time link: how to get one, the confirmation, and what went wrong.

use serde::Serialize;

use crate::Page;
use crate::parts::When;
use crate::samples::when;

/// `/sign-in`
#[derive(Debug, Clone, Default, Serialize)]
pub struct SignIn {
    /// A good link was opened: one button signs in. Opening alone does not, so previews of the link do not spend it.
    pub confirm: Option<Confirm>,
    /// Why the link did not work: what happened, why, what to do.
    pub problem: Option<String>,
    /// Who is signed in already.
    pub signed_in_as: Option<String>,
    /// The command that makes a link, as an admin types it.
    pub command: String,
    /// How long a link lasts, in words.
    pub lasts: String,
}

/// The button that spends a one-time link. Posts `token`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Confirm {
    /// Who will be signed in; empty while that is told only when the link is spent.
    pub handle: String,
    /// Where it posts to.
    pub action: String,
    /// The secret of the link.
    pub token: String,
    /// When the link ends; blank while that is not known.
    pub expires: When,
}

impl Page for SignIn {
    const TEMPLATE: &'static str = "sign_in.html";

    fn sample() -> Vec<Self> {
        let ask = Self { command: "vetmoot-server admin user link NAME".into(), lasts: "30 minutes".into(), ..Self::default() };
        let confirm = Confirm {
            handle: "ada".into(),
            action: "/sign-in".into(),
            token: "0123\"456".into(),
            expires: when("in 20 minutes"),
        };
        vec![
            ask.clone(),
            Self { confirm: Some(confirm), ..ask.clone() },
            Self { problem: Some("This link was used before. Each works once; ask for a new one.".into()), ..ask.clone() },
            Self { signed_in_as: Some("ada".into()), ..ask },
        ]
    }
}
