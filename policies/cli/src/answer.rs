//! The answer of `check`: a sentence and a table for people, a document for programs.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};
use vetmoot_domain::{AdvisoryKind, Artifact, Release, Severity, State};

use crate::limits::REASON_CHARS_MAX;
use crate::lock::Lock;
use crate::terminal::{Terminal, plain};
use crate::view::{Judged, RemedyView};

/// Everything found out about a lock file.
pub(crate) struct Checked {
    /// The policy's name.
    pub policy: String,
    pub policy_digest: Option<String>,
    pub judged: Vec<Judged>,
    /// Advisories that affect its releases.
    pub hits: Vec<Hit>,
    /// Whether advisories were read at all.
    pub advisories_read: bool,
    /// Releases an instance did not speak of.
    pub missing: Vec<String>,
    /// Releases whose bytes are others than those known.
    pub other_bytes: Vec<String>,
    /// How long judging here took.
    pub judging: Duration,
}

/// An advisory that affects a release.
pub(crate) struct Hit {
    pub release: Release,
    pub line: u32,
    pub id: String,
    pub kind: AdvisoryKind,
    pub severity: Option<Severity>,
    pub summary: String,
}

struct Counts {
    total: usize,
    listed: usize,
    held: usize,
    refused: usize,
    baselined: usize,
    undecided: usize,
}

impl Checked {
    /// Decisions, and nothing else yet.
    pub(crate) fn new(policy: String, judged: Vec<Judged>) -> Self {
        Self {
            policy,
            policy_digest: None,
            judged,
            hits: Vec::new(),
            advisories_read: false,
            missing: Vec::new(),
            other_bytes: Vec::new(),
            judging: Duration::ZERO,
        }
    }
    /// The decisions that lack a fact.
    pub(crate) fn undecided(&self) -> impl Iterator<Item = &Judged> {
        self.judged.iter().filter(|one| !one.baselined && one.is_undecided())
    }
    fn counts(&self) -> Counts {
        let open = |state: State| self.judged.iter().filter(|one| !one.baselined && one.view.state == state).count();
        Counts {
            total: self.judged.len() + self.missing.len(),
            listed: open(State::Listed),
            held: open(State::Held),
            refused: open(State::Refused),
            baselined: self.judged.iter().filter(|one| one.baselined).count(),
            undecided: self.undecided().count() + self.missing.len(),
        }
    }
}

/// The answer for programs.
pub(crate) fn json(checked: &Checked, lock: &Lock) -> String {
    let counts = checked.counts();
    let releases: Vec<Value> = checked.judged.iter().map(release).collect();
    let first_party = lock.file.first_party.iter().map(
        |found| json!({ "name": found.name, "version": found.version, "source": found.source.in_words(), "line": found.line }),
    );
    let unknown = lock.file.unknown.iter().map(|line| json!({ "line": line.line, "text": line.text, "why": line.why }));
    let hits = checked.hits.iter().map(|hit| {
        json!({ "purl": hit.release.to_string(), "line": hit.line, "id": hit.id, "kind": hit.kind.as_str(),
            "severity": hit.severity.map(Severity::as_str), "summary": hit.summary })
    });
    let document = json!({
        "policy": checked.policy,
        "policy_digest": checked.policy_digest,
        "summary": {
            "total": counts.total, "listed": counts.listed, "held": counts.held, "refused": counts.refused,
            "baselined": counts.baselined, "first_party": lock.file.first_party.len(), "undecided": counts.undecided,
        },
        "releases": releases,
        "advisories": hits.collect::<Vec<_>>(),
        "first_party": first_party.collect::<Vec<_>>(),
        "unknown": unknown.collect::<Vec<_>>(),
        "missing": checked.missing,
        "other_bytes": checked.other_bytes,
    });
    format!("{document:#}\n")
}

fn release(judged: &Judged) -> Value {
    let mut decision = judged.json.clone();
    if let Some(members) = decision.as_object_mut() {
        members.insert("line".to_owned(), json!(judged.line));
        members.insert("baselined".to_owned(), json!(judged.baselined));
        members.insert("undecided".to_owned(), json!(judged.is_undecided()));
    }
    decision
}

/// The answer for people: the verdict in a sentence, then what is not listed, then advisories.
pub(crate) fn human(checked: &Checked, lock: &Lock, terminal: &Terminal) -> String {
    let mut text = sentence(checked, lock);
    if terminal.is_quiet() {
        return text;
    }
    let open: Vec<&Judged> = checked.judged.iter().filter(|one| !one.baselined && one.view.state != State::Listed).collect();
    if !open.is_empty() {
        text.push('\n');
    }
    let names: Vec<String> = open.iter().map(|one| short(&one.view.purl)).collect();
    let width = names.iter().map(String::len).max().unwrap_or_default();
    for (one, name) in open.iter().zip(&names) {
        let reason = one.view.reasons.iter().find(|reason| reason.rule != "release").or(one.view.reasons.first());
        let why = reason.map(|reason| plain(&reason.text)).unwrap_or_default();
        let help =
            reason.and_then(|reason| reason.remedy.as_ref()).map(remedy).map(|help| format!("; {help}")).unwrap_or_default();
        let why: String = format!("{why}{help}").replace('\n', " ").chars().take(REASON_CHARS_MAX).collect();
        let _ = writeln!(text, "{} {name:<width$}  {why}", terminal.state(one.shown_state()));
    }
    advisories(checked, &mut text);
    text
}

fn sentence(checked: &Checked, lock: &Lock) -> String {
    let counts = checked.counts();
    let mut parts = Vec::new();
    let mut part = |count: usize, word: &str| {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    };
    part(counts.refused, "refused");
    part(counts.held.saturating_sub(counts.undecided - checked.missing.len()), "held");
    part(counts.undecided, "undecided");
    part(counts.baselined, "in the baseline");
    let rest = if parts.is_empty() { String::new() } else { format!("; {}", parts.join(", ")) };
    let own = match lock.file.first_party.len() {
        0 => String::new(),
        1 => " (1 first-party package left out)".to_owned(),
        many => format!(" ({many} first-party packages left out)"),
    };
    let releases = if counts.total == 1 { "release" } else { "releases" };
    format!(
        "{} lists {} of {} {releases} in {}{rest}{own}.\n",
        plain(&checked.policy),
        counts.listed,
        counts.total,
        plain(&lock.name())
    )
}

fn advisories(checked: &Checked, text: &mut String) {
    if !checked.advisories_read {
        return;
    }
    let mut packages: Vec<_> = checked.hits.iter().map(|hit| &hit.release.package).collect();
    packages.dedup();
    let (hits, packages) = (checked.hits.len(), packages.len());
    let words = match (hits, packages) {
        (0, _) => "No advisory affects these releases.".to_owned(),
        (1, _) => "1 advisory affects 1 package:".to_owned(),
        (_, 1) => format!("{hits} advisories affect 1 package:"),
        _ => format!("{hits} advisories affect {packages} packages:"),
    };
    let _ = writeln!(text, "\n{words}");
    for hit in &checked.hits {
        let severity = hit.severity.map(|severity| format!(" ({severity})")).unwrap_or_default();
        let name = format!("{} {}", hit.release.package.name(), hit.release.version);
        let _ = writeln!(text, "  {}  {name}  {}{severity}: {}", plain(&hit.id), hit.kind, plain(&hit.summary));
    }
}

/// A purl as people write it: name and version.
pub(crate) fn short(purl: &str) -> String {
    match purl.parse::<Artifact>() {
        Ok(artifact) => {
            let release = &artifact.release;
            let file = artifact.file_name.map(|name| format!(" ({name})")).unwrap_or_default();
            format!("{} {}{file}", release.package.name(), release.version)
        }
        Err(_) => plain(purl),
    }
}

/// The cheapest change in words.
pub(crate) fn remedy(remedy: &RemedyView) -> String {
    let criteria = plain(&remedy.criteria.join(", "));
    let level = remedy.level.map(|level| format!(" by level {level}")).unwrap_or_default();
    let text = match (remedy.kind.as_str(), &remedy.from, &remedy.to) {
        ("wait", _, _) => format!("wait until {}", remedy.until.as_deref().unwrap_or("it is older")),
        ("audit", Some(from), Some(to)) => format!("an audit of {from} -> {to} for {criteria}{level} would do"),
        ("audit", Some(from), None) => format!("an audit of the change since {from} for {criteria}{level} would do"),
        ("audit", None, _) => format!("a full audit for {criteria}{level} would do"),
        ("review", _, _) => "a review of what is there would do".to_owned(),
        ("exception", _, _) => "a dated exception with an owner would do".to_owned(),
        (other, _, _) => format!("{other} would do"),
    };
    plain(&text)
}
