//! A whole lock file judged by three feeds, reading apart: what `vetmoot check` does between its files and its answer.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use vetmoot_domain::criterion::SAFE_TO_DEPLOY;
use vetmoot_domain::{
    Depth, Digests, Evidence, Facts, Level, Organisation, Package, PublishTime, State, Subject, Timestamp, Use, Version,
};
use vetmoot_ecosystems::world;
use vetmoot_judge::{ImportRule, Policy, Prepared, ShelfAlone, bind, shelf};

use super::feeds::Material;
use super::limits::{LOCK, LOCKS};
use super::row::middle;
use super::{Measured, Row, Stage};

/// The real lock file where it lies, and a made-up one of its size everywhere.
pub fn measure(_stage: &mut Stage) -> Measured {
    let real = "cargo-vet's lock file judged by three real feeds";
    let mut rows = Vec::new();
    match Material::real()? {
        Some(material) => rows.push(judged(real, &material)?),
        None => rows.push(Row::left_out(real, "the feeds do not lie beside the repository")),
    }
    rows.push(judged("made-up lock file and feeds of that size", &Material::made_up()?)?);
    Ok(rows)
}

fn judged(what: &str, material: &Material) -> Result<Row> {
    let (_, policy) = shelf().iter().find(|(name, _)| *name == SAFE_TO_DEPLOY).context("the shelf has the policy")?;
    let organisation = |name: &str| name.parse::<Organisation>();
    let mut imports = Vec::new();
    for (name, _) in &material.feeds {
        let mut rule = ImportRule::new(name, organisation(name)?, Level::AUDITOR.number());
        rule.depth = Some(Depth::Read);
        imports.push(rule);
    }
    let policy = Policy::parse(policy.as_bytes(), &ShelfAlone)?.with_imports(imports);
    let evidence = evidence(material)?;
    let mut times: Vec<Duration> = Vec::with_capacity(LOCKS);
    let mut listed = 0;
    for _ in 0..LOCKS {
        let begin = Instant::now();
        listed = black_box(judge(&policy, material, &evidence));
        times.push(begin.elapsed());
    }
    let beside = format!("{} releases, {} audits; {listed} listed", material.lock.entries.len(), material.audits());
    Ok(Row::below(what, middle(&mut times), LOCK).beside(beside))
}

/// Evidence by package, bound to the digests the lock file pins.
fn evidence(material: &Material) -> Result<BTreeMap<Package, Evidence>> {
    let mut evidence: BTreeMap<Package, Evidence> = BTreeMap::new();
    let mut known: BTreeMap<&Package, BTreeMap<Version, Vec<Digests>>> = BTreeMap::new();
    for entry in &material.lock.entries {
        evidence.entry(entry.release.package.clone()).or_default();
        let digests = entry.files.iter().map(|file| file.digests.clone()).collect();
        known.entry(&entry.release.package).or_default().insert(entry.release.version.clone(), digests);
    }
    for (name, feed) in &material.feeds {
        let organisation: Organisation = name.parse()?;
        for entry in &feed.entries {
            if let Some(evidence) = evidence.get_mut(&entry.audit.package) {
                evidence.testimonies.push(entry.testimony(name, &organisation, Level::AUDITOR, Some(now())));
            }
        }
    }
    for (package, versions) in known {
        if let Some(evidence) = evidence.get_mut(package) {
            bind(evidence, &versions);
        }
    }
    Ok(evidence)
}

/// Judges every release of the lock file and counts those that are listed.
fn judge(policy: &Policy, material: &Material, evidence: &BTreeMap<Package, Evidence>) -> usize {
    let mut groups: BTreeMap<(&Package, Use), Vec<Subject>> = BTreeMap::new();
    for entry in &material.lock.entries {
        let subject = Subject { artifact: entry.release.artifact(None), digests: entry.digests() };
        groups.entry((&entry.release.package, entry.usage)).or_default().push(subject);
    }
    let none = Evidence::default();
    let mut listed = 0;
    for ((package, usage), subjects) in groups {
        let versions = world(package.ecosystem()).versions();
        let prepared = Prepared::new(policy, evidence.get(package).unwrap_or(&none), versions, usage);
        let facts = Facts {
            now: now(),
            publish: PublishTime::Unknown,
            uploaded: None,
            listed_before: false,
            incident: None,
            publisher: None,
            advisory_sources: &[],
            versions,
        };
        listed += subjects.iter().filter(|subject| prepared.decide(subject, &facts).state == State::Listed).count();
    }
    listed
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000)
}
