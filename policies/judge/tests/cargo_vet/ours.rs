//! Our judgement of the same stores, under a policy that asks what cargo-vet asks.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use vetmoot_domain::criterion::SAFE_TO_DEPLOY;
use vetmoot_domain::{
    Author, DateSource, Decision, Digests, Ecosystem, Evidence, Facts, Level, Organisation, Package, PublishTime, Span, State,
    Subject, Testimony, TestimonyOrigin, Timestamp, Use,
};
use vetmoot_ecosystems::cargo::CargoVersions;
use vetmoot_ecosystems::feeds::cargo_vet::Entry;
use vetmoot_judge::{Policy, Prepared, ShelfAlone};

use crate::binary::NOW;
use crate::store::{Batch, Crate};

/// What we say about one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ours {
    Listed,
    /// Held for want of audits of these criteria.
    Missing(BTreeSet<String>),
    /// In the range of a violation.
    Refused,
}

/// A policy with the batch's criteria: quorum 1, level 1, unbound and undated entries count, publishers are trusted, nothing
/// else is asked.
pub fn policy(batch: &Batch) -> Policy {
    let mut text = "vetmoot-policy = 1\n\n[policy]\ntitle = \"As cargo-vet\"\n".to_owned();
    for (name, implies) in &batch.criteria {
        write!(text, "\n[criteria.{name}]\ndescription = \"made up\"\nimplies = {implies:?}\n").unwrap();
    }
    write!(text, "\n[require]\nruntime = [\"{SAFE_TO_DEPLOY}\"]\ndev = [\"safe-to-run\"]\nbuild = {:?}\n", batch.asked)
        .unwrap();
    text.push_str(
        "\n[evidence]\nauditor-level = 1\nviolation-level = 1\nquorum = 1\nunbound = \"count\"\nundated = \"count\"\n\
         publisher-trust = \"count\"\nmax-chain = 200\n\n[[import]]\nname = \"feed\"\nlevel = 1\n\n[import.criteria-map]\n",
    );
    for (name, _) in &batch.criteria {
        writeln!(text, "{name} = \"{name}\"").unwrap();
    }
    Policy::parse(text.as_bytes(), &ShelfAlone).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// What we say about every release of a store.
pub fn judge(policy: &Policy, batch: &Batch, store: &Crate) -> Vec<Ours> {
    let now: Timestamp = NOW.parse().unwrap();
    let testimonies = store.entries.iter().enumerate().map(|(at, entry)| testimony(batch.number + at, entry, now));
    let evidence = Evidence { testimonies: testimonies.collect(), advisories: Vec::new() };
    let prepared = Prepared::new(policy, &evidence, &CargoVersions, store.usage);
    let facts = Facts {
        now,
        publish: store.published.as_ref().map_or(PublishTime::Unknown, |(_, day)| PublishTime::Dated {
            // Some hour of the day: the other side knows days alone.
            at: day.start().plus(Span::from_millis(36_000_000)),
            source: DateSource::Index,
        }),
        uploaded: None,
        listed_before: false,
        incident: None,
        publisher: store.published.as_ref().map(|(publisher, _)| publisher.clone()),
        advisory_sources: &[],
        versions: &CargoVersions,
    };
    let package = Package::new(Ecosystem::Cargo, &store.name).unwrap();
    let outcomes = store.releases.iter().map(|version| {
        let artifact = package.release(version.parse().unwrap()).artifact(None);
        read(batch, &prepared.decide(&Subject { artifact, digests: Digests::default() }, &facts))
    });
    outcomes.collect()
}

/// Half of the entries as imported ones with the feed's implications written out, half as recorded here.
fn testimony(number: usize, entry: &Entry, now: Timestamp) -> Testimony {
    let organisation: Organisation = "made-up".parse().unwrap();
    if number.is_multiple_of(2) {
        return entry.testimony("feed", &organisation, Level::UNKNOWN, Some(now));
    }
    let mut audit = entry.audit.clone();
    audit.criteria = entry.criteria.iter().cloned().collect();
    Testimony {
        id: entry.identity(),
        origin: TestimonyOrigin::Local,
        authors: vec![Author { name: "ada".to_owned(), organisation, level: 1 }],
        recorded: Some(now),
        dated: true,
        audit,
    }
}

fn read(batch: &Batch, decision: &Decision) -> Ours {
    match decision.state {
        State::Listed => Ours::Listed,
        State::Refused => {
            assert!(decision.reasons.iter().all(|reason| reason.code == "violation"), "{decision:?}");
            Ours::Refused
        }
        State::Held => {
            assert!(decision.reasons.iter().all(|reason| reason.code == "audits-missing"), "{decision:?}");
            let remedies = decision.reasons.iter().filter_map(|reason| reason.remedy.as_ref());
            Ours::Missing(batch.minimal(remedies.flat_map(|remedy| &remedy.criteria).map(|name| name.as_str())))
        }
    }
}

/// All that a use asks for, as cargo-vet would name it missing.
pub fn everything(batch: &Batch, usage: Use) -> BTreeSet<String> {
    batch.minimal(batch.asked_of(usage))
}
