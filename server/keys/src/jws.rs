//! Signatures of identity tokens (RFC 7515) under the public keys their issuers publish (RFC 7517).
//!
//! Only asymmetric algorithms exist here: a token that names `none` or an HMAC cannot even be asked about, so a public key
//! is never taken for a shared secret.

use data_encoding::BASE64URL_NOPAD;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Public};
use openssl::rsa::Rsa;
use openssl::sign::Verifier;
use serde::Deserialize;

use crate::limits::{JWK_RSA_BITS_MAX, JWK_RSA_BITS_MIN};

/// How an identity token is signed (RFC 7518 section 3.1, RFC 8037 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwsAlgorithm {
    /// RSA PKCS #1 v1.5 over SHA-256.
    Rs256,
    /// ECDSA on P-256 over SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl JwsAlgorithm {
    /// The algorithm of this name; none for every other, `none` and HMAC among them.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// A public key as its issuer publishes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Jwk {
    /// Its family: `RSA`, `EC` or `OKP`.
    pub kty: String,
    /// Its name.
    pub kid: Option<String>,
    /// The one algorithm it is for.
    pub alg: Option<String>,
    /// What it is for: `sig`, or nothing said.
    #[serde(rename = "use")]
    pub usage: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Jwk {
    /// Whether `signature` over `message` was made with this key's other half. A key of another family, a weak one, or one
    /// that is for something else never says yes.
    pub fn verifies(&self, algorithm: JwsAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        let named = self.alg.as_deref().is_none_or(|alg| JwsAlgorithm::named(alg) == Some(algorithm));
        let for_signing = self.usage.as_deref().is_none_or(|usage| usage == "sig");
        if !named || !for_signing {
            return false;
        }
        let verified = match algorithm {
            JwsAlgorithm::Rs256 => self.rs256(message, signature),
            JwsAlgorithm::Es256 => self.es256(message, signature),
            JwsAlgorithm::EdDsa => self.ed25519(message, signature),
        };
        // What the library could not make sense of is no signature.
        matches!(verified, Ok(Some(true)))
    }

    fn is(&self, family: &str, curve: Option<&str>) -> bool {
        self.kty == family && (curve.is_none() || self.crv.as_deref() == curve)
    }

    fn rs256(&self, message: &[u8], signature: &[u8]) -> Result<Option<bool>, ErrorStack> {
        let (Some(n), Some(e)) = (bytes(self.n.as_ref()), bytes(self.e.as_ref())) else { return Ok(None) };
        if !self.is("RSA", None) || n.len() * 8 > JWK_RSA_BITS_MAX + 8 || e.len() > 8 {
            return Ok(None);
        }
        let rsa = Rsa::from_public_components(BigNum::from_slice(&n)?, BigNum::from_slice(&e)?)?;
        let bits = usize::try_from(rsa.n().num_bits()).unwrap_or(0);
        if !(JWK_RSA_BITS_MIN..=JWK_RSA_BITS_MAX).contains(&bits) || !rsa.e().is_bit_set(0) || rsa.e().num_bits() < 2 {
            return Ok(None);
        }
        verify(&PKey::from_rsa(rsa)?, Some(MessageDigest::sha256()), message, signature).map(Some)
    }

    fn es256(&self, message: &[u8], signature: &[u8]) -> Result<Option<bool>, ErrorStack> {
        let (Some(x), Some(y)) = (bytes(self.x.as_ref()), bytes(self.y.as_ref())) else { return Ok(None) };
        let Some((r, s)) = signature.split_at_checked(32).filter(|(_, s)| s.len() == 32) else { return Ok(None) };
        if !self.is("EC", Some("P-256")) || x.len() != 32 || y.len() != 32 {
            return Ok(None);
        }
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
        let (x, y) = (BigNum::from_slice(&x)?, BigNum::from_slice(&y)?);
        // This refuses a point that is not on the curve.
        let key = EcKey::from_public_key_affine_coordinates(&group, &x, &y)?;
        let signature = EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?.to_der()?;
        verify(&PKey::from_ec_key(key)?, Some(MessageDigest::sha256()), message, &signature).map(Some)
    }

    fn ed25519(&self, message: &[u8], signature: &[u8]) -> Result<Option<bool>, ErrorStack> {
        let Some(x) = bytes(self.x.as_ref()).filter(|x| x.len() == 32) else { return Ok(None) };
        if !self.is("OKP", Some("Ed25519")) || signature.len() != 64 {
            return Ok(None);
        }
        verify(&PKey::public_key_from_raw_bytes(&x, Id::ED25519)?, None, message, signature).map(Some)
    }
}

fn bytes(text: Option<&String>) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text?.trim_end_matches('=').as_bytes()).ok()
}

fn verify(key: &PKey<Public>, digest: Option<MessageDigest>, message: &[u8], signature: &[u8]) -> Result<bool, ErrorStack> {
    let mut verifier = match digest {
        Some(digest) => Verifier::new(digest, key)?,
        None => Verifier::new_without_digest(key)?,
    };
    verifier.verify_oneshot(signature, message)
}
