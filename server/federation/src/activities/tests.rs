//! Origins, references and words from elsewhere.
#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::{Reference, origin_of, rules, same_origin};

fn check_origin(address: &str, expected: Option<&str>) {
    assert_eq!(origin_of(&address.parse().unwrap()).as_deref(), expected, "{address}");
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    check_origin("https://vet.example/users/ada#main-key", Some("https://vet.example"));
    check_origin("https://VET.example:443/x", Some("https://vet.example"));
    check_origin("https://vet.example:8443/x", Some("https://vet.example:8443"));
    check_origin("http://vet.example:80", Some("http://vet.example"));
    check_origin("https://vet.example./x", Some("https://vet.example."));
    check_origin("https://b\u{fc}cher.example/", Some("https://xn--bcher-kva.example"));
    check_origin("data:text/plain,x", None);
    check_origin("file:///etc/passwd", None);
    check_origin("mailto:ada@vet.example", None);
    check_origin("urn:uuid:1", None);
}

#[test]
fn two_addresses_without_an_origin_do_not_share_one() {
    let same = |a: &str, b: &str| same_origin(&a.parse().unwrap(), &b.parse().unwrap());
    assert!(!same("data:x", "data:x"));
    assert!(!same("https://127.0.0.1/a", "https://127.0.0.2/a"), "addresses of machines are compared as well");
    assert!(same("https://127.0.0.1/a", "https://127.0.0.1/b"));
    assert!(!same("https://vet.example", "http://vet.example"));
    assert!(!same("https://vet.example@evil.example/", "https://vet.example/"));
}

fn check_reference(json: &Value, expected: Option<Option<&str>>) {
    let read = serde_json::from_value::<Reference>(json.clone()).ok();
    let id = read.as_ref().map(|read| read.id.as_ref().map(url::Url::as_str));
    assert_eq!(id, expected, "{json}");
}

#[test]
fn a_reference_is_an_address_or_an_object() {
    check_reference(&json!("https://vet.example/a"), Some(Some("https://vet.example/a")));
    check_reference(&json!({ "id": "https://vet.example/a", "type": "Note" }), Some(Some("https://vet.example/a")));
    check_reference(&json!({ "type": "Link", "href": "https://vet.example/a" }), Some(Some("https://vet.example/a")));
    check_reference(&json!({ "type": "Note" }), Some(None));
    check_reference(&json!("no address"), None);
    check_reference(&json!({ "id": "no address" }), None);
    check_reference(&json!(["https://vet.example/a"]), None);
    check_reference(&json!(7), None);
}

#[test]
fn an_owner_is_one_address() {
    assert_eq!(rules::id_of(&json!("a")), Some("a"));
    assert_eq!(rules::id_of(&json!({ "id": "a" })), Some("a"));
    assert_eq!(rules::id_of(&json!(["a"])), Some("a"));
    assert_eq!(rules::id_of(&json!(["a", "b"])), None);
    assert_eq!(rules::id_of(&json!([["a"]])), None, "lists of lists are not followed down");
    assert_eq!(rules::id_of(&json!(null)), None);
}

#[test]
fn foreign_words_are_short_and_plain() {
    assert_eq!(rules::shortened("Note"), "Note");
    assert_eq!(rules::shortened("a\nb\u{7}"), "ab");
    assert_eq!(rules::shortened(&"x".repeat(500)).len(), crate::limits::WORD_CHARS_MAX);
}
