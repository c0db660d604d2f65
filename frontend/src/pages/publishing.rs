//! Publishing as a whole: the stop switch, and what the operator set.

use serde::Serialize;

use crate::Page;
use crate::pages::project::SwitchForm;
use crate::parts::{Link, Notice, Tone};
use crate::samples::notice;

/// `/admin/publishing`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Publishing {
    /// Whether releases can be handed in and released now, one sentence.
    pub sentence: String,
    /// What just happened, or what hinders.
    pub notices: Vec<Notice>,
    /// The stop switch.
    pub switch: Option<SwitchForm>,
    /// The policy for projects that name none.
    pub policy: Link,
    /// How long after its last file a draft counts as whole, in words.
    pub quiet: String,
    /// Largest file, in words.
    pub file_max: String,
    /// Where releases are uploaded to: ecosystem, and address or "the official index".
    pub targets: Vec<Target>,
    /// Issuers whose identities stand in for a token.
    pub issuers: Vec<String>,
}

/// Where the releases of an ecosystem go.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Target {
    /// `cargo`, `pypi` or `npm`.
    pub ecosystem: String,
    /// An address, or "the official index".
    pub address: String,
    /// How many credentials can be used there.
    pub credentials: u64,
}

impl Page for Publishing {
    const TEMPLATE: &'static str = "publishing.html";

    fn sample() -> Vec<Self> {
        let target = |ecosystem: &str, credentials| Target {
            ecosystem: ecosystem.into(),
            address: "the official index".into(),
            credentials,
        };
        let goes = Self {
            sentence: "Releases can be handed in and released.".into(),
            notices: Vec::new(),
            switch: Some(SwitchForm {
                action: "/admin/publishing".into(),
                stop: true,
                hint: "Nothing is handed in or released anywhere while it is stopped.".into(),
            }),
            policy: Link::new("Cooldown", "/policies/cooldown"),
            quiet: "10 minutes".into(),
            file_max: "10 GB".into(),
            targets: vec![target("cargo", 1), target("pypi", 0), target("npm", 2)],
            issuers: vec!["https://ci.example".into()],
        };
        let stopped = Self {
            sentence: "All publishing is stopped: brook stopped it.".into(),
            notices: vec![notice(Tone::Done, "All publishing is stopped.")],
            switch: Some(SwitchForm {
                action: "/admin/publishing".into(),
                stop: false,
                hint: "Then everything goes on where it stood.".into(),
            }),
            issuers: Vec::new(),
            ..goes.clone()
        };
        vec![goes, stopped]
    }
}
