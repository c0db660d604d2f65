//! The real feeds over a real lock file: each alone, every union, and the advisories.

use std::collections::BTreeSet;
use std::path::Path;

use vetmoot_domain::criterion::{SAFE_TO_DEPLOY, SAFE_TO_RUN};
use vetmoot_domain::{
    Advisory, AdvisoryKind, AuditKind, Evidence, Facts, Organisation, PublishTime, Release, State, Subject, Timestamp, Use,
};
use vetmoot_ecosystems::cargo::CargoVersions;
use vetmoot_ecosystems::feeds::cargo_vet::{self, Entry, Feed};
use vetmoot_ecosystems::feeds::osv;
use vetmoot_ecosystems::lock;
use vetmoot_judge::{ImportRule, Policy, ShelfAlone, decide, hits, shelf};

use crate::binary::{self, Dependency, NOW, Project, Runner};
use crate::real_data;

const FEEDS: [&str; 3] = ["mozilla", "google", "embark"];

fn feed(folder: &Path, name: &str) -> Feed {
    let bytes = std::fs::read(folder.join("feeds").join(name).join("audits.toml")).unwrap();
    cargo_vet::read(&bytes, name).unwrap()
}

fn locked(folder: &Path) -> Vec<Release> {
    let bytes = std::fs::read(folder.join("lockfiles/cargo-vet.Cargo.lock")).unwrap();
    let read = lock::read("Cargo.lock", &bytes).unwrap();
    read.entries.into_iter().map(|entry| entry.release).collect()
}

/// What the shelf's policy lists of the lock file with these feeds as imports.
fn listed(releases: &[Release], feeds: &[(&str, &Feed)]) -> BTreeSet<(String, String)> {
    let (_, policy) = shelf().iter().find(|(name, _)| *name == SAFE_TO_DEPLOY).unwrap();
    let policy = Policy::parse(policy.as_bytes(), &ShelfAlone).unwrap();
    let organisation = |name: &str| name.parse::<Organisation>().unwrap();
    let imports = feeds.iter().map(|(name, _)| ImportRule::new(name, organisation(name), 2));
    let policy = policy.with_imports(imports.collect());
    let now: Timestamp = NOW.parse().unwrap();
    let level = vetmoot_domain::Level::AUDITOR;
    let mut listed = BTreeSet::new();
    for release in releases {
        let testimonies = feeds.iter().flat_map(|(name, feed)| {
            let own = feed.entries.iter().filter(|entry| entry.audit.package == release.package);
            own.map(|entry| entry.testimony(name, &organisation(name), level, Some(now)))
        });
        let evidence = Evidence { testimonies: testimonies.collect(), advisories: Vec::new() };
        let facts = Facts {
            now,
            publish: PublishTime::Unknown,
            uploaded: None,
            listed_before: false,
            incident: None,
            publisher: None,
            advisory_sources: &[],
            versions: &CargoVersions,
        };
        let subject = Subject { artifact: release.artifact(None), digests: vetmoot_domain::Digests::default() };
        if decide(&policy, &subject, Use::Runtime, &evidence, &facts).state == State::Listed {
            listed.insert((release.package.name().to_string(), release.version.to_string()));
        }
    }
    listed
}

/// An entry in the criteria that mean the same everywhere, as cargo-vet maps an import without a map.
fn mapped(entry: &Entry) -> Option<Entry> {
    let mut entry = entry.clone();
    let claimed = if matches!(entry.audit.kind, AuditKind::Violation { .. }) {
        entry.criteria.iter().cloned().collect()
    } else {
        entry.audit.criteria.clone()
    };
    let strongest = [SAFE_TO_DEPLOY, SAFE_TO_RUN].into_iter().find(|name| claimed.iter().any(|one| one.as_str() == *name))?;
    entry.criteria = vec![strongest.parse().unwrap()];
    // Publishers are unknown here, and the window may be longer than a store of one's own may have it.
    (!matches!(entry.audit.kind, AuditKind::Publisher { .. })).then_some(entry)
}

#[test]
fn every_union_of_the_real_feeds_lists_what_cargo_vet_calls_vetted() {
    let Some(folder) = real_data() else { return };
    let releases = locked(&folder);
    assert_eq!(releases.len(), 262);
    let feeds: Vec<(&str, Feed)> = FEEDS.iter().map(|name| (*name, feed(&folder, name))).collect();
    let vet = binary::find();
    let runner = vet.as_deref().map(Runner::new);
    let texts: Vec<(String, String)> =
        releases.iter().map(|one| (one.package.name().to_string(), one.version.to_string())).collect();
    let mut counts = Vec::new();
    for union in 1_usize..8 {
        let chosen: Vec<(&str, &Feed)> =
            feeds.iter().enumerate().filter(|(at, _)| union & (1 << at) != 0).map(|(_, (name, feed))| (*name, feed)).collect();
        let ours = listed(&releases, &chosen);
        counts.push(ours.len());
        let Some(runner) = &runner else { continue };
        let entries: Vec<Entry> = chosen.iter().flat_map(|(_, feed)| feed.entries.iter().filter_map(mapped)).collect();
        let dependencies = texts.iter().map(|(name, version)| Dependency { name, version, root: "runtime" });
        let project = Project {
            dependencies: dependencies.collect(),
            asked: Vec::new(),
            audits: cargo_vet::write([], &entries),
            imports: "\n# cargo-vet imports lock\n".to_owned(),
        };
        let report = runner.check(&project);
        assert!(report.conflicts.is_empty(), "{:?}", report.conflicts);
        let names: Vec<&str> = chosen.iter().map(|(name, _)| *name).collect();
        assert_eq!(ours, report.vetted, "{names:?}");
    }
    println!("listed by each union: {counts:?}");
    assert_eq!((counts[0], counts[1], counts[3]), (31, 19, 2));
}

#[test]
fn the_real_advisories_hit_eight_times_on_six_crates() {
    let Some(folder) = real_data() else { return };
    let mut advisories: Vec<Advisory> = Vec::new();
    for file in std::fs::read_dir(folder.join("advisories/rustsec-osv")).unwrap() {
        let path = file.unwrap().path();
        let record = osv::read(&path.to_string_lossy(), &std::fs::read(&path).unwrap(), "rustsec").unwrap();
        advisories.extend(record.advisories);
    }
    assert_eq!(advisories.len(), 714);
    let mut found: Vec<String> = Vec::new();
    let mut kinds = Vec::new();
    for release in locked(&folder) {
        for hit in hits(&advisories, &release, &CargoVersions) {
            found.push(format!("{} {} {}", release.package.name(), release.version, hit.id));
            kinds.push(hit.kind);
        }
    }
    found.sort();
    assert_eq!(
        found,
        [
            "ansi_term 0.12.1 RUSTSEC-2021-0139",
            "bumpalo 3.10.0 RUSTSEC-2022-0078",
            "h2 0.3.13 RUSTSEC-2023-0034",
            "h2 0.3.13 RUSTSEC-2024-0003",
            "h2 0.3.13 RUSTSEC-2024-0332",
            "rustls 0.20.6 RUSTSEC-2024-0336",
            "webpki 0.22.0 RUSTSEC-2023-0052",
            "yaml-rust 0.4.5 RUSTSEC-2024-0320",
        ]
    );
    let of = |kind| kinds.iter().filter(|one| **one == kind).count();
    let by_kind = [AdvisoryKind::Vulnerability, AdvisoryKind::Unmaintained, AdvisoryKind::Unsound].map(of);
    assert_eq!(by_kind, [5, 2, 1]);
}
