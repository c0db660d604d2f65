//! The fixtures docs/FEDERATION.md speaks of: what is received is understood as it says, what is sent is what they hold.

use std::path::{Path, PathBuf};

use serde_json::Value;
use vetmoot_workflows::actor::{self, LocalActor};
use vetmoot_workflows::advisory::{AdvisoryForm, RangeForm, issue};
use vetmoot_workflows::audit::withdraw;
use vetmoot_workflows::follow;
use vetmoot_workflows::policy::adopt::{self, Adopt};
use vetmoot_workflows::statement::erase;

use crate::pair::{Side, VET, code};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/activities")
}

fn received(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder().join(name)).unwrap()).unwrap()
}

/// Every fixture of something received, in an order that makes sense, with what becomes of it.
const RECEIVED: &[(&str, &str)] = &[
    ("follow/fixtures/received-from-mastodon.json", "applied"),
    ("follow/fixtures/received-from-lemmy.json", "applied"),
    ("update/fixtures/received-actor.json", "applied"),
    ("create/fixtures/received-comment.json", "unknown: Create of Note"),
    ("announce/fixtures/received-boost.json", "unknown: Announce of a post of ours"),
    ("like/fixtures/received.json", "applied"),
    ("undo/fixtures/received-follow.json", "applied"),
    ("undo/fixtures/received-bare.json", "undo-of-nothing"),
    ("follow/fixtures/received-from-mastodon.json", "applied"),
    ("undo/fixtures/received-bare.json", "applied"),
    ("follow/fixtures/received-from-mastodon.json", "applied"),
    ("block/fixtures/received.json", "applied"),
    ("delete/fixtures/received-post.json", "already-seen"),
    ("delete/fixtures/received-actor.json", "already-seen"),
    ("accept/fixtures/received.json", "no-open-follow"),
    ("reject/fixtures/received.json", "no-open-follow"),
    ("move/fixtures/received.json", "already-seen"),
    ("quote_request/fixtures/received.json", "unknown-statement"),
];

#[tokio::test]
async fn every_received_fixture_is_understood_as_documented() {
    let side = Side::new("vet.example").await;
    side.elsewhere.actor("https://social.example/users/mallow", "Person");
    side.elsewhere.actor("https://threads.example/u/mallow", "Person");
    for (name, expected) in RECEIVED {
        assert_eq!(code(&side.hears(&received(name)).await), *expected, "{name}");
    }
    let named: Vec<&str> = RECEIVED.iter().map(|(name, _)| *name).collect();
    for verb in std::fs::read_dir(folder()).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        for fixture in std::fs::read_dir(verb.path().join("fixtures")).unwrap().flatten() {
            let name = format!("{}/fixtures/{}", verb.file_name().display(), fixture.file_name().display());
            assert!(!name.contains("/received") || named.contains(&name.as_str()), "{name} is tested");
        }
    }
}

/// An advisory that uses everything a form has.
pub fn warning() -> AdvisoryForm {
    let range = RangeForm { introduced: "0".to_owned(), fixed: Some("1.1.0".to_owned()), last_affected: None };
    AdvisoryForm {
        package: "pkg:cargo/mossy-lantern".to_owned(),
        kind: "vulnerability".to_owned(),
        summary: "A wick of no length is read past its end.".to_owned(),
        details: "long & <wide> ".repeat(400),
        cvss: Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".to_owned()),
        aliases: vec!["CVE-2026-0001".to_owned()],
        affected: vec![range],
        versions: vec!["2.0.0".to_owned()],
        references: vec!["https://code.example/mossy-lantern/issues/7".to_owned()],
        ..AdvisoryForm::default()
    }
}

/// What differs from run to run, replaced.
fn settled(body: &str, id: &str) -> String {
    let mut body: Value = serde_json::from_str(&body.replace(id, "00000000000000000000000000000001")).unwrap();
    // The context is the same for all and tested where it is made.
    body.as_object_mut().unwrap().shift_remove("@context");
    settle(&mut body);
    format!("{}\n", serde_json::to_string_pretty(&body).unwrap())
}

fn settle(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (name, value) in object.iter_mut() {
                match (name.as_str(), &value) {
                    (
                        "salt" | "digest" | "sha256" | "sha512" | "proofValue" | "publicKeyPem" | "publicKeyMultibase",
                        Value::String(_),
                    ) => {
                        *value = Value::from("...");
                    }
                    ("policy", Value::String(pinned)) => {
                        *value = Value::from(format!("{}@...", pinned.split('@').next().unwrap()));
                    }
                    ("verificationMethod", Value::String(method)) => {
                        *value = Value::from(format!("{}#...", method.split('#').next().unwrap()));
                    }
                    // The ecosystem goes under the name of its index, which nothing here spells out.
                    ("osv", Value::String(text)) => {
                        let mut osv: Value = serde_json::from_str(text).unwrap();
                        osv["affected"][0]["package"]["ecosystem"] = Value::from("...");
                        *value = Value::from(osv.to_string());
                    }
                    (_, Value::String(address)) if address.starts_with(&format!("{VET}/activities/")) => {
                        *value = Value::from(format!("{VET}/activities/..."));
                    }
                    ("assertionMethod", Value::Array(keys)) if keys.len() == 1 => {
                        let id = keys[0]["id"].as_str().unwrap().split('#').next().unwrap().to_owned();
                        value[0]["id"] = Value::from(format!("{id}#..."));
                        settle(value);
                    }
                    _ => settle(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(settle),
        _ => {}
    }
}

/// Compares with a fixture; `VETMOOT_WRITE_FIXTURES=1` writes it instead.
fn compare(name: &str, text: &str) {
    let path = folder().join(name);
    if std::env::var_os("VETMOOT_WRITE_FIXTURES").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, text, "{name}; VETMOOT_WRITE_FIXTURES=1 writes it anew");
}

#[tokio::test]
async fn what_is_sent_is_what_the_fixtures_hold() {
    let side = Side::new("vet.example").await;
    let row = side.records().await;
    let said = side.says().await;
    compare("create/fixtures/sent-audit.json", &settled(&said[0].body, &row.id));
    compare("announce/fixtures/sent-whole.json", &settled(&said[1].body, &row.id));
    compare("announce/fixtures/sent-address.json", &settled(&said[2].body, &row.id));
    side.world.turn("1h");
    withdraw::withdraw(&side.ctx, &side.ada, &row.id, "I read the wrong version.").await.unwrap();
    let said = side.says().await;
    compare("update/fixtures/sent-withdrawn.json", &settled(&said[0].body, &row.id));
    compare("create/fixtures/sent-withdrawal.json", &settled(&said[1].body, &row.id));
    erase::erase(&side.ctx, &side.ada, &row.id).await.unwrap();
    let said = side.says().await;
    compare("delete/fixtures/sent-erased.json", &settled(&said[0].body, &row.id));
    let warned = issue::issue(&side.ctx, &side.ada, &warning()).await.unwrap();
    let said = side.says().await;
    let body = said[0].body.replace(&warned.id, "00000000000000000000000000000001").replace(&warned.id[..16], "1");
    compare("create/fixtures/sent-advisory.json", &settled(&body, &row.id));
    let bytes = adopt::from_shelf("cooldown").unwrap().as_bytes().to_vec();
    let policy = Adopt { slug: "week".parse().unwrap(), bytes, mode: vetmoot_domain::Adoption::Enforce };
    adopt::adopt(&side.ctx, &vetmoot_workflows::Origin::Operator, policy).await.unwrap();
    let said = side.says().await;
    let mut revision: Value = serde_json::from_str(&said[0].body).unwrap();
    revision["object"]["policyRevision"]["document"] = Value::from("...");
    compare("create/fixtures/sent-revision.json", &settled(&revision.to_string(), &row.id));
    let found = crate::candidates::handed_in(&side, "1.2.0").await;
    let id = found.row.id.as_str();
    compare("create/fixtures/sent-candidate.json", &settled(&side.says().await[0].body, id));
    crate::candidates::arrives(&side, &found).await;
    compare("create/fixtures/sent-release.json", &settled(&side.says().await[0].body, id));
    crate::candidates::alarms(&side, &found).await;
    compare("create/fixtures/sent-alarm.json", &settled(&side.says().await[0].body, id));
    side.is_followed_by("https://social.example/users/mallow", "/community").await;
    let accept = side.everything().await.pop().unwrap();
    compare("accept/fixtures/sent.json", &settled(&accept.body, &row.id));
    let ada = LocalActor::Person("ada".parse().unwrap());
    actor::rotate(&side.ctx, &side.ada, &ada).await.unwrap();
    let said = side.says().await;
    let mut update: Value = serde_json::from_str(&said[0].body).unwrap();
    // One key is like the other.
    update["object"]["assertionMethod"].as_array_mut().unwrap().truncate(1);
    compare("update/fixtures/sent-actor.json", &settled(&update.to_string(), &row.id));
    let moss = "https://moss.example/community";
    side.elsewhere.actor(moss, "Group");
    follow::request(&side.ctx, &side.ada, moss).await.unwrap();
    let asked = side.everything().await.pop().unwrap();
    compare("follow/fixtures/sent.json", &settled(&asked.body, &row.id));
    follow::end(&side.ctx, &side.ada, moss).await.unwrap();
    let undone = side.everything().await.pop().unwrap();
    compare("undo/fixtures/sent-follow.json", &settled(&undone.body, &row.id));
}
