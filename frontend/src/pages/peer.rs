//! One community that is followed: what it is, what came from it, what it changes here.

use serde::Serialize;

use crate::Page;
use crate::pages::imports::Progress;
use crate::parts::{FollowState, ForkRow, Link, Notice, PeerState, Tone, When};
use crate::samples::{HOSTILE, LONG, forks, notice, when};

/// `/peers/{host}`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Peer {
    /// Its host, which is also what a policy calls it.
    pub host: String,
    /// What it calls itself.
    pub name: String,
    /// First sentence of the page.
    pub sentence: String,
    /// `@community@pier.example`
    pub handle: String,
    /// Its page on its own server.
    pub href: String,
    /// What it says of itself, as plain text.
    pub summary: Option<String>,
    /// What just happened, and what needs saying first.
    pub notices: Vec<Notice>,
    /// What its server runs.
    pub software: Option<String>,
    /// Whether it answers.
    pub state: PeerState,
    /// Where following it stands.
    pub follow: FollowState,
    /// Since when.
    pub since: Option<When>,
    /// How far its log was read, while that goes on.
    pub progress: Option<Progress>,
    /// How many statements of each kind are here.
    pub counts: Vec<KindCount>,
    /// Its policies, by their pages there.
    pub policies: Vec<Link>,
    /// Whose audits came.
    pub auditors: Vec<PeerAuditor>,
    /// The latest statements.
    pub statements: Vec<StatementRow>,
    /// What each policy here makes of it.
    pub effects: Vec<PeerEffect>,
    /// Its log.
    pub log: Option<PeerLog>,
    /// Where its log contradicted itself.
    pub forks: Vec<ForkRow>,
    /// When something last came from it.
    pub last_in: Option<When>,
    /// When something was last sent to it.
    pub last_out: Option<When>,
    /// What went wrong last.
    pub error: Option<String>,
    /// Where a steward makes its audits count; `None` hides it.
    pub trust_href: Option<String>,
    /// Where following ends; `None` hides it.
    pub end_action: Option<String>,
    /// Where its log is read again from its beginning; `None` hides it.
    pub read_action: Option<String>,
    /// Where a block is put down; `None` hides it.
    pub block_href: Option<String>,
}

/// Statements of one kind.
#[derive(Debug, Clone, Default, Serialize)]
pub struct KindCount {
    /// The kind as records write it: `Audit`.
    pub kind: String,
    /// How many.
    pub count: u64,
}

/// Somebody whose audits came from there.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PeerAuditor {
    /// `name@host`, linked to their page there.
    pub name: Link,
    /// How many audits of theirs are here.
    pub audits: u64,
}

/// One statement that came from there.
#[derive(Debug, Clone, Default, Serialize)]
pub struct StatementRow {
    /// The kind, linked to the statement where it lives.
    pub kind: Link,
    /// What it is about, in words; the link leads to the package here.
    pub about: Link,
    /// Who said it: `name@host`.
    pub author: String,
    /// When it was said.
    pub published: When,
    /// How it came: `by post`, `by its log`, `by fetch`.
    pub via: String,
    /// Its place in its community's log, once known.
    pub leaf: Option<u64>,
    /// It was withdrawn.
    pub withdrawn: bool,
}

/// What one policy here makes of it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PeerEffect {
    /// The policy.
    pub policy: Link,
    /// How it counts: "as pier-readers, level 2"; `None` where the policy does not name it.
    pub counts: Option<String>,
    /// What that changes, in words: "41 releases rest on it".
    pub text: String,
}

/// Its log as far as it was read here.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PeerLog {
    /// Its key, as C2SP writes it.
    pub vkey: String,
    /// How many statements its newest checkpoint names.
    pub size: u64,
    /// How many of them were read.
    pub read: u64,
    /// When it was last looked at.
    pub checked: Option<When>,
    /// When it is looked at next.
    pub next: Option<When>,
    /// The newest checkpoint as a signed note.
    pub checkpoint: String,
}

impl Page for Peer {
    const TEMPLATE: &'static str = "peer.html";

    fn sample() -> Vec<Self> {
        let usual = usual();
        let reading = Self {
            progress: Some(Progress { done: 3_100, total: Some(12_400), text: "3,100 of 12,400 statements".into() }),
            notices: vec![notice(Tone::Done, "It accepted; its log is being read.")],
            ..usual.clone()
        };
        let hostile = Self {
            host: "evil.example:8443".into(),
            name: HOSTILE.into(),
            handle: format!("@{HOSTILE}@evil.example:8443"),
            summary: Some(HOSTILE.into()),
            software: Some(HOSTILE.into()),
            state: PeerState::Blocked,
            error: Some(HOSTILE.into()),
            forks: forks(),
            auditors: vec![PeerAuditor { name: Link::plain(LONG), audits: 1 }],
            ..usual.clone()
        };
        let fresh = Self {
            host: "pier.example".into(),
            name: "Pier Readers".into(),
            sentence: "Pier Readers was asked and has not answered yet.".into(),
            handle: "@community@pier.example".into(),
            href: "https://pier.example/community".into(),
            end_action: Some("/peers/pier.example/end".into()),
            ..Self::default()
        };
        vec![usual, reading, hostile, fresh]
    }
}

fn usual() -> Peer {
    let statement = StatementRow {
        kind: Link::new("Audit", "https://pier.example/audits/7f3a"),
        about: Link::new("serde 1.0.219", "/releases/pkg:cargo/serde@1.0.219"),
        author: "brook@pier.example".into(),
        published: when("2 hours ago"),
        via: "by its log".into(),
        leaf: Some(12_399),
        withdrawn: false,
    };
    let unknown = StatementRow {
        kind: Link::new("Endorsement", "https://pier.example/endorsements/1"),
        about: Link::plain("a kind that is not understood here"),
        leaf: None,
        withdrawn: true,
        ..statement.clone()
    };
    Peer {
        host: "pier.example".into(),
        name: "Pier Readers".into(),
        sentence: "Pier Readers is followed; 12,400 statements of it are here and count under one policy.".into(),
        handle: "@community@pier.example".into(),
        href: "https://pier.example/community".into(),
        summary: Some("Readers of the pier. We look at small crates.".into()),
        notices: Vec::new(),
        software: Some("vetmoot 0.1.0".into()),
        state: PeerState::Ok,
        follow: FollowState::Accepted,
        since: Some(when("a week ago")),
        progress: None,
        counts: vec![KindCount { kind: "Audit".into(), count: 12_310 }, KindCount { kind: "PolicyRevision".into(), count: 4 }],
        policies: vec![Link::new("balanced", "https://pier.example/policies/balanced")],
        auditors: vec![PeerAuditor {
            name: Link::new("brook@pier.example", "https://pier.example/users/brook"),
            audits: 12_310,
        }],
        statements: vec![statement, unknown],
        effects: vec![
            PeerEffect {
                policy: Link::new("Balanced", "/policies/balanced"),
                counts: Some("as pier-readers, level 2".into()),
                text: "41 releases rest on it.".into(),
            },
            PeerEffect {
                policy: Link::new("Strict", "/policies/strict"),
                counts: None,
                text: "The policy does not name it.".into(),
            },
        ],
        log: Some(PeerLog {
            vkey: "pier.example/log+4a1b2c3d+AZ8vQd1tqg5YB3W1sW0n0g2kq2L9cR8mO6C4Yd3l8m5T".into(),
            size: 12_400,
            read: 12_400,
            checked: Some(when("a minute ago")),
            next: Some(when("in 4 minutes")),
            checkpoint: "pier.example/log\n12400\nq1Zt0n6X7Pj1kq2L9cR8mO6C4Yd3l8m5TAZ8vQd1tqg=\n".into(),
        }),
        forks: Vec::new(),
        last_in: Some(when("a minute ago")),
        last_out: Some(when("3 minutes ago")),
        error: None,
        trust_href: Some("/peers/pier.example/trust".into()),
        end_action: Some("/peers/pier.example/end".into()),
        read_action: Some("/peers/pier.example/log".into()),
        block_href: Some("/moderation?subject=pier.example".into()),
    }
}
