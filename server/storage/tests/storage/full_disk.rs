//! A disk that is full: a clear error, nothing half-written, and work goes on when there is room again.
//!
//! The disk is a file system of six megabytes in memory that this test mounts for a copy of itself alone.

use std::path::Path;
use std::process::Command;

use vetmoot_domain::Digests;
use vetmoot_storage::{BlobStore, Store, StoreConfig, StoreError, settings};

/// Names the small disk to the copy of this test that runs on it.
const DISK: &str = "VETMOOT_TEST_SMALL_DISK";
/// What the script answers where nobody may mount.
const CANNOT_MOUNT: i32 = 77;

#[tokio::test]
async fn a_full_disk_is_a_clear_error_and_nothing_is_half_written() {
    if let Some(disk) = std::env::var_os(DISK) {
        rows(Path::new(&disk)).await;
        blobs(Path::new(&disk)).await;
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = r#"mount -t tmpfs -o size=6m none "$1" || exit 77; exec "$2" --exact "$3" --nocapture"#;
    let ran = Command::new("unshare")
        .args(["-rm", "sh", "-c", script, "sh"])
        .arg(folder.path())
        .arg(std::env::current_exe().unwrap())
        .arg("full_disk::a_full_disk_is_a_clear_error_and_nothing_is_half_written")
        .env(DISK, folder.path())
        .output();
    match ran {
        Ok(ran) if ran.status.success() => {
            assert!(String::from_utf8_lossy(&ran.stdout).contains("1 passed"), "the copy ran no test");
        }
        Ok(ran) if ran.status.code() != Some(CANNOT_MOUNT) && String::from_utf8_lossy(&ran.stdout).contains("panicked") => {
            panic!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        }
        Ok(ran) if ran.status.code() == Some(101) => panic!("{}", String::from_utf8_lossy(&ran.stderr)),
        Ok(_) | Err(_) => eprintln!("nobody may mount a small disk here: this test did not run"),
    }
}

fn fill(disk: &Path) -> std::path::PathBuf {
    use std::io::Write as _;
    let filler = disk.join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    filler
}

async fn note(store: &Store, name: &str, bytes: usize) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    settings::set(&tx, name, &"x".repeat(bytes)).await?;
    tx.commit().await
}

async fn rows(disk: &Path) {
    let store = Store::open(&StoreConfig::data_dir(disk)).await.unwrap();
    note(&store, "before", 10_000).await.unwrap();
    let filler = fill(disk);
    let error = note(&store, "meanwhile", 1_000_000).await.unwrap_err();
    assert_eq!(error.code(), "disk-full", "{error:?}");
    assert!(error.is_disk_full() && error.to_string().contains("nothing was written"));
    let reader = store.read();
    assert_eq!(settings::get(&reader, "before").await.unwrap().unwrap().len(), 10_000);
    assert_eq!(settings::get(&reader, "meanwhile").await.unwrap(), None);
    std::fs::remove_file(filler).unwrap();
    note(&store, "after", 1_000_000).await.unwrap();
    assert_eq!(store.damage().await.unwrap(), Vec::<String>::new());
    store.close().await.unwrap();
}

async fn blobs(disk: &Path) {
    let store = Store::open(&StoreConfig::data_dir(disk)).await.unwrap();
    let blobs = BlobStore::in_folder(&disk.join("blobs"), store).await.unwrap();
    let mut writer = blobs.writer().await.unwrap();
    let error = loop {
        if let Err(error) = writer.write(bytes::Bytes::from(vec![7; 100_000])).await {
            break error;
        }
    };
    assert_eq!(error.code(), "disk-full", "{error:?}");
    assert_eq!(writer.flush().await.unwrap_err().code(), "blob-given-up");
    assert_eq!(writer.commit(&Digests::default(), None).await.unwrap_err().code(), "blob-given-up");
    assert_eq!(std::fs::read_dir(disk.join("blobs/tmp")).unwrap().count(), 0);
    let stored = blobs.put(bytes::Bytes::from(vec![7; 100_000])).await.unwrap();
    assert_eq!(blobs.has(&stored).await.unwrap(), Some(100_000));
}
