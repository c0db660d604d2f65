//! Whether an upload may begin: the token, the part in the project, the stop switches, the policy that is to vet.

use vetmoot_domain::{Package, Slug};
use vetmoot_storage::submission::projects::{self, ProjectRow};
use vetmoot_storage::{Reads, Tx, users};

use super::{Permit, Uploader, bounds};
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};
use crate::submission::project::{self, LEADS};

/// The number of a project that is opened with its first file; no row has it.
const PROSPECTIVE: i64 = 0;

/// Whether the uploader may hand in files of the package now: asked before the body is read.
///
/// A package nobody opened as a project is opened by who may: an auditor, lead or steward.
pub async fn permit(ctx: &Ctx, uploader: &Uploader, package: &Package) -> Result<Permit, Problem> {
    let uploader = &uploader.meaning(ctx, package).await?;
    bounds::left(ctx, uploader)?;
    let reader = ctx.store.read();
    let Some(project) = projects::of_package(&reader, package).await? else {
        return would_open(ctx, uploader, package).await;
    };
    may_hand_in(&reader, uploader, &project).await?;
    project::home_stands(ctx, &project)?;
    policy_of(ctx, &project)?;
    Ok(Permit { project, file_bytes_max: ctx.publishing.file_bytes_max })
}

/// Whether the uploader may open the project that is missing. It is opened with its first file and not before: an upload
/// that is refused leaves nothing behind, least of all a name.
async fn would_open(ctx: &Ctx, uploader: &Uploader, package: &Package) -> Result<Permit, Problem> {
    let tx = ctx.store.begin().await?;
    if let Some(by) = project::stopped_by(&tx).await? {
        return Err(project::all_are_stopped(&by));
    }
    let project = match projects::of_package(&tx, package).await? {
        // Somebody else's first upload was quicker by a moment.
        Some(project) => {
            may_hand_in(&tx, uploader, &project).await?;
            project
        }
        None => {
            let row = project::open_in(ctx, &tx, &uploader.origin(), package).await?;
            // The numbers it would have had may be somebody else's in a moment.
            ProjectRow { id: PROSPECTIVE, package_id: PROSPECTIVE, ..row }
        }
    };
    tx.rollback().await?;
    policy_of(ctx, &project)?;
    Ok(Permit { project, file_bytes_max: ctx.publishing.file_bytes_max })
}

/// The project of a file: as its row says now, or opened with this file; of two first uploads at once one opens it.
pub(super) async fn settled(ctx: &Ctx, tx: &Tx, uploader: &Uploader, permitted: &ProjectRow) -> Result<ProjectRow, Problem> {
    let found = projects::of_package(tx, &permitted.package).await?;
    let project = match found {
        Some(project) => project,
        None if permitted.id == PROSPECTIVE => project::open_in(ctx, tx, &uploader.origin(), &permitted.package).await?,
        None => return Err(Problem::not_found("unknown-project", "this project is gone")),
    };
    uploader.still_given(tx, &permitted.package).await?;
    may_hand_in(tx, uploader, &project).await?;
    Ok(project)
}

/// Whether the project goes on and the uploader has a part in it, as the rows say now.
pub(super) async fn may_hand_in(reads: &impl Reads, uploader: &Uploader, project: &ProjectRow) -> Result<(), Problem> {
    project::goes_on(reads, project).await?;
    let everywhere = users::by_id(reads, uploader.user_id).await?.is_some_and(|user| LEADS.iter().any(|role| user.has(*role)));
    if everywhere || projects::role_of(reads, project.id, uploader.user_id).await?.is_some() {
        return Ok(());
    }
    let people = projects::people(reads, project.id).await?;
    let leads = project::names_of_leads(&project::Project { row: project.clone(), people });
    Err(Problem::new(
        Kind::Forbidden,
        "no-part",
        format!(
            "{} is neither maintainer nor lead of {}; one of its leads ({leads}) or a steward appoints them",
            uploader.name, project.package
        ),
    ))
}

/// The policy that vets what is handed in now.
pub(super) fn policy_of(ctx: &Ctx, project: &ProjectRow) -> Result<Slug, Problem> {
    let slug = project.policy.clone().unwrap_or_else(|| ctx.publishing.policy.clone());
    if ctx.book.newest(&slug).is_some() {
        return Ok(slug);
    }
    let text = format!(
        "the policy `{slug}` that is to vet {} is not adopted here; a steward adopts it, or names another one for the \
         project",
        project.package
    );
    // A refusal: whatever is said to be out of order is sent again by clients, and nothing changes until somebody acts.
    Err(Problem::new(Kind::Forbidden, "policy-missing", text))
}
