//! The small parts that several pages share: links, times, states, verdicts, rows, fields.

mod evidence;
mod federation;
mod form;
mod hand_in;
mod setup;
mod submission;
mod verdict;

pub use evidence::{AdvisoryRow, AuditKind, AuditRow, AuditStanding, Depth, Severity};
pub use federation::{DeliveryRow, DeliveryState, FollowState, ForkRow, KeyRow, MemberRow, PeerState};
pub use form::{Choice, Field, Problem};
pub use hand_in::hand_in_tabs;
pub use setup::{ClientTab, cargo_source_name, client_tabs};
pub use submission::{
    ArchiveDifference, CandidateRow, DiffLine, Difference, FileDifference, HandInCommand, HandInTab, Hunk, MoveForm, NeedRow,
    NeedState, Stage,
};
pub use verdict::{Counts, EcosystemCounts, Mark, Mode, Phase, PolicyState, Remedy, State, Verdict, WhyNode};

use serde::Serialize;

/// A link with its words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What is shown.
    pub text: String,
    /// Where it goes; empty means "no link, words alone".
    pub href: String,
}

impl Link {
    /// A link to `href` that reads `text`.
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), href: href.into() }
    }

    /// Words alone, where there is nothing to link to.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), href: String::new() }
    }
}

/// A moment, in the three forms a page needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct When {
    /// RFC 3339 in UTC, for machines: `2026-11-20T10:00:00Z`.
    pub iso: String,
    /// The exact moment for people, shown as `title`: "20 November 2026, 10:00 UTC".
    pub exact: String,
    /// Relative to now: "3 days ago", "in 2 hours".
    pub relative: String,
}

impl When {
    /// A moment from its three forms.
    pub fn new(iso: impl Into<String>, exact: impl Into<String>, relative: impl Into<String>) -> Self {
        Self { iso: iso.into(), exact: exact.into(), relative: relative.into() }
    }
}

/// How pressing a notice is. Never used for the state of a release.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// Good to know.
    #[default]
    Info,
    /// Something is less than it should be.
    Warn,
    /// Something is wrong and needs hands.
    Danger,
    /// Something was done as asked.
    Done,
}

/// A notice inside a page, for example "This upstream gives no times" or "The token was revoked".
#[derive(Debug, Clone, Default, Serialize)]
pub struct Notice {
    /// How pressing it is.
    pub tone: Tone,
    /// One or two sentences.
    pub text: String,
    /// Where to go from here.
    pub link: Option<Link>,
}

/// One page of a long list, reached by cursor.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Pager {
    /// How many rows stand on this page.
    pub shown: u64,
    /// How many there are in all, if it is known cheaply.
    pub total: Option<u64>,
    /// Link to the page before; `None` on the first.
    pub previous: Option<String>,
    /// Link to the next page; `None` on the last.
    pub next: Option<String>,
}

/// A link that orders or narrows a list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ListLink {
    /// What it orders or narrows by: "newest", "cargo".
    pub text: String,
    /// The same page in that order.
    pub href: String,
    /// Whether the list is so now.
    pub current: bool,
}

/// A step that a page offers, with its link.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Step {
    /// What to do, one sentence.
    pub text: String,
    /// Where it is done; words alone without it.
    pub link: Option<Link>,
}

/// One digest of an artifact.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FileDigests {
    /// File name, or the artifact's purl.
    pub file: String,
    /// Digests with their algorithm: `sha256:…`.
    pub digests: Vec<String>,
}
