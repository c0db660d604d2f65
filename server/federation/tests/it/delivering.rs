//! Sending to servers that answer as they are told: signatures, refusals, patience, slowness, crashes.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::json;
use vetmoot_domain::event::Topic;
use vetmoot_domain::{Span, Timestamp};
use vetmoot_federation::{Workers, step};
use vetmoot_storage::events;
use vetmoot_storage::federation::activities;
use vetmoot_storage::federation::actors::{self, NewActor};
use vetmoot_storage::federation::followers;
use vetmoot_storage::federation::hosts::{self, HostSignature};
use vetmoot_tests::upstream::server::{Reply, Request, Server};
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::clock::Clock;
use vetmoot_workflows::delivery::{self, Audience, Outgoing};
use vetmoot_workflows::inbox::Lane;
use vetmoot_workflows::{Ctx, Origin};

use crate::world::{START, Setup, World};

/// Longest wait for what has to happen; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// Another server: what it was sent, and how it answers.
struct Peer {
    server: Server,
    got: Arc<Mutex<Vec<Request>>>,
}

impl Peer {
    /// One that answers with this.
    fn answering(how: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = got.clone();
        let server = Server::start(Box::new(move |request| {
            let count = {
                let mut got = kept.lock().unwrap();
                got.push(request.clone());
                got.len()
            };
            how(request, count)
        }));
        Self { server, got }
    }
    /// One that takes everything.
    fn kind() -> Self {
        Self::answering(|_, _| Reply::status(202, ""))
    }
    fn got(&self) -> Vec<Request> {
        self.got.lock().unwrap().clone()
    }
    /// The names of the activities it was sent, in the order in which they came.
    fn names(&self) -> Vec<String> {
        self.got()
            .iter()
            .map(|request| {
                serde_json::from_slice::<serde_json::Value>(&request.body).unwrap()["id"]
                    .as_str()
                    .unwrap()
                    .rsplit('/')
                    .next()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    }
    fn origin(&self) -> String {
        self.server.url()
    }
}

/// An instance whose community is followed from these servers.
async fn instance(world: &World, peers: &[&Peer]) -> Ctx {
    let ctx = world.another(&Setup { domain: Some("vet.example"), insecure: true, ..Setup::default() }).await;
    for peer in peers {
        follow(&ctx, peer, "ada").await;
    }
    ctx
}

async fn follow(ctx: &Ctx, peer: &Peer, name: &str) {
    let origin = peer.origin();
    let new = NewActor {
        uri: format!("{origin}/users/{name}"),
        origin: origin.clone(),
        kind: "Person".to_owned(),
        handle: format!("{name}@peer.example"),
        confirmed: true,
        name: name.to_owned(),
        inbox: format!("{origin}/users/{name}/inbox"),
        shared_inbox: Some(format!("{origin}/inbox")),
        document: json!({}),
        moved_to: None,
    };
    let tx = ctx.store.begin().await.unwrap();
    let id = actors::upsert(&tx, &new, START).await.unwrap();
    followers::add(&tx, "/community", id, &format!("{origin}/f/{name}"), START).await.unwrap();
    tx.commit().await.unwrap();
}

fn said(name: &str) -> Outgoing {
    let uri = format!("http://vet.example/activities/{name}");
    Outgoing {
        body: json!({ "id": uri, "type": "Announce", "actor": "http://vet.example/community" }),
        uri,
        actor: LocalActor::Community,
        kind: "Announce",
        object: "http://vet.example/audits/1".to_owned(),
        about: format!("/audits/{name}"),
        lane: Lane::Usual,
        public: true,
        to: vec![Audience::Followers(LocalActor::Community)],
    }
}

async fn publish(ctx: &Ctx, names: &[&str]) {
    let tx = ctx.store.begin().await.unwrap();
    let seq = events::append(&tx, Topic::AuditRecorded, &[], None, ctx.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    delivery::publish(ctx, seq, &names.iter().map(|name| said(name)).collect::<Vec<_>>()).await.unwrap();
}

/// The state, tries and last error of an activity at one server.
async fn row(ctx: &Ctx, name: &str, peer: &Peer) -> (String, i64, Option<String>) {
    let ledger = delivery::ledger(ctx, &format!("/activities/{name}")).await.unwrap();
    let row = ledger.rows.into_iter().find(|row| row.origin == peer.origin()).unwrap();
    (row.state, row.tries, row.last_error)
}

fn sent(tries: i64) -> (String, i64, Option<String>) {
    ("sent".to_owned(), tries, None)
}

async fn signature_of(ctx: &Ctx, peer: &Peer) -> Option<HostSignature> {
    hosts::by_origin(&ctx.store.read(), &peer.origin()).await.unwrap().unwrap().signature
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_activity_goes_out_once_signed_with_its_digest() {
    let world = World::sqlite().await;
    let (one, two) = (Peer::kind(), Peer::kind());
    let ctx = instance(&world, &[&one, &two]).await;
    follow(&ctx, &one, "bob").await;
    publish(&ctx, &["a"]).await;
    assert_eq!(step::deliver(&ctx).await.unwrap(), 2);
    for peer in [&one, &two] {
        let [request] = &peer.got()[..] else { panic!("{:?}", peer.names()) };
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/inbox"));
        assert_eq!(request.header("content-type"), Some("application/activity+json"));
        assert_eq!(request.body, said("a").body.to_string().as_bytes());
        let digest = data_encoding::BASE64.encode(&openssl::sha::sha256(&request.body));
        assert_eq!(request.header("digest"), Some(format!("SHA-256={digest}").as_str()));
        let signature = request.header("signature").unwrap();
        assert!(signature.contains(r#"keyId="http://vet.example/community#main-key""#), "{signature}");
        assert_eq!(row(&ctx, "a", peer).await, sent(1));
        assert_eq!(signature_of(&ctx, peer).await, Some(HostSignature::Cavage));
    }
    assert_eq!(step::deliver(&ctx).await.unwrap(), 0, "nothing is sent twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_old_signature_is_refused_the_new_one_is_tried_and_remembered() {
    let world = World::sqlite().await;
    let modern =
        Peer::answering(|request, _| Reply::status(if request.header("signature-input").is_some() { 202 } else { 401 }, ""));
    let ctx = instance(&world, &[&modern]).await;
    publish(&ctx, &["a"]).await;
    step::deliver(&ctx).await.unwrap();
    assert_eq!((modern.got().len(), row(&ctx, "a", &modern).await), (2, sent(1)));
    assert_eq!(signature_of(&ctx, &modern).await, Some(HostSignature::Rfc9421));
    publish(&ctx, &["b"]).await;
    step::deliver(&ctx).await.unwrap();
    let got = modern.got();
    assert_eq!(got.len(), 3, "it knocks only once from now on");
    assert!(got[2].header("content-digest").is_some() && got[2].header("digest").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_both_ways_is_final_with_the_first_reason() {
    let world = World::sqlite().await;
    let strict = Peer::answering(|_, count| match count {
        1 => Reply::status(403, "you are\n not welcome"),
        _ => Reply::status(401, "what is this signature"),
    });
    let ctx = instance(&world, &[&strict]).await;
    publish(&ctx, &["a"]).await;
    step::deliver(&ctx).await.unwrap();
    assert_eq!(strict.got().len(), 2);
    let reason = Some("answered 403: you are not welcome".to_owned());
    assert_eq!(row(&ctx, "a", &strict).await, ("gone".to_owned(), 1, reason));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_asks_for_patience_is_left_alone_as_long_as_it_asks() {
    let world = World::sqlite().await;
    let date = START.plus(Span::from_millis(3_600_000)).http_date();
    let busy = Peer::answering(move |_, count| match count {
        1 => Reply::status(429, "").header("retry-after", "120"),
        2 => Reply::status(503, "").header("retry-after", &date),
        _ => Reply::status(202, ""),
    });
    let ctx = instance(&world, &[&busy]).await;
    publish(&ctx, &["a"]).await;
    for (turn, requests) in [("0s", 1), ("119s", 1), ("1s", 2), ("57m", 2), ("1m", 3)] {
        world.turn(turn);
        step::deliver(&ctx).await.unwrap();
        assert_eq!(busy.got().len(), requests, "after {turn}");
    }
    assert_eq!(row(&ctx, "a", &busy).await, sent(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_server_delays_nobody_else() {
    let world = World::sqlite().await;
    let served = Arc::new((Mutex::new(0), Condvar::new()));
    let quick: Vec<Peer> = (0..20)
        .map(|_| {
            let served = served.clone();
            Peer::answering(move |_, _| {
                *served.0.lock().unwrap() += 1;
                served.1.notify_all();
                Reply::status(202, "")
            })
        })
        .collect();
    // It answers once everybody else was served twice, and would wait for ever if they had to wait for it.
    let waiting = served.clone();
    let slow = Peer::answering(move |_, _| {
        let count = waiting.0.lock().unwrap();
        let (count, _) = waiting.1.wait_timeout_while(count, PATIENCE, |count| *count < 40).unwrap();
        Reply::status(if *count >= 40 { 202 } else { 500 }, "")
    });
    let mut all: Vec<&Peer> = vec![&slow];
    all.extend(&quick);
    let ctx = instance(&world, &all).await;
    publish(&ctx, &["a", "b"]).await;
    step::deliver(&ctx).await.unwrap();
    assert_eq!(row(&ctx, "a", &slow).await, sent(1));
    for peer in &quick {
        assert_eq!((row(&ctx, "a", peer).await, row(&ctx, "b", peer).await), (sent(1), sent(1)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_host_gets_a_few_at_a_time_and_all_of_them_in_the_end() {
    let world = World::sqlite().await;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counting, highest) = (now.clone(), most.clone());
    let peer = Peer::answering(move |_, _| {
        highest.fetch_max(counting.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::yield_now();
        counting.fetch_sub(1, Ordering::SeqCst);
        Reply::status(202, "")
    });
    let ctx = instance(&world, &[&peer]).await;
    let names: Vec<String> = (0..100).map(|n| format!("n{n:03}")).collect();
    publish(&ctx, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(step::deliver(&ctx).await.unwrap(), 100);
    let mut got = peer.names();
    got.sort();
    assert_eq!(got, names);
    let most = most.load(Ordering::SeqCst);
    assert!(most <= vetmoot_federation::limits::SENDS_PER_HOST, "{most} at a time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_about_one_thing_arrives_in_the_order_it_was_said() {
    let world = World::sqlite().await;
    let peer = Peer::kind();
    let ctx = instance(&world, &[&peer]).await;
    let names: Vec<String> = (0..12).map(|n| format!("n{n:02}")).collect();
    let same = |name: &String| Outgoing { about: "/audits/same".to_owned(), ..said(name) };
    let tx = ctx.store.begin().await.unwrap();
    delivery::queue(&ctx, &tx, &names.iter().map(same).collect::<Vec<_>>()).await.unwrap();
    delivery::queue(&ctx, &tx, &[Outgoing { lane: Lane::Urgent, ..said("withdrawal") }]).await.unwrap();
    tx.commit().await.unwrap();
    step::deliver(&ctx).await.unwrap();
    let got = peer.names();
    assert!(got.iter().position(|name| name == "withdrawal").unwrap() < 4, "a withdrawal passes: {got:?}");
    assert_eq!(got.into_iter().filter(|name| name != "withdrawal").collect::<Vec<_>>(), names);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sent_and_not_written_down_is_sent_again_once() {
    let world = World::sqlite().await;
    let peer = Peer::kind();
    let ctx = instance(&world, &[&peer]).await;
    publish(&ctx, &["a"]).await;
    // The writer is taken, so that the result cannot be written down, and then the process is gone.
    let writer = ctx.store.begin().await.unwrap();
    let killed = tokio::spawn({
        let ctx = ctx.clone();
        async move { step::deliver(&ctx).await }
    });
    let arrived = async {
        while peer.got().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, arrived).await.unwrap();
    killed.abort();
    assert!(killed.await.unwrap_err().is_cancelled());
    writer.rollback().await.unwrap();
    assert_eq!(row(&ctx, "a", &peer).await, ("queued".to_owned(), 0, None));
    let restarted = world.another(&Setup { domain: Some("vet.example"), insecure: true, ..Setup::default() }).await;
    assert_eq!(step::deliver(&restarted).await.unwrap(), 1);
    assert_eq!((peer.names(), row(&restarted, "a", &peer).await), (vec!["a".to_owned(), "a".to_owned()], sent(1)));
    assert_eq!(step::deliver(&restarted).await.unwrap(), 0);
}

/// A clock that breaks once, when it is asked for the time after so many more questions.
struct Fragile {
    clock: Arc<dyn Clock>,
    /// Questions it still answers; negative while it is whole.
    left: AtomicI64,
}

impl Fragile {
    fn of(world: &World) -> Arc<Self> {
        Arc::new(Self { clock: world.clock.clone(), left: AtomicI64::new(-1) })
    }
    fn breaks_after(&self, questions: i64) {
        self.left.store(questions, Ordering::SeqCst);
    }
}

impl Clock for Fragile {
    fn now(&self) -> Timestamp {
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| (left >= 0).then_some(left - 1));
        assert_ne!(left, Ok(0), "the clock breaks, as it was told to");
        self.clock.now()
    }
}

/// A server that has the clock break after so many questions once the first message is there, and who writes to it.
async fn breaking(world: &World, questions: i64) -> (Peer, Ctx) {
    let clock = Fragile::of(world);
    let fragile = clock.clone();
    let peer = Peer::answering(move |_, count| {
        if count == 1 {
            fragile.breaks_after(questions);
        }
        Reply::status(202, "")
    });
    let setup = Setup { domain: Some("vet.example"), insecure: true, clock: Some(clock), ..Setup::default() };
    let ctx = world.another(&setup).await;
    follow(&ctx, &peer, "ada").await;
    (peer, ctx)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_in_one_delivery_keeps_neither_the_others_nor_its_host() {
    let world = World::sqlite().await;
    let (peer, ctx) = breaking(&world, 0).await;
    let names = ["a", "b", "c"];
    publish(&ctx, &names).await;
    assert_eq!(step::deliver(&ctx).await.unwrap(), 3);
    let mut rows = Vec::new();
    for name in names {
        rows.push(row(&ctx, name, &peer).await);
    }
    let (faulty, good): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.0 == "retry");
    assert_eq!(good, [sent(1), sent(1)]);
    let [(_, 1, Some(error))] = faulty.as_slice() else { panic!("{faulty:?}") };
    assert!(error.contains("a fault on our side"), "{error}");
    assert_eq!(hosts::by_origin(&ctx.store.read(), &peer.origin()).await.unwrap().unwrap().failures, 0, "not its fault");
    world.turn("1h");
    assert_eq!(step::deliver(&ctx).await.unwrap(), 1, "it is tried again");
    for name in names {
        assert_eq!(row(&ctx, name, &peer).await.0, "sent");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_in_writing_down_is_told_and_nothing_counts_as_sent() {
    let world = World::sqlite().await;
    // One question for the answer, the next when it is written down.
    let (peer, ctx) = breaking(&world, 1).await;
    publish(&ctx, &["a"]).await;
    assert_eq!(step::deliver(&ctx).await.unwrap_err().code, "record-fault");
    assert_eq!(row(&ctx, "a", &peer).await, ("queued".to_owned(), 0, None));
    assert_eq!(step::deliver(&ctx).await.unwrap(), 1);
    assert_eq!((peer.names(), row(&ctx, "a", &peer).await), (vec!["a".to_owned(), "a".to_owned()], sent(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_probed_with_one_and_ends_with_everything_delivered() {
    let world = World::sqlite().await;
    let up = Arc::new(AtomicBool::new(false));
    let is_up = up.clone();
    let peer = Peer::answering(move |_, _| Reply::status(if is_up.load(Ordering::SeqCst) { 202 } else { 502 }, ""));
    let ctx = instance(&world, &[&peer]).await;
    publish(&ctx, &["a", "b", "c", "d", "e", "f"]).await;
    step::deliver(&ctx).await.unwrap();
    let first = peer.got().len();
    assert!(first <= vetmoot_federation::limits::SENDS_PER_HOST, "the rest is spared: {first}");
    for round in 1..=20 {
        world.turn("6h");
        step::deliver(&ctx).await.unwrap();
        assert_eq!(peer.got().len(), first + round, "one probe a time");
    }
    assert_eq!(delivery::peers(&ctx).await.unwrap()[0].state, "dead");
    up.store(true, Ordering::SeqCst);
    delivery::retry(&ctx, &Origin::Operator, peer.origin().trim_start_matches("http://")).await.unwrap();
    step::deliver(&ctx).await.unwrap();
    for name in ["a", "b", "c", "d", "e", "f"] {
        assert_eq!(row(&ctx, name, &peer).await.0, "sent", "{name}");
    }
    assert_eq!(delivery::peers(&ctx).await.unwrap()[0].state, "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_followed_to_another_address() {
    let world = World::sqlite().await;
    let victim = Peer::kind();
    let target = format!("{}/inbox", victim.origin());
    let peer = Peer::answering(move |_, _| Reply::status(307, "").header("location", &target));
    let ctx = instance(&world, &[&peer]).await;
    publish(&ctx, &["a"]).await;
    step::deliver(&ctx).await.unwrap();
    assert!(victim.got().is_empty());
    assert_eq!(row(&ctx, "a", &peer).await, ("retry".to_owned(), 1, Some("answered 307".to_owned())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_insecure_mode_loopback_is_not_gone_to() {
    let world = World::sqlite().await;
    let peer = Peer::kind();
    let ctx = instance(&world, &[&peer]).await;
    publish(&ctx, &["a"]).await;
    let secure = world.another(&Setup { domain: Some("vet.example"), ..Setup::default() }).await;
    step::deliver(&secure).await.unwrap();
    assert!(peer.got().is_empty());
    let (state, _, error) = row(&ctx, "a", &peer).await;
    assert_eq!(state, "gone");
    assert!(error.unwrap().contains("is not https"));
    assert!(activities::by_uri(&ctx.store.read(), &said("a").uri).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_send_when_they_are_rung_and_end_when_they_are_dropped() {
    let world = World::sqlite().await;
    let peer = Peer::kind();
    let ctx = instance(&world, &[&peer]).await;
    let workers = Workers::start(&ctx);
    for (name, count) in [("a", 1), ("b", 2)] {
        publish(&ctx, &[name]).await;
        let sent = async {
            while row(&ctx, name, &peer).await.0 != "sent" {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, sent).await.unwrap();
        assert_eq!(peer.got().len(), count);
    }
    drop(workers);
    let ended = async {
        // A worker that ended holds the context no longer; only then is the bell left to us.
        publish(&ctx, &["c"]).await;
        ctx.signals.deliver.notified().await;
    };
    tokio::time::timeout(PATIENCE, ended).await.unwrap();
    assert_eq!(row(&ctx, "c", &peer).await, ("queued".to_owned(), 0, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_that_hang_again_and_again_leave_the_places_of_the_others_free() {
    let world = World::sqlite().await;
    let open = Arc::new((Mutex::new(false), Condvar::new()));
    let hanging: Vec<Peer> = (0..3)
        .map(|_| {
            let open = open.clone();
            Peer::answering(move |_, count| {
                if count > 1 {
                    let gate = open.0.lock().unwrap();
                    let _ = open.1.wait_timeout_while(gate, PATIENCE, |open| !*open).unwrap();
                }
                Reply::status(500, "")
            })
        })
        .collect();
    let opener = open.clone();
    let quick = Peer::answering(move |_, count| {
        if count == 2 {
            *opener.0.lock().unwrap() = true;
            opener.1.notify_all();
        }
        Reply::status(202, "")
    });
    let mut all: Vec<&Peer> = hanging.iter().collect();
    all.push(&quick);
    let ctx = instance(&world, &all).await;
    publish(&ctx, &["a"]).await;
    step::deliver(&ctx).await.unwrap();
    world.turn("1m");
    publish(&ctx, &["b"]).await;
    step::deliver(&ctx).await.unwrap();
    assert!(*open.0.lock().unwrap(), "it was served although the others hung");
    assert_eq!(row(&ctx, "b", &quick).await, sent(1));
    let peers = delivery::peers(&ctx).await.unwrap();
    assert_eq!(peers.iter().filter(|peer| peer.state == "slow").count(), 3);
}
