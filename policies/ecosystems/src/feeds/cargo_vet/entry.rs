//! One entry of an audit feed: from its table to an audit, with the identity that makes it the same entry elsewhere.

use std::collections::BTreeSet;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use toml::{Table, Value};
use vetmoot_domain::limits::NOTES_BYTES_MAX;
use vetmoot_domain::{
    Audit, AuditKind, Author, CriterionName, Day, Ecosystem, Level, Organisation, Package, Publisher, Testimony,
    TestimonyOrigin, Timestamp, Version,
};

use super::split::Piece;
use super::value::{day, flag, parse_piece, text, texts};
use super::{FeedCriteria, FeedError, Who};
use crate::feeds::DropReason;
use crate::feeds::limits::{AUTHOR_BYTES_MAX, AUTHORS_MAX, CRITERIA_MAX, RANGE_BYTES_MAX, SOURCE_BYTES_MAX, SOURCES_MAX};

/// An entry that can be taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// SHA-256 of where the entry first stood and what it says, without authors and notes: the same entry reached through
    /// another feed has the same digest. Where several people said the same in one feed, the second and later ones are
    /// numbered.
    pub digest: [u8; 32],
    /// Its authors; none where the feed names none.
    pub who: Vec<Who>,
    /// The criteria as the feed names them.
    pub criteria: Vec<CriterionName>,
    /// What it says. Its criteria are the feed's own names still; those of an audit, delta or publisher include all that
    /// the feed says they imply, those of a violation stand as written, since who denies a claim does not deny less.
    pub audit: Audit,
    /// The sources it was aggregated from, the first one first.
    pub aggregated_from: Vec<String>,
    /// What a publisher entry says about its renewal.
    pub renew: Option<bool>,
    /// The line its table begins in, counted from 1.
    pub line: u64,
}

impl Entry {
    /// The digest in hexadecimal: what stands after `#` in the entry's id.
    pub fn identity(&self) -> String {
        hex::encode(self.digest)
    }

    /// What was said, shortened.
    pub(super) fn short_digest(&self) -> u64 {
        short(&self.digest)
    }

    /// What was said and by whom, shortened.
    pub(super) fn short_digest_with_authors(&self) -> u64 {
        let mut hash = Sha256::new_with_prefix(self.digest);
        for who in &self.who {
            hash.update(Sha256::digest(who.written()));
        }
        short(&hash.finalize())
    }

    /// Makes the entry the one after `voices` others that said the same.
    pub(super) fn number(&mut self, voices: u32) {
        if voices > 0 {
            self.digest = Sha256::new_with_prefix(self.digest).chain_update(voices.to_be_bytes()).finalize().into();
        }
    }

    /// The entry as a testimony of an import called `import` here, first shown here at `first_shown`. All its authors
    /// count for `organisation` with `level`; where the feed names nobody, the organisation itself speaks.
    pub fn testimony(
        &self,
        import: &str,
        organisation: &Organisation,
        level: Level,
        first_shown: Option<Timestamp>,
    ) -> Testimony {
        let author = |name: &str| Author { name: name.to_owned(), organisation: organisation.clone(), level: level.number() };
        let mut authors: Vec<Author> = self.who.iter().map(|who| author(who.name())).collect();
        if authors.is_empty() {
            authors.push(author(organisation.as_str()));
        }
        Testimony {
            id: format!("import:{import}#{}", self.identity()),
            origin: TestimonyOrigin::Import(import.to_owned()),
            authors,
            recorded: first_shown,
            dated: false,
            audit: self.audit.clone(),
        }
    }
}

/// The three places an entry can stand in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Audits,
    Wildcard,
    Trusted,
}

/// An entry as it stands in the feed, nothing of it believed yet.
pub(super) struct Draft {
    section: Section,
    name: String,
    table: Result<Table, DropReason>,
}

/// The entries of one piece; normally one.
pub(super) fn drafts(piece: &Piece) -> Result<Vec<Draft>, FeedError> {
    let mut drafts = Vec::new();
    for (key, value) in parse_piece(piece)? {
        let section = match key.as_str() {
            "audits" => Section::Audits,
            "wildcard-audits" => Section::Wildcard,
            "trusted" => Section::Trusted,
            // Criteria were read before; what a newer format may add elsewhere is not for us.
            _ => continue,
        };
        let Value::Table(packages) = value else {
            return Err(FeedError::Malformed { line: piece.line, why: format!("{key} is not a table of crates") });
        };
        for (name, value) in packages {
            collect(&mut drafts, section, name, value);
        }
    }
    if piece.last
        && let Some(Draft { section: Section::Audits, table: Ok(table), .. }) = drafts.last()
        && !["version", "delta", "violation"].iter().any(|key| table.contains_key(*key))
    {
        let line = piece.line + u64::try_from(piece.text.matches('\n').count()).unwrap_or(0);
        return Err(FeedError::Truncated { line, place: "before its last entry says what it covers".to_owned() });
    }
    Ok(drafts)
}

fn collect(drafts: &mut Vec<Draft>, section: Section, name: String, value: Value) {
    match value {
        Value::Array(entries) => drafts.extend(entries.into_iter().map(|entry| {
            let table = if let Value::Table(table) = entry { Ok(table) } else { Err(DropReason::BadField) };
            Draft { section, name: name.clone(), table }
        })),
        // A dotted name without quotes (`[[audits.0.7.11]]`) makes nested tables; put together again it is the name meant.
        Value::Table(inner) if inner.values().all(|value| matches!(value, Value::Table(_) | Value::Array(_))) => {
            for (more, value) in inner {
                collect(drafts, section, format!("{name}.{more}"), value);
            }
        }
        _ => drafts.push(Draft { section, name, table: Err(DropReason::BadField) }),
    }
}

type Settled = Result<(Entry, bool), (DropReason, String)>;

impl Draft {
    /// The entry, and whether its notes were cut; or why it is dropped, with what it is called.
    pub(super) fn settle(self, source: &str, criteria: &FeedCriteria, line: u64) -> Settled {
        let Self { section, name, table } = self;
        settle(section, &name, table, source, criteria, line).map_err(|reason| (reason, format!("{name} (line {line})")))
    }
}

fn settle(
    section: Section,
    name: &str,
    table: Result<Table, DropReason>,
    source: &str,
    feed: &FeedCriteria,
    line: u64,
) -> Result<(Entry, bool), DropReason> {
    let package = Package::new(Ecosystem::Cargo, name).map_err(|_| DropReason::BadPackageName)?;
    let table = table?;
    let kind = match section {
        Section::Trusted => return Err(DropReason::LocalOnly),
        Section::Audits => audit_kind(&table)?,
        Section::Wildcard => publisher_kind(&table)?,
    };
    if flag(&table, "importable")? == Some(false) {
        return Err(DropReason::NotImportable);
    }
    let mut criteria: Vec<CriterionName> = Vec::new();
    for name in texts(&table, "criteria", CRITERIA_MAX)? {
        criteria.extend(name.parse::<CriterionName>().ok().filter(|name| feed.knows(name)));
    }
    if criteria.is_empty() {
        return Err(DropReason::NoCriteria);
    }
    let claims: BTreeSet<CriterionName> = match &kind {
        AuditKind::Violation { .. } => criteria.iter().cloned().collect(),
        _ => feed.closed(&criteria),
    };
    let who = texts(&table, "who", AUTHORS_MAX)?;
    let aggregated_from = texts(&table, "aggregated-from", SOURCES_MAX)?;
    let long = |texts: &[String], most: usize| texts.iter().any(|text| text.len() > most);
    if long(&who, AUTHOR_BYTES_MAX) || long(&aggregated_from, SOURCE_BYTES_MAX) {
        return Err(DropReason::TooLong);
    }
    let notes = text(&table, "notes")?.unwrap_or_default();
    let kept = notes.get(..notes.floor_char_boundary(NOTES_BYTES_MAX)).unwrap_or(notes);
    let origin = aggregated_from.first().map_or(source, String::as_str);
    let entry = Entry {
        digest: digest(origin, name, &kind, &criteria),
        who: who.iter().map(|who| Who::new(who)).collect(),
        criteria,
        audit: Audit {
            package,
            kind,
            criteria: claims,
            depth: None,
            notes: kept.to_owned(),
            self_audit: false,
            machine: None,
            findings: Vec::new(),
        },
        renew: flag(&table, "renew")?,
        aggregated_from,
        line,
    };
    Ok((entry, kept.len() < notes.len()))
}

const AUDIT_FIELDS: [&str; 8] = ["who", "criteria", "version", "delta", "violation", "importable", "notes", "aggregated-from"];
const WILDCARD_FIELDS: [&str; 9] =
    ["who", "criteria", "user-id", "trusted-publisher", "start", "end", "renew", "notes", "aggregated-from"];

fn only(table: &Table, known: &[&str]) -> Result<(), DropReason> {
    if table.keys().all(|key| known.contains(&key.as_str())) { Ok(()) } else { Err(DropReason::UnknownField) }
}

fn audit_kind(table: &Table) -> Result<AuditKind, DropReason> {
    only(table, &AUDIT_FIELDS)?;
    match (text(table, "version")?, text(table, "delta")?, text(table, "violation")?) {
        (Some(full), None, None) => Ok(AuditKind::Full { version: version(full)?, digests: BTreeSet::new() }),
        (None, Some(delta), None) => {
            let (from, to) = delta.split_once("->").ok_or(DropReason::BadVersion)?;
            let (from, to) = (version(from.trim())?, version(to.trim())?);
            if from == to {
                return Err(DropReason::SameVersion);
            }
            Ok(AuditKind::Delta { from, from_digests: BTreeSet::new(), to, digests: BTreeSet::new() })
        }
        (None, None, Some(range)) => {
            if range.len() > RANGE_BYTES_MAX {
                return Err(DropReason::TooLong);
            }
            let read = semver::VersionReq::parse(range).map_err(|_| DropReason::BadRange)?;
            Ok(AuditKind::Violation { range: read.to_string() })
        }
        _ => Err(DropReason::UnknownKind),
    }
}

/// A version of cargo-vet: SemVer, and perhaps the revision it was changed to since (`1.2.3@git:` and 40 hex digits).
fn version(written: &str) -> Result<Version, DropReason> {
    let (number, revision) = match written.split_once('@') {
        None => (written, None),
        Some((number, revision)) => {
            let hash = revision.trim_start().strip_prefix("git:").ok_or(DropReason::BadVersion)?;
            let fine = hash.len() == 40 && hash.bytes().all(|b| b.is_ascii_hexdigit());
            (number.trim_end(), Some(fine.then_some(hash).ok_or(DropReason::BadVersion)?))
        }
    };
    let number = semver::Version::parse(number).map_err(|_| DropReason::BadVersion)?;
    let text = revision.map_or_else(|| number.to_string(), |hash| format!("{number}@git:{hash}"));
    text.parse().map_err(|_| DropReason::BadVersion)
}

fn publisher_kind(table: &Table) -> Result<AuditKind, DropReason> {
    only(table, &WILDCARD_FIELDS)?;
    let publisher = match (table.get("user-id"), text(table, "trusted-publisher")?) {
        (Some(Value::Integer(id)), None) if *id >= 0 => format!("user:{id}"),
        // Anything but a kind of publisher and a name, `github:owner/repository`, could be taken for an account's number.
        (None, Some(signature))
            if signature.contains(':') && !signature.starts_with("user:") && !signature.starts_with("login:") =>
        {
            signature.to_owned()
        }
        _ => return Err(DropReason::BadPublisher),
    };
    let publisher: Publisher = publisher.parse().map_err(|_| DropReason::BadPublisher)?;
    let (start, end): (Day, Day) = (day(table, "start")?, day(table, "end")?);
    if end <= start {
        return Err(DropReason::BadWindow);
    }
    Ok(AuditKind::Publisher { publisher, start, end })
}

fn short(digest: &[u8]) -> u64 {
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The identity of an entry: where it first stood, and all that cargo-vet compares entries by.
fn digest(origin: &str, name: &str, kind: &AuditKind, criteria: &[CriterionName]) -> [u8; 32] {
    let criteria: BTreeSet<&str> = criteria.iter().map(CriterionName::as_str).collect();
    let what = match kind {
        AuditKind::Full { version, .. } => json!(["full", version.as_str()]),
        AuditKind::Delta { from, to, .. } => json!(["delta", from.as_str(), to.as_str()]),
        AuditKind::Violation { range } => json!(["violation", range]),
        AuditKind::Publisher { publisher, start, end } => {
            json!(["publisher", publisher.as_str(), start.to_string(), end.to_string()])
        }
    };
    Sha256::digest(json!(["cargo-vet", origin, name, what, criteria]).to_string().as_bytes()).into()
}
