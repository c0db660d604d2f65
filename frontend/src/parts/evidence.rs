//! Rows of evidence: audits and advisories as lists show them.

use serde::Serialize;

use super::{Link, When};

/// What an audit is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditKind {
    /// This version.
    #[default]
    Full,
    /// From one version to another.
    Delta,
    /// A version range fails criteria.
    Violation,
    /// Trust in what a publishing identity releases in a window.
    Publisher,
}

/// How closely somebody looked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Depth {
    /// Skimmed.
    Skim,
    /// Read once, line by line.
    #[default]
    Read,
    /// Read with its surroundings, tried out.
    Deep,
}

/// How grave a finding or advisory is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// A remark.
    #[default]
    Info,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

/// Whether an audit still counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditStanding {
    /// It counts.
    #[default]
    Current,
    /// Its author wrote a newer one.
    Superseded,
    /// Its author took it back.
    Withdrawn,
}

/// One audit in a list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AuditRow {
    /// The audit's page.
    pub href: String,
    /// Who said it; an import names its authors without links.
    pub authors: Vec<Link>,
    /// What kind it is.
    pub kind: AuditKind,
    /// What it is about, with the pair or range spelled out: "serde 1.0.218 -> 1.0.219", "serde <1.0.200".
    pub subject: Link,
    /// Criteria it states (or denies, for a violation).
    pub criteria: Vec<String>,
    /// How closely they looked; `None` where an import does not say.
    pub depth: Option<Depth>,
    /// When it was recorded, or when the source first showed it here.
    pub recorded: When,
    /// The import it came by; `None` for this community's own statements.
    pub source: Option<Link>,
    /// Whether it still counts.
    pub standing: AuditStanding,
    /// The author publishes or maintains the package.
    pub self_audit: bool,
    /// A machine wrote it.
    pub machine: bool,
    /// How many findings it carries.
    pub findings: u64,
}

/// One advisory in a list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AdvisoryRow {
    /// Its id, linked to its source where that is known.
    pub id: Link,
    /// One sentence.
    pub summary: String,
    /// How grave it is; `None` where the record does not say.
    pub severity: Option<Severity>,
    /// Which versions it concerns, in words: "before 1.0.4".
    pub affected: String,
    /// Which release mends it.
    pub fixed_in: Option<Link>,
    /// When it was published.
    pub published: When,
}
