//! Reading a sparse index file: one JSON object a line, one line a version (Cargo Book, "Index format").

use std::borrow::Cow;
use std::collections::HashSet;

use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use vetmoot_domain::{Digest, Digests, Ecosystem, Package, Timestamp, Version};

use super::config::{download_url, is_template};
use crate::json::{Span, string};
use crate::limits::ENTRIES_MAX;
use crate::listing::{Complaints, Document, Entry, Listing, ListingError, ListingTraits, Segments, cut, text_of};

/// The lines of an index file.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    pub(super) bytes: Bytes,
    /// One for each entry.
    pub(super) lines: Vec<Line>,
}

impl Lines {
    pub(crate) fn weight(&self) -> usize {
        self.bytes.len() + self.lines.len() * size_of::<Line>()
    }
}

/// One line and what has to change in it to yank its version.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// The line with its line feed, if it has one.
    pub(super) whole: Span,
    /// What `true` replaces; an empty range before the closing brace when the member is missing.
    pub(super) yanked: Yanked,
}

/// Where a line says whether it is yanked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Yanked {
    /// It is yanked upstream; nothing has to change.
    Already,
    /// `false` or `null` stands here.
    False(Span),
    /// Nowhere; the object closes at the beginning of this range.
    Missing(Span),
}

/// The name in the first line; all lines agree.
pub(super) fn spelling(lines: &Lines) -> Option<String> {
    let first = lines.lines.first()?.whole.of_bytes(&lines.bytes);
    let wire: Wire<'_> = serde_json::from_slice(first).ok()?;
    Some(wire.name.into_owned())
}

/// What is read of a line. A member that is there twice makes the line unreadable, as it does for cargo.
#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    vers: Cow<'a, str>,
    #[serde(borrow)]
    cksum: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "present")]
    yanked: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    pubtime: Option<&'a RawValue>,
}

/// A member that stands there, even as `null`: another one of its name must then not be added.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&'a RawValue>::deserialize(deserializer).map(Some)
}

/// Reads an index file about `package`.
pub(super) fn read(package: &Package, document: Document<'_>) -> Result<Listing, ListingError> {
    let bytes = document.bytes.clone();
    let text = text_of(Ecosystem::Cargo, package, &bytes)?;
    let mut reading = Reading::new(package, document.cargo_dl);
    for piece in text.split_inclusive('\n') {
        let line = piece.trim_end_matches(['\n', '\r']);
        if line.trim().is_empty() {
            continue;
        }
        if reading.entries.len() >= ENTRIES_MAX {
            return Err(ListingError::TooManyEntries);
        }
        let whole = Span::of(text, piece);
        match reading.line(line, text) {
            Ok((entry, yanked)) => {
                reading.entries.push(entry);
                reading.lines.push(Line { whole, yanked });
            }
            Err(Dropped::Complaint(complaint)) => reading.complaints.add(|| complaint),
            Err(Dropped::OtherPackage(found)) => {
                return Err(ListingError::OtherPackage { asked: package.name().to_string(), found });
            }
        }
    }
    // A byte order mark shifts every range; the document is cut behind it so that they agree again.
    let bytes = bytes.slice_ref(text.as_bytes());
    let traits = ListingTraits { has_times: reading.entries.iter().any(|e| e.published.is_some()), ..Default::default() };
    Ok(Listing {
        package: package.clone(),
        entries: reading.entries,
        complaints: reading.complaints.into_vec(),
        traits,
        segments: Segments::Cargo(Lines { bytes, lines: reading.lines }),
    })
}

enum Dropped {
    Complaint(String),
    OtherPackage(String),
}

struct Reading<'a> {
    asked: &'a Package,
    dl: Option<&'a str>,
    /// The name as the index spells it; all lines must agree.
    spelled: Option<String>,
    seen: HashSet<Version>,
    seen_without_build: HashSet<String>,
    entries: Vec<Entry>,
    lines: Vec<Line>,
    complaints: Complaints,
}

impl<'a> Reading<'a> {
    fn new(asked: &'a Package, dl: Option<&'a str>) -> Self {
        let mut complaints = Complaints::default();
        let dl = dl.filter(|dl| {
            let fine = is_template(dl);
            if !fine {
                complaints.add(|| format!("the download template `{}` gives no http or https address", cut(dl)));
            }
            fine
        });
        Self {
            asked,
            dl,
            spelled: None,
            seen: HashSet::new(),
            seen_without_build: HashSet::new(),
            entries: Vec::new(),
            lines: Vec::new(),
            complaints,
        }
    }

    fn line(&mut self, line: &str, text: &str) -> Result<(Entry, Yanked), Dropped> {
        let wire: Wire<'_> = serde_json::from_str(line)
            .map_err(|error| Dropped::Complaint(format!("a line is unreadable ({error}): {}", cut(line))))?;
        self.spelling(&wire.name)?;
        let drop = |why: &str| Dropped::Complaint(format!("version {}: {why}", cut(&wire.vers)));
        let semver = semver::Version::parse(&wire.vers).map_err(|_| drop("it is no SemVer version"))?;
        let version: Version = wire.vers.parse().map_err(|_| drop("it is longer than a version may be"))?;
        let digest = Digest::sha256_hex(&wire.cksum).map_err(|_| drop("its cksum is no SHA-256"))?;
        let yanked = yanked(line, text, wire.yanked).ok_or_else(|| drop("its `yanked` is neither true nor false"))?;
        if self.seen.contains(&version) {
            return Err(drop("it stands there twice; the first line counts"));
        }
        let without_build = format!("{}.{}.{}-{}", semver.major, semver.minor, semver.patch, semver.pre);
        if !self.seen_without_build.insert(without_build) {
            self.complaints.add(|| format!("version {version}: another one differs from it in build metadata alone"));
        }
        self.seen.insert(version.clone());
        let url = self.dl.map(|dl| download_url(dl, &wire.name, &wire.vers, &digest.hex())).unwrap_or_default();
        let mut entry = Entry::new(version, url);
        entry.digests = Digests::of(digest);
        entry.yanked = matches!(yanked, Yanked::Already).then(String::new);
        if let Some(time) = wire.pubtime.filter(|raw| raw.get() != "null") {
            entry.published = string(time.get()).and_then(|text| text.parse::<Timestamp>().ok());
            if entry.published.is_none() {
                self.complaints.add(|| format!("version {}: its pubtime is no time", entry.version));
            }
        }
        Ok((entry, yanked))
    }

    /// An index file is about one crate, and spells its name in one way; which one is the index's matter.
    fn spelling(&mut self, name: &str) -> Result<(), Dropped> {
        match &self.spelled {
            Some(spelled) if spelled == name => Ok(()),
            Some(_) => Err(Dropped::Complaint(format!("a line is about another crate, `{}`", cut(name)))),
            None if Package::new(Ecosystem::Cargo, name).is_ok_and(|package| package == *self.asked) => {
                self.spelled = Some(name.to_owned());
                Ok(())
            }
            None => Err(Dropped::OtherPackage(cut(name))),
        }
    }
}

/// Where the line has to change; none when its `yanked` is of another type.
fn yanked(line: &str, text: &str, value: Option<&RawValue>) -> Option<Yanked> {
    match value.map(RawValue::get) {
        Some("true") => Some(Yanked::Already),
        Some(value @ ("false" | "null")) => Some(Yanked::False(Span::of(text, value))),
        Some(_) => None,
        // The object has members (three were just read), so that a comma is right before another one.
        None => line.trim_end().strip_suffix('}').map(|body| {
            let end = Span::of(text, body).end();
            Yanked::Missing(Span::between(end, end))
        }),
    }
}
