//! What the index has of a package already: taken names, versions and files, and who is there.

use std::cmp::Ordering;
use std::sync::Arc;

use vetmoot_domain::{CandidateState, Ecosystem, Home, Version};
use vetmoot_ecosystems::{Entry, world};

use crate::ctx::Ctx;
use crate::limits::PYTHON_RELEASE_TAKES_FILES;
use crate::problem::{Kind, Problem};
use crate::registry::listing::{self, Current};
use crate::submission::candidate::{self, Wanted};
use crate::submission::finding::Finding;
use crate::submission::hand_in::Handed;
use crate::submission::{FileKind, ProjectRow};

/// What the index says of the package.
pub(super) enum Listed {
    /// It lists it.
    There(Arc<Current>),
    /// It does not know the name.
    Unknown,
    /// It did not answer, and what it said before is not known here.
    Silent(Problem),
}

impl Listed {
    /// Whether nobody has published under the name yet, as far as is known.
    pub(super) fn is_new(&self) -> bool {
        match self {
            Self::There(current) => current.listing.entries.is_empty(),
            Self::Unknown | Self::Silent(_) => true,
        }
    }

    /// Whether the index itself said so; one that is silent may have the name.
    pub(super) fn is_certainly_new(&self) -> bool {
        self.is_new() && !matches!(self, Self::Silent(_))
    }
}

/// Asks the index of the project's home, once, with what was read before as a condition.
pub(super) async fn listing(ctx: &Ctx, project: &ProjectRow) -> Listed {
    match listing::current(ctx, &project.package).await {
        Ok(current) => Listed::There(current),
        Err(problem) if problem.kind == Kind::NotFound => Listed::Unknown,
        Err(problem) => Listed::Silent(problem),
    }
}

/// What speaks against the release, by what is there already.
pub(super) async fn check(ctx: &Ctx, project: &ProjectRow, handed: &Handed, listed: &Listed) -> Result<Vec<Finding>, Problem> {
    let current = match listed {
        Listed::There(current) => current,
        Listed::Unknown => return Ok(Vec::new()),
        Listed::Silent(problem) => {
            tracing::info!(package = %project.package, code = problem.code, "pre-flight could not ask the index");
            let text = "The index did not answer, so nobody looked whether name, version and file are free";
            return Ok(vec![Finding::warning("index-silent", text, "look there yourself before it is released")]);
        }
    };
    let mut findings = Vec::new();
    let entries = &current.listing.entries;
    findings.extend(taken(project, handed, current));
    if findings.is_empty() {
        findings.extend(too_late(ctx, project, handed, entries));
        findings.extend(second_source(project, handed, entries));
        findings.extend(lower(project, &handed.version, entries));
    }
    if project.home == Home::Official && !entries.is_empty() && !has_released(ctx, project).await? {
        findings.push(somebody_there(project, current));
    }
    Ok(findings)
}

/// Whether the very file, or the version where an index has one file a version, is there.
fn taken(project: &ProjectRow, handed: &Handed, current: &Current) -> Option<Finding> {
    let is_it = |entry: &Entry| match handed.kind {
        FileKind::Sdist | FileKind::Wheel => entry.file_name.as_deref() == Some(handed.file_name.as_str()),
        FileKind::Crate | FileKind::Tgz => is_version(project.package.ecosystem(), &entry.version, &handed.version),
    };
    let (entry, file) = current.entries().find(|(entry, _)| is_it(entry))?;
    let what = match &entry.file_name {
        Some(name) => format!("The file `{name}`"),
        None => format!("The version {}", entry.version),
    };
    let yanked = if entry.yanked.is_some() { ", yanked" } else { "" };
    let same = file.digests.sha256 == Some(handed.stored.sha256)
        || (handed.stored.digests.sha512.is_some() && file.digests.sha512 == handed.stored.digests.sha512);
    if same {
        let text = format!("{what} is on the index already{yanked}, with exactly these bytes");
        return Some(Finding::error(
            "already-released",
            text,
            "there is nothing left to release; raise the version for the next one",
        ));
    }
    let text = format!("{what} is on the index already{yanked}, and no index takes the same name twice");
    Some(Finding::error("version-taken", text, "raise the version, build it anew and hand that in").at(&handed.file_name))
}

/// Whether two versions are one to the index: crates differ by more than build metadata, Python spells versions freely.
fn is_version(ecosystem: Ecosystem, there: &Version, handed: &Version) -> bool {
    let bare = |version: &Version| version.as_str().split('+').next().unwrap_or_default().to_owned();
    match ecosystem {
        Ecosystem::Cargo | Ecosystem::Npm => bare(there) == bare(handed),
        Ecosystem::Pypi => world(ecosystem).versions().compare(there, handed) == Ordering::Equal,
    }
}

/// The official Python index takes no further files of a release that is older than some days.
fn too_late(ctx: &Ctx, project: &ProjectRow, handed: &Handed, entries: &[Entry]) -> Option<Finding> {
    if project.package.ecosystem() != Ecosystem::Pypi || project.home != Home::Official {
        return None;
    }
    let of_release = entries.iter().filter(|entry| is_version(Ecosystem::Pypi, &entry.version, &handed.version));
    let first = of_release.filter_map(|entry| entry.published).min()?;
    (ctx.clock.now() > first.plus(PYTHON_RELEASE_TAKES_FILES)).then(|| {
        let text = format!(
            "{} was released more than 14 days ago, and the official index takes no further files of such a release",
            handed.version
        );
        let fix = "hand all files of a new version in together";
        // Other indexes keep other rules.
        if ctx.publishing.targets.contains_key(&Ecosystem::Pypi) {
            Finding::warning("release-too-old", text, fix)
        } else {
            Finding::error("release-too-old", text, fix)
        }
    })
}

/// The official Python index takes one source distribution of a release (PEP 527).
fn second_source(project: &ProjectRow, handed: &Handed, entries: &[Entry]) -> Option<Finding> {
    if project.home != Home::Official || handed.kind != FileKind::Sdist {
        return None;
    }
    let ends = |name: &str| [".tar.gz", ".zip"].iter().any(|ending| name.ends_with(ending));
    let of_release = entries.iter().filter(|entry| is_version(Ecosystem::Pypi, &entry.version, &handed.version));
    let there = of_release.filter_map(|entry| entry.file_name.as_deref()).find(|name| ends(name))?;
    let text = format!(
        "The release has the source distribution `{}` on the index, which takes one of each release",
        shown_name(there)
    );
    Some(Finding::error("second-sdist", text, "leave this one out").at(&handed.file_name))
}

fn lower(project: &ProjectRow, version: &Version, entries: &[Entry]) -> Option<Finding> {
    let versions = world(project.package.ecosystem()).versions();
    let newest = entries
        .iter()
        .filter(|entry| entry.yanked.is_none() && !versions.is_prerelease(&entry.version))
        .map(|entry| &entry.version)
        .max_by(|a, b| versions.compare(a, b))?;
    (versions.compare(version, newest) == Ordering::Less).then(|| {
        let text = format!("{version} is lower than {newest}, which is the newest on the index");
        Finding::warning("version-not-newest", text, "fine for a fix of an older line; else raise the version")
    })
}

async fn has_released(ctx: &Ctx, project: &ProjectRow) -> Result<bool, Problem> {
    let wanted = Wanted { package: Some(project.package.clone()), states: vec![CandidateState::Released], uploader: None };
    Ok(!candidate::list(ctx, &wanted, 0, 1).await?.is_empty())
}

/// The name is somebody's: perhaps the uploader's own, perhaps not.
fn somebody_there(project: &ProjectRow, current: &Current) -> Finding {
    let versions = world(project.package.ecosystem()).versions();
    let mut there: Vec<_> = current.entries().collect();
    there.sort_by(|a, b| versions.compare(&a.0.version, &b.0.version));
    let who =
        there.iter().rev().find_map(|(_, file)| file.publisher.as_ref()).map(|publisher| format!(" by {}", shown(publisher)));
    let newest = there.last().map(|(entry, _)| entry.version.to_string()).unwrap_or_default();
    let text = format!(
        "The official index has {} already, {newest} the newest{}, and this community has released none of it",
        project.package,
        who.unwrap_or_default()
    );
    let fix = "make sure that it is the same project, and that the community's account may publish it there";
    Finding::warning("name-taken", text, fix)
}

fn shown_name(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(120).collect()
}

fn shown(publisher: &vetmoot_domain::Publisher) -> String {
    publisher.to_string().chars().filter(|c| !c.is_control()).take(80).collect()
}
