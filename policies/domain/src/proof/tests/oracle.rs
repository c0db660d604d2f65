//! Agreement with apx_core, an independent implementation.

use apx_core::crypto::eddsa::{
    ed25519_public_key_from_multikey, ed25519_public_key_to_multikey, ed25519_secret_key_from_bytes,
};
use apx_core::json_signatures::create::{prepare_jcs_sha256_data, sign_object_eddsa};
use apx_core::json_signatures::verify::{get_json_signature, verify_eddsa_json_signature};
use chrono::DateTime;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::{Multikey, signing_input, verify};
use super::{config, public, sign, signer};

const METHOD: &str = "https://moot.example/users/ada#key";

/// Any document within the bounds, with a context so that both implementations have one to repeat.
fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no other", |n| n.is_finite() && n.abs() < 1e300).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(".{0,6}", inner, 0..6).prop_map(|map| Value::Object(Map::from_iter(map))),
        ]
    });
    tree.prop_map(|tree| json!({"@context": ["https://www.w3.org/ns/activitystreams"], "type": "Note", "tree": tree}))
}

proptest! {
    #[test]
    fn what_it_signs_we_verify(document in documents(), seed in any::<u8>(), with_context in any::<bool>()) {
        let secret = ed25519_secret_key_from_bytes(&[seed; 32]).unwrap();
        let created = DateTime::parse_from_rfc3339("2026-11-20T10:00:00Z").unwrap().to_utc();
        let signed = sign_object_eddsa(&secret, METHOD, &document, Some(created), false, with_context, false).unwrap();
        let verified = verify(&signed, &public(&signer(seed))).unwrap();
        prop_assert_eq!(verified.claim.verification_method, METHOD);
        prop_assert!(verify(&signed, &public(&signer(seed.wrapping_add(1)))).is_err());
    }

    #[test]
    fn what_we_sign_it_verifies(document in documents(), seed in any::<u8>()) {
        let signed = sign(&signer(seed), &document, config(METHOD));
        let parts = get_json_signature(&signed).unwrap();
        let key = ed25519_public_key_from_multikey(&public(&signer(seed)).to_string()).unwrap();
        verify_eddsa_json_signature(&key, &parts.object, &parts.proof_config, &parts.signature).unwrap();
    }

    #[test]
    fn both_hash_the_same(document in documents()) {
        let config = config(METHOD);
        let ours = signing_input(&document, config.as_object().unwrap()).unwrap();
        prop_assert_eq!(&ours[..], &prepare_jcs_sha256_data(&document, &config).unwrap()[..]);
    }

    #[test]
    fn both_write_keys_the_same(seed in any::<u8>()) {
        let key = public(&signer(seed));
        let text = ed25519_public_key_to_multikey(&signer(seed).verifying_key());
        prop_assert_eq!(key.to_string(), text.clone());
        prop_assert_eq!(Multikey::parse(&text).unwrap(), key);
    }
}
