//! Candidates and the moves they made.

use vetmoot_domain::{CandidateId, CandidateState, Package, Slug, Timestamp, UserName, Version};

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// A candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateRow {
    /// Its id.
    pub id: CandidateId,
    /// Its project's row number.
    pub project_id: i64,
    /// The package.
    pub package: Package,
    /// The package's row number.
    pub package_id: i64,
    /// The version.
    pub version: Version,
    /// Where it stands.
    pub state: CandidateState,
    /// Who answers for the upload: the member's row number.
    pub uploader: i64,
    /// Their name.
    pub uploader_name: UserName,
    /// The program that uploaded in their name, when one did.
    pub uploaded_as: Option<String>,
    /// The policy that vets it.
    pub policy: Slug,
    /// The candidate of the same version it came after.
    pub replaces: Option<CandidateId>,
    /// When its first file came.
    pub created_at: Timestamp,
    /// When anything about it changed last.
    pub changed_at: Timestamp,
    /// When its last file came.
    pub last_file_at: Timestamp,
    /// When it was whole.
    pub staged_at: Option<Timestamp>,
    /// When it was released.
    pub released_at: Option<Timestamp>,
    /// Who released it: the member's row number.
    pub released_by: Option<i64>,
    /// Their name.
    pub released_by_name: Option<UserName>,
    /// Why it stands where it stands: what was asked for, what failed.
    pub reason: Option<String>,
    /// JSON: what was noticed at the upload (a list of [findings](../../vetmoot_workflows)).
    pub findings: String,
    /// JSON: how the archives compare with the tagged source, when one was given.
    pub source: Option<String>,
    /// The salt of its statements, in hexadecimal.
    pub salt: String,
}

/// One move of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveRow {
    /// Where it went.
    pub state: CandidateState,
    /// Who moved it: a member's name, or what stands for the instance.
    pub moved_by: String,
    /// Why, in their words.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A candidate about to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCandidate {
    /// Its id.
    pub id: CandidateId,
    /// Its project's row number.
    pub project_id: i64,
    /// The package's row number.
    pub package_id: i64,
    /// The version.
    pub version: Version,
    /// Who answers for the upload: the member's row number.
    pub uploader: i64,
    /// The program that uploads in their name, when one does.
    pub uploaded_as: Option<String>,
    /// The policy that vets it.
    pub policy: Slug,
    /// The candidate of the same version it comes after.
    pub replaces: Option<CandidateId>,
    /// When its first file came.
    pub created_at: Timestamp,
    /// The salt of its statements, in hexadecimal.
    pub salt: String,
}

/// Which candidates are wanted; what is empty narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this package: its row number.
    pub package_id: Option<i64>,
    /// In one of these states.
    pub states: Vec<CandidateState>,
    /// Handed in by this member: their row number.
    pub uploader: Option<i64>,
}

/// A move about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMove<'a> {
    /// Where it stands.
    pub from: CandidateState,
    /// Where it goes.
    pub to: CandidateState,
    /// Who moves it: a member's row number.
    pub user_id: Option<i64>,
    /// Their name, or what stands for the instance.
    pub moved_by: &'a str,
    /// Why, in their words.
    pub reason: Option<&'a str>,
    /// When.
    pub at: Timestamp,
}

const TABLE: &str = "candidates";
const SELECT: &str = "SELECT c.id, c.project_id, p.ecosystem, p.name, c.package_id, c.version, c.state, c.uploader, u.name, \
    c.uploaded_as, c.policy, c.replaces, c.created_at, c.changed_at, c.last_file_at, c.staged_at, c.released_at, c.released_by, \
    r.name, c.reason, c.findings, c.source, c.salt FROM candidates c JOIN packages p ON p.id = c.package_id \
    JOIN users u ON u.id = c.uploader LEFT JOIN users r ON r.id = c.released_by";

fn row(row: &Row) -> Result<CandidateRow, StoreError> {
    Ok(CandidateRow {
        id: row.word(TABLE, 0)?,
        project_id: row.get(1)?,
        package: row.package(2, 3)?,
        package_id: row.get(4)?,
        version: row.word(TABLE, 5)?,
        state: row.word(TABLE, 6)?,
        uploader: row.get(7)?,
        uploader_name: row.word("users", 8)?,
        uploaded_as: row.get(9)?,
        policy: row.word(TABLE, 10)?,
        replaces: row.word_if(TABLE, 11)?,
        created_at: row.moment(12)?,
        changed_at: row.moment(13)?,
        last_file_at: row.moment(14)?,
        staged_at: row.moment_if(15)?,
        released_at: row.moment_if(16)?,
        released_by: row.get(17)?,
        released_by_name: row.word_if("users", 18)?,
        reason: row.get(19)?,
        findings: row.get(20)?,
        source: row.get(21)?,
        salt: row.get(22)?,
    })
}

fn live(state: CandidateState) -> Option<i64> {
    state.is_live().then_some(1)
}

/// Opens a candidate as a draft, with its first move; its version may have no other that is live.
pub async fn insert(tx: &Tx, new: &NewCandidate, opened_by: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO candidates (id, project_id, package_id, version, state, live, uploader, uploaded_as, policy, replaces, \
               created_at, changed_at, last_file_at, findings, salt) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $11, '[]', $12)";
    let draft = CandidateState::Draft;
    let values = values![
        new.id.as_str(),
        new.project_id,
        new.package_id,
        new.version.as_str(),
        draft.as_str(),
        live(draft),
        new.uploader,
        new.uploaded_as.clone(),
        new.policy.as_str(),
        new.replaces.as_ref().map(ToString::to_string),
        new.created_at.millis(),
        new.salt.clone(),
    ];
    tx.run(sql, values).await.map_err(|error| error.or_taken(|| format!("the version {}", new.version)))?;
    let first =
        NewMove { from: draft, to: draft, user_id: Some(new.uploader), moved_by: opened_by, reason: None, at: new.created_at };
    note_move(tx, &new.id, &first).await
}

async fn note_move(tx: &Tx, id: &CandidateId, new: &NewMove<'_>) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO candidate_moves (candidate_id, state, user_id, moved_by, reason, at) VALUES ($1, $2, $3, $4, $5, $6)";
    let reason = new.reason.map(str::to_owned);
    tx.run(sql, values![id.as_str(), new.to.as_str(), new.user_id, new.moved_by, reason, new.at.millis()]).await?;
    Ok(())
}

/// Moves a candidate that still stands where the move begins, and writes the move down; answers false when it does not.
///
/// Whether the move is a legal one is not asked here.
pub async fn advance(tx: &Tx, id: &CandidateId, new: &NewMove<'_>) -> Result<bool, StoreError> {
    let sql = "UPDATE candidates SET state = $1, live = $2, changed_at = $3, reason = $4, \
               staged_at = CASE WHEN $10 = 1 THEN $3 ELSE COALESCE(staged_at, $5) END, released_by = COALESCE($6, released_by), released_at = COALESCE($7, released_at) \
               WHERE id = $8 AND state = $9";
    let at = |state| (new.to == state).then_some(new.at.millis());
    // What comes back to life stands in the open from now on: nobody could get it meanwhile.
    let revived = i64::from(new.to.is_live() && !new.from.is_live());
    let values = values![
        new.to.as_str(),
        live(new.to),
        new.at.millis(),
        new.reason.map(str::to_owned),
        at(CandidateState::Staged),
        new.user_id.filter(|_| new.to == CandidateState::Releasing),
        at(CandidateState::Released),
        id.as_str(),
        new.from.as_str(),
        revived,
    ];
    let moved = tx.run(sql, values).await.map_err(|error| error.or_taken(|| "the version".to_owned()))?;
    if moved == 0 {
        return Ok(false);
    }
    note_move(tx, id, new).await?;
    Ok(true)
}

/// Notes that another file came, and what is noticed about all of them as JSON.
pub async fn touch(tx: &Tx, id: &CandidateId, findings: &str, at: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE candidates SET last_file_at = $1, changed_at = $1, findings = $2 WHERE id = $3";
    tx.run(sql, values![at.millis(), findings, id.as_str()]).await?;
    Ok(())
}

/// Notes how its archives compare with the tagged source, as JSON.
pub async fn set_source(tx: &Tx, id: &CandidateId, source: &str, at: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE candidates SET source = $1, changed_at = $2 WHERE id = $3";
    tx.run(sql, values![source, at.millis(), id.as_str()]).await?;
    Ok(())
}

/// The candidate of this id.
pub async fn get(reads: &impl Reads, id: &CandidateId) -> Result<Option<CandidateRow>, StoreError> {
    reads.handle().one(&format!("{SELECT} WHERE c.id = $1"), values![id.as_str()]).await?.as_ref().map(row).transpose()
}

/// Candidates, newest first; at most `limit` after the first `skip`.
pub async fn list(reads: &impl Reads, filter: &Filter, skip: u64, limit: u64) -> Result<Vec<CandidateRow>, StoreError> {
    let mut values = values![sql::page(limit), sql::int(skip)];
    let mut conditions = Vec::new();
    for (column, number) in [("c.package_id", filter.package_id), ("c.uploader", filter.uploader)] {
        if let Some(number) = number {
            values.push(number.into());
            conditions.push(format!("{column} = ${}", values.len()));
        }
    }
    if !filter.states.is_empty() {
        conditions.push(format!("c.state IN ({})", sql::list(values.len() + 1, filter.states.len())));
        values.extend(filter.states.iter().map(|state| sea_orm::Value::from(state.as_str())));
    }
    let narrowed = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    let sql = format!("{SELECT}{narrowed} ORDER BY c.created_at DESC, c.id DESC LIMIT $1 OFFSET $2");
    reads.handle().all(&sql, values).await?.iter().map(row).collect()
}

/// The moves of a candidate, oldest first; the first is its opening.
pub async fn moves(reads: &impl Reads, id: &CandidateId) -> Result<Vec<MoveRow>, StoreError> {
    let sql = "SELECT state, moved_by, reason, at FROM candidate_moves WHERE candidate_id = $1 ORDER BY id LIMIT $2";
    let rows = reads.handle().all(sql, values![id.as_str(), sql::page(u64::MAX)]).await?;
    let read = |row: &Row| {
        Ok(MoveRow { state: row.word("candidate_moves", 0)?, moved_by: row.get(1)?, reason: row.get(2)?, at: row.moment(3)? })
    };
    rows.iter().map(read).collect()
}

/// The candidates of a package that occupy their versions, oldest first.
pub async fn live_of(reads: &impl Reads, package_id: i64) -> Result<Vec<CandidateRow>, StoreError> {
    let sql = format!("{SELECT} WHERE c.package_id = $1 AND c.live = 1 ORDER BY c.created_at, c.id LIMIT $2");
    reads.handle().all(&sql, values![package_id, sql::page(u64::MAX)]).await?.iter().map(row).collect()
}

/// The candidates of a package in this state, oldest first.
pub async fn in_state(reads: &impl Reads, package_id: i64, state: CandidateState) -> Result<Vec<CandidateRow>, StoreError> {
    let sql = format!("{SELECT} WHERE c.package_id = $1 AND c.state = $2 ORDER BY c.created_at, c.id LIMIT $3");
    reads.handle().all(&sql, values![package_id, state.as_str(), sql::page(u64::MAX)]).await?.iter().map(row).collect()
}

/// The candidate that occupies a version.
pub async fn live_at(reads: &impl Reads, package_id: i64, version: &Version) -> Result<Option<CandidateRow>, StoreError> {
    let sql = format!("{SELECT} WHERE c.package_id = $1 AND c.version = $2 AND c.live = 1");
    reads.handle().one(&sql, values![package_id, version.as_str()]).await?.as_ref().map(row).transpose()
}

/// The newest candidate of a version, live or not.
pub async fn last_of(reads: &impl Reads, package_id: i64, version: &Version) -> Result<Option<CandidateRow>, StoreError> {
    let sql = format!("{SELECT} WHERE c.package_id = $1 AND c.version = $2 ORDER BY c.created_at DESC, c.id DESC LIMIT 1");
    reads.handle().one(&sql, values![package_id, version.as_str()]).await?.as_ref().map(row).transpose()
}

/// The drafts whose last file came before this moment, oldest first.
pub async fn quiet_drafts(reads: &impl Reads, before: Timestamp, limit: u64) -> Result<Vec<CandidateRow>, StoreError> {
    let sql = format!("{SELECT} WHERE c.state = $1 AND c.last_file_at <= $2 ORDER BY c.last_file_at, c.id LIMIT $3");
    let values = values![CandidateState::Draft.as_str(), before.millis(), sql::page(limit)];
    reads.handle().all(&sql, values).await?.iter().map(row).collect()
}

/// How many candidates stand in each state; states nobody stands in are left out.
pub async fn count_by_state(reads: &impl Reads) -> Result<Vec<(CandidateState, u64)>, StoreError> {
    let sql = "SELECT state, COUNT(*) FROM candidates GROUP BY state ORDER BY state";
    let rows = reads.handle().all(sql, Vec::new()).await?;
    rows.iter().map(|row| Ok((row.word(TABLE, 0)?, sql::count(row.get(1)?)))).collect()
}
