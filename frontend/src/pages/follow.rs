//! Following another community: paste its handle, see what it is, follow it.

use serde::Serialize;

use crate::Page;
use crate::parts::{Field, Link, Notice, Problem, Tone};
use crate::samples::{HOSTILE, notice};

/// `/peers/new`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Follow {
    /// Where looking goes, as a GET with `handle`.
    pub look_action: String,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// Handle or address as typed.
    pub handle: Field,
    /// What was found there.
    pub found: Option<Found>,
}

/// What stands at the other end.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Found {
    /// What it calls itself.
    pub name: String,
    /// `@community@pier.example`
    pub handle: String,
    /// Its address.
    pub uri: String,
    /// Group, person, service: in words.
    pub kind: String,
    /// What it says of itself, as plain text.
    pub summary: Option<String>,
    /// What its server runs.
    pub software: Option<String>,
    /// Its current policies, by their pages there.
    pub policies: Vec<Link>,
    /// How many auditors it has, by its own word.
    pub auditors: Option<u64>,
    /// How many follow it, by its own word.
    pub followers: Option<u64>,
    /// How many statements its log holds; `None` when it has no log.
    pub statements: Option<u64>,
    /// What needs saying before following.
    pub notices: Vec<Notice>,
    /// Where following posts `handle` to; `None` when it cannot be followed.
    pub follow_action: Option<String>,
    /// Its page here, when it is followed already.
    pub already: Option<Link>,
}

impl Page for Follow {
    const TEMPLATE: &'static str = "follow.html";

    fn sample() -> Vec<Self> {
        let blank = Self { look_action: "/peers/new".into(), ..Self::default() };
        let found = Found {
            name: "Pier Readers".into(),
            handle: "@community@pier.example".into(),
            uri: "https://pier.example/community".into(),
            kind: "a community".into(),
            summary: Some("Readers of the pier.".into()),
            software: Some("vetmoot 0.1.0".into()),
            policies: vec![Link::new("balanced", "https://pier.example/policies/balanced")],
            auditors: Some(12),
            followers: Some(311),
            statements: Some(12_400),
            notices: Vec::new(),
            follow_action: Some("/peers".into()),
            already: None,
        };
        let seen = Self { handle: Field::of("@community@pier.example"), found: Some(found.clone()), ..blank.clone() };
        let hostile = Self {
            found: Some(Found {
                name: HOSTILE.into(),
                summary: Some(HOSTILE.into()),
                software: None,
                policies: Vec::new(),
                auditors: None,
                followers: None,
                statements: None,
                notices: vec![notice(Tone::Warn, "It has no log, so nothing of it counts here.")],
                follow_action: None,
                already: Some(Link::new("See it", "/peers/pier.example")),
                ..found
            }),
            ..seen.clone()
        };
        let wrong = Self {
            problems: vec![Problem { field: "handle".into(), text: "There is no such actor.".into() }],
            handle: Field::wrong(HOSTILE, "There is no such actor at pier.example. Check the spelling."),
            ..blank.clone()
        };
        vec![blank, seen, hostile, wrong]
    }
}
