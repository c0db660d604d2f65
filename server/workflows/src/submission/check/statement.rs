//! What a signed result says: an in-toto statement with the result of a test, and whether it is about every file.

use serde_json::Value;
use vetmoot_domain::{CheckVerdict, proof};

use super::{PREDICATE_TYPE, STATEMENT_TYPE};
use crate::limits::{CHECK_DETAIL_CHARS, CHECK_SUBJECTS_MAX, CHECK_URL_BYTES_MAX};
use crate::problem::Problem;
use crate::submission::Candidate;

/// What a statement says.
pub(super) struct Said {
    /// SHA-256 of every file it is about, in hexadecimal.
    pub(super) digests: Vec<String>,
    /// The result.
    pub(super) verdict: CheckVerdict,
    /// Where to read more.
    pub(super) url: Option<String>,
    /// What it says beside, in a line.
    pub(super) detail: Option<String>,
}

/// Reads a statement, signed already; only what it has to be is looked at.
pub(super) fn read(payload: &[u8]) -> Result<Said, Problem> {
    let bad = |field: &str, text: &str| Problem::invalid("bad-statement", field, text);
    let statement = proof::parse(payload)
        .map_err(|error| bad("payload", &format!("the payload is not a statement that can be read: {error}")))?;
    let is = |field: &str, wanted: &str| {
        let found = statement.get(field).and_then(Value::as_str);
        let other = || bad(field, &format!("`{field}` of the statement has to be {wanted}"));
        if found == Some(wanted) { Ok(()) } else { Err(other()) }
    };
    is("_type", STATEMENT_TYPE)?;
    is("predicateType", PREDICATE_TYPE)?;
    let subjects = statement.get("subject").and_then(Value::as_array);
    let subjects = subjects.ok_or_else(|| bad("subject", "`subject` lists the files the result is about"))?;
    if subjects.len() > CHECK_SUBJECTS_MAX {
        return Err(bad("subject", &format!("a result is about at most {CHECK_SUBJECTS_MAX} files")));
    }
    let sha256 = |subject: &Value| subject.get("digest")?.get("sha256")?.as_str().map(str::to_ascii_lowercase);
    let digests: Option<Vec<String>> = subjects.iter().map(sha256).collect();
    let digests = digests.ok_or_else(|| bad("subject.digest", "every subject has a `digest` with its `sha256`"))?;
    let predicate = statement.get("predicate");
    let word = predicate.and_then(|predicate| predicate.get("result")).and_then(Value::as_str).unwrap_or_default();
    let verdict = word.parse().map_err(|_| bad("predicate.result", "`result` is PASSED, WARNED or FAILED"))?;
    let url = predicate.and_then(|predicate| predicate.get("url")).and_then(Value::as_str);
    Ok(Said { digests, verdict, url: url.and_then(link), detail: predicate.and_then(detail) })
}

/// An address that people may be sent to; anything else is left out.
fn link(text: &str) -> Option<String> {
    let url: url::Url = text.parse().ok().filter(|_| text.len() <= CHECK_URL_BYTES_MAX)?;
    (matches!(url.scheme(), "https" | "http") && url.has_host() && url.username().is_empty()).then(|| url.to_string())
}

/// The tests by name, as far as a line holds: those that failed, else those with warnings.
fn detail(predicate: &Value) -> Option<String> {
    let names = |field: &str| {
        let list = predicate.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(Value::as_str).collect::<Vec<&str>>().join(", ")
    };
    let told = [("failed", names("failedTests")), ("warned", names("warnedTests"))];
    let (word, names) = told.into_iter().find(|(_, names)| !names.is_empty())?;
    let line: String = names.chars().map(|c| if c.is_control() { ' ' } else { c }).take(CHECK_DETAIL_CHARS).collect();
    Some(format!("{word}: {line}"))
}

/// Every file of the candidate has to be among the subjects: a result about some of a release says nothing about the rest.
pub(super) fn covers(found: &Candidate, said: &Said) -> Result<(), Problem> {
    let missing = found.files.iter().find(|file| {
        let own = file.digests.sha256.map(hex::encode);
        own.is_none_or(|own| !said.digests.contains(&own))
    });
    let Some(file) = missing else { return Ok(()) };
    let digest = file.digests.sha256.map(hex::encode).unwrap_or_default();
    let text = format!("it is not about {} (sha256 {digest}); every file of the candidate has to be a subject", file.file_name);
    Err(Problem::invalid("other-subject", "subject", text))
}
