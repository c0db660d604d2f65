//! Signed envelopes: DSSE v1, as programs elsewhere sign what they found out (secure-systems-lab/dsse, protocol and envelope).

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};
use serde_json::Value;

use super::document;
use super::error::{ProofError, shown};
use super::limits::{ENVELOPE_SIGNATURES_MAX, PAYLOAD_TYPE_BYTES_MAX};
use super::multikey::Multikey;

/// What an envelope holds, once a signature stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What was signed, byte for byte.
    pub payload: Vec<u8>,
    /// The key that signed it.
    pub key: Multikey,
}

/// Opens an envelope whose payload is of `payload_type` and that one of `keys` signed; the first signature that stands
/// counts.
///
/// The `keyid` of a signature is a hint that nobody signed, so it is not looked at. Nothing of the payload is read before
/// a signature stands.
///
/// # Errors
/// [`ProofError::SignatureWrong`] when no signature is by any of the keys; otherwise what is wrong with the envelope.
pub fn open(envelope: &[u8], payload_type: &str, keys: &[Multikey]) -> Result<Opened, ProofError> {
    let envelope = document::parse(envelope)?;
    let member = |field: &'static str| envelope.get(field).ok_or(ProofError::Malformed { field });
    let text = |field: &'static str| member(field)?.as_str().ok_or(ProofError::Malformed { field });
    let said = text("payloadType")?;
    if said != payload_type || said.len() > PAYLOAD_TYPE_BYTES_MAX {
        return Err(ProofError::OtherPayload { got: shown(said) });
    }
    let payload = decode(text("payload")?).ok_or(ProofError::Malformed { field: "payload" })?;
    let signatures = member("signatures")?.as_array().ok_or(ProofError::Malformed { field: "signatures" })?;
    if signatures.is_empty() || signatures.len() > ENVELOPE_SIGNATURES_MAX {
        return Err(ProofError::Malformed { field: "signatures" });
    }
    let message = pae(payload_type, &payload);
    for signature in signatures {
        let signature = signature.get("sig").and_then(Value::as_str).and_then(decode);
        let signature: [u8; 64] = match signature.map(TryInto::try_into) {
            Some(Ok(signature)) => signature,
            // Another algorithm's signature may stand beside ours.
            Some(Err(_)) => continue,
            None => return Err(ProofError::Malformed { field: "sig" }),
        };
        if let Some(key) = keys.iter().find(|key| key.accepts(&message, &signature)) {
            return Ok(Opened { payload, key: *key });
        }
    }
    Err(ProofError::SignatureWrong)
}

/// What is signed: type and payload, each with its length before it, so that neither runs into the other.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// Base64 in either alphabet, with or without padding, as the specification asks of whoever reads.
fn decode(text: &str) -> Option<Vec<u8>> {
    [BASE64, BASE64URL, BASE64_NOPAD, BASE64URL_NOPAD].iter().find_map(|encoding| encoding.decode(text.as_bytes()).ok())
}
