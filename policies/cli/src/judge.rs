//! Judging here, without an instance: the policy's text, the evidence that was named, the digests the lock file pins.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use vetmoot_domain::decision::DecisionJson;
use vetmoot_domain::{Advisory, Digests, Evidence, Facts, Package, PublishTime, Release, Subject, Timestamp, Use, Version};
use vetmoot_ecosystems::lock::LockEntry;
use vetmoot_ecosystems::world;
use vetmoot_judge::{Policy, Prepared, bind, hits, release_of};

use crate::evidence::Gathered;
use crate::exit::Failure;
use crate::view::Judged;

/// Judges every entry, in their order; also how long judging alone took.
pub(crate) fn judge(
    policy: &Policy,
    name: &str,
    entries: &[LockEntry],
    gathered: &mut Gathered,
    now: Timestamp,
) -> Result<(Vec<Judged>, Duration), Failure> {
    bind_to_lock(entries, gathered);
    let mut groups: BTreeMap<(&Package, Use), Vec<usize>> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        groups.entry((&entry.release.package, entry.usage)).or_default().push(at);
    }
    let none = Evidence::default();
    let begun = Instant::now();
    let mut decisions = Vec::with_capacity(entries.len());
    for ((package, usage), places) in groups {
        let versions = world(package.ecosystem()).versions();
        let evidence = gathered.evidence.get(package).unwrap_or(&none);
        let prepared = Prepared::new(policy, evidence, versions, usage);
        let facts = Facts {
            now,
            // A lock file says nothing about dates, accounts or what was listed before.
            publish: PublishTime::Unknown,
            uploaded: None,
            listed_before: false,
            incident: None,
            publisher: None,
            advisory_sources: &gathered.sources,
            versions,
        };
        for at in places {
            let Some(entry) = entries.get(at) else { continue };
            let files = subjects(entry).iter().map(|subject| prepared.decide(subject, &facts)).collect();
            decisions.push((at, release_of(&entry.release, usage, files)));
        }
    }
    let took = begun.elapsed();
    decisions.sort_by_key(|(at, _)| *at);
    let judged = decisions.iter().map(|(at, decision)| {
        let json = serde_json::to_value(DecisionJson::new(decision, name, None, None));
        let line = entries.get(*at).map(|entry| entry.line);
        json.and_then(|json| Judged::new(json, line)).map_err(|error| Failure::Usage(error.to_string()))
    });
    Ok((judged.collect::<Result<_, _>>()?, took))
}

/// What is judged of an entry: each file the lock pins, or the release as one artifact of unknown bytes.
fn subjects(entry: &LockEntry) -> Vec<Subject> {
    let subject = |file_name: Option<&str>, digests: &Digests| Subject {
        artifact: entry.release.artifact(file_name),
        digests: digests.clone(),
    };
    if entry.files.is_empty() {
        return vec![subject(None, &Digests::default())];
    }
    entry.files.iter().map(|file| subject(file.name.as_deref(), &file.digests)).collect()
}

/// Entries of feeds name versions; the lock file knows the digests of its versions, so those entries become bound.
fn bind_to_lock(entries: &[LockEntry], gathered: &mut Gathered) {
    let mut known: BTreeMap<&Package, BTreeMap<Version, Vec<Digests>>> = BTreeMap::new();
    for entry in entries {
        let digests: Vec<Digests> =
            entry.files.iter().map(|file| file.digests.clone()).filter(|digests| !digests.is_empty()).collect();
        if !digests.is_empty() {
            known.entry(&entry.release.package).or_default().insert(entry.release.version.clone(), digests);
        }
    }
    for (package, versions) in known {
        if let Some(evidence) = gathered.evidence.get_mut(package) {
            bind(evidence, &versions);
        }
    }
}

/// The advisories that affect a release.
pub(crate) fn advisories<'g>(gathered: &'g Gathered, release: &Release) -> Vec<&'g Advisory> {
    let versions = world(release.package.ecosystem()).versions();
    gathered.evidence.get(&release.package).map(|evidence| hits(&evidence.advisories, release, versions)).unwrap_or_default()
}
