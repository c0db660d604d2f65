//! Imports: entries are known by their identity, count while they are shown, and keep the day they were first shown.

use vetmoot_domain::{Advisory, AdvisoryKind, Package, Timestamp};
use vetmoot_storage::imports::{self, Dropped, Imported, ImportedEntry, RunOutcome, SourceKind, Upserted};
use vetmoot_storage::{artifacts, evidence};

use crate::world::{World, audit, day, on_both_databases, package};

on_both_databases! {
    the_same_import_twice_counts_once,
    what_a_source_no_longer_shows_ends_and_what_it_shows_again_counts_from_its_first_day,
    an_advisory_that_changes_is_a_change_and_not_another,
    only_packages_concerned_have_to_be_decided_again,
    a_source_is_known_by_its_name_and_kind,
    a_run_is_counted_finished_and_remembered,
    a_run_that_failed_leaves_the_source_as_it_was,
    many_entries_come_in_at_once,
}

/// An entry with a number for its identity.
pub fn entry(number: u32, line: &str) -> ImportedEntry {
    let audit = audit(line);
    let mut identity = [0; 32];
    identity[..4].copy_from_slice(&number.to_le_bytes());
    let says = Imported::Audit { authors: vec!["Ada Lovelace".to_owned()], recorded: None, audit: audit.clone() };
    ImportedEntry { identity, package: audit.package, says }
}

fn advisory(number: u32, purl: &str, summary: &str) -> ImportedEntry {
    let package: Package = package(purl);
    let mut identity = [9; 32];
    identity[..4].copy_from_slice(&number.to_le_bytes());
    let advisory = Advisory {
        id: format!("RUSTSEC-2026-{number:04}"),
        aliases: vec![],
        package: package.clone(),
        kind: AdvisoryKind::Vulnerability,
        severity: None,
        cvss_tenths: Some(75),
        ranges: vec![],
        versions: vec![],
        summary: summary.to_owned(),
        published: None,
        modified: day(0),
        withdrawn: None,
        url: None,
        source: String::new(),
        of_peer: false,
    };
    ImportedEntry { identity, package, says: Imported::Advisory(advisory) }
}

async fn import(world: &World, entries: &[ImportedEntry], now: Timestamp) -> (Upserted, u64) {
    world
        .write(async |tx| {
            let source =
                imports::ensure_source(tx, "feed", SourceKind::CargoVet, "https://feed.example", None, now).await.unwrap();
            let run = imports::begin_run(tx, source.id, now).await.unwrap();
            let upserted = imports::upsert_entries(tx, source.id, run, entries, now).await.unwrap();
            (upserted, imports::end_missing(tx, source.id, run, now).await.unwrap())
        })
        .await
}

async fn the_same_import_twice_counts_once(world: World) {
    let entries = [entry(1, "full pkg:cargo/serde@1.0.0 safe-to-run"), entry(2, "full pkg:cargo/rand@0.9.0 safe-to-run")];
    assert_eq!(import(&world, &entries, day(0)).await, (Upserted { added: 2, changed: 0, same: 0 }, 0));
    let epoch = world.epoch("pkg:cargo/serde").await;
    assert_eq!(import(&world, &entries, day(1)).await, (Upserted { added: 0, changed: 0, same: 2 }, 0));
    assert_eq!(world.epoch("pkg:cargo/serde").await, epoch);
    let twice = [entries[0].clone(), entries[0].clone(), entries[1].clone()];
    assert_eq!(import(&world, &twice, day(2)).await, (Upserted { added: 0, changed: 0, same: 3 }, 0));
    assert_eq!(evidence::count(&world.store.read()).await.unwrap().imported, 2);
    let (_, found) = evidence::of_package(&world.store.read(), &package("pkg:cargo/serde")).await.unwrap();
    assert_eq!((found.testimonies[0].recorded, found.testimonies[0].dated), (Some(day(0)), false));
    assert_eq!(found.testimonies[0].authors[0].name, "Ada Lovelace");
}

async fn what_a_source_no_longer_shows_ends_and_what_it_shows_again_counts_from_its_first_day(world: World) {
    let entries = [entry(1, "full pkg:cargo/serde@1.0.0 safe-to-run"), entry(2, "full pkg:cargo/serde@1.1.0 safe-to-run")];
    import(&world, &entries, day(0)).await;
    let epoch = world.epoch("pkg:cargo/serde").await;
    assert_eq!(import(&world, &entries[..1], day(1)).await, (Upserted { added: 0, changed: 0, same: 1 }, 1));
    assert!(world.epoch("pkg:cargo/serde").await > epoch);
    let serde = package("pkg:cargo/serde");
    assert_eq!(evidence::of_package(&world.store.read(), &serde).await.unwrap().1.testimonies.len(), 1);
    assert_eq!(import(&world, &entries, day(2)).await, (Upserted { added: 1, changed: 0, same: 1 }, 0));
    let (_, found) = evidence::of_package(&world.store.read(), &serde).await.unwrap();
    assert_eq!(found.testimonies.iter().map(|said| said.recorded).collect::<Vec<_>>(), [Some(day(0)), Some(day(0))]);
}

async fn an_advisory_that_changes_is_a_change_and_not_another(world: World) {
    import(&world, &[advisory(1, "pkg:cargo/serde", "bad")], day(0)).await;
    let (upserted, _) = import(&world, &[advisory(1, "pkg:cargo/serde", "worse")], day(1)).await;
    assert_eq!(upserted, Upserted { added: 0, changed: 1, same: 0 });
    let (_, found) = evidence::of_package(&world.store.read(), &package("pkg:cargo/serde")).await.unwrap();
    assert_eq!(
        (found.advisories.len(), found.advisories[0].summary.as_str(), found.advisories[0].source.as_str()),
        (1, "worse", "feed")
    );
}

async fn only_packages_concerned_have_to_be_decided_again(world: World) {
    let serde = entry(1, "full pkg:cargo/serde@1.0.0 safe-to-run");
    import(&world, &[serde.clone(), entry(2, "full pkg:cargo/rand@0.9.0 safe-to-run")], day(0)).await;
    let before = (world.epoch("pkg:cargo/serde").await, world.epoch("pkg:cargo/rand").await);
    import(&world, &[serde, entry(3, "full pkg:cargo/rand@0.9.1 safe-to-run")], day(1)).await;
    assert_eq!(world.epoch("pkg:cargo/serde").await, before.0);
    assert!(world.epoch("pkg:cargo/rand").await > before.1);
}

async fn a_source_is_known_by_its_name_and_kind(world: World) {
    let tx = world.store.begin().await.unwrap();
    let first = imports::ensure_source(&tx, "rustsec", SourceKind::Osv, "/a", None, day(0)).await.unwrap();
    let hourly = Some("1h".parse().unwrap());
    let second = imports::ensure_source(&tx, "rustsec", SourceKind::Osv, "/b", hourly, day(1)).await.unwrap();
    assert_eq!((first.id, second.location.as_str(), second.every), (second.id, "/b", hourly));
    let error = imports::ensure_source(&tx, "rustsec", SourceKind::CargoVet, "/c", None, day(2)).await.unwrap_err();
    assert_eq!(error.code(), "name-taken");
    tx.commit().await.unwrap();
    assert_eq!(imports::sources(&world.store.read()).await.unwrap().len(), 1);
    assert!(imports::advisory_sources(&world.store.read()).await.unwrap().is_empty(), "it was never read");
}

async fn a_run_is_counted_finished_and_remembered(world: World) {
    let mut outcome = RunOutcome { added: 3, etag: Some("\"7\"".to_owned()), malware: true, ..RunOutcome::default() };
    for n in 0..20 {
        Dropped::note(&mut outcome.dropped, "not-a-name", || format!("0.7.{n}"));
    }
    let (source, run) = world
        .write(async |tx| {
            let source = imports::ensure_source(tx, "osv", SourceKind::Osv, "/osv", None, day(0)).await.unwrap();
            let run = imports::begin_run(tx, source.id, day(0)).await.unwrap();
            imports::progress(tx, run, 500, Some(1_000)).await.unwrap();
            (source, run)
        })
        .await;
    let going = imports::run(&world.store.read(), run).await.unwrap().unwrap();
    assert_eq!((going.read, going.total, going.finished_at, going.outcome), (500, Some(1_000), None, None));
    world.write(async |tx| imports::finish_run(tx, run, &outcome, day(1)).await.unwrap()).await;
    let done = imports::runs(&world.store.read(), source.id, 5).await.unwrap();
    assert_eq!(done[0].outcome.as_ref(), Some(&outcome));
    assert_eq!((outcome.dropped[0].count, outcome.dropped[0].examples.len()), (20, 5));
    let source = imports::source(&world.store.read(), "osv").await.unwrap().unwrap();
    assert_eq!((source.last_success_at, source.etag.as_deref()), (Some(day(1)), Some("\"7\"")));
    let states = imports::advisory_sources(&world.store.read()).await.unwrap();
    assert_eq!((states[0].name.as_str(), states[0].last_read, states[0].malware), ("osv", day(1), true));
}

async fn a_run_that_failed_leaves_the_source_as_it_was(world: World) {
    let source = world
        .write(async |tx| {
            let source = imports::ensure_source(tx, "osv", SourceKind::Osv, "/osv", None, day(0)).await.unwrap();
            let failed = imports::begin_run(tx, source.id, day(1)).await.unwrap();
            let outcome =
                RunOutcome { error: Some("truncated".to_owned()), etag: Some("x".to_owned()), ..RunOutcome::default() };
            imports::finish_run(tx, failed, &outcome, day(1)).await.unwrap();
            imports::begin_run(tx, source.id, day(2)).await.unwrap();
            source
        })
        .await;
    assert_eq!(imports::source(&world.store.read(), "osv").await.unwrap().unwrap(), source);
    assert_eq!(world.write(async |tx| imports::abandon_unfinished(tx, day(3)).await.unwrap()).await, 1);
    let runs = imports::runs(&world.store.read(), source.id, 5).await.unwrap();
    assert!(runs[0].outcome.as_ref().unwrap().error.as_ref().unwrap().contains("stopped"));
}

/// `VETMOOT_IMPORT_ENTRIES` makes it longer, to measure.
async fn many_entries_come_in_at_once(world: World) {
    let count: u32 = std::env::var("VETMOOT_IMPORT_ENTRIES").ok().and_then(|text| text.parse().ok()).unwrap_or(5_000);
    let line = |n: u32| format!("full pkg:cargo/package-{}@1.0.{n} safe-to-deploy", n % (count / 5));
    let entries: Vec<ImportedEntry> = (0..count).map(|n| entry(n, &line(n))).collect();
    let start = std::time::Instant::now();
    assert_eq!(import(&world, &entries, day(0)).await.0.added, u64::from(count));
    eprintln!("{} {count} entries the first time: {:?}", world.config.kind(), start.elapsed());
    let start = std::time::Instant::now();
    assert_eq!(import(&world, &entries, day(1)).await.0.same, u64::from(count));
    eprintln!("{} {count} entries the second time: {:?}", world.config.kind(), start.elapsed());
    let wanted = package("pkg:cargo/package-7");
    let start = std::time::Instant::now();
    let (_, found) = evidence::of_package(&world.store.read(), &wanted).await.unwrap();
    eprintln!("one read of {} testimonies: {:?}", found.testimonies.len(), start.elapsed());
    assert_eq!(found.testimonies.len(), 5);
    assert!(!artifacts::carries(&[], &crate::world::sha256("x")));
}
