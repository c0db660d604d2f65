//! Projects: which packages this community hands through, and who may do what for them.

use vetmoot_domain::{Package, ProjectRole, Slug, UserName};
use vetmoot_storage::submission::projects::{PersonRow, ProjectRow};

use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};

/// A project with its people.
#[derive(Debug, Clone)]
pub struct Project {
    /// The project.
    pub row: ProjectRow,
    /// Its people, leads first.
    pub people: Vec<PersonRow>,
}

/// Opens a project; whoever opens it is its lead. By an auditor, lead or steward, or the operator.
pub async fn open(_ctx: &Ctx, _origin: &Origin, _package: &Package) -> Result<ProjectRow, Problem> {
    Err(unbuilt())
}

/// A project.
pub async fn show(_ctx: &Ctx, _package: &Package) -> Result<Project, Problem> {
    Err(Problem::not_found("unknown-project", "this package is no project of this community"))
}

/// Every project, by name.
pub async fn list(_ctx: &Ctx, _skip: u64, _limit: u64) -> Result<Vec<ProjectRow>, Problem> {
    Ok(Vec::new())
}

/// Gives somebody a part: by its leads, or a steward.
pub async fn appoint(
    _ctx: &Ctx,
    _origin: &Origin,
    _package: &Package,
    _user: &UserName,
    _role: ProjectRole,
) -> Result<(), Problem> {
    Err(unbuilt())
}

/// Takes somebody's part away: by its leads, a steward, or themselves. The last lead stays until another is appointed.
pub async fn dismiss(_ctx: &Ctx, _origin: &Origin, _package: &Package, _user: &UserName) -> Result<(), Problem> {
    Err(unbuilt())
}

/// Says which policy vets it: by its leads, or a steward. Candidates that are on their way keep theirs.
pub async fn vet_under(_ctx: &Ctx, _origin: &Origin, _package: &Package, _policy: Option<&Slug>) -> Result<(), Problem> {
    Err(unbuilt())
}

/// Stops a project, or lets it go on: nothing is handed in or released while it is stopped. By its leads, or a steward.
pub async fn switch(_ctx: &Ctx, _origin: &Origin, _package: &Package, _stopped: bool) -> Result<(), Problem> {
    Err(unbuilt())
}

/// Stops all publishing, or lets it go on. By a steward or an admin.
pub async fn switch_all(_ctx: &Ctx, _origin: &Origin, _stopped: bool) -> Result<(), Problem> {
    Err(unbuilt())
}

/// Whether all publishing is stopped, and who stopped it.
pub async fn all_stopped(_ctx: &Ctx) -> Result<Option<String>, Problem> {
    Ok(None)
}

/// Whether this person may release what others handed in: a lead of the project, or of every line.
pub fn may_release(_project: &Project, _origin: &Origin) -> bool {
    false
}

fn unbuilt() -> Problem {
    Problem::new(Kind::Unavailable, "unbuilt", "this is not built yet")
}
