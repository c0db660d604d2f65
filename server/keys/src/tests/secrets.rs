//! The master secret: made once, guarded, never shown.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::{ada, at, keyring};
use crate::{MasterSecret, Purpose};

#[test]
fn it_is_made_on_the_first_start_and_kept() {
    let dir = TempDir::new().unwrap();
    let first = MasterSecret::ensure_in(dir.path()).unwrap();
    let second = MasterSecret::ensure_in(dir.path()).unwrap();
    assert_eq!(first.bytes(), second.bytes());
    assert_eq!(first.bytes().len(), 43);
    let other = TempDir::new().unwrap();
    assert_ne!(MasterSecret::ensure_in(other.path()).unwrap().bytes(), first.bytes());
}

#[test]
fn a_lost_one_is_not_replaced_while_there_are_keys() {
    let (dir, keyring) = keyring();
    fs::remove_file(dir.path().join("master.key")).unwrap();
    keyring.ensure(&ada(), Purpose::Statement, at("2026-11-20T10:00:00Z")).unwrap();
    let error = MasterSecret::ensure_in(dir.path()).unwrap_err();
    assert_eq!(error.code(), "master-missing");
    assert!(!dir.path().join("master.key").exists());
}

#[test]
fn one_that_others_can_read_is_refused() {
    let dir = TempDir::new().unwrap();
    MasterSecret::ensure_in(dir.path()).unwrap();
    let path = dir.path().join("master.key");
    for mode in [0o640, 0o604, 0o666] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = MasterSecret::ensure_in(dir.path()).unwrap_err();
        assert_eq!(error.code(), "master-exposed", "{mode:o}");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    MasterSecret::ensure_in(dir.path()).unwrap();
}

#[test]
fn one_the_operator_provides_is_read_as_it_is() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("credential");
    fs::write(&path, format!("{}\n", "s".repeat(40))).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
    assert_eq!(MasterSecret::from_file(&path).unwrap().bytes(), "s".repeat(40).as_bytes());
    assert_eq!(MasterSecret::from_file(&dir.path().join("nowhere")).unwrap_err().code(), "storage");
}

#[test]
fn a_short_or_endless_one_is_refused() {
    let check = |text: &str, fine: bool| assert_eq!(MasterSecret::configured(text).is_ok(), fine, "{} bytes", text.len());
    check("", false);
    check(&"x".repeat(31), false);
    check(&format!("  {}\n", "x".repeat(31)), false);
    check(&"x".repeat(32), true);
    check(&"x".repeat(4_096), true);
    check(&"x".repeat(4_097), false);
}

#[test]
fn nothing_secret_is_shown_by_debug_or_errors() {
    let secret = "correct horse battery staple correct horse";
    let dir = TempDir::new().unwrap();
    let master = MasterSecret::configured(secret).unwrap();
    assert_eq!(format!("{master:?}"), "MasterSecret(not shown)");
    let keyring = crate::Keyring::open(dir.path(), master).unwrap();
    keyring.ensure(&ada(), Purpose::Statement, at("2026-11-20T10:00:00Z")).unwrap();
    let shown = format!("{keyring:?}");
    assert!(shown.starts_with("Keyring { dir: ") && shown.ends_with(", .. }"), "{shown}");
    let other = MasterSecret::configured("another secret that is long enough").unwrap();
    let error = crate::Keyring::open(dir.path(), other).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret that is long"), "{error:?}");
}
