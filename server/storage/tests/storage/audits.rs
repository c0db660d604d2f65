//! Audits: recorded once, withdrawn at most once, and counting meanwhile.

use vetmoot_domain::Role;
use vetmoot_storage::{audits, evidence};

use crate::world::{World, day, member, new_audit, on_both_databases, package};

on_both_databases! {
    an_audit_is_read_back_as_it_was_recorded_and_moves_the_epoch,
    a_withdrawn_audit_stays_to_be_read_and_counts_no_more,
    audits_are_listed_by_release_package_member_and_time,
    an_id_is_taken_once,
    a_proof_is_given_once,
}

async fn an_audit_is_read_back_as_it_was_recorded_and_moves_the_epoch(world: World) {
    let ada = world.write(async |tx| member(tx, "ada", &[Role::Auditor]).await).await;
    let new = new_audit("a1", ada.id, "full pkg:cargo/serde@1.0.0 safe-to-deploy", day(1));
    let before = world.epoch("pkg:cargo/serde").await;
    world.write(async |tx| audits::insert(tx, &new).await.unwrap()).await;
    let row = audits::get(&world.store.read(), "a1").await.unwrap().unwrap();
    assert_eq!((&row.audit, &row.record, &row.salt), (&new.audit, &new.record, &new.salt));
    assert_eq!((row.author, row.author_name.as_str(), row.proven, row.withdrawn), (ada.id, "ada", false, None));
    assert!(world.epoch("pkg:cargo/serde").await > before);
    assert_eq!(audits::get(&world.store.read(), "a2").await.unwrap(), None);
}

async fn a_withdrawn_audit_stays_to_be_read_and_counts_no_more(world: World) {
    let serde = package("pkg:cargo/serde");
    let ada = world.write(async |tx| member(tx, "ada", &[Role::Auditor]).await).await;
    let new = new_audit("a1", ada.id, "violation pkg:cargo/serde <2.0.0 safe-to-run", day(1));
    world.write(async |tx| audits::insert(tx, &new).await.unwrap()).await;
    assert_eq!(evidence::of_package(&world.store.read(), &serde).await.unwrap().1.testimonies.len(), 1);
    let before = world.epoch("pkg:cargo/serde").await;
    assert!(world.write(async |tx| audits::withdraw(tx, "a1", "I was wrong", "{}", day(2)).await.unwrap()).await);
    assert!(!world.write(async |tx| audits::withdraw(tx, "a1", "again", "{}", day(3)).await.unwrap()).await);
    assert!(!world.write(async |tx| audits::withdraw(tx, "none", "?", "{}", day(3)).await.unwrap()).await);
    assert_eq!(evidence::of_package(&world.store.read(), &serde).await.unwrap().1.testimonies, []);
    assert!(world.epoch("pkg:cargo/serde").await > before);
    let withdrawn = audits::get(&world.store.read(), "a1").await.unwrap().unwrap().withdrawn.unwrap();
    assert_eq!((withdrawn.at, withdrawn.reason.as_str()), (day(2), "I was wrong"));
}

async fn audits_are_listed_by_release_package_member_and_time(world: World) {
    let (ada, bob) = world.write(async |tx| (member(tx, "ada", &[]).await, member(tx, "bob", &[]).await)).await;
    let said = [
        ("a1", ada.id, "full pkg:cargo/serde@1.0.0 safe-to-run", 1),
        ("a2", bob.id, "delta pkg:cargo/serde@1.1.0 pkg:cargo/serde@1.0.0 safe-to-run", 2),
        ("a3", ada.id, "full pkg:npm/left-pad@1.0.0 safe-to-run", 2),
    ];
    for (id, author, line, at) in said {
        world.write(async |tx| audits::insert(tx, &new_audit(id, author, line, day(at))).await.unwrap()).await;
    }
    let reader = world.store.read();
    let ids = |rows: Vec<audits::AuditRow>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(audits::of_release(&reader, &"pkg:cargo/serde@1.1.0".parse().unwrap()).await.unwrap()), ["a2"]);
    assert_eq!(ids(audits::of_package(&reader, &package("pkg:cargo/serde")).await.unwrap()), ["a2", "a1"]);
    assert_eq!(ids(audits::by_user(&reader, ada.id, 10).await.unwrap()), ["a3", "a1"]);
    let first = audits::recent(&reader, 2, None).await.unwrap();
    let cursor = first.last().unwrap().cursor();
    assert_eq!(ids(first), ["a3", "a2"]);
    assert_eq!(ids(audits::recent(&reader, 2, Some(&cursor)).await.unwrap()), ["a1"]);
}

async fn an_id_is_taken_once(world: World) {
    let ada = world.write(async |tx| member(tx, "ada", &[]).await).await;
    let new = new_audit("a1", ada.id, "full pkg:cargo/serde@1.0.0 safe-to-run", day(1));
    world.write(async |tx| audits::insert(tx, &new).await.unwrap()).await;
    let tx = world.store.begin().await.unwrap();
    assert_eq!(audits::insert(&tx, &new).await.unwrap_err().code(), "name-taken");
}

async fn a_proof_is_given_once(world: World) {
    let ada = world.write(async |tx| member(tx, "ada", &[]).await).await;
    let new = new_audit("a1", ada.id, "full pkg:cargo/serde@1.0.0 safe-to-run", day(1));
    let mut signed = new_audit("a2", ada.id, "full pkg:cargo/serde@1.0.1 safe-to-run", day(1));
    signed.record.insert_str(1, r#""proof":{"type":"DataIntegrityProof"},"#);
    world.write(async |tx| audits::insert(tx, &new).await.unwrap()).await;
    world.write(async |tx| audits::insert(tx, &signed).await.unwrap()).await;
    let unproven = audits::unproven(&world.store.read(), 10).await.unwrap();
    assert_eq!(unproven.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["a1"]);
    assert!(world.write(async |tx| audits::prove(tx, "a1", r#"{"proof":{}}"#).await.unwrap()).await);
    assert!(!world.write(async |tx| audits::prove(tx, "a2", r#"{"proof":{}}"#).await.unwrap()).await);
    assert!(audits::unproven(&world.store.read(), 10).await.unwrap().is_empty());
}
