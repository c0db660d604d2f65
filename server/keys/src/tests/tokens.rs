//! Tokens, ids and comparisons.

use std::collections::BTreeSet;

use crate::{hash_token, random_id_128, random_token, same};

#[test]
fn tokens_and_ids_are_long_plain_and_never_the_same() {
    let tokens: BTreeSet<_> = (0..1_000).map(|_| random_token().unwrap()).collect();
    assert_eq!(tokens.len(), 1_000);
    for token in tokens {
        assert_eq!(token.len(), 43);
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')), "{token}");
    }
    let ids: BTreeSet<_> = (0..1_000).map(|_| random_id_128().unwrap()).collect();
    assert_eq!(ids.len(), 1_000);
}

#[test]
fn the_hash_of_a_token_is_its_sha_256() {
    assert_eq!(hash_token("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn comparison_tells_equal_from_different() {
    assert!(same(b"", b"") && same(b"token", b"token"));
    assert!(!same(b"token", b"tokem") && !same(b"token", b"token1") && !same(b"", b"x"));
}
