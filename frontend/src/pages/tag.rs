//! What was said under one of our hashtags.

use serde::Serialize;

use crate::Page;
use crate::parts::{Link, ListLink, Pager, When};
use crate::samples::{HOSTILE, LONG, when};

/// `/tags/{name}`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Tag {
    /// The hashtag, without `#`.
    pub name: String,
    /// What carries it, one sentence.
    pub sentence: String,
    /// All hashtags of ours.
    pub others: Vec<ListLink>,
    /// What carries it, newest first.
    pub rows: Vec<TagRow>,
    /// Where the rest is.
    pub pager: Pager,
}

/// One statement that was posted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TagRow {
    /// What was said: "Audit", "Handed in"; it leads to its page.
    pub what: Link,
    /// What it is about.
    pub about: Link,
    /// Who said it.
    pub by: Link,
    /// When.
    pub when: When,
    /// It was withdrawn.
    pub withdrawn: bool,
    /// Whether it is an alarm.
    pub alarm: bool,
}

impl Page for Tag {
    const TEMPLATE: &'static str = "tag.html";

    fn sample() -> Vec<Self> {
        let order = |text: &str, current| ListLink { text: text.into(), href: "/tags/VetmootAudit".into(), current };
        let others = vec![order("#VetmootAudit", true), order("#VetmootRelease", false)];
        let row = TagRow {
            what: Link::new("Audit", "/audits/17"),
            about: Link::new("serde 1.0.219", "/releases/pkg:cargo/serde@1.0.219"),
            by: Link::new("ada", "/users/ada"),
            when: when("2 hours ago"),
            ..TagRow::default()
        };
        let usual = Self {
            name: "VetmootAudit".into(),
            sentence: "Posts of this community carry it on audits, and what was taken back of them; the newest first.".into(),
            others: others.clone(),
            rows: vec![
                row.clone(),
                TagRow { withdrawn: true, about: Link::new(LONG, "/packages/cargo/x"), ..row.clone() },
                TagRow { alarm: true, what: Link::new("Alarm", "/candidates/x"), about: Link::plain(HOSTILE), ..row },
            ],
            pager: Pager { next: Some("/tags/VetmootAudit?before=17".into()), ..Pager::default() },
        };
        let empty = Self {
            name: "VetmootRelease".into(),
            sentence: "Posts of this community carry it on releases that were handed in. There is none yet.".into(),
            others,
            ..Self::default()
        };
        vec![usual, empty]
    }
}
