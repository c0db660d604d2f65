//! What is signed here stands in apx_core, an independent implementation, and equals the W3C vectors byte for byte.

use apx_core::crypto::eddsa::ed25519_public_key_from_multikey;
use apx_core::crypto::rsa::{deserialize_rsa_public_key, verify_rsa_sha256_signature};
use apx_core::json_signatures::verify::{get_json_signature, verify_eddsa_json_signature};
use openssl::pkey::{Id, PKey};
use serde_json::json;

use super::{ada, at, keyring};
use crate::pair::Pair;
use crate::{PublicKey, Purpose};

const NOW: &str = "2026-11-20T10:00:00.250Z";

#[test]
fn a_statement_signed_here_stands_in_apx_core() {
    let (_dir, keyring) = keyring();
    keyring.ensure(&ada(), Purpose::Statement, at(NOW)).unwrap();
    let key = keyring.public_multikey(&ada()).unwrap();
    let method = format!("https://moot.example/users/ada#{key}");
    for unsigned in [
        json!({"id": "https://moot.example/audits/1", "lines": [1, 2.5, -0.0, 1e21], "notes": "Größe \u{1f600}\r\n"}),
        json!({"@context": ["https://www.w3.org/ns/activitystreams", {"vm": "https://moot.example/ns#"}], "type": "Note"}),
        json!({"@context": "https://www.w3.org/ns/activitystreams", "b": {"z": null, "a": []}, "a": true}),
    ] {
        let signed = keyring.sign_statement(&ada(), &unsigned, &method, NOW).unwrap();
        assert_eq!(signed["proof"]["created"], NOW);
        let parts = get_json_signature(&signed).unwrap();
        assert_eq!(parts.verification_method.to_string(), method);
        assert_eq!(parts.object, unsigned);
        let key = ed25519_public_key_from_multikey(&key.to_string()).unwrap();
        verify_eddsa_json_signature(&key, &parts.object, &parts.proof_config, &parts.signature).unwrap();
    }
}

#[test]
fn a_message_signed_here_stands_in_apx_core() {
    let (_dir, keyring) = keyring();
    let info = keyring.ensure(&ada(), Purpose::HttpMessage, at(NOW)).unwrap();
    let PublicKey::Rsa(pem) = &info.public else { panic!("RSA signs messages") };
    let signature = keyring.sign_rsa_sha256(&ada(), b"(request-target): post /inbox").unwrap();
    let key = deserialize_rsa_public_key(pem).unwrap();
    verify_rsa_sha256_signature(&key, b"(request-target): post /inbox", &signature).unwrap();
    assert!(verify_rsa_sha256_signature(&key, b"(request-target): post /outbox", &signature).is_err());
    assert_eq!(signature.len(), 256);
}

#[test]
fn the_secret_key_of_the_w3c_examples_makes_their_proof() {
    // W3C "Data Integrity EdDSA Cryptosuites v1.0", appendix A.2; test data under the W3C Software and Document License.
    let secret = bs58::decode("3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq").into_vec().unwrap();
    let private = PKey::private_key_from_raw_bytes(&secret[2..], Id::ED25519).unwrap();
    let pair = Pair::from_pkcs8(&private.private_key_to_pkcs8().unwrap()).unwrap();
    assert_eq!(pair.public.to_string(), "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2");
    let credential = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
        "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential", "AlumniCredential"],
        "name": "Alumni Credential",
        "description": "A minimum viable example of an Alumni Credential.",
        "issuer": "https://vc.example/issuers/5678",
        "validFrom": "2023-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
    });
    let key = &pair.public;
    let signed = pair.prove(&credential, &format!("did:key:{key}#{key}"), "2023-02-24T23:36:38Z").unwrap().unwrap();
    assert_eq!(
        signed["proof"]["proofValue"],
        "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"
    );
}
