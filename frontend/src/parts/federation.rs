//! What several pages of federation share: servers, deliveries, keys, members, forks.

use serde::Serialize;

use super::{Link, When};

/// How a server of others answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeerState {
    /// It answers.
    #[default]
    Ok,
    /// It failed lately and is tried again.
    Slow,
    /// It has not answered for long; it is asked now and then.
    Dead,
    /// It is blocked here.
    Blocked,
}

/// Where following another community stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FollowState {
    /// Asked, not yet answered.
    #[default]
    Requested,
    /// It said yes.
    Accepted,
    /// It said no.
    Rejected,
    /// It is not followed any more.
    Ended,
}

/// Where the delivery of one activity to one server stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// It waits for its first try.
    #[default]
    Queued,
    /// A try failed; another follows.
    Retry,
    /// It was taken.
    Sent,
    /// It is not tried any more.
    Gone,
}

/// One line of the ledger: an activity and a server it goes to.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DeliveryRow {
    /// The server.
    pub host: String,
    /// What was sent: `Create`, `Announce`, `Update`.
    pub activity: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub tries: u64,
    /// What went wrong last.
    pub error: Option<String>,
    /// When it is tried next.
    pub next: Option<When>,
}

/// A public key of ours with its time.
#[derive(Debug, Clone, Default, Serialize)]
pub struct KeyRow {
    /// Its id, as statements and messages name it.
    pub id: String,
    /// The key itself as a multikey; empty where the id does not need it.
    pub multikey: String,
    /// What it signs, in words: "statements", "messages between servers".
    pub signs: String,
    /// Since when it signs.
    pub from: When,
    /// Until when it signed; `None` while it does.
    pub until: Option<When>,
}

/// A member in a list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MemberRow {
    /// The name, linked to their page.
    pub name: Link,
    /// How to follow them: `@ada@vet.example`; `None` on a trial.
    pub handle: Option<String>,
    /// The organisation they count as.
    pub organisation: Option<Link>,
    /// Roles in words.
    pub roles: Vec<String>,
    /// How many audits of theirs stand here.
    pub audits: u64,
}

/// Two checkpoints of one log that contradict each other.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ForkRow {
    /// Its row, as the form sends it.
    pub id: String,
    /// The log's origin line.
    pub log: String,
    /// The size at which they part.
    pub size: u64,
    /// When it was noticed.
    pub seen: When,
    /// The checkpoint known before, as a signed note.
    pub known: String,
    /// The one that contradicts it.
    pub contradicts: String,
    /// Where an admin decides about it, with `fork` and `do` (`read-anew`, `end`); `None` hides it.
    pub decide_action: Option<String>,
}
