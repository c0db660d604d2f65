//! A small server on @fedify/fedify: it finds, follows, receives with its own verification, and follows back.

use serde_json::json;
use vetmoot_tests::fediverse::fedify::Fedify;
use vetmoot_tests::process;
use vetmoot_workflows::{Origin, follow};

use super::world::{Manner, World, blocking};

const RELEASE: &str = "pkg:cargo/mossy-lantern@1.0.0";

async fn meets(first_knock: &str) {
    let Some(fedify) = blocking(|| Fedify::start(first_knock)) else { return };
    let world = World::build(["alpha"]).in_manner(Manner::Loopback).start().await.unwrap();
    let alpha = world.alpha();
    alpha.adopts("balanced").await;
    let ada = alpha.auditor("ada").await;
    for path in ["/community", "/users/ada"] {
        let followed = blocking(|| fedify.follow(&alpha.url(path)));
        assert_eq!(followed.get("followed"), Some(&json!(alpha.url(path))), "{followed}\n{}", fedify.output());
    }
    world.settle().await;
    blocking(|| fedify.wait_for("Accept", &alpha.url("/community")));
    blocking(|| fedify.wait_for("Accept", &alpha.url("/users/ada")));
    let audit = ada.records(RELEASE, "safe-to-deploy").await;
    world.settle().await;
    let note = alpha.url(&format!("/audits/{}", audit.id));
    blocking(|| fedify.wait_for("Create", &note));
    blocking(|| fedify.wait_for("Announce", &note));
    world.turn("1m");
    ada.withdraws(&audit, "I read the wrong archive").await;
    world.settle().await;
    blocking(|| fedify.wait_for("Update", &note));
    assert_eq!(fedify.refusals(), Vec::<serde_json::Value>::new(), "{}", fedify.output());
    // Every object is good JSON-LD in the eyes of a strict reader, and every proof holds in its own code.
    let read = blocking(|| fedify.look(&note));
    assert_eq!(read.get("type"), Some(&json!("Note")), "{read}");
    let record = alpha.object(&format!("/audits/{}/record", audit.id)).await;
    let verified = blocking(|| fedify.verify(&record));
    assert_eq!(verified.get("valid"), Some(&json!(true)), "{verified}\n{record}\n{}", fedify.output());
    let mut changed = record.clone();
    *changed.get_mut("depth").expect("an audit has a depth") = json!("deep");
    let verified = blocking(|| fedify.verify(&changed));
    assert_eq!(verified.get("valid"), Some(&json!(false)), "{verified}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fedify_finds_follows_and_believes_us_with_message_signatures() {
    meets("rfc9421").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fedify_finds_follows_and_believes_us_with_older_signatures() {
    meets("draft-cavage-http-signatures-12").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follow_of_ours_is_believed_and_answered() {
    let Some(fedify) = blocking(|| Fedify::start("rfc9421")) else { return };
    let world = World::build(["alpha"]).in_manner(Manner::Loopback).start().await.unwrap();
    let alpha = world.alpha();
    let problem = follow::request(&alpha.ctx, &Origin::Operator, &fedify.actor()).await.unwrap_err();
    assert_eq!(problem.code, "no-community", "a person is no community: {problem}");
    // A Follow as any member's server would send it, through our own sender.
    let actor = alpha.ctx.peers.resolve(&alpha.ctx, &fedify.actor()).await.unwrap();
    assert_eq!((actor.kind.as_str(), actor.keys.is_empty()), ("Person", false), "{actor:?}");
    process_follow(&world, &fedify, actor.id).await;
}

async fn process_follow(world: &World, fedify: &Fedify, actor_row: i64) {
    use vetmoot_workflows::actor::LocalActor;
    use vetmoot_workflows::delivery::{self, Audience, Outgoing};
    use vetmoot_workflows::inbox::Lane;
    let alpha = world.alpha();
    let uri = alpha.url("/activities/0123456789abcdef0123456789abcdef");
    let follow = Outgoing {
        uri: uri.clone(),
        actor: LocalActor::Community,
        kind: "Follow",
        object: fedify.actor(),
        about: "/community".to_owned(),
        body: json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": uri, "type": "Follow",
            "actor": alpha.url("/community"), "object": fedify.actor(),
        }),
        lane: Lane::Usual,
        public: false,
        to: vec![Audience::Actor(actor_row)],
    };
    let tx = alpha.ctx.store.begin().await.unwrap();
    delivery::queue(&alpha.ctx, &tx, &[follow]).await.unwrap();
    tx.commit().await.unwrap();
    world.settle().await;
    blocking(|| fedify.wait_for("Follow", &uri));
    blocking(|| process::eventually("it accepts", || fedify.output().contains("\"accepted\"")));
    world.settle().await;
}
