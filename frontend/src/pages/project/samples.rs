//! A project as it may occur: for a lead, for a visitor, stopped, and with a form that could not be taken.

use super::{ActionRow, AppointForm, AskForm, PersonRow, PolicyForm, Project, PublisherForm, PublisherRow, SwitchForm};
use crate::Page;
use crate::pages::candidates::sample_rows;
use crate::parts::{Field, Link, Problem, Tone, hand_in_tabs};
use crate::samples::{HOSTILE, LONG, choice, notice, strings, when};

const PATH: &str = "/projects/pkg:cargo/serde";

impl Page for Project {
    const TEMPLATE: &'static str = "project.html";

    fn sample() -> Vec<Self> {
        let lead = for_a_lead();
        let visitor = Self {
            ecosystem: "npm".into(),
            name: LONG.into(),
            sentence: "Its releases go through this community, which is their only home.".into(),
            package: Link::new(LONG, "/packages/npm/x"),
            purl: format!("pkg:npm/{LONG}"),
            home: "this community alone".into(),
            policy: Link::new("Cooldown", "/policies/cooldown"),
            opened_by: Link::plain("the operator"),
            opened: when("today"),
            clients: hand_in_tabs("https://vet.example", "npm", LONG),
            token_href: "/account".into(),
            api_href: "/api/v1/projects/pkg:npm/x".into(),
            ..Self::default()
        };
        let stopped = Self {
            notices: vec![notice(Tone::Warn, "brook stopped this project an hour ago.")],
            switch: Some(SwitchForm {
                action: format!("{PATH}/switch"),
                stop: false,
                hint: "Then releases can be handed in and released again.".into(),
            }),
            clients: hand_in_tabs("https://vet.example", "pypi", "demo"),
            candidates: Vec::new(),
            ..lead.clone()
        };
        let wrong = Self {
            problems: vec![Problem { field: "member".into(), text: "There is no such member.".into() }],
            appoint: Some(AppointForm {
                member: Field::wrong(HOSTILE, "There is no such member. Look at the community's page."),
                ..lead.appoint.clone().unwrap_or_default()
            }),
            ..lead.clone()
        };
        vec![lead, visitor, stopped, wrong]
    }
}

fn for_a_lead() -> Project {
    let person = PersonRow {
        name: Link::new("ada", "/users/ada"),
        role: "lead".into(),
        appointed_by: "operator".into(),
        appointed: when("in May"),
        dismiss_action: Some(format!("{PATH}/people/ada/dismiss")),
    };
    let brook = PersonRow {
        name: Link::new("brook", "/users/brook"),
        role: "maintainer".into(),
        dismiss_action: Some(format!("{PATH}/people/brook/dismiss")),
        ..person.clone()
    };
    Project {
        ecosystem: "cargo".into(),
        name: "serde".into(),
        sentence: "Its releases go through this community to the official index, vetted under Balanced.".into(),
        package: Link::new("serde", "/packages/cargo/serde"),
        purl: "pkg:cargo/serde".into(),
        home: "the official index".into(),
        policy: Link::new("Balanced", "/policies/balanced"),
        opened_by: Link::new("ada", "/users/ada"),
        opened: when("in May"),
        people: vec![person, brook],
        appoint: Some(AppointForm {
            action: format!("{PATH}/people"),
            roles: vec![choice("maintainer", "maintainer", "", true), choice("lead", "lead", "", false)],
            ..AppointForm::default()
        }),
        policy_form: Some(PolicyForm {
            action: format!("{PATH}/policy"),
            policies: vec![choice("", "the instance's choice", "", true), choice("strict", "Strict", "", false)],
        }),
        switch: Some(SwitchForm {
            action: format!("{PATH}/switch"),
            stop: true,
            hint: "Nothing is handed in or released while it is stopped.".into(),
        }),
        publishers: vec![PublisherRow {
            id: "1".into(),
            issuer: "https://ci.example".into(),
            claims: strings(&["repository = harbour/serde", "workflow = release.yml"]),
            added_by: Link::new("ada", "/users/ada"),
            added: when("last week"),
            remove_action: Some(format!("{PATH}/publishers/1/remove")),
        }],
        publisher_form: Some(PublisherForm {
            action: format!("{PATH}/publishers"),
            issuers: vec![choice("https://ci.example", "https://ci.example", "", true)],
            ..PublisherForm::default()
        }),
        clients: hand_in_tabs("https://vet.example", "cargo", "serde"),
        token_href: "/account?scope=publish&project=pkg:cargo/serde".into(),
        candidates: sample_rows(),
        actions: actions(),
        ask: Some(AskForm {
            action: format!("{PATH}/actions"),
            kinds: vec![choice("yank", "Yank", "", true), choice("unyank", "Unyank", "", false)],
            ..AskForm::default()
        }),
        api_href: "/api/v1/projects/pkg:cargo/serde".into(),
        ..Project::default()
    }
}

fn actions() -> Vec<ActionRow> {
    let asked = ActionRow {
        what: "yank 1.0.218".into(),
        state: "asked".into(),
        asked_by: Link::new("brook", "/users/brook"),
        asked: when("an hour ago"),
        approve_action: Some(format!("{PATH}/actions/3/approve")),
        refuse_action: Some(format!("{PATH}/actions/3/refuse")),
        ..ActionRow::default()
    };
    vec![
        asked.clone(),
        ActionRow {
            what: "deprecate 0.9.0".into(),
            message: Some(HOSTILE.into()),
            state: "failed".into(),
            error: Some("the index says: this version does not exist".into()),
            decided_by: Some(Link::new("ada", "/users/ada")),
            approve_action: None,
            refuse_action: None,
            ..asked
        },
    ]
}
