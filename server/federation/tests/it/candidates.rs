//! Candidates as others hear of them: handed in, released and by whom, an alarm; followed, they are shown and weigh nothing.

use serde_json::{Value, json};
use vetmoot_domain::event::Topic;
use vetmoot_domain::{CandidateId, Digests, Home, Role};
use vetmoot_federation::objects::note;
use vetmoot_storage::events;
use vetmoot_tests::accept;
use vetmoot_tests::upstream::archive;
use vetmoot_workflows::audit::list;
use vetmoot_workflows::inbox::Outcome;
use vetmoot_workflows::policy::adopt::{self, Adopt};
use vetmoot_workflows::statement::{self, OF_CANDIDATES};
use vetmoot_workflows::submission::hand_in::{self, Handed, Uploader};
use vetmoot_workflows::submission::statements::{self, Waived};
use vetmoot_workflows::submission::{Candidate, FileKind, candidate};
use vetmoot_workflows::{Ctx, Origin};

use crate::composing::text;
use crate::discovery::json_of;
use crate::pair::{MOSS, Side, VET, code};
use crate::world::{World, on_both_databases};

on_both_databases! {
    a_candidate_is_posted_by_its_uploader_and_passed_on,
    a_release_replies_to_its_candidate_and_names_what_was_waived,
    an_alarm_is_said_by_the_package_ahead_of_everything,
    a_followed_communitys_candidates_are_kept_and_weigh_nothing,
}

const PACKAGE: &str = "pkg:cargo/mossy-lantern";

/// Hands a release in as ada, with a clean outbox before it; answers what was kept.
pub async fn handed_in(side: &Side, version: &str) -> Candidate {
    let policy = adopt::from_shelf("safe-to-deploy").unwrap().as_bytes().to_vec();
    let policy = Adopt { slug: "cooldown".parse().unwrap(), bytes: policy, mode: vetmoot_domain::Adoption::Enforce };
    adopt::adopt(&side.ctx, &Origin::Operator, policy).await.unwrap();
    side.says().await;
    let Origin::Member { id, name, roles } = &side.ada else { panic!("ada is a member") };
    let uploader = Uploader {
        user_id: *id,
        name: name.clone(),
        roles: roles.clone(),
        project: None,
        program: None,
        others: Vec::new(),
        token: None,
    };
    let package = PACKAGE.parse().unwrap();
    let permit = hand_in::permit(&side.ctx, &uploader, &package).await.unwrap();
    let handed = crate_file(&side.ctx, version).await;
    let receipt = hand_in::hand_in(&side.ctx, &uploader, &permit, handed).await.unwrap();
    candidate::show(&side.ctx, &receipt.candidate).await.unwrap()
}

async fn crate_file(ctx: &Ctx, version: &str) -> Handed {
    let root = format!("mossy-lantern-{version}");
    let manifest = format!(
        "[package]\nname = \"mossy-lantern\"\nversion = \"{version}\"\nedition = \"2021\"\ndescription = \"made up\"\nlicense = \"MIT\"\n"
    );
    let (manifest_path, code_path) = (format!("{root}/Cargo.toml"), format!("{root}/src/lib.rs"));
    let bytes = archive::tar_gz(&[(&manifest_path, &manifest), (&code_path, "//! Made up.\n")]);
    let mut writer = ctx.blobs.writer().await.unwrap();
    writer.write(bytes::Bytes::from(bytes)).await.unwrap();
    let publish = json!({
        "name": "mossy-lantern", "vers": version, "deps": [], "features": {}, "authors": [], "description": "made up",
        "documentation": null, "homepage": null, "readme": null, "readme_file": null, "keywords": [], "categories": [],
        "license": "MIT", "license_file": null, "repository": null, "badges": {}, "links": null,
    });
    Handed {
        version: version.parse().unwrap(),
        file_name: format!("{root}.crate"),
        kind: FileKind::Crate,
        stored: writer.commit(&Digests::default(), None).await.unwrap(),
        metadata: json!({ "line": { "name": "mossy-lantern", "vers": version, "deps": [], "features": {} }, "publish": publish }),
        attestations: None,
        whole: true,
    }
}

/// Says that it arrived, as the release worker does at the end.
pub async fn arrives(side: &Side, found: &Candidate) {
    side.world.member("bob", &[Role::Lead]).await;
    let waived = Waived { name: "ci".to_owned(), by: "bob".parse().unwrap(), reason: "The runner is <away>.".to_owned() };
    let tx = side.ctx.store.begin().await.unwrap();
    statements::released(&side.ctx, &tx, &found.row, &found.files, &"bob".parse().unwrap(), Home::Official, &[waived])
        .await
        .unwrap();
    let subject = [found.row.id.to_string(), "released".to_owned()];
    events::append(&tx, Topic::CandidateReleased, &subject, Some("bob"), side.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Says that the index serves other bytes.
pub async fn alarms(side: &Side, found: &Candidate) {
    let seen = Digests { sha256: Some([7; 32]), sha512: None };
    let tx = side.ctx.store.begin().await.unwrap();
    statements::mismatched(&side.ctx, &tx, &found.row, &found.files[0], &seen).await.unwrap();
    events::append(&tx, Topic::ReleaseMismatched, &[found.row.id.to_string()], None, side.now()).await.unwrap();
    tx.commit().await.unwrap();
}

fn lines(said: &[vetmoot_storage::federation::activities::ActivityRow]) -> Vec<String> {
    said.iter().map(|row| format!("{} {} lane {}", row.actor, row.kind, row.lane)).collect()
}

fn post(said: &[vetmoot_storage::federation::activities::ActivityRow]) -> Value {
    let create: Value = serde_json::from_str(&said[0].body).unwrap();
    assert_eq!(accept::activity_faults(&create), Vec::<String>::new());
    assert_eq!(accept::note_faults(&create["object"]), Vec::<String>::new());
    for passed in &said[1..] {
        let passed: Value = serde_json::from_str(&passed.body).unwrap();
        assert_eq!(accept::activity_faults(&passed), Vec::<String>::new());
    }
    create["object"].clone()
}

fn plain(post: &Value, id: &CandidateId) -> String {
    text(post).replace(id.as_str(), "ID")
}

async fn a_candidate_is_posted_by_its_uploader_and_passed_on(world: World) {
    let side = Side::on(world, "vet.example").await;
    let found = handed_in(&side, "1.2.0").await;
    let said = side.says().await;
    let package = "/packages/cargo.mossy-lantern Announce lane 1";
    assert_eq!(lines(&said), ["/users/ada Create lane 1", "/community Announce lane 1", "/community Announce lane 1", package]);
    let post = post(&said);
    let id = &found.row.id;
    assert_eq!(post["id"], format!("{VET}/candidates/{id}"));
    assert_eq!(post["context"], format!("{VET}/contexts/cargo.mossy-lantern/1.2.0"));
    let record = &post["candidate"];
    assert_eq!((&record["type"], &record["salt"]), (&json!("Candidate"), &json!(found.row.salt)));
    assert_eq!(record["release"], "pkg:cargo/mossy-lantern@1.2.0");
    let sha256 = found.files[0].digests.sha256.unwrap();
    assert_eq!(record["files"][0]["digests"]["sha256"], hex::encode(sha256));
    assert!(record["policy"].as_str().unwrap().starts_with("cooldown@sha256:"), "{record}");
    assert_eq!(
        plain(&post, id),
        "ada handed in mossy-lantern 1.2.0 (cargo, 1 file) to be vetted under cooldown\n\
         mossy-lantern-1.2.0.crate. Somebody else than ada releases it, once the policy has what it asks for.\n\
         vet.example/candidates/ID #mossy_lantern #VetmootRelease"
    );
    assert_eq!(side.says().await.len(), 0, "it is said once");
}

async fn a_release_replies_to_its_candidate_and_names_what_was_waived(world: World) {
    let side = Side::on(world, "vet.example").await;
    let found = handed_in(&side, "1.2.0").await;
    side.says().await;
    arrives(&side, &found).await;
    let said = side.says().await;
    assert_eq!(lines(&said)[0], "/users/bob Create lane 1");
    let (post, id) = (post(&said), &found.row.id);
    assert_eq!(post["id"], format!("{VET}/candidates/{id}/release"));
    assert_eq!(post["inReplyTo"], format!("{VET}/candidates/{id}"));
    assert_eq!(post["released"]["object"], format!("{VET}/candidates/{id}/record"));
    assert_eq!(post["released"]["waived"][0]["by"], format!("{VET}/users/bob"));
    assert_ne!(post["released"]["salt"], json!(found.row.salt), "a salt that is out guards nothing any more");
    assert_eq!(
        plain(&post, id),
        "bob released mossy-lantern 1.2.0 (cargo) to the official index: the bytes that were vetted, handed in by ada\n\
         mossy-lantern-1.2.0.crate.\n\
         Waived: ci (bob: The runner is <away>.)\n\
         vet.example/candidates/ID #mossy_lantern #VetmootRelease"
    );
}

async fn an_alarm_is_said_by_the_package_ahead_of_everything(world: World) {
    let side = Side::on(world, "vet.example").await;
    let found = handed_in(&side, "1.2.0").await;
    side.says().await;
    alarms(&side, &found).await;
    let said = side.says().await;
    // What the package says itself it need not pass on.
    assert_eq!(
        lines(&said),
        ["/packages/cargo.mossy-lantern Create lane 0", "/community Announce lane 0", "/community Announce lane 0"]
    );
    let (post, id) = (post(&said), &found.row.id);
    let vetted = hex::encode(found.files[0].digests.sha256.unwrap());
    assert_eq!(
        plain(&post, id).replace(&vetted, "VETTED").replace(&"07".repeat(32), "SEEN"),
        "ALARM: the official index serves other bytes of mossy-lantern 1.2.0 (cargo) than those that were vetted\n\
         mossy-lantern-1.2.0.crate was vetted as sha256 VETTED and is served as sha256 SEEN. Do not install it until \
         Vetmoot says what happened.\n\
         vet.example/candidates/ID #mossy_lantern #VetmootRelease"
    );
    // One candidate has one alarm, however often the index is looked at.
    let before = side.everything().await.len();
    alarms(&side, &found).await;
    side.says().await;
    assert_eq!(side.everything().await.len(), before);
}

#[actix_web::test]
async fn every_post_and_every_record_of_a_candidate_is_at_its_address() {
    let side = Side::new("vet.example").await;
    let found = handed_in(&side, "1.2.0").await;
    arrives(&side, &found).await;
    alarms(&side, &found).await;
    let mut posts = Vec::new();
    for row in side.says().await.into_iter().filter(|row| row.kind == "Create") {
        let said: Value = serde_json::from_str(&row.body).unwrap();
        let post = &said["object"];
        let path = post["id"].as_str().unwrap().strip_prefix(VET).unwrap().to_owned();
        let mut shown = json_of(&side.ctx, &path).await;
        shown.as_object_mut().unwrap().shift_remove("@context");
        assert_eq!(&shown, post, "{path} is what was said");
        let property = ["candidate", "released", "releaseAlarm"].into_iter().find(|one| post.get(one).is_some()).unwrap();
        assert_eq!(json_of(&side.ctx, &format!("{path}/record")).await, post[property]);
        posts.push(post["id"].clone());
    }
    assert_eq!(posts.len(), 3);
    let conversation = json_of(&side.ctx, "/contexts/cargo.mossy-lantern/1.2.0").await;
    assert_eq!(conversation["orderedItems"], json!(posts), "oldest first");
}

#[tokio::test]
async fn a_trial_hands_in_and_says_nothing() {
    let world = World::sqlite().await;
    world.index.publish("mossy-lantern", "1.0.0", 120);
    let ctx = world.another(&crate::world::Setup::default()).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let side = Side { elsewhere: std::sync::Arc::default(), ctx, ada, world };
    let found = handed_in(&side, "1.2.0").await;
    arrives(&side, &found).await;
    alarms(&side, &found).await;
    assert_eq!(side.says().await.len(), 0);
    let kept = statement::of_package(&side.ctx, &found.row.package, &OF_CANDIDATES, 10).await.unwrap();
    assert_eq!(kept.len(), 0);
}

#[tokio::test]
async fn a_record_that_is_none_of_ours_makes_no_post() {
    let side = Side::new("vet.example").await;
    for record in [json!({}), json!({ "id": format!("{MOSS}/candidates/x/record"), "attributedTo": format!("{MOSS}/users/a") })]
    {
        assert!(note::staged(&side.ctx, &record, "2026-11-21T10:00:00Z").is_err());
        assert!(note::released(&side.ctx, &record, None, "2026-11-21T10:00:00Z").is_err());
        assert!(note::alarm(&side.ctx, &record, "2026-11-21T10:00:00Z").is_err());
    }
}

async fn a_followed_communitys_candidates_are_kept_and_weigh_nothing(world: World) {
    let (vet, moss) = crate::receiving::following(world).await;
    let found = handed_in(&moss, "1.2.0").await;
    arrives(&moss, &found).await;
    alarms(&moss, &found).await;
    let mut heard = Vec::new();
    // What the package passes on by itself comes from no community; what it says itself is passed on by its own.
    for row in moss.says().await.into_iter().filter(|row| row.actor == "/community" || row.kind == "Create") {
        heard.push(code(&vet.hears(&serde_json::from_str(&row.body).unwrap()).await));
    }
    assert!(heard.iter().filter(|word| *word == "applied").count() >= 3, "{heard:?}");
    assert!(heard.iter().all(|word| matches!(word.as_str(), "applied" | "already-seen")), "{heard:?}");
    let kept = statement::of_package(&vet.ctx, &found.row.package, &OF_CANDIDATES, 10).await.unwrap();
    let mut kinds: Vec<&str> = kept.iter().map(|row| row.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["Candidate", "Release", "ReleaseAlarm"]);
    assert_eq!(list::about(&vet.ctx, &found.row.package).await.unwrap().testimonies.len(), 0, "they weigh nothing");
    // Somebody else's record under their id is not believed.
    let mut forged: Value = serde_json::from_str(&moss.everything().await[0].body).unwrap();
    for row in moss.everything().await {
        let body: Value = serde_json::from_str(&row.body).unwrap();
        if body["object"]["candidate"].is_object() {
            forged = body;
            break;
        }
    }
    forged["object"]["candidate"]["release"] = json!("pkg:cargo/mossy-lantern@9.9.9");
    assert!(matches!(vet.hears(&forged).await, Outcome::Refused { .. }));
}
