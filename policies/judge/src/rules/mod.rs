//! The rules a policy is made of, one a file, and the case they are asked about.

pub(crate) mod advisories;
pub(crate) mod audits;
pub(crate) mod exceptions;
pub(crate) mod own;
pub(crate) mod release_age;
pub(crate) mod violations;

use vetmoot_domain::{Advisory, Bytes, DateSource, Facts, PublishTime, Reason, Remedy, RemedyKind, Span, Subject, Timestamp};

use crate::decide::Prepared;
use crate::limits::CITED_MAX;

/// Codes of the reasons that a dated exception can lift.
pub(crate) const LIFTABLE_CODES: &[&str] = &[
    "release-too-young",
    "release-undated",
    "release-date-unknown",
    "advisory-matched",
    "advisories-stale",
    "audits-missing",
    "digest-unmatched",
    "digest-unknown",
    "not-quiet",
    "rule-unmet",
];

/// What a finding does to the artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Holds it; while it is pending its bytes are answered like this.
    Hold(Bytes),
    /// Refuses it.
    Refuse,
}

/// Something against an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) reason: Reason,
    pub(crate) effect: Effect,
}

/// What a rule answers.
pub(crate) enum Answer {
    /// It speaks for the artifact.
    For(Reason),
    /// It speaks against it.
    Against(Box<Finding>),
    /// The policy has no such rule, or it says nothing here.
    Nothing,
}

/// When the artifact was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Published {
    At(Timestamp, &'static str),
    FirstSight,
    Unknown,
}

/// One artifact with everything about it that no passing of time changes.
pub(crate) struct Case<'c> {
    pub(crate) prepared: &'c Prepared<'c>,
    pub(crate) subject: &'c Subject,
    pub(crate) facts: &'c Facts<'c>,
    /// The node of its version.
    pub(crate) target: u32,
    pub(crate) published: Published,
    /// Publisher trust that applies to it.
    pub(crate) trusts: Vec<u32>,
    /// Advisories that affect it.
    pub(crate) hits: Vec<&'c Advisory>,
    /// The id of an advisory that names it as the fix.
    pub(crate) fix_of: Option<&'c str>,
    /// What refuses it for good.
    pub(crate) refusals: Vec<Reason>,
    /// What holds or refuses it whatever the time.
    pub(crate) standing: Vec<Finding>,
}

impl<'c> Case<'c> {
    pub(crate) fn new(prepared: &'c Prepared<'c>, subject: &'c Subject, facts: &'c Facts<'c>) -> Self {
        let version = &subject.artifact.release.version;
        let place = prepared.advisories.place(version, facts.versions);
        let mut case = Self {
            prepared,
            subject,
            facts,
            target: prepared.graph.node(version),
            published: published(facts),
            trusts: Vec::new(),
            hits: prepared.advisories.hits(version, place).collect(),
            fix_of: prepared.advisories.fixed_by(place).map(|one| one.id.as_str()),
            refusals: Vec::new(),
            standing: Vec::new(),
        };
        case.trusts = audits::trusts(&case);
        violations::ask(&mut case);
        advisories::ask(&mut case);
        if case.refusals.is_empty() {
            own::ecosystem(&mut case);
            own::ask(&mut case);
        }
        case
    }

    /// The moments after `now` at which some rule may answer otherwise, in order.
    pub(crate) fn turns(&self, now: Timestamp) -> Vec<Timestamp> {
        let mut turns = Vec::new();
        if self.refusals.is_empty() {
            release_age::turns(self, &mut turns);
            audits::turns(self, &mut turns);
            advisories::turns(self, &mut turns);
            exceptions::turns(self, &mut turns);
            turns.retain(|turn| *turn > now);
            turns.sort_unstable();
            turns.dedup();
        }
        turns
    }

    /// The policy's title.
    pub(crate) fn title(&self) -> &str {
        self.prepared.policy.title()
    }
}

fn published(facts: &Facts<'_>) -> Published {
    match (facts.uploaded, facts.publish) {
        // A file may come later than its release, and is as old as itself.
        (Some(uploaded), publish) if !matches!(publish, PublishTime::Dated { at, .. } if at == uploaded) => {
            return Published::At(uploaded, "uploaded");
        }
        _ => {}
    }
    match facts.publish {
        PublishTime::Dated { at, source } => Published::At(
            at,
            match source {
                DateSource::Index => "published",
                DateSource::FileHeader => "dated by its file",
                DateSource::FirstSeen => "first seen",
            },
        ),
        PublishTime::PresentAtFirstSight => Published::FirstSight,
        PublishTime::Unknown => Published::Unknown,
    }
}

/// A reason without statements or remedy.
pub(crate) fn reason(code: &'static str, rule: &str, text: String) -> Reason {
    Reason { code, rule: rule.to_owned(), text, statements: Vec::new(), remedy: None }
}

/// The remedy of waiting.
pub(crate) fn wait(until: Timestamp) -> Remedy {
    Remedy { kind: RemedyKind::Wait, until: Some(until), from: None, to: None, criteria: Vec::new(), level: None }
}

/// The remedy of a dated exception.
pub(crate) fn except() -> Remedy {
    Remedy { kind: RemedyKind::Exception, until: None, from: None, to: None, criteria: Vec::new(), level: None }
}

/// Ids cited by a reason, not too many.
pub(crate) fn cite<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut cited: Vec<String> = Vec::new();
    for id in ids {
        if cited.len() < CITED_MAX && !cited.iter().any(|known| known == id) {
            cited.push(id.to_owned());
        }
    }
    cited
}

/// A span in words, exactly: `7 days`, `36 hours`.
pub(crate) fn exact(span: Span) -> String {
    let (count, unit) = match span.millis() {
        ms if ms % 86_400_000 == 0 => (ms / 86_400_000, "day"),
        ms if ms % 3_600_000 == 0 => (ms / 3_600_000, "hour"),
        ms if ms % 60_000 == 0 => (ms / 60_000, "minute"),
        ms => (ms / 1_000, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// The reasons of a listing: what speaks for the artifact, never empty.
pub(crate) fn listed(case: &Case<'_>, lifted: Vec<Reason>, mut good: Vec<Reason>) -> Vec<Reason> {
    good.extend(lifted);
    if good.is_empty() {
        let text = format!("{} asks for nothing that is missing", case.title());
        good.push(reason("nothing-missing", "policy", text));
    }
    good
}
