//! A community cannot tell two people two different things unseen: forks and equivocations are raised.

use serde_json::{Value, json};
use vetmoot_domain::State;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::delivery::{self, Audience, Outgoing};
use vetmoot_workflows::inbox::Lane;
use vetmoot_workflows::peer::Freshness;
use vetmoot_workflows::statement;

use super::world::{Place, World};

const RELEASE: &str = "pkg:cargo/mossy-lantern@1.0.0";
const OTHER: &str = "pkg:cargo/mossy-lantern@1.1.0";
const DEPLOY: &str = "safe-to-deploy";
const POLICY: &str = "balanced";

async fn friends() -> World {
    let world = World::of(["alpha", "beta"]).await;
    world.alpha().adopts(POLICY).await;
    world.beta().adopts_trusting(POLICY, world.alpha()).await;
    world.beta().follows(world.alpha()).await;
    world.settle().await;
    world
}

/// Alpha goes back to a copy of its rows, as an operator with a backup could, and says something else from there on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_forgets_is_raised_and_nothing_more_is_taken_from_it() {
    let mut world = friends().await;
    let copy = world.copy_of("alpha").await;
    world.alpha().auditor("ada").await.records(RELEASE, DEPLOY).await;
    world.settle().await;
    assert_eq!(world.beta().state(POLICY, RELEASE).await, State::Listed);
    world.pass("1d").await;
    let seen = world.beta().following(world.alpha()).await;
    assert_eq!(seen.leaves, world.alpha().leaves().await, "beta saw the checkpoint that holds it");
    world.goes_back("alpha", &copy).await;
    let (alpha, beta) = (world.alpha(), world.beta());
    let ada = alpha.auditor("ada").await;
    // Not posted, so that the log alone can tell.
    world.wire("alpha", "beta").set(super::world::Mood::Cut);
    ada.records(OTHER, DEPLOY).await;
    ada.records("pkg:cargo/mossy-lantern@1.2.0", DEPLOY).await;
    world.pass("1d").await;
    let shown = beta.following(alpha).await;
    assert!(shown.forked, "{shown:?}\n{}", world.conversation());
    assert_eq!(beta.state(POLICY, OTHER).await, State::Held, "nothing more is taken from it");
    let forks = beta.rows("select size, note, known_note from log_forks");
    assert_eq!(forks.len(), 1, "both checkpoints are kept as proof: {forks:?}");
    // Whoever follows beta hears of it, with both checkpoints, from the policy that counted alpha.
    let said = beta.rows("select uri, record from statements where kind = 'LogFork'");
    let record: Value = serde_json::from_str(&said[0][1]).unwrap();
    assert_ne!(record["known"], record["contradicts"]);
    let path = said[0][0].trim_end_matches("/record").trim_start_matches(&beta.url("")).to_owned();
    let post = beta.object(&path).await;
    assert_eq!(post["attributedTo"], beta.url(&format!("/policies/{POLICY}")));
    assert!(post["content"].as_str().unwrap().contains("contradicts itself"), "{post:#}");
    assert_eq!(post["logFork"], record);
    let posted = beta.rows("select kind, count(*) from activities where about like '/forks/%' group by kind order by kind");
    assert_eq!(posted, [["Announce", "2"], ["Create", "1"]], "said once and passed on in both forms");
}

/// The same id, twice, with two things under it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_record_under_an_id_is_kept_as_proof_and_does_not_count() {
    let mut world = friends().await;
    let audit = world.alpha().auditor("ada").await.records(RELEASE, DEPLOY).await;
    world.settle().await;
    assert_eq!(world.beta().state(POLICY, RELEASE).await, State::Listed);
    says_otherwise(world.alpha(), &audit.id, &world.beta().url("/community")).await;
    world.settle().await;
    let shown = world.beta().following(world.alpha()).await;
    assert_eq!(shown.equivocations, 1, "{shown:?}\n{}", world.conversation());
    assert_eq!(shown.evidence, 1, "the first one stands");
    world.reopen("beta").await;
    assert_eq!(world.beta().following(world.alpha()).await.equivocations, 1, "it is kept");
}

/// Signs another record under the id of an audit and posts it as its author.
async fn says_otherwise(place: &Place, audit: &str, to: &str) {
    let ctx = &place.ctx;
    let mut record = place.object(&format!("/audits/{audit}/record")).await;
    let fields = record.as_object_mut().unwrap();
    fields.remove("proof");
    fields.insert("notes".to_owned(), json!("It never was any good."));
    let ada = LocalActor::Person("ada".parse().unwrap());
    let record = statement::sign(ctx, &ada, record, ctx.clock.now()).await.unwrap();
    let mut note = place.object(&format!("/audits/{audit}")).await;
    let context = note.as_object_mut().unwrap().remove("@context").unwrap();
    note.as_object_mut().unwrap().insert("audit".to_owned(), record);
    let uri = place.url("/activities/00112233445566778899aabbccddeeff");
    let body = json!({
        "@context": context, "type": "Create", "id": uri, "actor": place.url("/users/ada"),
        "published": ctx.clock.now().to_string(), "to": note.get("to"), "cc": note.get("cc"), "object": note,
    });
    let receiver = ctx.peers.actor(ctx, to, Freshness::Remembered).await.unwrap();
    let outgoing = Outgoing {
        uri,
        actor: ada,
        kind: "Create",
        object: body.pointer("/object/id").and_then(Value::as_str).unwrap().to_owned(),
        about: format!("/audits/{audit}"),
        body,
        lane: Lane::Usual,
        public: false,
        to: vec![Audience::Actor(receiver.id)],
    };
    let tx = ctx.store.begin().await.unwrap();
    delivery::queue(ctx, &tx, &[outgoing]).await.unwrap();
    tx.commit().await.unwrap();
}
