//! Hand in a file of a release, whichever client brings it.

mod bounds;
mod permit;
mod place;
mod receipt;
mod uploader;

use serde_json::Value;
use vetmoot_domain::event::Topic;
use vetmoot_domain::package::is_file_name;
use vetmoot_domain::{CandidateId, CandidateState, Version};
use vetmoot_storage::submission::candidates::{self, NewCandidate};
use vetmoot_storage::submission::files::{self, FileKind, NewFile};
use vetmoot_storage::submission::projects::ProjectRow;
use vetmoot_storage::{Stored, Tx, blobs, events, packages};

use self::permit::{may_hand_in, policy_of};
pub(crate) use self::place::occupant;
use self::place::{Place, place};
use self::receipt::receipt;
use super::finding::{Finding, Weight};
use super::{CandidateRow, candidate, moves, preflight};
use crate::ctx::Ctx;
use crate::member::token;
use crate::problem::{Kind, Problem};

pub use self::bounds::refused;
pub use self::permit::permit;
pub use self::uploader::Uploader;

/// That an upload may begin: asked for before the body is read.
#[derive(Debug, Clone)]
pub struct Permit {
    /// The project.
    pub project: ProjectRow,
    /// Most bytes this file may have.
    pub file_bytes_max: u64,
}

/// A file that is in the blob store and is to become part of a candidate.
#[derive(Debug, Clone)]
pub struct Handed {
    /// The version the client names; the archive has to agree.
    pub version: Version,
    /// The file's name on the index.
    pub file_name: String,
    /// What kind of archive it is.
    pub kind: FileKind,
    /// Its bytes.
    pub stored: Stored,
    /// What its index says of it beside the digests, in the form `vetmoot_ecosystems::stage` reads.
    pub metadata: Value,
    /// Attestations as the client sent them: JSON.
    pub attestations: Option<String>,
    /// Whether the release is this one file (cargo, npm), so that the candidate is whole at once.
    pub whole: bool,
}

/// What the uploader is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The candidate.
    pub candidate: CandidateId,
    /// Where it stands.
    pub state: CandidateState,
    /// Its page.
    pub page: String,
    /// What happens next, in a sentence, the page's address included.
    pub next: String,
    /// What was noticed and did not refuse it.
    pub warnings: Vec<Finding>,
    /// Whether exactly these bytes were here already.
    pub again: bool,
}

/// Why an upload was not taken.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// It may not be, or could not be.
    Problem(Problem),
    /// Pre-flight found errors: all of them, the warnings after them.
    Findings(Vec<Finding>),
}

impl<E: Into<Problem>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

/// The uploader behind a token that has the scope `publish`.
pub async fn uploader(ctx: &Ctx, token: &str) -> Result<Uploader, Problem> {
    token::publisher(ctx, token).await
}

/// Takes a file in: pre-flight, then its candidate, in one transaction with its events. Of what is refused nothing is kept.
pub async fn hand_in(ctx: &Ctx, uploader: &Uploader, permit: &Permit, handed: Handed) -> Result<Receipt, Refusal> {
    let stored = handed.stored.clone();
    let meant = uploader.meaning(ctx, &permit.project.package).await;
    let uploader = meant.as_ref().unwrap_or(uploader);
    let taken = match &meant {
        Ok(meant) => take(ctx, meant, permit, handed).await,
        Err(problem) => Err(problem.clone().into()),
    };
    match taken {
        Ok(receipt) => {
            bounds::spend(ctx, uploader, &stored);
            Ok(receipt)
        }
        Err(refusal) => {
            refused(ctx, uploader, &stored).await;
            Err(refusal)
        }
    }
}

async fn take(ctx: &Ctx, uploader: &Uploader, permit: &Permit, handed: Handed) -> Result<Receipt, Refusal> {
    if !is_file_name(&handed.file_name) {
        return Err(Problem::invalid("bad-file-name", "file", "the file's name is not one an index would take").into());
    }
    if handed.stored.size > permit.file_bytes_max {
        let text = format!("{} has more than {} bytes", handed.file_name, permit.file_bytes_max);
        return Err(Problem::new(Kind::TooLarge, "file-too-large", text).into());
    }
    // What is here already needs no second look: a client that never heard the answer asks again.
    let occupied = occupant(&ctx.store.read(), permit.project.package_id, &permit.project.package, &handed.version).await?;
    if let Some(row) = occupied {
        may_hand_in(&ctx.store.read(), uploader, &permit.project).await?;
        if let Place::Again = place(ctx, &ctx.store.read(), uploader, &row, &handed).await? {
            return Ok(receipt(ctx, &row, Vec::new(), true));
        }
    }
    let findings = preflight::run(ctx, &permit.project, &handed).await?;
    if findings.iter().any(|finding| finding.weight == Weight::Error) {
        return Err(Refusal::Findings(findings));
    }
    let metadata = handed.metadata.to_string();
    let tx = ctx.store.begin().await?;
    let project = permit::settled(ctx, &tx, uploader, &permit.project).await?;
    let row = match occupant(&tx, project.package_id, &project.package, &handed.version).await? {
        Some(row) => match place(ctx, &tx, uploader, &row, &handed).await? {
            Place::Again => return Ok(receipt(ctx, &row, Vec::new(), true)),
            Place::Beside => row,
        },
        None => begin(ctx, &tx, uploader, &project, &handed.version).await?,
    };
    add(ctx, &tx, uploader, &row, &handed, &metadata, &findings).await?;
    let row =
        if handed.whole { moves::go(ctx, &tx, &row, CandidateState::Staged, &uploader.origin(), None).await? } else { row };
    tx.commit().await?;
    ctx.changed();
    ctx.signals.compose.notify_one();
    let row = if handed.whole { moves::settled(ctx, row).await } else { row };
    Ok(receipt(ctx, &row, findings, false))
}

/// Opens the candidate of a first file.
async fn begin(
    ctx: &Ctx,
    tx: &Tx,
    uploader: &Uploader,
    project: &ProjectRow,
    version: &Version,
) -> Result<CandidateRow, Problem> {
    let random = || {
        vetmoot_keys::random_id_128()
            .map_err(|error| Problem::new(Kind::Internal, "no-randomness", "no id could be made").because(error))
    };
    let id = CandidateId::from_random(random()?);
    let now = ctx.clock.now();
    let new = NewCandidate {
        id: id.clone(),
        project_id: project.id,
        package_id: project.package_id,
        version: version.clone(),
        uploader: uploader.user_id,
        uploaded_as: uploader.program.clone(),
        policy: policy_of(ctx, project)?,
        replaces: candidates::last_of(tx, project.package_id, version).await?.map(|row| row.id),
        created_at: now,
        salt: hex::encode(random()?),
    };
    candidates::insert(tx, &new, uploader.name.as_str()).await?;
    let subject = [id.to_string(), project.package.release(version.clone()).to_string()];
    events::append(tx, Topic::CandidateOpened, &subject, Some(uploader.name.as_str()), now).await?;
    candidates::get(tx, &id).await?.ok_or_else(candidate::unknown)
}

async fn add(
    ctx: &Ctx,
    tx: &Tx,
    uploader: &Uploader,
    row: &CandidateRow,
    handed: &Handed,
    metadata: &str,
    findings: &[Finding],
) -> Result<(), Problem> {
    let stored = &handed.stored;
    // Between writing and this moment it was kept by nothing.
    if ctx.blobs.has(&stored.sha256).await?.is_none() {
        return Err(Problem::new(Kind::Unavailable, "blob-gone", "the file was pruned before it was kept; upload it again"));
    }
    let now = ctx.clock.now();
    let file = NewFile {
        candidate: &row.id,
        file_name: &handed.file_name,
        kind: handed.kind,
        stored,
        metadata,
        attestations: handed.attestations.as_deref(),
        at: now,
    };
    files::insert(tx, &file).await?;
    blobs::pin(tx, &stored.sha256, &moves::pin_of(&row.id), now).await?;
    let mut noticed: Vec<Finding> = serde_json::from_str(&row.findings).unwrap_or_default();
    for finding in findings {
        if !noticed.contains(finding) {
            noticed.push(finding.clone());
        }
    }
    let noticed = serde_json::to_string(&noticed).unwrap_or_else(|_| "[]".to_owned());
    candidates::touch(tx, &row.id, &noticed, now).await?;
    let subject = [row.id.to_string(), format!("sha256:{}", hex::encode(stored.sha256))];
    events::append(tx, Topic::CandidateFile, &subject, Some(uploader.name.as_str()), now).await?;
    Ok(packages::bump_epoch(tx, row.package_id).await?)
}
