//! A key pair in memory: made, sealed, opened and used here, never handed out.

use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::{Signer, Verifier};
use serde_json::{Map, Value};
use vetmoot_domain::proof::{self, Multikey};
use zeroize::Zeroizing;

use crate::error::KeysError;
use crate::limits::RSA_BITS;
use crate::owner::{PublicKey, Purpose};

/// A private key and its public half.
pub(crate) struct Pair {
    private: PKey<Private>,
    pub(crate) public: PublicKey,
}

impl Pair {
    /// A new pair of the kind a purpose asks for.
    pub(crate) fn generate(purpose: Purpose) -> Result<Self, KeysError> {
        let private = match purpose {
            Purpose::Statement | Purpose::Checkpoint => PKey::generate_ed25519()?,
            Purpose::HttpMessage => PKey::from_rsa(Rsa::generate(RSA_BITS)?)?,
        };
        Self::of(private)?.ok_or_else(|| openssl::error::ErrorStack::get().into())
    }
    /// The pair in PKCS #8; `None` when it is none.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        Self::of(PKey::private_key_from_pkcs8(der).ok()?).ok()?
    }
    pub(crate) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeysError> {
        Ok(Zeroizing::new(self.private.private_key_to_pkcs8()?))
    }
    fn of(private: PKey<Private>) -> Result<Option<Self>, KeysError> {
        let public = match private.id() {
            Id::ED25519 => <[u8; 32]>::try_from(private.raw_public_key()?)
                .ok()
                .and_then(|bytes| Multikey::from_bytes(&bytes))
                .map(PublicKey::Ed25519),
            Id::RSA => String::from_utf8(private.public_key_to_pem()?).ok().map(PublicKey::Rsa),
            _ => None,
        };
        Ok(public.map(|public| Self { private, public }))
    }

    /// Signs with RSA PKCS #1 v1.5 over SHA-256 (RFC 8017 section 8.2); `None` for another kind of key.
    pub(crate) fn sign_rsa_sha256(&self, message: &[u8]) -> Result<Option<Vec<u8>>, KeysError> {
        let PublicKey::Rsa(_) = self.public else { return Ok(None) };
        let mut signer = Signer::new(MessageDigest::sha256(), &self.private)?;
        Ok(Some(signer.sign_oneshot_to_vec(message)?))
    }

    /// Signs bytes with Ed25519 (RFC 8032); `None` for another kind of key.
    pub(crate) fn sign_ed25519(&self, message: &[u8]) -> Result<Option<[u8; 64]>, KeysError> {
        let PublicKey::Ed25519(_) = self.public else { return Ok(None) };
        let signature = Signer::new_without_digest(&self.private)?.sign_oneshot_to_vec(message)?;
        Ok(signature.try_into().ok())
    }

    /// Whether a signature of these bytes is this pair's.
    pub(crate) fn verifies_ed25519(&self, message: &[u8], signature: &[u8]) -> Result<bool, KeysError> {
        Ok(Verifier::new_without_digest(&self.private)?.verify_oneshot(signature, message)?)
    }

    /// Adds a proof to a document (W3C Data Integrity EdDSA Cryptosuites v1.0, section 3.3.1); `None` for another
    /// kind of key.
    pub(crate) fn prove(&self, unsigned: &Value, method: &str, created: &str) -> Result<Option<Value>, KeysError> {
        let PublicKey::Ed25519(public) = &self.public else { return Ok(None) };
        let mut config = Map::new();
        let fields = [
            ("type", "DataIntegrityProof"),
            ("cryptosuite", "eddsa-jcs-2022"),
            ("created", created),
            ("verificationMethod", method),
            ("proofPurpose", "assertionMethod"),
        ];
        // The proof means what it means in the document's context, so it repeats it.
        if let Some(context) = unsigned.get("@context") {
            config.insert("@context".to_owned(), context.clone());
        }
        config.extend(fields.map(|(name, value)| (name.to_owned(), Value::from(value))));
        let input = proof::signing_input(unsigned, &config)?;
        let signature = Signer::new_without_digest(&self.private)?.sign_oneshot_to_vec(&input)?;
        config.insert("proofValue".to_owned(), format!("z{}", bs58::encode(signature).into_string()).into());
        let mut signed = unsigned.clone();
        if let Some(members) = signed.as_object_mut() {
            members.insert("proof".to_owned(), Value::Object(config));
        }
        // A signature that a fault of the machine spoiled could give the key away, and nobody would accept it.
        proof::verify(&signed, public)?;
        Ok(Some(signed))
    }
}
