//! Members: their names, roles and organisations.

use vetmoot_domain::{Level, Organisation, Role, Timestamp, UserName};

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// A member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// The row's number.
    pub id: i64,
    /// The name.
    pub name: UserName,
    /// The roles, each once, in order of rank.
    pub roles: Vec<Role>,
    /// The organisation a steward recorded; without one the community itself counts.
    pub organisation: Option<Organisation>,
    /// When the member was created.
    pub created_at: Timestamp,
}

impl UserRow {
    /// The level the roles give, until standing is computed.
    pub fn level(&self) -> Level {
        level_of(&self.roles)
    }
    /// Whether the member has this role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
    /// The organisation the member's audits count for.
    pub fn organisation(&self) -> Organisation {
        self.organisation.clone().unwrap_or_else(Organisation::community)
    }
}

const TABLE: &str = "users";
/// A row number no member has.
const NOBODY: i64 = -1;
pub(crate) const COLUMNS: &str = "u.id, u.name, u.roles, u.organisation, u.created_at";

/// The highest level any of the roles gives.
pub(crate) fn level_of(roles: &[Role]) -> Level {
    roles.iter().map(|role| role.level()).max().unwrap_or(Level::UNKNOWN)
}

pub(crate) fn read_roles(text: &str) -> Result<Vec<Role>, StoreError> {
    text.split_whitespace().map(|word| sql::read_word(TABLE, word)).collect()
}

fn write_roles(roles: &[Role]) -> String {
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" ")
}

/// Reads a member out of a row whose columns from `at` on are [`COLUMNS`].
pub(crate) fn read(row: &Row, at: usize) -> Result<UserRow, StoreError> {
    Ok(UserRow {
        id: row.get(at)?,
        name: row.word(TABLE, at + 1)?,
        roles: read_roles(&row.get::<String>(at + 2)?)?,
        organisation: row.word_if(TABLE, at + 3)?,
        created_at: row.moment(at + 4)?,
    })
}

/// Creates a member; the name has to be free.
pub async fn create(
    tx: &Tx,
    name: &UserName,
    roles: &[Role],
    organisation: Option<&Organisation>,
    now: Timestamp,
) -> Result<UserRow, StoreError> {
    let sql = "INSERT INTO users (name, roles, organisation, created_at) VALUES ($1, $2, $3, $4)";
    let organisation = organisation.map(ToString::to_string);
    tx.run(sql, values![name.as_str(), write_roles(roles), organisation, now.millis()])
        .await
        .map_err(|error| error.or_taken(|| format!("the user name {name}")))?;
    by_name(tx, name).await?.ok_or_else(|| StoreError::missing(format!("user {name}")))
}

/// The member of this name.
pub async fn by_name(reads: &impl Reads, name: &UserName) -> Result<Option<UserRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users u WHERE u.name = $1");
    reads.handle().one(&sql, values![name.as_str()]).await?.as_ref().map(|row| read(row, 0)).transpose()
}

/// The member with this row number.
pub async fn by_id(reads: &impl Reads, id: i64) -> Result<Option<UserRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users u WHERE u.id = $1");
    reads.handle().one(&sql, values![id]).await?.as_ref().map(|row| read(row, 0)).transpose()
}

/// Every member, by name.
pub async fn all(reads: &impl Reads) -> Result<Vec<UserRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users u ORDER BY u.name");
    reads.handle().all(&sql, Vec::new()).await?.iter().map(|row| read(row, 0)).collect()
}

/// How many members there are.
pub async fn count(reads: &impl Reads) -> Result<u64, StoreError> {
    let found = reads.handle().one("SELECT COUNT(*) FROM users", Vec::new()).await?;
    found.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}

/// The organisations of members, in the order in which their first members were created.
pub async fn organisations(reads: &impl Reads) -> Result<Vec<Organisation>, StoreError> {
    let sql =
        "SELECT organisation, MIN(id) AS first FROM users WHERE organisation IS NOT NULL GROUP BY organisation ORDER BY first";
    reads.handle().all(sql, Vec::new()).await?.iter().map(|row| row.word(TABLE, 0)).collect()
}

/// How many members have this role.
pub async fn count_with_role(reads: &impl Reads, role: Role) -> Result<u64, StoreError> {
    // Roles are words between spaces; with one more on either side every word is found whole.
    let sql = "SELECT COUNT(*) FROM users WHERE ' ' || roles || ' ' LIKE $1";
    let found = reads.handle().one(sql, values![format!("% {role} %")]).await?;
    found.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}

/// How many members with this role are there to use it: somebody signed in as them once, or they hold a token.
///
/// A member who was made and never came, as the first admin of an instance that is run from the command line alone, can
/// decide nothing. `but` is left out of the count.
pub async fn count_present(reads: &impl Reads, role: Role, but: Option<i64>) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) FROM users u WHERE ' ' || u.roles || ' ' LIKE $1 AND u.id <> $2 AND \
               (EXISTS (SELECT 1 FROM member_arrivals a WHERE a.user_id = u.id) \
               OR EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = u.id) \
               OR EXISTS (SELECT 1 FROM tokens t WHERE t.user_id = u.id))";
    let found = reads.handle().one(sql, values![format!("% {role} %"), but.unwrap_or(NOBODY)]).await?;
    found.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}

/// Notes that somebody came in as this member; the first time stays.
pub async fn arrived(tx: &Tx, id: i64, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO member_arrivals (user_id, at) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING";
    tx.run(sql, values![id, now.millis()]).await?;
    Ok(())
}

/// Whether anybody ever came in as this member by a link.
pub async fn has_arrived(reads: &impl Reads, id: i64) -> Result<bool, StoreError> {
    Ok(reads.handle().one("SELECT 1 FROM member_arrivals WHERE user_id = $1", values![id]).await?.is_some())
}

/// How many members have at least one of these roles.
pub async fn count_with_any(reads: &impl Reads, roles: &[Role]) -> Result<u64, StoreError> {
    let one = |number: usize| format!("' ' || roles || ' ' LIKE ${number}");
    let any: Vec<String> = (1..=roles.len()).map(one).collect();
    let any = if any.is_empty() { "1 = 0".to_owned() } else { any.join(" OR ") };
    let values = roles.iter().map(|role| format!("% {role} %").into()).collect();
    let found = reads.handle().one(&format!("SELECT COUNT(*) FROM users WHERE {any}"), values).await?;
    found.map_or(Ok(0), |row| Ok(sql::count(row.get(0)?)))
}

/// Gives a member these roles in place of those before.
pub async fn set_roles(tx: &Tx, id: i64, roles: &[Role]) -> Result<(), StoreError> {
    let changed = tx.run("UPDATE users SET roles = $1 WHERE id = $2", values![write_roles(roles), id]).await?;
    if changed == 0 {
        return Err(StoreError::missing("user"));
    }
    bump_epochs_of(tx, id).await
}

/// Records the organisation a member's audits count for; none is the community itself.
pub async fn set_organisation(tx: &Tx, id: i64, organisation: Option<&Organisation>) -> Result<(), StoreError> {
    let organisation = organisation.map(ToString::to_string);
    let changed = tx.run("UPDATE users SET organisation = $1 WHERE id = $2", values![organisation, id]).await?;
    if changed == 0 {
        return Err(StoreError::missing("user"));
    }
    bump_epochs_of(tx, id).await
}

/// An author's weight is part of what decisions rest on: every package they spoke of has to be decided again.
async fn bump_epochs_of(tx: &Tx, id: i64) -> Result<(), StoreError> {
    let sql = "UPDATE packages SET epoch = epoch + 1 WHERE id IN (SELECT package_id FROM evidence WHERE user_id = $1)";
    tx.run(sql, values![id]).await?;
    Ok(())
}
