//! Secrets of others: sealed, bound to their names, shown by nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{keyring, open};
use crate::{Keyring, MasterSecret};

const SECRET: &str = "pat-correct-horse-battery-staple";

fn files(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir.join("keys").join("vault")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_secret_comes_back_after_a_restart_and_goes_when_removed() {
    let (dir, keyring) = keyring();
    keyring.vault().put("credentials/1", &format!(" {SECRET}\n")).unwrap();
    drop(keyring);
    let again = open(dir.path());
    assert_eq!(again.vault().open("credentials/1").unwrap().as_str(), SECRET);
    again.vault().put("credentials/1", "another-one").unwrap();
    assert_eq!(again.vault().open("credentials/1").unwrap().as_str(), "another-one");
    assert!(again.vault().remove("credentials/1").unwrap());
    assert!(!again.vault().remove("credentials/1").unwrap());
    assert_eq!(again.vault().open("credentials/1").unwrap_err().code(), "no-secret");
    assert_eq!(files(dir.path()), Vec::<PathBuf>::new());
}

#[test]
fn it_lies_sealed_and_private() {
    let (dir, keyring) = keyring();
    keyring.vault().put("credentials/1", SECRET).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir.path().join("keys").join("vault")), 0o700);
    let [file] = files(dir.path()).try_into().unwrap();
    assert_eq!(mode(&file), 0o600);
    assert!(!fs::read_to_string(&file).unwrap().contains("horse"));
}

#[test]
fn it_opens_under_its_own_name_and_master_secret_alone() {
    let (dir, keyring) = keyring();
    keyring.vault().put("credentials/1", SECRET).unwrap();
    keyring.vault().put("credentials/2", "second-secret").unwrap();
    let moved = fs::read_to_string(keyring_path(dir.path(), "credentials/1")).unwrap();
    // In the place of the other, even with the other's name written into it.
    fs::write(keyring_path(dir.path(), "credentials/2"), &moved).unwrap();
    assert_eq!(keyring.vault().open("credentials/2").unwrap_err().code(), "damaged-key-file");
    fs::write(keyring_path(dir.path(), "credentials/2"), moved.replace("credentials/1", "credentials/2")).unwrap();
    assert_eq!(keyring.vault().open("credentials/2").unwrap_err().code(), "damaged-key-file");
    fs::remove_file(dir.path().join("keys").join("check")).unwrap();
    let other = Keyring::open(dir.path(), MasterSecret::configured(&"y".repeat(40)).unwrap()).unwrap();
    assert_eq!(other.vault().open("credentials/1").unwrap_err().code(), "damaged-key-file");
}

#[test]
fn what_could_not_stand_in_a_header_is_no_secret() {
    let (_dir, keyring) = keyring();
    for bad in ["", " \n", "two words", "line\nend", "größe", &"x".repeat(4_097)] {
        assert_eq!(keyring.vault().put("credentials/1", bad).unwrap_err().code(), "bad-secret", "{bad:?}");
    }
}

#[test]
fn nothing_shows_it() {
    let (dir, keyring) = keyring();
    keyring.vault().put("credentials/1", SECRET).unwrap();
    fs::write(keyring_path(dir.path(), "credentials/1"), format!("{{\"secret\": \"{SECRET}\"}}")).unwrap();
    let error = keyring.vault().open("credentials/1").unwrap_err();
    let shown = format!("{:?} {error} {error:?}", keyring.vault());
    assert!(!shown.contains("horse"), "{shown}");
}

fn keyring_path(dir: &Path, name: &str) -> PathBuf {
    let digest = data_encoding::HEXLOWER.encode(&openssl::sha::sha256(name.as_bytes()));
    dir.join("keys").join("vault").join(format!("{digest}.json"))
}
