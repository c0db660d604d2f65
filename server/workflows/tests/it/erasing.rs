//! Erasing what was said, and confirming what was said before there was a domain.

use serde_json::{Value, json};
use vetmoot_domain::log::entry_of;
use vetmoot_domain::proof::{Check, Pin, verify_statement};
use vetmoot_domain::{Role, State};
use vetmoot_keys::KeyOwner;
use vetmoot_storage::events;
use vetmoot_storage::federation::activities::{self, NewActivity};
use vetmoot_storage::federation::statements;
use vetmoot_workflows::audit::{record, withdraw};
use vetmoot_workflows::policy::state::state_adopted;
use vetmoot_workflows::statement::{self, confirm, erase};
use vetmoot_workflows::{Ctx, Origin, log};

use crate::logs::with_domain;
use crate::world::{AUDITED, World, decision, full, on_both_databases};

on_both_databases! {
    an_erased_audit_leaves_its_digest_and_a_signed_note,
    only_the_author_or_a_steward_erases_and_only_once,
    what_was_posted_about_an_erased_audit_is_blank,
    an_audit_of_a_trial_is_erased_without_a_statement,
    members_confirm_what_they_said_before_there_was_a_domain,
    what_is_confirmed_is_what_was_said,
    policies_of_a_trial_are_stated_once_there_is_a_domain,
}

const RELEASE: &str = "pkg:cargo/mossy-lantern@1.1.0";
const SECRET: &str = "a sentence nobody should read again";

async fn said(ctx: &Ctx, who: &Origin) -> String {
    let form = vetmoot_domain::AuditForm { notes: SECRET.to_owned(), ..full(RELEASE) };
    record::record(ctx, who, &form).await.unwrap().id
}

fn uri(id: &str) -> String {
    format!("https://vet.example/audits/{id}/record")
}

async fn an_erased_audit_leaves_its_digest_and_a_signed_note(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    world.shelf(AUDITED).await;
    let ctx = with_domain(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let id = said(&ctx, &ada).await;
    assert_eq!(decision(&ctx, AUDITED, RELEASE).await.unwrap().state, State::Listed);
    let before = statement::by_uri(&ctx, &uri(&id)).await.unwrap();
    let row = erase::erase(&ctx, &ada, &id).await.unwrap();
    assert!(row.erased && row.audit.notes.is_empty() && row.audit.findings.is_empty());
    assert_ne!(decision(&ctx, AUDITED, RELEASE).await.unwrap().state, State::Listed, "it counts no more");
    let note: Value = serde_json::from_str(&row.record).unwrap();
    assert_eq!(note["type"], "Erasure");
    assert_eq!(note["attributedTo"], "https://vet.example/community");
    assert_eq!(note["object"], uri(&id));
    assert_eq!(note["digest"], format!("sha256:{}", hex::encode(before.digest)));
    let key = ctx.keys.public_multikey(&KeyOwner::new("community")).unwrap();
    assert!(matches!(verify_statement(&note, Pin::Key(&key)), Check::Valid(_)));
    let after = statement::by_uri(&ctx, &uri(&id)).await.unwrap();
    assert_eq!(
        (after.record, after.note.as_deref(), after.digest, after.leaf),
        (None, Some(row.record.as_str()), before.digest, Some(0))
    );
    // Its leaf stays and is still proven; the erasure is a leaf of its own.
    assert_eq!(log::inclusion(&ctx, &uri(&id)).await.unwrap().unwrap().index, 0);
    let all: Value = serde_json::from_str(&log::statements(&ctx, 0, 10).await.unwrap()).unwrap();
    assert_eq!(all["statements"], json!([{ "index": 0, "erased": note }, { "index": 1, "record": note }]));
    let erasure = statement::by_uri(&ctx, note["id"].as_str().unwrap()).await.unwrap();
    assert_eq!((erasure.digest, erasure.leaf), (entry_of(&note).unwrap(), Some(1)));
    let last = events::latest(&ctx.store.read(), None, 1).await.unwrap().remove(0);
    assert_eq!(last.topic.as_str(), "statement.erased.v1");
    assert_eq!(last.subject, [uri(&id), note["digest"].as_str().unwrap().to_owned()]);
    assert_eq!(log::export(&ctx, &id).await.unwrap_err().code, "erased");
    let everything = format!("{:?}", events::after(&ctx.store.read(), 0, 1_000).await.unwrap());
    assert!(!everything.contains(SECRET));
}

async fn only_the_author_or_a_steward_erases_and_only_once(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    let ctx = with_domain(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let ben = world.member("ben", &[Role::Auditor]).await;
    let eve = world.member("eve", &[Role::Steward]).await;
    let id = said(&ctx, &ada).await;
    assert_eq!(erase::erase(&ctx, &ben, &id).await.unwrap_err().code, "not-yours");
    withdraw::withdraw(&ctx, &ada, &id, "a mistake").await.unwrap();
    assert!(erase::erase(&ctx, &eve, &id).await.unwrap().erased, "a withdrawn one too");
    assert_eq!(erase::erase(&ctx, &ada, &id).await.unwrap_err().code, "already-erased");
    assert_eq!(erase::erase(&ctx, &ada, "none").await.unwrap_err().code, "unknown-audit");
    assert_eq!(statements::of_object(&ctx.store.read(), &uri(&id)).await.unwrap().len(), 2, "withdrawal and erasure");
}

async fn what_was_posted_about_an_erased_audit_is_blank(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    let ctx = with_domain(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let id = said(&ctx, &ada).await;
    let about = format!("/audits/{id}");
    let post = format!("https://vet.example{about}");
    let create =
        json!({ "id": "https://vet.example/activities/1", "type": "Create", "object": { "id": post, "content": SECRET } });
    let announce = json!({ "id": "https://vet.example/activities/2", "type": "Announce", "object": create });
    let tx = ctx.store.begin().await.unwrap();
    for body in [&create, &announce] {
        let new = NewActivity {
            uri: body["id"].as_str().unwrap(),
            actor: "/users/ada",
            kind: body["type"].as_str().unwrap(),
            object: &post,
            about: &about,
            body: &body.to_string(),
            lane: 1,
            public: true,
            event_seq: None,
            at: ctx.clock.now(),
        };
        activities::insert(&tx, &new).await.unwrap().unwrap();
    }
    tx.commit().await.unwrap();
    erase::erase(&ctx, &ada, &id).await.unwrap();
    let rows = activities::of_about(&ctx.store.read(), &about, 10).await.unwrap();
    let objects: Vec<Value> =
        rows.iter().map(|row| serde_json::from_str::<Value>(&row.body).unwrap()["object"].clone()).collect();
    assert_eq!(objects, [json!(post), json!("https://vet.example/activities/1")]);
}

async fn an_audit_of_a_trial_is_erased_without_a_statement(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    let ada = world.member("ada", &[Role::Auditor]).await;
    let id = said(&world.ctx, &ada).await;
    let row = erase::erase(&world.ctx, &ada, &id).await.unwrap();
    assert!(row.erased && !row.record.contains(SECRET));
    assert_eq!(statements::count(&world.ctx.store.read(), None).await.unwrap(), 0);
    let ctx = with_domain(&world).await;
    assert_eq!(confirm::confirm(&ctx, &ada).await.unwrap().published, 0, "what is erased is not published later");
}

async fn members_confirm_what_they_said_before_there_was_a_domain(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    let ada = world.member("ada", &[Role::Auditor]).await;
    let ben = world.member("ben", &[Role::Auditor]).await;
    for _ in 0..102 {
        said(&world.ctx, &ada).await;
    }
    let withdrawn = said(&world.ctx, &ada).await;
    withdraw::withdraw(&world.ctx, &ada, &withdrawn, "a mistake").await.unwrap();
    said(&world.ctx, &ben).await;
    assert_eq!(confirm::confirm(&world.ctx, &ada).await.unwrap_err().code, "no-federation");
    let ctx = with_domain(&world).await;
    assert_eq!(confirm::waiting(&ctx, &ada, 1_000).await.unwrap().len(), 102);
    let first = confirm::confirm(&ctx, &ada).await.unwrap();
    assert_eq!((first.published, first.more), (100, true));
    let second = confirm::confirm(&ctx, &ada).await.unwrap();
    assert_eq!((second.published, second.more), (2, false));
    assert_eq!(confirm::confirm(&ctx, &ada).await.unwrap().published, 0);
    assert_eq!(statements::count(&ctx.store.read(), None).await.unwrap(), 102, "ben's wait for ben");
    assert_eq!(confirm::confirm(&ctx, &Origin::Operator).await.unwrap_err().code, "audits-have-authors");
    assert!(!record::show(&ctx, &withdrawn).await.unwrap().proven);
}

async fn what_is_confirmed_is_what_was_said(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    let ada = world.member("ada", &[Role::Auditor]).await;
    let id = said(&world.ctx, &ada).await;
    let then: Value = serde_json::from_str(&record::show(&world.ctx, &id).await.unwrap().record).unwrap();
    world.turn("3d");
    let ctx = with_domain(&world).await;
    confirm::confirm(&ctx, &ada).await.unwrap();
    let row = record::show(&ctx, &id).await.unwrap();
    let mut now: Value = serde_json::from_str(&row.record).unwrap();
    let key = ctx.keys.public_multikey(&KeyOwner::new("users/ada")).unwrap();
    assert!(row.proven && matches!(verify_statement(&now, Pin::Key(&key)), Check::Valid(_)));
    let proof = now.as_object_mut().unwrap().remove("proof").unwrap();
    assert_eq!(proof["created"], ctx.clock.now().to_string(), "the proof is of today");
    for field in ["id", "attributedTo"] {
        now[field] = json!(now[field].as_str().unwrap().replace("vet.example", "trial.example"));
    }
    assert_eq!(now, then, "its words, time and salt are those of then");
    let told = events::latest(&ctx.store.read(), None, 1).await.unwrap().remove(0);
    assert_eq!((told.topic.as_str(), told.subject), ("audit.recorded.v1", vec![id]));
}

async fn policies_of_a_trial_are_stated_once_there_is_a_domain(world: World) {
    world.shelf(AUDITED).await;
    world.shelf("cooldown").await;
    assert_eq!(state_adopted(&world.ctx).await.unwrap(), 0);
    world.turn("1d");
    let ctx = with_domain(&world).await;
    assert_eq!(state_adopted(&ctx).await.unwrap(), 2);
    assert_eq!(state_adopted(&ctx).await.unwrap(), 0, "once");
    let row = statement::by_uri(&ctx, &format!("https://vet.example/policies/{AUDITED}/revisions/1/record")).await.unwrap();
    let record: Value = serde_json::from_str(row.record.as_deref().unwrap()).unwrap();
    assert!(matches!(verify_statement(&record, Pin::Nothing), Check::NotPinned(_)));
    assert_eq!(record["published"], crate::world::START.to_string(), "it is dated as it was adopted");
    assert_eq!(log::examine(&ctx).await.unwrap().unwrap(), log::Examined { size: 2, wrong: None });
}
