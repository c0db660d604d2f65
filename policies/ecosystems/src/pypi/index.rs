//! Reading a simple page: JSON as PEP 691 says, or HTML turned into it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use bytes::Bytes;
use url::Url;
use vetmoot_domain::{Ecosystem, Package, Version};

use super::file::Wire;
use super::{html, names};
use crate::json::{Span, each_element, each_member, string};
use crate::limits::ENTRIES_MAX;
use crate::listing::{Complaints, Document, Entry, Listing, ListingError, ListingTraits, Segments, absolute, cut, text_of};

/// A simple page cut into its files.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(super) bytes: Bytes,
    /// The members of the document in its order; `files` is one of them.
    pub(super) members: Vec<(String, Span)>,
    /// One for each entry.
    pub(super) files: Vec<File>,
}

impl Page {
    pub(crate) fn weight(&self) -> usize {
        self.bytes.len() + self.files.len() * size_of::<File>()
    }
    /// The raw value of a member of the document.
    pub(super) fn member(&self, name: &str) -> Option<&[u8]> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| value.of_bytes(&self.bytes))
    }
}

/// One file's object, and the values in it that are replaced or shown in HTML.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct File {
    pub(super) object: Span,
    pub(super) url: Span,
    pub(super) yanked: Option<Span>,
    /// Only when it is relative and has to be made absolute.
    pub(super) provenance: Option<Span>,
    pub(super) hashes: Option<Span>,
    pub(super) requires_python: Option<Span>,
    pub(super) gpg_sig: Option<Span>,
}

/// Reads the page of `package`.
pub(super) fn read(package: &Package, document: Document<'_>) -> Result<Listing, ListingError> {
    let text = text_of(Ecosystem::Pypi, package, &document.bytes)?;
    let mut complaints = Complaints::default();
    let is_html = is_html(document.content_type, text);
    let bytes = if is_html {
        Bytes::from(html::to_json(text, document.url, package, &mut complaints))
    } else {
        document.bytes.slice_ref(text.as_bytes())
    };
    let text = std::str::from_utf8(&bytes).map_err(|error| ListingError::NotText { at: error.valid_up_to() })?;
    let members = members(package, text, &mut complaints)?;
    let value = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| value.of_text(text));
    let spellings = Spellings::of(value("versions"));
    let mut reading = Reading {
        package,
        text,
        base: document.url,
        spellings,
        complaints,
        seen: HashSet::new(),
        entries: vec![],
        files: vec![],
    };
    let shape = ListingError::WrongShape { part: "files", expected: "an array of objects" };
    let mut too_many = false;
    let is_array = each_element(value("files").ok_or_else(|| shape.clone())?, |element| {
        if reading.entries.len() < ENTRIES_MAX {
            reading.file(element);
        } else {
            too_many = true;
        }
    })?;
    if !is_array {
        return Err(shape);
    }
    if too_many {
        return Err(ListingError::TooManyEntries);
    }
    let Reading { entries, files, complaints, .. } = reading;
    let traits = ListingTraits {
        has_times: entries.iter().any(|entry| entry.published.is_some()),
        has_sizes: entries.iter().any(|entry| entry.size.is_some()),
        has_core_metadata: entries.iter().any(|entry| entry.has_metadata),
        is_html,
        is_abbreviated: false,
    };
    let segments = Segments::Pypi(Page { bytes: bytes.clone(), members, files });
    Ok(Listing { package: package.clone(), entries, complaints: complaints.into_vec(), traits, segments })
}

/// The header says it, and where there is none, the first character does.
fn is_html(content_type: Option<&str>, text: &str) -> bool {
    match content_type.map(str::to_ascii_lowercase) {
        Some(kind) if kind.contains("json") => false,
        Some(kind) if kind.contains("html") => true,
        _ => !text.trim_start().starts_with('{'),
    }
}

/// The members of the document, each once, after its name was found to be the package's.
fn members(package: &Package, text: &str, complaints: &mut Complaints) -> Result<Vec<(String, Span)>, ListingError> {
    let mut members: Vec<(String, Span)> = Vec::new();
    let mut name = None;
    let is_object = each_member(text, |key, value| {
        if members.iter().any(|(known, _)| *known == key) {
            complaints.add(|| format!("the page has two `{}`; the first one counts", cut(&key)));
            return;
        }
        if key == "name" {
            name = Some(value);
        }
        members.push((key.into_owned(), Span::of(text, value)));
    })?;
    if !is_object {
        return Err(ListingError::WrongShape { part: "page", expected: "an object" });
    }
    if let Some(value) = name {
        let found = string(value).ok_or(ListingError::WrongShape { part: "name", expected: "a text" })?;
        if Package::new(Ecosystem::Pypi, &found).ok().as_ref() != Some(package) {
            return Err(ListingError::OtherPackage { asked: package.name().to_string(), found: cut(&found) });
        }
    }
    Ok(members)
}

/// How the index itself writes its versions (PEP 700), so that `foo-1.0.tar.gz` and `foo-1.0.0-py3-none-any.whl` are files
/// of one release, in the spelling advisories and people use.
struct Spellings(HashMap<pep440_rs::Version, Version>);

impl Spellings {
    fn of(versions: Option<&str>) -> Self {
        let mut spellings = HashMap::new();
        let read = each_element(versions.unwrap_or("[]"), |element| {
            let text = string(element).unwrap_or_default();
            if let (Ok(version), Ok(spelling)) = (pep440_rs::Version::from_str(&text), text.parse()) {
                spellings.entry(version).or_insert(spelling);
            }
        });
        // The text was read as part of the page already; a list of another type only means that nothing is known.
        if read.is_err() {
            spellings.clear();
        }
        Self(spellings)
    }
    fn apply(&mut self, version: Version) -> Version {
        match pep440_rs::Version::from_str(version.as_str()) {
            Ok(read) => self.0.entry(read).or_insert(version).clone(),
            Err(_) => version,
        }
    }
}

struct Reading<'a> {
    package: &'a Package,
    text: &'a str,
    base: &'a Url,
    spellings: Spellings,
    complaints: Complaints,
    seen: HashSet<String>,
    entries: Vec<Entry>,
    files: Vec<File>,
}

impl<'a> Reading<'a> {
    fn file(&mut self, object: &'a str) {
        match self.entry(object) {
            Ok((entry, file)) => {
                self.entries.push(entry);
                self.files.push(file);
            }
            Err(complaint) => self.complaints.add(|| complaint),
        }
    }

    fn entry(&mut self, object: &'a str) -> Result<(Entry, File), String> {
        let mut wire = Wire::default();
        let is_object = each_member(object, |key, value| wire.member(&key, value)).unwrap_or(false);
        let name = wire.filename.and_then(string);
        let Some(name) = name.filter(|_| is_object) else {
            return Err(format!("a file without a name is dropped: {}", cut(object)));
        };
        let drop = |why: &str| format!("{} is dropped: {why}", cut(&name));
        // Clients differ in which of two equal members they believe.
        if let Some(key) = &wire.twice {
            return Err(drop(&format!("it has two `{key}`")));
        }
        let (version, _) = names::read_file_name(self.package, &name).map_err(|error| drop(&error.to_string()))?;
        if !self.seen.insert(name.to_string()) {
            return Err(drop("it stands there twice; the first one counts"));
        }
        let raw_url = wire.url.ok_or_else(|| drop("it has no url"))?;
        let (url, _) = string(raw_url)
            .and_then(|link| absolute(self.base, &link))
            .ok_or_else(|| drop("its url is no http or https address"))?;
        let mut entry = Entry::new(self.spellings.apply(version), url);
        wire.fill(&mut entry, self.base).map_err(|why| drop(&why))?;
        if wire.upload_time.and_then(string).is_some() && entry.published.is_none() {
            self.complaints.add(|| format!("the upload-time of {} is no time", cut(&name)));
        }
        let span = |value: &str| Span::of(self.text, value);
        let is_relative = |value: &&str| string(value) != entry.provenance.as_deref().map(Cow::Borrowed);
        let file = File {
            object: span(object),
            url: span(raw_url),
            yanked: wire.yanked.map(span),
            provenance: wire.provenance.filter(|raw| *raw != "null").filter(is_relative).map(span),
            hashes: wire.hashes.map(span),
            requires_python: wire.requires_python.map(span),
            gpg_sig: wire.gpg_sig.map(span),
        };
        entry.file_name = Some(name.into_owned());
        Ok((entry, file))
    }
}
