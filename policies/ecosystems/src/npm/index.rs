//! Reading a packument in one pass: every version's range, and the few values in it that matter here.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use serde::de::MapAccess;
use url::Url;
use vetmoot_domain::{Ecosystem, Package, Timestamp, Version};

use super::abbreviated::Kept;
use super::tags::{Ranked, Tag, rank, read_tags};
use super::version::{VersionReader, settle};
use crate::json::{Members, Span, each_member, raw, skip, string, walk, walk_value};
use crate::limits::ENTRIES_MAX;
use crate::listing::{Complaints, Document, Entry, Listing, ListingError, ListingTraits, Segments, cut, text_of};

/// A packument cut into its versions.
#[derive(Debug, Clone)]
pub(crate) struct Packument {
    pub(super) bytes: Bytes,
    /// The members of the document in its order.
    pub(super) members: Vec<(String, Span)>,
    /// One for each entry.
    pub(super) versions: Vec<VersionAt>,
    /// What the abbreviated form keeps of all versions, one after the other.
    pub(super) kept: Vec<Kept>,
    pub(super) times: Vec<TimeAt>,
    pub(super) tags: Vec<Tag>,
    /// Entries with a readable version, lowest first.
    pub(super) order: Vec<Ranked>,
    /// When the document says it was last changed.
    pub(super) modified: Option<Span>,
}

/// Where a version lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct VersionAt {
    /// Its member in `versions`, from the key's quote to the object's end.
    pub(super) member: Span,
    /// Its object.
    pub(super) object: Span,
    /// The text of `dist.tarball`, with its quotes.
    pub(super) tarball: Span,
    /// Its part of [`Packument::kept`].
    pub(super) kept: (usize, usize),
    /// Whether the abbreviated form has to say that it runs scripts, since this document says it otherwise.
    pub(super) adds_install_script: bool,
}

/// Where a member of `time` lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeAt {
    pub(super) member: Span,
    /// The entry it is about; none for `created`, `modified` and versions no longer there.
    pub(super) entry: Option<usize>,
}

impl Packument {
    pub(crate) fn weight(&self) -> usize {
        self.bytes.len()
            + self.versions.len() * (size_of::<VersionAt>() + size_of::<Ranked>())
            + self.kept.len() * size_of::<Kept>()
            + self.times.len() * size_of::<TimeAt>()
    }
}

/// Reads the packument of `package`.
pub(super) fn read(package: &Package, document: Document<'_>) -> Result<Listing, ListingError> {
    let text = text_of(Ecosystem::Npm, package, &document.bytes)?;
    let mut reader = Reader::new(text, package, document.url);
    if !walk(text, &mut reader)? {
        return Err(ListingError::WrongShape { part: "packument", expected: "an object" });
    }
    if reader.too_many {
        return Err(ListingError::TooManyEntries);
    }
    if reader.wrong_versions {
        return Err(ListingError::WrongShape { part: "versions", expected: "an object" });
    }
    reader.check_name()?;
    let (times, modified) = reader.read_times();
    let order = rank(&reader.entries);
    let tags = read_tags(reader.value_of("dist-tags"), &reader.entries, &order, &mut reader.complaints);
    let traits = ListingTraits {
        has_times: reader.entries.iter().any(|entry| entry.published.is_some()),
        is_abbreviated: reader.is_abbreviated(document.content_type),
        ..Default::default()
    };
    let bytes = document.bytes.slice_ref(text.as_bytes());
    let Reader { entries, complaints, members, versions, kept, .. } = reader;
    let segments = Segments::Npm(Packument { bytes, members, versions, kept, times, tags, order, modified });
    Ok(Listing { package: package.clone(), entries, complaints: complaints.into_vec(), traits, segments })
}

struct Reader<'de> {
    text: &'de str,
    package: &'de Package,
    base: &'de Url,
    members: Vec<(String, Span)>,
    entries: Vec<Entry>,
    versions: Vec<VersionAt>,
    kept: Vec<Kept>,
    seen: HashSet<Cow<'de, str>>,
    complaints: Complaints,
    too_many: bool,
    wrong_versions: bool,
}

impl<'de> Members<'de> for Reader<'de> {
    fn member<A: MapAccess<'de>>(&mut self, key: Cow<'de, str>, map: &mut A) -> Result<(), A::Error> {
        if self.members.iter().any(|(known, _)| *known == key) {
            self.complaints.add(|| format!("the packument has two `{}`; the first one counts", cut(&key)));
            return skip(map);
        }
        // Its range is never copied whole, so that only its place among the members is kept.
        if key == "versions" {
            self.members.push((key.into_owned(), Span::default()));
            self.wrong_versions = !walk_value(map, &mut Versions(self))?;
            return Ok(());
        }
        let value = Span::of(self.text, raw(map)?);
        self.members.push((key.into_owned(), value));
        Ok(())
    }
}

/// The members of `versions`.
struct Versions<'r, 'de>(&'r mut Reader<'de>);

impl<'de> Members<'de> for Versions<'_, 'de> {
    fn member<A: MapAccess<'de>>(&mut self, key: Cow<'de, str>, map: &mut A) -> Result<(), A::Error> {
        let reader = &mut *self.0;
        if reader.entries.len() >= ENTRIES_MAX {
            reader.too_many = true;
            return skip(map);
        }
        let kept_before = reader.kept.len();
        let mut version = VersionReader::new(reader.text, &mut reader.kept);
        let is_object = walk_value(map, &mut version)?;
        let wire = version.done();
        let named: Option<Version> = match &key {
            Cow::Borrowed(text) => text.parse().ok(),
            // Nobody writes versions with escapes, and ranges are measured from the key.
            Cow::Owned(_) => None,
        };
        let settled = match named {
            _ if !is_object => Err("it is no object".to_owned()),
            None => Err("its key is no version".to_owned()),
            Some(version) => settle(version, &wire, reader.package, reader.base),
        };
        let twice = reader.seen.contains(&key);
        match settled {
            Ok((entry, tarball)) if !twice => {
                let kept = (kept_before, reader.kept.len());
                let (member, object) = ranges(reader.text, &key, wire.end);
                let adds_install_script = entry.has_install_scripts && !wire.says_install_script;
                let tarball = Span::of(reader.text, tarball);
                reader.versions.push(VersionAt { member, object, tarball, kept, adds_install_script });
                reader.entries.push(entry);
            }
            Ok(_) => {
                reader.kept.truncate(kept_before);
                reader.complaints.add(|| format!("version {} stands there twice; the first one counts", cut(&key)));
            }
            Err(why) => {
                reader.kept.truncate(kept_before);
                reader.complaints.add(|| format!("version {} is dropped: {why}", cut(&key)));
            }
        }
        reader.seen.insert(key);
        Ok(())
    }
}

/// The ranges of a version's member and object: from its key, which is written without escapes, to the brace behind its
/// last value.
fn ranges(text: &str, key: &str, last_value_end: usize) -> (Span, Span) {
    let key = Span::of(text, key);
    let blank = |text: Option<&str>| text.map_or(0, |text| text.len() - text.trim_start().len());
    let colon = key.end() + 1 + blank(text.get(key.end() + 1..));
    let start = colon + 1 + blank(text.get(colon + 1..));
    let end = last_value_end + blank(text.get(last_value_end..)) + 1;
    (Span::between(key.start().saturating_sub(1), end), Span::between(start, end))
}

impl<'de> Reader<'de> {
    fn new(text: &'de str, package: &'de Package, base: &'de Url) -> Self {
        Self {
            text,
            package,
            base,
            members: Vec::new(),
            entries: Vec::new(),
            versions: Vec::new(),
            kept: Vec::new(),
            seen: HashSet::new(),
            complaints: Complaints::default(),
            too_many: false,
            wrong_versions: false,
        }
    }

    /// The raw value of a member of the document.
    fn value_of(&self, name: &str) -> Option<&'de str> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| value.of_text(self.text))
    }

    fn check_name(&self) -> Result<(), ListingError> {
        let name = self.value_of("name").and_then(string);
        let name = name.ok_or(ListingError::WrongShape { part: "name", expected: "a text" })?;
        if name != self.package.name().as_str() {
            return Err(ListingError::OtherPackage { asked: self.package.name().to_string(), found: cut(&name) });
        }
        Ok(())
    }

    /// Dates the entries from `time`, and keeps what of it may be shown: nothing about versions that were dropped.
    fn read_times(&mut self) -> (Vec<TimeAt>, Option<Span>) {
        let mut times = Vec::new();
        let mut modified = self.value_of("modified").map(|value| Span::of(self.text, value));
        let Some(time) = self.value_of("time") else { return (times, modified) };
        let (text, seen, entries, complaints) = (self.text, &self.seen, &mut self.entries, &mut self.complaints);
        let positions: HashMap<String, usize> =
            entries.iter().enumerate().map(|(at, entry)| (entry.version.to_string(), at)).collect();
        let mut shown: HashSet<Cow<'de, str>> = HashSet::new();
        let read = each_member(time, |key, value| {
            let entry = positions.get(key.as_ref()).copied();
            let Cow::Borrowed(name) = key else {
                return complaints.add(|| format!("the time of {} is dropped: its key is written with escapes", cut(&key)));
            };
            if !shown.insert(key) {
                return complaints.add(|| format!("`time` has two {}; the first one counts", cut(name)));
            }
            if let Some(entry) = entry.and_then(|at| entries.get_mut(at)) {
                entry.published = string(value).and_then(|text| text.parse::<Timestamp>().ok());
                if entry.published.is_none() {
                    return complaints.add(|| format!("the time of {} is dropped: it is no time", cut(name)));
                }
            } else if seen.contains(name) {
                return;
            }
            if name == "modified" && modified.is_none() {
                modified = Some(Span::of(text, value));
            }
            let start = Span::of(text, name).start().saturating_sub(1);
            times.push(TimeAt { member: Span::between(start, Span::of(text, value).end()), entry });
        });
        if !read.unwrap_or(false) {
            complaints.add(|| "`time` is no object and is dropped".to_owned());
        }
        (times, modified)
    }

    /// Its media type says it; where a server does not, the abbreviated form is the one with `modified` instead of `time`.
    fn is_abbreviated(&self, content_type: Option<&str>) -> bool {
        let named = content_type.is_some_and(|kind| kind.contains("vnd.npm.install"));
        named || (self.value_of("modified").is_some() && self.value_of("time").is_none() && self.value_of("_id").is_none())
    }
}
