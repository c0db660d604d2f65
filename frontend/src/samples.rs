//! What the samples of pages are made of, so that every page shows the same small world.

use crate::parts::{
    AdvisoryRow, AuditKind, AuditRow, AuditStanding, Choice, Counts, Depth, EcosystemCounts, FileDigests, ForkRow, Link, Mark,
    MemberRow, Mode, Notice, Phase, PolicyState, Remedy, Severity, State, Step, Tone, Verdict, When, WhyNode,
};
use crate::{Alternate, Banner, Preview, Shell, User};

/// A name that nobody chose kindly: one long word.
pub(crate) const LONG: &str =
    "a-package-whose-author-would-not-stop-typing-and-typed-on-until-the-name-was-as-long-as-the-index-permits-it-to-be";
/// Text that would leave its place if it were not escaped.
pub(crate) const HOSTILE: &str = "<script src=//evil.example></script><b onclick=\"x()\">'&amp;\" \u{202e}txt";
/// A digest.
pub(crate) const SHA256: &str = "sha256:5f0e2c6147f81e1f4b0ee0cf6c2b1a0c94a6b0a0aa3ac6b3c2f4e0f1f7b0d2a9";
/// Another digest.
pub(crate) const SHA256_B: &str = "sha256:9c1d33fa0e6a4c58bb1f0c5f3f1a7d34c9e6b26a4f9d8f7ce6d1b2a390817263";
/// Integrity as npm writes it.
pub(crate) const SHA512: &str = "sha512:b1f4aaa6d1c6b1f9a3f0be0c7f0a1d2e3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccdd\
    eeff00112233445566778899aabbccddeeff0011223344";

impl Shell {
    /// The surroundings of a usual page, for somebody signed in.
    pub fn sample() -> Self {
        Self {
            instance: "Harbour Packages".into(),
            about: "People of the harbour towns who read packages together before they run them.".into(),
            base_url: "https://vet.example".into(),
            path: "/releases/pkg:cargo/serde@1.0.219".into(),
            title: "serde 1.0.219".into(),
            user: Some(User { handle: "ada".into(), roles: vec!["auditor".into(), "steward".into()], admin: true }),
            banners: vec![
                Banner {
                    code: "trial".into(),
                    tone: Tone::Warn,
                    text: "This is a trial: no domain is set, so statements count here alone and carry no signature.".into(),
                    link: Some(Link::new("How to set it", "/setup")),
                },
                Banner {
                    code: "one-steward".into(),
                    tone: Tone::Info,
                    text: "Only one steward: changes take effect at once.".into(),
                    link: Some(Link::new("Appoint a second", "/admin/members")),
                },
            ],
            crumbs: vec![
                Link::new("cargo", "/search?q=pkg:cargo"),
                Link::new("serde", "/packages/cargo/serde"),
                Link::plain("1.0.219"),
            ],
            alternates: vec![Alternate {
                href: "/feed.atom".into(),
                media_type: "application/atom+xml".into(),
                title: "Audits".into(),
            }],
            preview: Some(Preview { href: "/cards/releases/pkg:cargo/serde@1.0.219.png".into(), alt: "serde 1.0.219".into() }),
            version: "0.1.0".into(),
            source_href: "https://code.example/vetmoot".into(),
            theme_action: Some("/theme".into()),
            csrf: Some("t0ken".into()),
            sign_out_action: "/sign-out".into(),
            ..Self::default()
        }
    }

    /// The surroundings of a page for a visitor, with nothing optional.
    pub fn sample_visitor() -> Self {
        Self {
            instance: "localhost".into(),
            about: "A packaging community that has not said yet what it is.".into(),
            base_url: "http://127.0.0.1:8080".into(),
            path: "/".into(),
            title: "Home".into(),
            version: "0.1.0".into(),
            source_href: "https://code.example/vetmoot".into(),
            sign_out_action: "/sign-out".into(),
            ..Self::default()
        }
    }
}

pub(crate) fn when(relative: &str) -> When {
    When::new("2026-11-17T09:30:00Z", "17 November 2026, 09:30 UTC", relative)
}

pub(crate) fn strings(all: &[&str]) -> Vec<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

pub(crate) fn counts(listed: u64, held: u64, refused: u64, unknown: u64) -> Counts {
    Counts { listed, held, refused, unknown }
}

pub(crate) fn ecosystem_counts() -> Vec<EcosystemCounts> {
    vec![
        EcosystemCounts { ecosystem: "cargo".into(), counts: counts(12_480, 904, 31, 212) },
        EcosystemCounts { ecosystem: "pypi".into(), counts: counts(3_118, 77, 4, 0) },
        EcosystemCounts { ecosystem: "npm".into(), counts: counts(0, 1_204, 0, 18_211) },
    ]
}

pub(crate) fn policy_states() -> Vec<PolicyState> {
    let of = |name: &str, state, phase| PolicyState {
        policy: Link::new(name, format!("/why/{}/pkg:cargo/serde@1.0.219", name.to_lowercase())),
        state,
        phase,
    };
    vec![
        of("Cooldown", State::Listed, None),
        of("Balanced", State::Held, Some(Phase::Pending)),
        of("Strict", State::Held, Some(Phase::Lapsed)),
        of("Kiosk", State::Refused, None),
        of("Trial", State::Unknown, None),
    ]
}

pub(crate) fn verdict(policy: &str, state: State, because: &str) -> Verdict {
    Verdict {
        subject: "serde 1.0.219".into(),
        policy: Link::new(policy, format!("/policies/{}", policy.to_lowercase())),
        state,
        phase: (state == State::Held).then_some(Phase::Pending),
        because: because.into(),
        bytes_served: state == State::Listed,
        valid_until: None,
        mode: Mode::Enforce,
        why_href: format!("/why/{}/pkg:cargo/serde@1.0.219", policy.to_lowercase()),
    }
}

/// One verdict of every kind.
pub(crate) fn verdicts() -> Vec<Verdict> {
    let held = verdict("Strict", State::Held, "it is 3 days old and Strict waits 14, and one organisation of two has read it");
    let lapsed = Verdict {
        phase: Some(Phase::Lapsed),
        bytes_served: true,
        policy: Link::new("Harbour", "/policies/harbour"),
        ..held.clone()
    };
    vec![
        verdict("Balanced", State::Listed, "one auditor read it, nobody objects, it is 24 days old"),
        Verdict { valid_until: Some(when("in 11 days")), ..held.clone() },
        Verdict { because: "the audit it rested on was withdrawn yesterday".into(), ..lapsed.clone() },
        Verdict { bytes_served: false, ..lapsed },
        Verdict {
            policy: Link::new("Kiosk", "/policies/kiosk"),
            ..verdict("Kiosk", State::Refused, "brook reported a violation of safe-to-run for every version below 1.0.220")
        },
        Verdict { mode: Mode::Observe, ..verdict("Watch", State::Held, "nobody has audited it") },
        Verdict {
            bytes_served: true,
            ..verdict("Quay", State::Held, "no audit covers it, and Quay serves unaudited bytes to whoever asks for them")
        },
        verdict("Pier", State::Unknown, "it appeared a minute ago and is judged next"),
    ]
}

pub(crate) fn remedy() -> Remedy {
    Remedy {
        text: "An audit of the change 1.0.218 \u{2192} 1.0.219 for safe-to-deploy, at level 2 or above.".into(),
        cost: Some("17 changed lines".into()),
        until: None,
        link: Some(Link::new("Record an audit", "/audits/new?release=pkg:cargo/serde@1.0.219")),
    }
}

pub(crate) fn waiting() -> Remedy {
    Remedy { text: "Waiting is enough.".into(), cost: None, until: Some(when("in 4 days")), link: None }
}

fn leaf(mark: Mark, text: &str) -> WhyNode {
    WhyNode { mark, text: text.into(), ..WhyNode::default() }
}

/// A tree with every mark, three levels deep.
pub(crate) fn why_tree() -> Vec<WhyNode> {
    let audit = WhyNode {
        text: "ada read 1.0.210 as a whole:".into(),
        link: Some(Link::new("audit 7f3a", "/audits/7f3a")),
        when: Some(when("5 months ago")),
        ..leaf(Mark::Fact, "")
    };
    let import = WhyNode {
        text: "the change 1.0.210 \u{2192} 1.0.218, by import from the harbour masters' feed:".into(),
        link: Some(Link::new("entry", "/imports/masters")),
        when: Some(when("first shown 2 months ago")),
        ..leaf(Mark::Fact, "")
    };
    let chain = WhyNode { children: vec![audit, import], ..leaf(Mark::Fact, "One chain leads to 1.0.218 in two steps") };
    vec![
        WhyNode { children: vec![chain.clone()], ..leaf(Mark::Met, "safe-to-run holds, from one organisation of level 2") },
        WhyNode {
            children: vec![chain, leaf(Mark::Missing, "Nobody has looked at the change 1.0.218 \u{2192} 1.0.219 (17 lines)")],
            ..leaf(Mark::Missing, "safe-to-deploy is missing for the last step")
        },
        leaf(Mark::Met, "It is 24 days old; the policy waits 7"),
        leaf(Mark::Against, "brook reported a violation of safe-to-run for <1.0.220"),
        leaf(Mark::NotConfigured, "The malware gate has no source here"),
    ]
}

pub(crate) fn audit_rows() -> Vec<AuditRow> {
    let full = AuditRow {
        href: "/audits/7f3a".into(),
        authors: vec![Link::new("ada", "/users/ada")],
        kind: AuditKind::Full,
        subject: Link::new("serde 1.0.219", "/releases/pkg:cargo/serde@1.0.219"),
        criteria: strings(&["safe-to-deploy"]),
        depth: Some(Depth::Read),
        recorded: when("3 days ago"),
        ..AuditRow::default()
    };
    vec![
        full.clone(),
        AuditRow {
            href: "/audits/81bb".into(),
            kind: AuditKind::Delta,
            subject: Link::new("serde 1.0.218 \u{2192} 1.0.219", "/releases/pkg:cargo/serde@1.0.219"),
            depth: Some(Depth::Deep),
            self_audit: true,
            machine: true,
            findings: 2,
            ..full.clone()
        },
        AuditRow {
            href: "/audits/90c1".into(),
            authors: vec![Link::plain("Brook Lane"), Link::plain("Cedar Hill")],
            kind: AuditKind::Violation,
            subject: Link::new("serde <1.0.200", "/packages/cargo/serde"),
            criteria: strings(&["safe-to-run", "safe-to-deploy"]),
            depth: None,
            source: Some(Link::new("harbour masters", "/imports/masters")),
            ..full.clone()
        },
        AuditRow {
            href: "/audits/a2d0".into(),
            kind: AuditKind::Publisher,
            depth: Some(Depth::Skim),
            standing: AuditStanding::Withdrawn,
            ..full
        },
    ]
}

pub(crate) fn advisory_rows() -> Vec<AdvisoryRow> {
    vec![
        AdvisoryRow {
            id: Link::new("HARBOUR-2026-0012", "https://advisories.example/HARBOUR-2026-0012"),
            summary: "A crafted map key makes the parser read past its buffer.".into(),
            severity: Some(Severity::High),
            affected: "before 1.0.219".into(),
            fixed_in: Some(Link::new("1.0.219", "/releases/pkg:cargo/serde@1.0.219")),
            published: when("3 weeks ago"),
        },
        AdvisoryRow {
            id: Link::plain("HARBOUR-2026-0031"),
            summary: HOSTILE.into(),
            severity: None,
            affected: "every version".into(),
            fixed_in: None,
            published: when("yesterday"),
        },
    ]
}

pub(crate) fn file_digests() -> Vec<FileDigests> {
    vec![FileDigests { file: "serde-1.0.219.crate".into(), digests: strings(&[SHA256, SHA512]) }]
}

pub(crate) fn choice(value: &str, label: &str, hint: &str, checked: bool) -> Choice {
    Choice { value: value.into(), label: label.into(), hint: hint.into(), checked }
}

pub(crate) fn notice(tone: Tone, text: &str) -> Notice {
    Notice { tone, text: text.into(), link: Some(Link::new("See the policy", "/policies/balanced")) }
}

pub(crate) fn step(text: &str, link: &str, href: &str) -> Step {
    Step { text: text.into(), link: Some(Link::new(link, href)) }
}

pub(crate) fn member_rows() -> Vec<MemberRow> {
    let ada = MemberRow {
        name: Link::new("ada", "/users/ada"),
        handle: Some("@ada@vet.example".into()),
        organisation: Some(Link::new("harbour-works", "/orgs/harbour-works")),
        roles: strings(&["auditor", "steward"]),
        audits: 1_204,
    };
    vec![
        ada.clone(),
        MemberRow { name: Link::new(LONG, "/users/x"), handle: None, organisation: None, roles: Vec::new(), audits: 0 },
    ]
}

pub(crate) fn forks() -> Vec<ForkRow> {
    vec![ForkRow {
        id: "3".into(),
        log: "evil.example/log".into(),
        size: 12_000,
        seen: when("yesterday"),
        known: "evil.example/log\n12000\nq1Zt0n6X7Pj1kq2L9cR8mO6C4Yd3l8m5TAZ8vQd1tqg=\n".into(),
        contradicts: HOSTILE.into(),
        decide_action: Some("/peers/forks".into()),
    }]
}
