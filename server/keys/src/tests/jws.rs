//! Identity tokens: each algorithm holds under its own key, and under nothing else.

use data_encoding::BASE64URL_NOPAD;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use serde_json::{Value, json};

use crate::{Jwk, JwsAlgorithm};

const MESSAGE: &[u8] = b"header.payload";

fn b64(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

fn rsa(bits: u32) -> (Value, Vec<u8>) {
    let key = Rsa::generate(bits).unwrap();
    let jwk = json!({ "kty": "RSA", "kid": "r", "n": b64(&key.n().to_vec()), "e": b64(&key.e().to_vec()) });
    let key = PKey::from_rsa(key).unwrap();
    (jwk, Signer::new(MessageDigest::sha256(), &key).unwrap().sign_oneshot_to_vec(MESSAGE).unwrap())
}

fn ec() -> (Value, Vec<u8>) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = EcKey::generate(&group).unwrap();
    let (mut x, mut y) = (BigNum::new().unwrap(), BigNum::new().unwrap());
    key.public_key().affine_coordinates(&group, &mut x, &mut y, &mut BigNumContext::new().unwrap()).unwrap();
    let padded = |number: &openssl::bn::BigNumRef| number.to_vec_padded(32).unwrap();
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": b64(&padded(&x)), "y": b64(&padded(&y)) });
    let key: PKey<Private> = PKey::from_ec_key(key).unwrap();
    let der = Signer::new(MessageDigest::sha256(), &key).unwrap().sign_oneshot_to_vec(MESSAGE).unwrap();
    let both = EcdsaSig::from_der(&der).unwrap();
    (jwk, [padded(both.r()), padded(both.s())].concat())
}

fn ed() -> (Value, Vec<u8>) {
    let key = PKey::generate_ed25519().unwrap();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": b64(&key.raw_public_key().unwrap()) });
    (jwk, Signer::new_without_digest(&key).unwrap().sign_oneshot_to_vec(MESSAGE).unwrap())
}

fn holds(jwk: &Value, algorithm: JwsAlgorithm, signature: &[u8]) -> bool {
    let key: Jwk = serde_json::from_value(jwk.clone()).unwrap();
    key.verifies(algorithm, MESSAGE, signature)
}

#[test]
fn each_algorithm_holds_under_its_own_kind_of_key_alone() {
    use JwsAlgorithm::{EdDsa, Es256, Rs256};
    let made = [(Rs256, rsa(2_048)), (Es256, ec()), (EdDsa, ed())];
    for (of, (jwk, signature)) in &made {
        for algorithm in [Rs256, Es256, EdDsa] {
            assert_eq!(holds(jwk, algorithm, signature), algorithm == *of, "{of:?} {algorithm:?}");
        }
        let mut other = signature.clone();
        other[0] ^= 1;
        assert!(!holds(jwk, *of, &other), "{of:?}");
        assert!(!holds(jwk, *of, &[]), "{of:?}");
        assert!(!holds(jwk, *of, &signature[1..]), "{of:?}");
    }
    let (other, _) = ed();
    assert!(!holds(&other, EdDsa, &made[2].1.1), "another key of the same kind");
}

#[test]
fn a_key_for_something_else_says_no() {
    let (jwk, signature) = rsa(2_048);
    for (field, value) in [("use", "enc"), ("alg", "RS512"), ("alg", "HS256"), ("alg", "ES256")] {
        let mut marked = jwk.clone();
        marked[field] = value.into();
        assert!(!holds(&marked, JwsAlgorithm::Rs256, &signature), "{field} {value}");
    }
    let mut marked = jwk;
    marked["alg"] = "RS256".into();
    marked["use"] = "sig".into();
    assert!(holds(&marked, JwsAlgorithm::Rs256, &signature));
}

#[test]
fn a_weak_key_says_no() {
    let (jwk, signature) = rsa(1_024);
    assert!(!holds(&jwk, JwsAlgorithm::Rs256, &signature));
    let (mut jwk, signature) = rsa(2_048);
    // With this exponent every message is its own signature.
    jwk["e"] = b64(&[1]).into();
    assert!(!holds(&jwk, JwsAlgorithm::Rs256, &signature));
}

#[test]
fn a_point_off_the_curve_says_no() {
    let (mut jwk, signature) = ec();
    jwk["x"] = b64(&[7; 32]).into();
    assert!(!holds(&jwk, JwsAlgorithm::Es256, &signature));
    assert!(!holds(&jwk, JwsAlgorithm::Es256, &[0; 64]));
}

#[test]
fn nothing_but_asymmetric_algorithms_has_a_name_here() {
    for name in ["none", "None", "HS256", "HS512", "RS1", "", "rs256"] {
        assert_eq!(JwsAlgorithm::named(name), None, "{name}");
    }
}
