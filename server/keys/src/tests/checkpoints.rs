//! Signing checkpoints: a key of its own, a note that others can open, nothing secret on disk.

use std::fs;

use vetmoot_domain::log::{Checkpoint, LogError, Vkey, open};

use super::{at, key_file, keyring, open as open_keyring};
use crate::{KeyOwner, KeysError, PublicKey, Purpose};

const NAME: &str = "vet.example/log";

fn log() -> KeyOwner {
    KeyOwner::new("log")
}

fn text(size: u64) -> String {
    Checkpoint { origin: NAME.to_owned(), size, root: [3; 32] }.text()
}

#[test]
fn a_signed_note_opens_under_the_key_that_is_shown() {
    let (_dir, keyring) = keyring();
    keyring.ensure(&log(), Purpose::Checkpoint, at("2026-11-20T10:00:00Z")).unwrap();
    let key: Vkey = keyring.note_key(&log(), NAME).unwrap().to_string().parse().unwrap();
    let note = keyring.sign_note(&log(), NAME, &text(5)).unwrap();
    assert_eq!(open(note.as_bytes(), &key).unwrap(), text(5));
    assert_eq!(Checkpoint::verified(note.as_bytes(), &key).unwrap().size, 5);
    assert_eq!(keyring.sign_note(&log(), NAME, &text(5)).unwrap(), note, "the same text has the same note");
    assert!(Checkpoint::verified(note.replace("\n5\n", "\n6\n").as_bytes(), &key).is_err());
}

#[test]
fn the_key_for_checkpoints_is_a_key_of_its_own() {
    let (dir, keyring) = keyring();
    let now = at("2026-11-20T10:00:00Z");
    keyring.ensure(&log(), Purpose::Statement, now).unwrap();
    assert!(matches!(keyring.sign_note(&log(), NAME, &text(1)), Err(KeysError::NoKey { .. })));
    assert!(matches!(keyring.note_key(&log(), NAME), Err(KeysError::NoKey { .. })));
    let info = keyring.ensure(&log(), Purpose::Checkpoint, now).unwrap();
    assert_ne!(info.public, PublicKey::Ed25519(keyring.public_multikey(&log()).unwrap()));
    let before = keyring.note_key(&log(), NAME).unwrap();
    assert_eq!(open_keyring(dir.path()).note_key(&log(), NAME).unwrap(), before, "another process finds it");
    let stored = fs::read_to_string(key_file(dir.path())).unwrap();
    assert!(stored.contains("\"checkpoint\"") && stored.contains("ciphertext"));
}

#[test]
fn what_could_be_read_as_another_text_is_not_signed() {
    let (_dir, keyring) = keyring();
    keyring.ensure(&log(), Purpose::Checkpoint, at("2026-11-20T10:00:00Z")).unwrap();
    for text in ["", "no line end", "a\tb\n", "a\u{0}b\n"] {
        assert!(matches!(keyring.sign_note(&log(), NAME, text), Err(KeysError::Note(LogError::BadCheckpoint))), "{text:?}");
    }
    for name in ["", "a b", "a+b"] {
        assert!(matches!(keyring.sign_note(&log(), name, &text(1)), Err(KeysError::Note(LogError::BadKey))), "{name:?}");
    }
}
