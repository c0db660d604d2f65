//! Peers that lie: every row of the security table, seen from outside. Nothing they say has an effect, each is told why,
//! and the instance stays quick for others.

use std::time::Instant;

use serde_json::{Value, json};
use vetmoot_tests::fediverse::stranger::{STREAMS, Stranger};
use vetmoot_tests::http::Answer;
use vetmoot_tests::upstream::server::Reply;
use vetmoot_workflows::clock::Clock as _;

use super::world::{World, blocking};

/// A community, and two strangers that it finds: `evil.test` and `good.test`.
struct Scene {
    world: World,
    evil: Stranger,
    good: Stranger,
}

impl Scene {
    async fn set() -> Self {
        let (evil, good) = (Stranger::named("evil.test"), Stranger::named("good.test"));
        let world = World::build(["alpha"]).host("evil.test", evil.address()).host("good.test", good.address());
        let world = world.start().await.unwrap();
        world.alpha().adopts("balanced").await;
        world.settle().await;
        Self { world, evil, good }
    }

    fn inbox(&self) -> String {
        self.world.alpha().url("/inbox")
    }

    /// A Follow of the community by somebody.
    fn follow(&self, who: &Stranger, number: u32) -> Value {
        json!({
            "@context": STREAMS, "type": "Follow", "id": who.url(&format!("/follows/{number}")),
            "actor": who.url("/users/mallory"), "object": self.world.alpha().url("/community"),
        })
    }

    fn now(&self) -> vetmoot_domain::Timestamp {
        self.world.clock.now()
    }

    async fn followers(&self) -> u64 {
        let collection = self.world.alpha().object("/community/followers").await;
        collection.get("totalItems").and_then(Value::as_u64).unwrap_or_default()
    }

    fn says(&self, who: &Stranger, activity: &Value) -> Answer {
        let message = who.message(&self.inbox(), activity, self.now());
        blocking(|| message.send(self.world.alpha().address)).unwrap()
    }
}

/// The answer is a problem with a stable code.
#[track_caller]
fn refused(answer: &Answer, statuses: &[u16], what: &str) {
    assert!(statuses.contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
    let code = answer.json().get("code").and_then(Value::as_str).unwrap_or_default().to_owned();
    assert!(!code.is_empty(), "{what}: it has a code: {}", answer.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_signed_wrongly_has_no_effect_and_is_told_why() {
    let scene = Scene::set().await;
    let (evil, now) = (&scene.evil, scene.now());
    let follow = scene.follow(evil, 1);
    let message = || evil.message(&scene.inbox(), &follow, now);
    let other = evil.message(&scene.inbox(), &json!({"type": "Follow"}), now);
    let far = |span: i64| vetmoot_domain::Timestamp::from_millis(now.millis() + span * 3_600_000);
    let cases = [
        ("unsigned", message().unsigned(), 401),
        ("a key nobody knows", message().wrong_key(), 401),
        ("the digest of another body", message().digest("SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), 401),
        ("no digest", message().covering(&["(request-target)", "host", "date"]).digest(""), 401),
        ("digest not signed", message().covering(&["(request-target)", "host", "date"]), 401),
        ("target not signed", message().covering(&["host", "date", "digest"]), 401),
        ("host not signed", message().covering(&["(request-target)", "date", "digest"]), 401),
        ("date not signed", message().covering(&["(request-target)", "host", "digest"]), 401),
        ("a day old", evil.message(&scene.inbox(), &follow, far(-24)), 401),
        ("a day ahead", evil.message(&scene.inbox(), &follow, far(24)), 401),
        ("the key of another host", message().key_id(&scene.good.url("/users/mallory#main-key")), 401),
        ("a key on our own host", message().key_id(&scene.world.alpha().url("/community#main-key")), 401),
        ("a key id that is no address", message().key_id("file:///etc/passwd"), 401),
        ("a key on the loopback interface", message().key_id("http://127.0.0.1:1/users/mallory#main-key"), 401),
        ("no type of a document", message().kind("application/json"), 415),
        ("text", message().kind("text/html"), 415),
    ];
    for (what, message, status) in cases {
        let answer = blocking(|| message.send(scene.world.alpha().address)).unwrap();
        refused(&answer, &[status, 403], what);
    }
    let nameless = blocking(|| other.send(scene.world.alpha().address)).unwrap();
    assert!(matches!(nameless.status, 400 | 401 | 422), "{}: {}", nameless.status, nameless.text());
    scene.world.settle().await;
    assert_eq!(scene.followers().await, 0);
    let good = blocking(|| message().send(scene.world.alpha().address)).unwrap();
    assert_eq!(good.status, 202, "the same message, signed as it should be, is taken: {}", good.text());
    scene.world.settle().await;
    assert_eq!(scene.followers().await, 1, "{}", scene.world.conversation());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_for_one_host_is_not_believed_by_another_and_twice_is_once() {
    let scene = Scene::set().await;
    let elsewhere = scene.evil.message("http://beta.test/inbox", &scene.follow(&scene.evil, 1), scene.now());
    let answer = blocking(|| elsewhere.send(scene.world.alpha().address)).unwrap();
    assert!(matches!(answer.status, 400 | 401 | 421), "a signature names its host: {} {}", answer.status, answer.text());
    let follow = scene.follow(&scene.evil, 1);
    for _ in 0..3 {
        assert_eq!(scene.says(&scene.evil, &follow).status, 202);
    }
    scene.world.settle().await;
    assert_eq!(scene.followers().await, 1);
    let accepts = scene.evil.posted().len();
    assert_eq!(accepts, 1, "one Accept: {:?}", scene.evil.posted());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_too_much_are_refused_before_anything_is_done() {
    let scene = Scene::set().await;
    let plain = scene.follow(&scene.evil, 1);
    let with = |key: &str, value: Value| {
        let mut body = plain.clone();
        body.as_object_mut().unwrap().insert(key.to_owned(), value);
        body.to_string().into_bytes()
    };
    let many = with("to", json!(vec!["https://example.org/x"; 100_000]));
    let big = with("content", json!("x".repeat(5 << 20)));
    let deep =
        format!("{{\"@context\":\"{STREAMS}\",\"type\":\"Follow\",\"x\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let twice = scene.follow(&scene.evil, 1).to_string().replacen('{', "{\"type\":\"Delete\",", 1);
    for (what, body) in [
        ("100,000 items", many),
        ("5 MB", big),
        ("10,000 deep", deep.into_bytes()),
        ("one key twice", twice.into_bytes()),
        ("no JSON", b"follow me".to_vec()),
        ("no object", b"[1, 2, 3]".to_vec()),
        (
            "an activity without an id",
            json!({"@context": STREAMS, "type": "Follow", "actor": scene.evil.url("/users/mallory")}).to_string().into_bytes(),
        ),
    ] {
        let begin = Instant::now();
        let message = scene.evil.raw(&scene.inbox(), body, scene.now());
        // The door may be closed before a body that is too large was sent to its end.
        match blocking(|| message.send(scene.world.alpha().address)) {
            Ok(answer) => assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.text()),
            Err(error) => assert!(what == "5 MB", "{what}: {error}"),
        }
        assert!(begin.elapsed().as_secs() < 10, "{what} takes long");
    }
    scene.world.settle().await;
    assert_eq!(scene.followers().await, 0);
    assert_eq!(scene.evil.server().count("/users/mallory"), 0, "nobody's key was asked for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_actor_that_is_not_what_it_says_is_not_believed() {
    let scene = Scene::set().await;
    let evil = &scene.evil;
    let page = Reply::ok("text/html", "<p>hello</p>");
    let plain = Reply::ok("application/json", evil.person("plain").to_string());
    let mut liar = evil.person("liar");
    *liar.get_mut("id").unwrap() = json!(scene.good.url("/users/mallory"));
    let mut thief = evil.person("thief");
    *thief.pointer_mut("/publicKey/owner").unwrap() = json!(scene.good.url("/users/mallory"));
    let mut inner = evil.person("inner");
    *inner.get_mut("inbox").unwrap() = json!("http://127.0.0.1:9/inbox");
    evil.answers("/users/page", page);
    evil.answers("/users/plain", plain);
    evil.shows("/users/liar", liar);
    evil.shows("/users/thief", thief);
    evil.answers("/users/moved", Reply::status(302, "").header("location", &scene.good.url("/users/mallory")));
    evil.answers("/users/inward", Reply::status(302, "").header("location", "http://127.0.0.1:9/users/mallory"));
    let mut note = evil.person("note");
    *note.get_mut("type").unwrap() = json!("Note");
    evil.shows("/users/note", note);
    for name in ["page", "plain", "liar", "thief", "moved", "inward", "note", "nobody"] {
        let mut follow = scene.follow(evil, 1);
        *follow.get_mut("actor").unwrap() = json!(evil.url(&format!("/users/{name}")));
        *follow.get_mut("id").unwrap() = json!(evil.url(&format!("/follows/{name}")));
        let message = evil.message(&scene.inbox(), &follow, scene.now());
        let message = message.key_id(&evil.url(&format!("/users/{name}#main-key")));
        let answer = blocking(|| message.send(scene.world.alpha().address)).unwrap();
        assert!(matches!(answer.status, 401 | 403 | 429 | 503), "{name}: {} {}", answer.status, answer.text());
    }
    scene.world.settle().await;
    assert_eq!(scene.followers().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unverified_message_causes_at_most_one_fetch_and_failures_are_remembered() {
    let scene = Scene::set().await;
    for number in 0..20 {
        let mut follow = scene.follow(&scene.evil, number);
        *follow.get_mut("actor").unwrap() = json!(scene.evil.url("/users/nobody"));
        let message = scene.evil.message(&scene.inbox(), &follow, scene.now());
        let message = message.key_id(&scene.evil.url("/users/nobody#main-key"));
        let answer = blocking(|| message.send(scene.world.alpha().address)).unwrap();
        assert!((400..600).contains(&answer.status), "{}", answer.status);
    }
    let asked = scene.evil.server().count("/users/nobody");
    assert!(asked <= 2, "a failure is remembered: asked {asked} times");
    assert!(scene.good.server().seen().is_empty(), "nobody else is asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_acts_for_somebody_else() {
    let scene = Scene::set().await;
    let alpha = scene.world.alpha();
    let audit = alpha.auditor("ada").await.records("pkg:cargo/mossy-lantern@1.0.0", "safe-to-deploy").await;
    assert_eq!(scene.says(&scene.good, &scene.follow(&scene.good, 1)).status, 202);
    scene.world.settle().await;
    assert_eq!(scene.followers().await, 1);
    let note = alpha.url(&format!("/audits/{}", audit.id));
    let (evil, mallory) = (&scene.evil, scene.evil.url("/users/mallory"));
    let saying = |number: u32, kind: &str, object: Value| json!({"@context": STREAMS, "type": kind, "id": evil.url(&format!("/a/{number}")), "actor": mallory, "object": object});
    let forged = json!({
        "type": "Note", "id": note, "attributedTo": alpha.url("/users/ada"), "content": "<p>all good</p>",
        "published": "2023-11-15T12:00:00Z", "updated": "2023-11-16T12:00:00Z", "to": ["https://www.w3.org/ns/activitystreams#Public"],
    });
    let others_follow = scene.follow(&scene.good, 1);
    for activity in [
        saying(1, "Delete", json!(note)),
        saying(2, "Update", forged.clone()),
        saying(3, "Create", forged),
        saying(4, "Undo", others_follow),
        saying(5, "Undo", json!(scene.good.url("/follows/1"))),
        saying(6, "Delete", json!(scene.good.url("/users/mallory"))),
        saying(7, "Delete", json!("https://nowhere.test/users/nobody")),
        saying(
            8,
            "Undo",
            json!({"type": "Follow", "id": evil.url("/never"), "actor": mallory, "object": alpha.url("/community")}),
        ),
        saying(9, "Accept", json!(alpha.url("/activities/none"))),
        saying(10, "Announce", json!(scene.good.url("/notes/1"))),
        saying(11, "Move", json!(scene.good.url("/users/mallory"))),
        saying(12, "Frobnicate", json!("x")),
    ] {
        let answer = scene.says(evil, &activity);
        assert!(matches!(answer.status, 202 | 400 | 401 | 403), "{activity}: {} {}", answer.status, answer.text());
    }
    // Somebody else's words under one's own signature.
    let answer = scene.says(evil, &scene.follow(&scene.good, 2));
    assert!(matches!(answer.status, 401 | 403), "{} {}", answer.status, answer.text());
    scene.world.settle().await;
    assert_eq!(scene.followers().await, 1, "good.test still follows");
    let shown = alpha.object(&format!("/audits/{}", audit.id)).await;
    assert!(!shown.to_string().contains("all good"), "{shown}");
    let outcomes = alpha.outcomes();
    let named = |outcome: &str| matches!(outcome, "applied" | "already-seen" | "unknown" | "refused");
    assert!(outcomes.values().all(|outcome| named(outcome)), "{outcomes:?}");
    assert_eq!(outcomes.get(&evil.url("/a/12")).map(String::as_str), Some("unknown"), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_of_a_stranger_is_taken_without_asking_anybody() {
    let scene = Scene::set().await;
    let ghost = scene.evil.url("/users/ghost");
    let delete =
        json!({"@context": STREAMS, "type": "Delete", "id": format!("{ghost}#delete"), "actor": ghost, "object": ghost});
    let message = scene.evil.message(&scene.inbox(), &delete, scene.now()).key_id(&format!("{ghost}#main-key"));
    let answer = blocking(|| message.send(scene.world.alpha().address)).unwrap();
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(scene.evil.server().count("/users/ghost"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_key_is_fetched_again_and_the_old_one_no_longer_signs() {
    let scene = Scene::set().await;
    assert_eq!(scene.says(&scene.good, &scene.follow(&scene.good, 1)).status, 202);
    scene.world.settle().await;
    // evil.test's key now stands in good.test's document, as after a rotation.
    let mut person = scene.good.person("mallory");
    *person.pointer_mut("/publicKey/publicKeyPem").unwrap() = json!(scene.evil.pem());
    scene.good.shows("/users/mallory", person);
    scene.world.turn("2h");
    let undo = json!({
        "@context": STREAMS, "type": "Undo", "id": scene.good.url("/undo/1"), "actor": scene.good.url("/users/mallory"),
        "object": scene.follow(&scene.good, 1),
    });
    let message = scene.evil.message(&scene.inbox(), &undo, scene.now()).key_id(&scene.good.url("/users/mallory#main-key"));
    let answer = blocking(|| message.send(scene.world.alpha().address)).unwrap();
    assert_eq!(answer.status, 202, "the new key is fetched once: {}", answer.text());
    scene.world.settle().await;
    assert_eq!(scene.followers().await, 0);
    scene.world.turn("2h");
    let old = scene.says(&scene.good, &scene.follow(&scene.good, 2));
    assert_eq!(old.status, 401, "the key of before is no key any more: {}", old.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_from_one_host_leaves_room_for_others() {
    let scene = Scene::set().await;
    let address = scene.world.alpha().address;
    let statuses: Vec<u16> = blocking(|| {
        let one = |number: u32| {
            let like = json!({
                "@context": STREAMS, "type": "Like", "id": scene.evil.url(&format!("/likes/{number}")),
                "actor": scene.evil.url("/users/mallory"), "object": scene.world.alpha().url("/community"),
            });
            scene.evil.message(&scene.inbox(), &like, scene.now()).send(address).unwrap().status
        };
        (0..300).map(one).collect()
    });
    assert!(statuses.iter().all(|status| matches!(status, 202 | 429 | 503)), "{statuses:?}");
    let begin = Instant::now();
    assert_eq!(scene.says(&scene.good, &scene.follow(&scene.good, 1)).status, 202);
    assert!(begin.elapsed().as_secs() < 5);
    // One turn is enough for the one message of the other host, however many wait before it.
    scene.world.alpha().step().await;
    assert_eq!(scene.followers().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_does_not_answer_holds_up_nobody() {
    let scene = Scene::set().await;
    for stranger in [&scene.evil, &scene.good] {
        assert_eq!(scene.says(stranger, &scene.follow(stranger, 1)).status, 202);
    }
    scene.world.settle().await;
    let before = scene.good.posted().len();
    scene.evil.server().misbehave("/", vetmoot_tests::upstream::Mischief::Stall(0));
    let page = Reply::ok("text/html", "<p>thank you</p>");
    scene.good.answers("/users/mallory/inbox", page);
    scene.world.alpha().auditor("ada").await.records("pkg:cargo/mossy-lantern@1.0.0", "safe-to-deploy").await;
    let begin = Instant::now();
    tokio::select! {
        () = scene.world.settle() => {}
        () = until(|| scene.good.posted().len() > before) => {}
    }
    assert!(scene.good.posted().len() > before && begin.elapsed().as_secs() < 20, "good.test is served meanwhile");
}

/// Looks again and again until it is so.
async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::task::yield_now().await;
    }
}
