//! What `--policy` means: a file, a name of the shelf, a document at an address, or a policy of an instance.

use std::path::Path;

use url::Url;
use vetmoot_domain::{PolicyDigest, PolicyRef};
use vetmoot_judge::{Policy, PolicySource, ShelfAlone, shelf};

use crate::Ctx;
use crate::exit::Failure;
use crate::fetch::{is_address, parse};
use crate::limits::{POLICIES_BESIDE_MAX, POLICY_BYTES_MAX};

/// Who decides.
pub(crate) enum Place {
    /// This command, by a policy it has read.
    Here {
        /// The policy's name in answers.
        name: String,
        /// The policy.
        policy: Box<Policy>,
    },
    /// An instance.
    Instance(Instance),
}

/// A policy of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instance {
    /// The instance's address, ending in a slash.
    pub base: Url,
    /// The policy there.
    pub policy: PolicyRef,
}

impl Place {
    /// Finds out what is meant and reads it.
    pub(crate) fn find(text: &str, ctx: &Ctx) -> Result<Self, Failure> {
        if is_address(text) {
            let url = parse(text)?;
            if let Some(instance) = instance(&url)? {
                return Ok(Self::Instance(instance));
            }
            let bytes = ctx.fetcher.get(&url, POLICY_BYTES_MAX)?;
            let name = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or("policy");
            return here(name.trim_end_matches(".toml"), text, &bytes, &ShelfAlone);
        }
        let path = Path::new(text);
        if path.is_file() {
            let bytes = ctx.fetcher.file(path, POLICY_BYTES_MAX)?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            return here(&name, text, &bytes, &|digest: &PolicyDigest| beside(&folder, digest, ctx));
        }
        match shelf().iter().find(|(name, _)| *name == text) {
            Some((name, toml)) => here(name, text, toml.as_bytes(), &ShelfAlone),
            None => {
                let names: Vec<&str> = shelf().iter().map(|(name, _)| *name).collect();
                let words = format!("`{text}` is neither a file nor a policy of the shelf ({})", names.join(", "));
                Err(Failure::Usage(words))
            }
        }
    }
}

fn here(name: &str, place: &str, bytes: &[u8], base: &dyn PolicySource) -> Result<Place, Failure> {
    let policy = Policy::parse(bytes, base).map_err(|errors| Failure::Policy { place: place.to_owned(), errors })?;
    Ok(Place::Here { name: name.to_owned(), policy: Box::new(policy) })
}

/// A policy that another one extends: from the shelf, or from a file beside that one.
pub(crate) fn beside(folder: &Path, digest: &PolicyDigest, ctx: &Ctx) -> Option<Vec<u8>> {
    if let Some(bytes) = ShelfAlone.bytes_of(digest) {
        return Some(bytes);
    }
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let files = std::fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let policies = files.filter(|path| path.extension().is_some_and(|end| end == "toml")).take(POLICIES_BESIDE_MAX);
    policies.filter_map(|path| ctx.fetcher.file(&path, POLICY_BYTES_MAX).ok()).find(|bytes| PolicyDigest::of(bytes) == *digest)
}

/// The instance and policy of `https://host/policies/balanced`; none when it is the address of a document.
fn instance(url: &Url) -> Result<Option<Instance>, Failure> {
    let path = url.path();
    if Path::new(path).extension().is_some_and(|end| end == "toml") {
        return Ok(None);
    }
    let usage = || {
        Failure::Usage(format!("`{url}` is neither a .toml nor the page of a policy, such as https://host/policies/balanced"))
    };
    let (before, slug) = path.trim_end_matches('/').rsplit_once("/policies/").ok_or_else(usage)?;
    let policy: PolicyRef = slug.replace("%40", "@").parse().map_err(|error| Failure::Usage(format!("{url}: {error}")))?;
    let mut base = url.clone();
    base.set_path(&format!("{before}/"));
    base.set_query(None);
    base.set_fragment(None);
    Ok(Some(Instance { base, policy }))
}
