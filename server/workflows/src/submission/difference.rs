//! How a candidate differs from the last released version: files, sizes, and text within bounds.
//!
//! What pages and programs get is [`Difference`]: one [`FileComparison`] for each file of the candidate, each with the
//! [`ArchiveDifference`] of `vetmoot_ecosystems::difference` (its fields say how lines and places are given). Two archives
//! are compared once for everybody who asks, and what came out is kept by their digests.

mod base;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vetmoot_domain::{CandidateId, Package, Version};
use vetmoot_ecosystems::archive::{self, ArchiveKind, Limits};
use vetmoot_ecosystems::difference::{Side, compare};

pub use vetmoot_ecosystems::difference::{
    ArchiveDifference, Counts, Fate, FileDifference, FileState, Hunk, Line, LineKind, TextDifference,
};

use super::preflight::kind_of;
use super::{FileRow, candidate};
use crate::ctx::Ctx;
use crate::limits::DIFFERENCES_CACHE_BYTES;
use crate::problem::{Kind, Problem};

/// How a candidate differs from what was released last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The candidate.
    pub candidate: CandidateId,
    /// The version it is compared with; none for a first release, where everything is new.
    pub against: Option<Version>,
    /// One comparison for each file of the candidate, in the order in which they came.
    pub files: Vec<FileComparison>,
}

/// How one file of a candidate differs from its counterpart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileComparison {
    /// The file's name.
    pub file_name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
    /// What it is compared with; none when there is nothing of its kind.
    pub base: Option<Base>,
    /// What should be said about the comparison, a sentence: why there is no counterpart, or why it could not be read.
    pub note: Option<String>,
    /// The difference; none when the two could not be compared, which `note` explains. Without a `base` every file of the
    /// archive is new.
    pub difference: Option<ArchiveDifference>,
}

/// A released file that a candidate's file is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// Its version.
    pub version: Version,
    /// Its name.
    pub file_name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

/// The two archives by their SHA-256, and what they are said to be.
type Pair = (Option<[u8; 32]>, [u8; 32]);

/// The differences that were made lately.
pub struct Differences(moka::future::Cache<Pair, Arc<Result<ArchiveDifference, Unreadable>>>);

/// Which of two archives cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unreadable {
    is_base: bool,
    why: String,
}

impl Default for Differences {
    fn default() -> Self {
        let cache = moka::future::Cache::builder()
            .weigher(|_, made: &Arc<Result<ArchiveDifference, Unreadable>>| {
                u32::try_from(made.as_ref().as_ref().map_or(1_000, weight)).unwrap_or(u32::MAX)
            })
            .max_capacity(DIFFERENCES_CACHE_BYTES);
        Self(cache.build())
    }
}

/// About how many bytes a difference occupies.
fn weight(difference: &ArchiveDifference) -> usize {
    let of_line = |line: &Line| size_of::<Line>() + line.text.len();
    let of_text = |text: &TextDifference| match text {
        TextDifference::Lines { hunks, .. } => hunks.iter().flat_map(|hunk| &hunk.lines).map(of_line).sum(),
        _ => 0_usize,
    };
    let of_file = |file: &FileDifference| size_of::<FileDifference>() + file.path.len() + 200 + of_text(&file.text);
    1_000 + difference.files.iter().map(of_file).sum::<usize>()
}

/// How the candidate differs from the last released version of its package.
pub async fn of(ctx: &Ctx, id: &CandidateId) -> Result<Difference, Problem> {
    let candidate = candidate::show(ctx, id).await?;
    let (package, version) = (&candidate.row.package, &candidate.row.version);
    let released = base::released(ctx, package, version).await;
    let mut files = Vec::new();
    for row in &candidate.files {
        let found = base::of(ctx, package, &released, row).await;
        files.push(one(ctx, package, version, row, found).await?);
    }
    let against = released.map_or_else(|_| None, |found| found.map(|released| released.version));
    Ok(Difference { candidate: id.clone(), against, files })
}

async fn one(
    ctx: &Ctx,
    package: &Package,
    version: &Version,
    row: &FileRow,
    found: base::Found,
) -> Result<FileComparison, Problem> {
    let sha256 = row.digests.sha256.ok_or_else(|| gone(&row.file_name))?;
    let comparison = FileComparison {
        file_name: row.file_name.clone(),
        size: row.size,
        sha256: hex::encode(sha256),
        base: None,
        note: None,
        difference: None,
    };
    let (base, note) = match found {
        base::Found::Silent(note) => return Ok(FileComparison { note: Some(note), ..comparison }),
        base::Found::Nothing(note) => (None, note),
        base::Found::There(base) => (Some(base), None),
    };
    let old = base.as_ref().map(|base| (base.sha256, base.version.clone()));
    let made = made(ctx, package, kind_of(row.kind), old, (sha256, version.clone())).await?;
    let base = base.map(|base| Base {
        version: base.version,
        file_name: base.file_name,
        size: base.size,
        sha256: hex::encode(base.sha256),
    });
    Ok(match made.as_ref() {
        Ok(difference) => FileComparison { base, note, difference: Some(difference.clone()), ..comparison },
        Err(Unreadable { is_base, why }) => {
            let which = if *is_base { "the released file" } else { "the candidate's file" };
            FileComparison { base, note: Some(format!("{which} cannot be read: {why}")), ..comparison }
        }
    })
}

/// The difference of two archives: as it was made before, or made now, once for everybody who waits for it.
async fn made(
    ctx: &Ctx,
    package: &Package,
    kind: ArchiveKind,
    old: Option<([u8; 32], Version)>,
    new: ([u8; 32], Version),
) -> Result<Arc<Result<ArchiveDifference, Unreadable>>, Problem> {
    let pair: Pair = (old.as_ref().map(|(sha256, _)| *sha256), new.0);
    let making = async {
        let new_file = open(ctx, &new.0).await?;
        let old_file = match &old {
            Some((sha256, _)) => Some(open(ctx, sha256).await?),
            None => None,
        };
        let _place = ctx.world.looking.0.acquire().await.map_err(|error| gone("the file").because(error))?;
        let package = package.clone();
        let old = old.map(|(_, version)| version).zip(old_file);
        let work = move || difference(kind, &package, old, (new.1, new_file));
        let done = tokio::task::spawn_blocking(work).await;
        done.map(Arc::new).map_err(|panic| {
            Problem::new(Kind::Internal, "difference-gave-up", "the two archives could not be compared").because(panic)
        })
    };
    ctx.world.differences.0.try_get_with(pair, making).await.map_err(|problem: Arc<Problem>| (*problem).clone())
}

type Archive = (Version, std::fs::File);

fn difference(
    kind: ArchiveKind,
    package: &Package,
    old: Option<Archive>,
    new: Archive,
) -> Result<ArchiveDifference, Unreadable> {
    let limits = Limits::default();
    let read = |is_base: bool, version: &Version, file: &mut std::fs::File| {
        let facts = archive::read_from(kind, (package, version), file, &limits);
        facts.map(|facts| facts.files).map_err(|error| Unreadable { is_base, why: error.to_string() })
    };
    let (version, mut new_file) = new;
    let new_files = read(false, &version, &mut new_file)?;
    let mut before = None;
    if let Some((version, mut file)) = old {
        before = Some((read(true, &version, &mut file)?, file));
    }
    let new = Side { kind, files: &new_files, source: &mut new_file };
    let old = before.as_mut().map(|(files, file)| Side { kind, files, source: file });
    compare(old, new, &limits).map_err(|error| Unreadable { is_base: false, why: error.to_string() })
}

async fn open(ctx: &Ctx, sha256: &[u8; 32]) -> Result<std::fs::File, Problem> {
    Ok(ctx.blobs.open(sha256, ctx.clock.now()).await?.ok_or_else(|| gone("the file"))?.file)
}

fn gone(what: &str) -> Problem {
    Problem::new(Kind::Unavailable, "blob-gone", format!("{what} is not in the blob store; try again"))
}
