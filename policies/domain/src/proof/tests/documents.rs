//! Documents every reader would not read alike are refused before any signature is looked at.

use serde_json::{Value, json};

use super::super::limits::{DOCUMENT_BYTES_MAX, DOCUMENT_DEPTH_MAX};
use super::super::{canonical, parse};

fn check(text: &str, expected: &str) {
    let got = match parse(text.as_bytes()) {
        Ok(value) => value.to_string(),
        Err(error) => error.code().to_owned(),
    };
    assert_eq!(got, expected, "{}", &text[..text.len().min(80)]);
}

#[test]
fn ordinary_documents_are_read_as_they_are() {
    check(r#" {"b": [1, -2, 2.5, true, null], "a": {"c": "\u00e9"}} "#, r#"{"b":[1,-2,2.5,true,null],"a":{"c":"é"}}"#);
    check("[]", "[]");
}

#[test]
fn a_member_named_twice_is_refused_at_any_depth() {
    check(r#"{"a": 1, "a": 1}"#, "duplicate-key");
    check(r#"[{"x": {"a": 1, "b": 2, "\u0061": 3}}]"#, "duplicate-key");
    check(r#"{"a": {"x": 1}, "b": {"x": 1}}"#, r#"{"a":{"x":1},"b":{"x":1}}"#);
}

#[test]
fn numbers_that_others_round_are_refused() {
    check("[9007199254740991, -9007199254740991]", "[9007199254740991,-9007199254740991]");
    check("9007199254740992", "number-not-exact");
    check("[-9007199254740992]", "number-not-exact");
    // What is beyond every whole number type is a double to all (RFC 8785 section 3.2.2.3).
    check("18446744073709551616000", "1.8446744073709552e+22");
    check("1e999", "unreadable");
    assert_eq!(canonical(&json!({"n": u64::MAX})).unwrap_err().code(), "number-not-exact");
}

#[test]
fn depth_and_size_are_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    check(&nested(DOCUMENT_DEPTH_MAX), &nested(DOCUMENT_DEPTH_MAX));
    check(&nested(DOCUMENT_DEPTH_MAX + 1), "too-deep");
    check(&nested(100_000), "too-deep");
    check(&format!("\"{}\"", "x".repeat(DOCUMENT_BYTES_MAX)), "too-large");
    let mut deep = Value::Null;
    for _ in 0..=DOCUMENT_DEPTH_MAX {
        deep = json!([deep]);
    }
    assert_eq!(canonical(&deep).unwrap_err().code(), "too-deep");
    // One control character takes six bytes in canonical form.
    let swelling = json!("\u{1}".repeat(DOCUMENT_BYTES_MAX / 4));
    assert_eq!(canonical(&swelling).unwrap_err().code(), "too-large");
}

#[test]
fn what_is_not_one_json_document_is_unreadable() {
    for text in ["", "{", "{\"a\": 1} {}", "{'a': 1}", "[1,]", "\"\\ud800\"", "nul", "\u{feff}{}"] {
        check(text, "unreadable");
    }
    assert_eq!(parse(b"\"\xff\"").unwrap_err().code(), "unreadable");
}
