//! The communities we follow and the servers that follow us.

use serde::Serialize;

use crate::Page;
use crate::pages::imports::Progress;
use crate::parts::{FollowState, ForkRow, Link, Notice, Pager, PeerState, Tone, When};
use crate::samples::{HOSTILE, LONG, forks, notice, when};

/// `/peers`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Peers {
    /// First sentence of the page.
    pub sentence: String,
    /// What just happened, or what hinders.
    pub notices: Vec<Notice>,
    /// Where a steward follows another community; `None` hides it.
    pub new_href: Option<String>,
    /// Communities that are followed.
    pub followed: Vec<FollowedRow>,
    /// Servers known here, on which the followers are.
    pub servers: Vec<ServerRow>,
    /// The rest of the servers.
    pub pager: Pager,
    /// Logs that contradicted themselves.
    pub forks: Vec<ForkRow>,
    /// How open this community is, in a sentence.
    pub mode: String,
    /// Where blocks and allowances are shown.
    pub moderation_href: String,
}

/// One community that is followed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FollowedRow {
    /// Its name, linked to its page here.
    pub name: Link,
    /// `@community@pier.example`
    pub handle: String,
    /// What its server runs.
    pub software: Option<String>,
    /// Whether it answers.
    pub state: PeerState,
    /// Where following it stands.
    pub follow: FollowState,
    /// How far its log was read, while that goes on.
    pub progress: Option<Progress>,
    /// How many statements of it are here.
    pub statements: u64,
    /// When something last came from it.
    pub last_in: Option<When>,
    /// What went wrong last.
    pub error: Option<String>,
}

/// One server of others.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ServerRow {
    /// Its host.
    pub host: String,
    /// What it runs.
    pub software: Option<String>,
    /// Whether it answers.
    pub state: PeerState,
    /// How many of its actors follow somebody here.
    pub followers: u64,
    /// When something last came from it.
    pub last_in: Option<When>,
    /// When something was last sent to it.
    pub last_out: Option<When>,
}

impl Page for Peers {
    const TEMPLATE: &'static str = "peers.html";

    fn sample() -> Vec<Self> {
        let server = ServerRow {
            host: "social.example".into(),
            software: Some("mastodon 4.6.1".into()),
            state: PeerState::Ok,
            followers: 311,
            last_in: Some(when("an hour ago")),
            last_out: Some(when("3 minutes ago")),
        };
        let named = |host: &str, state| ServerRow { host: host.into(), state, ..server.clone() };
        let full = Self {
            sentence: "Two communities are followed here, and followers are on four servers.".into(),
            notices: vec![notice(Tone::Done, "The community is followed now.")],
            new_href: Some("/peers/new".into()),
            followed: rows(),
            servers: vec![
                server.clone(),
                named("slow.example", PeerState::Slow),
                named(LONG, PeerState::Dead),
                ServerRow {
                    software: Some(HOSTILE.into()),
                    last_in: None,
                    last_out: None,
                    ..named("spam.example", PeerState::Blocked)
                },
            ],
            pager: Pager { shown: 4, total: Some(120), previous: None, next: Some("/peers?after=spam.example".into()) },
            forks: forks(),
            mode: "Every server may take part unless it is blocked.".into(),
            moderation_href: "/moderation".into(),
        };
        let empty = Self {
            sentence: "No community is followed here and nobody elsewhere follows this one yet.".into(),
            new_href: Some("/peers/new".into()),
            mode: full.mode.clone(),
            moderation_href: "/moderation".into(),
            ..Self::default()
        };
        let visitor = Self { new_href: None, ..empty.clone() };
        vec![full, empty, visitor]
    }
}

fn rows() -> Vec<FollowedRow> {
    let row = FollowedRow {
        name: Link::new("Pier Readers", "/peers/pier.example"),
        handle: "@community@pier.example".into(),
        software: Some("vetmoot 0.1.0".into()),
        state: PeerState::Ok,
        follow: FollowState::Accepted,
        progress: Some(Progress { done: 3_100, total: Some(12_400), text: "3,100 of 12,400 statements".into() }),
        statements: 3_100,
        last_in: Some(when("a minute ago")),
        error: None,
    };
    vec![
        row.clone(),
        FollowedRow {
            name: Link::new(HOSTILE, "/peers/evil.example:8443"),
            handle: format!("@{HOSTILE}@evil.example:8443"),
            software: None,
            state: PeerState::Dead,
            follow: FollowState::Requested,
            progress: None,
            last_in: None,
            error: Some(HOSTILE.into()),
            ..row.clone()
        },
        FollowedRow { follow: FollowState::Ended, progress: None, ..row.clone() },
        FollowedRow { follow: FollowState::Rejected, progress: None, ..row },
    ]
}
