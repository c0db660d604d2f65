//! Proofs of inclusion and consistency, for every size up to a full tile and some more.

use super::super::{
    Hash, Hashes, LogError, append, append_needs, check_consistency, check_inclusion, consistency, consistency_needs, frontier,
    inclusion, inclusion_needs, prefix_needs, prefix_root, root,
};
use super::{defined_root, entry, grown};

const SIZES: u64 = 300;

fn only(known: &Hashes, numbers: &[u64]) -> Hashes {
    numbers.iter().map(|number| (*number, known[number])).collect()
}

#[test]
fn the_root_of_every_size_is_the_one_of_the_definition() {
    let known = grown(SIZES);
    let entries: Vec<Hash> = (0..SIZES).map(entry).collect();
    for size in 0..=SIZES {
        let needs = frontier(size).unwrap();
        assert!(needs.len() <= 9, "{size} leaves are {} perfect trees", needs.len());
        let expected = defined_root(&entries[..usize::try_from(size).unwrap()]);
        assert_eq!(root(size, &only(&known, &needs)).unwrap(), expected, "{size} leaves");
    }
}

#[test]
fn appending_reads_only_what_it_says_it_needs() {
    let known = grown(SIZES);
    for size in 0..SIZES {
        let needs = append_needs(size).unwrap();
        for (number, hash) in append(size, &entry(size), &only(&known, &needs)).unwrap() {
            assert_eq!(known[&number], hash, "hash {number} of leaf {size}");
        }
        // From the frontier any number of leaves can be appended.
        let mut some = only(&known, &frontier(size).unwrap());
        for next in size..SIZES.min(size + 40) {
            let added = append(next, &entry(next), &some).unwrap();
            some.extend(added);
        }
        assert!(some.iter().all(|(number, hash)| known[number] == *hash));
    }
}

#[test]
fn every_leaf_of_every_size_is_proven_and_no_other_entry_is() {
    let known = grown(SIZES);
    for size in 1..=SIZES {
        let top = root(size, &known).unwrap();
        for index in (0..size).filter(|index| size <= 70 || index % 7 == 0 || index + 2 >= size) {
            let needs = inclusion_needs(index, size).unwrap();
            let proof = inclusion(index, size, &only(&known, &needs)).unwrap();
            assert_eq!(check_inclusion(&entry(index), index, size, &top, &proof), Ok(()), "leaf {index} of {size}");
            assert_eq!(check_inclusion(&entry(index + 1), index, size, &top, &proof), Err(LogError::ProofWrong));
            if let Some(other) = (index + 1 < size).then_some(index + 1) {
                assert_eq!(check_inclusion(&entry(index), other, size, &top, &proof), Err(LogError::ProofWrong));
            }
            for place in 0..proof.len() {
                let mut spoiled = proof.clone();
                spoiled[place][31] ^= 1;
                assert_eq!(check_inclusion(&entry(index), index, size, &top, &spoiled), Err(LogError::ProofWrong));
            }
        }
        assert_eq!(check_inclusion(&entry(size), size, size, &top, &[]), Err(LogError::OutOfTree));
    }
}

#[test]
fn every_size_is_proven_to_begin_with_every_earlier_one() {
    let known = grown(SIZES);
    let roots: Vec<Hash> = (0..=SIZES).map(|size| root(size, &known).unwrap()).collect();
    let at = |size: u64| &roots[usize::try_from(size).unwrap()];
    for size in 1..=SIZES {
        for earlier in (1..=size).filter(|earlier| size <= 70 || earlier % 11 == 0 || earlier.is_power_of_two()) {
            let needs = consistency_needs(earlier, size).unwrap();
            let proof = consistency(earlier, size, &only(&known, &needs)).unwrap();
            assert_eq!(check_consistency(earlier, at(earlier), size, at(size), &proof), Ok(()), "{earlier} in {size}");
            let other = at(earlier - 1);
            assert_eq!(check_consistency(earlier, other, size, at(size), &proof), Err(LogError::ProofWrong));
            let prefix = only(&known, &prefix_needs(earlier, size).unwrap());
            assert_eq!(prefix_root(earlier, size, at(size), &prefix).as_ref(), Ok(at(earlier)));
        }
    }
    assert_eq!(check_consistency(0, at(0), 5, at(5), &[]), Err(LogError::OutOfTree));
    assert_eq!(check_consistency(6, at(6), 5, at(5), &[]), Err(LogError::OutOfTree));
}

#[test]
fn a_beginning_is_not_believed_on_false_hashes() {
    for (earlier, size) in [(1, 2), (128, 256), (128, 300), (77, 300), (256, 300), (300, 300)] {
        let known = grown(size);
        let top = root(size, &known).unwrap();
        let needs = prefix_needs(earlier, size).unwrap();
        for number in &needs {
            let mut spoiled = only(&known, &needs);
            spoiled.get_mut(number).unwrap()[0] ^= 1;
            let read = prefix_root(earlier, size, &top, &spoiled);
            assert_eq!(read, Err(LogError::ProofWrong), "hash {number} of {earlier} in {size}");
        }
    }
}

#[test]
fn what_is_missing_or_endless_is_said() {
    let known = grown(5);
    assert_eq!(root(6, &known), Err(LogError::HashMissing));
    assert_eq!(append(7, &entry(7), &known), Err(LogError::HashMissing));
    assert_eq!(inclusion(0, 9, &known), Err(LogError::HashMissing));
    assert_eq!(frontier(u64::MAX), Err(LogError::OutOfTree));
    assert_eq!(inclusion_needs(3, u64::MAX), Err(LogError::OutOfTree));
    let endless = vec![[0; 32]; 100_000];
    assert_eq!(check_inclusion(&entry(0), 0, 5, &[0; 32], &endless), Err(LogError::ProofWrong));
    assert_eq!(check_consistency(2, &[0; 32], 5, &[0; 32], &endless), Err(LogError::ProofWrong));
}
