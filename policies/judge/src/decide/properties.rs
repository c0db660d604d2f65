//! What holds of every policy and every evidence.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fmt::Write as _;

use proptest::prelude::*;
use vetmoot_domain::{
    Advisory, AdvisoryKind, AffectedRange, Audit, AuditKind, Author, Bytes, DateSource, Decision, Depth, Digest, Digests,
    Evidence, Facts, PublishTime, RangeEvent, SourceState, Span, State, Subject, Testimony, TestimonyOrigin, Timestamp, Use,
    Version,
};

use crate::{DottedVersions, Policy, ShelfAlone, decide};

/// A midnight, so that days end on whole hours of the scan.
const NOW: i64 = 497_232 * HOUR;
const HOUR: i64 = 3_600_000;
const VERSIONS: [&str; 6] = ["1.0.0", "1.1.0", "1.2.0", "2.0.0", "2.1.0", "3.0.0"];
const BODIES: [&str; 4] = ["acme", "globex", "initech", "community"];

fn hours_ago(hours: i64) -> Timestamp {
    Timestamp::from_millis(NOW - hours * HOUR)
}

fn version(place: usize) -> Version {
    VERSIONS[place % VERSIONS.len()].parse().unwrap()
}

fn digest(place: usize, other: bool) -> Digest {
    Digest::Sha256([u8::try_from(place % VERSIONS.len()).unwrap() + if other { 100 } else { 0 }; 32])
}

prop_compose! {
    fn kinds()(
        kind in 0..10u8, to in 0..6usize, from in 0..6usize, bound in 0..4u8, low in 0..6usize,
    ) -> AuditKind {
        let digests = |place| match bound {
            0 => [].into(),
            1 => [digest(place, true)].into(),
            _ => [digest(place, false)].into(),
        };
        match kind {
            0 => AuditKind::Violation { range: format!("={}", VERSIONS[low]) },
            1 => AuditKind::Publisher {
                publisher: "user:1".parse().unwrap(),
                start: hours_ago(24 * 60).day(),
                end: hours_ago(24 * 10).day(),
            },
            2..=4 => AuditKind::Full { version: version(to), digests: digests(to) },
            _ => AuditKind::Delta {
                from: version(from), from_digests: digests(from), to: version(to), digests: digests(to),
            },
        }
    }
}

prop_compose! {
    fn testimonies()(
        kind in kinds(), run_only in prop::bool::weighted(0.2), body in 0..4usize, second in 0..8usize, level in 0..4u8,
        depth in 0..4usize, age in prop::option::weighted(0.8, 0..2_000i64), dated in any::<bool>(),
        imported in prop::bool::weighted(0.4), own in prop::bool::weighted(0.1), id in 0..1_000_000u32,
    ) -> Testimony {
        let author = |body: usize, level| Author {
            name: format!("{}-person", BODIES[body]), organisation: BODIES[body].parse().unwrap(), level,
        };
        let mut authors = vec![author(body, level)];
        if second < 4 {
            authors.push(author(second, 2));
        }
        Testimony {
            id: format!("t{id}"),
            origin: if imported { TestimonyOrigin::Import(["m", "elsewhere"][body % 2].to_owned()) } else { TestimonyOrigin::Local },
            authors,
            recorded: age.map(|age| hours_ago(age / 6 * 6)),
            dated,
            audit: Audit {
                package: "pkg:cargo/a".parse().unwrap(),
                kind,
                criteria: [if run_only { "safe-to-run" } else { "safe-to-deploy" }.parse().unwrap()].into(),
                depth: [None, Some(Depth::Skim), Some(Depth::Read), Some(Depth::Deep)][depth],
                notes: String::new(),
                self_audit: own,
                machine: None,
                findings: Vec::new(),
            },
        }
    }
}

prop_compose! {
    fn advisories()(kind in 0..5usize, from in 0..6usize, fixed in 0..12usize, id in 0..1_000u32) -> Advisory {
        let mut events = vec![RangeEvent::Introduced(if from == 0 { "0".to_owned() } else { VERSIONS[from].to_owned() })];
        if fixed < 6 {
            events.push(RangeEvent::Fixed(VERSIONS[fixed].to_owned()));
        }
        Advisory {
            id: format!("A-{id}"),
            aliases: Vec::new(),
            package: "pkg:cargo/a".parse().unwrap(),
            kind: AdvisoryKind::ALL[kind],
            severity: None,
            cvss_tenths: None,
            ranges: vec![AffectedRange { events }],
            versions: Vec::new(),
            summary: String::new(),
            published: None,
            modified: hours_ago(1),
            withdrawn: None,
            url: None,
            source: "osv".to_owned(),
            of_peer: false,
        }
    }
}

prop_compose! {
    fn policies()(
        level in 0..3u8, quorum in 1..4u32, max_age in prop::option::of(1..20i64), chain in 1..6u32, depth in 0..3usize,
        unbound in any::<bool>(), undated in any::<bool>(), quiet in prop::option::of(1..8i64), person in any::<bool>(),
        required in any::<bool>(), age in prop::option::of(0..6i64), fix in any::<bool>(), malware in any::<bool>(),
        advisories in any::<bool>(), stale in prop::option::of(1..5i64), exception in prop::option::weighted(0.3, 1..10i64),
        apart in any::<bool>(), serve in any::<bool>(),
    ) -> String {
        let mut toml = "vetmoot-policy = 1\n[policy]\ntitle = \"T\"\n".to_owned();
        let word = |flag| if flag { "count" } else { "ignore" };
        if required {
            toml += "[require]\nruntime = \"safe-to-deploy\"\n";
        }
        let _ = writeln!(toml, "[evidence]\nauditor-level = {level}\nquorum = {quorum}\nmax-chain = {chain}");
        let _ = writeln!(toml, "unbound = \"{}\"\nundated = \"{}\"", word(unbound), word(undated));
        let _ = writeln!(toml, "independence = \"{}\"", if person { "person" } else { "organisation" });
        if depth > 0 {
            let _ = writeln!(toml, "depth = \"{}\"", ["skim", "skim", "read"][depth]);
        }
        for (key, days) in [("max-age", max_age.map(|days| days * 5)), ("or-quiet", quiet)] {
            if let Some(days) = days {
                let _ = writeln!(toml, "{key} = \"{days}d\"");
            }
        }
        toml += "[gates]\n";
        if let Some(days) = age {
            let fix = if fix { "0d".to_owned() } else { format!("{days}d") };
            let _ = writeln!(toml, "release-age = {{ minimum = \"{days}d\", security-fix = \"{fix}\" }}");
        }
        if malware {
            toml += "malware = \"refuse\"\n";
        }
        if advisories {
            let stale = stale.map_or(String::new(), |days| format!(", max-staleness = \"{days}d\""));
            let _ = writeln!(toml, "advisories = {{ effect = \"hold\"{stale} }}");
        }
        if serve {
            toml += "[pending-bytes]\nrelease-age = \"serve\"\n";
        }
        let _ = writeln!(toml, "[[import]]\nname = \"m\"\nlevel = 2\nauthors-apart = {apart}");
        if let Some(days) = exception {
            let until = Timestamp::from_millis(NOW).day().plus_days(days);
            let _ = writeln!(toml, "[[exception]]\npurl = \"pkg:cargo/a@2.0.0\"\nowner = \"o\"\nreason = \"r\"\nuntil = {until}");
        }
        toml
    }
}

/// A whole situation, time apart.
#[derive(Debug, Clone)]
struct World {
    policy: String,
    evidence: Evidence,
    subject: usize,
    published: Option<i64>,
    listed_before: bool,
    publisher: bool,
    source: Option<i64>,
}

prop_compose! {
    fn worlds()(
        policy in policies(), testimonies in prop::collection::vec(testimonies(), 0..12),
        advisories in prop::collection::vec(advisories(), 0..3), subject in 0..6usize,
        published in prop::option::weighted(0.9, 0..400i64), listed_before in any::<bool>(), publisher in any::<bool>(),
        source in prop::option::of(0..100i64),
    ) -> World {
        let evidence = Evidence { testimonies, advisories };
        World { policy, evidence, subject, published: published.map(|hours| hours / 6 * 6), listed_before, publisher, source }
    }
}

impl World {
    fn policy(&self) -> Policy {
        Policy::parse(self.policy.as_bytes(), &ShelfAlone).unwrap_or_else(|errors| panic!("{errors}\n{}", self.policy))
    }
    fn judge_at(&self, policy: &Policy, evidence: &Evidence, hours: i64) -> Decision {
        let subject = Subject {
            artifact: "pkg:cargo/a".parse::<vetmoot_domain::Package>().unwrap().release(version(self.subject)).artifact(None),
            digests: Digests::of(digest(self.subject, false)),
        };
        let sources: Vec<SourceState> = self
            .source
            .map(|age| SourceState { name: "osv".to_owned(), last_read: hours_ago(age / 6 * 6), malware: true })
            .into_iter()
            .collect();
        let facts = Facts {
            now: Timestamp::from_millis(NOW).plus(Span::from_millis(hours * HOUR)),
            publish: self.published.map_or(PublishTime::PresentAtFirstSight, |hours| PublishTime::Dated {
                at: hours_ago(hours),
                source: DateSource::Index,
            }),
            uploaded: None,
            listed_before: self.listed_before,
            incident: None,
            publisher: self.publisher.then(|| "user:1".parse().unwrap()),
            advisory_sources: &sources,
            versions: &DottedVersions,
        };
        decide(policy, &subject, Use::Runtime, evidence, &facts)
    }
    fn judge(&self, evidence: &Evidence) -> Decision {
        self.judge_at(&self.policy(), evidence, 0)
    }
}

/// Everything of a decision but the moment it holds until.
fn said(decision: &Decision) -> Decision {
    Decision { valid_until: None, ..decision.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_order_of_the_evidence_says_nothing(world in worlds(), seed in any::<u64>()) {
        let mut turned = world.evidence.clone();
        turned.testimonies.sort_by_key(|one| one.id.bytes().fold(seed, |hash, byte| hash.wrapping_mul(31) ^ u64::from(byte)));
        turned.advisories.reverse();
        prop_assert_eq!(world.judge(&world.evidence), world.judge(&turned));
    }

    #[test]
    fn an_entry_reached_twice_counts_once(world in worlds()) {
        let mut doubled = world.evidence.clone();
        doubled.testimonies.extend(world.evidence.testimonies.clone());
        prop_assert_eq!(world.judge(&world.evidence), world.judge(&doubled));
    }

    #[test]
    fn a_violation_is_never_outvoted(world in worlds()) {
        let mut evidence = world.evidence.clone();
        let author = Author { name: "eve".to_owned(), organisation: "nobody".parse().unwrap(), level: 1 };
        evidence.testimonies.push(Testimony {
            id: "violation".to_owned(),
            origin: TestimonyOrigin::Local,
            authors: vec![author],
            recorded: None,
            dated: false,
            audit: Audit {
                package: "pkg:cargo/a".parse().unwrap(),
                kind: AuditKind::Violation { range: format!("={}", VERSIONS[world.subject]) },
                criteria: ["safe-to-deploy".parse().unwrap()].into(),
                depth: None, notes: String::new(), self_audit: true, machine: None, findings: Vec::new(),
            },
        });
        let decision = world.judge(&evidence);
        prop_assert_eq!((decision.state, decision.bytes), (State::Refused, Bytes::Refuse));
    }

    #[test]
    fn nothing_becomes_listed_by_taking_audits_away(world in worlds()) {
        let whole = world.judge(&world.evidence);
        for place in 0..world.evidence.testimonies.len() {
            let mut less = world.evidence.clone();
            let gone = less.testimonies.remove(place);
            if matches!(gone.audit.kind, AuditKind::Violation { .. }) {
                continue;
            }
            prop_assert!(whole.state == State::Listed || world.judge(&less).state != State::Listed, "without {}", gone.id);
        }
    }

    #[test]
    fn a_decision_holds_exactly_until_it_says(world in worlds()) {
        let policy = world.policy();
        let first = world.judge_at(&policy, &world.evidence, 0);
        let until = first.valid_until.map(|until| until.millis() - NOW);
        // Every span of these worlds is a multiple of six hours, so scanning by those misses nothing.
        for hours in (6..24 * 45).step_by(6) {
            let later = world.judge_at(&policy, &world.evidence, hours);
            match until {
                Some(until) if hours * HOUR >= until => {
                    prop_assert_eq!(hours * HOUR, until);
                    prop_assert_ne!(said(&later), said(&first));
                    break;
                }
                _ => prop_assert_eq!(&later, &first, "after {} hours", hours),
            }
        }
    }

    #[test]
    fn a_quorum_is_met_when_no_fewer_mistaken_bodies_break_every_chain(world in worlds()) {
        let voices = |quorum: u32| {
            let toml = format!("vetmoot-policy = 1\n[policy]\ntitle = \"T\"\n[require]\nruntime = \"safe-to-deploy\"\n[evidence]\nquorum = {quorum}\n");
            Policy::parse(toml.as_bytes(), &ShelfAlone).unwrap()
        };
        let mut evidence = world.evidence.clone();
        for one in &mut evidence.testimonies {
            one.origin = TestimonyOrigin::Local;
            one.authors.iter_mut().for_each(|author| author.level = 2);
        }
        let single = voices(1);
        // Tried by hand: every set of mistaken bodies, each taken out of every audit it signed.
        let survives = |mistaken: usize| {
            let mut less = evidence.clone();
            less.testimonies.retain_mut(|one| {
                let violation = matches!(one.audit.kind, AuditKind::Violation { .. });
                one.authors.retain(|author| violation || BODIES.iter().position(|body| *body == author.organisation.as_str()).is_some_and(|at| mistaken & (1 << at) == 0));
                !one.authors.is_empty()
            });
            world.judge_at(&single, &less, 0).state == State::Listed
        };
        let least = (0..16usize).filter(|mistaken| !survives(*mistaken)).map(usize::count_ones).min().unwrap();
        for quorum in 1..=4 {
            let listed = world.judge_at(&voices(quorum), &evidence, 0).state == State::Listed;
            prop_assert_eq!(listed, least >= quorum, "quorum {}, broken by {}", quorum, least);
        }
    }

    #[test]
    fn every_decision_has_a_reason_and_pending_is_what_was_never_listed(world in worlds()) {
        let decision = world.judge(&world.evidence);
        prop_assert!(!decision.reasons.is_empty());
        prop_assert_eq!(decision.phase.is_some(), decision.state == State::Held);
        match decision.state {
            State::Listed => prop_assert_eq!(decision.bytes, Bytes::Serve),
            State::Refused => prop_assert_eq!(decision.bytes, Bytes::Refuse),
            State::Held if world.listed_before => prop_assert_eq!(decision.bytes, Bytes::Serve),
            State::Held => {}
        }
    }
}
