//! What an index says about one package: values to judge by, and byte ranges to answer with.

use bytes::Bytes;
use url::Url;
use vetmoot_domain::{Digest, Digests, Ecosystem, Package, Publisher, Timestamp, Version};

use crate::limits::{COMPLAINTS_MAX, DOCUMENT_BYTES_MAX, ENTRIES_MAX, REASON_BYTES_MAX, URL_BYTES_MAX};
use crate::{cargo, npm, pypi};

/// An index document as it came from upstream, with what is needed to understand it.
#[derive(Debug, Clone)]
pub struct Document<'a> {
    /// The body, uncompressed.
    pub bytes: Bytes,
    /// The `Content-Type` it came with.
    pub content_type: Option<&'a str>,
    /// Where it was read, after redirects: the base of its relative links.
    pub url: &'a Url,
    /// For cargo: the `dl` template of the index's `config.json`; without it entries have an empty URL.
    pub cargo_dl: Option<&'a str>,
}

/// An index document read once.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The package.
    pub package: Package,
    /// What can be judged and served, in the document's order.
    pub entries: Vec<Entry>,
    /// What was dropped, moved or misunderstood, and why; one sentence each, at most [`COMPLAINTS_MAX`] and a count.
    pub complaints: Vec<String>,
    /// What kind of document it was.
    pub traits: ListingTraits,
    pub(crate) segments: Segments,
}

/// The byte ranges of a document, as its ecosystem cuts it.
#[derive(Debug, Clone)]
pub(crate) enum Segments {
    Cargo(cargo::Lines),
    Pypi(pypi::Page),
    Npm(npm::Packument),
}

impl Listing {
    /// About how many bytes this listing occupies, for caches that weigh what they keep.
    pub fn weight(&self) -> usize {
        let entries: usize = self.entries.iter().map(Entry::weight).sum();
        let complaints: usize = self.complaints.iter().map(String::len).sum();
        let segments = match &self.segments {
            Segments::Cargo(lines) => lines.weight(),
            Segments::Pypi(page) => page.weight(),
            Segments::Npm(packument) => packument.weight(),
        };
        entries + complaints + segments
    }
    /// The position of the entry of that version, and of that file where releases have several.
    pub fn position(&self, version: &Version, file_name: Option<&str>) -> Option<usize> {
        self.entries.iter().position(|entry| entry.version == *version && entry.file_name.as_deref() == file_name)
    }
    /// The position of the entry with that file name, on indexes that publish several files a release.
    pub fn position_of_file(&self, file_name: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.file_name.as_deref() == Some(file_name))
    }
}

/// What a document offers, and what it lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListingTraits {
    /// At least one entry says when it was published.
    pub has_times: bool,
    /// At least one entry says how large it is.
    pub has_sizes: bool,
    /// At least one file's metadata can be read without the file (PEP 658).
    pub has_core_metadata: bool,
    /// It was an HTML page (PEP 503), not JSON.
    pub is_html: bool,
    /// It was npm's abbreviated form, which lacks what the full one has.
    pub is_abbreviated: bool,
}

/// One version, or one file of a version, as its index describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The version.
    pub version: Version,
    /// The file's name, on indexes that publish several files a release (PyPI); none on cargo's and npm's.
    pub file_name: Option<String>,
    /// The strong digests the index names; empty where it names none.
    pub digests: Digests,
    /// The SHA-1 the index names. It identifies nothing; old npm releases have nothing else.
    pub sha1: Option<[u8; 20]>,
    /// When the index says it was published.
    pub published: Option<Timestamp>,
    /// Its size in bytes, as the index says.
    pub size: Option<u64>,
    /// The absolute upstream URL of the bytes, without fragment; empty for cargo without a `dl` template.
    pub url: String,
    /// Set when upstream yanked it: the reason, or an empty text. npm's deprecation is no yank.
    pub yanked: Option<String>,
    /// The digest of the separate metadata file (PEP 658), where the index names one.
    pub core_metadata: Option<Digest>,
    /// Whether the index offers a separate metadata file, with or without digest.
    pub has_metadata: bool,
    /// Who published it, where the index says so.
    pub publisher: Option<Publisher>,
    /// Where its provenance lies upstream (PEP 740), absolute.
    pub provenance: Option<String>,
    /// Whether installing it runs scripts of its own (npm).
    pub has_install_scripts: bool,
}

impl Entry {
    /// An entry of which nothing is known yet but its version and where its bytes lie.
    pub(crate) fn new(version: Version, url: String) -> Self {
        Self {
            version,
            file_name: None,
            digests: Digests::default(),
            sha1: None,
            published: None,
            size: None,
            url,
            yanked: None,
            core_metadata: None,
            has_metadata: false,
            publisher: None,
            provenance: None,
            has_install_scripts: false,
        }
    }
    fn weight(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let long = if self.digests.sha512.is_some() { 64 } else { 0 };
        size_of::<Self>()
            + self.version.as_str().len()
            + self.url.len()
            + length(&self.file_name)
            + length(&self.yanked)
            + length(&self.provenance)
            + long
    }
}

/// A document that cannot be trusted as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListingError {
    /// It is larger than any real one.
    #[error("the index document has {bytes} bytes; at most {DOCUMENT_BYTES_MAX} are read")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// It has more entries than any real one.
    #[error("the index document has more than {ENTRIES_MAX} entries")]
    TooManyEntries,
    /// It is not text.
    #[error("the index document is not UTF-8 (first wrong byte at {at})")]
    NotText {
        /// The first byte that is not UTF-8.
        at: usize,
    },
    /// It is no JSON, or was cut off.
    #[error("the index document is not complete JSON: {why}")]
    NotJson {
        /// What the reader said.
        why: String,
    },
    /// A part that carries the whole has another type than its specification says.
    #[error("the index document has no usable `{part}`: {expected} is expected there")]
    WrongShape {
        /// The part.
        part: &'static str,
        /// What should stand there.
        expected: &'static str,
    },
    /// It describes another package than the one asked for.
    #[error("the index document is about `{found}`, but `{asked}` was asked for")]
    OtherPackage {
        /// The package asked for.
        asked: String,
        /// The name in the document, cut at 80 characters.
        found: String,
    },
    /// The package belongs to another ecosystem than the world that was to read it.
    #[error("`{0}` is no package of this index")]
    OtherEcosystem(Package),
}

impl ListingError {
    /// A stable name of the case, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "listing-too-large",
            Self::TooManyEntries => "listing-too-many-entries",
            Self::NotText { .. } => "listing-not-text",
            Self::NotJson { .. } => "listing-not-json",
            Self::WrongShape { .. } => "listing-wrong-shape",
            Self::OtherPackage { .. } => "listing-other-package",
            Self::OtherEcosystem(_) => "listing-other-ecosystem",
        }
    }
}

impl From<serde_json::Error> for ListingError {
    fn from(error: serde_json::Error) -> Self {
        Self::NotJson { why: error.to_string() }
    }
}

/// The document as text, if it is small enough, is text, and was asked of the right world.
pub(crate) fn text_of<'a>(ecosystem: Ecosystem, package: &Package, bytes: &'a [u8]) -> Result<&'a str, ListingError> {
    if package.ecosystem() != ecosystem {
        return Err(ListingError::OtherEcosystem(package.clone()));
    }
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(ListingError::TooLarge { bytes: bytes.len() });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| ListingError::NotText { at: error.valid_up_to() })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Complaints about a document, bounded.
#[derive(Debug, Default)]
pub(crate) struct Complaints {
    kept: Vec<String>,
    more: usize,
}

impl Complaints {
    pub(crate) fn add(&mut self, complaint: impl FnOnce() -> String) {
        if self.kept.len() < COMPLAINTS_MAX {
            self.kept.push(complaint());
        } else {
            self.more += 1;
        }
    }
    pub(crate) fn into_vec(mut self) -> Vec<String> {
        if self.more > 0 {
            self.kept.push(format!("and {} more complaints", self.more));
        }
        self.kept
    }
}

/// A foreign text made fit for a complaint: cut, on one line.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A foreign free text kept for judging, bounded.
pub(crate) fn bounded(text: &str) -> String {
    let mut end = text.len().min(REASON_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

/// An URL of a document made absolute; none unless it is http or https and of bearable length. The fragment comes apart.
pub(crate) fn absolute(base: &Url, link: &str) -> Option<(String, Option<String>)> {
    if link.len() > URL_BYTES_MAX {
        return None;
    }
    let mut url = base.join(link.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let fragment = url.fragment().map(str::to_owned);
    url.set_fragment(None);
    Some((url.into(), fragment))
}
