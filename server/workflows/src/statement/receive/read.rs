//! What a record says of itself, before anything is verified: ids, author, times, and what it is about.

use serde_json::{Map, Value};
use url::Url;
use vetmoot_domain::limits::NOTES_BYTES_MAX;
use vetmoot_domain::{Advisory, Audit, AuditForm, Package, Release, Timestamp};

use super::{Community, Refusal};
use crate::limits::{KIND_BYTES_MAX, STATEMENT_AHEAD_MAX, URI_BYTES_MAX};
use crate::statement::OF_CANDIDATES;

/// Members of a record that are no part of an audit's form.
const ENVELOPE: [&str; 7] = ["@context", "type", "id", "attributedTo", "published", "salt", "proof"];

/// A record's envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Envelope {
    pub uri: String,
    pub kind: String,
    pub author: String,
    pub published: Timestamp,
    /// What it withdraws, erases or revises.
    pub object: Option<String>,
}

/// Scheme, host and port of an address; none when it is no address of a server.
pub(super) fn origin_of(address: &str) -> Option<String> {
    let url: Url = address.parse().ok()?;
    let plain = matches!(url.scheme(), "https" | "http") && url.username().is_empty() && url.password().is_none();
    plain.then(|| url.origin().ascii_serialization())
}

/// Reads the envelope: id and author are on the community's origin (FEP-fe34), each in its one spelling.
pub(super) fn envelope(record: &Value, community: &Community, now: Timestamp) -> Result<Envelope, Refusal> {
    let kind = record.get("type").and_then(Value::as_str).filter(|kind| !kind.is_empty() && kind.len() <= KIND_BYTES_MAX);
    let kind = kind.ok_or_else(|| Refusal::new("no-type", "its `type` is no short text"))?;
    let uri = address(record, "id", community)?;
    let author = address(record, "attributedTo", community)?;
    let object = match record.get("object") {
        None => None,
        Some(_) => Some(address(record, "object", community)?),
    };
    let published = record.get("published").and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
    let published = published.ok_or_else(|| Refusal::new("no-date", "its `published` is no time in RFC 3339"))?;
    if published > now.plus(STATEMENT_AHEAD_MAX) {
        return Err(Refusal::new(
            "from-the-future",
            format!("it says it was published at {published}, which is still to come"),
        ));
    }
    Ok(Envelope { uri, kind: kind.to_owned(), author, published, object })
}

fn address(record: &Value, field: &'static str, community: &Community) -> Result<String, Refusal> {
    let text = record.get(field).and_then(Value::as_str).filter(|text| text.len() <= URI_BYTES_MAX);
    let text = text.ok_or_else(|| Refusal::new("no-address", format!("its `{field}` is no address")))?;
    let spelled_so = text.parse::<Url>().is_ok_and(|url| url.as_str() == text);
    match origin_of(text) {
        Some(origin) if origin == community.origin && spelled_so => Ok(text.to_owned()),
        Some(origin) if origin == community.origin => {
            Err(Refusal::new("odd-address", format!("its `{field}` is an address that is usually spelled otherwise")))
        }
        _ => Err(Refusal::new("wrong-origin", format!("its `{field}` is not on {}, where it comes from", community.origin))),
    }
}

/// What a record says of a package, as far as this version can read it.
#[derive(Debug, Clone)]
pub(super) enum Said {
    Audit(Box<Audit>),
    Advisory(Box<Advisory>),
    /// It is about a release handed in there: shown, and without weight.
    About(Package),
    Nothing,
}

/// What a record of this type says of a package.
pub(super) fn said(kind: &str, record: &Value) -> Said {
    let read = match kind {
        "Audit" => audit(record).map(|audit| Said::Audit(Box::new(audit))),
        "Advisory" => advisory(record).map(|advisory| Said::Advisory(Box::new(advisory))),
        _ if OF_CANDIDATES.contains(&kind) => package(record).map(Said::About),
        _ => None,
    };
    read.unwrap_or(Said::Nothing)
}

/// The audit in a record of type `Audit`; none when this version cannot read all of it, since a member it does not know
/// could be a condition.
fn audit(record: &Value) -> Option<Audit> {
    let form: Map<String, Value> = record
        .as_object()?
        .iter()
        .filter(|(name, _)| !ENVELOPE.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    serde_json::from_value::<AuditForm>(Value::Object(form)).ok()?.parse().ok()
}

/// The advisory in a record of type `Advisory`: an OSV record about one package that can be read whole.
fn advisory(record: &Value) -> Option<Advisory> {
    let osv = record.get("osv").and_then(Value::as_str)?;
    let read = vetmoot_ecosystems::feeds::osv::read("record.json", osv.as_bytes(), "").ok()?;
    let [advisory] = <[Advisory; 1]>::try_from(read.advisories).ok()?;
    Some(advisory)
}

/// The package whose release a record names; what is said of a candidate is shown there and weighs nothing.
fn package(record: &Value) -> Option<Package> {
    let release: Release = record.get("release").and_then(Value::as_str)?.parse().ok()?;
    Some(release.package)
}

/// The reason a withdrawal gives, cut at what notes may have.
pub(super) fn reason(record: &Value) -> String {
    let text = record.get("reason").and_then(Value::as_str).unwrap_or_default();
    text.get(..NOTES_BYTES_MAX.min(text.len())).unwrap_or_default().to_owned()
}

/// The digest of the record that an erasure is about.
pub(super) fn erased_digest(record: &Value) -> Option<[u8; 32]> {
    let text = record.get("digest").and_then(Value::as_str)?.strip_prefix("sha256:")?;
    hex::decode(text).ok()?.try_into().ok()
}
