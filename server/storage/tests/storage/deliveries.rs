//! Deliveries: whom an activity goes to, what is due first, and what is written down of it.

use vetmoot_domain::{Span, Timestamp};
use vetmoot_storage::Tx;
use vetmoot_storage::federation::activities::{self, NewActivity};
use vetmoot_storage::federation::actors::{self, NewActor};
use vetmoot_storage::federation::deliveries::{self, Addressed};
use vetmoot_storage::federation::hosts::{self, Failure, HostSignature, HostState};
use vetmoot_storage::federation::{followers, moderation};

use crate::world::{World, day, on_both_databases};

on_both_databases! {
    followers_who_share_an_inbox_get_an_activity_once,
    neither_the_gone_nor_the_barred_nor_ourselves_get_anything,
    one_actor_gets_it_at_its_own_inbox,
    an_activity_is_written_once,
    an_outbox_is_paged_newest_first_and_shows_what_is_public,
    the_urgent_lane_comes_first_and_each_lane_in_order,
    paused_failing_and_idle_hosts_are_not_due,
    an_inbox_that_is_gone_takes_its_actor_and_its_queue_with_it,
    the_ledger_says_when_the_next_try_is,
    a_host_that_speaks_is_tried_again,
    a_hundred_thousand_queued_are_not_read_to_find_what_is_due,
}

const OURS: &str = "https://us.example";

async fn actor(tx: &Tx, host: &str, name: &str, shared: bool) -> i64 {
    let new = NewActor {
        uri: format!("https://{host}/users/{name}"),
        origin: format!("https://{host}"),
        kind: "Person".to_owned(),
        handle: format!("{name}@{host}"),
        name: name.to_owned(),
        inbox: format!("https://{host}/users/{name}/inbox"),
        shared_inbox: shared.then(|| format!("https://{host}/inbox")),
        document: serde_json::json!({}),
        moved_to: None,
        confirmed: true,
    };
    actors::upsert(tx, &new, day(0)).await.unwrap()
}

async fn follower(tx: &Tx, host: &str, name: &str, shared: bool) -> i64 {
    let id = actor(tx, host, name, shared).await;
    followers::add(tx, "/community", id, &format!("https://{host}/follows/{name}"), day(0)).await.unwrap();
    id
}

async fn activity(tx: &Tx, name: &str, lane: i64) -> i64 {
    let uri = format!("{OURS}/activities/{name}");
    let new = NewActivity {
        uri: &uri,
        actor: "/community",
        kind: "Announce",
        object: "https://us.example/audits/1",
        about: "/audits/1",
        body: "{}",
        lane,
        public: name != "hidden",
        event_seq: None,
        at: day(0),
    };
    activities::insert(tx, &new).await.unwrap().unwrap()
}

fn addressed(activity_seq: i64, lane: i64, now: Timestamp) -> Addressed<'static> {
    Addressed { activity_seq, lane, now, own_origin: OURS, heeds_blocks: true }
}

/// Every inbox of an activity's ledger with its state.
async fn inboxes(world: &World, seq: i64) -> Vec<(String, String)> {
    let rows = deliveries::ledger(&world.store.read(), seq, 100).await.unwrap();
    rows.into_iter().map(|row| (row.inbox, row.state)).collect()
}

/// The hosts due at a moment, each with its first delivery and whether more wait.
async fn due(world: &World, now: Timestamp) -> Vec<(String, i64, bool)> {
    let found = deliveries::due_hosts(&world.store.read(), now, 0, 100).await.unwrap();
    found.into_iter().map(|due| (due.host.origin, due.first, due.more)).collect()
}

async fn followers_who_share_an_inbox_get_an_activity_once(world: World) {
    let seq = world
        .write(async |tx| {
            follower(tx, "many.example", "ada", true).await;
            follower(tx, "many.example", "bob", true).await;
            follower(tx, "many.example", "cyd", false).await;
            follower(tx, "one.example", "dan", false).await;
            actor(tx, "other.example", "eve", true).await;
            let seq = activity(tx, "a", 1).await;
            let queued = deliveries::to_followers(tx, &addressed(seq, 1, day(1)), "/community", &[]).await.unwrap();
            assert_eq!(queued, 3);
            let again = deliveries::to_followers(tx, &addressed(seq, 1, day(1)), "/community", &[]).await.unwrap();
            assert_eq!(again, 0, "an inbox gets an activity once, however often it is named");
            seq
        })
        .await;
    let expected =
        ["https://many.example/inbox", "https://many.example/users/cyd/inbox", "https://one.example/users/dan/inbox"];
    assert_eq!(inboxes(&world, seq).await.into_iter().map(|(inbox, _)| inbox).collect::<Vec<_>>(), expected);
}

async fn neither_the_gone_nor_the_barred_nor_ourselves_get_anything(world: World) {
    let seq = world
        .write(async |tx| {
            follower(tx, "fine.example", "ada", false).await;
            follower(tx, "us.example", "ben", false).await;
            follower(tx, "gone.example", "cyd", false).await;
            actors::mark_gone(tx, "https://gone.example/users/cyd", day(0)).await.unwrap();
            follower(tx, "barred.example", "dan", false).await;
            follower(tx, "fine.example", "eve", false).await;
            let block = moderation::ModerationRow {
                subject: "https://fine.example/users/eve".to_owned(),
                verdict: moderation::Verdict::Block,
                reason: "spam".to_owned(),
                decided_by: "operator".to_owned(),
                decided_at: day(0),
            };
            moderation::decide(tx, &block).await.unwrap();
            let barred = hosts::by_origin(tx, "https://barred.example").await.unwrap().unwrap().id;
            let seq = activity(tx, "a", 1).await;
            deliveries::to_followers(tx, &addressed(seq, 1, day(1)), "/community", &[barred]).await.unwrap();
            let open = Addressed { heeds_blocks: false, ..addressed(activity(tx, "b", 1).await, 1, day(1)) };
            let queued = deliveries::to_followers(tx, &open, "/community", &[barred]).await.unwrap();
            assert_eq!(queued, 2, "an open instance looks at no list");
            seq
        })
        .await;
    assert_eq!(inboxes(&world, seq).await, [("https://fine.example/users/ada/inbox".to_owned(), "queued".to_owned())]);
}

async fn one_actor_gets_it_at_its_own_inbox(world: World) {
    let (own, shared) = world
        .write(async |tx| {
            let ada = follower(tx, "many.example", "ada", true).await;
            let own = activity(tx, "a", 1).await;
            deliveries::to_actor(tx, &addressed(own, 1, day(1)), ada, false).await.unwrap();
            let shared = activity(tx, "b", 1).await;
            deliveries::to_followers(tx, &addressed(shared, 1, day(1)), "/community", &[]).await.unwrap();
            let more = deliveries::to_actor(tx, &addressed(shared, 1, day(1)), ada, true).await.unwrap();
            assert_eq!(more, 0);
            (own, shared)
        })
        .await;
    assert_eq!(inboxes(&world, own).await[0].0, "https://many.example/users/ada/inbox");
    assert_eq!(inboxes(&world, shared).await[0].0, "https://many.example/inbox");
}

async fn an_activity_is_written_once(world: World) {
    let seq = world.write(async |tx| activity(tx, "a", 1).await).await;
    let tx = world.store.begin().await.unwrap();
    let same = activities::by_uri(&tx, "https://us.example/activities/a").await.unwrap().unwrap();
    let new = NewActivity {
        uri: &same.uri,
        actor: &same.actor,
        kind: "Create",
        object: &same.object,
        about: &same.about,
        body: "other",
        lane: 0,
        public: true,
        event_seq: Some(7),
        at: day(3),
    };
    assert_eq!(activities::insert(&tx, &new).await.unwrap(), None);
    tx.commit().await.unwrap();
    assert_eq!(activities::by_seq(&world.store.read(), seq).await.unwrap(), Some(same));
}

async fn an_outbox_is_paged_newest_first_and_shows_what_is_public(world: World) {
    world
        .write(async |tx| {
            for name in ["a", "b", "hidden", "c"] {
                activity(tx, name, 1).await;
            }
        })
        .await;
    let reader = world.store.read();
    assert_eq!(activities::count_public(&reader, "/community").await.unwrap(), 3);
    let first = activities::of_actor(&reader, "/community", None, 2).await.unwrap();
    assert!(first[0].uri.ends_with("/c") && first[1].uri.ends_with("/b"));
    let rest = activities::of_actor(&reader, "/community", Some(first[1].seq), 2).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert!(rest[0].uri.ends_with("/a"));
    assert_eq!(activities::of_about(&reader, "/audits/1", 10).await.unwrap().len(), 4);
}

async fn the_urgent_lane_comes_first_and_each_lane_in_order(world: World) {
    world
        .write(async |tx| {
            follower(tx, "one.example", "ada", true).await;
            for (name, lane) in [("a", 1), ("b", 1), ("c", 0), ("d", 0)] {
                let seq = activity(tx, name, lane).await;
                deliveries::to_followers(tx, &addressed(seq, lane, day(1)), "/community", &[]).await.unwrap();
            }
        })
        .await;
    let host = hosts::by_origin(&world.store.read(), "https://one.example").await.unwrap().unwrap();
    let waiting = deliveries::due_of(&world.store.read(), host.id, day(1), 10).await.unwrap();
    let mut uris = Vec::new();
    for one in &waiting {
        uris.push(activities::by_seq(&world.store.read(), one.activity_seq).await.unwrap().unwrap().uri.pop().unwrap());
    }
    assert_eq!(uris, ['c', 'd', 'a', 'b']);
    assert_eq!(due(&world, day(1)).await, [("https://one.example".to_owned(), waiting[0].id, true)]);
}

async fn paused_failing_and_idle_hosts_are_not_due(world: World) {
    let ids = world
        .write(async |tx| {
            for host in ["ok.example", "paused.example", "failing.example"] {
                follower(tx, host, "ada", true).await;
            }
            actor(tx, "idle.example", "ada", true).await;
            let seq = activity(tx, "a", 1).await;
            deliveries::to_followers(tx, &addressed(seq, 1, day(1)), "/community", &[]).await.unwrap();
            let id = async |host: &str| hosts::by_origin(tx, &format!("https://{host}")).await.unwrap().unwrap().id;
            let (paused, failing) = (id("paused.example").await, id("failing.example").await);
            assert!(hosts::set_paused(tx, paused, true).await.unwrap());
            assert!(!hosts::set_paused(tx, paused, true).await.unwrap());
            let failure =
                Failure { state: HostState::Slow, failures: 2, failing_since: Some(day(1)), next_try_at: day(2), error: "no" };
            hosts::failed(tx, failing, &failure).await.unwrap();
            hosts::set_signature(tx, failing, HostSignature::Rfc9421).await.unwrap();
            (paused, failing)
        })
        .await;
    let names = |found: Vec<(String, i64, bool)>| found.into_iter().map(|(name, _, _)| name).collect::<Vec<_>>();
    assert!(due(&world, day(0)).await.is_empty(), "it is not time yet");
    assert_eq!(names(due(&world, day(1)).await), ["https://ok.example"]);
    assert_eq!(names(due(&world, day(2)).await), ["https://ok.example", "https://failing.example"]);
    world.write(async |tx| hosts::set_paused(tx, ids.0, false).await.unwrap()).await;
    assert_eq!(due(&world, day(2)).await.len(), 3);
    let failing = hosts::by_id(&world.store.read(), ids.1).await.unwrap().unwrap();
    assert_eq!((failing.state, failing.failures, failing.signature), (HostState::Slow, 2, Some(HostSignature::Rfc9421)));
    world.write(async |tx| hosts::note_out(tx, &[ids.1], day(3)).await.unwrap()).await;
    let well = hosts::by_id(&world.store.read(), ids.1).await.unwrap().unwrap();
    assert_eq!(
        (well.state, well.failures, well.failing_since, well.next_try_at, well.last_out_at, well.last_error),
        (HostState::Ok, 0, None, None, Some(day(3)), None)
    );
    let mut waiting = deliveries::waiting_by_host(&world.store.read()).await.unwrap();
    waiting.sort_unstable();
    assert_eq!(waiting.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [1, 1, 1]);
    let ties = deliveries::ties(&world.store.read()).await.unwrap();
    assert!(ties.contains(&(ids.1, 1, 0)), "{ties:?}");
}

async fn an_inbox_that_is_gone_takes_its_actor_and_its_queue_with_it(world: World) {
    let (first, second, host) = world
        .write(async |tx| {
            follower(tx, "one.example", "ada", false).await;
            follower(tx, "one.example", "bob", true).await;
            let first = activity(tx, "a", 1).await;
            let second = activity(tx, "b", 1).await;
            for seq in [first, second] {
                deliveries::to_followers(tx, &addressed(seq, 1, day(1)), "/community", &[]).await.unwrap();
            }
            let host = hosts::by_origin(tx, "https://one.example").await.unwrap().unwrap().id;
            (first, second, host)
        })
        .await;
    let gone = async |inbox: &str| {
        world.write(async |tx| deliveries::inbox_gone(tx, host, inbox, "answered 410", day(2)).await.unwrap()).await;
    };
    gone("https://one.example/users/ada/inbox").await;
    for seq in [first, second] {
        assert_eq!(inboxes(&world, seq).await.iter().map(|(_, state)| state.as_str()).collect::<Vec<_>>(), ["queued", "gone"]);
    }
    let ada = actors::by_uri(&world.store.read(), "https://one.example/users/ada").await.unwrap().unwrap();
    assert_eq!(ada.gone_at, Some(day(2)));
    gone("https://one.example/inbox").await;
    let bob = actors::by_uri(&world.store.read(), "https://one.example/users/bob").await.unwrap().unwrap();
    assert_eq!((bob.gone_at, bob.shared_inbox), (None, None), "only the inbox they shared is gone");
    assert_eq!(deliveries::waiting_count(&world.store.read()).await.unwrap(), 0);
}

async fn the_ledger_says_when_the_next_try_is(world: World) {
    let (seq, host) = world
        .write(async |tx| {
            follower(tx, "one.example", "ada", false).await;
            let seq = activity(tx, "a", 1).await;
            deliveries::to_followers(tx, &addressed(seq, 1, day(1)), "/community", &[]).await.unwrap();
            (seq, hosts::by_origin(tx, "https://one.example").await.unwrap().unwrap().id)
        })
        .await;
    let row = async || deliveries::ledger(&world.store.read(), seq, 10).await.unwrap().remove(0);
    assert_eq!((row().await.next_at, row().await.tries), (Some(day(1)), 0));
    let id = deliveries::due_of(&world.store.read(), host, day(1), 1).await.unwrap()[0].id;
    world.write(async |tx| deliveries::postponed(tx, id, Some(day(2)), "answered 500").await.unwrap()).await;
    let failure = Failure {
        state: HostState::Slow,
        failures: 1,
        failing_since: Some(day(1)),
        next_try_at: day(3),
        error: "answered 500",
    };
    world.write(async |tx| hosts::failed(tx, host, &failure).await.unwrap()).await;
    let after = row().await;
    assert_eq!((after.state.as_str(), after.tries, after.next_at), ("retry", 1, Some(day(3))), "its host pauses for longer");
    assert_eq!(after.last_error.as_deref(), Some("answered 500"));
    assert_eq!(world.write(async |tx| deliveries::hurry(tx, host, day(1)).await.unwrap()).await, 1);
    world.write(async |tx| deliveries::sent(tx, &[id], day(4)).await.unwrap()).await;
    let sent = row().await;
    assert_eq!(
        (sent.state.as_str(), sent.tries, sent.next_at, sent.sent_at, sent.last_error),
        ("sent", 2, None, Some(day(4)), None)
    );
    world.write(async |tx| deliveries::gone(tx, id, "late").await.unwrap()).await;
    assert_eq!(row().await.state, "sent", "what was taken is not given up afterwards");
}

async fn a_host_that_speaks_is_tried_again(world: World) {
    let id = world.write(async |tx| hosts::ensure(tx, "https://one.example", day(0)).await.unwrap()).await;
    assert_eq!(world.write(async |tx| hosts::ensure(tx, "https://one.example", day(1)).await.unwrap()).await, id);
    let fail = async |state: HostState| {
        let failure = Failure { state, failures: 9, failing_since: Some(day(1)), next_try_at: day(9), error: "no" };
        world.write(async |tx| hosts::failed(tx, id, &failure).await.unwrap()).await;
    };
    let row = async || hosts::by_id(&world.store.read(), id).await.unwrap().unwrap();
    let hear = async |now: Timestamp| world.write(async |tx| hosts::note_in(tx, id, now).await.unwrap()).await;
    fail(HostState::Dead).await;
    hear(day(5)).await;
    let heard = row().await;
    assert_eq!((heard.state, heard.next_try_at, heard.failing_since), (HostState::Slow, None, Some(day(5))));
    fail(HostState::Slow).await;
    hear(day(5).plus(Span::from_millis(10_000))).await;
    assert_eq!(row().await.next_try_at, Some(day(9)), "it was heard of just now and failed nevertheless");
    hear(day(6)).await;
    assert_eq!((row().await.next_try_at, row().await.failures), (None, 9));
}

/// The look that a start begins with costs the same whatever waits.
async fn a_hundred_thousand_queued_are_not_read_to_find_what_is_due(world: World) {
    world
        .write(async |tx| {
            for n in 0..100 {
                follower(tx, &format!("h{n}.example"), "ada", true).await;
            }
        })
        .await;
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)";
    world
        .behind_its_back(&format!(
            "INSERT INTO activities (uri, actor, kind, object, about, body, lane, public, at) {many} \
             SELECT 'https://us.example/activities/' || i, '/community', 'Announce', 'x', 'y', '{{}}', 1, 1, 0 FROM n; \
             INSERT INTO deliveries (activity_seq, host_id, inbox, lane, state, tries, next_at) \
             SELECT a.seq, h.id, h.origin || '/inbox', 1, 'queued', 0, 0 FROM activities a, hosts h"
        ))
        .await;
    let reader = world.store.read();
    assert_eq!(deliveries::waiting_count(&reader).await.unwrap(), 100_000);
    let found = deliveries::due_hosts(&reader, day(0), 0, 500).await.unwrap();
    assert_eq!((found.len(), found.iter().filter(|due| due.more).count()), (100, 100));
    let host = found[0].host.id;
    assert_eq!(deliveries::due_of(&reader, host, day(0), 32).await.unwrap().len(), 32);
    let second = deliveries::due_hosts(&reader, day(0), found[49].host.id, 500).await.unwrap();
    assert_eq!(second.len(), 50, "the next page begins behind the last host of this one");
}
