//! Trees, proofs, tiles and notes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod notes;
mod proofs;
mod tiles;
mod vectors;

use sha2::{Digest as _, Sha256};

use super::{Hash, Hashes, append};

/// Some entry, as a digest.
fn entry(number: u64) -> Hash {
    Sha256::digest(format!("statement {number}")).into()
}

/// The stored hashes of a log of this many entries.
fn grown(size: u64) -> Hashes {
    let mut known = Hashes::new();
    for index in 0..size {
        let added = append(index, &entry(index), &known).unwrap();
        known.extend(added);
    }
    known
}

/// The root by the definition of RFC 6962, section 2.1, word for word.
fn defined_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => Sha256::digest([&[0][..], leaf].concat()).into(),
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(split);
            Sha256::digest([&[1][..], &defined_root(left), &defined_root(right)].concat()).into()
        }
    }
}
