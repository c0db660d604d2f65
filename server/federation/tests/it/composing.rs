//! What is said because of what happens here.

use serde_json::{Value, json};
use vetmoot_domain::{Adoption, AuditForm, Role};
use vetmoot_tests::accept;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::advisory::{self, issue};
use vetmoot_workflows::audit::withdraw;
use vetmoot_workflows::policy::adopt::{self, Adopt};
use vetmoot_workflows::statement::erase;
use vetmoot_workflows::{Origin, actor};

use crate::pair::{RELEASE, Side, VET};
use crate::world::{World, full, on_both_databases};

on_both_databases! {
    an_audit_is_posted_by_its_author_and_passed_on_in_both_forms,
    what_was_composed_is_not_composed_again,
}

async fn an_audit_is_posted_by_its_author_and_passed_on_in_both_forms(world: World) {
    let side = Side::on(world, "vet.example").await;
    let row = side.records().await;
    let said = side.says().await;
    let lines: Vec<String> = said.iter().map(|row| format!("{} {} lane {}", row.actor, row.kind, row.lane)).collect();
    let package = "/packages/cargo.mossy-lantern Announce lane 1";
    assert_eq!(lines, ["/users/ada Create lane 1", "/community Announce lane 1", "/community Announce lane 1", package]);
    let bodies: Vec<Value> = said.iter().map(|row| serde_json::from_str(&row.body).unwrap()).collect();
    let post = &bodies[0]["object"];
    assert_eq!(post["id"], format!("{VET}/audits/{}", row.id));
    assert_eq!(post["audit"], serde_json::from_str::<Value>(&row.record).unwrap());
    let mut create = bodies[0].clone();
    create.as_object_mut().unwrap().shift_remove("@context");
    assert_eq!(bodies[1]["object"], create, "the community passes the Create on unchanged");
    assert_eq!(bodies[2]["object"], post["id"]);
    assert_eq!(bodies[2]["cc"], json!([format!("{VET}/community/followers"), format!("{VET}/users/ada")]));
}

async fn what_was_composed_is_not_composed_again(world: World) {
    let side = Side::on(world, "vet.example").await;
    side.records().await;
    assert_eq!(side.says().await.len(), 4);
    assert_eq!(side.says().await.len(), 0);
    assert_eq!(side.everything().await.len(), 4);
}

/// The text of a post as a person reads it, a line a paragraph.
pub fn text(post: &Value) -> String {
    let html = post["content"].as_str().unwrap();
    let (mut plain, mut inside) = (String::new(), false);
    for c in html.replace("</p><p>", "\n").replace("<br>", "\n  ").chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

async fn said_of(form: &AuditForm) -> (Side, String, String) {
    let side = Side::new("vet.example").await;
    let row = side.records_form(form).await;
    let said = side.says().await;
    let body: Value = serde_json::from_str(&said[0].body).unwrap();
    let shown = text(&body["object"]).replace(&row.id, "ID");
    (side, row.id, shown)
}

#[tokio::test]
async fn the_first_line_says_who_read_what_and_what_holds() {
    let form = AuditForm {
        notes: "No unsafe code.\nThe build script only reads the environment <and> says \"so\".".to_owned(),
        ..full(RELEASE)
    };
    let (_side, _, shown) = said_of(&form).await;
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn a_delta_says_what_it_was_compared_with() {
    let form = AuditForm {
        kind: "delta".to_owned(),
        from: Some("pkg:cargo/mossy-lantern@1.0.0".to_owned()),
        depth: Some("deep".to_owned()),
        criteria: vec!["safe-to-run".to_owned(), "safe-to-deploy".to_owned()],
        ..full(RELEASE)
    };
    let (_side, _, shown) = said_of(&form).await;
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn a_violation_says_which_versions_fail_and_passes_everything() {
    let form = AuditForm {
        kind: "violation".to_owned(),
        release: "pkg:cargo/mossy-lantern".to_owned(),
        range: Some("<1.1.0".to_owned()),
        depth: None,
        notes: "Writes outside of its folder.".to_owned(),
        ..full(RELEASE)
    };
    let (side, _, shown) = said_of(&form).await;
    insta::assert_snapshot!(shown);
    assert!(side.everything().await.iter().all(|row| row.lane == 0));
}

#[tokio::test]
async fn a_machine_and_a_self_audit_are_said_plainly() {
    let form = AuditForm {
        self_audit: true,
        machine: Some(vetmoot_domain::Machine { model: "lintbot 3".to_owned(), guided: false }),
        ..full(RELEASE)
    };
    let (_side, _, shown) = said_of(&form).await;
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn publisher_trust_does_not_pretend_to_have_read() {
    let form = AuditForm {
        kind: "publisher".to_owned(),
        release: "pkg:cargo/mossy-lantern".to_owned(),
        depth: None,
        publisher: Some(vetmoot_domain::audit::PublisherForm {
            user: "login:mallow".to_owned(),
            start: "2023-01-01".to_owned(),
            end: "2024-06-30".to_owned(),
        }),
        ..full(RELEASE)
    };
    let (_side, _, shown) = said_of(&form).await;
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn a_withdrawal_updates_the_post_and_replies_with_the_reason_ahead_of_everything() {
    let side = Side::new("vet.example").await;
    let row = side.records().await;
    let first = side.says().await;
    let created: Value = serde_json::from_str(&first[0].body).unwrap();
    side.world.turn("2h");
    withdraw::withdraw(&side.ctx, &side.ada, &row.id, "I read the wrong version.").await.unwrap();
    let said = side.says().await;
    let lines: Vec<String> = said.iter().map(|row| format!("{} {} lane {}", row.actor, row.kind, row.lane)).collect();
    insta::assert_snapshot!(lines.join("\n"));
    let update: Value = serde_json::from_str(&said[0].body).unwrap();
    let post = &update["object"];
    assert_eq!(post["published"], created["object"]["published"], "when it was first said does not change");
    assert!(post["updated"].as_str() > post["published"].as_str());
    assert_eq!(post["withdrawal"]["object"], post["audit"]["id"]);
    let reply: Value = serde_json::from_str(&said[1].body).unwrap();
    assert_eq!(reply["object"]["inReplyTo"], post["id"]);
    let shown = format!("{}\n\n{}", text(post), text(&reply["object"])).replace(&row.id, "ID");
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn a_package_passes_on_what_concerns_it() {
    let side = Side::new("vet.example").await;
    let row = side.records().await;
    let said = side.says().await;
    let last: Value = serde_json::from_str(&said.last().unwrap().body).unwrap();
    assert_eq!(last["actor"], format!("{VET}/packages/cargo.mossy-lantern"));
    assert_eq!(last["object"], format!("{VET}/audits/{}", row.id));
}

#[tokio::test]
async fn a_policy_says_its_revisions_itself() {
    let side = Side::new("vet.example").await;
    side.says().await;
    let adopt = |mode| {
        let bytes = adopt::from_shelf("safe-to-deploy").unwrap().as_bytes().to_vec();
        adopt::adopt(&side.ctx, &Origin::Operator, Adopt { slug: "deploy".parse().unwrap(), bytes, mode })
    };
    adopt(Adoption::Observe).await.unwrap();
    let first = side.says().await;
    let lines: Vec<String> = first.iter().map(|row| format!("{} {}", row.actor, row.kind)).collect();
    assert_eq!(lines, ["/policies/deploy Create", "/community Announce", "/community Announce"]);
    side.world.turn("1h");
    adopt(Adoption::Enforce).await.unwrap();
    let second = side.says().await;
    let lines: Vec<String> = second.iter().map(|row| format!("{} {}", row.actor, row.kind)).collect();
    assert_eq!(lines, ["/policies/deploy Create", "/community Announce", "/community Announce", "/policies/deploy Update"]);
    let body: Value = serde_json::from_str(&second[0].body).unwrap();
    assert_eq!(body["object"]["id"], format!("{VET}/policies/deploy/revisions/2"));
    assert_eq!(body["object"]["policyRevision"]["revision"], 2);
    insta::assert_snapshot!(text(&body["object"]));
    // The same again makes an event and no revision, so there is nothing to say.
    side.world.turn("1h");
    adopt(Adoption::Enforce).await.unwrap();
    assert_eq!(side.says().await.len(), 0);
}

#[tokio::test]
async fn a_rotated_key_is_said_with_the_document_that_shows_it() {
    let side = Side::new("vet.example").await;
    side.is_followed_by("https://social.example/users/mallow", "/users/ada").await;
    side.says().await;
    let before = side.everything().await.len();
    let ada = LocalActor::Person("ada".parse().unwrap());
    let rotated = actor::rotate(&side.ctx, &side.ada, &ada).await.unwrap();
    let said = side.says().await;
    assert_eq!(side.everything().await.len(), before + 1);
    let body: Value = serde_json::from_str(&said[0].body).unwrap();
    assert_eq!(body["type"], "Update");
    assert_eq!(body["object"]["publicKey"]["publicKeyPem"], rotated.keys.http.pem);
    assert_eq!(body["object"]["id"], format!("{VET}/users/ada"));
}

#[tokio::test]
async fn a_trial_says_nothing_and_neither_does_an_audit_from_its_time() {
    let world = World::sqlite().await;
    world.index.publish("mossy-lantern", "1.1.0", 90);
    let bob = world.member("bob", &[Role::Auditor]).await;
    world.record(&bob, &full(RELEASE)).await.unwrap();
    assert_eq!(vetmoot_federation::step::compose(&world.ctx).await.unwrap(), 0);
    let side = Side::on(world, "vet.example").await;
    assert_eq!(side.says().await.len(), 0);
}

#[tokio::test]
async fn an_erased_audit_is_deleted_everywhere_with_the_signed_note() {
    let side = Side::new("vet.example").await;
    let row = side.records().await;
    side.says().await;
    side.world.turn("1h");
    erase::erase(&side.ctx, &side.ada, &row.id).await.unwrap();
    let said = side.says().await;
    let lines: Vec<String> = said.iter().map(|row| format!("{} {} lane {}", row.actor, row.kind, row.lane)).collect();
    assert_eq!(lines, ["/users/ada Delete lane 0", "/community Announce lane 0"]);
    let delete: Value = serde_json::from_str(&said[0].body).unwrap();
    assert_eq!(delete["object"]["type"], "Tombstone");
    assert_eq!(delete["object"]["id"], format!("{VET}/audits/{}", row.id));
    assert_eq!(delete["object"]["erasure"]["object"], format!("{VET}/audits/{}/record", row.id));
    assert_eq!(delete["object"]["erasure"]["attributedTo"], format!("{VET}/community"));
}

#[tokio::test]
async fn every_server_takes_what_is_said() {
    let side = Side::new("vet.example").await;
    side.is_followed_by("https://social.example/users/mallow", "/community").await;
    side.records().await;
    let long = AuditForm {
        kind: "violation".to_owned(),
        release: "pkg:cargo/mossy-lantern".to_owned(),
        range: Some(format!("<1.1.0, >{}", "1".repeat(900))),
        notes: "long & <wide> ".repeat(400),
        ..full(RELEASE)
    };
    // A range nobody can read is refused where it is written; a long one that can is cut in the first line.
    let _ = vetmoot_workflows::audit::record::record(&side.ctx, &side.ada, &long).await;
    let row = side.records().await;
    withdraw::withdraw(&side.ctx, &side.ada, &row.id, &"because ".repeat(500)).await.unwrap();
    let warned = issue::issue(&side.ctx, &side.ada, &crate::fixtures::warning()).await.unwrap();
    advisory::withdraw::withdraw(&side.ctx, &side.ada, &warned.id, &"because ".repeat(500)).await.unwrap();
    side.world.shelf("safe-to-deploy").await;
    let bytes = adopt::from_shelf("safe-to-deploy").unwrap().as_bytes().to_vec();
    let policy = Adopt { slug: "deploy".parse().unwrap(), bytes, mode: Adoption::Enforce };
    adopt::adopt(&side.ctx, &Origin::Operator, policy).await.unwrap();
    let row = side.records().await;
    side.says().await;
    let mut everything = side.everything().await;
    // What was said about an erased audit is kept without its text, so it is looked at before.
    erase::erase(&side.ctx, &side.ada, &row.id).await.unwrap();
    everything.extend(side.says().await);
    let mut seen = std::collections::BTreeSet::new();
    for said in everything {
        let body: Value = serde_json::from_str(&said.body).unwrap();
        let object = &body["object"];
        seen.insert(format!("{} {}", said.kind, object["type"].as_str().unwrap_or("address")));
        let faults = accept::activity_faults(&body);
        assert_eq!(faults, [""; 0], "{} {body:#}", said.kind);
        if object["type"] == "Note" {
            let mut note = object.clone();
            note["@context"] = body["@context"].clone();
            assert_eq!(accept::note_faults(&note), [""; 0], "{note:#}");
        }
    }
    let kinds: Vec<&str> = seen.iter().map(String::as_str).collect();
    assert_eq!(
        kinds,
        [
            "Accept Follow",
            "Announce Create",
            "Announce Delete",
            "Announce Update",
            "Announce address",
            "Create Note",
            "Delete Tombstone",
            "Update Note"
        ]
    );
}
