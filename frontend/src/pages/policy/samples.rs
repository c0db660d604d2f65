//! What the samples of the policy page are made of; the adoption form and the audit pages show some of it too.

use super::{Criterion, ExceptionRow, Gate, PolicyImport, Revision, UseRow};
use crate::parts::Link;
use crate::samples::{HOSTILE, LONG, SHA256, SHA256_B, strings, when};

/// What a release of the community's own packages needs.
pub(super) fn release() -> Vec<UseRow> {
    let row = |name: &str, requires: &str| UseRow { name: name.into(), requires: requires.into() };
    vec![
        row("waiting time", "3 days after it was handed in"),
        row("audits for safe-to-deploy", "two independent people of level 2 or above"),
        row("outside check ci", "a signed result by z6Mkf5rGMoatrSj1f4CyvuHBeXJELe9RPdzo2PKGNCKVtZxP; a lead may waive it"),
    ]
}

/// Plain words for the samples of this page and of the adoption form.
pub(crate) fn plain() -> Vec<String> {
    strings(&[
        "A release is held until it is 7 days old, unless an advisory names it as the fix.",
        "Known malware is refused.",
        "For runtime use, one auditor of level 2 must have read it for safe-to-deploy, or \
            thirty days must have passed without a matching advisory.",
    ])
}

/// Criteria for the samples.
pub(crate) fn criteria() -> Vec<Criterion> {
    let deploy = Criterion {
        name: "safe-to-deploy".into(),
        text: "It can be shipped to production without a serious risk for whoever relies on \
            it.\nInput from strangers is expected."
            .into(),
        guidance: strings(&[
            "Look at every place that reads input from outside.",
            "Unsafe code needs its own reasoning written down.",
        ]),
        implies: strings(&["safe-to-run"]),
        built_in: true,
    };
    let run = Criterion {
        name: "safe-to-run".into(),
        text: "It can be compiled, run and tested on a workstation.".into(),
        guidance: Vec::new(),
        implies: Vec::new(),
        built_in: true,
    };
    vec![deploy, Criterion { name: "no-network".into(), text: HOSTILE.into(), built_in: false, ..run.clone() }, run]
}

/// Gates for the samples.
pub(crate) fn gates() -> Vec<Gate> {
    let age = Gate {
        name: "release-age".into(),
        text: "Holds what is younger than 7 days.".into(),
        configured: true,
        source: None,
        stale: false,
    };
    vec![
        age,
        Gate {
            name: "advisories".into(),
            text: "Holds what an advisory of high severity names.".into(),
            configured: true,
            source: Some("OSV, read 9 days ago".into()),
            stale: true,
        },
        Gate { name: "malware".into(), text: "Refuses known malware.".into(), configured: false, source: None, stale: false },
    ]
}

pub(super) fn exceptions() -> Vec<ExceptionRow> {
    let lock = ExceptionRow {
        scope: "pkg:cargo/serde@1.0.220".into(),
        owner: "brook".into(),
        reason: "Needed for the release of the crane; read by hand.".into(),
        expires: when("in 3 weeks"),
        expired: false,
    };
    vec![
        lock.clone(),
        ExceptionRow { scope: LONG.into(), reason: HOSTILE.into(), expired: true, expires: when("2 days ago"), ..lock },
    ]
}

pub(super) fn imports() -> Vec<PolicyImport> {
    vec![
        PolicyImport {
            source: Link::new("harbour masters", "/imports/masters"),
            organisation: "harbour-masters".into(),
            level: 2,
            maps: strings(&["ub-risk-0 -> safe-to-run"]),
            depth: "read".into(),
            undated: true,
            unbound: false,
        },
        PolicyImport {
            source: Link::plain(HOSTILE),
            organisation: LONG.into(),
            level: 1,
            depth: "skim".into(),
            ..PolicyImport::default()
        },
    ]
}

pub(super) fn revisions() -> Vec<Revision> {
    vec![
        Revision {
            number: Link::new("3", "/policies/balanced"),
            digest: SHA256.into(),
            adopted: when("last week"),
            by: "ada and brook".into(),
            current: true,
        },
        Revision {
            number: Link::new("2", "/policies/balanced@2"),
            digest: SHA256_B.into(),
            adopted: when("in May"),
            by: "ada".into(),
            current: false,
        },
    ]
}
