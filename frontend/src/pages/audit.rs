//! One audit: what was said, by whom, about which bytes, and whether it still counts.

use serde::Serialize;

use crate::Page;
use crate::pages::policy;
use crate::pages::policy::Criterion;
use crate::parts::Tone;
use crate::parts::{
    AuditKind, AuditStanding, DeliveryRow, DeliveryState, Depth, Field, FileDigests, Link, Notice, Severity, When,
};
use crate::samples::{HOSTILE, SHA256, file_digests, notice, when};

/// `/audits/{id}`
#[derive(Debug, Clone, Default, Serialize)]
#[expect(clippy::struct_field_names, reason = "a self-audit is the term of the field")]
pub struct Audit {
    /// First sentence: "ada read serde 1.0.219 (cargo): safe to deploy".
    pub sentence: String,
    /// Its id on this instance.
    pub id: String,
    /// Who said it.
    pub authors: Vec<Author>,
    /// What kind it is.
    pub kind: AuditKind,
    /// The release, pair or range it is about, spelled out.
    pub subject: Link,
    /// The releases it covers, if they are few enough to name.
    pub covers: Vec<Link>,
    /// For publisher trust: who, from when to when, in words.
    pub publisher: Option<String>,
    /// Criteria it states, with their text.
    pub criteria: Vec<Criterion>,
    /// How closely they looked.
    pub depth: Option<Depth>,
    /// What they wrote, plain text; line breaks are kept.
    pub notes: Option<String>,
    /// The author publishes or maintains the package.
    pub self_audit: bool,
    /// Which model wrote it, human-guided or not.
    pub machine: Option<String>,
    /// The bytes it covers; empty means unbound.
    pub digests: Vec<FileDigests>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// When it was recorded.
    pub recorded: When,
    /// Whether it still counts.
    pub standing: AuditStanding,
    /// When it was withdrawn and why, or what replaces it.
    pub withdrawal: Option<Withdrawal>,
    /// Its proof.
    pub signature: Signature,
    /// The import it came by; `None` for a statement of this community.
    pub source: Option<Link>,
    /// What just happened, for example "Recorded; the listings follow within a second".
    pub notice: Option<Notice>,
    /// The record as JSON, indented.
    pub machine_form: String,
    /// Where that JSON is.
    pub api_href: String,
    /// Where withdrawing posts `reason` to; `None` for everybody but its author.
    pub withdraw_action: Option<String>,
    /// The reason as typed, if it could not be taken.
    pub withdraw_reason: Field,
    /// Where erasing posts `sure` to; `None` for everybody but its author and stewards.
    pub erase_action: Option<String>,
    /// Its place in the community's log; `None` without one.
    pub inclusion: Option<Inclusion>,
    /// Where the signed record is, for keeping and checking elsewhere; `None` on a trial.
    pub record_href: Option<String>,
    /// Where the record is with its receipt from the log, in one file; `None` without a log.
    pub export_href: Option<String>,
    /// Where its post went; `None` for those who may not see that, empty when it went nowhere.
    pub deliveries: Option<Vec<DeliveryRow>>,
    /// That its text was erased, and who said so.
    pub erasure: Option<Erasure>,
}

/// Its place in the log, and how anybody checks that.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Inclusion {
    /// Number of its leaf, from 0.
    pub leaf: u64,
    /// How many leaves the tree had when the proof was made.
    pub tree_size: u64,
    /// The hashes of the proof, base64, from the leaf upwards (RFC 6962 section 2.1.1).
    pub path: Vec<String>,
    /// The checkpoint it leads to, as a signed note.
    pub checkpoint: String,
    /// The command that checks it; `None` where nothing is left to check but the digest.
    pub command: Option<String>,
}

/// An erasure: the text is gone, what it was is not denied.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Erasure {
    /// When.
    pub when: When,
    /// `sha256:…` of the record that was erased.
    pub digest: String,
    /// The signed note that says so.
    pub statement: Option<Link>,
}

/// An author of the audit.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Author {
    /// The name, linked to their page where there is one.
    pub name: Link,
    /// The organisation they count as.
    pub organisation: Option<String>,
    /// The level they have here, in words: "auditor (2)".
    pub level: Option<String>,
}

/// Something found at a place.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Finding {
    /// How grave.
    pub severity: Severity,
    /// `sha256:…` of the artifact.
    pub digest: String,
    /// Path inside the artifact.
    pub path: String,
    /// Lines in words: "10-20"; `None` for the whole file.
    pub lines: Option<String>,
    /// What it is.
    pub text: String,
}

/// How an audit stopped counting.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Withdrawal {
    /// When.
    pub when: When,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The statement that withdraws or supersedes it.
    pub statement: Option<Link>,
}

/// What is known of an audit's proof.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Signature {
    /// What the proof says.
    pub state: SignatureState,
    /// The sentence: "This instance says that ada said it."
    pub text: String,
    /// Key id of the proof.
    pub key: Option<String>,
    /// When it was signed.
    pub signed: Option<When>,
}

/// Whether the proof holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureState {
    /// There is none: a trial instance, or an import.
    #[default]
    Absent,
    /// It is valid.
    Valid,
    /// It is not.
    Invalid,
}

impl Page for Audit {
    const TEMPLATE: &'static str = "audit.html";

    fn sample() -> Vec<Self> {
        let full = usual();
        let withdrawn = Self {
            standing: AuditStanding::Withdrawn,
            withdrawal: Some(Withdrawal {
                when: when("yesterday"),
                by: "ada".into(),
                reason: "I read the wrong archive.".into(),
                statement: Some(Link::new("withdrawal", "/audits/7f3b")),
            }),
            notice: None,
            withdraw_action: None,
            ..full.clone()
        };
        let imported = Self {
            sentence: "Brook Lane says that serde below 1.0.200 (cargo) is not safe to run".into(),
            kind: AuditKind::Violation,
            subject: Link::new("serde <1.0.200", "/packages/cargo/serde"),
            criteria: policy::samples::criteria().into_iter().take(1).collect(),
            source: Some(Link::new("harbour masters", "/imports/masters")),
            recorded: when("2 months ago"),
            signature: Signature {
                text: "It came by import, so nobody signed it; it counts where a policy trusts the source.".into(),
                ..Signature::default()
            },
            machine_form: HOSTILE.into(),
            api_href: "/api/v1/audits/90c1".into(),
            ..Self::default()
        };
        let publisher = Self {
            kind: AuditKind::Publisher,
            publisher: Some("user 1204, 1 January to 31 December 2026".into()),
            standing: AuditStanding::Superseded,
            signature: Signature {
                state: SignatureState::Invalid,
                text: "The signature does not fit the record.".into(),
                ..Signature::default()
            },
            ..imported.clone()
        };
        let erased = Self {
            sentence: "An audit that was erased".into(),
            erasure: Some(Erasure {
                when: when("yesterday"),
                digest: SHA256.into(),
                statement: Some(Link::new("the signed note of it", "/audits/7f3a/erasure/record")),
            }),
            inclusion: full.inclusion.clone().map(|found| Inclusion { command: None, ..found }),
            ..Self::default()
        };
        let quiet = Self { deliveries: Some(Vec::new()), ..publisher.clone() };
        vec![full, withdrawn, imported, publisher, erased, quiet]
    }
}

/// The audit of the samples: a signed delta with everything that can be said.
fn usual() -> Audit {
    let finding = Finding {
        severity: Severity::High,
        digest: SHA256.into(),
        path: "src/lib.rs".into(),
        lines: Some("10-20".into()),
        text: "Reads past the buffer when the key is empty.\nFixed in 1.0.219.".into(),
    };
    let ada = Author {
        name: Link::new("ada", "/users/ada"),
        organisation: Some("Harbour Works".into()),
        level: Some("auditor (2)".into()),
    };
    Audit {
        sentence: "ada read serde 1.0.219 (cargo): safe to deploy".into(),
        id: "7f3a".into(),
        authors: vec![ada],
        kind: AuditKind::Delta,
        subject: Link::new("serde 1.0.218 \u{2192} 1.0.219", "/releases/pkg:cargo/serde@1.0.219"),
        covers: vec![Link::new("serde 1.0.219", "/releases/pkg:cargo/serde@1.0.219")],
        criteria: policy::samples::criteria(),
        depth: Some(Depth::Read),
        notes: Some("Read every file.\nThe build script only reads the compiler's version.".into()),
        self_audit: true,
        machine: Some("reading-aid 3, guided by a human".into()),
        digests: file_digests(),
        findings: vec![finding.clone(), Finding { severity: Severity::Info, lines: None, text: HOSTILE.into(), ..finding }],
        recorded: when("3 days ago"),
        signature: Signature {
            state: SignatureState::Valid,
            text: "This instance says that ada said it; the signature is valid.".into(),
            key: Some("https://vet.example/users/ada#key-1".into()),
            signed: Some(when("3 days ago")),
        },
        notice: Some(notice(Tone::Done, "Recorded. Listings follow within a second.")),
        machine_form: "{\n  \"type\": \"Audit\"\n}\n".into(),
        api_href: "/api/v1/audits/7f3a".into(),
        withdraw_action: Some("/audits/7f3a/withdraw".into()),
        withdraw_reason: Field::wrong("", "Say why; whoever relied on it wants to know."),
        inclusion: Some(Inclusion {
            leaf: 12_399,
            tree_size: 12_400,
            path: vec!["q1Zt0n6X7Pj1kq2L9cR8mO6C4Yd3l8m5TAZ8vQd1tqg=".into(); 3],
            checkpoint: "vet.example/log\n12400\nq1Zt0n6X7Pj1kq2L9cR8mO6C4Yd3l8m5TAZ8vQd1tqg=\n".into(),
            command: Some("vetmoot verify https://vet.example/api/v1/audits/7f3a/export --log https://vet.example/log/".into()),
        }),
        record_href: Some("/audits/7f3a/record".into()),
        export_href: Some("/api/v1/audits/7f3a/export".into()),
        deliveries: Some(deliveries()),
        ..Audit::default()
    }
}

fn deliveries() -> Vec<DeliveryRow> {
    let sent = DeliveryRow {
        host: "social.example".into(),
        activity: "Create".into(),
        state: DeliveryState::Sent,
        tries: 1,
        error: None,
        next: None,
    };
    vec![
        sent.clone(),
        DeliveryRow {
            host: "slow.example".into(),
            state: DeliveryState::Retry,
            tries: 4,
            error: Some(HOSTILE.into()),
            next: Some(when("in 12 minutes")),
            ..sent.clone()
        },
        DeliveryRow { host: "new.example".into(), state: DeliveryState::Queued, tries: 0, ..sent.clone() },
        DeliveryRow { host: "gone.example".into(), state: DeliveryState::Gone, tries: 30, ..sent },
    ]
}
