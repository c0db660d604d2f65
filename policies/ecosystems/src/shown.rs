//! What becomes of each entry, and the document that comes of it.

/// The fate of one entry in a listing, as the policy's decision gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// As upstream shows it; a release upstream yanked stays yanked.
    AsIs,
    /// Kept from new resolutions; locked builds keep working.
    Held {
        /// One line for people; ends with a short URL.
        reason: String,
    },
    /// Never to be used.
    Refused {
        /// One line for people; ends with a short URL.
        reason: String,
    },
}

impl Shown {
    /// Whether the entry is shown as upstream shows it.
    pub fn is_listed(&self) -> bool {
        matches!(self, Self::AsIs)
    }
    /// Why it is withheld; none when it is not.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::AsIs => None,
            Self::Held { reason } | Self::Refused { reason } => Some(reason),
        }
    }
}

/// The reason given for an entry nobody judged: nothing unevaluated is ever served.
const NOT_EVALUATED: &str = "not evaluated yet";

/// The fate of the entry at a position; whatever was not judged is withheld.
pub(crate) fn fate(shown: &[Shown], position: usize) -> Fate<'_> {
    match shown.get(position) {
        Some(Shown::AsIs) => Fate::AsIs,
        Some(Shown::Held { reason }) => Fate::Held(reason),
        Some(Shown::Refused { reason }) => Fate::Refused(reason),
        None => Fate::Refused(NOT_EVALUATED),
    }
}

/// A fate with its reason borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate<'a> {
    AsIs,
    Held(&'a str),
    Refused(&'a str),
}

impl<'a> Fate<'a> {
    pub(crate) fn reason(self) -> Option<&'a str> {
        match self {
            Self::AsIs => None,
            Self::Held(reason) | Self::Refused(reason) => Some(reason),
        }
    }
}

/// The form of document a client asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// A sparse index file: one JSON object a line.
    CargoLines,
    /// PEP 691 JSON.
    PypiJson,
    /// PEP 503 HTML.
    PypiHtml,
    /// npm's full packument.
    NpmFull,
    /// npm's abbreviated packument (`application/vnd.npm.install-v1+json`).
    NpmAbbreviated,
}

impl Form {
    /// The media type the form is served with.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::CargoLines => "text/plain; charset=utf-8",
            Self::PypiJson => "application/vnd.pypi.simple.v1+json",
            Self::PypiHtml => "text/html; charset=utf-8",
            Self::NpmFull => "application/json; charset=utf-8",
            Self::NpmAbbreviated => "application/vnd.npm.install-v1+json; charset=utf-8",
        }
    }
}

/// Where this instance serves bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// The URL prefix of files, ending in a slash. Behind it stands `{project}/{file}` for PyPI and `{name}/-/{file}` for
    /// npm; cargo takes the address of bytes from its `config.json` and needs none here.
    pub files: String,
}

/// A document for a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// The body, uncompressed.
    pub body: Vec<u8>,
    /// Its media type.
    pub content_type: &'static str,
    /// Whether at least one entry is shown as upstream shows it.
    pub any_listed: bool,
}

impl Composed {
    /// What a world answers when asked for a form, or about a listing, of another ecosystem.
    pub(crate) fn nothing(form: Form) -> Self {
        Self { body: Vec::new(), content_type: form.content_type(), any_listed: false }
    }
}
