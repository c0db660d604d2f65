//! What is understood of what others say.

use serde_json::{Value, json};
use vetmoot_workflows::audit::withdraw;
use vetmoot_workflows::follow;
use vetmoot_workflows::follow::followers;
use vetmoot_workflows::inbox::Outcome;
use vetmoot_workflows::statement::{self, erase};

use crate::pair::{MOSS, Side, VET, code};
use crate::world::{World, on_both_databases};

on_both_databases! {
    a_follower_comes_is_answered_and_leaves,
    what_a_followed_community_says_is_taken_once,
}

const MALLOW: &str = "https://social.example/users/mallow";

fn follow(id: &str, object: &str) -> Value {
    json!({ "id": id, "type": "Follow", "actor": MALLOW, "object": object })
}

async fn a_follower_comes_is_answered_and_leaves(world: World) {
    let side = Side::on(world, "vet.example").await;
    side.elsewhere.actor(MALLOW, "Person");
    let community = "/community".parse().unwrap();
    let asked = follow("https://social.example/f/1", &format!("{VET}/community"));
    assert_eq!(side.hears(&asked).await, Outcome::Applied);
    assert_eq!(followers::count(&side.ctx, &community).await.unwrap(), 1);
    let said = side.everything().await;
    let answer: Value = serde_json::from_str(&said[0].body).unwrap();
    assert_eq!(answer["type"], "Accept");
    assert_eq!(answer["object"], asked);
    assert!(!said[0].public, "no outbox shows it");
    // Applied again after a crash, it is neither a second follower nor a second answer.
    assert_eq!(side.hears(&asked).await, Outcome::Applied);
    assert_eq!(side.everything().await.len(), 1);
    assert_eq!(followers::count(&side.ctx, &community).await.unwrap(), 1);
    let undo = json!({ "id": "https://social.example/u/1", "type": "Undo", "actor": MALLOW, "object": asked["id"] });
    assert_eq!(side.hears(&undo).await, Outcome::Applied);
    assert_eq!(followers::count(&side.ctx, &community).await.unwrap(), 0);
    assert_eq!(code(&side.hears(&undo).await), "undo-of-nothing");
    let topics = side.world.topics().await;
    let of_followers: Vec<&str> = topics.into_iter().filter(|topic| topic.starts_with("follower")).collect();
    assert_eq!(of_followers, ["follower.came.v1", "follower.left.v1"]);
}

/// A community that follows another and was let in.
pub async fn following(world: World) -> (Side, Side) {
    let (vet, moss) = (Side::on(world, "vet.example").await, Side::new("moss.example").await);
    vet.elsewhere.instance(MOSS, &moss.ctx);
    moss.elsewhere.instance(VET, &vet.ctx);
    follow::request(&vet.ctx, &vet.ada, &format!("{MOSS}/community")).await.unwrap();
    let asked: Value = serde_json::from_str(&vet.everything().await.last().unwrap().body).unwrap();
    assert_eq!(moss.hears(&asked).await, Outcome::Applied);
    let answer: Value = serde_json::from_str(&moss.everything().await.last().unwrap().body).unwrap();
    assert_eq!(vet.hears(&answer).await, Outcome::Applied);
    assert_eq!(code(&vet.hears(&answer).await), "no-open-follow");
    (vet, moss)
}

async fn what_a_followed_community_says_is_taken_once(world: World) {
    let (vet, moss) = following(world).await;
    let row = moss.records().await;
    let said: Vec<Value> = moss.says().await.iter().map(|row| serde_json::from_str(&row.body).unwrap()).collect();
    let (create, whole, address) = (&said[0], &said[1], &said[2]);
    vet.elsewhere.asked();
    assert_eq!(vet.hears(whole).await, Outcome::Applied);
    let asked = vet.elsewhere.asked();
    assert!(asked.iter().all(|address| address == &format!("{MOSS}/users/ada")), "only keys are asked for: {asked:?}");
    assert_eq!(vet.hears(whole).await, Outcome::AlreadySeen);
    assert_eq!(vet.hears(create).await, Outcome::AlreadySeen);
    assert_eq!(vet.hears(address).await, Outcome::AlreadySeen);
    assert_eq!(vet.elsewhere.asked(), [""; 0], "what is known is not fetched");
    let record = format!("{MOSS}/audits/{}/record", row.id);
    assert!(statement::by_uri(&vet.ctx, &record).await.unwrap().withdrawn_at.is_none());
    moss.world.turn("1h");
    vet.world.turn("1h");
    withdraw::withdraw(&moss.ctx, &moss.ada, &row.id, "a mistake").await.unwrap();
    let said: Vec<Value> = moss.says().await.iter().map(|row| serde_json::from_str(&row.body).unwrap()).collect();
    assert_eq!(said[0]["type"], "Update");
    assert_eq!(vet.hears(&said[0]).await, Outcome::Applied);
    assert!(statement::by_uri(&vet.ctx, &record).await.unwrap().withdrawn_at.is_some());
    for again in said[1..].iter().filter(|body| !body["actor"].as_str().unwrap().contains("/packages/")) {
        assert_eq!(vet.hears(again).await, Outcome::AlreadySeen, "{}", again["type"]);
    }
    erase::erase(&moss.ctx, &moss.ada, &row.id).await.unwrap();
    let said: Vec<Value> = moss.says().await.iter().map(|row| serde_json::from_str(&row.body).unwrap()).collect();
    assert_eq!(vet.hears(&said[1]).await, Outcome::Applied, "{}", said[1]);
    assert_eq!(vet.hears(&said[0]).await, Outcome::AlreadySeen);
    assert!(statement::by_uri(&vet.ctx, &record).await.unwrap().record.is_none(), "the text is gone here too");
}

#[tokio::test]
async fn an_announced_address_is_fetched_once_from_the_communitys_own_origin() {
    let (vet, moss) = following(World::sqlite().await).await;
    moss.records().await;
    let said: Vec<Value> = moss.says().await.iter().map(|row| serde_json::from_str(&row.body).unwrap()).collect();
    let post = said[0]["object"].clone();
    vet.elsewhere.put(post["id"].as_str().unwrap(), post.clone());
    vet.elsewhere.asked();
    assert_eq!(vet.hears(&said[2]).await, Outcome::Applied);
    let fetched = vet.elsewhere.asked();
    assert_eq!(fetched.iter().filter(|address| **address == post["id"].as_str().unwrap()).count(), 1);
    let stray = json!({
        "id": format!("{MOSS}/activities/0"), "type": "Announce", "actor": format!("{MOSS}/community"),
        "object": "https://social.example/users/mallow/statuses/1",
    });
    assert_eq!(code(&vet.hears(&stray).await), "unknown: Announce of an address elsewhere");
    assert_eq!(vet.elsewhere.asked(), [""; 0]);
}

#[tokio::test]
async fn who_is_gone_or_blocks_follows_no_longer() {
    let side = Side::new("vet.example").await;
    side.is_followed_by(MALLOW, "/community").await;
    side.is_followed_by(MALLOW, "/users/ada").await;
    let block =
        json!({ "id": "https://social.example/b/1", "type": "Block", "actor": MALLOW, "object": format!("{VET}/users/ada") });
    assert_eq!(side.hears(&block).await, Outcome::Applied);
    assert_eq!(followers::count(&side.ctx, &"/users/ada".parse().unwrap()).await.unwrap(), 0);
    assert_eq!(side.hears(&block).await, Outcome::AlreadySeen);
    let delete = json!({ "id": format!("{MALLOW}#delete"), "type": "Delete", "actor": MALLOW, "object": MALLOW });
    assert_eq!(side.hears(&delete).await, Outcome::Applied);
    assert_eq!(followers::count(&side.ctx, &"/community".parse().unwrap()).await.unwrap(), 0);
    assert_eq!(side.hears(&delete).await, Outcome::AlreadySeen);
}

#[tokio::test]
async fn an_actor_that_changed_is_read_again_at_its_own_address() {
    let side = Side::new("vet.example").await;
    side.is_followed_by(MALLOW, "/community").await;
    side.elsewhere.put(
        MALLOW,
        json!({ "id": MALLOW, "type": "Person", "preferredUsername": "mallow", "inbox": "https://social.example/new" }),
    );
    let update = json!({
        "id": format!("{MALLOW}#updates/1"), "type": "Update", "actor": MALLOW,
        "object": { "id": MALLOW, "type": "Person", "inbox": "https://evil.example/inbox" },
    });
    assert_eq!(side.hears(&update).await, Outcome::Applied);
    let known = vetmoot_workflows::peer::known(&side.ctx, MALLOW).await.unwrap().unwrap();
    assert_eq!(known.inbox, "https://social.example/new", "not what the Update says");
}

#[tokio::test]
async fn a_followed_community_that_moves_is_followed_where_it_goes() {
    let (vet, _moss) = following(World::sqlite().await).await;
    let (old, new) = (format!("{MOSS}/community"), "https://fern.example/community");
    let moved = json!({ "id": format!("{MOSS}/activities/9"), "type": "Move", "actor": old, "object": old, "target": new });
    vet.elsewhere.actor(new, "Group");
    assert_eq!(code(&vet.hears(&moved).await), "not-also-known");
    vet.elsewhere.put(
        new,
        json!({ "id": new, "type": "Group", "preferredUsername": "community", "inbox": format!("{new}/inbox"), "alsoKnownAs": [old] }),
    );
    assert_eq!(vet.hears(&moved).await, Outcome::Applied);
    let last: Value = serde_json::from_str(&vet.everything().await.last().unwrap().body).unwrap();
    assert_eq!((&last["type"], &last["object"]), (&json!("Follow"), &json!(new)));
    assert_eq!(vet.hears(&moved).await, Outcome::AlreadySeen);
}

#[tokio::test]
async fn who_wants_to_quote_a_post_hears_yes_and_can_show_it() {
    let side = Side::new("vet.example").await;
    side.elsewhere.actor(MALLOW, "Person");
    let row = side.records().await;
    side.says().await;
    let post = format!("{VET}/audits/{}", row.id);
    let quoting = "https://social.example/users/mallow/statuses/4";
    let request = json!({
        "id": "https://social.example/q/1", "type": "QuoteRequest", "actor": MALLOW, "object": post, "instrument": quoting,
    });
    assert_eq!(side.hears(&request).await, Outcome::Applied);
    let answer: Value = serde_json::from_str(&side.everything().await.last().unwrap().body).unwrap();
    assert_eq!((&answer["type"], &answer["actor"]), (&json!("Accept"), &json!(format!("{VET}/users/ada"))));
    let stamp = vetmoot_federation::activities::quote_request::stamp(&answer).unwrap();
    assert_eq!(stamp["id"], answer["result"]);
    assert_eq!(stamp["interactingObject"], quoting);
    assert_eq!(stamp["interactionTarget"], post);
    let mut others = request.clone();
    others["instrument"] = json!("https://evil.example/n");
    assert_eq!(code(&side.hears(&others).await), "other-origin");
    let mut nothing = request;
    nothing["object"] = json!(format!("{VET}/audits/0"));
    assert_eq!(code(&side.hears(&nothing).await), "unknown-statement");
}

#[tokio::test]
async fn what_a_steward_withdraws_counts_no_longer_elsewhere() {
    let (vet, moss) = following(World::sqlite().await).await;
    let bob = moss.world.member("bob", &[vetmoot_domain::Role::Auditor]).await;
    let row =
        vetmoot_workflows::audit::record::record(&moss.ctx, &bob, &crate::world::full(crate::pair::RELEASE)).await.unwrap();
    for said in moss.says().await.iter().filter(|row| row.actor == "/community") {
        vet.hears(&serde_json::from_str(&said.body).unwrap()).await;
    }
    withdraw::withdraw(&moss.ctx, &moss.ada, &row.id, "bob left and nobody stands for it").await.unwrap();
    let said: Vec<Value> = moss.says().await.iter().map(|row| serde_json::from_str(&row.body).unwrap()).collect();
    let who: Vec<&str> = said[..2].iter().map(|body| body["actor"].as_str().unwrap()).collect();
    assert_eq!(who, [format!("{MOSS}/users/bob"), format!("{MOSS}/community")], "the post is bob's, the reply the community's");
    assert_eq!(said[1]["object"]["withdrawal"]["steward"], format!("{MOSS}/users/ada"));
    let text = said[1]["object"]["content"].as_str().unwrap();
    assert!(text.contains("Vetmoot withdraws the audit of mossy-lantern 1.1.0 (cargo) by bob: it counts no longer."), "{text}");
    assert_eq!(vet.hears(&said[1]).await, Outcome::Applied);
    assert_eq!(vet.hears(&said[0]).await, Outcome::AlreadySeen);
    let record = format!("{MOSS}/audits/{}/record", row.id);
    assert!(statement::by_uri(&vet.ctx, &record).await.unwrap().withdrawn_at.is_some());
}
