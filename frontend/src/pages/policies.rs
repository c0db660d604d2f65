//! The list of adopted policies.

use serde::Serialize;

use crate::Page;
use crate::parts::Tone;
use crate::parts::{EcosystemCounts, Mode, Notice, When};
use crate::samples::{ecosystem_counts, notice, when};

/// `/policies`
#[derive(Debug, Clone, Default, Serialize)]
#[expect(clippy::struct_field_names, reason = "the page is named after what it lists")]
pub struct Policies {
    /// The adopted policies, by name.
    pub policies: Vec<PolicyRow>,
    /// Where a steward adopts another; `None` hides the button.
    pub adopt_href: Option<String>,
    /// What just happened, for example "Balanced was adopted".
    pub notice: Option<Notice>,
}

/// One adopted policy in a list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PolicyRow {
    /// Its name: "Balanced".
    pub name: String,
    /// Its page.
    pub href: String,
    /// Its slug.
    pub slug: String,
    /// One sentence: what it asks for.
    pub in_short: String,
    /// Enforced or observed.
    pub mode: Mode,
    /// Number of its newest revision, from 1.
    pub revision: u64,
    /// When that revision was adopted.
    pub adopted: When,
    /// How many known releases it lists.
    pub counts: Vec<EcosystemCounts>,
}

impl Page for Policies {
    const TEMPLATE: &'static str = "policies.html";

    fn sample() -> Vec<Self> {
        let full = Self {
            policies: rows(),
            adopt_href: Some("/policies/adopt".into()),
            notice: Some(notice(Tone::Done, "Balanced, revision 3, was adopted.")),
        };
        vec![full, Self { adopt_href: Some("/policies/adopt".into()), ..Self::default() }, Self::default()]
    }
}

/// Rows for the samples of this page and the home page.
pub(crate) fn rows() -> Vec<PolicyRow> {
    let row = |name: &str, in_short: &str, mode| PolicyRow {
        name: name.into(),
        href: format!("/policies/{}", name.to_lowercase()),
        slug: name.to_lowercase(),
        in_short: in_short.into(),
        mode,
        revision: 3,
        adopted: when("last week"),
        counts: ecosystem_counts(),
    };
    vec![
        row("Cooldown", "Seven days old; known malware refused.", Mode::Enforce),
        row("Balanced", "A week old and read by one auditor, or thirty quiet days.", Mode::Enforce),
        PolicyRow { counts: Vec::new(), ..row("Strict", "Fourteen days and two organisations.", Mode::Observe) },
    ]
}
