//! The sources that evidence is imported from.

use serde::Serialize;

use crate::Page;
use crate::parts::Tone;
use crate::parts::{Link, Notice, When};
use crate::samples::{HOSTILE, notice, when};

/// `/imports`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Imports {
    /// The sources, by name.
    pub sources: Vec<ImportRow>,
    /// Where another one is added; `None` for those who may not.
    pub new_href: Option<String>,
    /// What just happened.
    pub notice: Option<Notice>,
}

/// One source in the list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ImportRow {
    /// Its name, linked to its page.
    pub name: Link,
    /// "cargo-vet feed", "OSV".
    pub kind: String,
    /// Address, folder or file it is read from.
    pub location: String,
    /// Where it stands.
    pub state: ImportState,
    /// How far a running one has come.
    pub progress: Option<Progress>,
    /// Entries added last time.
    pub added: u64,
    /// Entries changed last time.
    pub changed: u64,
    /// Entries dropped last time.
    pub dropped: u64,
    /// Entries held now.
    pub held: u64,
    /// When it was last read to its end.
    pub last: Option<When>,
    /// When it is read next; `None` without a schedule.
    pub next: Option<When>,
    /// Why it failed: what happened, why, what to do.
    pub error: Option<String>,
}

/// Where an import stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportState {
    /// Waits for its first run.
    #[default]
    Queued,
    /// Is being read.
    Running,
    /// Was read to its end.
    Done,
    /// Was asked and had not changed.
    Unchanged,
    /// Could not be read.
    Failed,
}

/// How far something has come.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Progress {
    /// Done so far.
    pub done: u64,
    /// Of how much; `None` while unknown.
    pub total: Option<u64>,
    /// In words with unit: "3.1 of 12.4 MB, 2,100 entries".
    pub text: String,
}

impl Page for Imports {
    const TEMPLATE: &'static str = "imports.html";

    fn sample() -> Vec<Self> {
        vec![
            Self {
                sources: rows(),
                new_href: Some("/imports/new".into()),
                notice: Some(notice(Tone::Done, "The import was added and is read now.")),
            },
            Self { new_href: Some("/imports/new".into()), ..Self::default() },
            Self::default(),
        ]
    }
}

/// Rows for the samples of this page and of the page of one import: one in every state.
pub(crate) fn rows() -> Vec<ImportRow> {
    let done = ImportRow {
        name: Link::new("masters", "/imports/masters"),
        kind: "cargo-vet feed".into(),
        location: "https://feeds.example/masters/audits.toml".into(),
        state: ImportState::Done,
        added: 12,
        changed: 3,
        dropped: 5,
        held: 1_515,
        last: Some(when("2 hours ago")),
        next: Some(when("in 22 hours")),
        ..ImportRow::default()
    };
    let named = |name: &str, state| ImportRow { name: Link::new(name, format!("/imports/{name}")), state, ..done.clone() };
    let progress = Progress { done: 31, total: Some(124), text: "3.1 of 12.4 MB, 2,100 entries".into() };
    vec![
        done.clone(),
        ImportRow { progress: Some(progress.clone()), last: None, ..named("pilots", ImportState::Running) },
        ImportRow {
            progress: Some(Progress { total: None, ..progress }),
            next: None,
            ..named("lanterns", ImportState::Running)
        },
        ImportRow { error: Some(HOSTILE.into()), ..named("gulls", ImportState::Failed) },
        ImportRow { last: None, ..named("nets", ImportState::Queued) },
        named("ropes", ImportState::Unchanged),
    ]
}
