//! Retiring keys: the public halves stay with their times, the private ones go.

use std::fs;

use serde_json::{Value, json};
use vetmoot_domain::proof::verify;

use super::{ada, at, key_file, keyring};
use crate::{KeyOwner, PublicKey, Purpose};

const NOW: &str = "2026-11-20T10:00:00Z";

#[test]
fn a_retired_key_stays_public_with_its_time_and_loses_its_private_half() {
    let (dir, keyring) = keyring();
    let first = keyring.ensure(&ada(), Purpose::Statement, at("2026-11-20T10:00:00Z")).unwrap();
    let second = keyring.rotate(&ada(), Purpose::Statement, at("2027-11-20T10:00:00Z")).unwrap();
    assert_ne!(first.public, second.public);
    let all = keyring.public_keys(&ada()).unwrap();
    let times: Vec<_> =
        all.iter().map(|key| (key.serial, key.from.to_string(), key.until.map(|until| until.to_string()))).collect();
    assert_eq!(
        times,
        [
            (1, "2026-11-20T10:00:00Z".to_owned(), Some("2027-11-20T10:00:00Z".to_owned())),
            (2, "2027-11-20T10:00:00Z".to_owned(), None),
        ]
    );
    assert_eq!((all[0].is_current(), &all[0].public), (false, &first.public));
    let stored: Value = serde_json::from_slice(&fs::read(key_file(dir.path())).unwrap()).unwrap();
    assert_eq!((&stored["keys"][0]["secret"], stored["keys"][1]["secret"].is_object()), (&Value::Null, true));
}

#[test]
fn after_a_rotation_the_new_key_signs_and_old_proofs_still_stand() {
    let (_dir, keyring) = keyring();
    let now = at(NOW);
    keyring.ensure(&ada(), Purpose::Statement, now).unwrap();
    let old_key = keyring.public_multikey(&ada()).unwrap();
    let old = keyring.sign_statement(&ada(), &json!({"id": "a"}), "https://a.example/#1", NOW).unwrap();
    keyring.rotate(&ada(), Purpose::Statement, now).unwrap();
    let new_key = keyring.public_multikey(&ada()).unwrap();
    let new = keyring.sign_statement(&ada(), &json!({"id": "a"}), "https://a.example/#2", NOW).unwrap();
    verify(&old, &old_key).unwrap();
    verify(&new, &new_key).unwrap();
    assert!(verify(&new, &old_key).is_err() && verify(&old, &new_key).is_err());
}

#[test]
fn purposes_and_owners_are_apart() {
    let (_dir, keyring) = keyring();
    let now = at(NOW);
    let statement = keyring.ensure(&ada(), Purpose::Statement, now).unwrap();
    let message = keyring.ensure(&ada(), Purpose::HttpMessage, now).unwrap();
    assert_eq!((statement.serial, message.serial), (1, 2));
    assert!(matches!(&message.public, PublicKey::Rsa(pem) if pem.starts_with("-----BEGIN PUBLIC KEY-----\n")));
    keyring.rotate(&ada(), Purpose::HttpMessage, now).unwrap();
    assert_eq!(PublicKey::Ed25519(keyring.public_multikey(&ada()).unwrap()), statement.public);
    let eve = KeyOwner::new("users/eve");
    assert_eq!(keyring.public_keys(&eve).unwrap(), []);
    assert_ne!(keyring.ensure(&eve, Purpose::Statement, now).unwrap().public, statement.public);
}

#[test]
fn nobody_signs_without_a_key_and_nothing_is_retired_that_is_not_there() {
    let (_dir, keyring) = keyring();
    let now = at(NOW);
    let sign = || keyring.sign_statement(&ada(), &json!({}), "https://a.example/#k", NOW);
    assert_eq!(sign().unwrap_err().code(), "no-key");
    assert_eq!(keyring.sign_rsa_sha256(&ada(), b"x").unwrap_err().code(), "no-key");
    assert_eq!(keyring.public_multikey(&ada()).unwrap_err().code(), "no-key");
    assert_eq!(
        keyring.rotate(&ada(), Purpose::Statement, now).unwrap_err().to_string(),
        "users/ada has no key for this purpose yet"
    );
    keyring.ensure(&ada(), Purpose::HttpMessage, now).unwrap();
    assert_eq!(sign().unwrap_err().code(), "no-key");
}

#[test]
fn a_clock_set_back_ends_no_key_before_it_began() {
    let (_dir, keyring) = keyring();
    keyring.ensure(&ada(), Purpose::Statement, at("2026-11-20T10:00:00Z")).unwrap();
    keyring.rotate(&ada(), Purpose::Statement, at("2020-01-01T00:00:00Z")).unwrap();
    assert_eq!(keyring.public_keys(&ada()).unwrap()[0].until, Some(at("2026-11-20T10:00:00Z")));
}

#[test]
fn what_cannot_carry_a_proof_is_not_signed() {
    let (_dir, keyring) = keyring();
    let now = at(NOW);
    keyring.ensure(&ada(), Purpose::Statement, now).unwrap();
    for document in [json!([]), json!({"proof": {}}), json!({"n": u64::MAX})] {
        let error = keyring.sign_statement(&ada(), &document, "https://a.example/#k", NOW).unwrap_err();
        assert_eq!(error.code(), "unsignable", "{document}");
    }
    let error = keyring.sign_statement(&ada(), &json!({}), "", NOW).unwrap_err();
    assert_eq!(error.code(), "unsignable");
}
