//! What an audit can be about: the files that the index lists, and those that are staged here.

use std::collections::BTreeSet;
use std::sync::Arc;

use vetmoot_domain::{CandidateId, Digest, Digests, Ecosystem, Package, Version};

use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};
use crate::registry::listing::{self, Current};
use crate::submission::{Candidate, candidate};

/// A package as far as an audit can be about it.
pub struct Known {
    /// The package.
    pub package: Package,
    /// What its index lists; none when no index knows it.
    pub current: Option<Arc<Current>>,
    /// Its candidates that are whole and occupy their versions, oldest first.
    pub candidates: Vec<Candidate>,
}

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    /// Its name; none where a release is one file.
    pub file_name: Option<String>,
    /// Every digest known of it.
    pub digests: Digests,
    /// The candidate it belongs to, when it is staged here; the index may list it too.
    pub candidate: Option<CandidateId>,
    /// Whether the index lists it.
    pub listed: bool,
}

/// Reads what is known: of the index, asked when this instance has not seen the package yet, and of what is staged.
///
/// What is staged can be audited while its index does not answer.
pub async fn of(ctx: &Ctx, package: &Package) -> Result<Known, Problem> {
    let mut candidates = candidate::live(ctx, package).await?;
    // Files still come to a draft: nobody knows yet what its release will be.
    let drafts = candidates.iter().any(|candidate| candidate.row.state.takes_files());
    candidates.retain(|candidate| !candidate.row.state.takes_files());
    match listing::current(ctx, package).await {
        Ok(current) => Ok(Known { package: package.clone(), current: Some(current), candidates }),
        Err(problem) if candidates.is_empty() && drafts && problem.kind == Kind::NotFound => Err(Problem::not_found(
            "unknown-release",
            format!(
                "no index knows {package}, and what is handed in of it is a draft: whoever handed it in says first that all \
                 files are there"
            ),
        )),
        Err(problem) if candidates.is_empty() => Err(problem),
        Err(problem) => {
            if problem.kind != Kind::NotFound {
                tracing::info!(%package, code = problem.code, "the index did not answer; what is staged is known all the same");
            }
            Ok(Known { package: package.clone(), current: None, candidates })
        }
    }
}

impl Known {
    /// The files of a release, those of the index first; a file that is both is one.
    pub fn files(&self, version: &Version) -> Vec<KnownFile> {
        let listed = self.current.iter().flat_map(|current| current.entries());
        let listed = listed.filter(|(entry, _)| entry.version == *version).map(|(entry, file)| KnownFile {
            file_name: entry.file_name.clone(),
            digests: file.digests.clone(),
            candidate: None,
            listed: true,
        });
        let mut files: Vec<KnownFile> = listed.collect();
        for staged in self.candidates.iter().filter(|candidate| candidate.row.version == *version) {
            for file in &staged.files {
                let named = self.package.ecosystem() == Ecosystem::Pypi;
                let own = KnownFile {
                    file_name: named.then(|| file.file_name.clone()),
                    digests: file.digests.clone(),
                    candidate: Some(staged.row.id.clone()),
                    listed: false,
                };
                match files.iter_mut().find(|known| known.listed && known.is_also(&own)) {
                    Some(known) => {
                        known.candidate = own.candidate;
                        known.digests.learn(&own.digests);
                    }
                    None => files.push(own),
                }
            }
        }
        files
    }

    /// Every version with a file: those of the index in its order, then those that are staged alone.
    pub fn versions(&self) -> Vec<Version> {
        let listed = self.current.iter().flat_map(|current| current.listing.entries.iter().map(|entry| &entry.version));
        let staged = self.candidates.iter().map(|candidate| &candidate.row.version);
        let mut seen = BTreeSet::new();
        listed.chain(staged).filter(|version| seen.insert(version.as_str())).cloned().collect()
    }

    /// Fills the digests of a release in, or checks those that were named; `release` and `field` are the form's fields.
    pub(super) fn bind(
        &self,
        version: &Version,
        digests: &mut BTreeSet<Digest>,
        release: &str,
        field: &str,
    ) -> Result<(), Problem> {
        let files = self.files(version);
        if files.is_empty() {
            let text = format!("the index lists no {} {version}, and nothing of it is staged here", self.package);
            return Err(Problem::invalid("unknown-release", release, text));
        }
        if digests.is_empty() {
            if let Some(name) = two_bytes(&files) {
                let text = format!(
                    "the index lists other bytes as {name} of {version} than are staged here; name the digests of those you read"
                );
                return Err(Problem::invalid("which-bytes", field, text));
            }
            *digests = files.iter().flat_map(|file| file.digests.iter()).collect();
            return Ok(());
        }
        match digests.iter().find(|digest| !files.iter().any(|file| file.digests.has(digest))) {
            Some(stray) => Err(Problem::invalid(
                "unknown-digest",
                field,
                format!("{stray} is no artifact of {version}; leave digests out to cover those that are known here"),
            )),
            None => Ok(()),
        }
    }
}

impl KnownFile {
    /// Whether both are the same bytes under the same name.
    fn is_also(&self, other: &Self) -> bool {
        self.file_name == other.file_name && other.digests.iter().any(|digest| self.digests.has(&digest))
    }
}

/// The name under which the index and this community have different bytes.
fn two_bytes(files: &[KnownFile]) -> Option<String> {
    let listed = files.iter().filter(|file| file.listed);
    let mut clash = listed.filter(|file| {
        let staged = |other: &&KnownFile| !other.listed && other.file_name == file.file_name;
        files.iter().any(|other| staged(&other))
    });
    clash.next().map(|file| file.file_name.clone().unwrap_or_else(|| "the file".to_owned()))
}
