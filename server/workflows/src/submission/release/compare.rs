//! What an index serves, compared with what was vetted: the bytes themselves, downloaded whole.

use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256, Sha512};
use url::Url;
use vetmoot_domain::{Digest, Digests};
use vetmoot_outbound::Request;

use super::look::{self, Likeness, Seen};
use crate::ctx::Ctx;
use crate::limits::{ARTIFACT_BYTES_MAX, ARTIFACT_TIMEOUT, STALL_TIMEOUT};
use crate::problem::{Kind, Problem};
use crate::submission::{CandidateRow, FileRow};

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Compared {
    /// The index serves the very bytes, and lists them so.
    Same(Seen),
    /// The index serves, or lists, other bytes: those with these digests.
    Other(Seen),
    /// The index does not show it yet, or not whole; why.
    NotYet(String),
}

/// Compares a file that an index has taken. A transfer can be cut short unnoticed, so only the same other bytes twice are
/// other bytes.
pub(super) async fn file(ctx: &Ctx, candidate: &CandidateRow, file: &FileRow) -> Result<Compared, Problem> {
    let Some(seen) = look::file(ctx, candidate, file).await? else {
        return Ok(Compared::NotYet("the index took it and does not list it yet".to_owned()));
    };
    if seen.url.is_empty() {
        return Ok(Compared::NotYet("the index has it and does not list it yet".to_owned()));
    }
    let first = match served(ctx, candidate, file, &seen).await? {
        Served::NotYet(text) => return Ok(Compared::NotYet(text)),
        Served::Bytes(digests) => digests,
    };
    if is_vetted(&first, file) {
        return Ok(match seen.likeness(file) {
            // Clients that hold the index to its word would not install it.
            Likeness::Other => Compared::Other(seen),
            Likeness::Same | Likeness::Unknown => Compared::Same(seen),
        });
    }
    match served(ctx, candidate, file, &seen).await? {
        Served::Bytes(second) if second == first => Ok(Compared::Other(Seen { digests: first, ..seen })),
        Served::Bytes(_) => Ok(Compared::NotYet("the index served the file differently twice".to_owned())),
        Served::NotYet(text) => Ok(Compared::NotYet(text)),
    }
}

fn is_vetted(digests: &Digests, file: &FileRow) -> bool {
    file.digests.sha256.is_some() && digests.sha256 == file.digests.sha256
}

enum Served {
    Bytes(Digests),
    NotYet(String),
}

/// Downloads a file whole and forgets it; what is kept is its digests.
async fn served(ctx: &Ctx, candidate: &CandidateRow, file: &FileRow, seen: &Seen) -> Result<Served, Problem> {
    let url: Url = seen.url.parse().map_err(|error: url::ParseError| {
        Problem::new(Kind::Upstream, "upstream-document", format!("the index lists {} at no address", file.file_name))
            .because(error)
    })?;
    let allow = ctx.upstreams.of(candidate.package.ecosystem()).allow();
    let request = Request {
        identity: true,
        fields: look::no_cache(),
        max_bytes: ARTIFACT_BYTES_MAX,
        total_timeout: ARTIFACT_TIMEOUT,
        idle_timeout: STALL_TIMEOUT,
        ..Request::get(&url)
    };
    let mut answer = ctx.outbound.fetch(&allow, request).await?;
    if !answer.meta.is_success() {
        return Ok(Served::NotYet(format!("the index answered {} to the file it lists", answer.meta.status)));
    }
    let (mut short, mut long) = (Sha256::new(), Sha512::new());
    while let Some(piece) = answer.body.next().await {
        let piece = piece?;
        short.update(&piece);
        long.update(&piece);
    }
    let mut digests = Digests::of(Digest::Sha256(short.finalize().into()));
    digests.add(Digest::Sha512(Box::new(long.finalize().into())));
    Ok(Served::Bytes(digests))
}
