//! Changes of policies and roles that wait for a second steward.

use vetmoot_domain::{Timestamp, UserName};

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// What a proposal changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProposalKind {
    /// A revision of a policy, or a new one.
    Policy,
    /// What a member may do, and the body they count for.
    Roles,
    /// A new member who may do something.
    Member,
}

vetmoot_domain::word_enum!(ProposalKind, "kind of proposal", {
    Policy => "policy", Roles => "roles", Member => "member",
});

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProposalState {
    /// A second steward has not said anything yet.
    Waiting,
    /// A second steward agreed, and it is done.
    Accepted,
    /// Another steward said no.
    Refused,
    /// Whoever made it took it back.
    Withdrawn,
    /// Nobody said anything in time. It is told from the clock and never written.
    Lapsed,
}

vetmoot_domain::word_enum!(ProposalState, "state of a proposal", {
    Waiting => "waiting", Accepted => "accepted", Refused => "refused", Withdrawn => "withdrawn", Lapsed => "lapsed",
});

/// A proposal to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProposal {
    /// What it changes.
    pub kind: ProposalKind,
    /// The slug of the policy, or the member's name.
    pub subject: String,
    /// JSON: what is in force now.
    pub base: String,
    /// JSON: what it asks for.
    pub payload: String,
    /// Who makes it: a member's row number.
    pub proposed_by: i64,
    /// When it lapses.
    pub expires_at: Timestamp,
}

/// A proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalRow {
    /// The row's number.
    pub id: i64,
    /// What it changes.
    pub kind: ProposalKind,
    /// The slug of the policy, or the member's name.
    pub subject: String,
    /// JSON: what was in force when it was made.
    pub base: String,
    /// JSON: what it asks for.
    pub payload: String,
    /// Who made it: the member's row number.
    pub proposed_by: i64,
    /// Their name.
    pub proposed_by_name: UserName,
    /// When.
    pub proposed_at: Timestamp,
    /// When it lapses, or would have.
    pub expires_at: Timestamp,
    /// Where it stands.
    pub state: ProposalState,
    /// Who decided it, or took it back.
    pub decided_by: Option<UserName>,
    /// When.
    pub decided_at: Option<Timestamp>,
}

const TABLE: &str = "proposals";
const SELECT: &str = "SELECT p.id, p.kind, p.subject, p.base, p.payload, p.proposed_by, u.name, p.proposed_at, p.expires_at, \
    p.state, d.name, p.decided_at FROM proposals p JOIN users u ON u.id = p.proposed_by LEFT JOIN users d ON d.id = p.decided_by";
/// Those that wait at the moment `$1`.
const WAITING: &str = "p.state = 'waiting' AND p.expires_at > $1";

fn read(row: &Row, now: Timestamp) -> Result<ProposalRow, StoreError> {
    let expires_at = row.moment(8)?;
    let state = match row.word(TABLE, 9)? {
        ProposalState::Waiting if expires_at <= now => ProposalState::Lapsed,
        state => state,
    };
    Ok(ProposalRow {
        id: row.get(0)?,
        kind: row.word(TABLE, 1)?,
        subject: row.get(2)?,
        base: row.get(3)?,
        payload: row.get(4)?,
        proposed_by: row.get(5)?,
        proposed_by_name: row.word(TABLE, 6)?,
        proposed_at: row.moment(7)?,
        expires_at,
        state,
        decided_by: row.word_if(TABLE, 10)?,
        decided_at: row.moment_if(11)?,
    })
}

/// Makes a proposal; answers its row number.
pub async fn insert(tx: &Tx, new: &NewProposal, now: Timestamp) -> Result<i64, StoreError> {
    let sql = "INSERT INTO proposals (kind, subject, base, payload, proposed_by, proposed_at, expires_at, state) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id";
    let values = values![
        new.kind.as_str(),
        new.subject.clone(),
        new.base.clone(),
        new.payload.clone(),
        new.proposed_by,
        now.millis(),
        new.expires_at.millis(),
        ProposalState::Waiting.as_str()
    ];
    tx.one(sql, values).await?.ok_or_else(|| StoreError::missing("proposal"))?.get(0)
}

/// One proposal, as it stands at this moment.
pub async fn get(reads: &impl Reads, id: i64, now: Timestamp) -> Result<Option<ProposalRow>, StoreError> {
    let found = reads.handle().one(&format!("{SELECT} WHERE p.id = $1"), values![id]).await?;
    found.as_ref().map(|row| read(row, now)).transpose()
}

/// The proposals before this number (all when none is given), newest first, as they stand at this moment.
pub async fn latest(
    reads: &impl Reads,
    before: Option<i64>,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<ProposalRow>, StoreError> {
    let sql = format!("{SELECT} WHERE p.id < $1 ORDER BY p.id DESC LIMIT $2");
    let rows = reads.handle().all(&sql, values![before.unwrap_or(i64::MAX), sql::page(limit)]).await?;
    rows.iter().map(|row| read(row, now)).collect()
}

/// The proposals that wait for somebody to decide, oldest first.
pub async fn waiting(reads: &impl Reads, now: Timestamp, limit: u64) -> Result<Vec<ProposalRow>, StoreError> {
    let sql = format!("{SELECT} WHERE {WAITING} ORDER BY p.id LIMIT $2");
    let rows = reads.handle().all(&sql, values![now.millis(), sql::page(limit)]).await?;
    rows.iter().map(|row| read(row, now)).collect()
}

/// How many proposals wait: of one member, or of everybody else but one.
pub async fn count_waiting(reads: &impl Reads, by: By, now: Timestamp) -> Result<u64, StoreError> {
    let (compared, user) = match by {
        By::Member(user) => ("=", user),
        By::Others(user) => ("<>", user),
    };
    let sql = format!("SELECT COUNT(*) FROM proposals p WHERE {WAITING} AND p.proposed_by {compared} $2");
    let found = reads.handle().one(&sql, values![now.millis(), user]).await?;
    found.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}

/// Whose proposals are counted; both hold a member's row number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// This member's own.
    Member(i64),
    /// Those of everybody else.
    Others(i64),
}

/// The proposal that waits and asks for exactly this, whoever made it.
pub async fn same(reads: &impl Reads, new: &NewProposal, now: Timestamp) -> Result<Option<ProposalRow>, StoreError> {
    let sql = format!("{SELECT} WHERE {WAITING} AND p.subject = $2 AND p.kind = $3 AND p.base = $4 AND p.payload = $5 LIMIT 1");
    let values = values![now.millis(), new.subject.clone(), new.kind.as_str(), new.base.clone(), new.payload.clone()];
    reads.handle().one(&sql, values).await?.as_ref().map(|row| read(row, now)).transpose()
}

/// Decides a proposal that waits; answers false when it was decided before, or has lapsed.
pub async fn decide(tx: &Tx, id: i64, state: ProposalState, by: i64, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE proposals SET state = $1, decided_by = $2, decided_at = $3 \
               WHERE id = $4 AND state = $5 AND expires_at > $3";
    let values = values![state.as_str(), by, now.millis(), id, ProposalState::Waiting.as_str()];
    Ok(tx.run(sql, values).await? > 0)
}
