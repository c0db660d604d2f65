//! Candidates and what is shown beside them: where they stand, what they need, how they differ from what was before.

use serde::Serialize;

use super::{Field, Link, When};

/// Where a candidate stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Files are still coming.
    #[default]
    Draft,
    /// Whole, and waiting for somebody to look at it.
    Staged,
    /// Somebody is looking at it.
    InReview,
    /// A reviewer wants something else.
    ChangesAsked,
    /// The policy has all it wants.
    Approved,
    /// On its way to where it is released.
    Releasing,
    /// There, with the very bytes.
    Released,
    /// The way there ended.
    Failed,
    /// Taken back.
    Withdrawn,
}

/// A candidate in a list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CandidateRow {
    /// "demo 1.0.0", linked to the candidate's page.
    pub subject: Link,
    /// `cargo`, `pypi` or `npm`.
    pub ecosystem: String,
    /// Where it stands.
    pub stage: Stage,
    /// Why it stands there, where somebody said so.
    pub reason: Option<String>,
    /// Who handed it in.
    pub uploader: Link,
    /// The program that did so in their name.
    pub uploaded_as: Option<String>,
    /// Who released it.
    pub released_by: Option<Link>,
    /// When anything about it changed last.
    pub changed: When,
}

/// Whether a thing a policy wants is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NeedState {
    /// It is.
    Met,
    /// It was waived, with a name and a reason.
    Waived,
    /// Not yet.
    #[default]
    Waiting,
    /// It came, and says no.
    Failed,
}

/// One thing a policy wants before a release.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NeedRow {
    /// What kind in words: "audits", "waiting time", "outside check".
    pub kind: String,
    /// Which one: a criterion, the name of a check.
    pub name: String,
    /// Whether it is there.
    pub state: NeedState,
    /// It is there, and somebody should look at what is said of it.
    pub warns: bool,
    /// What there is or what is missing, one sentence.
    pub text: String,
    /// Until when it waits.
    pub until: Option<When>,
    /// Who met or waived it.
    pub by: Option<String>,
    /// Where to read more, or to do it.
    pub link: Option<Link>,
}

/// How a candidate differs from the last released version.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Difference {
    /// One sentence: "Against 1.0.0: 3 files changed, 41 lines added, 2 removed."
    pub sentence: String,
    /// One for each file of the candidate.
    pub archives: Vec<ArchiveDifference>,
}

/// How one archive differs from its counterpart.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ArchiveDifference {
    /// The archive's name.
    pub file: String,
    /// What it is compared with: "demo-0.9.0.crate"; none when it is new.
    pub against: Option<String>,
    /// What should be said about the comparison.
    pub note: Option<String>,
    /// In numbers: "2 files added, 1 changed; 41 lines added, 2 removed".
    pub counts: String,
    /// The files that differ, the riskiest first.
    pub files: Vec<FileDifference>,
    /// Files that differ and are not listed.
    pub left_out: u64,
}

/// A file that differs.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FileDifference {
    /// Its path.
    pub path: String,
    /// `added`, `removed`, `changed`, or `mode`.
    pub fate: String,
    /// "1.2 kB → 3.4 kB".
    pub sizes: String,
    /// Why it stands where it stands in the list; empty for a plain file.
    pub risk: String,
    /// Why no text is shown, where none is.
    pub note: Option<String>,
    /// Lines added.
    pub added: u64,
    /// Lines removed.
    pub removed: u64,
    /// The changed places.
    pub hunks: Vec<Hunk>,
    /// Whether more places follow.
    pub cut: bool,
}

/// One changed place.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Hunk {
    /// "lines 10-14, before 10-12".
    pub place: String,
    /// The lines.
    pub lines: Vec<DiffLine>,
}

/// One line of a changed place.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DiffLine {
    /// `added`, `removed` or `context`.
    pub kind: String,
    /// Its number: in the new text, in the old one when it was removed.
    pub number: Option<u32>,
    /// Its text.
    pub text: String,
    /// Whether the line is longer.
    pub cut: bool,
}

/// A button that moves a candidate.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MoveForm {
    /// What tells it from the others on the page: `ask-changes`.
    pub name: String,
    /// Where it posts to.
    pub action: String,
    /// The verb on the button.
    pub button: String,
    /// What follows from it, one sentence.
    pub hint: String,
    /// Whether it is what this page is for now.
    pub main: bool,
    /// The field `reason`, where one is asked for.
    pub reason: Option<Field>,
    /// What that field asks for: "What should change".
    pub asks: String,
}

/// How a client is set up to hand in.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HandInTab {
    /// `cargo`, `twine`, `uv`, `npm`.
    pub client: String,
    /// The file the snippet goes into; empty when there is none.
    pub file: String,
    /// What to paste.
    pub snippet: String,
    /// The command that hands in.
    pub command: String,
    /// Further commands for other cases.
    pub also: Vec<HandInCommand>,
}

/// A further command that hands in.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HandInCommand {
    /// When it is the one: "Or every crate of the workspace, in one go".
    pub about: String,
    /// The command.
    pub command: String,
}
