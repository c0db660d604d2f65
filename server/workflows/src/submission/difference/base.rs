//! What a candidate is compared with: the last version before it, and of that the file of the same kind.

use std::cmp::Ordering;
use std::sync::Arc;

use vetmoot_domain::{Package, Version, Versions};
use vetmoot_ecosystems::{Entry, world};

use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};
use crate::registry::bytes;
use crate::registry::listing::{self, Current, FileFacts};
use crate::submission::{FileKind, FileRow};

/// A version that was released, and where it is listed.
pub(super) struct Released {
    /// The version.
    pub version: Version,
    current: Arc<Current>,
}

/// A file to compare with; its bytes lie here.
pub(super) struct Before {
    pub version: Version,
    pub file_name: String,
    pub size: u64,
    pub sha256: [u8; 32],
}

/// What there is to compare a file with.
pub(super) enum Found {
    /// This.
    There(Before),
    /// Nothing of its kind: everything is new. The note says why, unless it is the first release.
    Nothing(Option<String>),
    /// It is not known, or its bytes cannot be had now.
    Silent(String),
}

/// The last version released before this one; none when there is none, an error when nobody can tell.
pub(super) async fn released(ctx: &Ctx, package: &Package, version: &Version) -> Result<Option<Released>, Problem> {
    let current = match listing::current(ctx, package).await {
        Ok(current) => current,
        Err(problem) if problem.kind == Kind::NotFound => return Ok(None),
        Err(problem) => return Err(problem),
    };
    let found = choose(world(package.ecosystem()).versions(), version, &current.listing.entries);
    Ok(found.map(|version| Released { version, current }))
}

/// The highest version below the candidate's, a proper release if there is one; else the highest of all others.
fn choose(versions: &dyn Versions, version: &Version, entries: &[Entry]) -> Option<Version> {
    let rank = |entry: &Entry| {
        let below = versions.compare(&entry.version, version) == Ordering::Less;
        (below, entry.yanked.is_none(), !versions.is_prerelease(&entry.version))
    };
    entries
        .iter()
        .filter(|entry| versions.compare(&entry.version, version) != Ordering::Equal)
        .max_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| versions.compare(&a.version, &b.version)))
        .map(|entry| entry.version.clone())
}

/// The file of the released version that a candidate's file is compared with, fetched when it is not here.
pub(super) async fn of(ctx: &Ctx, package: &Package, released: &Result<Option<Released>, Problem>, row: &FileRow) -> Found {
    let released = match released {
        Ok(Some(released)) => released,
        Ok(None) => return Found::Nothing(None),
        Err(problem) => return Found::Silent(format!("what was released before is not known now: {}", problem.text)),
    };
    let Some((entry, file)) = counterpart(released, row) else {
        return Found::Nothing(Some(format!("{} has no file of this kind, so everything is new", released.version)));
    };
    let file_name = entry.file_name.clone().unwrap_or_else(|| row.file_name.replace(&*later(row), released.version.as_str()));
    if file.incident.is_some() {
        return Found::Silent(format!("the index changed {file_name} under its name, so it is not compared with"));
    }
    match bytes::fetched(ctx, package, entry, file).await {
        Ok((sha256, size)) => Found::There(Before { version: entry.version.clone(), file_name, size, sha256 }),
        Err(problem) => Found::Silent(format!("{file_name} cannot be had now: {}", problem.text)),
    }
}

/// The version as the file's name has it: what stands between the last hyphen and the ending.
fn later(row: &FileRow) -> String {
    let stem = row.file_name.trim_end_matches(".crate").trim_end_matches(".tgz");
    // Versions have hyphens of their own; the first one that a digit follows begins it.
    let at = stem.match_indices('-').find(|(at, _)| stem.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit));
    at.and_then(|(at, _)| stem.get(at + 1..)).unwrap_or(stem).to_owned()
}

fn counterpart<'r>(released: &'r Released, row: &FileRow) -> Option<(&'r Entry, &'r FileFacts)> {
    let of_version: Vec<_> = released.current.entries().filter(|(entry, _)| entry.version == released.version).collect();
    let ends = |end: &str| {
        of_version.iter().copied().find(|(entry, _)| entry.file_name.as_deref().is_some_and(|name| name.ends_with(end)))
    };
    match row.kind {
        FileKind::Crate | FileKind::Tgz => of_version.first().copied(),
        FileKind::Sdist => ends(".tar.gz").or_else(|| ends(".zip")),
        FileKind::Wheel => {
            let tags = tags(&row.file_name);
            let same = of_version
                .iter()
                .copied()
                .find(|(entry, _)| entry.file_name.as_deref().is_some_and(|name| self::tags(name) == tags));
            same.or_else(|| ends("-none-any.whl")).or_else(|| ends(".whl"))
        }
    }
}

/// For which Python, binary interface and platform a wheel is.
fn tags(name: &str) -> Option<(&str, &str, &str)> {
    let mut parts = name.strip_suffix(".whl")?.rsplit('-');
    let (platform, abi, python) = (parts.next()?, parts.next()?, parts.next()?);
    Some((python, abi, platform))
}
