//! Signed notes and the keys that verify them (C2SP signed-note); signing itself is done where keys are kept.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64;
use signed_note::{Note, Signature, StandardVerifier, VerifierList};

use super::error::LogError;
use super::limits::{CHECKPOINT_BYTES_MAX, SIGNATURES_MAX, VKEY_BYTES_MAX};
use crate::proof::Multikey;

/// The type of an Ed25519 key.
const ED25519: u8 = 1;

/// A verifier key of Ed25519, `NAME+ID+KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vkey {
    name: String,
    key: Multikey,
}

impl Vkey {
    /// The key of a signer of this name.
    ///
    /// # Errors
    /// The name is empty, or has a space, a plus sign or a control character in it.
    pub fn new(name: &str, key: Multikey) -> Result<Self, LogError> {
        if !signed_note::is_key_name_valid(name) || name.chars().any(char::is_control) || name.len() > VKEY_BYTES_MAX {
            return Err(LogError::BadKey);
        }
        Ok(Self { name: name.to_owned(), key })
    }
    /// The signer's name; of a log its origin.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The key.
    pub fn key(&self) -> &Multikey {
        &self.key
    }
    /// The key with its type, as it stands in the text form and under the id.
    fn typed(&self) -> Vec<u8> {
        [&[ED25519], &self.key.to_bytes()[..]].concat()
    }
    /// The number that stands before its signatures.
    pub fn id(&self) -> u32 {
        signed_note::key_id(&self.name, &self.typed())
    }
}

impl fmt::Display for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.id(), BASE64.encode(&self.typed()))
    }
}

impl FromStr for Vkey {
    type Err = LogError;
    fn from_str(text: &str) -> Result<Self, LogError> {
        if text.len() > VKEY_BYTES_MAX {
            return Err(LogError::BadKey);
        }
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else { return Err(LogError::BadKey) };
        let typed = BASE64.decode(key.as_bytes()).map_err(|_| LogError::BadKey)?;
        let bytes = typed.strip_prefix(&[ED25519]).and_then(|key| <&[u8; 32]>::try_from(key).ok());
        let key = bytes.and_then(Multikey::from_bytes).ok_or(LogError::BadKey)?;
        let read = Self::new(name, key)?;
        if read.to_string() == text { Ok(read) } else { Err(LogError::BadKey) }
    }
}

/// A signature as the line that stands under a note, line end included.
pub fn signature_line(key: &Vkey, signature: &[u8; 64]) -> String {
    let numbered = [&key.id().to_be_bytes()[..], signature].concat();
    format!("\u{2014} {} {}\n", key.name(), BASE64.encode(&numbered))
}

/// A note of its text, which ends with a line end, and the lines of its signatures.
pub fn note(text: &str, signatures: &[String]) -> String {
    format!("{text}\n{}", signatures.concat())
}

/// The text of a note that carries a valid signature by the key; signatures by others are passed over.
pub fn open(bytes: &[u8], key: &Vkey) -> Result<String, LogError> {
    if bytes.len() > CHECKPOINT_BYTES_MAX {
        return Err(LogError::BadCheckpoint);
    }
    let note = Note::from_bytes(bytes).map_err(|_| LogError::BadCheckpoint)?;
    let lines = bytes.split(|byte| *byte == b'\n').rev().skip(1).take_while(|line| !line.is_empty());
    let signatures: Vec<Signature> = lines.take(SIGNATURES_MAX).filter_map(|line| Signature::from_bytes(line).ok()).collect();
    // `signed_note` verifies as RFC 8032 lets one; strict verification shuts out signatures that fit several texts.
    let ours = signatures.iter().filter(|signature| signature.name() == key.name() && signature.id() == key.id());
    let strict = ours.filter_map(|signature| <&[u8; 64]>::try_from(signature.signature()).ok());
    let text = note.text().to_vec();
    if !strict.into_iter().any(|signature| key.key().accepts(&text, signature)) {
        return Err(LogError::SignatureWrong);
    }
    let verifier = StandardVerifier::new(&key.to_string()).map_err(|_| LogError::BadKey)?;
    note.verify(&VerifierList::new(vec![Box::new(verifier)])).map_err(|_| LogError::SignatureWrong)?;
    String::from_utf8(text).map_err(|_| LogError::BadCheckpoint)
}
