//! What the staging doors show: what is staged, beside what the index has under the policy that vets.

mod known_bad;

use std::sync::Arc;

use ::bytes::Bytes;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;
use vetmoot_domain::{CandidateId, CandidateState, Ecosystem, Package, Version};
use vetmoot_ecosystems::stage::{self, StagedFile};
use vetmoot_ecosystems::{Document, Entry, Listing, Shown, world};
use vetmoot_storage::listings;

use super::candidate::{self, Candidate};
use super::{FileRow, provenance};
use crate::ctx::Ctx;
use crate::policy::book::Adopted;
use crate::problem::{Kind, Problem};
use crate::registry::bytes::{self, Outcome};
use crate::registry::judged::{self, Judged};
use crate::registry::traits;

pub(crate) use self::known_bad::KnownBad;

/// A package as its staging door lists it.
pub struct Staged {
    /// Upstream's entries and the staged ones.
    pub listing: Arc<Listing>,
    /// What each entry shows.
    pub shown: Vec<Shown>,
    /// Changes when anything here does.
    pub tag: String,
}

/// The package as its staging door lists it; not found when neither the index nor a candidate has it.
///
/// What is staged is listed while upstream is down, and a package whose home is the community is never asked for there.
pub async fn listing(ctx: &Ctx, package: &Package) -> Result<Arc<Staged>, Problem> {
    let live = candidate::live(ctx, package).await?;
    listing_of(ctx, package, live).await
}

async fn listing_of(ctx: &Ctx, package: &Package, live: Vec<Candidate>) -> Result<Arc<Staged>, Problem> {
    let judged = match upstream(ctx, package).await {
        Ok(judged) => Some(judged),
        Err(problem) if live.is_empty() => return Err(problem),
        Err(problem) => {
            if problem.kind != Kind::NotFound {
                tracing::warn!(%package, code = problem.code, "the index did not answer; its staging door lists candidates alone");
            }
            None
        }
    };
    let bad = known_bad::of(ctx, package, &live).await?;
    let tag = tag(judged.as_deref(), &live, &bad);
    if let Some(staged) = ctx.registry.staged.get(package).filter(|staged| staged.tag == tag) {
        return Ok(staged);
    }
    let staged = match judged {
        Some(judged) if live.is_empty() => {
            Arc::new(Staged { listing: judged.current.listing.clone(), shown: judged.shown.clone(), tag })
        }
        judged => Arc::new(join(ctx, package, judged, (live, bad), tag).await?),
    };
    ctx.registry.staged.insert(package.clone(), staged.clone());
    Ok(staged)
}

/// The bytes of a staged file, or of one that the policy hands out.
///
/// `whole` waits for a download from upstream to be complete and proven, for answers that need a part of it.
///
/// # Errors
/// `candidate-refused` for a staged file that is known to be bad.
pub async fn open(ctx: &Ctx, package: &Package, wanted: impl Fn(&Entry) -> bool, whole: bool) -> Result<Outcome, Problem> {
    let live = candidate::live(ctx, package).await?;
    if !live.is_empty() {
        let staged = listing_of(ctx, package, live.clone()).await?;
        let at = staged.listing.entries.iter().position(&wanted);
        let refused = at.and_then(|at| staged.shown.get(at)).is_some_and(is_refused);
        let found = at.and_then(|at| staged.listing.entries.get(at)).and_then(|entry| staged_file(&live, entry));
        if let Some((one, file)) = found.filter(|_| refused) {
            known_bad::of(ctx, package, &live).await?.check(ctx, one, file)?;
        }
        if let Some((one, file)) = found.filter(|_| !refused) {
            let sha256 = file.digests.sha256.ok_or_else(|| gone(&file.file_name))?;
            match bytes::held(ctx, &sha256).await? {
                Some(opened) => return Ok(Outcome::Open(opened)),
                // What lies at the official index by now may have been pruned here, and is fetched from there again.
                None if one.row.state == CandidateState::Released => {}
                None => return Err(gone(&file.file_name)),
            }
        }
    }
    bytes::open(ctx, &policy(ctx, package.ecosystem())?, package, wanted, whole).await
}

/// The bytes of one file of a live candidate as they were handed in, also where the index has other bytes under its name
/// and the door therefore shows those. What is refused under these very digests is refused here too.
pub async fn handed_in(ctx: &Ctx, id: &CandidateId, file_name: &str, whole: bool) -> Result<Outcome, Problem> {
    let none = || Problem::not_found("unknown-file", "this candidate has no such file, or is no longer offered");
    let found = candidate::show(ctx, id).await?;
    let file = found.files.iter().find(|file| file.file_name == file_name && found.row.state.is_live()).ok_or_else(none)?;
    let (package, version) = (&found.row.package, &found.row.version);
    let named = |entry: &Entry| {
        entry.file_name.as_ref().is_none_or(|name| *name == file.file_name)
            && world(package.ecosystem()).versions().compare(&entry.version, version).is_eq()
    };
    let staged = listing(ctx, package).await?;
    let listed = staged.listing.entries.iter().find(|entry| named(entry));
    if listed.is_some_and(|entry| staged_file(std::slice::from_ref(&found), entry).is_some()) {
        return open(ctx, package, named, whole).await;
    }
    let live = candidate::live(ctx, package).await?;
    known_bad::of(ctx, package, &live).await?.check(ctx, &found, file)?;
    let sha256 = file.digests.sha256.ok_or_else(|| gone(&file.file_name))?;
    Ok(Outcome::Open(bytes::held(ctx, &sha256).await?.ok_or_else(|| gone(&file.file_name))?))
}

/// The policy under which the staging doors list what the index has.
pub fn policy(ctx: &Ctx, ecosystem: Ecosystem) -> Result<Arc<Adopted>, Problem> {
    let slug = &ctx.publishing.policy;
    let adopted = ctx.book.newest(slug).ok_or_else(|| {
        Problem::new(
            // A refusal: clients would come again and again for what only a person can mend.
            Kind::Forbidden,
            "publishing-policy-missing",
            format!("this community vets releases under the policy `{slug}` and has not adopted it; an operator adopts it, or sets publish.policy"),
        )
    })?;
    if adopted.policy.ecosystems().contains(&ecosystem) {
        return Ok(adopted);
    }
    let text = format!("the policy `{slug}`, under which releases are vetted here, does not cover {ecosystem}");
    Err(Problem::new(Kind::Forbidden, "ecosystem-not-covered", text))
}

async fn upstream(ctx: &Ctx, package: &Package) -> Result<Arc<Judged>, Problem> {
    let adopted = policy(ctx, package.ecosystem())?;
    judged::judged(ctx, &adopted, package, adopted.policy.serve_use()).await
}

fn gone(file: &str) -> Problem {
    Problem::new(Kind::Unavailable, "staged-file-gone", format!("the bytes of {file} are not here; the operator restores them"))
}

/// The file of a live candidate that an entry stands for: the same version and name, and the very same bytes.
fn staged_file<'a>(live: &'a [Candidate], entry: &Entry) -> Option<(&'a Candidate, &'a FileRow)> {
    // Upstream's spelling of a version stands for all its files, and need not be the one it was handed in with.
    let same =
        |one: &&Candidate| world(one.row.package.ecosystem()).versions().compare(&one.row.version, &entry.version).is_eq();
    let files = live.iter().filter(same).flat_map(|one| one.files.iter().map(move |file| (one, file)));
    files.into_iter().find(|(_, file)| {
        entry.file_name.as_ref().is_none_or(|name| *name == file.file_name)
            && entry.digests.iter().any(|digest| file.digests.has(&digest))
            && !file.digests.contradicts(&entry.digests)
    })
}

fn tag(judged: Option<&Judged>, live: &[Candidate], bad: &KnownBad) -> String {
    let Some(before) = judged.map(|judged| &judged.tag).filter(|_| live.is_empty()) else {
        let mut hash = Sha256::new();
        hash.update(judged.map_or("", |judged| judged.tag.as_str()));
        for one in live {
            hash.update(one.row.id.as_str());
            hash.update(one.row.state.as_str());
            for file in &one.files {
                hash.update(file.digests.sha256.unwrap_or_default());
                hash.update(&file.file_name);
            }
        }
        hash.update(bad.tag());
        let hex = hex::encode(hash.finalize());
        return format!("s{}", hex.get(..32).unwrap_or(&hex));
    };
    before.clone()
}

/// Upstream's document as it was stored when it was judged.
struct Upstream {
    bytes: Bytes,
    content_type: Option<String>,
    url: Url,
    dl: Option<String>,
}

async fn stored(ctx: &Ctx, judged: &Judged) -> Result<Option<Upstream>, Problem> {
    let Some(row) = listings::get(&ctx.store.read(), judged.current.row_id).await? else { return Ok(None) };
    let Some(bytes) = ctx.blobs.read(&judged.current.document).await? else { return Ok(None) };
    let Ok(url) = row.url.parse() else { return Ok(None) };
    Ok(Some(Upstream { bytes, content_type: row.content_type, url, dl: traits::dl(&row.traits) }))
}

/// Joins what upstream lists with what is staged, and decides what each entry shows.
async fn join(
    ctx: &Ctx,
    package: &Package,
    judged: Option<Arc<Judged>>,
    (live, bad): (Vec<Candidate>, Arc<KnownBad>),
    tag: String,
) -> Result<Staged, Problem> {
    let upstream = match &judged {
        Some(judged) => stored(ctx, judged).await?,
        None => None,
    };
    let base = ctx.base_url.join(door(package.ecosystem()));
    let owned = package.clone();
    let made = tokio::task::spawn_blocking(move || {
        let listing = read(&owned, &base, upstream.as_ref(), &live)?;
        let shown = listing.entries.iter().map(|entry| shown(judged.as_deref(), &live, &bad, entry)).collect();
        Ok::<_, String>((Arc::new(listing), shown))
    });
    let failed = |why: String| {
        let text = format!("the staging door cannot list {package}; the operator finds the cause in the log");
        Problem::new(Kind::Internal, "staging-failed", text).because(why)
    };
    let (listing, shown) = made.await.map_err(|panic| failed(panic.to_string()))?.map_err(failed)?;
    Ok(Staged { listing, shown, tag })
}

/// Where a staging door lies.
fn door(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Cargo => "/publish/cargo/",
        Ecosystem::Pypi => "/publish/pypi/",
        Ecosystem::Npm => "/publish/npm/",
    }
}

/// Where a staged file can be read.
fn address(base: &str, package: &Package, version: &Version, file_name: &str) -> String {
    let name = package.name();
    match package.ecosystem() {
        Ecosystem::Cargo => format!("{base}dl/{name}/{version}/download"),
        Ecosystem::Pypi => format!("{base}files/{name}/{file_name}"),
        Ecosystem::Npm => format!("{base}{name}/-/{file_name}"),
    }
}

fn read(package: &Package, base: &str, upstream: Option<&Upstream>, live: &[Candidate]) -> Result<Listing, String> {
    let parts: Vec<(&Candidate, &FileRow, Value, String, Option<String>)> = live
        .iter()
        .flat_map(|one| one.files.iter().map(move |file| (one, file)))
        .map(|(one, file)| {
            let metadata = serde_json::from_str(&file.metadata).unwrap_or_default();
            let attested = provenance::address(base, package, &one.row.version, file);
            (one, file, metadata, address(base, package, &one.row.version, &file.file_name), attested)
        })
        .collect();
    let files: Vec<StagedFile<'_>> = parts
        .iter()
        .map(|(one, file, metadata, url, attested)| StagedFile {
            version: &one.row.version,
            file_name: &file.file_name,
            digests: &file.digests,
            sha1: file.sha1.as_ref(),
            size: file.size,
            metadata,
            published: one.row.released_at.filter(|_| one.row.state == CandidateState::Released).unwrap_or(file.uploaded_at),
            url,
            yanked: None,
            provenance: attested.as_deref(),
        })
        .collect();
    let before = upstream.map(|upstream| Document {
        bytes: upstream.bytes.clone(),
        content_type: upstream.content_type.as_deref(),
        url: &upstream.url,
        cargo_dl: upstream.dl.as_deref(),
    });
    let bytes = stage::document(package, before.as_ref(), &files).map_err(|error| error.to_string())?;
    let here: Url = base.parse().map_err(|error: url::ParseError| error.to_string())?;
    let content_type = (package.ecosystem() == Ecosystem::Pypi).then_some("application/vnd.pypi.simple.v1+json");
    let document = Document {
        bytes: Bytes::from(bytes),
        content_type,
        url: upstream.map_or(&here, |upstream| &upstream.url),
        cargo_dl: upstream.and_then(|upstream| upstream.dl.as_deref()),
    };
    world(package.ecosystem()).read_listing(package, document).map_err(|error| error.to_string())
}

/// What is staged is shown unless it is known to be bad (malware, a violation, a rule that refuses it); the rest as the
/// policy decided about the very same digests.
fn shown(judged: Option<&Judged>, live: &[Candidate], bad: &KnownBad, entry: &Entry) -> Shown {
    let decided = judged.and_then(|judged| {
        let listing = &judged.current.listing;
        let at = listing.position(&entry.version, entry.file_name.as_deref())?;
        let same = listing.entries.get(at)?.digests == entry.digests;
        judged.shown.get(at).filter(|_| same).cloned()
    });
    match decided {
        Some(refused) if is_refused(&refused) => refused,
        decided => match (staged_file(live, entry), decided) {
            (Some((one, file)), _) => bad.line(one, file).map_or(Shown::AsIs, |reason| Shown::Refused { reason }),
            (None, Some(decided)) => decided,
            (None, None) => Shown::Refused { reason: "not evaluated yet".to_owned() },
        },
    }
}

fn is_refused(shown: &Shown) -> bool {
    matches!(shown, Shown::Refused { .. })
}
