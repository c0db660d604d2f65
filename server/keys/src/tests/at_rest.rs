//! What lies on disk: sealed, private, whole, and bound to its place.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::{ada, at, key_file, keyring, open};
use crate::{KeyOwner, Keyring, MasterSecret, PublicKey, Purpose};

const NOW: &str = "2026-11-20T10:00:00Z";

#[test]
fn a_key_is_made_once_and_found_again_after_a_restart() {
    let (dir, keyring) = keyring();
    let made = keyring.ensure(&ada(), Purpose::Statement, at(NOW)).unwrap();
    assert_eq!((made.serial, made.from, made.until), (1, at(NOW), None));
    assert_eq!(keyring.ensure(&ada(), Purpose::Statement, at("2027-01-01T00:00:00Z")).unwrap(), made);
    drop(keyring);
    let again = open(dir.path());
    assert_eq!(again.ensure(&ada(), Purpose::Statement, at("2027-01-01T00:00:00Z")).unwrap(), made);
    assert_eq!(PublicKey::Ed25519(again.public_multikey(&ada()).unwrap()), made.public);
    let signed = again.sign_statement(&ada(), &json!({"id": "a"}), "https://a.example/#k", NOW).unwrap();
    vetmoot_domain::proof::verify(&signed, &again.public_multikey(&ada()).unwrap()).unwrap();
}

#[test]
fn two_keyrings_on_one_folder_agree_on_the_key() {
    let (dir, first) = keyring();
    let second = open(dir.path());
    let made = first.ensure(&ada(), Purpose::Statement, at(NOW)).unwrap();
    assert_eq!(second.ensure(&ada(), Purpose::Statement, at(NOW)).unwrap(), made);
    // What one retires, the other no longer uses.
    let next = second.rotate(&ada(), Purpose::Statement, at("2026-12-01T00:00:00Z")).unwrap();
    assert_eq!(PublicKey::Ed25519(first.public_multikey(&ada()).unwrap()), next.public);
}

#[test]
fn many_at_once_make_one_key() {
    let (dir, _) = keyring();
    let makers: Vec<_> = (0..8)
        .map(|_| {
            let keyring = open(dir.path());
            std::thread::spawn(move || keyring.ensure(&ada(), Purpose::Statement, at(NOW)).unwrap())
        })
        .collect();
    let made: Vec<_> = makers.into_iter().map(|maker| maker.join().unwrap()).collect();
    assert!(made.iter().all(|key| *key == made[0]));
}

#[test]
fn files_are_private_and_hold_no_secret_in_the_clear() {
    let (dir, keyring) = keyring();
    keyring.ensure(&ada(), Purpose::Statement, at(NOW)).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir.path().join("master.key")), 0o600);
    assert_eq!(mode(&dir.path().join("keys")), 0o700);
    assert_eq!(mode(&key_file(dir.path())), 0o600);
    let stored: Value = serde_json::from_slice(&fs::read(key_file(dir.path())).unwrap()).unwrap();
    let secret = &stored["keys"][0]["secret"];
    let sealed = data_encoding::BASE64.decode(secret["ciphertext"].as_str().unwrap().as_bytes()).unwrap();
    // PKCS #8 of an Ed25519 key has 48 bytes and begins with a fixed head.
    assert_eq!(sealed.len(), 48 + 16);
    assert_ne!(&sealed[..5], &[0x30, 0x2e, 0x02, 0x01, 0x00]);
    assert!(
        fs::read_dir(dir.path().join("keys"))
            .unwrap()
            .all(|file| { !file.unwrap().file_name().to_string_lossy().ends_with(".new") })
    );
}

#[test]
fn another_master_secret_is_refused_at_the_start() {
    let (dir, keyring) = keyring();
    keyring.ensure(&ada(), Purpose::Statement, at(NOW)).unwrap();
    let other = MasterSecret::configured(&"x".repeat(32)).unwrap();
    let error = Keyring::open(dir.path(), other).unwrap_err();
    assert_eq!(error.code(), "wrong-master");
    // The text of the generated file, configured, is the same secret.
    let text = fs::read_to_string(dir.path().join("master.key")).unwrap();
    let same = Keyring::open(dir.path(), MasterSecret::configured(&text).unwrap()).unwrap();
    same.sign_statement(&ada(), &json!({}), "https://a.example/#k", NOW).unwrap();
}

/// Changes the key file and asks for a signature.
fn check(change: impl FnOnce(&mut Value), expected: &str) {
    let (dir, keyring) = keyring();
    keyring.ensure(&ada(), Purpose::Statement, at(NOW)).unwrap();
    let path = key_file(dir.path());
    let mut stored: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut stored);
    fs::write(&path, serde_json::to_vec(&stored).unwrap()).unwrap();
    let error = open(dir.path()).sign_statement(&ada(), &json!({}), "https://a.example/#k", NOW).unwrap_err();
    assert_eq!(error.code(), expected, "{stored}");
}

#[test]
fn a_changed_key_file_is_noticed() {
    check(|stored| stored["vetmoot-keys"] = 2.into(), "damaged-key-file");
    check(|stored| stored["owner"] = "users/eve".into(), "damaged-key-file");
    check(|stored| stored["more"] = 1.into(), "damaged-key-file");
    check(|stored| stored["keys"][0]["serial"] = 2.into(), "damaged-key-file");
    check(|stored| stored["keys"][0]["purpose"] = "http-message".into(), "damaged-key-file");
    check(|stored| stored["keys"][0]["public"] = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2".into(), "damaged-key-file");
    check(|stored| stored["keys"][0]["public"] = "none".into(), "damaged-key-file");
    for field in ["salt", "nonce", "ciphertext"] {
        check(|stored| stored["keys"][0]["secret"][field] = "".into(), "damaged-key-file");
        check(|stored| stored["keys"][0]["secret"][field] = "AAAA".into(), "damaged-key-file");
    }
    check(|stored| stored["keys"][0]["secret"] = Value::Null, "no-key");
    check(|stored| stored["keys"] = json!([]), "no-key");
}

#[test]
fn a_key_moved_to_another_owner_does_not_open() {
    let (dir, keyring) = keyring();
    keyring.ensure(&ada(), Purpose::Statement, at(NOW)).unwrap();
    let mut stored: Value = serde_json::from_slice(&fs::read(key_file(dir.path())).unwrap()).unwrap();
    stored["owner"] = "users/eve".into();
    let eve = KeyOwner::new("users/eve");
    fs::write(crate::file::key_path(dir.path(), &eve), serde_json::to_vec(&stored).unwrap()).unwrap();
    let error = keyring.sign_statement(&eve, &json!({}), "https://a.example/#k", NOW).unwrap_err();
    assert_eq!(error.code(), "damaged-key-file");
}

#[test]
fn a_torn_or_foreign_file_is_damaged_and_never_replaced() {
    let (dir, keyring) = keyring();
    keyring.ensure(&ada(), Purpose::Statement, at(NOW)).unwrap();
    let path = key_file(dir.path());
    fs::write(&path, "{\"vetmoot-keys\": 1, \"own").unwrap();
    assert_eq!(keyring.ensure(&ada(), Purpose::Statement, at(NOW)).unwrap_err().code(), "damaged-key-file");
    assert_eq!(keyring.rotate(&ada(), Purpose::Statement, at(NOW)).unwrap_err().code(), "damaged-key-file");
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"vetmoot-keys\": 1, \"own");
}

#[test]
fn a_write_that_fails_leaves_the_old_file_and_no_rest() {
    let dir = tempfile::TempDir::new().unwrap();
    let target = dir.path().join("folder-in-the-way");
    fs::create_dir(&target).unwrap();
    fs::write(target.join("inside"), "x").unwrap();
    let error = crate::file::write_atomically(&target, b"new").unwrap_err();
    assert_eq!(error.code(), "storage");
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["folder-in-the-way"]);
}

#[test]
fn any_name_can_own_keys_and_fits_any_disk() {
    for name in ["../../Größe/%2e%2e/CON", "", "a\nb\u{0}", &"x".repeat(5_000)] {
        let (dir, keyring) = keyring();
        keyring.ensure(&KeyOwner::new(name), Purpose::Statement, at(NOW)).unwrap();
        assert_eq!(key_file(dir.path()).parent().unwrap(), dir.path().join("keys"));
        keyring.sign_statement(&KeyOwner::new(name), &json!({}), "https://a.example/#k", NOW).unwrap();
    }
}
