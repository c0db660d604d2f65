//! Names of blobs, and errors that say what they are.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

#[test]
fn a_blob_lies_under_its_digest_and_its_name_leads_back() {
    let sha256 = [0xab; 32];
    assert_eq!(name(&sha256), format!("sha256/ab/{}", "ab".repeat(31)));
    assert_eq!(digest_of(&key(&sha256)), Some(sha256));
    for other in ["tmp/1-1.part", "sha256/ab/ab", "sha256/abab", "sha256/ab/cd/ef"] {
        assert_eq!(digest_of(&Key::from(other)), None, "{other}");
    }
}

#[test]
fn a_full_disk_is_told_from_other_failures_wherever_it_hides() {
    let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
    assert_eq!(BlobError::io(Path::new("x"), full()).code(), "disk-full");
    let hidden = object_store::Error::Generic { store: "local", source: Box::new(full()) };
    let error = BlobError::from(hidden);
    assert!(error.is_disk_full() && error.to_string().contains("--blobs-max"));
    assert_eq!(BlobError::io(Path::new("x"), std::io::Error::from(std::io::ErrorKind::PermissionDenied)).code(), "blob-io");
}

#[test]
fn writing_to_a_full_device_is_a_full_disk() {
    use std::io::Write as _;
    // Linux has a device that is always full.
    let Ok(mut full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let error = full.write_all(b"x").unwrap_err();
    assert!(BlobError::io(Path::new("/dev/full"), error).is_disk_full());
}
