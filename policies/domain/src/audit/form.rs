//! The one JSON form of an audit: what the API takes, what a record holds, what a row keeps.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Audit, AuditKind, Depth, Finding, Machine, Publisher};
use crate::criterion::CriterionName;
use crate::digest::Digest;
use crate::limits::{CRITERIA_MAX, DIGESTS_MAX, FINDINGS_MAX, NOTES_BYTES_MAX};
use crate::package::{Artifact, Package, Version};
use crate::time::Day;

/// An audit as JSON; every field is text until [`AuditForm::parse`] has read it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditForm {
    /// `full`, `delta`, `violation` or `publisher`.
    pub kind: String,
    /// The release (`pkg:cargo/serde@1.0.219`); the package alone for a violation or a publisher.
    pub release: String,
    /// For a delta: the release it starts from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// For a violation: the range of versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// For publisher trust: who, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<PublisherForm>,
    /// The criteria, by name.
    #[serde(default)]
    pub criteria: Vec<String>,
    /// `skim`, `read` or `deep`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<String>,
    /// The artifacts covered.
    #[serde(default)]
    pub digests: Vec<String>,
    /// For a delta: the artifacts of `from` that were compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from_digests: Vec<String>,
    /// Free text.
    #[serde(default)]
    pub notes: String,
    /// The author publishes or maintains the package.
    #[serde(default)]
    pub self_audit: bool,
    /// Which machine read, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Machine>,
    /// What was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// Publisher trust as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublisherForm {
    /// The publishing identity.
    pub user: String,
    /// First day.
    pub start: String,
    /// Last day.
    pub end: String,
}

/// What is wrong with an audit's form, and in which field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {text}")]
pub struct FormError {
    /// The field at fault.
    pub field: &'static str,
    /// What is wrong with it and what would be right.
    pub text: String,
}

fn at<E: std::fmt::Display>(field: &'static str) -> impl Fn(E) -> FormError {
    move |error| FormError { field, text: error.to_string() }
}

fn wrong(field: &'static str, text: &str) -> FormError {
    FormError { field, text: text.to_owned() }
}

impl AuditForm {
    /// Reads every field; the first one at fault is the error.
    pub fn parse(&self) -> Result<Audit, FormError> {
        if self.criteria.is_empty() {
            return Err(wrong("criteria", "name at least one criterion"));
        }
        if self.criteria.len() > CRITERIA_MAX {
            return Err(wrong("criteria", "an audit names at most 64 criteria"));
        }
        if self.notes.len() > NOTES_BYTES_MAX {
            return Err(wrong("notes", "notes have at most 64 KiB; link to longer texts"));
        }
        let criteria = self.criteria.iter().map(|name| name.parse::<CriterionName>());
        let (package, kind) = self.kind()?;
        Ok(Audit {
            package,
            kind,
            criteria: criteria.collect::<Result<_, _>>().map_err(at("criteria"))?,
            depth: self.depth.as_deref().map(str::parse::<Depth>).transpose().map_err(at("depth"))?,
            notes: self.notes.clone(),
            self_audit: self.self_audit,
            machine: self.machine()?,
            findings: self.findings()?,
        })
    }

    fn kind(&self) -> Result<(Package, AuditKind), FormError> {
        match self.kind.as_str() {
            "full" => {
                let (package, version) = self.target()?;
                Ok((package, AuditKind::Full { version, digests: read_digests("digests", &self.digests)? }))
            }
            "delta" => {
                let (package, to) = self.target()?;
                let from: Artifact = self
                    .from
                    .as_deref()
                    .ok_or_else(|| wrong("from", "a delta starts from a release; name it"))?
                    .parse()
                    .map_err(at("from"))?;
                if from.release.package != package {
                    return Err(wrong("from", "a delta stays within one package"));
                }
                if from.release.version == to {
                    return Err(wrong("from", "a delta leads from one version to another; these are the same"));
                }
                let digests = read_digests("digests", &self.digests)?;
                let from_digests = read_digests("from_digests", &self.from_digests)?;
                Ok((package, AuditKind::Delta { from: from.release.version, from_digests, to, digests }))
            }
            "violation" => {
                let range = self.range.clone().filter(|range| !range.trim().is_empty() && range.len() <= 1_024);
                let range =
                    range.ok_or_else(|| wrong("range", "a violation names a range of versions, for example <1.0.200"))?;
                Ok((self.package_alone()?, AuditKind::Violation { range }))
            }
            "publisher" => Ok((self.package_alone()?, self.publisher_kind()?)),
            _ => Err(wrong("kind", "write full, delta, violation or publisher")),
        }
    }

    fn publisher_kind(&self) -> Result<AuditKind, FormError> {
        let form = self.publisher.as_ref().ok_or_else(|| wrong("publisher", "name user, start and end"))?;
        let publisher = form.user.parse::<Publisher>().map_err(at("publisher.user"))?;
        let start: Day = form.start.parse().map_err(at("publisher.start"))?;
        let end: Day = form.end.parse().map_err(at("publisher.end"))?;
        if end < start {
            return Err(wrong("publisher.end", "the window's last day is its first day or a later one"));
        }
        Ok(AuditKind::Publisher { publisher, start, end })
    }

    fn target(&self) -> Result<(Package, Version), FormError> {
        // An audit of one file is an audit of its release that names that file's digest.
        let artifact: Artifact = self.release.parse().map_err(at("release"))?;
        Ok((artifact.release.package, artifact.release.version))
    }

    fn package_alone(&self) -> Result<Package, FormError> {
        match self.release.parse::<Package>() {
            Ok(package) => Ok(package),
            Err(_) => self.target().map(|(package, _)| package),
        }
    }

    fn machine(&self) -> Result<Option<Machine>, FormError> {
        match &self.machine {
            Some(machine) if machine.model.trim().is_empty() || machine.model.len() > 200 => {
                Err(wrong("machine.model", "name the model or tool, in at most 200 bytes"))
            }
            machine => Ok(machine.clone()),
        }
    }

    fn findings(&self) -> Result<Vec<Finding>, FormError> {
        if self.findings.len() > FINDINGS_MAX {
            return Err(wrong("findings", "an audit carries at most 1000 findings"));
        }
        for finding in &self.findings {
            if finding.lines.0 == 0 || finding.lines.1 < finding.lines.0 {
                return Err(wrong("findings.lines", "lines count from 1, the first before the last"));
            }
            if finding.text.trim().is_empty() || finding.text.len() > NOTES_BYTES_MAX || finding.path.len() > 1_024 {
                return Err(wrong("findings.text", "a finding says what it is, in at most 64 KiB"));
            }
        }
        Ok(self.findings.clone())
    }
}

fn read_digests(field: &'static str, texts: &[String]) -> Result<BTreeSet<Digest>, FormError> {
    if texts.len() > DIGESTS_MAX {
        return Err(wrong(field, "an audit names at most 2000 digests"));
    }
    texts.iter().map(|text| text.parse()).collect::<Result<_, _>>().map_err(at(field))
}

impl From<&Audit> for AuditForm {
    fn from(audit: &Audit) -> Self {
        let texts = |digests: &BTreeSet<Digest>| digests.iter().map(ToString::to_string).collect::<Vec<_>>();
        let release = |version: &Version| audit.package.release(version.clone()).to_string();
        let mut form = Self {
            kind: audit.kind.word().to_owned(),
            release: audit.package.to_string(),
            criteria: audit.criteria.iter().map(ToString::to_string).collect(),
            depth: audit.depth.map(|depth| depth.to_string()),
            notes: audit.notes.clone(),
            self_audit: audit.self_audit,
            machine: audit.machine.clone(),
            findings: audit.findings.clone(),
            ..Self::default()
        };
        match &audit.kind {
            AuditKind::Full { version, digests } => {
                form.release = release(version);
                form.digests = texts(digests);
            }
            AuditKind::Delta { from, from_digests, to, digests } => {
                form.release = release(to);
                form.from = Some(release(from));
                form.digests = texts(digests);
                form.from_digests = texts(from_digests);
            }
            AuditKind::Violation { range } => form.range = Some(range.clone()),
            AuditKind::Publisher { publisher, start, end } => {
                form.publisher =
                    Some(PublisherForm { user: publisher.to_string(), start: start.to_string(), end: end.to_string() });
            }
        }
        form
    }
}
