//! Advisories: what is known to be wrong with versions of a package, after the OSV schema.

use serde::{Deserialize, Serialize};

use crate::audit::Severity;
use crate::package::{Package, Version};
use crate::time::Timestamp;

/// One advisory about one package (an OSV record that names several packages becomes several of these).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Advisory {
    /// The record's id, `RUSTSEC-2021-0139`.
    pub id: String,
    /// Other ids of the same matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The package.
    pub package: Package,
    /// What kind of matter it is.
    pub kind: AdvisoryKind,
    /// How bad it is, where the record says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The CVSS base score times ten (0 to 100), where the record carries a vector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cvss_tenths: Option<u16>,
    /// The ranges affected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<AffectedRange>,
    /// The versions affected, listed one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<Version>,
    /// One sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// When it last changed.
    pub modified: Timestamp,
    /// When it was withdrawn, if it was: a withdrawn advisory matches nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Timestamp>,
    /// Where to read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The import it came by (its name here); `community` when it was issued here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Whether a followed community issued it: then it counts only where a policy imports that community.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_peer: bool,
}

/// What an advisory is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdvisoryKind {
    /// A vulnerability.
    Vulnerability,
    /// The package is malware (OSV ids `MAL-...`).
    Malware,
    /// Nobody maintains it.
    Unmaintained,
    /// It can be misused into undefined behaviour.
    Unsound,
    /// Any other notice.
    Notice,
}

crate::word_enum!(AdvisoryKind, "kind of advisory", {
    Vulnerability => "vulnerability", Malware => "malware", Unmaintained => "unmaintained", Unsound => "unsound",
    Notice => "notice",
});

/// One range of an OSV record: events in version order (OSV schema, `affected[].ranges[]`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AffectedRange {
    /// The events, as the record lists them.
    pub events: Vec<RangeEvent>,
}

/// Where a range opens or closes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RangeEvent {
    /// Affected from this version on; `0` is before every version.
    Introduced(String),
    /// No longer affected from this version on.
    Fixed(String),
    /// Affected up to and with this version.
    LastAffected(String),
    /// The range ends before this version, for whatever reason.
    Limit(String),
}
