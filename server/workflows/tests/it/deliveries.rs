//! Publishing and delivering: the cursor, whom it goes to, what answers do to deliveries and hosts, what admins do.

use serde_json::json;
use vetmoot_domain::event::Topic;
use vetmoot_domain::{Role, Span};
use vetmoot_storage::events;
use vetmoot_storage::federation::actors::{self, NewActor};
use vetmoot_storage::federation::{activities, followers, hosts};
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::delivery::due::{self, Due, HostSignature};
use vetmoot_workflows::delivery::peers::Peer;
use vetmoot_workflows::delivery::record::{self, HostState, Report, Tried, Verdict};
use vetmoot_workflows::delivery::tend::Queue;
use vetmoot_workflows::delivery::{self, Audience, Outgoing};
use vetmoot_workflows::inbox::Lane;
use vetmoot_workflows::moderation::{self, Verdict as Moderated};
use vetmoot_workflows::peer::{Freshness, Peers, RemoteActor};
use vetmoot_workflows::{Ctx, Origin, Problem};

use crate::world::{START, Setup, World, on_both_databases};

on_both_databases! {
    activities_and_the_cursor_are_written_together_and_once,
    a_trial_publishes_nothing,
    what_another_verb_queues_goes_with_its_transaction,
    a_blocked_host_gets_nothing_and_loses_what_waited,
    a_host_that_cannot_be_reached_is_probed_with_one_delivery,
    what_a_host_takes_clears_its_name,
    a_pause_asked_for_is_kept,
    an_inbox_that_is_gone_is_left_alone,
    an_inbox_not_found_is_tried_five_times,
    a_refusal_is_final_and_shown_with_its_reason,
    a_delivery_that_fails_alone_is_given_up_in_the_end,
    a_host_dead_for_days_keeps_its_queue_and_wakes_with_it,
    an_admin_retries_pauses_resumes_and_resets,
    the_ledger_is_for_the_author_and_admins,
    what_a_host_takes_is_remembered,
    what_fails_keeps_its_place_at_first_and_lets_others_pass_later,
    servers_are_asked_what_they_run_once_a_day,
    what_another_process_wrote_is_in_memory_before_anything_is_made_of_it,
}

/// A context under a domain, with followers of the community: `name@host` each, the servers' inboxes shared.
async fn followed(world: &World, by: &[&str]) -> Ctx {
    let ctx = world.another(&Setup { domain: Some("vet.example"), ..Setup::default() }).await;
    let tx = ctx.store.begin().await.unwrap();
    for handle in by {
        let (name, host) = handle.split_once('@').unwrap();
        let new = NewActor {
            uri: format!("https://{host}/users/{name}"),
            origin: format!("https://{host}"),
            kind: "Person".to_owned(),
            handle: (*handle).to_owned(),
            confirmed: true,
            name: name.to_owned(),
            inbox: format!("https://{host}/users/{name}/inbox"),
            shared_inbox: None,
            document: json!({}),
            moved_to: None,
        };
        let id = actors::upsert(&tx, &new, START).await.unwrap();
        followers::add(&tx, "/community", id, &format!("https://{host}/f/{name}"), START).await.unwrap();
    }
    tx.commit().await.unwrap();
    ctx
}

fn said(name: &str) -> Outgoing {
    Outgoing {
        uri: format!("https://vet.example/activities/{name}"),
        actor: LocalActor::Community,
        kind: "Announce",
        object: "https://vet.example/audits/1".to_owned(),
        about: "/audits/1".to_owned(),
        body: json!({ "id": format!("https://vet.example/activities/{name}"), "type": "Announce" }),
        lane: Lane::Usual,
        public: true,
        to: vec![Audience::Followers(LocalActor::Community)],
    }
}

/// Writes events down and says that they are done with these activities.
async fn publish(ctx: &Ctx, outgoing: &[Outgoing]) {
    let tx = ctx.store.begin().await.unwrap();
    let seq = events::append(&tx, Topic::AuditRecorded, &[], None, ctx.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    delivery::publish(ctx, seq, outgoing).await.unwrap();
}

async fn due(ctx: &Ctx) -> Vec<Due> {
    due::hosts_after(ctx, 0).await.unwrap().due
}

/// Lets every host that is due answer everything it is sent in the same way; how many deliveries that were.
async fn answer(ctx: &Ctx, verdict: &Verdict, error: &str) -> usize {
    let mut reports = Vec::new();
    for due in due(ctx).await {
        let tried = |waiting| Tried { waiting, verdict: verdict.clone(), error: error.to_owned() };
        reports.push(Report { host: due.host, signature: None, tried: due.waiting.into_iter().map(tried).collect() });
    }
    record::record(ctx, &reports).await.unwrap();
    reports.iter().map(|report| report.tried.len()).sum()
}

async fn peer(ctx: &Ctx) -> Peer {
    delivery::peers(ctx).await.unwrap().remove(0)
}

/// The states of an activity's deliveries, each with the reason.
async fn ledger(ctx: &Ctx, name: &str) -> Vec<(String, Option<String>)> {
    let ledger = delivery::ledger(ctx, &format!("/activities/{name}")).await.unwrap();
    ledger.rows.into_iter().map(|row| (row.state, row.last_error)).collect()
}

async fn activities_and_the_cursor_are_written_together_and_once(world: World) {
    let ctx = followed(&world, &["ada@one.example", "bob@two.example"]).await;
    let before = delivery::unpublished(&ctx, 100).await.unwrap();
    publish(&ctx, &[said("a"), said("b")]).await;
    assert!(delivery::unpublished(&ctx, 100).await.unwrap().is_empty(), "{before:?}");
    assert_eq!(ledger(&ctx, "a").await.len(), 2);
    let done = events::last(&ctx.store.read()).await.unwrap();
    delivery::publish(&ctx, done, &[said("late")]).await.unwrap();
    assert_eq!(delivery::ledger(&ctx, "/activities/late").await.unwrap_err().code, "no-activity", "these events were done");
    let twice = vec![Audience::Actor(1), Audience::Followers(LocalActor::Community)];
    publish(&ctx, &[Outgoing { to: twice, ..said("twice") }, said("a")]).await;
    assert_eq!(ledger(&ctx, "a").await.len(), 2, "an activity said before is not queued anew");
    assert_eq!(ledger(&ctx, "twice").await.len(), 2, "an inbox that is named twice gets it once");
    let status = delivery::status(&ctx).await.unwrap();
    assert_eq!((status.on, status.unpublished, status.queue, status.hosts), (true, 0, 6, 2));
}

async fn a_trial_publishes_nothing(world: World) {
    followed(&world, &["ada@one.example"]).await;
    publish(&world.ctx, &[said("a")]).await;
    assert!(activities::by_uri(&world.ctx.store.read(), &said("a").uri).await.unwrap().is_none());
    assert!(delivery::unpublished(&world.ctx, 100).await.unwrap().is_empty());
}

async fn what_another_verb_queues_goes_with_its_transaction(world: World) {
    let ctx = followed(&world, &["ada@one.example"]).await;
    let tx = ctx.store.begin().await.unwrap();
    delivery::queue(&ctx, &tx, &[Outgoing { to: vec![Audience::Actor(1)], ..said("a") }]).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(delivery::ledger(&ctx, "/activities/a").await.unwrap_err().code, "no-activity");
    let tx = ctx.store.begin().await.unwrap();
    delivery::queue(&ctx, &tx, &[Outgoing { to: vec![Audience::Actor(1)], ..said("a") }]).await.unwrap();
    tx.commit().await.unwrap();
    let due = due(&ctx).await;
    assert_eq!(due[0].waiting[0].inbox, "https://one.example/users/ada/inbox");
    let letter = due::said(&ctx, due[0].waiting[0].activity_seq).await.unwrap();
    assert_eq!((letter.actor, letter.body), (LocalActor::Community, said("a").body.to_string()));
}

async fn a_blocked_host_gets_nothing_and_loses_what_waited(world: World) {
    let ctx = followed(&world, &["ada@one.example", "bob@spam.example"]).await;
    publish(&ctx, &[said("before")]).await;
    moderation::decide(&ctx, &Origin::Operator, "spam.example", Moderated::Block, "spam").await.unwrap();
    publish(&ctx, &[said("after")]).await;
    assert_eq!(due(&ctx).await.len(), 1);
    assert_eq!(ledger(&ctx, "after").await.len(), 1);
    let states: Vec<_> = ledger(&ctx, "before").await.into_iter().map(|(state, _)| state).collect();
    assert_eq!(states, ["queued", "gone"]);
    let peers = delivery::peers(&ctx).await.unwrap();
    assert_eq!(
        peers.iter().map(|peer| (peer.host.as_str(), peer.state)).collect::<Vec<_>>(),
        [("one.example", "ok"), ("spam.example", "blocked")]
    );
}

async fn a_host_that_cannot_be_reached_is_probed_with_one_delivery(world: World) {
    let ctx = followed(&world, &["ada@one.example"]).await;
    publish(&ctx, &[said("a"), said("b"), said("c")]).await;
    assert_eq!(answer(&ctx, &Verdict::Unreachable, "one.example cannot be reached").await, 3);
    assert!(due(&ctx).await.is_empty(), "its pause has begun");
    let failing = peer(&ctx).await;
    assert_eq!((failing.state, failing.queue, failing.failing_since), ("slow", 3, Some(START)));
    let pause = failing.next_try.unwrap().since(START);
    assert!(
        pause >= Span::from_millis(5_000) && pause <= Span::from_millis(6_250),
        "several together are one failure: {pause}"
    );
    world.clock.turn(Span::from_millis(pause.millis() - 1));
    assert!(due(&ctx).await.is_empty());
    world.clock.turn(Span::from_millis(1));
    let probe = due(&ctx).await;
    assert_eq!((probe[0].waiting.len(), probe[0].more), (1, true));
    assert_eq!(answer(&ctx, &Verdict::Unreachable, "one.example cannot be reached").await, 1);
    let second = peer(&ctx).await.next_try.unwrap().since(ctx.clock.now());
    assert!(second >= Span::from_millis(10_000) && second <= Span::from_millis(12_500), "{second}");
}

async fn what_a_host_takes_clears_its_name(world: World) {
    let ctx = followed(&world, &["ada@one.example"]).await;
    publish(&ctx, &[said("a"), said("b"), said("c")]).await;
    answer(&ctx, &Verdict::Failing { asked: None }, "answered 502").await;
    world.turn("10s");
    assert_eq!(answer(&ctx, &Verdict::Taken, "").await, 1);
    let well = peer(&ctx).await;
    assert_eq!((well.state, well.last_error, well.last_out, well.queue), ("ok", None, Some(ctx.clock.now()), 2));
    assert_eq!(answer(&ctx, &Verdict::Taken, "").await, 2, "once it takes one, the others follow");
    assert_eq!(ledger(&ctx, "c").await, [("sent".to_owned(), None)]);
}

async fn a_pause_asked_for_is_kept(world: World) {
    let ctx = followed(&world, &["ada@one.example"]).await;
    publish(&ctx, &[said("a")]).await;
    answer(&ctx, &Verdict::Patience { asked: Some(Span::from_millis(90_000)) }, "answered 429").await;
    world.turn("89s");
    assert!(due(&ctx).await.is_empty());
    let row = delivery::ledger(&ctx, "/activities/a").await.unwrap().rows.remove(0);
    assert_eq!((row.state.as_str(), row.next_at), ("retry", Some(START.plus(Span::from_millis(90_000)))));
    world.turn("1s");
    assert_eq!(answer(&ctx, &Verdict::Taken, "").await, 1);
}

async fn an_inbox_that_is_gone_is_left_alone(world: World) {
    let ctx = followed(&world, &["ada@one.example", "bob@one.example"]).await;
    publish(&ctx, &[said("a")]).await;
    let mut due = due(&ctx).await;
    let Due { host, mut waiting, .. } = due.remove(0);
    let tried = Tried { waiting: waiting.remove(0), verdict: Verdict::NoInbox, error: "answered 410".to_owned() };
    record::record(&ctx, &[Report { host, signature: None, tried: vec![tried] }]).await.unwrap();
    publish(&ctx, &[said("b")]).await;
    assert_eq!(ledger(&ctx, "b").await.len(), 1, "nobody writes to the gone");
    assert_eq!(peer(&ctx).await.state, "ok", "its host is well");
}

async fn an_inbox_not_found_is_tried_five_times(world: World) {
    let ctx = followed(&world, &["ada@one.example"]).await;
    publish(&ctx, &[said("a")]).await;
    for _ in 0..4 {
        assert_eq!(answer(&ctx, &Verdict::Missing, "answered 404").await, 1);
        assert_eq!(ledger(&ctx, "a").await[0].0, "retry");
        world.turn("1h");
    }
    assert_eq!(answer(&ctx, &Verdict::Missing, "answered 404").await, 1);
    assert_eq!(ledger(&ctx, "a").await, [("gone".to_owned(), Some("answered 404".to_owned()))]);
    publish(&ctx, &[said("b")]).await;
    assert!(ledger(&ctx, "b").await.is_empty());
}

async fn a_refusal_is_final_and_shown_with_its_reason(world: World) {
    let ctx = followed(&world, &["ada@one.example"]).await;
    publish(&ctx, &[said("a")]).await;
    answer(&ctx, &Verdict::Refused, "answered 403: not you").await;
    world.turn("30d");
    assert!(due(&ctx).await.is_empty());
    assert_eq!(ledger(&ctx, "a").await, [("gone".to_owned(), Some("answered 403: not you".to_owned()))]);
}

async fn a_delivery_that_fails_alone_is_given_up_in_the_end(world: World) {
    let ctx = followed(&world, &["ada@one.example"]).await;
    publish(&ctx, &[said("poison")]).await;
    for round in 0..19 {
        assert_eq!(answer(&ctx, &Verdict::Failing { asked: None }, "answered 500").await, 1, "round {round}");
        world.turn("12h");
        publish(&ctx, &[said(&format!("other-{round}"))]).await;
        // The host takes everything else.
        let Due { host, .. } = due(&ctx).await.remove(0);
        let others =
            vetmoot_storage::federation::deliveries::due_of(&ctx.store.read(), host.id, ctx.clock.now(), 9).await.unwrap();
        let poison = delivery::ledger(&ctx, "/activities/poison").await.unwrap().rows.remove(0);
        let others = others.into_iter().filter(|one| one.tries == 0 && poison.state == "retry");
        let tried = others.map(|waiting| Tried { waiting, verdict: Verdict::Taken, error: String::new() }).collect();
        record::record(&ctx, &[Report { host, signature: None, tried }]).await.unwrap();
    }
    answer(&ctx, &Verdict::Failing { asked: None }, "answered 500").await;
    let expected = [("gone".to_owned(), Some("given up after 20 tries: answered 500".to_owned()))];
    assert_eq!(ledger(&ctx, "poison").await, expected);
}

async fn a_host_dead_for_days_keeps_its_queue_and_wakes_with_it(world: World) {
    let ctx = followed(&world, &["ada@one.example"]).await;
    publish(&ctx, &[said("a"), said("b")]).await;
    for _ in 0..16 {
        answer(&ctx, &Verdict::Failing { asked: None }, "answered 503").await;
        world.turn("6h");
    }
    assert_eq!((peer(&ctx).await.state, peer(&ctx).await.queue), ("dead", 2));
    world.turn("30d");
    assert_eq!(due(&ctx).await[0].waiting.len(), 1, "a probe");
    assert_eq!(answer(&ctx, &Verdict::Taken, "").await, 1);
    assert_eq!(peer(&ctx).await.state, "ok");
    assert_eq!(answer(&ctx, &Verdict::Taken, "").await, 1, "the other one does not wait for its own pause");
    assert_eq!(delivery::status(&ctx).await.unwrap().queue, 0);
}

async fn an_admin_retries_pauses_resumes_and_resets(world: World) {
    let ctx = followed(&world, &["ada@one.example"]).await;
    let visitor = world.member("eve", &[Role::Steward]).await;
    let admin = world.member("ann", &[Role::Admin]).await;
    publish(&ctx, &[said("a")]).await;
    assert_eq!(delivery::pause(&ctx, &visitor, "one.example").await.unwrap_err().code, "not-an-admin");
    assert_eq!(delivery::pause(&ctx, &admin, "none.example").await.unwrap_err().code, "no-host");
    assert_eq!(delivery::pause(&ctx, &admin, "https://one.example/").await.unwrap(), 1);
    assert!(due(&ctx).await.is_empty() && peer(&ctx).await.paused);
    delivery::resume(&ctx, &admin, "one.example").await.unwrap();
    assert_eq!(answer(&ctx, &Verdict::Failing { asked: None }, "answered 500").await, 1);
    assert!(due(&ctx).await.is_empty());
    assert_eq!(delivery::retry(&ctx, &admin, "one.example").await.unwrap(), 1);
    assert_eq!(peer(&ctx).await.state, "slow", "trying now is not believing");
    assert_eq!(answer(&ctx, &Verdict::Failing { asked: None }, "answered 500").await, 1);
    delivery::reset(&ctx, &admin, "one.example", Queue::Send).await.unwrap();
    assert_eq!((peer(&ctx).await.state, due(&ctx).await.len()), ("ok", 1));
    assert_eq!(delivery::reset(&ctx, &admin, "one.example", Queue::Drop).await.unwrap(), 0);
    assert_eq!(ledger(&ctx, "a").await, [("gone".to_owned(), Some("given up by an admin".to_owned()))]);
    let rows = events::after(&ctx.store.read(), 0, 1_000).await.unwrap();
    let tended: Vec<_> =
        rows.iter().filter(|row| row.topic == Topic::DeliveryTended).map(|row| row.subject[0].as_str()).collect();
    assert_eq!(tended, ["pause", "resume", "retry", "reset", "drop"]);
}

async fn the_ledger_is_for_the_author_and_admins(world: World) {
    let ctx = followed(&world, &["ada@one.example"]).await;
    let (ada, bob) = (world.member("ada", &[Role::Auditor]).await, world.member("bob", &[Role::Auditor]).await);
    let admin = world.member("ann", &[Role::Admin]).await;
    let create = Outgoing { actor: "/users/ada".parse().unwrap(), kind: "Create", to: Vec::new(), ..said("create") };
    publish(&ctx, &[create, said("announce")]).await;
    for who in [&ada, &admin, &Origin::Operator] {
        let seen = delivery::ledger_for(&ctx, who, "https://vet.example/activities/announce").await.unwrap();
        assert_eq!((seen.kind.as_str(), seen.rows.len()), ("Announce", 1), "what others pass on of her is hers to see");
    }
    let refused = delivery::ledger_for(&ctx, &bob, "https://vet.example/activities/create").await.unwrap_err();
    assert_eq!(refused.code, "not-the-author");
    assert_eq!(delivery::ledger::about(&ctx, "/audits/1").await.unwrap().len(), 2);
}

async fn what_a_host_takes_is_remembered(world: World) {
    let ctx = followed(&world, &["ada@one.example"]).await;
    publish(&ctx, &[said("a")]).await;
    let Due { host, waiting, .. } = due(&ctx).await.remove(0);
    let id = host.id;
    assert_eq!((host.signature, host.state), (None, HostState::Ok));
    let tried = waiting.into_iter().map(|waiting| Tried { waiting, verdict: Verdict::Taken, error: String::new() }).collect();
    record::record(&ctx, &[Report { host, signature: Some(HostSignature::Rfc9421), tried }]).await.unwrap();
    let row = hosts::by_id(&ctx.store.read(), id).await.unwrap().unwrap();
    assert_eq!(row.signature, Some(HostSignature::Rfc9421));
    assert_eq!(ctx.metrics.deliveries_sent.get(), 1);
}

async fn what_fails_keeps_its_place_at_first_and_lets_others_pass_later(world: World) {
    let ctx = followed(&world, &["ada@one.example"]).await;
    publish(&ctx, &[said("a"), said("b")]).await;
    let first = due(&ctx).await[0].waiting[0].id;
    let fail = async || {
        let mut all = due(&ctx).await;
        let Due { host, mut waiting, .. } = all.remove(0);
        let tried =
            Tried { waiting: waiting.remove(0), verdict: Verdict::Failing { asked: None }, error: "answered 500".to_owned() };
        let id = tried.waiting.id;
        record::record(&ctx, &[Report { host, signature: None, tried: vec![tried] }]).await.unwrap();
        world.turn("30s");
        id
    };
    for _ in 0..3 {
        assert_eq!(fail().await, first);
    }
    assert_eq!(fail().await, first, "the third failure was the last one that kept its place");
    world.turn("1m");
    assert_ne!(fail().await, first, "the other one is the probe now");
}

/// Servers that tell what they run, or something else.
#[derive(Default)]
struct Telling(std::sync::Mutex<Vec<String>>);

#[async_trait::async_trait]
impl Peers for Telling {
    async fn actor(&self, _: &Ctx, _: &str, _: Freshness) -> Result<RemoteActor, Problem> {
        unreachable!("nobody asks for an actor here")
    }
    async fn resolve(&self, _: &Ctx, _: &str) -> Result<RemoteActor, Problem> {
        unreachable!("nobody asks for an actor here")
    }
    async fn document(&self, _: &Ctx, _: &str) -> Result<serde_json::Value, Problem> {
        unreachable!("nobody asks for a document here")
    }
    async fn bytes(&self, _: &Ctx, url: &str, _: u64) -> Result<bytes::Bytes, Problem> {
        self.0.lock().unwrap().push(url.to_owned());
        let rel = "http://nodeinfo.diaspora.software/ns/schema/2.1";
        let said = match url {
            "https://one.example/.well-known/nodeinfo" => json!({ "links": [
                { "rel": rel, "href": "https://evil.example/2.1" }, { "rel": rel, "href": "https://one.example/2.1" },
            ] }),
            "https://one.example/2.1" => json!({ "software": { "name": "mast\u{7}odon", "version": "4.6" } }),
            _ => json!({ "links": [] }),
        };
        Ok(said.to_string().into())
    }
}

async fn servers_are_asked_what_they_run_once_a_day(world: World) {
    followed(&world, &["ada@one.example", "bob@two.example"]).await;
    let telling = std::sync::Arc::new(Telling::default());
    let setup = Setup { domain: Some("vet.example"), peers: Some(telling.clone()), ..Setup::default() };
    let ctx = world.another(&setup).await;
    assert_eq!(delivery::software::step(&ctx).await.unwrap(), 2);
    assert_eq!(delivery::software::step(&ctx).await.unwrap(), 0, "they were asked today");
    let peers = delivery::peers(&ctx).await.unwrap();
    assert_eq!((peers[0].software.as_deref(), peers[1].software.as_deref()), (Some("mastodon 4.6"), None));
    assert!(telling.0.lock().unwrap().iter().all(|url| !url.contains("evil.example")));
    world.turn("25h");
    assert_eq!(delivery::software::step(&ctx).await.unwrap(), 2);
}

async fn what_another_process_wrote_is_in_memory_before_anything_is_made_of_it(world: World) {
    let ctx = followed(&world, &[]).await;
    // A command beside the server.
    world.shelf("strict").await;
    let slug = "strict".parse().unwrap();
    assert!(ctx.book.newest(&slug).is_none());
    assert!(!delivery::unpublished(&ctx, 100).await.unwrap().is_empty());
    assert!(ctx.book.newest(&slug).is_some());
}
