//! One import: what came in, what was dropped and why, what to paste into a policy.

use serde::Serialize;

use crate::Page;
use crate::pages::imports;
use crate::pages::imports::{ImportRow, ImportState};
use crate::parts::Tone;
use crate::parts::{Link, Notice, When};
use crate::samples::{HOSTILE, notice, strings, when};

/// `/imports/{name}`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Import {
    /// The source and its last counts.
    pub source: ImportRow,
    /// First sentence: "1,515 audits from Mozilla's feed count where a policy imports them."
    pub sentence: String,
    /// What just happened.
    pub notice: Option<Notice>,
    /// What was dropped last time, by reason, most frequent first.
    pub dropped: Vec<DroppedReason>,
    /// Lines to paste into a policy.
    pub toml: String,
    /// Policies that import it.
    pub policies: Vec<Link>,
    /// The latest runs, newest first.
    pub runs: Vec<ImportRun>,
    /// Where "Read now" posts to; `None` for those who may not.
    pub run_action: Option<String>,
}

/// Entries that were dropped for one reason.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DroppedReason {
    /// Stable code: `git-revision`.
    pub code: String,
    /// One sentence: "The entry names a git revision, which no published release has."
    pub text: String,
    /// How many.
    pub count: u64,
    /// Some of them, as the source has them.
    pub examples: Vec<String>,
}

/// One run of an import.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ImportRun {
    /// When it began.
    pub started: When,
    /// How long it took, with unit.
    pub took: Option<String>,
    /// How it ended.
    pub state: ImportState,
    /// Entries added.
    pub added: u64,
    /// Entries changed.
    pub changed: u64,
    /// Entries dropped.
    pub dropped: u64,
    /// Why it failed.
    pub error: Option<String>,
}

impl Page for Import {
    const TEMPLATE: &'static str = "import.html";

    fn sample() -> Vec<Self> {
        let reason = |code: &str, text: &str, count, examples: &[&str]| DroppedReason {
            code: code.into(),
            text: text.into(),
            count,
            examples: strings(examples),
        };
        let run = ImportRun {
            started: when("2 hours ago"),
            took: Some("1.2 s".into()),
            state: ImportState::Done,
            added: 12,
            changed: 3,
            dropped: 5,
            error: None,
        };
        let toml = "[[import]]\nsource = \"masters\"\norganisation = \"harbour-masters\"\nlevel = 2\n";
        imports::rows()
            .into_iter()
            .map(|source| Self {
                sentence: "1,515 entries of this feed count where a policy imports them.".into(),
                notice: None,
                dropped: vec![
                    reason(
                        "git-revision",
                        "The entry names a git revision, which no published release has.",
                        4,
                        &["serde 1.0.218@git:0a1b2c3d", HOSTILE],
                    ),
                    reason("bad-name", "The name is none a package can have.", 1, &["0.7.11"]),
                ],
                toml: toml.into(),
                policies: vec![Link::new("Balanced", "/policies/balanced"), Link::new("Strict", "/policies/strict")],
                runs: vec![
                    run.clone(),
                    ImportRun {
                        state: ImportState::Failed,
                        error: Some("The server reset the connection. It is tried again in an hour.".into()),
                        took: None,
                        ..run.clone()
                    },
                ],
                run_action: Some("/imports/masters/run".into()),
                source,
            })
            .chain([Self {
                sentence: "Nothing has been read yet.".into(),
                notice: Some(notice(Tone::Info, "It waits for its turn.")),
                toml: toml.into(),
                source: ImportRow { name: Link::plain("nets"), ..ImportRow::default() },
                ..Self::default()
            }])
            .collect()
    }
}
