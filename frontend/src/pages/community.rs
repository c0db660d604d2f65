//! The community as others see it: who we are, how to follow, what was said last, and the log that holds it.

use serde::Serialize;

use crate::Page;
use crate::parts::{AuditRow, Link, MemberRow, When};
use crate::samples::{HOSTILE, LONG, audit_rows, member_rows, when};

/// `/community`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Community {
    /// What the community is called.
    pub name: String,
    /// First sentence of the page.
    pub sentence: String,
    /// `@community@vet.example`; `None` on a trial, which nobody can follow.
    pub handle: Option<String>,
    /// The actor's address, for servers that find nothing by handle.
    pub actor: String,
    /// How many actors of other servers follow it.
    pub followers: u64,
    /// The policies, each of which can be followed.
    pub policies: Vec<FollowedPolicy>,
    /// Those who record audits.
    pub auditors: Vec<MemberRow>,
    /// The latest audits.
    pub latest: Vec<AuditRow>,
    /// The transparency log; `None` on a trial.
    pub log: Option<Log>,
    /// Where the servers it speaks with are shown.
    pub peers_href: String,
    /// Where its rules about other servers are shown.
    pub moderation_href: String,
}

/// A policy that can be followed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FollowedPolicy {
    /// Its name, linked to its page.
    pub name: Link,
    /// What it asks for, one sentence.
    pub in_short: String,
    /// `@balanced@vet.example`; `None` on a trial.
    pub handle: Option<String>,
}

/// The log of everything this community said in public.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Log {
    /// How many statements stand in it.
    pub size: u64,
    /// The key that signs its checkpoints, as C2SP writes it.
    pub vkey: String,
    /// The newest checkpoint as a signed note.
    pub checkpoint: String,
    /// When it was signed.
    pub signed: Option<When>,
    /// Where the checkpoint is.
    pub href: String,
}

impl Page for Community {
    const TEMPLATE: &'static str = "community.html";

    fn sample() -> Vec<Self> {
        let full = Self {
            name: "Harbour Packages".into(),
            sentence: "People of the harbour towns read packages together; follow them and each audit reaches your timeline."
                .into(),
            handle: Some("@community@vet.example".into()),
            actor: "https://vet.example/community".into(),
            followers: 1_204,
            policies: vec![
                FollowedPolicy {
                    name: Link::new("Balanced", "/policies/balanced"),
                    in_short: "A week old, and read by somebody or thirty days old.".into(),
                    handle: Some("@balanced@vet.example".into()),
                },
                FollowedPolicy { name: Link::new(LONG, "/policies/x"), in_short: HOSTILE.into(), handle: None },
            ],
            auditors: member_rows(),
            latest: audit_rows(),
            log: Some(log()),
            peers_href: "/peers".into(),
            moderation_href: "/moderation".into(),
        };
        let trial = Self {
            name: "localhost".into(),
            sentence: "This is a trial, so nobody elsewhere can follow it yet.".into(),
            actor: "http://127.0.0.1:8080/community".into(),
            peers_href: "/peers".into(),
            moderation_href: "/moderation".into(),
            ..Self::default()
        };
        let new = Self { followers: 0, policies: Vec::new(), auditors: Vec::new(), latest: Vec::new(), ..full.clone() };
        vec![full, trial, new]
    }
}

fn log() -> Log {
    Log {
        size: 12_480,
        vkey: "vet.example/log+4a1b2c3d+AZ8vQd1tqg5YB3W1sW0n0g2kq2L9cR8mO6C4Yd3l8m5T".into(),
        checkpoint: "vet.example/log\n12480\nq1Zt0n6X7Pj1kq2L9cR8mO6C4Yd3l8m5TAZ8vQd1tqg=\n\n\u{2014} vet.example/log ShssPYB3W1sW0n0g2kq2L9\n"
            .into(),
        signed: Some(when("3 minutes ago")),
        href: "/log/checkpoint".into(),
    }
}
