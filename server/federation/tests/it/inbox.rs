//! The inbox against everything that should not come in, over real keys and real connections.

use serde_json::{Value, json};
use vetmoot_domain::Span;
use vetmoot_storage::federation::inbox::due;
use vetmoot_tests::upstream::server::Reply;
use vetmoot_workflows::inbox;
use vetmoot_workflows::moderation::{self, Verdict};
use vetmoot_workflows::peer::{Freshness, Peers as _};

use crate::elsewhere::{ACTIVITY, Elsewhere, Here, Letter, digest, key, post};
use crate::world::{World, on_both_databases};

on_both_databases! {
    a_message_is_on_disk_before_it_is_acknowledged,
    many_messages_at_once_share_a_commit,
}

async fn a_message_is_on_disk_before_it_is_acknowledged(world: World) {
    let here = Here::on(world).await;
    let there = Elsewhere::start().with_person("/u/mallow");
    let letter = Letter::new(here.ctx.clock.now(), &there, &there.activity(1));
    assert_eq!(here.gets(&letter).await, (202, String::new()));
    let another = here.world.another(&crate::world::Setup::default()).await;
    let rows = due(&another.store.read(), &there.origin(), here.ctx.clock.now(), 10).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].kind.as_str(), rows[0].body.as_bytes()), ("Wave", letter.sent()));
    // Again, from memory and, after a restart, from the table: acknowledged and not there twice.
    assert_eq!(here.gets(&letter).await.0, 202);
    let restarted = Here::on(here.world).await;
    assert_eq!(restarted.gets(&letter).await.0, 202);
    assert_eq!(restarted.waiting().await, 1);
}

async fn many_messages_at_once_share_a_commit(world: World) {
    let here = Here::on(world).await;
    let there = Elsewhere::start().with_person("/u/mallow");
    let now = here.ctx.clock.now();
    let letters: Vec<Letter> = (0..200).map(|number| Letter::new(now, &there, &there.activity(number))).collect();
    let answers = futures_util::future::join_all(letters.iter().map(|letter| here.gets(letter))).await;
    assert!(answers.iter().all(|(status, _)| *status == 202), "{answers:?}");
    assert_eq!(here.waiting().await, 200);
    let commits = here.ctx.metrics.inbox_commits.get();
    assert!(commits < 100, "{commits} transactions for 200 messages");
    assert_eq!(there.server.count("/u/mallow"), 1, "one key for all of them");
}

/// What one change to a good letter leads to; nothing of it reaches the disk.
async fn check(change: impl FnOnce(&mut Letter), wanted: (u16, &str)) {
    let here = Here::new().await;
    let there = Elsewhere::start().with_person("/u/mallow");
    let mut letter = Letter::new(here.ctx.clock.now(), &there, &there.activity(1));
    change(&mut letter);
    let (status, code) = here.gets(&letter).await;
    assert_eq!((status, code.as_str()), wanted);
    assert_eq!(here.waiting().await, 0);
    assert!(there.server.count("/u/mallow") <= 1, "a message nobody vouches for fetches one key at most");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_without_a_signature_is_refused() {
    check(|letter| letter.unsigned = true, (401, "not-signed")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_has_to_be_there_signed_and_that_of_the_bytes() {
    check(|letter| letter.digest = digest(b"something else"), (401, "digest-mismatch")).await;
    check(|letter| letter.digest.clear(), (401, "covered-field-absent")).await;
    check(|letter| letter.covered.retain(|name| *name != "digest"), (401, "not-covered")).await;
    check(|letter| letter.digest = "SHA-512=AAAA".to_owned(), (401, "digest-unusable")).await;
    check(|letter| letter.digest = format!("{0},{0}", letter.digest), (401, "digest-unusable")).await;
    let other = |letter: &mut Letter| {
        let text = String::from_utf8(letter.body.clone()).unwrap().replace("Wave", "Wink");
        letter.swapped = Some(text.into_bytes());
    };
    check(other, (401, "digest-mismatch")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_to_be_signed_and_is_not_is_refused() {
    for name in ["(request-target)", "host", "date"] {
        check(|letter| letter.covered.retain(|covered| *covered != name), (401, "not-covered")).await;
    }
    // A `created` beside it that is not signed dates nothing.
    let unsigned_time = |letter: &mut Letter| {
        letter.covered.retain(|covered| *covered != "date");
        letter.times = vec![("created", "1700049600".to_owned())];
    };
    check(unsigned_time, (401, "not-covered")).await;
    check(|letter| letter.times = vec![("expires", "1700049700".to_owned())], (401, "not-covered")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_for_another_place_is_refused() {
    check(|letter| letter.host = "other.example".to_owned(), (401, "other-host")).await;
    check(|letter| letter.path = "/community/inbox".to_owned(), (401, "signature-wrong")).await;
    check(|letter| letter.path = "/inbox?again".to_owned(), (401, "signature-wrong")).await;
    check(|letter| letter.path = "/users/NOBODY%20HERE/inbox".to_owned(), (404, "no-inbox")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stale_and_future_dates_are_refused() {
    let here = Here::new().await;
    let there = Elsewhere::start().with_person("/u/mallow");
    let now = here.ctx.clock.now();
    let minutes = |minutes: i64| Span::from_millis(minutes * 60_000);
    for (date, wanted) in [
        (now.minus(minutes(64)), 202),
        (now.minus(minutes(66)), 401),
        (now.plus(minutes(59)), 202),
        (now.plus(minutes(61)), 401),
        (now.minus(Span::days(365)), 401),
    ] {
        let mut letter = Letter::new(date, &there, &there.activity(usize::try_from(date.seconds()).unwrap()));
        letter.date = date.http_date();
        assert_eq!(here.gets(&letter).await.0, wanted, "{date}");
    }
    // `expires` lengthens it to half a day and no further; numbers that overflow a clock are only numbers.
    for (created, expires, wanted) in [
        (now.minus(minutes(12 * 60)), now.plus(minutes(60)).seconds().to_string(), 202),
        (now.minus(minutes(14 * 60)), now.plus(minutes(60)).seconds().to_string(), 401),
        (now, now.minus(minutes(1)).seconds().to_string(), 401),
        (now, "18446744073709551615".to_owned(), 401),
        (now, "999999999999".to_owned(), 202),
    ] {
        let mut letter = Letter::new(now, &there, &there.activity(usize::try_from(created.seconds()).unwrap() + expires.len()));
        letter.covered = vec!["(request-target)", "(created)", "(expires)", "host", "digest"];
        letter.times = vec![("created", created.seconds().to_string()), ("expires", expires.clone())];
        letter.algorithm = "hs2019";
        assert_eq!(here.gets(&letter).await.0, wanted, "{created} {expires}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_counts_comes_once() {
    for name in ["digest", "host", "date", "signature"] {
        check(|letter| letter.more.push((name, "something".to_owned())), (401, "field-twice")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_message_does_not_choose_the_algorithm() {
    for algorithm in ["hmac-sha256", "rsa-sha1", "none", "ed25519"] {
        check(|letter| letter.algorithm = algorithm, (401, "signature-algorithm")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_by_another_key_is_refused() {
    check(|letter| letter.key = key(1), (401, "signature-wrong")).await;
    check(|letter| letter.key_id = letter.key_id.replace("#main-key", "#other-key"), (401, "key-unknown")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_another_host_is_refused_without_asking_anybody() {
    let here = Here::new().await;
    let there = Elsewhere::start().with_person("/u/mallow");
    let other = Elsewhere::start().with_person("/u/mallow");
    let mut letter = Letter::new(here.ctx.clock.now(), &there, &there.activity(1));
    letter.key_id = other.at("/u/mallow#main-key");
    assert_eq!(here.gets(&letter).await, (403, "foreign-key".to_owned()));
    assert_eq!((there.server.seen().len(), other.server.seen().len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_another_actor_owns_is_refused() {
    let here = Here::new().await;
    let there = Elsewhere::start().with_person("/u/other");
    let mut mallow = there.person("/u/mallow", 1);
    mallow["publicKey"] = json!([mallow["publicKey"], there.person("/u/other", 0)["publicKey"]]);
    there.document("/u/mallow", &mallow);
    let mut letter = Letter::new(here.ctx.clock.now(), &there, &there.activity(1));
    letter.key_id = there.at("/u/other#main-key");
    assert_eq!(here.gets(&letter).await, (401, "key-unknown".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_other_origins_and_of_ours_are_refused() {
    let here = Here::new().await;
    let there = Elsewhere::start().with_person("/u/mallow");
    for (id, code) in [
        ("http://elsewhere.example/a/1".to_owned(), "foreign-id"),
        (there.at("/a/1").replace("http://", "https://"), "foreign-id"),
        (there.server.url() + "/a/1", "foreign-id"),
    ] {
        let mut activity = there.activity(1);
        activity["id"] = id.into();
        assert_eq!(here.gets(&Letter::new(here.ctx.clock.now(), &there, &activity)).await, (403, code.to_owned()));
    }
    let ours = json!({ "id": "http://vet.example/a/1", "type": "Wave", "actor": "http://vet.example/users/ada" });
    let mut letter = Letter::new(here.ctx.clock.now(), &there, &ours);
    letter.key_id = "http://vet.example/users/ada#main-key".to_owned();
    assert_eq!(here.gets(&letter).await, (403, "own-origin".to_owned()));
    assert_eq!(there.server.seen().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_activity_or_too_much_is_refused_before_anything_is_fetched() {
    let here = Here::new().await;
    let there = Elsewhere::start().with_person("/u/mallow");
    let good = Letter::new(here.ctx.clock.now(), &there, &there.activity(1));
    let mut typed = good.clone();
    for content_type in ["text/html", "application/json", "application/ld+json", "application/ld+json; profile=\"x\""] {
        typed.content_type = content_type.to_owned();
        assert_eq!(here.gets(&typed).await, (415, "content-type".to_owned()), "{content_type}");
    }
    let mut packed = good.clone();
    packed.more.push(("content-encoding", "gzip".to_owned()));
    assert_eq!(here.gets(&packed).await, (415, "content-encoding".to_owned()));
    let wide = |items: usize| {
        let mut activity = there.activity(1);
        activity["to"] = Value::from(vec![1; items]);
        activity.to_string()
    };
    for (body, wanted) in [
        (" ".repeat(5 << 20), (413, "too-large")),
        (format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000)), (400, "too-deep")),
        (wide(100_000), (400, "too-many-values")),
        (wide(1).replace("\"type\"", "\"type\":\"Wink\",\"type\""), (400, "unreadable")),
        ("<!doctype html>".to_owned(), (400, "unreadable")),
    ] {
        let (status, code) = here.gets(&good.clone().holding(body)).await;
        assert_eq!((status, code.as_str()), wanted);
    }
    assert_eq!((there.server.seen().len(), here.waiting().await), (0, 0));
    typed.content_type = "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"".to_owned();
    assert_eq!(here.gets(&typed).await.0, 202, "the other type of ActivityPub");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_actor_that_redirects_speaks_for_nobody() {
    let here = Here::new().await;
    let there = Elsewhere::start();
    let other = Elsewhere::start().with_person("/u/mallow");
    for target in [other.at("/u/mallow"), "/u/moved".to_owned(), "http://127.0.0.1:1/u/mallow".to_owned()] {
        here.world.clock.turn(Span::days(1));
        there.puts("/u/mallow", Reply::status(302, "").header("location", &target));
        let letter = Letter::new(here.ctx.clock.now(), &there, &there.activity(1));
        assert_eq!(here.gets(&letter).await, (401, "leaves-origin".to_owned()), "{target}");
    }
    assert_eq!(other.server.seen().len(), 0);
    assert_eq!(there.server.count("/u/moved"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_answers_as_something_else_is_no_actor() {
    let here = Here::new().await;
    let there = Elsewhere::start();
    let good = there.person("/u/mallow", 0);
    let with = |field: &str, value: Value| {
        let mut actor = good.clone();
        actor[field] = value;
        actor.to_string()
    };
    for (reply, code) in [
        (Reply::ok("text/html", good.to_string()), "not-activity-json"),
        (Reply::ok("application/json", good.to_string()), "not-activity-json"),
        (Reply::ok("text/html", "<!doctype html>"), "document-unreadable"),
        (Reply { status: 500, ..Reply::ok(ACTIVITY, good.to_string()) }, "bad-answer"),
        (Reply { status: 403, ..Reply::ok(ACTIVITY, good.to_string()) }, "turned-away"),
        (Reply::ok(ACTIVITY, with("id", "http://elsewhere.example/u/mallow".into())), "wrong-id"),
        (Reply::ok(ACTIVITY, with("id", there.at("/u/other").into())), "leaves-origin"),
        (Reply::ok(ACTIVITY, with("type", "Note".into())), "not-an-actor"),
        (Reply::ok(ACTIVITY, with("inbox", "http://elsewhere.example/inbox".into())), "foreign-inbox"),
        (Reply::ok(ACTIVITY, with("name", "x".repeat(2 << 20).into())), "too-large"),
        (Reply::ok(ACTIVITY, good.to_string().replacen('{', "{\"type\":\"Group\",", 1)), "document-unreadable"),
    ] {
        // Each refusal is remembered for a while.
        here.world.clock.turn(Span::days(1));
        there.puts("/u/mallow", reply);
        let letter = Letter::new(here.ctx.clock.now(), &there, &there.activity(1));
        assert_eq!(here.gets(&letter).await, (401, code.to_owned()));
    }
    assert_eq!(here.waiting().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_could_not_be_had_is_refused_from_memory_for_a_while() {
    let here = Here::new().await;
    let there = Elsewhere::start();
    for number in 0..5 {
        let letter = Letter::new(here.ctx.clock.now(), &there, &there.activity(number));
        assert_eq!(here.gets(&letter).await, (401, "not-there".to_owned()));
    }
    assert_eq!(there.server.seen().len(), 1);
    here.world.turn("6m");
    there.document("/u/mallow", &there.person("/u/mallow", 0));
    assert_eq!(here.gets(&Letter::new(here.ctx.clock.now(), &there, &there.activity(9))).await.0, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_key_is_followed_at_once_and_nonsense_in_its_name_costs_little() {
    let here = Here::new().await;
    let there = Elsewhere::start().with_person("/u/mallow");
    let now = here.ctx.clock.now();
    assert_eq!(here.gets(&Letter::new(now, &there, &there.activity(1))).await.0, 202);
    // The same key id and the next one: both ways of replacing it are seen in the wild.
    there.document("/u/mallow", &there.person("/u/mallow", 1));
    let mut letter = Letter::new(now, &there, &there.activity(2));
    letter.key = key(1);
    assert_eq!(here.gets(&letter).await.0, 202);
    assert_eq!(here.gets(&Letter::new(now, &there, &there.activity(3))).await.0, 401, "the key before counts no more");
    let before = there.server.count("/u/mallow");
    for number in 0..50 {
        assert_eq!(here.gets(&Letter::new(now, &there, &there.activity(100 + number))).await.0, 401);
    }
    assert!(there.server.count("/u/mallow") - before <= 2, "{}", there.server.count("/u/mallow"));
    let mut letter = Letter::new(now, &there, &there.activity(4));
    letter.key = key(1);
    assert_eq!(here.gets(&letter).await.0, 202, "and the right key is still known");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_withdrawn_counts_no_more_after_a_day() {
    let here = Here::new().await;
    let there = Elsewhere::start().with_person("/u/mallow");
    let gets = async |number: usize| here.gets(&Letter::new(here.ctx.clock.now(), &there, &there.activity(number))).await;
    assert_eq!(gets(1).await.0, 202);
    there.puts("/u/mallow", Reply::status(503, "away"));
    here.world.turn("25h");
    assert_eq!(gets(2).await.0, 202, "its server is away, so nobody withdrew it");
    assert_eq!(gets(3).await.0, 202);
    assert_eq!(there.server.count("/u/mallow"), 2, "and it is not asked for each message");
    let mut successor = there.person("/u/mallow", 1);
    successor["publicKey"]["id"] = there.at("/u/mallow#main-key-2").into();
    there.document("/u/mallow", &successor);
    here.world.turn("6m");
    assert_eq!(gets(4).await, (401, "key-unknown".to_owned()));
    assert_eq!(gets(5).await.0, 401);
    let mut letter = Letter::new(here.ctx.clock.now(), &there, &there.activity(6));
    (letter.key, letter.key_id) = (key(1), there.at("/u/mallow#main-key-2"));
    assert_eq!(here.gets(&letter).await.0, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_actor_that_changes_its_type_is_not_believed() {
    let here = Here::new().await;
    let there = Elsewhere::start().with_person("/u/mallow");
    let known = here.network.actor(&here.ctx, &there.at("/u/mallow"), Freshness::Now).await.unwrap();
    assert_eq!(known.kind, "Person");
    let mut changed = there.person("/u/mallow", 1);
    changed["type"] = "Group".into();
    there.document("/u/mallow", &changed);
    let mut letter = Letter::new(here.ctx.clock.now(), &there, &there.activity(1));
    letter.key = key(1);
    assert_eq!(here.gets(&letter).await, (401, "actor-changed-type".to_owned()));
    let again = here.network.actor(&here.ctx, &there.at("/u/mallow"), Freshness::Now).await.unwrap_err();
    assert_eq!(again.code, "actor-changed-type");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_unknown_who_leaves_or_changes_is_passed_over_without_a_fetch() {
    let here = Here::new().await;
    let there = Elsewhere::start();
    for kind in ["Delete", "Update"] {
        let actor = there.at("/u/mallow");
        for object in [json!(actor), json!({ "id": actor, "type": "Person" })] {
            let activity = json!({ "id": there.at("/d/1"), "type": kind, "actor": actor, "object": object });
            assert_eq!(here.gets(&Letter::new(here.ctx.clock.now(), &there, &activity)).await.0, 202);
        }
    }
    assert_eq!((there.server.seen().len(), here.waiting().await), (0, 0));
    // What somebody else says of them is no such thing.
    let activity =
        json!({ "id": there.at("/d/1"), "type": "Delete", "actor": there.at("/u/mallow"), "object": there.at("/u/x") });
    assert_eq!(here.gets(&Letter::new(here.ctx.clock.now(), &there, &activity)).await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_from_one_origin_is_told_to_come_later_and_others_are_not() {
    let here = Here::new().await;
    let (loud, quiet) = (Elsewhere::start().with_person("/u/mallow"), Elsewhere::start().with_person("/u/mallow"));
    while inbox::admit(&here.ctx, &loud.origin()).is_ok() {}
    let now = here.ctx.clock.now();
    let answer = post(&here.ctx, &Letter::new(now, &loud, &loud.activity(1))).await;
    assert_eq!((answer.status, answer.code.as_str(), answer.retry_after.as_deref()), (429, "too-many-messages", Some("1")));
    assert_eq!(here.gets(&Letter::new(now, &quiet, &quiet.activity(1))).await.0, 202);
    here.world.turn("1s");
    assert_eq!(here.gets(&Letter::new(now, &loud, &loud.activity(1))).await.0, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_sends_nonsense_is_turned_away_and_nobody_else_pays() {
    let here = Here::new().await;
    let there = Elsewhere::start().with_person("/u/mallow");
    let mut bad = Letter::new(here.ctx.clock.now(), &there, &there.activity(1));
    bad.unsigned = true;
    while inbox::bearable(&here.ctx, "192.0.2.7").is_ok() {
        inbox::count_failure(&here.ctx, "192.0.2.7");
    }
    let answer = post(&here.ctx, &bad).await;
    assert_eq!((answer.status, answer.code.as_str()), (429, "too-many-failures"));
    assert!(answer.retry_after.is_some());
    let mut good = Letter::new(here.ctx.clock.now(), &there, &there.activity(1));
    good.from = "192.0.2.8:4711".to_owned();
    assert_eq!(here.gets(&good).await.0, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_blocked_is_turned_away_before_anything_is_read_or_fetched() {
    let here = Here::new().await;
    let there = Elsewhere::start().with_person("/u/mallow");
    let admin = here.world.member("ada", &[vetmoot_domain::Role::Admin, vetmoot_domain::Role::Steward]).await;
    let host = there.origin().replace("http://", "");
    moderation::decide(&here.ctx, &admin, &host, Verdict::Block, "it sends noise").await.unwrap();
    let letter = Letter::new(here.ctx.clock.now(), &there, &there.activity(1)).holding("not even JSON");
    assert_eq!(here.gets(&letter).await, (403, "blocked".to_owned()));
    let fetched = here.network.actor(&here.ctx, &there.at("/u/mallow"), Freshness::Now).await;
    assert_eq!(fetched.unwrap_err().code, "blocked");
    assert_eq!(there.server.seen().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_has_no_inbox() {
    let world = World::sqlite().await;
    let there = Elsewhere::start().with_person("/u/mallow");
    let answer = post(&world.ctx, &Letter::new(world.ctx.clock.now(), &there, &there.activity(1))).await;
    assert_eq!((answer.status, answer.code.as_str()), (404, "no-federation"));
}
