//! Opening, writing one after another, and what goes wrong.

use vetmoot_storage::{Store, StoreConfig, events, settings};

use crate::world::{World, day, on_both_databases};

on_both_databases! {
    a_first_open_brings_the_database_to_shape_and_a_second_has_nothing_to_do,
    what_is_not_committed_is_gone,
    what_is_committed_is_there_after_another_open,
    writers_wait_for_each_other_and_lose_nothing,
    a_reader_goes_on_while_somebody_writes,
    a_lock_held_elsewhere_is_a_clear_error_after_the_timeout,
    a_database_of_a_newer_version_is_not_touched,
    a_healthy_database_says_what_it_is,
}

async fn a_first_open_brings_the_database_to_shape_and_a_second_has_nothing_to_do(world: World) {
    assert_eq!(world.store.applied_migrations(), 5);
    assert_eq!(Store::open(&world.config).await.unwrap().applied_migrations(), 0);
}

async fn what_is_not_committed_is_gone(world: World) {
    let tx = world.store.begin().await.unwrap();
    settings::set(&tx, "colour", "blue").await.unwrap();
    assert_eq!(settings::get(&tx, "colour").await.unwrap().as_deref(), Some("blue"));
    drop(tx);
    let tx = world.store.begin().await.unwrap();
    assert_eq!(settings::get(&tx, "colour").await.unwrap(), None);
    tx.rollback().await.unwrap();
}

async fn what_is_committed_is_there_after_another_open(world: World) {
    world.write(async |tx| settings::set(tx, "colour", "blue").await.unwrap()).await;
    let again = Store::open(&world.config).await.unwrap();
    assert_eq!(settings::get(&again.read(), "colour").await.unwrap().as_deref(), Some("blue"));
}

async fn writers_wait_for_each_other_and_lose_nothing(world: World) {
    world.write(async |tx| settings::set(tx, "count", "0").await.unwrap()).await;
    let writers = (0..8).map(|_| {
        let store = world.store.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                let tx = store.begin().await.unwrap();
                let count: u32 = settings::get(&tx, "count").await.unwrap().unwrap().parse().unwrap();
                settings::set(&tx, "count", &(count + 1).to_string()).await.unwrap();
                events::append(&tx, vetmoot_domain::event::Topic::UserChanged, &[], None, day(0)).await.unwrap();
                tx.commit().await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(settings::get(&world.store.read(), "count").await.unwrap().as_deref(), Some("80"));
    assert_eq!(events::last(&world.store.read()).await.unwrap(), 80);
}

async fn a_reader_goes_on_while_somebody_writes(world: World) {
    world.write(async |tx| settings::set(tx, "colour", "blue").await.unwrap()).await;
    let tx = world.store.begin().await.unwrap();
    settings::set(&tx, "colour", "green").await.unwrap();
    assert_eq!(settings::get(&world.store.read(), "colour").await.unwrap().as_deref(), Some("blue"));
    tx.commit().await.unwrap();
    assert_eq!(settings::get(&world.store.read(), "colour").await.unwrap().as_deref(), Some("green"));
}

async fn a_lock_held_elsewhere_is_a_clear_error_after_the_timeout(world: World) {
    let impatient = Store::open(&world.config.clone().with_busy_timeout_ms(100)).await.unwrap();
    let held = world.store.begin().await.unwrap();
    settings::set(&held, "colour", "blue").await.unwrap();
    let error = impatient.begin().await.unwrap_err();
    assert_eq!(error.code(), "database-locked");
    assert!(error.is_busy() && !error.is_disk_full());
    assert!(error.to_string().contains("locked by another process") && error.to_string().contains("100 ms"), "{error}");
    held.commit().await.unwrap();
    impatient.begin().await.unwrap().commit().await.unwrap();
}

async fn a_database_of_a_newer_version_is_not_touched(world: World) {
    world.behind_its_back("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)").await;
    let error = Store::open(&world.config).await.unwrap_err();
    assert_eq!(error.code(), "database-newer");
    assert!(error.to_string().contains("m9999_later"), "{error}");
}

async fn a_healthy_database_says_what_it_is(world: World) {
    let health = world.store.health().await.unwrap();
    assert_eq!(health.kind, world.config.kind());
    assert!(health.size > 0 && !health.version.is_empty());
    assert_eq!(world.store.damage().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_url_of_no_database_we_know_is_refused_with_its_forms() {
    let error = Store::open(&StoreConfig::url("mysql://ada:s3cret@db/vm")).await.unwrap_err();
    assert_eq!(error.code(), "database-url");
    assert!(error.to_string().contains("sqlite:PATH") && !error.to_string().contains("s3cret"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.txt");
    std::fs::write(&file, "Dear reader, this is no database at all. ".repeat(100)).unwrap();
    let error = Store::open(&StoreConfig::sqlite(&file)).await.unwrap_err();
    assert_eq!(error.code(), "database-unreachable", "{error}");
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("Dear reader"));
}

#[tokio::test]
async fn an_acknowledged_write_is_on_disk_before_the_answer() {
    let world = World::sqlite().await;
    let tx = world.store.begin().await.unwrap();
    settings::set(&tx, "colour", "blue").await.unwrap();
    tx.commit().await.unwrap();
    // A copy of the files as they lie there is what a machine without power would find.
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(world.folder.path()).unwrap() {
        let entry = entry.unwrap();
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
    }
    let file = std::fs::read_dir(copy.path()).unwrap().map(|entry| entry.unwrap().path());
    let file = file.into_iter().find(|path| path.extension().is_some_and(|ext| ext == "db")).unwrap();
    let found = Store::open(&StoreConfig::sqlite(&file)).await.unwrap();
    assert_eq!(settings::get(&found.read(), "colour").await.unwrap().as_deref(), Some("blue"));
}
