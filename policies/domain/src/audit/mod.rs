//! Audits: what somebody found out about releases, and says so.

mod form;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::criterion::CriterionName;
use crate::digest::Digest;
use crate::package::{Package, Release, Version};
use crate::text::BadWord;
use crate::time::Day;

pub use form::{AuditForm, FormError, PublisherForm};

/// What one audit says. Who says it, when and under which id stands around it (see `evidence::Testimony`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Audit {
    /// The package it is about.
    pub package: Package,
    /// What it covers.
    pub kind: AuditKind,
    /// The claims it makes; of a violation, the claims it denies.
    pub criteria: BTreeSet<CriterionName>,
    /// How closely it was read; an import's entry may not say.
    pub depth: Option<Depth>,
    /// Free text, plain.
    pub notes: String,
    /// The author publishes or maintains the package.
    pub self_audit: bool,
    /// Set when a machine did the reading.
    pub machine: Option<Machine>,
    /// What was found, anchored to lines.
    pub findings: Vec<Finding>,
}

/// The four kinds of audit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AuditKind {
    /// This version, read whole.
    Full {
        /// The version read.
        version: Version,
        /// The artifacts it covers; empty means unbound.
        digests: BTreeSet<Digest>,
    },
    /// The change from one version to another; `to` may be the older one.
    Delta {
        /// The version that was known.
        from: Version,
        /// The artifacts of `from` it compared against; empty means unbound.
        from_digests: BTreeSet<Digest>,
        /// The version that was reached.
        to: Version,
        /// The artifacts of `to` it covers; empty means unbound.
        digests: BTreeSet<Digest>,
    },
    /// Every version in a range fails the criteria.
    Violation {
        /// The range in the ecosystem's requirement syntax.
        range: String,
    },
    /// Trust in what a publishing identity releases in a window.
    Publisher {
        /// Who publishes.
        publisher: Publisher,
        /// First day of the window.
        start: Day,
        /// Last day of the window; it counts whole. A window reaches at most a year past its recording.
        end: Day,
    },
}

impl AuditKind {
    /// The word for the kind.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Full { .. } => "full",
            Self::Delta { .. } => "delta",
            Self::Violation { .. } => "violation",
            Self::Publisher { .. } => "publisher",
        }
    }
}

impl Audit {
    /// The release an audit ends at: the version of a full audit, the target of a delta.
    pub fn release(&self) -> Option<Release> {
        match &self.kind {
            AuditKind::Full { version, .. } | AuditKind::Delta { to: version, .. } => {
                Some(self.package.release(version.clone()))
            }
            AuditKind::Violation { .. } | AuditKind::Publisher { .. } => None,
        }
    }
    /// The digests of the artifacts it covers; empty for kinds that cover versions.
    pub fn digests(&self) -> impl Iterator<Item = &Digest> {
        let digests = match &self.kind {
            AuditKind::Full { digests, .. } | AuditKind::Delta { digests, .. } => Some(digests),
            AuditKind::Violation { .. } | AuditKind::Publisher { .. } => None,
        };
        digests.into_iter().flatten()
    }
}

/// How closely an auditor read (declared, not measured).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// Looked over for anything that stands out.
    Skim,
    /// Read through.
    Read,
    /// Read and reasoned about line by line.
    Deep,
}

crate::word_enum!(Depth, "depth", { Skim => "skim", Read => "read", Deep => "deep" });

/// How bad a finding or an advisory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Hardly a danger.
    Low,
    /// A danger in some settings.
    Medium,
    /// A danger in most settings.
    High,
    /// Acute.
    Critical,
}

crate::word_enum!(Severity, "severity", {
    Info => "info", Low => "low", Medium => "medium", High => "high", Critical => "critical",
});

/// Which machine read, and whether a person guided it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// The model or tool by name and version.
    pub model: String,
    /// Whether a person guided the reading.
    #[serde(default)]
    pub guided: bool,
}

/// A finding pinned to lines of one artifact's file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The artifact.
    pub digest: Digest,
    /// The path inside the artifact.
    pub path: String,
    /// First and last line, counted from 1.
    pub lines: (u32, u32),
    /// How bad it is.
    pub severity: Severity,
    /// What it is.
    pub text: String,
}

/// A publishing identity of an index: `user:2915` (a numbered account), `login:dtolnay`, or `github:owner/repo` (a trusted
/// publisher).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Publisher(String);

impl Publisher {
    /// The identity as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Publisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Publisher {
    type Err = BadWord;
    fn from_str(text: &str) -> Result<Self, BadWord> {
        let fine = !text.is_empty() && text.len() <= 256 && text.bytes().all(|b| b.is_ascii_graphic());
        let rule = "write user:NUMBER, login:NAME or github:OWNER/REPOSITORY";
        if fine { Ok(Self(text.to_owned())) } else { Err(BadWord::new("publisher", text, rule)) }
    }
}

crate::text_form!(Publisher);

#[cfg(test)]
mod tests;
