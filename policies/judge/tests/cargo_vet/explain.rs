//! Where the two judges differ, and which of the three documented causes computes to exactly that difference.
//!
//! *Publisher trust*: cargo-vet never holds a wildcard audit against a violation; here a violation beats every kind of trust.
//! *Last day*: cargo-vet's window of publisher trust leaves its last day out. *Conflict elsewhere*: any audit of a crate
//! that contradicts a violation fails cargo-vet's run, whichever release was asked about; here the rest is untouched.

use std::collections::BTreeSet;
use std::fmt;

use vetmoot_judge::Policy;

use crate::binary::Report;
use crate::ours::{Ours, everything, judge};
use crate::store::{Batch, Crate, is_violation};
use crate::{is_publisher, outcome_of};

/// What cargo-vet says about one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Theirs {
    Vetted,
    Missing(BTreeSet<String>),
    Conflict,
}

/// What was compared and how it came out.
#[derive(Default)]
pub struct Tally {
    pub stores: usize,
    pub clean: usize,
    pub releases: usize,
    pub listed: usize,
    pub missing: usize,
    pub refused: usize,
    pub publisher_trust: usize,
    pub last_day: usize,
    pub conflict_elsewhere: usize,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.stores += other.stores;
        self.clean += other.clean;
        self.releases += other.releases;
        self.listed += other.listed;
        self.missing += other.missing;
        self.refused += other.refused;
        self.publisher_trust += other.publisher_trust;
        self.last_day += other.last_day;
        self.conflict_elsewhere += other.conflict_elsewhere;
    }
    fn count(&mut self, ours: &[Ours]) {
        self.stores += 1;
        for one in ours {
            self.releases += 1;
            match one {
                Ours::Listed => self.listed += 1,
                Ours::Missing(_) => self.missing += 1,
                Ours::Refused => self.refused += 1,
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} stores, {} of them without a matching violation and all of these alike; {} releases: {} listed, {} missing audits, \
             {} refused; differences elsewhere, each explained: {} publisher trust, {} last day, {} conflict elsewhere",
            self.stores,
            self.clean,
            self.releases,
            self.listed,
            self.missing,
            self.refused,
            self.publisher_trust,
            self.last_day,
            self.conflict_elsewhere
        )
    }
}

/// A store in which cargo-vet sees no conflict.
pub fn quiet(policy: &Policy, batch: &Batch, store: &Crate, report: &Report, tally: &mut Tally) {
    let ours = judge(policy, batch, store);
    tally.count(&ours);
    let clean = !store.matched() && store.last_days().is_empty();
    tally.clean += usize::from(clean);
    for (at, version) in store.releases.iter().enumerate() {
        let theirs = outcome_of(report, store, version).expect("cargo-vet was asked about every release");
        if agree(batch, store, version, &theirs, &ours[at], clean) {
            continue;
        }
        let why = format!("{version}: cargo-vet {theirs:?}, we {:?}, of {}", ours[at], store.shown(batch));
        assert!(!clean, "without a matching violation: {why}");
        match (&theirs, &ours[at]) {
            (Theirs::Vetted, Ours::Refused) => {
                assert!(denied(batch, store, version), "refused outside of any range: {why}");
                let peaceful = store.without(is_violation);
                assert_eq!(judge(policy, batch, &peaceful)[at], Ours::Listed, "not for the violation: {why}");
                let untrusting = peaceful.without(is_publisher);
                assert_ne!(judge(policy, batch, &untrusting)[at], Ours::Listed, "not for the publisher: {why}");
                tally.publisher_trust += 1;
            }
            (theirs, _) => {
                let last = store.last_days();
                assert!(!last.is_empty(), "no documented cause: {why}");
                let shorter = store.without(|entry| last.contains(&entry));
                let without = judge(policy, batch, &shorter);
                assert!(agree(batch, &shorter, version, theirs, &without[at], false), "not for the last day: {why}");
                tally.last_day += 1;
            }
        }
    }
}

/// A store whose audits contradict a violation somewhere, which fails cargo-vet's run.
pub fn conflict(policy: &Policy, batch: &Batch, store: &Crate, report: &Report, tally: &mut Tally) {
    let ours = judge(policy, batch, store);
    tally.count(&ours);
    for (version, ours) in store.releases.iter().zip(&ours) {
        let theirs = outcome_of(report, store, version);
        let why = || format!("{version}: cargo-vet {theirs:?}, we {ours:?}, of {}", store.shown(batch));
        assert_eq!(theirs, Some(Theirs::Conflict), "a conflict was foreseen: {}", why());
        // The conflict concerns this release exactly when a violation names it and denies what is asked.
        assert_eq!(*ours == Ours::Refused, denied(batch, store, version), "{}", why());
        tally.conflict_elsewhere += usize::from(*ours != Ours::Refused);
    }
}

fn agree(batch: &Batch, store: &Crate, version: &str, theirs: &Theirs, ours: &Ours, clean: bool) -> bool {
    match (theirs, ours) {
        (Theirs::Vetted, Ours::Listed) => true,
        (Theirs::Missing(theirs), Ours::Missing(ours)) => theirs == ours,
        // Neither lets it pass. Where no audit was near the violation, cargo-vet misses all that is asked.
        (Theirs::Missing(theirs), Ours::Refused) => {
            denied(batch, store, version) && (!clean || *theirs == everything(batch, store.usage))
        }
        _ => false,
    }
}

/// Whether a violation names the release and denies what its use asks for.
fn denied(batch: &Batch, store: &Crate, version: &str) -> bool {
    let asked = batch.asked_of(store.usage);
    let concerned: BTreeSet<&str> = asked.iter().flat_map(|name| batch.closure(name)).collect();
    store.violated(version).any(|entry| entry.criteria.iter().any(|name| concerned.contains(name.as_str())))
}
