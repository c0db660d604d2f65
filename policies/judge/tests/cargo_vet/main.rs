//! Our judgement beside the real cargo-vet: the same generated stores, and the same real feeds.
//!
//! A store is all audits about one crate. Crates do not touch one another in either judge, since audits, violations and
//! publishers stand under a crate's name, so one run of cargo-vet checks many stores at once; the criteria, their
//! implications and what is asked change from batch to batch. Exemptions are left out: here they are dated exceptions.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod binary;
mod chance;
mod explain;
mod ours;
mod real;
mod store;
mod twice;

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use binary::{Dependency, Project, Report, Runner};
use chance::Chance;
use explain::Tally;
use store::{Batch, Crate, is_violation};
use vetmoot_domain::{AuditKind, Use};
use vetmoot_ecosystems::feeds::cargo_vet;

const SEED: u64 = 0x5eed;
const BATCHES: usize = 520;
const CRATES: usize = 60;
/// How many stores without any matching violation have to agree in everything.
const CLEAN_MIN: usize = 20_000;

#[test]
fn the_judge_and_cargo_vet_agree_on_generated_stores() {
    let Some(binary) = binary::find() else { return };
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(Tally::default());
    // Two runs at a time, as many as small machines have cores.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let runner = Runner::new(&binary);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= BATCHES {
                        break;
                    }
                    let mut chance = Chance::new(SEED.wrapping_add(u64::try_from(number).unwrap().wrapping_mul(0x1_0001)));
                    let batch = Batch::new(number, CRATES, &mut chance);
                    let found = compare(&runner, &batch);
                    tally.lock().unwrap().add(&found);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!("{tally}");
    assert!(tally.clean >= CLEAN_MIN, "{tally}");
    assert!(tally.listed > tally.releases / 10 && tally.missing > tally.releases / 10, "too one-sided: {tally}");
    assert!(
        tally.publisher_trust > 20 && tally.last_day > 5 && tally.conflict_elsewhere > 100,
        "a cause is not tried: {tally}"
    );
}

/// Both judges on one batch. Any conflict ends a run of cargo-vet without a word about the other crates, so crates in
/// conflict are checked apart, and once more without their violations.
fn compare(runner: &Runner, batch: &Batch) -> Tally {
    let policy = ours::policy(batch);
    let mut tally = Tally::default();
    let (conflicting, quiet): (Vec<&Crate>, Vec<&Crate>) = batch.crates.iter().partition(|store| store.in_conflict(batch));
    let report = runner.check(&project(batch, &quiet));
    assert!(report.conflicts.is_empty(), "an unforeseen conflict in batch {}: {:?}", batch.number, report.conflicts);
    for store in quiet {
        explain::quiet(&policy, batch, store, &report, &mut tally);
    }
    if conflicting.is_empty() {
        return tally;
    }
    let report = runner.check(&project(batch, &conflicting));
    let bare: Vec<Crate> = conflicting.iter().map(|store| store.without(is_violation)).collect();
    let bare_report = runner.check(&project(batch, &bare.iter().collect::<Vec<_>>()));
    for (store, bare) in conflicting.into_iter().zip(&bare) {
        explain::conflict(&policy, batch, store, &report, &mut tally);
        explain::quiet(&policy, batch, bare, &bare_report, &mut Tally::default());
    }
    tally
}

fn project<'a>(batch: &'a Batch, crates: &[&'a Crate]) -> Project<'a> {
    let root = |usage| match usage {
        Use::Runtime => "runtime",
        Use::Dev => "dev",
        Use::Build => "build",
    };
    let dependencies = crates.iter().flat_map(|store| {
        store.releases.iter().map(move |version| Dependency { name: &store.name, version, root: root(store.usage) })
    });
    let entries = crates.iter().flat_map(|store| &store.entries);
    let mut criteria = String::new();
    for (name, implies) in &batch.criteria {
        writeln!(criteria, "[criteria.{name}]\ndescription = \"made up\"\nimplies = {implies:?}").unwrap();
    }
    let criteria = cargo_vet::FeedCriteria::read(criteria.as_bytes()).unwrap();
    let audits = cargo_vet::write(criteria.iter(), entries);
    let imports = imports(crates);
    // Beside an account's number the formatter writes whose it is, once the publishers say so.
    let known = |id: &str| imports.contains(&format!("user-id = {id}\n"));
    let lines = audits.lines().map(|line| match line.strip_prefix("user-id = ") {
        Some(id) if known(id) => format!("{line} # user-{id}\n"),
        _ => format!("{line}\n"),
    });
    Project { dependencies: dependencies.collect(), asked: batch.asked.clone(), audits: lines.collect(), imports }
}

fn imports(crates: &[&Crate]) -> String {
    let mut published: Vec<&&Crate> = crates.iter().filter(|store| store.published.is_some()).collect();
    published.sort_by(|left, right| left.name.cmp(&right.name));
    let mut text = "\n# cargo-vet imports lock\n".to_owned();
    for store in published {
        let Some((publisher, day)) = &store.published else { continue };
        let source = match publisher.as_str().split_once(':') {
            Some(("user", id)) => format!("user-id = {id}\nuser-login = \"user-{id}\""),
            _ => format!("trusted-publisher = \"{publisher}\""),
        };
        for version in &store.releases {
            writeln!(text, "\n[[publisher.{}]]\nversion = \"{version}\"\nwhen = \"{day}\"\n{source}", store.name).unwrap();
        }
    }
    text
}

/// Whether cargo-vet was asked about every release of a store.
pub fn outcome_of(report: &Report, store: &Crate, version: &str) -> Option<explain::Theirs> {
    let key = (store.name.clone(), version.to_owned());
    if report.conflicts.contains(&key) {
        return Some(explain::Theirs::Conflict);
    }
    if let Some(missing) = report.missing.get(&key) {
        return Some(explain::Theirs::Missing(missing.clone()));
    }
    report.vetted.contains(&key).then_some(explain::Theirs::Vetted)
}

/// Whether an entry trusts a publisher.
pub fn is_publisher(entry: &cargo_vet::Entry) -> bool {
    matches!(entry.audit.kind, AuditKind::Publisher { .. })
}

/// The folder of real feeds that `VETMOOT_REAL_DATA` names, where it names one.
pub fn real_data() -> Option<std::path::PathBuf> {
    let folder = std::env::var_os("VETMOOT_REAL_DATA").map(std::path::PathBuf::from);
    if folder.is_none() {
        println!("left out: VETMOOT_REAL_DATA names no folder");
    }
    folder
}
