//! `vetmoot verify`.

use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use vetmoot_domain::proof::{Multikey, signing_input};

use crate::world::World;

pub fn key() -> (SigningKey, String) {
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = Multikey::from_bytes(key.verifying_key().as_bytes()).unwrap().to_string();
    (key, public)
}

/// A signed statement of an instance, its key named by what stands behind the hash sign.
pub fn statement(fragment: &str) -> Value {
    let (key, _) = key();
    let mut statement = json!({ "id": "https://moot.example/audits/1", "type": "Audit", "content": "read" });
    let mut config = json!({ "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod",
        "verificationMethod": format!("https://moot.example/users/ada#{fragment}"), "created": "2026-11-01T10:00:00Z" });
    let input = signing_input(&statement, config.as_object().unwrap()).unwrap();
    config["proofValue"] = json!(format!("z{}", bs58::encode(key.sign(&input).to_bytes()).into_string()));
    statement["proof"] = config;
    statement
}

#[test]
fn a_proof_under_a_named_key_is_valid_and_under_another_is_not() {
    let (_, public) = key();
    let world = World::new();
    world.write("audit.json", &statement(&public).to_string());
    world.check(
        &format!("verify audit.json --key {public}"),
        0,
        &format!("https://moot.example/audits/1 is valid: signed by {public}, made 2026-11-01T10:00:00Z."),
    );
    let other = Multikey::from_bytes(SigningKey::from_bytes(&[8; 32]).verifying_key().as_bytes()).unwrap();
    let run = world.run(&format!("verify audit.json --key {other}"));
    assert_eq!(run.code, 4);
    assert!(run.stdout.contains("is not valid: the signature does not fit"), "{}", run.stdout);
}

#[test]
fn a_key_nobody_named_is_undecided() {
    let (_, public) = key();
    let world = World::new();
    world.write("audit.json", &statement(&public).to_string());
    let run = world.run("verify audit.json --format json");
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((answer["verdict"].as_str(), run.code), (Some("not-pinned"), 3));
    world.write("audit.json", &statement("main-key").to_string());
    let run = world.run("verify audit.json");
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("names the key https://moot.example/users/ada#main-key by address alone"), "{}", run.stdout);
}

#[test]
fn the_keys_of_a_named_actor_count() {
    let (_, public) = key();
    let world = World::new();
    world.write("audit.json", &statement("main-key").to_string());
    let actor = |method: &str| {
        json!({ "id": "https://moot.example/users/ada", "assertionMethod": [{ "id": format!("https://moot.example/users/ada#{method}"),
            "type": "Multikey", "controller": "https://moot.example/users/ada", "publicKeyMultibase": public }] })
    };
    world.write("ada.json", &actor("main-key").to_string());
    assert_eq!(world.run("verify audit.json --actor ada.json").code, 0);
    world.write("ada.json", &actor("other-key").to_string());
    assert_eq!(world.run("verify audit.json --actor ada.json").code, 4);
}

#[test]
fn a_changed_statement_is_found_out() {
    let (_, public) = key();
    let world = World::new();
    world.write("audit.json", &statement(&public).to_string().replace("read", "skimmed"));
    assert_eq!(world.run(&format!("verify audit.json --key {public}")).code, 4);
    let mut bare = statement(&public);
    bare.as_object_mut().unwrap().remove("proof");
    world.write("audit.json", &bare.to_string());
    assert_eq!(world.run(&format!("verify audit.json --key {public}")).code, 4);
}

#[test]
fn what_is_no_statement_is_usage() {
    let world = World::new();
    world.write("audit.json", "{\"id\": 1,");
    world.fails("verify audit.json", 2, "not readable JSON");
    world.fails("verify audit.json --key abc", 2, "`abc` is not an Ed25519 multikey");
}
