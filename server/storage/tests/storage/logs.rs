//! Statements and logs: kept once, found by every key they have, erased without a trace of their text.

use vetmoot_domain::Timestamp;
use vetmoot_storage::federation::logs;
use vetmoot_storage::federation::statements::{self, NewStatement, Via};
use vetmoot_storage::packages;

use crate::world::{World, day, on_both_databases, package};

on_both_databases! {
    a_statement_is_read_back_with_everything_it_came_with,
    a_taken_id_is_left_as_it_is,
    many_statements_are_kept_at_once_and_found_by_their_leaves,
    an_erased_statement_keeps_its_digest_alone,
    another_record_under_an_id_is_kept_once,
    places_in_a_log_are_taken_in_order,
    a_given_up_transaction_gives_its_places_back,
    leaves_whose_statement_is_missing_are_found,
    a_fork_is_kept_once_and_acknowledged_once,
}

fn digest(name: &str) -> [u8; 32] {
    <sha2::Sha256 as sha2::Digest>::digest(name.as_bytes()).into()
}

fn new(name: &str, leaf: Option<i64>) -> NewStatement {
    NewStatement {
        uri: format!("https://far.example/{name}"),
        digest: digest(name),
        kind: "Audit".to_owned(),
        author: "https://far.example/users/ada".to_owned(),
        source_id: None,
        package_id: None,
        object: None,
        record: Some(format!("{{\"name\":\"{name}\"}}")),
        note: None,
        published_at: day(1),
        received_at: day(2),
        via: Via::Own,
        leaf,
    }
}

async fn a_statement_is_read_back_with_everything_it_came_with(world: World) {
    let (serde, row) = (package("pkg:cargo/serde"), world.store.read());
    let package_id = world.write(async |tx| packages::ensure(tx, &serde, day(1)).await.unwrap().id).await;
    let whole = NewStatement {
        kind: "Withdrawal".to_owned(),
        package_id: Some(package_id),
        object: Some("https://far.example/other".to_owned()),
        via: Via::Post,
        ..new("one", Some(7))
    };
    let id = world.write(async |tx| statements::insert(tx, &whole).await.unwrap().unwrap()).await;
    let found = statements::by_uri(&row, &whole.uri).await.unwrap().unwrap();
    assert_eq!((found.id, &found.kind, found.via, found.leaf), (id, &whole.kind, Via::Post, Some(7)));
    assert_eq!((&found.record, &found.object, found.package_id), (&whole.record, &whole.object, Some(package_id)));
    assert_eq!((found.published_at, found.received_at, found.withdrawn_at), (day(1), day(2), None));
    assert_eq!(statements::by_digest(&row, &digest("one")).await.unwrap().as_ref(), Some(&found));
    assert_eq!(statements::of_object(&row, "https://far.example/other").await.unwrap(), std::slice::from_ref(&found));
    assert_eq!(statements::of_package(&row, package_id, 10).await.unwrap(), std::slice::from_ref(&found));
    assert_eq!(statements::by_uri(&row, "https://far.example/none").await.unwrap(), None);
    assert!(world.write(async |tx| statements::mark_withdrawn(tx, &whole.uri, "wrong", day(3)).await.unwrap()).await);
    assert!(!world.write(async |tx| statements::mark_withdrawn(tx, &whole.uri, "again", day(4)).await.unwrap()).await);
    let found = statements::by_uri(&row, &whole.uri).await.unwrap().unwrap();
    assert_eq!((found.withdrawn_at, found.withdrawn_reason.as_deref()), (Some(day(3)), Some("wrong")));
}

async fn a_taken_id_is_left_as_it_is(world: World) {
    let first = new("one", None);
    let second = NewStatement { digest: digest("two"), ..first.clone() };
    let inserted = world
        .write(async |tx| {
            let twice = statements::insert_all(tx, &[first.clone(), second.clone(), new("three", None)]).await.unwrap();
            assert_eq!(statements::insert(tx, &second).await.unwrap(), None);
            twice
        })
        .await;
    assert_eq!(inserted.len(), 2);
    let found = statements::by_uris(&world.store.read(), &[first.uri.clone(), "none".to_owned()]).await.unwrap();
    assert_eq!(found.iter().map(|row| row.digest).collect::<Vec<_>>(), [digest("one")]);
}

async fn many_statements_are_kept_at_once_and_found_by_their_leaves(world: World) {
    let many: Vec<NewStatement> = (0..1_300).map(|leaf| new(&format!("s{leaf}"), Some(leaf))).collect();
    let inserted = world.write(async |tx| statements::insert_all(tx, &many).await.unwrap()).await;
    assert_eq!(inserted.len(), 1_300);
    let read = world.store.read();
    let found = statements::of_leaf_range(&read, None, 600, 603).await.unwrap();
    assert_eq!(found.iter().map(|row| row.leaf.unwrap()).collect::<Vec<_>>(), [600, 601, 602]);
    assert_eq!(statements::of_leaf_range(&read, Some(1), 0, 2_000).await.unwrap(), []);
    assert_eq!(statements::count(&read, None).await.unwrap(), 1_300);
    let digests: Vec<[u8; 32]> = many.iter().map(|one| one.digest).collect();
    assert_eq!(statements::by_digests(&read, &digests).await.unwrap().len(), 1_300);
    let late = world.write(async |tx| statements::insert(tx, &new("late", None)).await.unwrap().unwrap()).await;
    world.write(async |tx| statements::set_leaves(tx, &[(late, 1_300), (late, 5)]).await.unwrap()).await;
    assert_eq!(statements::of_leaf_range(&read, None, 1_300, 1_301).await.unwrap()[0].id, late);
}

async fn an_erased_statement_keeps_its_digest_alone(world: World) {
    let one = new("one", Some(0));
    world.write(async |tx| statements::insert(tx, &one).await.unwrap()).await;
    assert!(world.write(async |tx| statements::erase(tx, &one.uri, "{\"note\":1}").await.unwrap()).await);
    assert!(!world.write(async |tx| statements::erase(tx, &one.uri, "{\"note\":2}").await.unwrap()).await);
    assert!(!world.write(async |tx| statements::erase(tx, "none", "{}").await.unwrap()).await);
    let found = statements::by_uri(&world.store.read(), &one.uri).await.unwrap().unwrap();
    assert_eq!((found.record, found.note.as_deref(), found.digest), (None, Some("{\"note\":1}"), one.digest));
}

async fn another_record_under_an_id_is_kept_once(world: World) {
    let keep = async |name: &str, at: Timestamp| {
        world.write(async |tx| statements::add_equivocation(tx, "uri", &digest(name), name, at).await.unwrap()).await
    };
    assert!(keep("a", day(1)).await && keep("b", day(2)).await && !keep("a", day(3)).await);
    let kept = statements::equivocations(&world.store.read(), 10).await.unwrap();
    assert_eq!(kept.iter().map(|row| (row.record.as_str(), row.seen_at)).collect::<Vec<_>>(), [("b", day(2)), ("a", day(1))]);
}

async fn places_in_a_log_are_taken_in_order(world: World) {
    let log = world.write(async |tx| logs::create(tx, "vet.example/log", "key", true).await.unwrap()).await;
    let again = world.write(async |tx| logs::create(tx, "vet.example/log", "another", false).await.unwrap()).await;
    assert_eq!((&again, log.own, log.size), (&log, true, 0), "a key pinned before stays");
    let entries: Vec<[u8; 32]> = (0..1_200).map(|number| digest(&format!("e{number}"))).collect();
    world
        .write(async |tx| {
            assert_eq!(logs::take_places(tx, log.id, 1).await.unwrap(), 0);
            assert_eq!(logs::take_places(tx, log.id, 1_199).await.unwrap(), 1);
            logs::add_leaves(tx, log.id, 0, &entries, day(1)).await.unwrap();
            logs::add_hashes(tx, log.id, &[(0, [1; 32]), (5, [2; 32])]).await.unwrap();
            logs::set_checkpoint(tx, log.id, &[3; 32], "note", day(2)).await.unwrap();
        })
        .await;
    let read = world.store.read();
    let row = logs::own(&read).await.unwrap().unwrap();
    assert_eq!((row.size, row.root, row.note.as_deref(), row.seen_at), (1_200, Some([3; 32]), Some("note"), Some(day(2))));
    let leaves = logs::leaves(&read, log.id, 1_198, 10).await.unwrap();
    assert_eq!(leaves, [(1_198, entries[1_198]), (1_199, entries[1_199])]);
    assert_eq!(logs::leaf_of(&read, log.id, &entries[700]).await.unwrap(), Some(700));
    assert_eq!(logs::leaf_of(&read, log.id, &[0; 32]).await.unwrap(), None);
    let hashes = logs::hashes(&read, log.id, &[0, 1, 5]).await.unwrap();
    assert_eq!((hashes.len(), hashes[&5]), (2, [2; 32]));
    // A place is taken for ever.
    let tx = world.store.begin().await.unwrap();
    assert!(logs::add_leaves(&tx, log.id, 7, &[[9; 32]], day(3)).await.is_err());
}

async fn a_given_up_transaction_gives_its_places_back(world: World) {
    let log = world.write(async |tx| logs::create(tx, "vet.example/log", "key", true).await.unwrap()).await;
    let tx = world.store.begin().await.unwrap();
    assert_eq!(logs::take_places(&tx, log.id, 5).await.unwrap(), 0);
    drop(tx);
    assert_eq!(world.write(async |tx| logs::take_places(tx, log.id, 1).await.unwrap()).await, 0);
}

async fn leaves_whose_statement_is_missing_are_found(world: World) {
    let log = world.write(async |tx| logs::create(tx, "far.example/log", "key", false).await.unwrap()).await;
    world
        .behind_its_back(
            "INSERT INTO sources (id, kind, name, location, created_at, malware) VALUES (9, 'peer', 'far.example', '', 0, 0)",
        )
        .await;
    let entries: Vec<[u8; 32]> = (0..5).map(|number| digest(&format!("s{number}"))).collect();
    world.write(async |tx| logs::add_leaves(tx, log.id, 0, &entries, day(1)).await.unwrap()).await;
    for known in ["s1", "s3"] {
        let statement = NewStatement { source_id: Some(9), ..new(known, None) };
        world.write(async |tx| statements::insert(tx, &statement).await.unwrap()).await;
    }
    let missing = logs::leaves_without_statement(&world.store.read(), log.id, 9, 0, 2).await.unwrap();
    assert_eq!(missing, [(0, entries[0]), (2, entries[2])]);
    let missing = logs::leaves_without_statement(&world.store.read(), log.id, 9, 3, 10).await.unwrap();
    assert_eq!(missing, [(4, entries[4])]);
}

async fn a_fork_is_kept_once_and_acknowledged_once(world: World) {
    let log = world.write(async |tx| logs::create(tx, "far.example/log", "key", false).await.unwrap()).await;
    let keep =
        async |note: &str| world.write(async |tx| logs::add_fork(tx, log.id, 5, note, "known", day(1)).await.unwrap()).await;
    let first = keep("a").await.unwrap();
    assert_eq!(keep("a").await, None);
    assert!(keep("b").await.is_some());
    let acknowledge = async || world.write(async |tx| logs::acknowledge_fork(tx, first, day(2)).await.unwrap()).await;
    assert!(acknowledge().await && !acknowledge().await);
    let forks = logs::forks(&world.store.read(), 10).await.unwrap();
    let seen: Vec<_> = forks.iter().map(|fork| (fork.note.as_str(), fork.origin.as_str(), fork.seen_by_admin_at)).collect();
    assert_eq!(seen, [("b", "far.example/log", None), ("a", "far.example/log", Some(day(2)))]);
}
