//! Signed envelopes: as another program signs them, and every way of changing one.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use ed25519_dalek::Signer as _;
use serde_json::{Value, json};

use super::super::dsse;
use super::{public, signer};
use crate::proof::ProofError;

const TYPE: &str = "application/vnd.in-toto+json";

fn envelope(seed: u8, payload: &[u8]) -> Value {
    let signature = signer(seed).sign(&dsse::pae(TYPE, payload)).to_bytes();
    json!({
        "payloadType": TYPE,
        "payload": BASE64.encode(payload),
        "signatures": [{ "keyid": "ci", "sig": BASE64.encode(&signature) }],
    })
}

fn open(envelope: &Value, seeds: &[u8]) -> Result<Vec<u8>, ProofError> {
    let keys: Vec<_> = seeds.iter().map(|seed| public(&signer(*seed))).collect();
    dsse::open(envelope.to_string().as_bytes(), TYPE, &keys).map(|opened| opened.payload)
}

#[test]
fn the_encoding_is_that_of_the_specification() {
    // The example of the protocol's own document.
    let encoded = dsse::pae("http://example.com/HelloWorld", b"hello world");
    assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

#[test]
fn what_openssl_signed_is_opened() {
    // Signed with `openssl pkeyutl -sign -rawin`, as docs/guides/checks.md shows.
    let key = "z6Mkhbym1HtHdVj6DEkgRKKv8aSKBYDb5CAqx69KEVqJQq7G".parse().unwrap();
    let envelope = "eyJwYXlsb2FkVHlwZSI6ImFwcGxpY2F0aW9uL3ZuZC5pbi10b3RvK2pzb24iLCJwYXlsb2FkIjoiZXlKZmRIbHdaU0k2SW1oMGRI\
        QnpPaTh2YVc0dGRHOTBieTVwYnk5VGRHRjBaVzFsYm5RdmRqRWlMQ0p6ZFdKcVpXTjBJanBiZXlKdVlXMWxJam9pWkdWdGJ5MHhM\
        akF1TUM1amNtRjBaU0lzSW1ScFoyVnpkQ0k2ZXlKemFHRXlOVFlpT2lJMU9Ea3hZalZpTlRJeVpEVmtaakE0Tm1Rd1ptWXdZakV4\
        TUdaaVpEbGtNakZpWWpSbVl6Y3hOak5oWmpNMFpEQTRNamcyWVRKbE9EUTJaalppWlRBekluMTlYU3dpY0hKbFpHbGpZWFJsVkhs\
        d1pTSTZJbWgwZEhCek9pOHZhVzR0ZEc5MGJ5NXBieTloZEhSbGMzUmhkR2x2Ymk5MFpYTjBMWEpsYzNWc2RDOTJNQzR4SWl3aWNI\
        SmxaR2xqWVhSbElqcDdJbkpsYzNWc2RDSTZJbEJCVTFORlJDSXNJbU52Ym1acFozVnlZWFJwYjI0aU9sdGRMQ0oxY213aU9pSm9k\
        SFJ3T2k4dmVDSjlmUT09Iiwic2lnbmF0dXJlcyI6W3sic2lnIjoiLzVoejQzLy9nUEZ4NUhGdm12S1dITUpLSmNSL3VweE1nb3dX\
        TmQwalRyZkkrSTRmTklGdXdmb3Z0K0d4UExyNmxRU2d6a0EraDBTVVdWeHlkU0dFQWc9PSJ9XX0=";
    let envelope = BASE64.decode(envelope.as_bytes()).unwrap();
    let opened = dsse::open(&envelope, TYPE, &[public(&signer(1)), key]).unwrap();
    assert_eq!(opened.key, key);
    let statement: Value = serde_json::from_slice(&opened.payload).unwrap();
    assert_eq!(statement["predicate"]["result"], "PASSED");
}

#[test]
fn an_envelope_opens_under_the_key_that_signed_it_alone() {
    let sealed = envelope(1, b"{}");
    assert_eq!(open(&sealed, &[2, 1]).unwrap(), b"{}");
    assert_eq!(open(&sealed, &[2]), Err(ProofError::SignatureWrong));
    assert_eq!(open(&sealed, &[]), Err(ProofError::SignatureWrong));
}

#[test]
fn one_of_several_signatures_is_enough() {
    let mut sealed = envelope(1, b"{}");
    let good = sealed["signatures"][0].clone();
    sealed["signatures"] = json!([{ "sig": BASE64.encode(b"another algorithm's") }, envelope(2, b"{}")["signatures"][0], good]);
    assert_eq!(open(&sealed, &[1]).unwrap(), b"{}");
    let many: Vec<Value> = (0..9).map(|_| sealed["signatures"][2].clone()).collect();
    sealed["signatures"] = many.into();
    assert_eq!(open(&sealed, &[1]), Err(ProofError::Malformed { field: "signatures" }));
}

#[test]
fn both_alphabets_are_read() {
    let mut sealed = envelope(1, b"\xff\xfe\xfd{}");
    let signature = BASE64.decode(sealed["signatures"][0]["sig"].as_str().unwrap().as_bytes()).unwrap();
    sealed["payload"] = BASE64URL_NOPAD.encode(b"\xff\xfe\xfd{}").into();
    sealed["signatures"][0]["sig"] = BASE64URL_NOPAD.encode(&signature).into();
    assert_eq!(open(&sealed, &[1]).unwrap(), b"\xff\xfe\xfd{}");
}

#[test]
fn a_changed_byte_a_changed_type_and_a_bare_signature_are_refused() {
    let mut payload = envelope(1, b"{\"result\":\"FAILED\"}");
    payload["payload"] = BASE64.encode(b"{\"result\":\"PASSED\"}").into();
    assert_eq!(open(&payload, &[1]), Err(ProofError::SignatureWrong));
    let mut kind = envelope(1, b"{}");
    kind["payloadType"] = "text/plain".into();
    assert_eq!(open(&kind, &[1]), Err(ProofError::OtherPayload { got: "text/plain".to_owned() }));
    let mut bare = envelope(1, b"{}");
    bare["signatures"][0]["sig"] = BASE64.encode(&signer(1).sign(b"{}").to_bytes()).into();
    assert_eq!(open(&bare, &[1]), Err(ProofError::SignatureWrong));
}

#[test]
fn what_is_no_envelope_is_told_by_its_field() {
    for (field, value) in [
        ("payload", json!("not base64!")),
        ("payload", json!(7)),
        ("signatures", json!({})),
        ("signatures", json!([])),
        ("sig", json!([{ "sig": 1 }])),
    ] {
        let mut broken = envelope(1, b"{}");
        broken[if field == "sig" { "signatures" } else { field }] = value;
        assert_eq!(open(&broken, &[1]), Err(ProofError::Malformed { field }), "{broken}");
    }
    let twice = br#"{"payloadType":"a","payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[]}"#;
    assert!(matches!(dsse::open(twice, TYPE, &[]), Err(ProofError::DuplicateKey { .. })));
    assert!(matches!(dsse::open(b"[]", TYPE, &[]), Err(ProofError::Malformed { .. })));
}
