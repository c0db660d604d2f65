//! A policy: in plain words, in machine form, what it lists, how to use it.

pub(crate) mod samples;

use serde::Serialize;

use crate::Page;
use crate::parts::{ClientTab, EcosystemCounts, Link, Mode, Notice, State, When};
use crate::parts::{Tone, client_tabs};
use crate::samples::{HOSTILE, LONG, SHA256, ecosystem_counts, notice, strings, when};

/// `/policies/{slug}`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// First sentence of the page: what it asks for.
    pub in_short: String,
    /// The rules in plain words, one sentence each.
    pub plain: Vec<String>,
    /// `sha256:…` of its bytes.
    pub digest: String,
    /// Number of this revision.
    pub revision: u64,
    /// Enforced or observed.
    pub mode: Mode,
    /// What needs saying first, for example "This is not the newest revision".
    pub notices: Vec<Notice>,
    /// Set-up per client, from [`crate::parts::client_tabs`].
    pub clients: Vec<ClientTab>,
    /// How many known releases it lists per ecosystem.
    pub counts: Vec<EcosystemCounts>,
    /// What observing would have withheld; empty when it is enforced.
    pub observed: Vec<ObservedRow>,
    /// What each use requires.
    pub uses: Vec<UseRow>,
    /// What a release of one of the community's own packages needs.
    pub release: Vec<UseRow>,
    /// Whether the document says so itself.
    pub release_stated: bool,
    /// Criteria it uses.
    pub criteria: Vec<Criterion>,
    /// Gates, those without a source included.
    pub gates: Vec<Gate>,
    /// Exceptions with owner and end.
    pub exceptions: Vec<ExceptionRow>,
    /// What it extends, if anything.
    pub extends: Option<Extends>,
    /// Imports with their trust.
    pub imports: Vec<PolicyImport>,
    /// How many tests the document carries; all of them passed when it was adopted.
    pub tests: u64,
    /// Revisions, newest first.
    pub revisions: Vec<Revision>,
    /// The document itself.
    pub machine: String,
    /// Where its bytes are: `/policies/{slug}.toml`.
    pub toml_href: String,
    /// Where a steward adopts a new revision; `None` hides it.
    pub adopt_href: Option<String>,
    /// Where one can ask why something is missing: `/why/{slug}`.
    pub why_href: String,
    /// How to follow it: `@balanced@vet.example`; `None` on a trial.
    pub handle: Option<String>,
}

/// A release that an observing policy would have withheld.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ObservedRow {
    /// The release.
    pub release: Link,
    /// What the policy would have said.
    pub state: State,
    /// Why, in plain words.
    pub because: String,
    /// How often it was asked for.
    pub times: u64,
    /// When last.
    pub last: When,
}

/// What one use requires.
#[derive(Debug, Clone, Default, Serialize)]
pub struct UseRow {
    /// `runtime`, `build` or `dev`.
    pub name: String,
    /// In plain words: "safe-to-deploy, from one auditor of level 2".
    pub requires: String,
}

/// A criterion as the policy page and the audit form show it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Criterion {
    /// Its name: `safe-to-deploy`.
    pub name: String,
    /// Its text, verbatim.
    pub text: String,
    /// Guidance for auditors, one item each.
    pub guidance: Vec<String>,
    /// Criteria that it implies.
    pub implies: Vec<String>,
    /// One of the two that mean the same everywhere.
    pub built_in: bool,
}

/// A gate of the policy.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Gate {
    /// Its name: `release-age`.
    pub name: String,
    /// What it does, one sentence.
    pub text: String,
    /// Whether it has a source; without one it changes nothing.
    pub configured: bool,
    /// Its source and how fresh that is: "OSV, read 2 hours ago".
    pub source: Option<String>,
    /// The source is older than the policy allows.
    pub stale: bool,
}

/// A dated exception.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ExceptionRow {
    /// What it concerns: a package, a release, a range.
    pub scope: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// When it ends.
    pub expires: When,
    /// It has ended.
    pub expired: bool,
}

/// The policy this one extends.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Extends {
    /// Its name or digest; without `href` if it is not adopted here.
    pub base: Link,
    /// What this policy loosens compared with it, one sentence each.
    pub loosens: Vec<String>,
}

/// An import the policy trusts.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PolicyImport {
    /// The source, linked to its import page where it is fetched.
    pub source: Link,
    /// The organisation its auditors count as.
    pub organisation: String,
    /// The level they are given, 0 to 4.
    pub level: u64,
    /// How its criteria map to ours, one "theirs -> ours" each.
    pub maps: Vec<String>,
    /// Depth assumed where it says none.
    pub depth: String,
    /// Whether undated entries count.
    pub undated: bool,
    /// Whether entries without digests count.
    pub unbound: bool,
}

/// One revision of the policy.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Revision {
    /// Its number, linked to that revision.
    pub number: Link,
    /// `sha256:…`
    pub digest: String,
    /// When it was adopted.
    pub adopted: When,
    /// By whom.
    pub by: String,
    /// The one shown.
    pub current: bool,
}

impl Page for Policy {
    const TEMPLATE: &'static str = "policy.html";

    fn sample() -> Vec<Self> {
        let full = Self {
            name: "Balanced".into(),
            slug: "balanced".into(),
            in_short: "A release is listed once it is a week old and somebody has read it, or once thirty \
                days have passed without an advisory."
                .into(),
            plain: samples::plain(),
            release: samples::release(),
            release_stated: true,
            digest: SHA256.into(),
            revision: 3,
            notices: vec![notice(Tone::Warn, "This is not the newest revision.")],
            clients: client_tabs("https://vet.example", "balanced"),
            counts: ecosystem_counts(),
            uses: vec![
                UseRow { name: "runtime".into(), requires: "safe-to-deploy, from one auditor of level 2".into() },
                UseRow { name: "dev".into(), requires: "nothing beyond the gates".into() },
            ],
            criteria: samples::criteria(),
            gates: samples::gates(),
            exceptions: samples::exceptions(),
            extends: Some(Extends {
                base: Link::new("Cooldown", "/policies/cooldown"),
                loosens: strings(&["It lets known fixes pass at once."]),
            }),
            imports: samples::imports(),
            tests: 14,
            revisions: samples::revisions(),
            machine: "vetmoot-policy = 1\nname = \"Balanced\"\n\n[gates.release-age]\ndays = 7\n".into(),
            toml_href: "/policies/balanced.toml".into(),
            adopt_href: Some("/policies/adopt?slug=balanced".into()),
            why_href: "/why/balanced".into(),
            handle: Some("@balanced@vet.example".into()),
            ..Self::default()
        };
        let row = ObservedRow {
            release: Link::new("serde 1.0.220", "/why/watch/pkg:cargo/serde@1.0.220"),
            state: State::Held,
            because: "it is 2 hours old".into(),
            times: 12,
            last: when("a minute ago"),
        };
        let observing = Self {
            mode: Mode::Observe,
            observed: vec![
                row.clone(),
                ObservedRow { release: Link::plain(LONG), state: State::Refused, because: HOSTILE.into(), times: 1, ..row },
            ],
            extends: Some(Extends::default()),
            notices: Vec::new(),
            adopt_href: None,
            ..full.clone()
        };
        let bare = Self {
            name: LONG.into(),
            mode: Mode::Observe,
            digest: SHA256.into(),
            in_short: HOSTILE.into(),
            plain: Vec::new(),
            revisions: Vec::new(),
            toml_href: "/policies/x.toml".into(),
            why_href: "/why/x".into(),
            ..Self::default()
        };
        vec![full, observing, bare]
    }
}
