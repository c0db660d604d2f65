//! Whatever is changed in a signed document, the proof no longer stands, and the error says why.

use serde_json::{Value, json};

use super::super::{Multikey, ProofError, claim, signing_input, verify};
use super::{config, public, sign, signer, statement};

fn check(change: impl FnOnce(&mut Value), expected: &str) {
    let (mut signed, signer) = statement();
    verify(&signed, &public(&signer)).unwrap();
    change(&mut signed);
    assert_eq!(verify(&signed, &public(&signer)).unwrap_err().code(), expected, "{signed}");
}

#[test]
fn a_changed_document_is_noticed() {
    check(|signed| signed["criteria"][0] = "safe-to-run".into(), "signature-wrong");
    check(|signed| signed["lines"] = 11.into(), "signature-wrong");
    check(|signed| signed["notes"] = "Gro\u{308}ße".into(), "signature-wrong");
    check(|signed| signed["added"] = Value::Null, "signature-wrong");
    check(|signed| drop(signed.as_object_mut().unwrap().remove("lines")), "signature-wrong");
    check(|signed| signed["@context"] = json!([]), "signature-wrong");
}

#[test]
fn a_changed_proof_is_noticed() {
    check(|signed| signed["proof"]["created"] = "2026-11-20T10:00:01Z".into(), "signature-wrong");
    check(|signed| signed["proof"]["verificationMethod"] = "https://moot.example/users/eve#key".into(), "signature-wrong");
    check(|signed| signed["proof"]["expires"] = "2036-11-20T10:00:01Z".into(), "signature-wrong");
    check(|signed| signed["proof"]["@context"] = signed["@context"].clone(), "signature-wrong");
    check(|signed| signed["proof"]["@context"] = json!(["https://elsewhere.example/"]), "context-mismatch");
    check(|signed| signed["proof"]["@context"] = Value::Null, "context-mismatch");
}

#[test]
fn a_proof_of_another_kind_is_not_supported() {
    check(|signed| signed["proof"]["type"] = "Ed25519Signature2020".into(), "unsupported-proof");
    check(|signed| signed["proof"]["cryptosuite"] = "eddsa-rdfc-2022".into(), "unsupported-proof");
    check(|signed| signed["proof"]["proofPurpose"] = "authentication".into(), "unsupported-proof");
    check(|signed| signed["proof"]["previousProof"] = "urn:uuid:1".into(), "unsupported-proof");
    check(|signed| signed["proof"] = json!([signed["proof"]]), "unsupported-proof");
}

#[test]
fn a_malformed_proof_names_the_field() {
    check(|signed| drop(signed.as_object_mut().unwrap().remove("proof")), "no-proof");
    for field in ["type", "cryptosuite", "proofPurpose", "verificationMethod", "created", "proofValue"] {
        check(|signed| drop(signed["proof"].as_object_mut().unwrap().remove(field)), "malformed-proof");
        check(|signed| signed["proof"][field] = json!(1), "malformed-proof");
    }
    check(|signed| signed["proof"]["created"] = "yesterday".into(), "malformed-proof");
    check(|signed| signed["proof"]["expires"] = "never".into(), "malformed-proof");
    check(|signed| signed["proof"]["verificationMethod"] = "x".repeat(2_049).into(), "malformed-proof");
    for value in ["", "z", "z1", "u2HnFSSPP", "z0OIl", "zzzz"] {
        check(|signed| signed["proof"]["proofValue"] = value.into(), "malformed-proof");
    }
    check(|signed| signed["proof"]["proofValue"] = format!("z{}", "2".repeat(1_000_000)).into(), "malformed-proof");
    assert_eq!(claim(&json!([1])).unwrap_err(), ProofError::NotAnObject);
}

#[test]
fn a_signature_with_a_flipped_bit_or_a_shifted_scalar_is_refused() {
    let (mut signed, signer) = statement();
    let text = signed["proof"]["proofValue"].as_str().unwrap().to_owned();
    let bytes = bs58::decode(&text[1..]).into_vec().unwrap();
    for index in [0, 31, 32, 63] {
        let mut bytes = bytes.clone();
        bytes[index] ^= 1;
        signed["proof"]["proofValue"] = format!("z{}", bs58::encode(bytes).into_string()).into();
        assert_eq!(verify(&signed, &public(&signer)).unwrap_err(), ProofError::SignatureWrong);
    }
    // S + L is the other solution of the same equation; accepting it would make one statement out of two texts.
    let order = data_encoding::HEXLOWER.decode(b"edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").unwrap();
    let (mut shifted, mut carry) = (bytes, 0);
    for (byte, add) in shifted[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        [*byte, _] = sum.to_le_bytes();
        carry = sum >> 8;
    }
    signed["proof"]["proofValue"] = format!("z{}", bs58::encode(shifted).into_string()).into();
    assert_eq!(verify(&signed, &public(&signer)).unwrap_err(), ProofError::SignatureWrong);
}

#[test]
fn the_order_of_members_and_spaces_do_not_matter() {
    let (signed, signer) = statement();
    let mut members: Vec<_> = signed.as_object().unwrap().clone().into_iter().collect();
    members.reverse();
    let turned: Value =
        serde_json::from_str(&serde_json::to_string_pretty(&serde_json::Map::from_iter(members)).unwrap()).unwrap();
    verify(&turned, &public(&signer)).unwrap();
}

#[test]
fn texts_that_are_no_usable_key_are_refused() {
    let good = public(&signer(1)).to_string();
    Multikey::parse(&good).unwrap();
    let raw = |prefix: [u8; 2], key: &[u8]| format!("z{}", bs58::encode([&prefix[..], key].concat()).into_string());
    let mut small_order = [0; 32];
    small_order[0] = 1;
    for text in [
        String::new(),
        "z".to_owned(),
        good.replacen('z', "u", 1),
        good[..good.len() - 1].to_owned(),
        format!("{good}1"),
        format!(" {good}"),
        "z".repeat(1_000_000),
        raw([0xec, 0x01], &[9; 32]),
        raw([0xed, 0x01], &[9; 31]),
        raw([0xed, 0x01], &small_order),
        raw([0xed, 0x01], &[0; 32]),
        raw([0xed, 0x01], &[0xff; 32]),
    ] {
        assert_eq!(Multikey::parse(&text).unwrap_err().code(), "bad-key", "{}", &text[..text.len().min(60)]);
    }
}

#[test]
fn nothing_is_signed_over_a_proof_or_out_of_form() {
    let (signed, signer) = statement();
    let error = |document: &Value, config: Value| signing_input(document, config.as_object().unwrap()).unwrap_err().code();
    let unsigned = json!({"id": "https://moot.example/1"});
    assert_eq!(error(&signed, config("https://moot.example/key")), "already-signed");
    assert_eq!(error(&json!("text"), config("https://moot.example/key")), "not-an-object");
    assert_eq!(error(&unsigned, config("")), "malformed-proof");
    let again = sign(&signer, &unsigned, config("https://moot.example/key"));
    assert_eq!(again["proof"]["type"], "DataIntegrityProof");
}
