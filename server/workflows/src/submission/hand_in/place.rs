//! Where a file goes whose version is occupied: beside the others of a draft, or nowhere.

use vetmoot_domain::{CandidateState, Ecosystem, Package, Version};
use vetmoot_ecosystems::world;
use vetmoot_storage::Reads;
use vetmoot_storage::submission::{candidates, files};

use super::{Handed, Uploader};
use crate::ctx::Ctx;
use crate::limits::CANDIDATE_FILES_MAX;
use crate::problem::{Kind, Problem};
use crate::submission::{CandidateRow, FileKind, candidate};

/// Where a file goes whose version is occupied.
pub(super) enum Place {
    /// Nowhere: exactly these bytes are there.
    Again,
    /// Beside the files that are there.
    Beside,
}

/// The live candidate of this version, however the version is spelled.
pub(crate) async fn occupant(
    reads: &impl Reads,
    package_id: i64,
    package: &Package,
    version: &Version,
) -> Result<Option<CandidateRow>, Problem> {
    if let Some(row) = candidates::live_at(reads, package_id, version).await? {
        return Ok(Some(row));
    }
    let versions = world(package.ecosystem()).versions();
    // What differs by build metadata alone is one version to the indexes that know it.
    let core = |version: &Version| version.as_str().split('+').next().and_then(|core| core.parse::<Version>().ok());
    let same = |other: &Version| {
        versions.compare(other, version).is_eq()
            || package.ecosystem() != Ecosystem::Pypi && core(other).is_some() && core(other) == core(version)
    };
    Ok(candidates::live_of(reads, package_id).await?.into_iter().find(|row| same(&row.version)))
}

/// Where the file goes; refused, with the way out, where it would overwrite something or join what is not its own.
pub(super) async fn place(
    ctx: &Ctx,
    reads: &impl Reads,
    uploader: &Uploader,
    row: &CandidateRow,
    handed: &Handed,
) -> Result<Place, Problem> {
    let page = candidate::page(ctx, &row.id);
    let release = row.package.release(row.version.clone());
    let taken = |text: String| Err(Problem::new(Kind::Conflict, "already-staged", text));
    let there = files::of_candidate(reads, &row.id).await?;
    if let Some(file) = there.iter().find(|file| file.file_name == handed.file_name) {
        if file.digests.sha256 == Some(handed.stored.sha256) {
            return Ok(Place::Again);
        }
        return taken(format!(
            "{} of {release} was handed in with other bytes, and nothing is overwritten: {}",
            handed.file_name,
            way_out(row.state, &page)
        ));
    }
    if !row.state.takes_files() {
        return taken(format!("{release} was handed in already and is {}: {}", row.state, way_out(row.state, &page)));
    }
    if row.version != handed.version {
        return taken(format!("{} is the same version as {release}, of which {page} is a draft; write it so", handed.version));
    }
    if row.uploader != uploader.user_id || row.uploaded_as != uploader.program {
        return taken(format!(
            "{release} is a draft of {}, and one person answers for all files of a candidate: {page}",
            row.uploaded_as.as_deref().unwrap_or(row.uploader_name.as_str())
        ));
    }
    if handed.kind == FileKind::Sdist
        && let Some(file) = there.iter().find(|file| file.kind == FileKind::Sdist)
    {
        let text =
            format!("{release} has the source distribution {} already, and a release has one of them: {page}", file.file_name);
        return Err(Problem::new(Kind::Conflict, "second-sdist", text));
    }
    if there.len() >= CANDIDATE_FILES_MAX {
        let text = format!("{release} has {CANDIDATE_FILES_MAX} files already, which is all a candidate may have: {page}");
        return Err(Problem::new(Kind::TooLarge, "too-many-files", text));
    }
    Ok(Place::Beside)
}

fn way_out(state: CandidateState, page: &str) -> String {
    match state {
        CandidateState::Released => format!("raise the version ({page})"),
        CandidateState::Releasing => format!("it is on its way to the index ({page})"),
        _ => format!("withdraw it or have changes asked for on {page}, then upload again"),
    }
}
