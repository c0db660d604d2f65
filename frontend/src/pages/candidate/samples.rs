//! A candidate as it may occur: in review, for a lead, released, failed, and with hostile words.

use super::{Candidate, CheckRow, FileRow, FindingRow, HistoryRow, Progress, TryRow, WaiveForm, WaiverRow};
use crate::Page;
use crate::parts::{
    ArchiveDifference, DiffLine, Difference, Field, FileDifference, Hunk, Link, MoveForm, NeedRow, NeedState, Problem, Stage,
    Tone,
};
use crate::samples::{HOSTILE, LONG, SHA256, SHA512, audit_rows, choice, notice, strings, when};

const PATH: &str = "/candidates/0b7c6f3e-5a51-4c62-9d1a-0f1f5b1f6a11";

impl Page for Candidate {
    const TEMPLATE: &'static str = "candidate.html";

    fn sample() -> Vec<Self> {
        let review = in_review();
        let approved = Self {
            sentence: "serde 1.0.220 is approved: Balanced has all it asks for, and a lead other than ada may release it."
                .into(),
            stage: Stage::Approved,
            needs: review.needs.iter().cloned().map(|need| NeedRow { state: NeedState::Met, ..need }).collect(),
            moves: vec![
                movement("release", "Release it", "It goes to the official index with the community's credential.", false),
                movement("withdraw", "Withdraw", "Its version is free again.", true),
            ],
            waive: None,
            ..review.clone()
        };
        vec![review, approved, released(), failed(), draft()]
    }
}

fn movement(name: &str, button: &str, hint: &str, reason: bool) -> MoveForm {
    MoveForm {
        name: name.into(),
        action: format!("{PATH}/{name}"),
        button: button.into(),
        hint: hint.into(),
        main: name == "release",
        reason: reason.then(Field::default),
        asks: if name == "withdraw" { "Why you withdraw it" } else { "What should change" }.into(),
    }
}

fn in_review() -> Candidate {
    Candidate {
        ecosystem: "cargo".into(),
        name: "serde".into(),
        version: "1.0.220".into(),
        sentence: "serde 1.0.220 is in review: one audit and one check are missing.".into(),
        stage: Stage::InReview,
        purl: "pkg:cargo/serde@1.0.220".into(),
        package: Link::new("serde", "/packages/cargo/serde"),
        project: Link::new("serde", "/projects/pkg:cargo/serde"),
        policy: Link::new("Balanced", "/policies/balanced"),
        uploader: Link::new("ada", "/users/ada"),
        uploaded_as: Some("repo:harbour/serde workflow:release.yml".into()),
        home: "the official index".into(),
        replaces: Some(Link::new("an earlier candidate", "/candidates/x")),
        moves: vec![
            movement("ask-changes", "Ask for changes", "The version is free for another upload then.", true),
            movement("take", "Start review", "Others see that somebody is reading it.", false),
        ],
        moves_hint: Some("A lead who is not ada releases it once nothing is missing.".into()),
        needs: needs(),
        changes: Some(when("in 2 days")),
        findings: vec![
            FindingRow {
                weight: "warning".into(),
                text: "The name is one letter away from serdes.".into(),
                fix: "Look whether it is meant.".into(),
                place: None,
            },
            FindingRow {
                weight: "warning".into(),
                text: HOSTILE.into(),
                fix: "Take it out and hand in again.".into(),
                place: Some("src/keys.rs".into()),
            },
        ],
        files: files(),
        difference: Some(difference()),
        source_note: Some("Every file of the archive stands in the tagged source with the same bytes.".into()),
        checks: vec![CheckRow {
            name: "ci".into(),
            result: "FAILED".into(),
            good: false,
            by: "ci-runner".into(),
            when: when("an hour ago"),
            link: Some(Link::new("the run", "https://ci.example/runs/1")),
            detail: Some("2 of 410 tests failed".into()),
        }],
        waivers: vec![WaiverRow {
            name: "fuzz".into(),
            by: Link::new("brook", "/users/brook"),
            reason: HOSTILE.into(),
            when: when("today"),
        }],
        waive: Some(WaiveForm {
            action: format!("{PATH}/waivers"),
            names: vec![choice("ci", "ci", "", true)],
            reason: Field::default(),
        }),
        audits: audit_rows(),
        audit_href: Some("/audits/new?release=pkg:cargo/serde@1.0.220".into()),
        history: history(),
        try_it: vec![TryRow { about: "A library".into(), line: "cargo add serde@=1.0.220".into() }],
        api_href: format!("/api/v1{PATH}"),
        records: vec![Link::new("that it was handed in", format!("{PATH}/record"))],
        ..Candidate::default()
    }
}

fn files() -> Vec<FileRow> {
    vec![FileRow {
        name: "serde-1.0.220.crate".into(),
        kind: "crate".into(),
        size: "78 kB".into(),
        digests: strings(&[SHA256, SHA512]),
        href: Some("/publish/cargo/dl/serde/1.0.220/download".into()),
        step: "waiting".into(),
        ..FileRow::default()
    }]
}

fn needs() -> Vec<NeedRow> {
    let need = |kind: &str, name: &str, state, text: &str| NeedRow {
        kind: kind.into(),
        name: name.into(),
        state,
        text: text.into(),
        ..NeedRow::default()
    };
    vec![
        NeedRow {
            link: Some(Link::new("Record an audit", "/audits/new?release=pkg:cargo/serde@1.0.220")),
            ..need("audits", "safe-to-deploy", NeedState::Waiting, "1 of 2 people audited every file.")
        },
        need("outside check", "ci", NeedState::Failed, "ci says FAILED; mend it or have it waived."),
        NeedRow { until: Some(when("in 2 days")), ..need("waiting time", "days", NeedState::Waiting, "1 of 3 days are over.") },
        NeedRow { by: Some("brook".into()), ..need("outside check", "fuzz", NeedState::Waived, "Waived: the runner is away.") },
        need("objections", "", NeedState::Met, "Nothing speaks against it."),
        NeedRow {
            warns: true,
            ..need("its name there", "", NeedState::Met, "The index has `serde`; make sure that the account may publish it.")
        },
    ]
}

fn history() -> Vec<HistoryRow> {
    let row = |stage, by: &str, relative: &str| HistoryRow {
        stage,
        by: Link::new(by, format!("/users/{by}")),
        reason: None,
        when: when(relative),
    };
    vec![
        row(Stage::Staged, "ada", "2 days ago"),
        row(Stage::InReview, "brook", "yesterday"),
        HistoryRow { reason: Some(HOSTILE.into()), ..row(Stage::ChangesAsked, "brook", "yesterday") },
        HistoryRow { by: Link::plain("timer"), ..row(Stage::InReview, "x", "today") },
    ]
}

fn difference() -> Difference {
    let line = |kind: &str, number: u32, text: &str| DiffLine {
        kind: kind.into(),
        number: Some(number),
        text: text.into(),
        cut: false,
    };
    let changed = FileDifference {
        path: "build.rs".into(),
        fate: "changed".into(),
        sizes: "1.2 kB to 1.3 kB".into(),
        risk: "runs when it is built".into(),
        added: 2,
        removed: 1,
        hunks: vec![Hunk {
            place: "lines 1 to 4, before 1 to 3".into(),
            lines: vec![
                line("context", 1, "fn main() {"),
                line("removed", 2, "    println!(\"cargo:rerun-if-changed=build.rs\");"),
                line("added", 2, "    let url = std::env::var(\"URL\");"),
                line("added", 3, HOSTILE),
                line("context", 4, "}"),
            ],
        }],
        ..FileDifference::default()
    };
    let binary = FileDifference {
        path: format!("tests/{LONG}.bin"),
        fate: "added".into(),
        sizes: "812 kB".into(),
        risk: "binary: its bytes cannot be read here".into(),
        note: Some("It is no text.".into()),
        cut: true,
        ..FileDifference::default()
    };
    Difference {
        sentence: "Compared with 1.0.219, the last release.".into(),
        archives: vec![ArchiveDifference {
            file: "serde-1.0.220.crate".into(),
            against: Some("serde-1.0.219.crate".into()),
            note: None,
            counts: "1 file added, 1 changed; 2 lines added, 1 removed.".into(),
            files: vec![changed, binary],
            left_out: 3,
        }],
    }
}

fn released() -> Candidate {
    let review = in_review();
    let file = |file: &FileRow| FileRow {
        step: "verified".into(),
        step_at: Some(when("an hour ago")),
        attested: true,
        ..file.clone()
    };
    Candidate {
        sentence: "serde 1.0.220 is released: brook sent it to the official index, which serves the very bytes.".into(),
        stage: Stage::Released,
        release: Some(Link::new("its release", "/releases/pkg:cargo/serde@1.0.220")),
        notices: vec![notice(Tone::Done, "It is on its way.")],
        files: review.files.iter().map(file).collect(),
        moves: Vec::new(),
        moves_hint: None,
        needs: Vec::new(),
        findings: Vec::new(),
        difference: None,
        difference_note: Some("The difference could not be made: the last release is not stored here.".into()),
        checks: Vec::new(),
        waive: None,
        audits: Vec::new(),
        progress: Some(Progress {
            title: "Released".into(),
            sentence: "brook asked for the release an hour ago; the official index serves the very bytes.".into(),
            ..Progress::default()
        }),
        ..review
    }
}

fn failed() -> Candidate {
    Candidate {
        sentence: "serde 1.0.220 failed: the official index serves other bytes than those that were vetted.".into(),
        stage: Stage::Failed,
        notices: vec![notice(Tone::Danger, "The official index serves other bytes. Do not install this release.")],
        problems: vec![Problem { field: "reason-withdraw".into(), text: "Say why.".into() }],
        moves: vec![
            movement("release", "Try again", "What arrived is looked up first.", false),
            MoveForm {
                reason: Some(Field::wrong(HOSTILE, "Say why, in at most 2,000 characters.")),
                ..movement("withdraw", "Withdraw", "Its version is free again.", true)
            },
        ],
        progress: Some(Progress {
            title: "Failed".into(),
            sentence: "brook asked for the release an hour ago; the official index took 1 of 2 files.".into(),
            why: "Why it waits".into(),
            error: Some(HOSTILE.into()),
            again: Some(when("in 4 minutes")),
            tries: 3,
        }),
        ..in_review()
    }
}

fn draft() -> Candidate {
    Candidate {
        ecosystem: "pypi".into(),
        name: LONG.into(),
        version: "0.0.1".into(),
        sentence: "It is a draft: files may still come.".into(),
        stage: Stage::Draft,
        purl: "pkg:pypi/demo@0.0.1".into(),
        package: Link::new(LONG, "/packages/pypi/demo"),
        project: Link::new(LONG, "/projects/pkg:pypi/demo"),
        policy: Link::plain("cooldown"),
        uploader: Link::new("ada", "/users/ada"),
        home: "this community alone".into(),
        moves: vec![movement("complete", "That is all", "Reviewers look at it then.", false)],
        api_href: "/api/v1/candidates/x".into(),
        ..Candidate::default()
    }
}
