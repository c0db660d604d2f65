//! A member or an organisation: what they said, under which keys, and how to follow them.

use serde::Serialize;

use crate::Page;
use crate::pages::candidates;
use crate::parts::{AuditRow, CandidateRow, KeyRow, Link, MemberRow, Pager, When};
use crate::samples::{LONG, audit_rows, member_rows, strings, when};

/// `/users/{name}` and `/orgs/{name}`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Actor {
    /// Whether it is an organisation.
    pub is_organisation: bool,
    /// The name.
    pub name: String,
    /// First sentence: "ada is auditor here and has recorded 12 audits."
    pub sentence: String,
    /// `@ada@vet.example`; `None` on a trial.
    pub handle: Option<String>,
    /// The organisation a member counts as.
    pub organisation: Option<Link>,
    /// Roles of a member, in words.
    pub roles: Vec<String>,
    /// Member since when.
    pub since: Option<When>,
    /// The people of an organisation.
    pub members: Vec<MemberRow>,
    /// Their audits, newest first.
    pub audits: Vec<AuditRow>,
    /// The rest of them.
    pub pager: Pager,
    /// What they handed in last, newest first.
    pub handed: Vec<CandidateRow>,
    /// Where the rest of it is listed.
    pub handed_all: Option<Link>,
    /// Their keys, newest first; empty on a trial.
    pub keys: Vec<KeyRow>,
    /// Where an audit is recorded, on one's own page.
    pub record_href: Option<String>,
}

impl Page for Actor {
    const TEMPLATE: &'static str = "actor.html";

    fn sample() -> Vec<Self> {
        let key = KeyRow {
            id: "https://vet.example/users/ada#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQXJt2n9v6gq4d".into(),
            multikey: "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQXJt2n9v6gq4d".into(),
            signs: "statements".into(),
            from: when("2 months ago"),
            until: None,
        };
        let person = Self {
            name: "ada".into(),
            sentence: "ada is auditor and steward here and has recorded 4 audits.".into(),
            handle: Some("@ada@vet.example".into()),
            organisation: Some(Link::new("harbour-works", "/orgs/harbour-works")),
            roles: strings(&["auditor", "steward"]),
            since: Some(when("2 months ago")),
            audits: audit_rows(),
            handed: candidates::sample_rows(),
            handed_all: Some(Link::new("Everything ada handed in", "/candidates?by=ada")),
            pager: Pager { shown: 4, total: Some(12), previous: None, next: Some("?before=a2d0".into()) },
            keys: vec![
                key.clone(),
                KeyRow { until: Some(when("a month ago")), ..key.clone() },
                KeyRow {
                    id: "https://vet.example/users/ada#main-key".into(),
                    multikey: String::new(),
                    signs: "messages between servers".into(),
                    ..key
                },
            ],
            ..Self::default()
        };
        let organisation = Self {
            is_organisation: true,
            name: "harbour-works".into(),
            sentence: "harbour-works is an organisation of two members.".into(),
            organisation: None,
            roles: Vec::new(),
            members: member_rows(),
            ..person.clone()
        };
        let bare = Self {
            name: LONG.into(),
            sentence: "This member has recorded no audit yet.".into(),
            record_href: Some("/audits/new".into()),
            ..Self::default()
        };
        vec![person, organisation, bare]
    }
}
