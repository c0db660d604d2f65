//! One OSV record: from its bytes to an advisory for each package it names.

use vetmoot_domain::limits::VERSION_BYTES_MAX;
use vetmoot_domain::{Advisory, AdvisoryKind, AffectedRange, Ecosystem, Package, RangeEvent, Timestamp, Version};

use super::severity::{Grade, by_vector, by_vectors, by_word};
use super::wire::{AffectedWire, EventWire, PackageWire, RangeWire, RecordWire, ReferenceWire};
use crate::feeds::limits::{
    AFFECTED_MAX, ALIASES_MAX, ID_BYTES_MAX, RANGES_MAX, RECORD_BYTES_MAX, SUMMARY_BYTES_MAX, URL_BYTES_MAX, VERSIONS_MAX,
};
use crate::feeds::{DropReason, Dropped};

/// What one record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its id.
    pub id: String,
    /// One advisory a package; empty when the record is about nothing served here.
    pub advisories: Vec<Advisory>,
    /// The parts that were dropped.
    pub dropped: Dropped,
}

/// Why a record cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It is longer than any real one.
    #[error("the record has more than {RECORD_BYTES_MAX} bytes")]
    TooLong,
    /// It is not JSON of the schema's shape.
    #[error("not an OSV record in JSON: {0}")]
    Json(String),
    /// It is not YAML of the schema's shape.
    #[error("not an OSV record in YAML: {0}")]
    Yaml(String),
    /// Its id is empty, too long, or not plain text.
    #[error("the record's id is not plain text of at most {ID_BYTES_MAX} bytes")]
    Id,
    /// One of its times is not RFC 3339.
    #[error("`{0}` of the record is not an RFC 3339 time")]
    Time(&'static str),
    /// It names more packages than any real one.
    #[error("the record names more than {AFFECTED_MAX} packages")]
    TooManyPackages,
}

impl RecordError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "record-too-long",
            Self::Json(_) => "record-not-json",
            Self::Yaml(_) => "record-not-yaml",
            Self::Id => "record-bad-id",
            Self::Time(_) => "record-bad-time",
            Self::TooManyPackages => "record-too-many-packages",
        }
    }
    /// Under which reason a source counts it.
    pub fn reason(&self) -> DropReason {
        match self {
            Self::TooLong | Self::TooManyPackages => DropReason::TooLong,
            Self::Json(_) | Self::Yaml(_) | Self::Id | Self::Time(_) => DropReason::NotARecord,
        }
    }
}

/// Reads one record: YAML when `name` ends in `.yaml` or `.yml`, JSON else. `source` is the name of the import here.
pub fn read(name: &str, bytes: &[u8], source: &str) -> Result<Record, RecordError> {
    if bytes.len() > RECORD_BYTES_MAX {
        return Err(RecordError::TooLong);
    }
    let cut = |text: String| text.chars().take(160).collect::<String>();
    let wire: RecordWire = if has_extension(name, &["yaml", "yml"]) {
        serde_yaml_ng::from_slice(bytes).map_err(|error| RecordError::Yaml(cut(error.to_string())))?
    } else {
        serde_json::from_slice(bytes).map_err(|error| RecordError::Json(cut(error.to_string())))?
    };
    let affected = wire.affected.as_deref().unwrap_or_default();
    if affected.len() > AFFECTED_MAX {
        return Err(RecordError::TooManyPackages);
    }
    let matter = Matter::new(&wire, source)?;
    let mut dropped = Dropped::default();
    let advisories = affected.iter().filter_map(|one| match matter.advisory(one, &mut dropped) {
        Ok(advisory) => Some(advisory),
        Err(reason) => {
            let name = one.package.as_ref().map_or("no package", |package| package.name.as_str());
            dropped.add(reason, &format!("{}: {name}", matter.common.id));
            None
        }
    });
    let advisories = advisories.collect();
    Ok(Record { id: matter.common.id.clone(), advisories, dropped })
}

/// Whether a file's name ends in one of these, in whatever case.
pub(super) fn has_extension(name: &str, extensions: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| extensions.iter().any(|one| end.eq_ignore_ascii_case(one)))
}

/// What a record says of all its packages alike.
struct Matter<'a> {
    common: Common,
    grade: Option<Grade>,
    informational: &'a str,
    source: &'a str,
}

struct Common {
    id: String,
    aliases: Vec<String>,
    summary: String,
    published: Option<Timestamp>,
    modified: Timestamp,
    withdrawn: Option<Timestamp>,
    url: Option<String>,
}

impl<'a> Matter<'a> {
    fn new(wire: &'a RecordWire, source: &'a str) -> Result<Self, RecordError> {
        if !is_id(&wire.id) {
            return Err(RecordError::Id);
        }
        let time = |field: &'static str, text: &Option<String>| {
            text.as_deref().map(str::parse::<Timestamp>).transpose().map_err(|_| RecordError::Time(field))
        };
        let aliases = wire.aliases.iter().flatten().filter(|alias| is_id(alias)).take(ALIASES_MAX).cloned();
        let specific = wire.database_specific.as_ref();
        let grade = by_vectors(wire.severity.iter().flatten())
            .or_else(|| specific.and_then(|specific| by_vector(specific.cvss.as_str())))
            .or_else(|| specific.and_then(|specific| by_word(specific.severity.as_str())));
        let common = Common {
            id: wire.id.clone(),
            aliases: aliases.collect(),
            summary: summary(wire),
            published: time("published", &wire.published)?,
            modified: wire.modified.parse().map_err(|_| RecordError::Time("modified"))?,
            withdrawn: time("withdrawn", &wire.withdrawn)?,
            url: url(wire.references.as_deref().unwrap_or_default()),
        };
        let informational = specific.map_or("", |specific| specific.informational.as_str());
        Ok(Self { common, grade, informational, source })
    }

    fn advisory(&self, wire: &AffectedWire, dropped: &mut Dropped) -> Result<Advisory, DropReason> {
        let package = package(wire.package.as_ref().ok_or(DropReason::NothingAffected)?)?;
        let ranges = self.ranges(wire.ranges.as_deref().unwrap_or_default(), &package, dropped)?;
        let listed = wire.versions.as_deref().unwrap_or_default();
        if listed.len() > VERSIONS_MAX {
            return Err(DropReason::TooLong);
        }
        let mut versions: Vec<Version> = Vec::with_capacity(listed.len());
        for text in listed {
            match text.parse() {
                Ok(version) => versions.push(version),
                Err(_) => dropped.add(DropReason::BadVersion, &format!("{}: {}: {text}", self.common.id, package.name())),
            }
        }
        if ranges.is_empty() && versions.is_empty() {
            return Err(DropReason::NothingAffected);
        }
        let specific = wire.database_specific.as_ref();
        // What stands beside the package is about it; what stands above is about all.
        let grade = by_vectors(wire.severity.iter().flatten())
            .or(self.grade)
            .or_else(|| specific.and_then(|specific| by_vector(specific.cvss.as_str())))
            .or_else(|| specific.and_then(|specific| by_word(specific.severity.as_str())))
            .unwrap_or_default();
        let informational = specific.map_or("", |specific| specific.informational.as_str());
        let informational = if informational.is_empty() { self.informational } else { informational };
        let common = &self.common;
        Ok(Advisory {
            id: common.id.clone(),
            aliases: common.aliases.clone(),
            package,
            kind: kind(&common.id, informational),
            severity: grade.severity,
            cvss_tenths: grade.tenths,
            ranges,
            versions,
            summary: common.summary.clone(),
            published: common.published,
            modified: common.modified,
            withdrawn: common.withdrawn,
            url: common.url.clone(),
            source: self.source.to_owned(),
            of_peer: false,
        })
    }

    fn ranges(&self, wire: &[RangeWire], package: &Package, dropped: &mut Dropped) -> Result<Vec<AffectedRange>, DropReason> {
        if wire.len() > RANGES_MAX {
            return Err(DropReason::TooLong);
        }
        let mut ranges = Vec::new();
        for range in wire {
            let read = match range.kind.as_str() {
                "SEMVER" | "ECOSYSTEM" => events(range.events.as_deref().unwrap_or_default()),
                "GIT" => Err(DropReason::CommitRange),
                _ => Err(DropReason::BadRange),
            };
            match read {
                Ok(events) => ranges.push(AffectedRange { events }),
                Err(reason) => dropped.add(reason, &format!("{}: {}", self.common.id, package.name())),
            }
        }
        Ok(ranges)
    }
}

fn events(wire: &[EventWire]) -> Result<Vec<RangeEvent>, DropReason> {
    if wire.len() > RANGES_MAX {
        return Err(DropReason::TooLong);
    }
    let mut events = Vec::with_capacity(wire.len());
    for one in wire {
        let all = [&one.introduced, &one.fixed, &one.last_affected, &one.limit];
        if all.into_iter().flatten().any(|text| text.is_empty() || text.len() > VERSION_BYTES_MAX) {
            return Err(DropReason::BadRange);
        }
        events.extend(one.introduced.clone().map(RangeEvent::Introduced));
        events.extend(one.fixed.clone().map(RangeEvent::Fixed));
        events.extend(one.last_affected.clone().map(RangeEvent::LastAffected));
        events.extend(one.limit.clone().map(RangeEvent::Limit));
    }
    // The schema wants a beginning; a range without one says nothing that could be matched.
    let begins = events.iter().any(|event| matches!(event, RangeEvent::Introduced(_)));
    begins.then_some(events).ok_or(DropReason::BadRange)
}

fn package(wire: &PackageWire) -> Result<Package, DropReason> {
    // An ecosystem may be narrowed after a colon (`Debian:12`); ours are not, but nothing is lost by reading it.
    let name = wire.ecosystem.split(':').next().unwrap_or_default();
    let ecosystem = ecosystem(name).ok_or(DropReason::OtherEcosystem)?;
    Package::new(ecosystem, &wire.name).map_err(|_| DropReason::BadPackageName)
}

/// The ecosystem of an OSV name. Crates go under the name of their registry, which is known to the reader of its index.
fn ecosystem(name: &str) -> Option<Ecosystem> {
    match name {
        "PyPI" => Some(Ecosystem::Pypi),
        "npm" => Some(Ecosystem::Npm),
        name if name == super::crates_name() => Some(Ecosystem::Cargo),
        _ => None,
    }
}

fn kind(id: &str, informational: &str) -> AdvisoryKind {
    if id.starts_with("MAL-") {
        return AdvisoryKind::Malware;
    }
    match informational {
        "" => AdvisoryKind::Vulnerability,
        "unmaintained" => AdvisoryKind::Unmaintained,
        "unsound" => AdvisoryKind::Unsound,
        // Communities issue under ids of their own, and say so here.
        "malware" => AdvisoryKind::Malware,
        _ => AdvisoryKind::Notice,
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= ID_BYTES_MAX && text.bytes().all(|b| b.is_ascii_graphic())
}

/// The summary, or where there is none the first line of the details; one line without control characters.
fn summary(wire: &RecordWire) -> String {
    let given = wire.summary.as_deref().unwrap_or_default().trim();
    let details = || wire.details.as_deref().unwrap_or_default().trim().lines().next().unwrap_or_default();
    let text = if given.is_empty() { details() } else { given };
    let text = text.get(..text.floor_char_boundary(SUMMARY_BYTES_MAX)).unwrap_or_default();
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The best page to read more: the advisory itself, else whatever comes first.
fn url(references: &[ReferenceWire]) -> Option<String> {
    let fit = |one: &&ReferenceWire| {
        let url = one.url.as_str();
        (url.starts_with("https://") || url.starts_with("http://")) && url.len() <= URL_BYTES_MAX
    };
    let best = references.iter().filter(fit).find(|one| one.kind.as_str() == "ADVISORY");
    best.or_else(|| references.iter().find(fit)).map(|one| one.url.as_str().to_owned())
}
