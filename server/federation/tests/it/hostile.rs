//! What is refused, with a reason, and changes nothing.

use serde_json::{Value, json};
use vetmoot_workflows::audit::record;
use vetmoot_workflows::follow::followers;
use vetmoot_workflows::inbox::Outcome;
use vetmoot_workflows::moderation::{self, Verdict};
use vetmoot_workflows::statement;

use crate::pair::{MOSS, Side, VET, code};
use crate::receiving::following;
use crate::world::World;

const MALLOW: &str = "https://social.example/users/mallow";
const EVE: &str = "https://evil.example/users/eve";

/// An activity by somebody, about something.
fn says(actor: &str, kind: &str, object: impl Into<Value>) -> Value {
    let origin = actor.split("/users").next().unwrap();
    json!({ "id": format!("{origin}/says/{kind}"), "type": kind, "actor": actor, "object": object.into() })
}

async fn check(side: &Side, activity: &Value, expected: &str) {
    let outcome = side.hears(activity).await;
    assert_eq!(code(&outcome), expected, "{activity}");
    if let Outcome::Refused { text, .. } = outcome {
        assert!(text.len() > 20 && !text.ends_with('.'), "a readable reason: {text}");
    }
}

#[tokio::test]
async fn ids_belong_to_their_actors_origin_by_scheme_host_and_port() {
    let side = Side::new("vet.example").await;
    side.elsewhere.actor(MALLOW, "Person");
    let community = format!("{VET}/community");
    for id in [
        "https://evil.example/1",
        "http://social.example/1",
        "https://social.example:8443/1",
        "https://social.example.evil.example/1",
    ] {
        let mut follow = says(MALLOW, "Follow", community.as_str());
        follow["id"] = json!(id);
        check(&side, &follow, "other-origin").await;
    }
    assert_eq!(followers::count(&side.ctx, &"/community".parse().unwrap()).await.unwrap(), 0);
    // The usual port written out is the same origin.
    let mut follow = says(MALLOW, "Follow", community.as_str());
    follow["id"] = json!("https://social.example:443/1");
    check(&side, &follow, "applied").await;
}

#[tokio::test]
async fn nobody_speaks_for_somebody_else() {
    let side = Side::new("vet.example").await;
    side.is_followed_by(MALLOW, "/community").await;
    let row = side.records().await;
    let ours = format!("{VET}/audits/{}", row.id);
    let follow =
        json!({ "id": "https://social.example/f/1", "type": "Follow", "actor": MALLOW, "object": format!("{VET}/community") });
    check(&side, &says(EVE, "Undo", follow), "other-origin").await;
    let mut nameless = json!({ "type": "Follow", "actor": MALLOW, "object": format!("{VET}/community") });
    check(&side, &says(EVE, "Undo", nameless.clone()), "not-yours").await;
    nameless["actor"] = json!(EVE);
    check(&side, &says(EVE, "Undo", nameless), "undo-of-nothing").await;
    check(&side, &says(EVE, "Delete", MALLOW), "other-origin").await;
    check(&side, &says(EVE, "Delete", ours.as_str()), "our-own").await;
    check(&side, &says(EVE, "Update", json!({ "id": ours, "type": "Note", "attributedTo": EVE })), "our-own").await;
    check(&side, &says(EVE, "Update", json!({ "id": MALLOW, "type": "Person" })), "other-origin").await;
    let note = json!({ "id": "https://evil.example/n", "type": "Note", "attributedTo": MALLOW });
    check(&side, &says(EVE, "Create", note.clone()), "not-yours").await;
    check(&side, &says(EVE, "Update", note), "not-yours").await;
    check(&side, &says(EVE, "Create", json!({ "id": "https://evil.example/n", "type": "Note" })), "no-owner").await;
    check(&side, &says(EVE, "Create", json!({ "type": "Note", "attributedTo": EVE })), "no-id").await;
    check(&side, &says(EVE, "Move", MALLOW), "unreadable-activity").await;
    let mut moved = says(EVE, "Move", MALLOW);
    moved["target"] = json!(EVE);
    check(&side, &moved, "not-yours").await;
    assert_eq!(followers::count(&side.ctx, &"/community".parse().unwrap()).await.unwrap(), 1);
    assert!(record::show(&side.ctx, &row.id).await.unwrap().withdrawn.is_none());
    assert_eq!(side.elsewhere.asked(), [MALLOW], "none of it made this instance ask anybody");
}

#[tokio::test]
async fn the_signer_is_the_actor() {
    let side = Side::new("vet.example").await;
    let mut follow = says(MALLOW, "Follow", format!("{VET}/community"));
    let mut item = crate::pair::received(&follow);
    item.actor = EVE.to_owned();
    item.uri = "https://evil.example/1".to_owned();
    let outcome = vetmoot_federation::activities::receive(&side.ctx, &item).await;
    assert_eq!(code(&outcome), "not-its-actor");
    follow["actor"] = json!(format!("{VET}/users/ada"));
    follow["id"] = json!(format!("{VET}/activities/1"));
    check(&side, &follow, "our-own").await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_or_counted() {
    let side = Side::new("vet.example").await;
    for (activity, expected) in [
        (says(MALLOW, "Delete", "https://social.example/users/nobody"), "already-seen"),
        (says(MALLOW, "Delete", MALLOW), "already-seen"),
        (says(MALLOW, "Undo", "https://social.example/f/404"), "undo-of-nothing"),
        (
            says(MALLOW, "Undo", json!({ "type": "Like", "actor": MALLOW, "object": "https://vet.example/audits/1" })),
            "unknown: Undo of Like",
        ),
        (says(MALLOW, "Follow", "https://other.example/community"), "not-ours"),
        (says(MALLOW, "Follow", format!("{VET}/users/nobody")), "unknown-actor"),
        (says(MALLOW, "Follow", format!("{VET}/audits/1")), "not-ours"),
        (says(MALLOW, "Follow", json!([format!("{VET}/community"), format!("{VET}/actor")])), "unreadable-activity"),
        (says(MALLOW, "Follow", json!([[[[]]]])), "unreadable-activity"),
        (says(MALLOW, "Follow", Value::Null), "unreadable-activity"),
        (says(MALLOW, "Accept", "https://vet.example/activities/1"), "no-open-follow"),
        (says(MALLOW, "Reject", "https://other.example/activities/1"), "not-ours"),
        (says(MALLOW, "Accept", json!({ "type": "Offer", "id": "https://vet.example/1" })), "unknown: answer to Offer"),
        (says(MALLOW, "Announce", "https://social.example/n"), "not-followed"),
        (says(MALLOW, "Announce", format!("{VET}/audits/1")), "unknown: Announce of a post of ours"),
        (says(MALLOW, "Like", "https://other.example/n"), "not-ours"),
        (says(MALLOW, "Block", "https://other.example/users/x"), "not-ours"),
        (says(MALLOW, "Listen", "https://other.example/song"), "unknown: Listen"),
        (says(MALLOW, "Create", "https://social.example/n"), "unknown: Create without its object"),
    ] {
        check(&side, &activity, expected).await;
    }
    assert_eq!(side.elsewhere.asked(), [""; 0], "none of it made this instance ask anybody");
}

#[tokio::test]
async fn a_record_counts_for_nobody_but_its_own_author() {
    let (vet, moss) = following(World::sqlite().await).await;
    let row = moss.records().await;
    let said: Vec<Value> = moss.says().await.iter().map(|row| serde_json::from_str(&row.body).unwrap()).collect();
    // Somebody else's post around ada's record.
    let mallow = format!("{MOSS}/users/mallow");
    let mut stolen = said[0].clone();
    stolen["id"] = json!(format!("{MOSS}/activities/7"));
    stolen["actor"] = json!(mallow);
    stolen["object"]["attributedTo"] = json!(mallow);
    check(&vet, &stolen, "not-yours").await;
    // The community's Announce around a record that was changed on the way.
    let mut changed = said[1].clone();
    changed["object"]["object"]["audit"]["notes"] = json!("all is well");
    let outcome = vet.hears(&changed).await;
    assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
    let uri = format!("{MOSS}/audits/{}/record", row.id);
    assert!(statement::by_uri(&vet.ctx, &uri).await.is_err());
    // A record that lies about its origin.
    let mut elsewhere = said[1].clone();
    elsewhere["object"]["object"]["audit"]["id"] = json!("https://fern.example/audits/1/record");
    check(&vet, &elsewhere, "not-followed").await;
    // A stranger who passes the right one on: refused because nobody here listens to them.
    vet.elsewhere.actor(EVE, "Person");
    let carried = says(EVE, "Announce", said[0].clone());
    check(&vet, &carried, "not-followed").await;
    check(&vet, &said[1], "applied").await;
}

#[tokio::test]
async fn an_address_of_ours_is_never_changed_from_elsewhere() {
    let (vet, moss) = following(World::sqlite().await).await;
    let row = vet.records().await;
    moss.records().await;
    let said: Vec<Value> = moss.says().await.iter().map(|row| serde_json::from_str(&row.body).unwrap()).collect();
    let mut forged = said[1].clone();
    forged["object"]["object"]["audit"]["id"] = json!(format!("{VET}/audits/{}/record", row.id));
    let outcome = vet.hears(&forged).await;
    assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
    assert_eq!(record::show(&vet.ctx, &row.id).await.unwrap(), row);
}

#[tokio::test]
async fn who_is_blocked_is_not_heard() {
    let side = Side::new("vet.example").await;
    moderation::decide(&side.ctx, &side.ada, "evil.example", Verdict::Block, "sends noise").await.unwrap();
    check(&side, &says(EVE, "Follow", format!("{VET}/community")), "blocked").await;
    check(&side, &says(EVE, "Like", format!("{VET}/audits/1")), "blocked").await;
    check(&side, &says("https://sub.evil.example/users/eve", "Like", format!("{VET}/audits/1")), "blocked").await;
    check(&side, &says(MALLOW, "Like", format!("{VET}/audits/1")), "applied").await;
}
