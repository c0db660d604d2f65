//! Copies: equal after the way back, on either database, and refused when they are not whole.

use std::path::Path;

use vetmoot_domain::event::Topic;
use vetmoot_domain::{Adoption, PolicyDigest, Role};
use vetmoot_storage::imports::{self, SourceKind};
use vetmoot_storage::{Store, StoreConfig, audits, events, evidence, packages, policies, settings, users};

use crate::imports::entry;
use crate::world::{World, day, empty_postgresql, empty_sqlite, member, new_audit, on_both_databases, package};

on_both_databases! {
    a_copy_reads_back_into_either_database_and_is_equal,
    a_damaged_or_broken_off_copy_is_refused_before_anything_is_touched,
    a_copy_is_not_read_into_an_instance_that_lives,
}

/// An instance in which something of everything has happened.
async fn live(world: &World) {
    world
        .write(async |tx| {
            settings::found(tx, day(0)).await.unwrap();
            let ada = member(tx, "ada", &[Role::Steward]).await;
            audits::insert(tx, &new_audit("a1", ada.id, "full pkg:cargo/serde@1.0.0 safe-to-run", day(1))).await.unwrap();
            let bytes = b"vetmoot-policy = 1\n\xc3\xa9";
            let slug = "balanced".parse().unwrap();
            policies::adopt(tx, &slug, &PolicyDigest::of(bytes), bytes, Adoption::Enforce, "ada", day(1)).await.unwrap();
            let source = imports::ensure_source(tx, "feed", SourceKind::CargoVet, "/feed", None, day(0)).await.unwrap();
            let run = imports::begin_run(tx, source.id, day(0)).await.unwrap();
            let entries: Vec<_> = (0..5_000).map(|n| entry(n, &format!("full pkg:cargo/p{n}@1.0.0 safe-to-run"))).collect();
            imports::upsert_entries(tx, source.id, run, &entries, day(0)).await.unwrap();
            events::append(tx, Topic::AuditRecorded, &["a1 \"quoted\"\n".to_owned()], Some("ada"), day(1)).await.unwrap();
        })
        .await;
}

/// Every file of a copy but the manifest, with its bytes.
fn contents(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

fn sorted(files: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<String>)> {
    let lines = |bytes: Vec<u8>| {
        let mut lines: Vec<String> = String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    files.into_iter().filter(|(name, _)| name != "manifest.json").map(|(name, bytes)| (name, lines(bytes))).collect()
}

async fn a_copy_reads_back_into_either_database_and_is_equal(world: World) {
    live(&world).await;
    let first = world.folder.path().join("first");
    let manifest = world.store.backup_into(&first).await.unwrap();
    assert!(manifest.rows() > 10_000);
    let mut targets: Vec<StoreConfig> = vec![empty_sqlite(world.folder.path()).0];
    targets.extend(empty_postgresql().await.map(|(config, _)| config));
    for (number, config) in targets.iter().enumerate() {
        assert_eq!(Store::restore(&first, config).await.unwrap(), manifest);
        let restored = Store::open(config).await.unwrap();
        let again = world.folder.path().join(format!("again-{number}"));
        restored.backup_into(&again).await.unwrap();
        assert_eq!(sorted(contents(&again)), sorted(contents(&first)), "{}", config.kind());
        let serde = package("pkg:cargo/serde");
        let before = evidence::of_package(&world.store.read(), &serde).await.unwrap();
        assert_eq!(evidence::of_package(&restored.read(), &serde).await.unwrap(), before);
        // New rows go on behind the old ones.
        let tx = restored.begin().await.unwrap();
        users::create(&tx, &"bob".parse().unwrap(), &[], None, day(2)).await.unwrap();
        packages::ensure(&tx, &package("pkg:npm/left-pad"), day(2)).await.unwrap();
        assert_eq!(events::append(&tx, Topic::UserChanged, &[], None, day(2)).await.unwrap(), 2);
        tx.commit().await.unwrap();
    }
}

async fn a_damaged_or_broken_off_copy_is_refused_before_anything_is_touched(world: World) {
    live(&world).await;
    let dir = world.folder.path().join("copy");
    world.store.backup_into(&dir).await.unwrap();
    assert_eq!(world.store.backup_into(&dir).await.unwrap_err().code(), "backup-failed", "a copy is not written over");
    let (target, _) = empty_sqlite(world.folder.path());
    let refused = async |what: &str| {
        let error = Store::restore(&dir, &target).await.unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    };
    let users = dir.join("users.jsonl");
    let good = std::fs::read(&users).unwrap();
    std::fs::write(&users, "[1,\"eve\",\"admin\",null,0]\n").unwrap();
    refused("damaged").await;
    std::fs::write(&users, good).unwrap();
    std::fs::remove_file(dir.join("manifest.json")).unwrap();
    refused("no whole copy").await;
    assert!(!Path::new(&target.describe()).exists());
}

async fn a_copy_is_not_read_into_an_instance_that_lives(world: World) {
    live(&world).await;
    let dir = world.folder.path().join("copy");
    world.store.backup_into(&dir).await.unwrap();
    let error = Store::restore(&dir, &world.config).await.unwrap_err();
    assert!(error.to_string().contains("holds an instance already"), "{error}");
    assert_eq!(users::count(&world.store.read()).await.unwrap(), 1);
}
