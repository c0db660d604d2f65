//! Statements against a pinned key, a pinned actor, or nothing.

use serde_json::{Value, json};

use super::super::{Check, Multikey, Pin, actor_keys, verify_statement};
use super::{config, public, sign, signer, statement};

fn word(check: &Check) -> &'static str {
    match check {
        Check::Valid(_) => "valid",
        Check::NotPinned(_) => "not pinned",
        Check::KeyUnknown(_) => "key unknown",
        Check::Invalid(error) => error.code(),
    }
}

fn actor(key: &Multikey) -> Value {
    json!({
        "id": "https://moot.example/users/ada",
        "type": "Person",
        "assertionMethod": [
            "https://moot.example/users/ada#old",
            {"id": "https://moot.example/users/ada#rsa", "type": "Multikey",
             "controller": "https://moot.example/users/ada", "publicKeyMultibase": "z4Mk"},
            {"id": format!("https://moot.example/users/ada#{key}"), "type": "Multikey",
             "controller": "https://moot.example/users/ada", "publicKeyMultibase": key},
        ],
    })
}

#[test]
fn a_statement_is_valid_under_the_key_or_actor_its_reader_names() {
    let (signed, signer) = statement();
    let key = public(&signer);
    assert_eq!(word(&verify_statement(&signed, Pin::Key(&key))), "valid");
    assert_eq!(word(&verify_statement(&signed, Pin::Actor(&actor(&key)))), "valid");
    assert_eq!(word(&verify_statement(&signed, Pin::Nothing)), "not pinned");
}

#[test]
fn another_key_or_actor_makes_it_invalid() {
    let (signed, _) = statement();
    let other = public(&signer(8));
    assert_eq!(word(&verify_statement(&signed, Pin::Key(&other))), "signature-wrong");
    assert_eq!(word(&verify_statement(&signed, Pin::Actor(&actor(&other)))), "key-not-of-actor");
    assert_eq!(word(&verify_statement(&signed, Pin::Actor(&json!({})))), "key-not-of-actor");
}

#[test]
fn a_tampered_statement_is_invalid_whatever_is_pinned() {
    let (mut signed, signer) = statement();
    signed["release"] = "pkg:cargo/serde@1.0.220".into();
    let key = public(&signer);
    for pin in [Pin::Key(&key), Pin::Actor(&actor(&key)), Pin::Nothing] {
        assert_eq!(word(&verify_statement(&signed, pin)), "signature-wrong");
    }
}

#[test]
fn a_key_known_by_address_alone_leaves_the_question_open() {
    let unsigned = json!({"id": "https://moot.example/audits/2"});
    let signed = sign(&signer(7), &unsigned, config("https://moot.example/users/ada#main"));
    assert_eq!(word(&verify_statement(&signed, Pin::Nothing)), "key unknown");
    assert_eq!(word(&verify_statement(&signed, Pin::Key(&public(&signer(7))))), "valid");
}

#[test]
fn id_and_key_are_of_one_origin() {
    let check = |id: Value, method: &str, expected: &str| {
        let signed = sign(&signer(7), &json!({"id": id}), config(method));
        assert_eq!(word(&verify_statement(&signed, Pin::Key(&public(&signer(7))))), expected, "{id} {method}");
    };
    check(json!("https://moot.example/a/1"), "https://moot.example/users/ada#k", "valid");
    check(json!("https://moot.example:443/a/1"), "https://MOOT.example/users/ada#k", "valid");
    check(json!("http://127.0.0.1:8000/a/1"), "http://127.0.0.1:8000/users/ada#k", "valid");
    check(json!("https://moot.example/a/1"), "https://eve.example/users/ada#k", "foreign-method");
    check(json!("https://moot.example/a/1"), "https://moot.example:444/users/ada#k", "foreign-method");
    check(json!("https://moot.example/a/1"), "http://moot.example/users/ada#k", "foreign-method");
    check(json!("https://moot.example/a/1"), "https://moot.example@eve.example/users/ada#k", "foreign-method");
    check(json!("https://moot.example/a/1"), "https://moot.example\\@eve.example/#k", "foreign-method");
    check(json!("https://moot.example/a/1"), "did:key:z6Mk#z6Mk", "foreign-method");
    check(json!("urn:uuid:1"), "https://moot.example/users/ada#k", "foreign-method");
    check(Value::Null, "https://moot.example/users/ada#k", "foreign-method");
    check(json!("https:///a"), "https:///b#k", "foreign-method");
}

#[test]
fn a_proof_dated_outside_the_time_of_its_key_does_not_count() {
    let (signed, signer) = statement();
    let mut actor = actor(&public(&signer));
    let check = |actor: &Value, expected: &str| {
        assert_eq!(word(&verify_statement(&signed, Pin::Actor(actor))), expected, "{actor}");
    };
    let times = |actor: &mut Value, field: &str, time: Value| actor["assertionMethod"][2][field] = time;
    times(&mut actor, "created", "2026-11-20T10:00:00Z".into());
    times(&mut actor, "revoked", "2026-11-20T10:00:00Z".into());
    check(&actor, "valid");
    times(&mut actor, "created", "2026-11-20T10:00:01Z".into());
    check(&actor, "outside-key-time");
    times(&mut actor, "created", Value::Null);
    times(&mut actor, "expires", "2026-11-19T10:00:00Z".into());
    check(&actor, "outside-key-time");
    times(&mut actor, "expires", "soon".into());
    check(&actor, "key-not-of-actor");
}

#[test]
fn an_actor_lists_only_keys_it_controls() {
    let key = public(&signer(7));
    let mut document = actor(&key);
    assert_eq!(actor_keys(&document).len(), 1);
    document["assertionMethod"][2]["controller"] = "https://eve.example/".into();
    assert_eq!(actor_keys(&document), []);
    let single =
        json!({"id": "a", "assertionMethod": {"id": "a#k", "type": "Multikey", "controller": "a", "publicKeyMultibase": key}});
    assert_eq!(actor_keys(&single)[0].key, key);
}
