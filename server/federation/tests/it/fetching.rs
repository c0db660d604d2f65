//! Documents and actors of other servers, over real connections on loopback.

use serde_json::{Value, json};
use vetmoot_domain::Span;
use vetmoot_tests::upstream::server::Reply;
use vetmoot_workflows::Problem;
use vetmoot_workflows::peer::{Freshness, HttpKey, Peers as _, RemoteActor};

use crate::elsewhere::{ACTIVITY, Elsewhere, Here};
use crate::world::{Setup, World, on_both_databases};

on_both_databases! {
    an_actor_is_fetched_once_and_remembered,
    an_actor_that_is_gone_is_remembered_as_gone,
}

async fn an_actor_is_fetched_once_and_remembered(world: World) {
    let here = Here::on(world).await;
    let there = Elsewhere::start();
    let mut mallow = there.person("/u/mallow", 0);
    mallow["endpoints"] = json!({ "sharedInbox": there.at("/inbox") });
    mallow["name"] = "Mallow\u{0}\n of the moss".into();
    mallow["publicKey"] =
        json!([mallow["publicKey"], { "id": "http://elsewhere.example/#k", "owner": mallow["id"], "publicKeyPem": "x" }]);
    there.document("/u/mallow", &mallow);
    let uri = there.at("/u/mallow");
    let actor = here.network.actor(&here.ctx, &uri, Freshness::Remembered).await.unwrap();
    assert_eq!((actor.kind.as_str(), actor.name.as_str()), ("Person", "Mallow of the moss"));
    assert_eq!(actor.handle, uri.replace("http://", "mallow@").replace("/u/mallow", ""));
    assert_eq!(actor.shared_inbox, Some(there.at("/inbox")));
    assert!(matches!(actor.keys.as_slice(), [HttpKey::Rsa { id, .. }] if *id == format!("{uri}#main-key")), "{:?}", actor.keys);
    assert_eq!(actor.document, mallow);
    for (turn, fresh, count) in
        [("23h", Freshness::Remembered, 1), ("1s", Freshness::Daily, 1), ("1h", Freshness::Daily, 2), ("1s", Freshness::Now, 3)]
    {
        here.world.turn(turn);
        let again = here.network.actor(&here.ctx, &uri, fresh).await.unwrap();
        assert_eq!((again.id, there.server.count("/u/mallow")), (actor.id, count));
    }
    // Its server is away: what is remembered serves whoever does not insist.
    there.puts("/u/mallow", Reply::status(500, "away"));
    here.world.clock.turn(Span::days(2));
    assert_eq!(here.network.actor(&here.ctx, &uri, Freshness::Daily).await.unwrap().id, actor.id);
    assert_eq!(here.network.actor(&here.ctx, &uri, Freshness::Now).await.unwrap_err().code, "bad-answer");
}

async fn an_actor_that_is_gone_is_remembered_as_gone(world: World) {
    let here = Here::on(world).await;
    let there = Elsewhere::start().with_person("/u/mallow");
    let uri = there.at("/u/mallow");
    here.network.actor(&here.ctx, &uri, Freshness::Now).await.unwrap();
    there.puts("/u/mallow", Reply::status(410, "gone"));
    assert_eq!(here.network.actor(&here.ctx, &uri, Freshness::Now).await.unwrap_err().code, "gone");
    let remembered = here.network.actor(&here.ctx, &uri, Freshness::Remembered).await.unwrap();
    assert_eq!(remembered.gone_at, Some(here.ctx.clock.now()));
    there.document("/u/mallow", &there.person("/u/mallow", 0));
    assert_eq!(here.network.actor(&here.ctx, &uri, Freshness::Now).await.unwrap().gone_at, None);
}

fn code<T: std::fmt::Debug>(outcome: Result<T, Problem>) -> &'static str {
    outcome.unwrap_err().code
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_signed_as_the_instance_and_again_for_those_who_read_the_newer_signatures_alone() {
    let here = Here::new().await;
    let there = Elsewhere::start();
    let document = json!({ "id": there.at("/n/1"), "type": "Note" });
    there.document("/n/1", &document);
    assert_eq!(here.network.document(&here.ctx, &there.at("/n/1")).await.unwrap(), document);
    let seen = there.server.seen();
    let signature = &seen[0].headers["signature"];
    assert!(signature.starts_with("keyId=\"http://vet.example/actor#main-key\",algorithm=\"rsa-sha256\""), "{signature}");
    assert!(signature.contains("headers=\"(request-target) date host\""), "{signature}");
    assert_eq!(seen[0].headers["accept"], ACTIVITY);
    there.puts("/n/2", Reply::status(401, "sign it"));
    assert_eq!(code(here.network.document(&here.ctx, &there.at("/n/2")).await), "turned-away");
    let seen = there.server.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen[2].headers.contains_key("signature-input"), "{:?}", seen[2].headers);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_comes_from_its_own_origin_or_not_at_all() {
    let here = Here::new().await;
    let (there, other) = (Elsewhere::start(), Elsewhere::start());
    let note = |id: String| json!({ "id": id, "type": "Note" });
    let ask = async |path: &str| here.network.document(&here.ctx, &there.at(path)).await;
    there.document("/n/1", &note(there.at("/n/1")));
    other.document("/n/1", &note(other.at("/n/1")));
    there.puts("/within", Reply::status(302, "").header("location", "/n/1"));
    assert_eq!(ask("/within").await.unwrap()["id"], there.at("/n/1"), "a redirect within the origin is followed");
    there.document("/alias", &note(there.at("/n/1")));
    assert_eq!(ask("/alias").await.unwrap()["id"], there.at("/n/1"), "another id of the same origin is asked for instead");
    there.puts("/out", Reply::status(302, "").header("location", &other.at("/n/1")));
    assert_eq!(code(ask("/out").await), "leaves-origin");
    there.puts("/loopback", Reply::status(302, "").header("location", "http://127.0.0.1:9/"));
    assert_eq!(code(ask("/loopback").await), "leaves-origin");
    there.document("/copy", &note(other.at("/n/1")));
    assert_eq!(code(ask("/copy").await), "leaves-origin");
    there.document("/stranger", &note("http://stranger.example/n/1".to_owned()));
    assert_eq!(code(ask("/stranger").await), "wrong-id");
    // A location beside another status is no redirect.
    there.puts("/n/3", Reply::ok(ACTIVITY, note(there.at("/n/3")).to_string()).header("location", &other.at("/n/1")));
    assert_eq!(ask("/n/3").await.unwrap()["id"], there.at("/n/3"));
    for (turn, path) in ["/a", "/b", "/c", "/d", "/e"].into_iter().enumerate() {
        there.puts(path, Reply::status(302, "").header("location", ["/b", "/c", "/d", "/e", "/a"][turn]));
    }
    assert!(ask("/a").await.is_err(), "going round ends");
    assert_eq!(other.server.seen().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_written_as_addresses_are_held_to_the_same_rules() {
    let here = Here::new().await;
    let there = Elsewhere::start();
    let at = |path: &str| format!("{}{path}", there.server.url());
    there.document("/n/1", &json!({ "id": at("/n/1"), "type": "Note" }));
    there.document("/n/2", &json!({ "id": at("/n/1"), "type": "Note" }));
    there.puts("/n/3", Reply::ok("text/html", json!({ "id": at("/n/3") }).to_string()));
    there.puts("/n/4", Reply::status(302, "").header("location", &at("/n/1")));
    assert!(here.network.document(&here.ctx, &at("/n/1")).await.is_ok());
    assert_eq!(code(here.network.document(&here.ctx, &at("/n/2")).await), "wrong-id");
    assert_eq!(code(here.network.document(&here.ctx, &at("/n/3")).await), "not-activity-json");
    assert_eq!(code(here.network.document(&here.ctx, &at("/n/4")).await), "bad-answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_insecure_mode_only_public_https_is_gone_to() {
    let here = Here::new().await;
    let setup = Setup { domain: Some("vet.example"), peers: Some(here.network.clone()), ..Setup::default() };
    let secure = here.world.another(&setup).await;
    let there = Elsewhere::start().with_person("/u/mallow");
    for (url, wanted) in [
        (there.at("/u/mallow").as_str(), "insecure-scheme"),
        ("http://peer.example/u/mallow", "insecure-scheme"),
        ("https://127.0.0.1/u/mallow", "address-not-public"),
        ("https://0.0.0.0/u/mallow", "address-not-public"),
        ("https://[::ffff:127.0.0.1]/u/mallow", "address-not-public"),
        ("https://2130706433/u/mallow", "address-not-public"),
        ("https://ada:pw@peer.example/u/mallow", "bad-address"),
        ("ftp://peer.example/u/mallow", "bad-address"),
        ("https://vet.example/users/ada", "own-origin"),
        ("https://vet.example./users/ada", "own-origin"),
    ] {
        assert_eq!(code(secure.peers.document(&secure, url).await), wanted, "{url}");
        assert!(secure.peers.actor(&secure, url, Freshness::Now).await.is_err(), "{url}");
    }
    // A name that leads to loopback is found out when connecting.
    let named = secure.peers.document(&secure, &there.at("/u/mallow").replace("http:", "https:")).await;
    assert_eq!(code(named), "not-reached");
    assert!(secure.peers.bytes(&secure, &there.at("/u/mallow"), 10).await.is_err());
    assert_eq!(there.server.seen().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_types_of_activitypub_are_read_however_their_parameters_are_written() {
    let here = Here::new().await;
    let there = Elsewhere::start();
    let profile = "profile=\"https://www.w3.org/ns/activitystreams\"";
    for (kind, is_read) in [
        ("application/activity+json".to_owned(), true),
        ("application/activity+json;charset=utf-8".to_owned(), true),
        (format!("application/ld+json; {profile}"), true),
        (format!("application/ld+json; charset=utf-8; {profile}"), true),
        ("application/ld+json".to_owned(), false),
        (format!("application/json; {profile}"), false),
        (format!("text/html; {profile}"), false),
    ] {
        there.puts("/n/1", Reply::ok(&kind, json!({ "id": there.at("/n/1"), "type": "Note" }).to_string()));
        assert_eq!(here.network.document(&here.ctx, &there.at("/n/1")).await.is_ok(), is_read, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_bytes_are_bounded_and_follow_no_redirect() {
    let here = Here::new().await;
    let there = Elsewhere::start();
    there.puts("/log/checkpoint", Reply::ok("text/plain", "ten bytes."));
    there.puts("/log/moved", Reply::status(302, "").header("location", "/log/checkpoint"));
    assert_eq!(here.network.bytes(&here.ctx, &there.at("/log/checkpoint"), 10).await.unwrap(), "ten bytes.");
    assert_eq!(code(here.network.bytes(&here.ctx, &there.at("/log/checkpoint"), 9).await), "too-large");
    assert_eq!(code(here.network.bytes(&here.ctx, &there.at("/log/moved"), 10).await), "bad-answer");
    assert_eq!(code(here.network.bytes(&here.ctx, &there.at("/log/none"), 10).await), "not-there");
}

/// A server whose `mallow` is found by WebFinger under these words.
fn found_by(there: &Elsewhere, subject: &str, href: &str) {
    let links = json!([
        { "rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": "x" },
        { "rel": "self", "type": "application/json", "href": "http://elsewhere.example/wrong" },
        { "rel": "self", "type": ACTIVITY, "href": href },
    ]);
    let jrd = json!({ "subject": format!("acct:{subject}"), "links": links });
    there.puts("/.well-known/webfinger", Reply::ok("application/jrd+json", jrd.to_string()));
}

fn host(there: &Elsewhere) -> String {
    there.origin().replace("http://", "")
}

async fn resolved(here: &Here, text: &str) -> Result<RemoteActor, Problem> {
    here.network.resolve(&here.ctx, text).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_is_found_by_webfinger_and_an_address_without() {
    let here = Here::new().await;
    let there = Elsewhere::start().with_person("/u/mallow");
    let handle = format!("mallow@{}", host(&there));
    found_by(&there, &handle, &there.at("/u/mallow"));
    let actor = resolved(&here, &format!(" @{}", handle.to_uppercase())).await.unwrap();
    assert_eq!((actor.uri.as_str(), actor.handle.as_str()), (there.at("/u/mallow").as_str(), handle.as_str()));
    let asked = there.server.seen().into_iter().find(|seen| seen.path.starts_with("/.well-known")).unwrap();
    assert_eq!(asked.path, "/.well-known/webfinger");
    there.puts("/@mallow", Reply::status(302, "").header("location", "/u/mallow"));
    for text in [there.at("/u/mallow"), there.at("/@mallow")] {
        assert_eq!(resolved(&here, &text).await.unwrap().id, actor.id, "{text}");
    }
    for text in ["mallow", "@", "mallow@", "@mallow@a/b", "acct:", "javascript:alert(1)", "vet.example"] {
        assert_eq!(code(resolved(&here, text).await), "bad-address", "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_of_another_host_has_to_confirm_it() {
    let here = Here::new().await;
    let (front, back) = (Elsewhere::start(), Elsewhere::start().with_person("/u/mallow"));
    let handle = |there: &Elsewhere| format!("mallow@{}", host(there));
    // The one says that its name is the other's, and the other agrees.
    found_by(&front, &handle(&back), &back.at("/u/mallow"));
    found_by(&back, &handle(&back), &back.at("/u/mallow"));
    assert_eq!(resolved(&here, &handle(&front)).await.unwrap().handle, handle(&back));
    // The actor lives at one host and goes by the name of the other, which says so.
    found_by(&front, &handle(&front), &back.at("/u/mallow"));
    let actor = resolved(&here, &handle(&front)).await.unwrap();
    assert_eq!((actor.handle, actor.uri.as_str()), (handle(&front), back.at("/u/mallow").as_str()));
    let later = here.network.actor(&here.ctx, &back.at("/u/mallow"), Freshness::Now).await.unwrap();
    assert_eq!(later.handle, handle(&front), "fetching it again does not forget that");
    // Who claims a name that does not claim them back gets none.
    found_by(&front, &handle(&back), &front.at("/u/mallow"));
    assert_eq!(code(resolved(&here, &handle(&front)).await), "handle-not-confirmed");
    found_by(&front, &format!("other@{}", host(&front)), &back.at("/u/mallow"));
    assert_eq!(code(resolved(&here, &format!("other@{}", host(&front))).await), "handle-not-confirmed");
    front.puts("/.well-known/webfinger", Reply::ok("text/html", "<!doctype html>"));
    assert_eq!(code(resolved(&here, &handle(&front)).await), "webfinger-unreadable");
    front.puts("/.well-known/webfinger", Reply::not_found());
    assert_eq!(code(resolved(&here, &handle(&front)).await), "not-there");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_origin_is_asked_only_so_often() {
    let here = Here::new().await;
    let (there, other) = (Elsewhere::start(), Elsewhere::start().with_person("/u/mallow"));
    let mut refused = 0;
    for number in 0..400 {
        let problem: Problem = here.network.document(&here.ctx, &there.at(&format!("/n/{number}"))).await.unwrap_err();
        refused += usize::from(problem.code == "fetch-budget");
    }
    assert_eq!((refused, there.server.seen().len()), (100, 300));
    assert!(here.network.actor(&here.ctx, &other.at("/u/mallow"), Freshness::Now).await.is_ok());
    here.world.turn("1s");
    assert_eq!(code(here.network.document(&here.ctx, &there.at("/n/1")).await), "not-there");
}

#[tokio::test(flavor = "multi_thread")]
async fn decoration_of_another_shape_does_not_spoil_an_actor_and_what_trust_rests_on_does() {
    let here = Here::new().await;
    let there = Elsewhere::start();
    let mut number = 0;
    let mut fetched = async |change: &dyn Fn(&mut Value)| {
        number += 1;
        let path = format!("/u/m{number}");
        let mut actor = there.person(&path, 0);
        change(&mut actor);
        there.document(&path, &actor);
        here.network.actor(&here.ctx, &there.at(&path), Freshness::Now).await
    };
    for change in [
        &(|actor: &mut Value| actor["name"] = json!({ "en": "x" })) as &dyn Fn(&mut Value),
        &|actor| actor["endpoints"] = json!([]),
        &|actor| actor["type"] = json!(["Service", "Thing"]),
        &|actor| actor["preferredUsername"] = json!(null),
        &|actor| actor["publicKey"] = json!("later"),
        &|actor| actor["movedTo"] = json!(7),
        &|actor| actor["endpoints"] = json!({ "sharedInbox": "http://elsewhere.example/inbox" }),
    ] {
        let actor = fetched(change).await.unwrap();
        assert!(actor.handle.contains('@') && actor.shared_inbox.is_none());
    }
    for change in [
        &(|actor: &mut Value| actor["inbox"] = json!(null)) as &dyn Fn(&mut Value),
        &|actor| actor["inbox"] = json!("/inbox"),
        &|actor| actor["inbox"] = json!(actor["id"].as_str().unwrap().replace("http://", "https://")),
        &|actor| actor["type"] = json!("Tombstone"),
        &|actor| actor["type"] = json!(null),
    ] {
        assert!(fetched(change).await.is_err());
    }
    let many = fetched(&|actor| {
        let key = actor["publicKey"].clone();
        actor["publicKey"] = Value::from(vec![key; 50]);
    });
    assert_eq!(many.await.unwrap().keys.len(), 10, "no more keys are looked at");
}
