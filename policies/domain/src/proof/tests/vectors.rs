//! The vectors of W3C "Data Integrity EdDSA Cryptosuites v1.0" (appendix A.2 and the drafts before it), test data under
//! the W3C Software and Document License; and of RFC 8785.

use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};

use super::super::{Multikey, canonical, signing_input, verify};

const PUBLIC: &str = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
/// The secret key the specification publishes for its examples.
const SECRET: &str = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq";

fn credential() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
        "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential", "AlumniCredential"],
        "name": "Alumni Credential",
        "description": "A minimum viable example of an Alumni Credential.",
        "issuer": "https://vc.example/issuers/5678",
        "validFrom": "2023-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
    })
}

fn config(method: &str, with_context: bool) -> Value {
    let mut config = json!({
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": format!("{method}#{PUBLIC}"),
        "proofPurpose": "assertionMethod",
    });
    if with_context {
        config["@context"] = credential()["@context"].clone();
    }
    config
}

/// The method, whether the proof repeats the context, and the proof value of each published version.
const PUBLISHED: [(&str, bool, &str); 3] = [
    (
        "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
        true,
        "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX",
    ),
    (
        "https://vc.example/issuers/5678",
        true,
        "z63t83Y53KfzJ5ZosfKTnqfMcKB2dmTrfjSaQjeNNjAD5srBowQfmWqeRb8rRjmeEuCBEsddF9LsVogtuTsijJKh4",
    ),
    (
        "https://vc.example/issuers/5678",
        false,
        "z3P6rHMUaWG6e3Ac6xYFht8aEvoVXndgKTtEY8kzWYXzk8dKmAo2GJeZiJw4qoZ2PGp4ugdaHx3oQiLpeFBLDqP2M",
    ),
];

#[test]
fn the_published_proofs_stand_under_the_published_key() {
    let key = Multikey::parse(PUBLIC).unwrap();
    for (method, with_context, proof_value) in PUBLISHED {
        let mut signed = credential();
        signed["proof"] = config(method, with_context);
        signed["proof"]["proofValue"] = proof_value.into();
        let verified = verify(&signed, &key).unwrap();
        assert_eq!(verified.claim.created.to_string(), "2023-02-24T23:36:38Z");
        assert_eq!(verified.claim.verification_method, format!("{method}#{PUBLIC}"));
    }
}

#[test]
fn the_published_secret_key_makes_the_published_proofs_out_of_our_input() {
    let bytes = bs58::decode(SECRET.strip_prefix('z').unwrap()).into_vec().unwrap();
    let signer = SigningKey::from_bytes(bytes[2..].try_into().unwrap());
    for (method, with_context, proof_value) in PUBLISHED {
        let input = signing_input(&credential(), config(method, with_context).as_object().unwrap()).unwrap();
        let made = format!("z{}", bs58::encode(signer.sign(&input).to_bytes()).into_string());
        assert_eq!(made, proof_value);
    }
}

#[test]
fn the_hash_that_is_signed_is_the_published_one() {
    let (method, with_context, _) = PUBLISHED[0];
    let input = signing_input(&credential(), config(method, with_context).as_object().unwrap()).unwrap();
    assert_eq!(
        data_encoding::HEXLOWER.encode(&input),
        "66ab154f5c2890a140cb8388a22a160454f80575f6eae09e5a097cabe539a1db\
         59b7cb6251b8991add1ce0bc83107e3db9dbbab5bd2c28f687db1a03abc92f19"
    );
}

#[test]
fn canonical_json_is_that_of_rfc_8785() {
    let check = |text: &str, expected: &str| {
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(String::from_utf8(canonical(&value).unwrap()).unwrap(), expected);
    };
    check("[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]", "[333333333.3333333,1e+30,4.5,0.002,1e-27]");
    check("[56.0, -0.0, 1e21, 1e-7, 9007199254740991]", "[56,0,1e+21,1e-7,9007199254740991]");
    check(r#"{"b": 1, "a": [true, null, {"d": 0, "c": ""}]}"#, r#"{"a":[true,null,{"c":"","d":0}],"b":1}"#);
    check(r#""\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/""#, r#""€$\u000f\nA'B\"\\\\\"/""#);
    // Members are ordered by UTF-16 code units, where an emoji comes before U+FB33.
    check(
        r#"{"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7}"#,
        "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}",
    );
}
