//! Dist-tags that never point at what is not listed.

use std::borrow::Cow;

use vetmoot_domain::Version;

use super::index::Packument;
use super::versions::read as read_version;
use crate::json::{each_member, string};
use crate::limits::DIST_TAGS_MAX;
use crate::listing::{Complaints, Entry, cut};
use crate::shown::{Fate, Shown, fate};

/// An entry in the order of versions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ranked {
    pub(super) entry: usize,
    prerelease: bool,
}

/// A dist-tag as upstream has it.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub(super) name: String,
    /// The entry it points at; none when upstream left it dangling, or its version was dropped.
    entry: Option<usize>,
    /// How many of the ordered versions are not above the one it points at.
    below: usize,
    /// Whether that one is a pre-release; a tag on a release never moves to one.
    prerelease: bool,
}

/// The entries with a readable version, lowest first.
pub(super) fn rank(entries: &[Entry]) -> Vec<Ranked> {
    let mut readable: Vec<(nodejs_semver::Version, usize)> =
        entries.iter().enumerate().filter_map(|(at, entry)| Some((read_version(&entry.version)?, at))).collect();
    readable.sort();
    readable.into_iter().map(|(version, entry)| Ranked { entry, prerelease: version.is_prerelease() }).collect()
}

/// Reads `dist-tags`.
pub(super) fn read_tags(raw: Option<&str>, entries: &[Entry], order: &[Ranked], complaints: &mut Complaints) -> Vec<Tag> {
    let mut tags: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
    let mut more = 0;
    let is_object = each_member(raw.unwrap_or("{}"), |name, value| match string(value) {
        _ if tags.len() >= DIST_TAGS_MAX => more += 1,
        Some(_) if tags.iter().any(|(known, _)| *known == name) => {
            complaints.add(|| format!("the tag {} stands there twice; the first one counts", cut(&name)));
        }
        Some(version) => tags.push((name, version)),
        None => complaints.add(|| format!("the tag {} is dropped: it points at no text", cut(&name))),
    });
    if !is_object.unwrap_or(false) {
        complaints.add(|| "`dist-tags` is no object and is dropped".to_owned());
    }
    if more > 0 {
        complaints.add(|| format!("{more} dist-tags beyond {DIST_TAGS_MAX} are dropped"));
    }
    tags.into_iter().map(|(name, version)| tag(&name, &version, entries, order, complaints)).collect()
}

fn tag(name: &str, version: &str, entries: &[Entry], order: &[Ranked], complaints: &mut Complaints) -> Tag {
    let entry = entries.iter().position(|entry| entry.version.as_str() == version);
    if entry.is_none() {
        complaints.add(|| format!("the tag {} points at {}, which is not there", cut(name), cut(version)));
    }
    let target = version.parse::<Version>().ok().as_ref().and_then(read_version);
    let below = target.as_ref().map_or(0, |target| {
        order.partition_point(|ranked| {
            let version = entries.get(ranked.entry).and_then(|entry| read_version(&entry.version));
            version.is_some_and(|version| version <= *target)
        })
    });
    Tag { name: name.to_owned(), entry, below, prerelease: target.is_some_and(|target| target.is_prerelease()) }
}

impl Packument {
    /// Where a tag points once the withheld versions are gone: at its version, else at the highest listed one not above
    /// it, else nowhere.
    pub(super) fn resolve(&self, tag: &Tag, shown: &[Shown]) -> Option<usize> {
        let listed = |entry: usize| fate(shown, entry) == Fate::AsIs;
        if let Some(entry) = tag.entry.filter(|entry| listed(*entry)) {
            return Some(entry);
        }
        let candidates = self.order.get(..tag.below).unwrap_or_default().iter().rev();
        let mut candidates = candidates.filter(|ranked| tag.prerelease || !ranked.prerelease);
        candidates.find(|ranked| listed(ranked.entry)).map(|ranked| ranked.entry)
    }
}
