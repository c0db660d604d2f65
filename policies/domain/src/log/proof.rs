//! Proofs: that a leaf is in a tree, and that a tree begins with an earlier one (RFC 6962, sections 2.1.1 and 2.1.2).

use super::error::LogError;
use super::limits::PROOF_HASHES_MAX;
use super::tree::{Hash, Hashes, Known, bounded, leaf_hash, wanted};

/// The numbers of the hashes that [`inclusion`] needs.
pub fn inclusion_needs(index: u64, size: u64) -> Result<Vec<u64>, LogError> {
    wanted(size, |reader| tlog_tiles::prove_record(size, index, reader).map(drop))
}

/// The proof that a tree of this size has a leaf at this index, nearest hash first.
pub fn inclusion(index: u64, size: u64, known: &Hashes) -> Result<Vec<Hash>, LogError> {
    within(index, size)?;
    let proof = tlog_tiles::prove_record(size, index, &Known(known)).map_err(|_| LogError::HashMissing)?;
    Ok(proof.into_iter().map(|hash| hash.0).collect())
}

/// Checks that the tree of this size and root has this entry at this index.
pub fn check_inclusion(entry: &[u8], index: u64, size: u64, root: &Hash, proof: &[Hash]) -> Result<(), LogError> {
    within(index, size)?;
    let proof = bounded_proof(proof)?;
    tlog_tiles::check_record(&proof, size, tlog_tiles::Hash(*root), index, tlog_tiles::Hash(leaf_hash(entry)))
        .map_err(|_| LogError::ProofWrong)
}

/// The numbers of the hashes that [`consistency`] needs.
pub fn consistency_needs(earlier: u64, size: u64) -> Result<Vec<u64>, LogError> {
    wanted(size, |reader| tlog_tiles::prove_tree(size, earlier, reader).map(drop))
}

/// The proof that the tree of this size begins with the tree of the earlier size, which has at least one leaf.
pub fn consistency(earlier: u64, size: u64, known: &Hashes) -> Result<Vec<Hash>, LogError> {
    begins(earlier, size)?;
    let proof = tlog_tiles::prove_tree(size, earlier, &Known(known)).map_err(|_| LogError::HashMissing)?;
    Ok(proof.into_iter().map(|hash| hash.0).collect())
}

/// Checks that the tree of this size and root begins with the earlier one, which has at least one leaf.
pub fn check_consistency(earlier: u64, earlier_root: &Hash, size: u64, root: &Hash, proof: &[Hash]) -> Result<(), LogError> {
    begins(earlier, size)?;
    let proof = bounded_proof(proof)?;
    tlog_tiles::check_tree(&proof, size, tlog_tiles::Hash(*root), earlier, tlog_tiles::Hash(*earlier_root))
        .map_err(|_| LogError::ProofWrong)
}

fn within(index: u64, size: u64) -> Result<(), LogError> {
    bounded(size)?;
    if index < size { Ok(()) } else { Err(LogError::OutOfTree) }
}

fn begins(earlier: u64, size: u64) -> Result<(), LogError> {
    bounded(size)?;
    if (1..=size).contains(&earlier) { Ok(()) } else { Err(LogError::OutOfTree) }
}

fn bounded_proof(proof: &[Hash]) -> Result<Vec<tlog_tiles::Hash>, LogError> {
    if proof.len() > PROOF_HASHES_MAX {
        return Err(LogError::ProofWrong);
    }
    Ok(proof.iter().map(|hash| tlog_tiles::Hash(*hash)).collect())
}
