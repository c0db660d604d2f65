//! Bring a source to a local file first: it is read twice, and a slow sender must not hold anything up.

use std::path::{Path, PathBuf};

use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;
use url::Url;
use vetmoot_outbound::{AllowList, Request};
use vetmoot_storage::imports::SourceRow;

use super::Location;
use crate::ctx::{Ctx, Origin};
use crate::limits::{ARTIFACT_TIMEOUT, IMPORT_BYTES_MAX, STALL_TIMEOUT};
use crate::problem::{Kind, Problem};

/// A source at hand.
pub enum Fetched {
    /// It did not change since it was read last.
    NotModified,
    /// Here it is.
    Here {
        /// The file or folder.
        path: Place,
        /// The validators to ask with next time.
        etag: Option<String>,
        /// As above.
        last_modified: Option<String>,
    },
}

/// Where the bytes are, and whether they go when they were read.
pub enum Place {
    /// The operator's own file or folder; it stays.
    Given(PathBuf),
    /// A downloaded copy; it goes. Its lock keeps others from sweeping it away meanwhile.
    Copy(PathBuf, #[expect(dead_code, reason = "held for its lock")] std::fs::File),
}

impl Place {
    /// The path.
    pub fn path(&self) -> &Path {
        match self {
            Self::Given(path) | Self::Copy(path, _) => path,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Copy(path, _) = self {
            // A copy that cannot be removed is swept with the blob store's leftovers at the next start.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Fetches a source, unless it says that it has not changed.
pub async fn fetch(ctx: &Ctx, origin: &Origin, location: &Location, source: &SourceRow) -> Result<Fetched, Problem> {
    match location {
        Location::Path(path) => {
            if matches!(origin, Origin::Member { .. }) {
                return Err(Problem::invalid(
                    "bad-location",
                    "location",
                    "files of the server are imported by the operator's command; give a URL here",
                ));
            }
            if !path.exists() {
                return Err(Problem::invalid(
                    "no-such-file",
                    "location",
                    format!("there is no file or folder {}", path.display()),
                ));
            }
            Ok(Fetched::Here { path: Place::Given(path.clone()), etag: None, last_modified: None })
        }
        Location::Url(url) => download(ctx, origin, url, source).await,
    }
}

async fn download(ctx: &Ctx, origin: &Origin, url: &Url, source: &SourceRow) -> Result<Fetched, Problem> {
    // The operator may name a mirror inside; what a steward typed, or a timer repeats, stays with public addresses
    // unless the operator named it first.
    let allow = match origin {
        Origin::Operator => named(url)?,
        Origin::Timer if named_by_operator(ctx, &source.name).await? => named(url)?,
        Origin::Timer | Origin::Member { .. } => AllowList::any_public(),
    };
    let request = Request {
        if_none_match: source.etag.as_deref(),
        if_modified_since: source.last_modified.as_deref(),
        max_bytes: IMPORT_BYTES_MAX,
        total_timeout: ARTIFACT_TIMEOUT,
        idle_timeout: STALL_TIMEOUT,
        ..Request::get(url)
    };
    let mut answer = ctx.outbound.fetch(&allow, request).await?;
    match answer.meta.status {
        304 => return Ok(Fetched::NotModified),
        200 => {}
        status => {
            return Err(Problem::new(Kind::Upstream, "source-status", format!("{url} answered {status}; nothing was changed")));
        }
    }
    let failed = |error: std::io::Error| {
        Problem::new(Kind::Unavailable, "no-room", "the import cannot be kept on disk; nothing was changed").because(error)
    };
    let name = url.path().rsplit('/').next().unwrap_or("feed").to_owned();
    let suffix =
        if is_zip(&name, answer.meta.content_type.as_deref()) { "zip" } else { name.rsplit('.').next().unwrap_or("feed") };
    let suffix: String = suffix.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    let path = tmp_path(ctx, &suffix)?;
    let locked = std::fs::File::create(&path).map_err(failed)?;
    locked.lock_shared().map_err(failed)?;
    let mut file = tokio::fs::File::from_std(locked.try_clone().map_err(failed)?);
    let place = Place::Copy(path, locked);
    while let Some(piece) = answer.body.next().await {
        file.write_all(&piece?).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)?;
    Ok(Fetched::Here { path: place, etag: answer.meta.etag, last_modified: answer.meta.last_modified })
}

/// A name nobody else uses, in the folder that is swept of leftovers at every start.
fn tmp_path(ctx: &Ctx, suffix: &str) -> Result<PathBuf, Problem> {
    let secret = crate::member::secret::new()?;
    Ok(ctx.blobs.folder().join("tmp").join(format!("{secret}.{suffix}")))
}

fn is_zip(name: &str, content_type: Option<&str>) -> bool {
    name.to_ascii_lowercase().ends_with(".zip") || content_type.is_some_and(|kind| kind.starts_with("application/zip"))
}

/// Any public address, since feeds redirect, and the named one even if it lies inside.
fn named(url: &Url) -> Result<AllowList, Problem> {
    let mut allow = AllowList::any_public();
    allow.add_operator(url).map_err(|refused| Problem::invalid(refused.code(), "location", refused.to_string()))?;
    Ok(allow)
}

/// The setting that says that the operator named an import's address.
pub fn trust_setting(name: &str) -> String {
    format!("import-named-by-operator:{name}")
}

async fn named_by_operator(ctx: &Ctx, name: &str) -> Result<bool, Problem> {
    Ok(vetmoot_storage::settings::get(&ctx.store.read(), &trust_setting(name)).await?.is_some())
}
