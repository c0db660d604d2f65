//! What to say of a release that no index lists because it is staged here, where "not found" would be unkind.

use vetmoot_domain::{CandidateId, Package, Version};
use vetmoot_storage::submission::{candidates, projects};

use super::candidate;
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};

/// The code of the problem, and of the reason in a list of decisions.
pub const CODE: &str = "staged-alone";

/// A sentence about the package, or one version of it, when it is a project of this community; none for anything else.
pub async fn told(ctx: &Ctx, package: &Package, version: Option<&Version>) -> Result<Option<String>, Problem> {
    let reader = ctx.store.read();
    let Some(project) = projects::of_package(&reader, package).await? else { return Ok(None) };
    let staged = match version {
        Some(version) => candidates::live_at(&reader, project.package_id, version).await?,
        None => candidates::live_of(&reader, project.package_id).await?.pop(),
    };
    Ok(staged.map(|row| {
        let page = candidate::page(ctx, &row.id);
        format!(
            "{package} is a project of this community; {} was handed in, is {} and on no index yet: {page}",
            row.version, row.state
        )
    }))
}

/// The candidate that stands for a release which no index lists: the live one, else the last one there was.
pub async fn candidate_of(ctx: &Ctx, package: &Package, version: &Version) -> Result<Option<CandidateId>, Problem> {
    let reader = ctx.store.read();
    let Some(project) = projects::of_package(&reader, package).await? else { return Ok(None) };
    let live = candidates::live_at(&reader, project.package_id, version).await?;
    let row = match live {
        Some(row) => Some(row),
        None => candidates::last_of(&reader, project.package_id, version).await?,
    };
    Ok(row.map(|row| row.id))
}

/// The problem as it was, or in kinder words where nothing was found because it is only staged.
pub async fn kinder(ctx: &Ctx, package: &Package, version: Option<&Version>, problem: Problem) -> Problem {
    if problem.kind != Kind::NotFound {
        return problem;
    }
    match told(ctx, package, version).await {
        Ok(Some(text)) => Problem::not_found(CODE, text),
        // The first problem is the one that was asked about.
        Ok(None) | Err(_) => problem,
    }
}
