//! Projects: packages this community hands through, and the people who may.

use vetmoot_domain::{Home, Package, ProjectRole, Slug, Timestamp, UserName};

use crate::error::StoreError;
use crate::reads::{Reads, Tx};
use crate::sql::{self, Row, values};

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRow {
    /// The row's number.
    pub id: i64,
    /// The package's row number.
    pub package_id: i64,
    /// The package.
    pub package: Package,
    /// Where it is released to.
    pub home: Home,
    /// The policy that vets it; the instance's own choice when there is none.
    pub policy: Option<Slug>,
    /// Who opened it; the operator when nobody.
    pub opened_by: Option<i64>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was stopped, while it is.
    pub stopped_at: Option<Timestamp>,
    /// Who stopped it.
    pub stopped_by: Option<String>,
}

/// Somebody's part in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// The member's row number.
    pub user_id: i64,
    /// The member.
    pub name: UserName,
    /// What they may do.
    pub role: ProjectRole,
    /// Who appointed them.
    pub appointed_by: String,
    /// When.
    pub appointed_at: Timestamp,
}

/// A project about to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProject {
    /// The package's row number.
    pub package_id: i64,
    /// Where it is released to, for ever.
    pub home: Home,
    /// Who opens it; the operator when nobody.
    pub opened_by: Option<i64>,
    /// When.
    pub opened_at: Timestamp,
}

const TABLE: &str = "projects";
const SELECT: &str = "SELECT j.id, j.package_id, p.ecosystem, p.name, j.home, j.policy, j.opened_by, j.opened_at, j.stopped_at, \
    j.stopped_by FROM projects j JOIN packages p ON p.id = j.package_id";

fn row(row: &Row) -> Result<ProjectRow, StoreError> {
    Ok(ProjectRow {
        id: row.get(0)?,
        package_id: row.get(1)?,
        package: row.package(2, 3)?,
        home: row.word(TABLE, 4)?,
        policy: row.word_if(TABLE, 5)?,
        opened_by: row.get(6)?,
        opened_at: row.moment(7)?,
        stopped_at: row.moment_if(8)?,
        stopped_by: row.get(9)?,
    })
}

fn person(row: &Row) -> Result<PersonRow, StoreError> {
    Ok(PersonRow {
        user_id: row.get(0)?,
        name: row.word("users", 1)?,
        role: row.word("project_people", 2)?,
        appointed_by: row.get(3)?,
        appointed_at: row.moment(4)?,
    })
}

/// Opens a project; its package may have no other. Answers its row number.
pub async fn insert(tx: &Tx, new: &NewProject) -> Result<i64, StoreError> {
    let sql = "INSERT INTO projects (package_id, home, opened_by, opened_at) VALUES ($1, $2, $3, $4) RETURNING id";
    let values = values![new.package_id, new.home.as_str(), new.opened_by, new.opened_at.millis()];
    let row = tx.one(sql, values).await.map_err(|error| error.or_taken(|| "the project of this package".to_owned()))?;
    row.ok_or_else(|| StoreError::missing("project"))?.get(0)
}

/// The project with this row number.
pub async fn get(reads: &impl Reads, id: i64) -> Result<Option<ProjectRow>, StoreError> {
    reads.handle().one(&format!("{SELECT} WHERE j.id = $1"), values![id]).await?.as_ref().map(row).transpose()
}

/// The project of a package.
pub async fn of_package(reads: &impl Reads, package: &Package) -> Result<Option<ProjectRow>, StoreError> {
    let sql = format!("{SELECT} WHERE p.ecosystem = $1 AND p.name = $2");
    let values = values![package.ecosystem().as_str(), package.name().as_str()];
    reads.handle().one(&sql, values).await?.as_ref().map(row).transpose()
}

/// The projects of an ecosystem whose names differ from this one by case, hyphen and underscore alone, itself included.
pub async fn spelled_like(reads: &impl Reads, package: &Package) -> Result<Vec<ProjectRow>, StoreError> {
    let sql = format!("{SELECT} WHERE p.ecosystem = $1 AND REPLACE(LOWER(p.name), '_', '-') = $2 ORDER BY p.name LIMIT $3");
    let folded = package.name().as_str().to_ascii_lowercase().replace('_', "-");
    let values = values![package.ecosystem().as_str(), folded, sql::page(u64::MAX)];
    reads.handle().all(&sql, values).await?.iter().map(row).collect()
}

/// Every project, by ecosystem and name; at most `limit` after the first `skip`.
pub async fn list(reads: &impl Reads, skip: u64, limit: u64) -> Result<Vec<ProjectRow>, StoreError> {
    let sql = format!("{SELECT} ORDER BY p.ecosystem, p.name, j.id LIMIT $1 OFFSET $2");
    reads.handle().all(&sql, values![sql::page(limit), sql::int(skip)]).await?.iter().map(row).collect()
}

/// The projects a member has a part in, by ecosystem and name, each with the part.
pub async fn of_member(reads: &impl Reads, user_id: i64, limit: u64) -> Result<Vec<(ProjectRow, ProjectRole)>, StoreError> {
    let columns = SELECT.replacen(" FROM projects j", ", m.role FROM projects j", 1);
    let sql = format!(
        "{columns} JOIN project_people m ON m.project_id = j.id WHERE m.user_id = $1 ORDER BY p.ecosystem, p.name LIMIT $2"
    );
    let rows = reads.handle().all(&sql, values![user_id, sql::page(limit)]).await?;
    rows.iter().map(|found| Ok((row(found)?, found.word("project_people", 10)?))).collect()
}

/// The people of a project, leads first, then by name.
pub async fn people(reads: &impl Reads, project_id: i64) -> Result<Vec<PersonRow>, StoreError> {
    let sql = "SELECT m.user_id, u.name, m.role, m.appointed_by, m.appointed_at FROM project_people m \
               JOIN users u ON u.id = m.user_id WHERE m.project_id = $1 \
               ORDER BY CASE WHEN m.role = $2 THEN 0 ELSE 1 END, u.name LIMIT $3";
    let values = values![project_id, ProjectRole::Lead.as_str(), sql::page(u64::MAX)];
    reads.handle().all(sql, values).await?.iter().map(person).collect()
}

/// What a member may do for a project.
pub async fn role_of(reads: &impl Reads, project_id: i64, user_id: i64) -> Result<Option<ProjectRole>, StoreError> {
    let sql = "SELECT role FROM project_people WHERE project_id = $1 AND user_id = $2";
    reads.handle().one(sql, values![project_id, user_id]).await?.map(|row| row.word("project_people", 0)).transpose()
}

/// Gives a member a part in a project, in place of the one before.
pub async fn appoint(
    tx: &Tx,
    project_id: i64,
    user_id: i64,
    role: ProjectRole,
    appointed_by: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO project_people (project_id, user_id, role, appointed_by, appointed_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (project_id, user_id) DO UPDATE SET role = excluded.role, appointed_by = excluded.appointed_by, \
               appointed_at = excluded.appointed_at";
    tx.run(sql, values![project_id, user_id, role.as_str(), appointed_by, at.millis()]).await?;
    Ok(())
}

/// Takes a member's part away; answers whether there was one.
pub async fn dismiss(tx: &Tx, project_id: i64, user_id: i64) -> Result<bool, StoreError> {
    let sql = "DELETE FROM project_people WHERE project_id = $1 AND user_id = $2";
    Ok(tx.run(sql, values![project_id, user_id]).await? > 0)
}

/// Says which policy vets a project; none is the instance's own choice.
pub async fn set_policy(tx: &Tx, id: i64, policy: Option<&Slug>) -> Result<(), StoreError> {
    tx.run("UPDATE projects SET policy = $1 WHERE id = $2", values![policy.map(ToString::to_string), id]).await?;
    Ok(())
}

/// Stops a project, or lets it go on when nobody is named.
pub async fn set_stopped(tx: &Tx, id: i64, stopped: Option<(&str, Timestamp)>) -> Result<(), StoreError> {
    let (by, at) = stopped.map_or((None, None), |(by, at)| (Some(by.to_owned()), Some(at.millis())));
    tx.run("UPDATE projects SET stopped_by = $1, stopped_at = $2 WHERE id = $3", values![by, at, id]).await?;
    Ok(())
}

/// The projects that have one lead or none, by ecosystem and name, each with how many leads it has; at most `limit`.
pub async fn poorly_led(reads: &impl Reads, limit: u64) -> Result<Vec<(Package, u64)>, StoreError> {
    let sql = "SELECT p.ecosystem, p.name, COUNT(m.user_id) FROM projects j JOIN packages p ON p.id = j.package_id \
               LEFT JOIN project_people m ON m.project_id = j.id AND m.role = $1 \
               GROUP BY j.id, p.ecosystem, p.name HAVING COUNT(m.user_id) < 2 ORDER BY p.ecosystem, p.name LIMIT $2";
    let rows = reads.handle().all(sql, values![ProjectRole::Lead.as_str(), sql::page(limit)]).await?;
    rows.iter().map(|row| Ok((row.package(0, 1)?, sql::count(row.get(2)?)))).collect()
}
