//! The source a candidate is said to be made from: a source archive is read, compared, and what came out is kept.

use serde::{Deserialize, Serialize};
use vetmoot_domain::event::Topic;
use vetmoot_domain::{CandidateId, Timestamp};
use vetmoot_ecosystems::archive::{self, ArchiveError, FileFact, Limits};
use vetmoot_ecosystems::preflight::source as pure;
pub use vetmoot_ecosystems::preflight::source::{Paths, SourceComparison};
use vetmoot_storage::submission::candidates;
use vetmoot_storage::{Stored, events};

use super::kind_of;
use crate::ctx::{Ctx, Origin};
pub use crate::limits::SOURCE_BYTES_MAX;
use crate::limits::URI_BYTES_MAX;
use crate::problem::{Kind, Problem};
use crate::submission::{Candidate, candidate, project};

/// How a candidate compares with a source archive: what is kept as JSON in `candidates.source`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The archive's SHA-256 in hexadecimal, so that anybody can compare the same again.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// The folder of it that the package lies in; empty for all of it.
    pub folder: String,
    /// Who gave it.
    pub given_by: String,
    /// When.
    pub given_at: Timestamp,
    /// Links in it, which were passed over.
    pub links: usize,
    /// Whether everything in every file of the candidate is in the source, what tools write apart.
    pub agrees: bool,
    /// One comparison for each file of the candidate.
    pub files: Vec<SourceComparison>,
}

/// Whether a source may be given now: asked before the body is read. By whoever may hand in, while nothing was released.
pub async fn permit(ctx: &Ctx, origin: &Origin, id: &CandidateId, folder: &str) -> Result<Candidate, Problem> {
    let candidate = candidate::show(ctx, id).await?;
    let project = project::show(ctx, &candidate.row.package).await?;
    let has_part = origin.id().is_some_and(|user| project.role_of(user).is_some());
    if !has_part && !origin.has(&project::LEADS) {
        let text = format!("only maintainers and leads of {} give its source", candidate.row.package);
        return Err(Problem::new(Kind::Forbidden, "no-part", text));
    }
    if !candidate.row.state.is_live() || candidate.row.released_at.is_some() {
        let text = format!("the candidate is {}; a source is compared before that", candidate.row.state);
        return Err(Problem::new(Kind::Conflict, "illegal-move", text));
    }
    let fine = folder.len() <= URI_BYTES_MAX
        && !folder.chars().any(char::is_control)
        && !folder.split('/').any(|part| matches!(part, "." | ".."));
    if !fine {
        return Err(Problem::invalid("bad-folder", "folder", "write the folder as the source has it, for example crates/demo"));
    }
    Ok(candidate)
}

/// Compares a candidate with a source archive that lies in the blob store, and keeps what came out.
pub async fn compare(ctx: &Ctx, origin: &Origin, id: &CandidateId, stored: &Stored, folder: &str) -> Result<Source, Problem> {
    let candidate = permit(ctx, origin, id, folder).await?;
    let (links, files) = read(ctx, &candidate, stored, folder).await?;
    let now = ctx.clock.now();
    let source = Source {
        sha256: hex::encode(stored.sha256),
        size: stored.size,
        folder: folder.trim_matches('/').to_owned(),
        given_by: origin.label(),
        given_at: now,
        links,
        agrees: files.iter().all(SourceComparison::agrees),
        files,
    };
    let json = serde_json::to_string(&source).map_err(|error| {
        Problem::new(Kind::Internal, "source-unwritable", "the comparison could not be kept").because(error)
    })?;
    let tx = ctx.store.begin().await?;
    candidates::set_source(&tx, id, &json, now).await?;
    let state = candidates::get(&tx, id).await?.map_or(candidate.row.state, |row| row.state);
    let subject = [id.to_string(), state.to_string(), format!("source:{}", source.sha256)];
    events::append(&tx, Topic::CandidateMoved, &subject, Some(&origin.label()), now).await?;
    tx.commit().await?;
    Ok(source)
}

/// Goes through the source and every file of the candidate, one after the other.
async fn read(
    ctx: &Ctx,
    candidate: &Candidate,
    stored: &Stored,
    folder: &str,
) -> Result<(usize, Vec<SourceComparison>), Problem> {
    let gone = || Problem::new(Kind::Unavailable, "blob-gone", "the file was removed while it was being read; try again");
    let now = ctx.clock.now();
    let mut source = ctx.blobs.open(&stored.sha256, now).await?.ok_or_else(gone)?.file;
    let mut archives = Vec::new();
    for row in &candidate.files {
        let sha256 = row.digests.sha256.ok_or_else(gone)?;
        archives.push((row.file_name.clone(), kind_of(row.kind), ctx.blobs.open(&sha256, now).await?.ok_or_else(gone)?.file));
    }
    let _place = ctx.world.looking.0.acquire().await.map_err(|error| gone().because(error))?;
    let (package, version, folder) = (candidate.row.package.clone(), candidate.row.version.clone(), folder.to_owned());
    let compared = tokio::task::spawn_blocking(move || {
        let limits = Limits::default();
        let (source, links) = archive::source_files(&mut source, &limits).map_err(Trouble::Source)?;
        let mut comparisons = Vec::new();
        for (name, kind, mut file) in archives {
            let facts = archive::read_from(kind, (&package, &version), &mut file, &limits);
            let files: Vec<FileFact> = facts.map_err(|error| Trouble::Candidate(name.clone(), error))?.files;
            comparisons.push(pure::compare(kind, &name, &files, &source, &folder));
        }
        Ok((links, comparisons))
    });
    match compared.await {
        Ok(Ok(compared)) => Ok(compared),
        Ok(Err(Trouble::Source(error))) => Err(Problem::invalid(
            "source-unreadable",
            "body",
            format!("the source has to be a gzipped tar archive with everything in one folder: {error}"),
        )),
        Ok(Err(Trouble::Candidate(name, error))) => {
            Err(Problem::new(Kind::Internal, "candidate-unreadable", format!("{name} cannot be read: {error}")))
        }
        Err(panic) => Err(Problem::new(Kind::Internal, "source-gave-up", "the source could not be looked at").because(panic)),
    }
}

enum Trouble {
    Source(ArchiveError),
    Candidate(String, ArchiveError),
}
