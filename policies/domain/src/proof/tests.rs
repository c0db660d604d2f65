//! Proofs against the W3C vectors, an independent implementation, and every way of tampering.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod documents;
mod envelopes;
mod oracle;
mod statements;
mod tampering;
mod vectors;

use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};

use super::{Multikey, signing_input};

/// A key made of one byte, so that every run has the same.
fn signer(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(signer: &SigningKey) -> Multikey {
    Multikey::from_bytes(signer.verifying_key().as_bytes()).unwrap()
}

/// Signs as the W3C specification says, with nothing of ours but the input.
fn sign(signer: &SigningKey, unsigned: &Value, mut config: Value) -> Value {
    let input = signing_input(unsigned, config.as_object().unwrap()).unwrap();
    config["proofValue"] = format!("z{}", bs58::encode(signer.sign(&input).to_bytes()).into_string()).into();
    let mut signed = unsigned.clone();
    signed["proof"] = config;
    signed
}

fn config(method: &str) -> Value {
    json!({
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2026-11-20T10:00:00Z",
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    })
}

/// A statement of ada, signed with the key its method names.
fn statement() -> (Value, SigningKey) {
    let signer = signer(7);
    let method = format!("https://moot.example/users/ada#{}", public(&signer));
    let unsigned = json!({
        "@context": ["https://www.w3.org/ns/activitystreams"],
        "id": "https://moot.example/audits/1",
        "release": "pkg:cargo/serde@1.0.219",
        "criteria": ["safe-to-deploy"],
        "lines": 10,
        "notes": "Größe über alles: \u{20ac} \u{1f600} \n",
    });
    (sign(&signer, &unsigned, config(&method)), signer)
}
