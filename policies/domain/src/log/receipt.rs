//! A receipt: the proof that a log holds a statement, to be kept beside the statement and checked offline.

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::checkpoint::Checkpoint;
use super::error::LogError;
use super::limits::PROOF_HASHES_MAX;
use super::note::Vkey;
use super::proof::check_inclusion;
use super::tree::Hash;
use crate::proof::{ProofError, canonical};

/// The entry of a statement's leaf: SHA-256 of its canonical form, proof included.
pub fn entry_of(record: &Value) -> Result<Hash, ProofError> {
    Ok(Sha256::digest(canonical(record)?).into())
}

/// The proof that a log holds a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The leaf.
    pub index: u64,
    /// The size of the tree the proof is about.
    pub size: u64,
    /// The hashes from the leaf to the root, nearest first, each in base64.
    pub hashes: Vec<String>,
    /// The signed checkpoint of that size.
    pub checkpoint: String,
    /// The verifier key of the log, as the log itself names it.
    pub key: String,
}

impl Receipt {
    /// A receipt of its parts.
    pub fn new(index: u64, size: u64, hashes: &[Hash], checkpoint: String, key: &Vkey) -> Self {
        let hashes = hashes.iter().map(|hash| BASE64.encode(hash)).collect();
        Self { index, size, hashes, checkpoint, key: key.to_string() }
    }

    /// Checks that the log with this key holds the entry; answers the checkpoint that says so.
    pub fn verify(&self, entry: &Hash, key: &Vkey) -> Result<Checkpoint, LogError> {
        let checkpoint = Checkpoint::verified(self.checkpoint.as_bytes(), key)?;
        if checkpoint.size != self.size || self.hashes.len() > PROOF_HASHES_MAX {
            return Err(LogError::ProofWrong);
        }
        let read = |text: &String| BASE64.decode(text.as_bytes()).ok()?.try_into().ok();
        let proof: Option<Vec<Hash>> = self.hashes.iter().map(read).collect();
        let proof = proof.ok_or(LogError::ProofWrong)?;
        check_inclusion(entry, self.index, self.size, &checkpoint.root, &proof)?;
        Ok(checkpoint)
    }
}
