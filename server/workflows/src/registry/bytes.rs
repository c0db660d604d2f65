//! The bytes of an artifact: gated by the decision, apart from any listing, and always the pinned ones.

use std::path::PathBuf;
use std::sync::Arc;

use ::bytes::Bytes;
use vetmoot_domain::{Adoption, Bytes as Gate, Decision, Digest, Package, State, Timestamp, event::Topic};
use vetmoot_ecosystems::Entry;
use vetmoot_storage::{Stored, artifacts, events, observed};

use super::download::{self, Download, Order};
use super::judged::{Judged, judged};
use super::listing::{self, FileFacts};
use crate::ctx::Ctx;
use crate::limits::{BLOB_IN_MEMORY_MAX, METADATA_BYTES_MAX, STALL_TIMEOUT};
use crate::policy::book::Adopted;
use crate::problem::{Kind, Problem};
use crate::submission::wheel;

/// Where the bytes are.
pub enum Source {
    /// In memory.
    Memory(Bytes),
    /// In a file of the blob store.
    File(PathBuf),
    /// Still coming from upstream.
    Coming(Arc<Download>),
}

/// An artifact that may be handed out.
pub struct Opened {
    /// Where its bytes are.
    pub source: Source,
    /// Its size, when known.
    pub size: Option<u64>,
    /// Its strongest digest as an entity tag, when known.
    pub etag: Option<String>,
}

/// What became of asking for bytes.
pub enum Outcome {
    /// They may be had.
    Open(Opened),
    /// The policy withholds them; the decision says why.
    Withheld {
        /// The judged package.
        judged: Arc<Judged>,
        /// The decision on the file.
        decision: Box<Decision>,
    },
}

/// Opens the artifact that `wanted` picks out of the listing, if the policy hands it out.
///
/// `whole` waits for a download to be complete and proven, for answers that need a part of it.
pub async fn open(
    ctx: &Ctx,
    adopted: &Arc<Adopted>,
    package: &Package,
    wanted: impl Fn(&Entry) -> bool,
    whole: bool,
) -> Result<Outcome, Problem> {
    let judged = judged(ctx, adopted, package, adopted.policy.serve_use()).await?;
    let at = judged.current.listing.entries.iter().position(&wanted);
    let picked = at.and_then(|at| {
        Some((judged.current.listing.entries.get(at)?, judged.current.files.get(at)?, judged.decisions.get(at)?))
    });
    let Some((entry, file, decision)) = picked else {
        return Err(Problem::not_found("unknown-file", format!("the index lists no such file of {package}")));
    };
    if decision.bytes == Gate::Refuse {
        if adopted.mode == Adoption::Enforce || file.incident.is_some() {
            // Changed bytes are refused even where a policy is only observed: nobody asked for other bytes.
            ctx.metrics.artifacts_refused.inc();
            let decision = Box::new(decision.clone());
            return Ok(Outcome::Withheld { judged, decision });
        }
        observe(ctx, adopted, decision).await?;
    } else if adopted.mode == Adoption::Observe && decision.state != State::Listed {
        observe(ctx, adopted, decision).await?;
    }
    let opened = bytes_of(ctx, package, entry, file, whole).await?;
    ctx.metrics.artifacts_served.inc();
    Ok(Outcome::Open(opened))
}

async fn observe(ctx: &Ctx, adopted: &Adopted, decision: &Decision) -> Result<(), Problem> {
    let code = decision.reasons.first().map_or("unknown", |reason| reason.code);
    let (artifact, now) = (decision.artifact.to_string(), ctx.clock.now());
    let tx = ctx.store.begin().await?;
    // Only the first time is news: a file asked for all day would drown everything else.
    if observed::record(&tx, &adopted.slug, &artifact, code, now).await? {
        let subject = [adopted.slug.to_string(), artifact, code.to_owned()];
        events::append(&tx, Topic::WithheldObserved, &subject, None, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn bytes_of(ctx: &Ctx, package: &Package, entry: &Entry, file: &FileFacts, whole: bool) -> Result<Opened, Problem> {
    // A blob that was fetched once is found by the SHA-256 pinned then, whatever upstream lists since.
    let pinned = match file.digests.sha256 {
        Some(sha256) => Some(sha256),
        None => artifacts::sha256_of(&ctx.store.read(), file.artifact_id).await?,
    };
    if let Some(sha256) = pinned
        && let Some(opened) = held(ctx, &sha256).await?
    {
        return Ok(opened);
    }
    if ctx.reserved.covers(package) {
        // Nobody else is asked for a name of our own, not even for bytes that are lost.
        return Err(gone());
    }
    let url = entry.url.parse().map_err(|error| {
        Problem::new(Kind::Upstream, "upstream-file-address", "the index lists the file at an address that cannot be read")
            .because(error)
    })?;
    let order = Order {
        artifact_id: file.artifact_id,
        ecosystem: package.ecosystem(),
        url,
        expected: file.digests.clone(),
        expected_sha1: entry.sha1,
        size: entry.size,
    };
    let coming = download::join(ctx, order).await?;
    if whole {
        let fetched = coming.finished().await?;
        let found = ctx.blobs.open(&fetched.sha256, ctx.clock.now()).await?.ok_or_else(gone)?;
        return stored(ctx, fetched.sha256, found.path, found.size).await;
    }
    coming.started().await?;
    Ok(Opened { size: coming.size(), etag: pinned.as_ref().map(etag), source: Source::Coming(coming) })
}

/// The blob of a listed file and its size, fetched when it is not here: for comparing, whatever a policy says of it, since
/// nobody is handed it.
pub(crate) async fn fetched(ctx: &Ctx, package: &Package, entry: &Entry, file: &FileFacts) -> Result<([u8; 32], u64), Problem> {
    bytes_of(ctx, package, entry, file, true).await?;
    let known = match file.digests.sha256 {
        Some(sha256) => Some(sha256),
        None => artifacts::sha256_of(&ctx.store.read(), file.artifact_id).await?,
    };
    let sha256 = known.ok_or_else(gone)?;
    let size = ctx.blobs.has(&sha256).await?.ok_or_else(gone)?;
    Ok((sha256, size))
}

/// The bytes of a blob that lies here; none when it does not.
pub(crate) async fn held(ctx: &Ctx, sha256: &[u8; 32]) -> Result<Option<Opened>, Problem> {
    if let Some(bytes) = ctx.registry.blobs.get(sha256) {
        return Ok(Some(Opened { size: Some(bytes.len() as u64), etag: Some(etag(sha256)), source: Source::Memory(bytes) }));
    }
    match ctx.blobs.open(sha256, ctx.clock.now()).await? {
        Some(found) => Ok(Some(stored(ctx, *sha256, found.path, found.size).await?)),
        None => Ok(None),
    }
}

fn gone() -> Problem {
    Problem::new(Kind::Unavailable, "blob-gone", "the file was removed while it was being read; try again")
}

async fn stored(ctx: &Ctx, sha256: [u8; 32], path: PathBuf, size: u64) -> Result<Opened, Problem> {
    if size > BLOB_IN_MEMORY_MAX {
        return Ok(Opened { size: Some(size), etag: Some(etag(&sha256)), source: Source::File(path) });
    }
    let bytes = Bytes::from(tokio::fs::read(&path).await.map_err(|error| gone().because(error))?);
    ctx.registry.blobs.insert(sha256, bytes.clone());
    Ok(Opened { size: Some(size), etag: Some(etag(&sha256)), source: Source::Memory(bytes) })
}

fn etag(sha256: &[u8; 32]) -> String {
    format!("\"{}\"", hex::encode(sha256))
}

/// Pins what a first download taught about an artifact: all its digests, and the file's own date.
pub async fn learn(ctx: &Ctx, artifact_id: i64, stored: &Stored, last_modified: Option<Timestamp>) -> Result<(), Problem> {
    let tx = ctx.store.begin().await?;
    let mut news = artifacts::learn_digests(&tx, artifact_id, &stored.digests).await?;
    if let Some(at) = last_modified {
        news |= artifacts::set_file_date(&tx, artifact_id, at).await?;
    }
    tx.commit().await?;
    // Evidence may name a digest that the index does not: what was learned counts from now on, not from the next start.
    if news && let Some((package, _)) = artifacts::by_id(&ctx.store.read(), artifact_id).await? {
        listing::learned(ctx, &package.package).await?;
    }
    Ok(())
}

/// Writes down that upstream sent other bytes than those pinned, which refuses the file from now on.
pub async fn report_change(ctx: &Ctx, artifact_id: i64, seen: &vetmoot_domain::Digests) -> Result<(), Problem> {
    let now = ctx.clock.now();
    let Some((package, row)) = artifacts::by_id(&ctx.store.read(), artifact_id).await? else { return Ok(()) };
    let tx = ctx.store.begin().await?;
    if artifacts::set_incident(&tx, artifact_id, seen, now).await? {
        let artifact = row.artifact(&package.package);
        tracing::error!(%artifact, "upstream sent other bytes than it lists; the file is refused from now on");
        events::append(&tx, Topic::DigestChanged, &[artifact.to_string()], None, now).await?;
        ctx.metrics.incidents.inc();
    }
    tx.commit().await?;
    ctx.registry.listings.invalidate(&package.package);
    ctx.changed();
    Ok(())
}

/// The core metadata of a Python file (PEP 658), checked against the digest the index names.
pub async fn core_metadata(ctx: &Ctx, adopted: &Arc<Adopted>, package: &Package, file_name: &str) -> Result<Bytes, Problem> {
    let judged = judged(ctx, adopted, package, adopted.policy.serve_use()).await?;
    let entry = judged.current.listing.entries.iter().find(|entry| entry.file_name.as_deref() == Some(file_name));
    let none = || Problem::not_found("no-core-metadata", format!("the index has no metadata file for {file_name}"));
    let entry = entry.ok_or_else(none)?;
    if !entry.has_metadata {
        return Err(none());
    }
    let expected = &entry.core_metadata;
    // The digest is the index's word: it might name any blob here, and a large one must not be read into memory.
    if let Some(Digest::Sha256(sha256)) = expected
        && ctx.blobs.has(sha256).await?.is_some_and(|size| size <= METADATA_BYTES_MAX)
        && let Some(bytes) = ctx.blobs.read(sha256).await?
    {
        return Ok(bytes);
    }
    if ctx.reserved.covers(package) {
        let Some(wheel) = entry.digests.sha256 else { return Err(none()) };
        return wheel::metadata(ctx, &wheel, None).await?.ok_or_else(none);
    }
    let url = format!("{}.metadata", entry.url).parse().map_err(|error| none().because(error))?;
    let request = vetmoot_outbound::Request {
        identity: true,
        max_bytes: METADATA_BYTES_MAX,
        idle_timeout: STALL_TIMEOUT,
        ..vetmoot_outbound::Request::get(&url)
    };
    let (meta, body) = ctx.outbound.fetch_all(&ctx.upstreams.of(package.ecosystem()).allow(), request).await?;
    if !meta.is_success() {
        return Err(none());
    }
    let came = match expected {
        Some(Digest::Sha512(_)) => Digest::Sha512(Box::new(<sha2::Sha512 as sha2::Digest>::digest(&body).into())),
        Some(Digest::Sha256(_)) | None => Digest::Sha256(<sha2::Sha256 as sha2::Digest>::digest(&body).into()),
    };
    match expected {
        Some(wanted) if *wanted != came => Err(Problem::new(
            Kind::Upstream,
            "metadata-digest",
            format!("the metadata of {file_name} is not what the index lists; it is not handed out"),
        )),
        Some(_) => {
            ctx.blobs.put(body.clone()).await?;
            Ok(body)
        }
        None => Ok(body),
    }
}
