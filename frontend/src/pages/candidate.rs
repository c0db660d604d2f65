//! A candidate: where it stands, what is missing, what is in it, and what can be done.

mod samples;

use serde::Serialize;

use crate::parts::{AuditRow, Choice, Difference, Field, Link, MoveForm, NeedRow, Notice, Problem, Stage, When};

/// `/candidates/{id}`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Candidate {
    /// `cargo`, `pypi` or `npm`.
    pub ecosystem: String,
    /// The package's name.
    pub name: String,
    /// The version.
    pub version: String,
    /// Where it stands and what is missing, one sentence.
    pub sentence: String,
    /// Where it stands.
    pub stage: Stage,
    /// What just happened, or what hinders.
    pub notices: Vec<Notice>,
    /// Everything that is wrong with the form that was sent.
    pub problems: Vec<Problem>,
    /// The release as a purl.
    pub purl: String,
    /// The package's page.
    pub package: Link,
    /// The project's page.
    pub project: Link,
    /// The policy that vets it.
    pub policy: Link,
    /// Who handed it in.
    pub uploader: Link,
    /// The program that did so in their name.
    pub uploaded_as: Option<String>,
    /// Where it goes, in words.
    pub home: String,
    /// The page of what it became, once it is released.
    pub release: Option<Link>,
    /// The candidate it came after.
    pub replaces: Option<Link>,
    /// The moves this visitor may make.
    pub moves: Vec<MoveForm>,
    /// Why there are none, or what somebody else has to do.
    pub moves_hint: Option<String>,
    /// What the policy wants, in order: what is missing first.
    pub needs: Vec<NeedRow>,
    /// When time alone changes something.
    pub changes: Option<When>,
    /// What was noticed at the upload.
    pub findings: Vec<FindingRow>,
    /// Its files.
    pub files: Vec<FileRow>,
    /// How it differs from the last released version.
    pub difference: Option<Difference>,
    /// Why no difference is shown.
    pub difference_note: Option<String>,
    /// How it compares with the tagged source, when that was given.
    pub source_note: Option<String>,
    /// Results of outside checks.
    pub checks: Vec<CheckRow>,
    /// Checks that were waived.
    pub waivers: Vec<WaiverRow>,
    /// The form that waives one, for who may.
    pub waive: Option<WaiveForm>,
    /// Audits of these bytes.
    pub audits: Vec<AuditRow>,
    /// Where an audit of it is recorded, for who may.
    pub audit_href: Option<String>,
    /// How far the release is.
    pub progress: Option<Progress>,
    /// Its moves, oldest first.
    pub history: Vec<HistoryRow>,
    /// How a reviewer gets it: lines for their client.
    pub try_it: Vec<TryRow>,
    /// The machine form.
    pub api_href: String,
    /// The records other servers get.
    pub records: Vec<Link>,
}

/// Something that was noticed at the upload.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FindingRow {
    /// `error` or `warning`.
    pub weight: String,
    /// What is the matter.
    pub text: String,
    /// What to do about it.
    pub fix: String,
    /// Where.
    pub place: Option<String>,
}

/// A file of the candidate.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FileRow {
    /// Its name.
    pub name: String,
    /// What it is, in words.
    pub kind: String,
    /// Its size, in words.
    pub size: String,
    /// Its digests with their algorithms.
    pub digests: Vec<String>,
    /// Where it is downloaded.
    pub href: Option<String>,
    /// Whether attestations came with it.
    pub attested: bool,
    /// How far it is on its way: waiting, sent, published, verified, mismatched.
    pub step: String,
    /// Since when.
    pub step_at: Option<When>,
    /// What the index said last.
    pub detail: Option<String>,
}

/// The result of an outside check.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CheckRow {
    /// Which check.
    pub name: String,
    /// What it says: passed, failed, warned.
    pub result: String,
    /// Whether it counts as good.
    pub good: bool,
    /// Who posted it.
    pub by: String,
    /// When.
    pub when: When,
    /// Where to read more.
    pub link: Option<Link>,
    /// What it says beside.
    pub detail: Option<String>,
}

/// A check that was waived.
#[derive(Debug, Clone, Default, Serialize)]
pub struct WaiverRow {
    /// Which check.
    pub name: String,
    /// Who waived it.
    pub by: Link,
    /// Why.
    pub reason: String,
    /// When.
    pub when: When,
}

/// The form that waives a check. Posts `name`, `reason`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct WaiveForm {
    /// Where it posts to.
    pub action: String,
    /// The checks that are missing or failed.
    pub names: Vec<Choice>,
    /// Why.
    pub reason: Field,
}

/// How far the release is.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Progress {
    /// "On its way", or what became of it.
    pub title: String,
    /// One sentence: "brook released it an hour ago; 2 of 3 files are on the official index."
    pub sentence: String,
    /// What the index said last, or what is in the way.
    pub error: Option<String>,
    /// What that is: "Why it waits".
    pub why: String,
    /// When it is tried again.
    pub again: Option<When>,
    /// How often it was tried.
    pub tries: u64,
}

/// A line for a reviewer's client.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TryRow {
    /// What it is for: "A program".
    pub about: String,
    /// The line.
    pub line: String,
}

/// One move.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HistoryRow {
    /// Where it went.
    pub stage: Stage,
    /// Who moved it.
    pub by: Link,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub when: When,
}
