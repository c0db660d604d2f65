//! The rows of the inbox: taken in once, handed out in order, emptied when they are done.

use vetmoot_domain::{Span, Timestamp};
use vetmoot_storage::federation::inbox::{
    NewItem, Settled, counts, due, insert, poisoned, prune, replay, settle, waiting_origins,
};

use crate::world::{World, on_both_databases};

on_both_databases! {
    what_came_is_there_once_and_handed_out_in_order,
    origins_are_found_in_order_and_from_any_place,
    what_is_done_keeps_no_body_and_goes_in_time,
}

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn item(origin: &str, number: u8, lane: i64) -> NewItem {
    NewItem {
        uri: format!("{origin}/{number}"),
        digest: [number; 32],
        origin: origin.to_owned(),
        actor: format!("{origin}/u"),
        kind: "Wave".to_owned(),
        body: "{}".to_owned(),
        lane,
    }
}

async fn take(world: &World, items: &[NewItem], now: Timestamp) -> u64 {
    let tx = world.store.begin().await.unwrap();
    let new = insert(&tx, &items.iter().collect::<Vec<_>>(), now).await.unwrap();
    tx.commit().await.unwrap();
    new
}

async fn settled(world: &World, id: i64, settled: Settled, now: Timestamp) {
    let tx = world.store.begin().await.unwrap();
    settle(&tx, id, &settled, now).await.unwrap();
    tx.commit().await.unwrap();
}

async fn what_came_is_there_once_and_handed_out_in_order(world: World) {
    let a = "https://a.example";
    let other_bytes = NewItem { digest: [99; 32], ..item(a, 1, 1) };
    let heap = [item(a, 1, 1), item(a, 2, 1), item(a, 3, 0), item(a, 1, 1), other_bytes];
    assert_eq!(take(&world, &heap, NOW).await, 4, "the same bytes come once, other bytes under the same id are kept too");
    assert_eq!(take(&world, &heap, NOW).await, 0);
    let rows = due(&world.store.read(), a, NOW, 10).await.unwrap();
    let order: Vec<&str> = rows.iter().map(|row| row.uri.rsplit('/').next().unwrap()).collect();
    assert_eq!(order, ["3", "1", "2", "1"]);
    settled(&world, rows[0].id, Settled::Again(NOW.plus(Span::days(1)), "later".to_owned()), NOW).await;
    let rows = due(&world.store.read(), a, NOW, 10).await.unwrap();
    assert_eq!(rows.len(), 3);
    let tomorrow = due(&world.store.read(), a, NOW.plus(Span::days(1)), 10).await.unwrap();
    assert_eq!((tomorrow[0].lane, tomorrow[0].tries), (0, 1));
    let many: Vec<NewItem> =
        (0..=255).flat_map(|n| ["b", "c", "d"].map(|host| item(&format!("https://{host}.example"), n, 1))).collect();
    assert_eq!(take(&world, &many, NOW).await, 768, "more than one statement holds");
}

async fn origins_are_found_in_order_and_from_any_place(world: World) {
    let origins = ["https://a.example", "https://a.example:8443", "https://b.example", "https://c.example"];
    let heap: Vec<NewItem> = origins.iter().flat_map(|origin| [item(origin, 1, 1), item(origin, 2, 1)]).collect();
    take(&world, &heap, NOW).await;
    let reads = world.store.read();
    assert_eq!(waiting_origins(&reads, "", 10).await.unwrap(), origins);
    assert_eq!(waiting_origins(&reads, "", 2).await.unwrap(), origins[..2]);
    assert_eq!(waiting_origins(&reads, origins[1], 10).await.unwrap(), origins[2..]);
    assert!(waiting_origins(&reads, origins[3], 10).await.unwrap().is_empty());
    for row in due(&reads, origins[2], NOW, 10).await.unwrap() {
        settled(&world, row.id, Settled::Done("applied", None), NOW).await;
    }
    assert_eq!(waiting_origins(&reads, origins[1], 10).await.unwrap(), origins[3..]);
}

async fn what_is_done_keeps_no_body_and_goes_in_time(world: World) {
    let a = "https://a.example";
    take(&world, &[item(a, 1, 1), item(a, 2, 1), item(a, 3, 1)], NOW).await;
    let rows = due(&world.store.read(), a, NOW, 10).await.unwrap();
    settled(&world, rows[0].id, Settled::Done("refused", Some("foreign-id: x".to_owned())), NOW).await;
    settled(&world, rows[1].id, Settled::Poison("no answer".to_owned()), NOW).await;
    let all = counts(&world.store.read()).await.unwrap();
    assert_eq!((all.waiting, all.poison), (1, 1));
    let poison = poisoned(&world.store.read(), 10).await.unwrap();
    assert_eq!((poison[0].id, poison[0].tries, poison[0].detail.as_deref()), (rows[1].id, 1, Some("no answer")));
    let tx = world.store.begin().await.unwrap();
    assert_eq!(replay(&tx, Some(rows[0].id), NOW).await.unwrap(), 0, "what is done is not begun anew");
    assert_eq!(replay(&tx, None, NOW).await.unwrap(), 1);
    assert_eq!(prune(&tx, NOW, 10).await.unwrap(), 0);
    tx.commit().await.unwrap();
    let again = due(&world.store.read(), a, NOW, 10).await.unwrap();
    assert_eq!(
        again.iter().map(|row| (row.id, row.body.as_str())).collect::<Vec<_>>(),
        [(rows[1].id, "{}"), (rows[2].id, "{}")]
    );
    world.behind_its_back("UPDATE inbox SET state = 'new' WHERE state = 'done'").await;
    assert_eq!(due(&world.store.read(), a, NOW, 10).await.unwrap()[0].body, "", "its body went when it was done");
    world.behind_its_back("UPDATE inbox SET state = 'done' WHERE body IS NULL").await;
    let tx = world.store.begin().await.unwrap();
    assert_eq!(prune(&tx, NOW.plus(Span::from_millis(1)), 10).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(counts(&world.store.read()).await.unwrap().waiting, 2);
}
