//! Yanks, their undoing and deprecations, asked for by one person and decided by another.

use vetmoot_domain::{Ecosystem, Package, Timestamp, UserName, Version};

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// What is to be done to releases that are out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionKind {
    /// No new build picks them; locked builds go on.
    Yank,
    /// They are offered again.
    Unyank,
    /// Their users are told to go elsewhere; an empty message takes that back (npm).
    Deprecate,
}

vetmoot_domain::word_enum!(ActionKind, "kind of action", {
    Yank => "yank", Unyank => "unyank", Deprecate => "deprecate",
});

/// Where an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionState {
    /// Asked for; a lead who is not the asker decides.
    Asked,
    /// To be done.
    Approved,
    /// Done.
    Done,
    /// The index did not do it; the last error says why.
    Failed,
    /// A lead said no.
    Refused,
}

vetmoot_domain::word_enum!(ActionState, "state of an action", {
    Asked => "asked", Approved => "approved", Done => "done", Failed => "failed", Refused => "refused",
});

/// An action to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAction {
    /// The project's row number.
    pub project_id: i64,
    /// What is to be done.
    pub kind: ActionKind,
    /// To which versions.
    pub versions: Vec<Version>,
    /// The reason of a yank, or the text of a deprecation.
    pub message: Option<String>,
    /// Who asks: a member's row number.
    pub asked_by: i64,
}

/// An action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionRow {
    /// The row's number.
    pub id: i64,
    /// The project's row number.
    pub project_id: i64,
    /// The package.
    pub package: Package,
    /// What is to be done.
    pub kind: ActionKind,
    /// To which versions.
    pub versions: Vec<Version>,
    /// The reason of a yank, or the text of a deprecation.
    pub message: Option<String>,
    /// Who asked: the member's row number.
    pub asked_by: i64,
    /// Their name.
    pub asked_by_name: UserName,
    /// When.
    pub asked_at: Timestamp,
    /// Where it stands.
    pub state: ActionState,
    /// Who decided: the member's name.
    pub decided_by: Option<UserName>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Tries that failed.
    pub tries: i64,
    /// Nothing is done before.
    pub not_before: Timestamp,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was over.
    pub done_at: Option<Timestamp>,
}

const TABLE: &str = "package_actions";
const SELECT: &str = "SELECT a.id, a.project_id, p.ecosystem, p.name, a.kind, a.versions, a.message, a.asked_by, u.name, \
    a.asked_at, a.state, d.name, a.decided_at, a.tries, a.not_before, a.last_error, a.done_at FROM package_actions a \
    JOIN projects j ON j.id = a.project_id JOIN packages p ON p.id = j.package_id JOIN users u ON u.id = a.asked_by \
    LEFT JOIN users d ON d.id = a.decided_by";

fn row(row: &Row) -> Result<ActionRow, StoreError> {
    let versions: Vec<String> = row.json(TABLE, 5)?;
    Ok(ActionRow {
        id: row.get(0)?,
        project_id: row.get(1)?,
        package: row.package(2, 3)?,
        kind: row.word(TABLE, 4)?,
        versions: versions.iter().map(|version| sql::read_word(TABLE, version)).collect::<Result<_, _>>()?,
        message: row.get(6)?,
        asked_by: row.get(7)?,
        asked_by_name: row.word(TABLE, 8)?,
        asked_at: row.moment(9)?,
        state: row.word(TABLE, 10)?,
        decided_by: row.word_if(TABLE, 11)?,
        decided_at: row.moment_if(12)?,
        tries: row.get(13)?,
        not_before: row.moment(14)?,
        last_error: row.get(15)?,
        done_at: row.moment_if(16)?,
    })
}

/// Asks for an action; answers its row number.
pub async fn insert(tx: &Tx, new: &NewAction, now: Timestamp) -> Result<i64, StoreError> {
    let sql = "INSERT INTO package_actions (project_id, kind, versions, message, asked_by, asked_at, state, tries, not_before) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $6) RETURNING id";
    let versions: Vec<&str> = new.versions.iter().map(Version::as_str).collect();
    let values = values![
        new.project_id,
        new.kind.as_str(),
        sql::json(TABLE, &versions)?,
        new.message.clone(),
        new.asked_by,
        now.millis(),
        ActionState::Asked.as_str()
    ];
    tx.one(sql, values).await?.ok_or_else(|| StoreError::missing("action"))?.get(0)
}

/// One action.
pub async fn get(reads: &impl Reads, id: i64) -> Result<Option<ActionRow>, StoreError> {
    reads.handle().one(&format!("{SELECT} WHERE a.id = $1"), values![id]).await?.as_ref().map(row).transpose()
}

/// The actions of a project, newest first.
pub async fn of_project(reads: &impl Reads, project_id: i64, limit: u64) -> Result<Vec<ActionRow>, StoreError> {
    let sql = format!("{SELECT} WHERE a.project_id = $1 ORDER BY a.id DESC LIMIT $2");
    reads.handle().all(&sql, values![project_id, sql::page(limit)]).await?.iter().map(row).collect()
}

/// The actions that wait for somebody to decide, oldest first.
pub async fn asked(reads: &impl Reads, limit: u64) -> Result<Vec<ActionRow>, StoreError> {
    let sql = format!("{SELECT} WHERE a.state = $1 ORDER BY a.id LIMIT $2");
    reads.handle().all(&sql, values![ActionState::Asked.as_str(), sql::page(limit)]).await?.iter().map(row).collect()
}

/// The actions of an ecosystem that are to be done now, oldest first.
pub async fn due(reads: &impl Reads, ecosystem: Ecosystem, now: Timestamp, limit: u64) -> Result<Vec<ActionRow>, StoreError> {
    let sql = format!("{SELECT} WHERE a.state = $1 AND a.not_before <= $2 AND p.ecosystem = $3 ORDER BY a.id LIMIT $4");
    let values = values![ActionState::Approved.as_str(), now.millis(), ecosystem.as_str(), sql::page(limit)];
    reads.handle().all(&sql, values).await?.iter().map(row).collect()
}

/// The actions of a package that were done, oldest first: what its own documents are marked by.
pub async fn done(reads: &impl Reads, package: &Package) -> Result<Vec<ActionRow>, StoreError> {
    let sql = format!("{SELECT} WHERE p.ecosystem = $1 AND p.name = $2 AND a.state = $3 ORDER BY a.done_at, a.id LIMIT $4");
    let state = ActionState::Done.as_str();
    let values = values![package.ecosystem().as_str(), package.name().as_str(), state, sql::page(u64::MAX)];
    reads.handle().all(&sql, values).await?.iter().map(row).collect()
}

/// Decides an action; answers false when it was decided before.
pub async fn decide(tx: &Tx, id: i64, state: ActionState, by: i64, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE package_actions SET state = $1, decided_by = $2, decided_at = $3, not_before = $3 \
               WHERE id = $4 AND state = $5";
    let values = values![state.as_str(), by, now.millis(), id, ActionState::Asked.as_str()];
    Ok(tx.run(sql, values).await? > 0)
}

/// Puts an action off, with the reason.
pub async fn put_off(tx: &Tx, id: i64, tries: i64, until: Timestamp, error: &str) -> Result<(), StoreError> {
    let sql = "UPDATE package_actions SET tries = $1, not_before = $2, last_error = $3 WHERE id = $4";
    tx.run(sql, values![tries, until.millis(), error, id]).await?;
    Ok(())
}

/// Notes that an action is over; answers false when it was before.
pub async fn finish(tx: &Tx, id: i64, state: ActionState, error: Option<&str>, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE package_actions SET state = $1, last_error = $2, done_at = $3 WHERE id = $4 AND state = $5";
    let values = values![state.as_str(), error.map(str::to_owned), now.millis(), id, ActionState::Approved.as_str()];
    Ok(tx.run(sql, values).await? > 0)
}
