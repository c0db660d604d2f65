//! Projects: packages this community hands through, and the people who may.

use vetmoot_domain::{Home, Package, ProjectRole, Slug, Timestamp, UserName};

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
