//! Federation for its operators: queues, what came in, what could not be applied, keys.

use serde::Serialize;

use crate::Page;
use crate::parts::{Notice, Pager, PeerState, Tone, When};
use crate::samples::{HOSTILE, LONG, notice, when};

/// `/admin/federation`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Federation {
    /// First sentence: whether everything is well.
    pub sentence: String,
    /// What just happened, and what needs hands.
    pub notices: Vec<Notice>,
    /// Servers, those with trouble first.
    pub peers: Vec<QueueRow>,
    /// The rest of the servers.
    pub pager: Pager,
    /// Where `host` and `do` (retry, pause, resume, reset, drop) are posted to.
    pub peer_action: String,
    /// Items of the inbox that could not be applied.
    pub poison: Vec<PoisonRow>,
    /// Where `item` is posted to for another try.
    pub replay_action: String,
    /// What became of what came in.
    pub outcomes: Vec<OutcomeRow>,
    /// Whose keys there are.
    pub keys: Vec<OwnerKeys>,
    /// Where `owner` is posted to for a new key.
    pub rotate_action: String,
}

/// One server and its queue.
#[derive(Debug, Clone, Default, Serialize)]
pub struct QueueRow {
    /// Its host.
    pub host: String,
    /// What it runs.
    pub software: Option<String>,
    /// Whether it answers.
    pub state: PeerState,
    /// How many deliveries wait.
    pub queue: u64,
    /// When something last came from it.
    pub last_in: Option<When>,
    /// When something was last sent to it.
    pub last_out: Option<When>,
    /// What went wrong last.
    pub error: Option<String>,
    /// When it is tried next.
    pub next: Option<When>,
    /// Nothing is sent until an admin says so.
    pub paused: bool,
}

/// An item that could not be applied.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PoisonRow {
    /// Its row.
    pub id: String,
    /// The activity's type.
    pub kind: String,
    /// Who sent it.
    pub actor: String,
    /// When it came.
    pub received: When,
    /// How often it was tried.
    pub tries: u64,
    /// Why it could not be applied.
    pub detail: String,
}

/// How often something became of what came in.
#[derive(Debug, Clone, Default, Serialize)]
pub struct OutcomeRow {
    /// The word: `applied`, `refused`.
    pub outcome: String,
    /// What that means, one sentence.
    pub meaning: String,
    /// How often.
    pub count: u64,
}

/// The keys of one owner.
#[derive(Debug, Clone, Default, Serialize)]
pub struct OwnerKeys {
    /// Path of the actor: `/community`.
    pub owner: String,
    /// Who that is: "the community".
    pub whose: String,
    /// Its key for messages, by id.
    pub id: String,
    /// Its key for statements, as a multikey; `None` for those who say nothing.
    pub statement: Option<String>,
    /// How many keys for statements were retired before it.
    pub retired: u64,
}

impl Page for Federation {
    const TEMPLATE: &'static str = "federation.html";

    fn sample() -> Vec<Self> {
        let row = QueueRow {
            host: "social.example".into(),
            software: Some("mastodon 4.6.1".into()),
            state: PeerState::Ok,
            queue: 0,
            last_in: Some(when("an hour ago")),
            last_out: Some(when("3 minutes ago")),
            error: None,
            next: None,
            paused: false,
        };
        let troubled = QueueRow {
            host: LONG.into(),
            state: PeerState::Dead,
            queue: 1_204,
            error: Some(HOSTILE.into()),
            next: Some(when("in 11 hours")),
            ..row.clone()
        };
        let full = Self {
            sentence: "One server does not answer and 1,204 deliveries wait for it.".into(),
            notices: vec![notice(Tone::Done, "The server is tried again now.")],
            peers: vec![
                troubled,
                QueueRow { state: PeerState::Slow, paused: true, ..row.clone() },
                QueueRow { state: PeerState::Blocked, software: None, last_in: None, last_out: None, ..row.clone() },
                row,
            ],
            pager: Pager { shown: 4, total: None, previous: None, next: Some("/admin/federation?after=x".into()) },
            peer_action: "/admin/federation/peers".into(),
            poison: vec![PoisonRow {
                id: "17".into(),
                kind: "Create".into(),
                actor: HOSTILE.into(),
                received: when("yesterday"),
                tries: 12,
                detail: HOSTILE.into(),
            }],
            replay_action: "/admin/federation/replay".into(),
            outcomes: vec![
                OutcomeRow { outcome: "applied".into(), meaning: "It changed something here.".into(), count: 12_400 },
                OutcomeRow { outcome: "refused".into(), meaning: "It was not believed.".into(), count: 3 },
            ],
            keys: vec![OwnerKeys {
                owner: "/community".into(),
                whose: "the community".into(),
                id: "https://vet.example/community#main-key".into(),
                statement: Some("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQXJt2n9v6gq4d".into()),
                retired: 1,
            }],
            rotate_action: "/admin/federation/rotate".into(),
        };
        let empty = Self {
            sentence: "No other server is known yet.".into(),
            peer_action: full.peer_action.clone(),
            replay_action: full.replay_action.clone(),
            rotate_action: full.rotate_action.clone(),
            ..Self::default()
        };
        vec![full, empty]
    }
}
