//! The proof itself: what it claims, what it signs, and whether it stands under a key.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::document::canonical;
use super::error::ProofError;
use super::limits::{METHOD_BYTES_MAX, PROOF_VALUE_BYTES_MAX};
use super::multikey::Multikey;
use crate::time::Timestamp;

/// What a proof claims before anything is verified: whose key to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The address of the key, as the proof writes it.
    pub verification_method: String,
    /// When the signer says it was made.
    pub created: Timestamp,
    /// When the signer says it ends; the caller, who has a clock, must look at it.
    pub expires: Option<Timestamp>,
}

/// A claim that stands under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What the proof claims.
    pub claim: Claim,
    /// The key it stands under.
    pub key: Multikey,
}

/// What the document's proof claims; nothing is verified yet.
pub fn claim(document: &Value) -> Result<Claim, ProofError> {
    Ok(take_apart(document)?.claim)
}

/// Verifies the document's one proof under `key`.
///
/// Stricter than the specification in three things: a proof's `@context`, when it has one, must be exactly the
/// document's; `created` must be there; proof sets and chains are not read.
pub fn verify(document: &Value, key: &Multikey) -> Result<Verified, ProofError> {
    let parts = take_apart(document)?;
    let message = hash(&parts.config, &parts.unsigned)?;
    if !key.accepts(&message, &parts.signature) {
        return Err(ProofError::SignatureWrong);
    }
    Ok(Verified { claim: parts.claim, key: *key })
}

/// What has to be signed for `unsigned` to carry the proof `config` (which has no `proofValue` yet): 64 bytes.
pub fn signing_input(unsigned: &Value, config: &Map<String, Value>) -> Result<[u8; 64], ProofError> {
    let document = unsigned.as_object().ok_or(ProofError::NotAnObject)?;
    if document.contains_key("proof") {
        return Err(ProofError::AlreadySigned);
    }
    check_config(config, document.get("@context"))?;
    hash(&Value::Object(config.clone()), unsigned)
}

struct Parts {
    unsigned: Value,
    config: Value,
    signature: [u8; 64],
    claim: Claim,
}

fn take_apart(document: &Value) -> Result<Parts, ProofError> {
    let mut unsigned = document.as_object().ok_or(ProofError::NotAnObject)?.clone();
    // Order does not matter: what is hashed is canonical.
    let proof = unsigned.remove("proof").ok_or(ProofError::NoProof)?;
    let Value::Object(mut config) = proof else {
        return Err(ProofError::Unsupported { field: "number of proofs" });
    };
    let claim = check_config(&config, unsigned.get("@context"))?;
    let value = config.remove("proofValue");
    let signature = value.as_ref().and_then(Value::as_str).and_then(read_signature);
    let signature = signature.ok_or(ProofError::Malformed { field: "proofValue" })?;
    Ok(Parts { unsigned: Value::Object(unsigned), config: Value::Object(config), signature, claim })
}

fn check_config(config: &Map<String, Value>, context: Option<&Value>) -> Result<Claim, ProofError> {
    let text = |field: &'static str| config.get(field).and_then(Value::as_str).ok_or(ProofError::Malformed { field });
    for (field, expected) in
        [("type", "DataIntegrityProof"), ("cryptosuite", "eddsa-jcs-2022"), ("proofPurpose", "assertionMethod")]
    {
        if text(field)? != expected {
            return Err(ProofError::Unsupported { field });
        }
    }
    // A link of a chain promises that an earlier proof was checked too.
    if config.contains_key("previousProof") {
        return Err(ProofError::Unsupported { field: "previousProof" });
    }
    if config.get("@context").is_some_and(|inner| Some(inner) != context) {
        return Err(ProofError::ContextMismatch);
    }
    let method = text("verificationMethod")?;
    if method.is_empty() || method.len() > METHOD_BYTES_MAX {
        return Err(ProofError::Malformed { field: "verificationMethod" });
    }
    let time = |field: &'static str| text(field)?.parse().map_err(|_| ProofError::Malformed { field });
    Ok(Claim {
        verification_method: method.to_owned(),
        created: time("created")?,
        expires: if config.contains_key("expires") { Some(time("expires")?) } else { None },
    })
}

fn read_signature(text: &str) -> Option<[u8; 64]> {
    let encoded = text.strip_prefix('z').filter(|rest| rest.len() < PROOF_VALUE_BYTES_MAX)?;
    bs58::decode(encoded).into_vec().ok()?.try_into().ok()
}

fn hash(config: &Value, unsigned: &Value) -> Result<[u8; 64], ProofError> {
    let mut message = [0; 64];
    let (first, second) = message.split_at_mut(32);
    first.copy_from_slice(&Sha256::digest(canonical(config)?));
    second.copy_from_slice(&Sha256::digest(canonical(unsigned)?));
    Ok(message)
}
