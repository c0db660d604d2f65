//! What an auditor says about versions of a package, and the OSV record made of it (OSV schema 1.7).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vetmoot_domain::limits::NOTES_BYTES_MAX;
use vetmoot_domain::{Advisory, AdvisoryKind, Package, Severity, Timestamp, Version};
use vetmoot_ecosystems::feeds::osv;
use vetmoot_ecosystems::world;

use crate::limits::{ADVISORY_ENTRIES_MAX, ADVISORY_SUMMARY_BYTES_MAX};
use crate::problem::Problem;

/// An advisory as the API takes it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdvisoryForm {
    /// The package (`pkg:cargo/NAME`).
    pub package: String,
    /// `vulnerability`, `malware`, `unmaintained`, `unsound` or `notice`.
    pub kind: String,
    /// One sentence.
    pub summary: String,
    /// Everything else, as plain text.
    #[serde(default)]
    pub details: String,
    /// `low`, `medium`, `high` or `critical`.
    #[serde(default)]
    pub severity: Option<String>,
    /// A CVSS vector, which says more than the word.
    #[serde(default)]
    pub cvss: Option<String>,
    /// Other ids of the same matter.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The ranges affected.
    #[serde(default)]
    pub affected: Vec<RangeForm>,
    /// The versions affected, one by one.
    #[serde(default)]
    pub versions: Vec<String>,
    /// Where to read more.
    #[serde(default)]
    pub references: Vec<String>,
}

/// A range of versions: from `introduced` (`0` for the first) up to `fixed`, or up to and with `last_affected`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RangeForm {
    /// The first version affected.
    #[serde(default = "from_the_first")]
    pub introduced: String,
    /// The first version that is not.
    #[serde(default)]
    pub fixed: Option<String>,
    /// The last version that is.
    #[serde(default)]
    pub last_affected: Option<String>,
}

fn from_the_first() -> String {
    "0".to_owned()
}

/// What a form says: the package, the record, and the advisory that judgements read in it.
#[derive(Debug)]
pub(super) struct Said {
    pub osv: Value,
    pub advisory: Advisory,
}

impl AdvisoryForm {
    /// Reads the form into an OSV record of this id.
    ///
    /// # Errors
    /// A problem that names the field at fault.
    pub(super) fn read(&self, osv_id: &str, page: &str, now: Timestamp) -> Result<Said, Problem> {
        let package: Package =
            self.package.parse().map_err(|error| Problem::invalid("bad-package", "package", format!("{error}")))?;
        let kind: AdvisoryKind = self.kind.parse().map_err(|error| Problem::invalid("bad-kind", "kind", format!("{error}")))?;
        let summary = self.summary.trim();
        if summary.is_empty() || summary.len() > ADVISORY_SUMMARY_BYTES_MAX || summary.chars().any(char::is_control) {
            let text = format!("say in one sentence of at most {ADVISORY_SUMMARY_BYTES_MAX} bytes what is the matter");
            return Err(Problem::invalid("bad-summary", "summary", text));
        }
        if self.details.len() > NOTES_BYTES_MAX {
            return Err(Problem::invalid("details-too-long", "details", "the details have at most 64 KiB"));
        }
        let events = self.events(&package)?;
        self.check_lists(&package)?;
        let mut affected = json!({
            "package": { "ecosystem": osv::ecosystem_name(package.ecosystem()), "name": package.name().as_str() },
        });
        if !events.is_empty() {
            put(&mut affected, "ranges", json!([{ "type": "ECOSYSTEM", "events": events }]));
        }
        if !self.versions.is_empty() {
            put(&mut affected, "versions", json!(self.versions));
        }
        let mut record = json!({
            "schema_version": "1.7.0", "id": osv_id, "published": now.to_string(), "modified": now.to_string(),
            "summary": summary, "affected": [affected], "aliases": self.aliases,
        });
        if !self.details.trim().is_empty() {
            put(&mut record, "details", Value::from(self.details.trim()));
        }
        self.grade(kind, &mut record)?;
        let mut references = vec![json!({ "type": "ADVISORY", "url": page })];
        references.extend(self.references.iter().map(|url| json!({ "type": "WEB", "url": url })));
        put(&mut record, "references", Value::from(references));
        let read = osv::read("record.json", record.to_string().as_bytes(), "")
            .map_err(|error| Problem::invalid(error.code(), "package", error.to_string()))?;
        match <[Advisory; 1]>::try_from(read.advisories) {
            Ok([advisory]) if advisory.kind == kind => Ok(Said { osv: record, advisory }),
            _ => Err(Problem::invalid("bad-advisory", "affected", "this cannot be said of a package in an OSV record")),
        }
    }

    fn events(&self, package: &Package) -> Result<Vec<Value>, Problem> {
        if self.affected.is_empty() && self.versions.is_empty() {
            let text = "name at least one range (`{\"introduced\": \"0\", \"fixed\": \"1.2.3\"}`) or one version";
            return Err(Problem::invalid("nothing-affected", "affected", text));
        }
        let known = |text: &str, field: &str| {
            let versions = world(package.ecosystem()).versions();
            let fine = text == "0" || text.parse::<Version>().is_ok_and(|version| versions.is_version(&version));
            let problem = || Problem::invalid("bad-version", field, format!("`{text}` is no version of {package}"));
            if fine { Ok(text.to_owned()) } else { Err(problem()) }
        };
        let mut events = Vec::new();
        for range in self.affected.iter().take(ADVISORY_ENTRIES_MAX) {
            events.push(json!({ "introduced": known(&range.introduced, "affected.introduced")? }));
            match (&range.fixed, &range.last_affected) {
                (Some(_), Some(_)) => {
                    let text = "a range ends with `fixed` or with `last_affected`, not with both";
                    return Err(Problem::invalid("two-ends", "affected.fixed", text));
                }
                (Some(fixed), None) => events.push(json!({ "fixed": known(fixed, "affected.fixed")? })),
                (None, Some(last)) => events.push(json!({ "last_affected": known(last, "affected.last_affected")? })),
                (None, None) => {}
            }
        }
        for version in &self.versions {
            known(version, "versions")?;
        }
        Ok(events)
    }

    fn check_lists(&self, package: &Package) -> Result<(), Problem> {
        let lists = [
            ("affected", self.affected.len()),
            ("versions", self.versions.len()),
            ("aliases", self.aliases.len()),
            ("references", self.references.len()),
        ];
        if let Some((field, _)) = lists.into_iter().find(|(_, length)| *length > ADVISORY_ENTRIES_MAX) {
            let text = format!("an advisory about {package} names at most {ADVISORY_ENTRIES_MAX} of these");
            return Err(Problem::invalid("too-many", field, text));
        }
        let odd = self.references.iter().find(|url| !url.starts_with("https://") && !url.starts_with("http://"));
        match odd {
            Some(url) => Err(Problem::invalid("bad-reference", "references", format!("`{}` is no web address", cut(url)))),
            None => Ok(()),
        }
    }

    fn grade(&self, kind: AdvisoryKind, record: &mut Value) -> Result<(), Problem> {
        let mut specific = serde_json::Map::new();
        if kind != AdvisoryKind::Vulnerability {
            specific.insert("informational".to_owned(), Value::from(kind.as_str()));
        }
        if let Some(word) = &self.severity {
            let severity: Severity =
                word.parse().map_err(|error| Problem::invalid("bad-severity", "severity", format!("{error}")))?;
            specific.insert("severity".to_owned(), Value::from(severity.as_str().to_ascii_uppercase()));
        }
        if !specific.is_empty() {
            put(record, "database_specific", Value::Object(specific));
        }
        if let Some(vector) = &self.cvss {
            let kind = match vector.get(..7) {
                Some("CVSS:4.") => "CVSS_V4",
                Some("CVSS:3.") => "CVSS_V3",
                _ => return Err(Problem::invalid("bad-cvss", "cvss", "write a CVSS vector of version 3 or 4")),
            };
            put(record, "severity", json!([{ "type": kind, "score": vector }]));
        }
        Ok(())
    }
}

fn put(record: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = record {
        members.insert(name.to_owned(), value);
    }
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}
