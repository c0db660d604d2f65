//! The first-start page: what this instance does already, and what is left to do.

use serde::Serialize;

use crate::Page;
use crate::parts::{ClientTab, Link, Notice};
use crate::parts::{Tone, client_tabs};
use crate::samples::{notice, strings};

/// The set-up page a first start prints the address of.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Setup {
    /// First sentence: "This instance runs and serves cargo, PyPI and npm under Cooldown."
    pub sentence: String,
    /// The policy that was adopted.
    pub policy: Link,
    /// What needs saying first.
    pub notices: Vec<Notice>,
    /// Set-up per client for that policy, from [`crate::parts::client_tabs`].
    pub clients: Vec<ClientTab>,
    /// What is done and what is left.
    pub tasks: Vec<Task>,
    /// The upstream indexes and what they lack.
    pub upstreams: Vec<Upstream>,
}

/// Something to do once.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Task {
    /// What: "Sign in as the first admin".
    pub name: String,
    /// Whether it is done.
    pub done: bool,
    /// How and why, one or two sentences.
    pub text: String,
    /// A command, if that is how.
    pub command: Option<String>,
    /// A page, if that is where.
    pub link: Option<Link>,
}

/// One upstream index.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Upstream {
    /// `cargo`, `pypi` or `npm`.
    pub ecosystem: String,
    /// Its address.
    pub address: String,
    /// Whether it answered.
    pub reachable: bool,
    /// What it lacks and what follows, one sentence each; empty when nothing is missing.
    pub missing: Vec<String>,
}

impl Page for Setup {
    const TEMPLATE: &'static str = "setup.html";

    fn sample() -> Vec<Self> {
        let task =
            |name: &str, done, text: &str| Task { name: name.into(), done, text: text.into(), command: None, link: None };
        let full = Self {
            sentence: "This instance runs and serves cargo, PyPI and npm under Cooldown.".into(),
            policy: Link::new("Cooldown", "/policies/cooldown"),
            notices: vec![notice(Tone::Warn, "The npm index does not answer; what is stored here is still served.")],
            clients: client_tabs("http://127.0.0.1:8080", "cooldown"),
            tasks: vec![
                task("Start it", true, "It listens and answers."),
                Task {
                    command: Some("vetmoot-server admin user link admin".into()),
                    ..task(
                        "Sign in as the first admin",
                        false,
                        "The link printed at the first start works once; this prints another.",
                    )
                },
                Task {
                    link: Some(Link::new("Adopt a policy", "/policies/adopt")),
                    ..task("Choose a policy", false, "Cooldown waits seven days and asks for nothing else.")
                },
            ],
            upstreams: vec![
                Upstream {
                    ecosystem: "cargo".into(),
                    address: "https://index.example".into(),
                    reachable: true,
                    missing: Vec::new(),
                },
                Upstream {
                    ecosystem: "npm".into(),
                    address: "https://npm.example".into(),
                    reachable: false,
                    missing: strings(&["It gives no times, so releases are dated by the first reading."]),
                },
            ],
        };
        vec![full.clone(), Self { tasks: Vec::new(), upstreams: Vec::new(), notices: Vec::new(), ..full }]
    }
}
