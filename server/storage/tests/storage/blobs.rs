//! Blobs: there whole or not at all, found by digest alone, and pruned without losing what is needed.

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use sha2::Digest as _;
use vetmoot_domain::{Digest, Digests};
use vetmoot_storage::artifacts::SeenArtifact;
use vetmoot_storage::listings::ListingRow;
use vetmoot_storage::{BlobStore, Hashes, artifacts, audits, blobs, listings, packages};

use crate::world::{World, day, member, new_audit, on_both_databases, package, sha256};

on_both_databases! {
    pruning_takes_what_nobody_used_for_longest_and_keeps_what_is_needed,
    what_nothing_refers_to_any_more_is_swept,
    a_store_that_was_killed_between_file_and_row_finds_both_again,
}

async fn open(world: &World) -> BlobStore {
    BlobStore::in_folder(&world.folder.path().join("blobs"), world.store.clone()).await.unwrap()
}

/// Every file of the store, by its path in it.
fn files(blobs: &BlobStore) -> Vec<String> {
    fn walk(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(blobs.folder(), &mut found);
    let mut names: Vec<String> =
        found.iter().map(|path| path.strip_prefix(blobs.folder()).unwrap().display().to_string()).collect();
    names.sort();
    names
}

fn hash(text: &str) -> [u8; 32] {
    sha256(text).bytes().try_into().unwrap()
}

#[tokio::test]
async fn a_blob_is_written_in_pieces_and_read_back() {
    let world = World::sqlite().await;
    let blobs = open(&world).await;
    let mut writer = blobs.writer().await.unwrap();
    writer.write(Bytes::from_static(b"hello ")).await.unwrap();
    writer.flush().await.unwrap();
    assert_eq!(std::fs::read(writer.path()).unwrap(), b"hello ", "what was written can be followed");
    writer.write(Bytes::from_static(b"world")).await.unwrap();
    let stored = writer.commit(&Digests::of(sha256("hello world")), None).await.unwrap();
    assert_eq!((stored.sha256, stored.size), (hash("hello world"), 11));
    assert!(stored.digests.sha512.is_some());
    let hex = hex::encode(stored.sha256);
    assert_eq!(files(&blobs), [format!("sha256/{}/{}", &hex[..2], &hex[2..])]);
    assert_eq!(blobs.read(&stored.sha256).await.unwrap().unwrap(), "hello world");
    let opened = blobs.open(&stored.sha256, day(0)).await.unwrap().unwrap();
    assert_eq!((opened.size, std::fs::read(&opened.path).unwrap()), (11, b"hello world".to_vec()));
    let tail: Vec<Bytes> = blobs.stream(&stored.sha256, 6).await.unwrap().unwrap().try_collect().await.unwrap();
    assert_eq!(tail.concat(), b"world");
    assert_eq!(blobs.has(&stored.sha256).await.unwrap(), Some(11));
    assert_eq!(blobs.verify(&stored.sha256).await.unwrap(), Some(true));
    assert!(blobs.open(&[0; 32], day(0)).await.unwrap().is_none() && blobs.read(&[0; 32]).await.unwrap().is_none());
}

#[tokio::test]
async fn a_large_blob_has_the_digests_of_its_bytes_whatever_pieces_they_came_in() {
    let world = World::sqlite().await;
    let blobs = open(&world).await;
    let whole: Vec<u8> = (0..40_000_000_u32).map(|at| (at % 251) as u8).collect();
    let mut digests = Vec::new();
    for piece in [64 << 10, 3_000_001, whole.len()] {
        let mut writer = blobs.writer().await.unwrap();
        for bytes in whole.chunks(piece) {
            writer.write(Bytes::copy_from_slice(bytes)).await.unwrap();
        }
        assert_eq!(writer.written(), 40_000_000);
        let stored = writer.commit(&Digests::default(), None).await.unwrap();
        assert_eq!(blobs.read(&stored.sha256).await.unwrap().unwrap(), whole);
        digests.push((stored.digests, stored.sha1));
    }
    assert_eq!(digests[0].0.sha256.unwrap(), <[u8; 32]>::from(sha2::Sha256::digest(&whole)));
    assert_eq!(**digests[0].0.sha512.as_ref().unwrap(), <[u8; 64]>::from(sha2::Sha512::digest(&whole)));
    assert_eq!(digests[0].1.unwrap(), <[u8; 20]>::from(sha1::Sha1::digest(&whole)));
    assert!(digests.iter().all(|others| *others == digests[0]));
}

#[tokio::test]
async fn a_digest_that_was_not_taken_is_none_and_agrees_with_nothing() {
    let world = World::sqlite().await;
    let blobs = open(&world).await;
    let mut writer = blobs.writer_taking(Hashes::Sha256).await.unwrap();
    writer.write(Bytes::from_static(b"good")).await.unwrap();
    let stored = writer.commit(&Digests::of(sha256("good")), None).await.unwrap();
    assert_eq!((stored.digests, stored.sha1), (Digests::of(sha256("good")), None));
    let mut long = Digests::of(sha256("good"));
    long.add(Digest::Sha512(Box::new(sha2::Sha512::digest(b"good").into())));
    for (expected, sha1) in [(long, None), (Digests::default(), Some(sha1::Sha1::digest(b"good").into()))] {
        let mut writer = blobs.writer_taking(Hashes::Sha256).await.unwrap();
        writer.write(Bytes::from_static(b"good")).await.unwrap();
        assert_eq!(writer.commit(&expected, sha1.as_ref()).await.unwrap_err().code(), "digest-mismatch");
    }
}

#[tokio::test]
async fn the_wrong_bytes_leave_nothing() {
    let world = World::sqlite().await;
    let blobs = open(&world).await;
    let mut long = Digests::default();
    long.add(Digest::Sha512(Box::new([1; 64])));
    let mut half = Digests::of(sha256("good"));
    half.add(Digest::Sha512(Box::new([1; 64])));
    for (expected, sha1) in
        [(Digests::of(sha256("evil")), None), (long, None), (half, None), (Digests::default(), Some([0; 20]))]
    {
        let mut writer = blobs.writer().await.unwrap();
        writer.write(Bytes::from_static(b"good")).await.unwrap();
        let error = writer.commit(&expected, sha1.as_ref()).await.unwrap_err();
        assert_eq!(error.code(), "digest-mismatch");
        assert_eq!(files(&blobs), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_writer_that_is_dropped_or_killed_leaves_nothing() {
    let world = World::sqlite().await;
    let blobs = open(&world).await;
    let mut writer = blobs.writer().await.unwrap();
    writer.write(Bytes::from_static(b"half of it")).await.unwrap();
    // What a killed process leaves is a file without a lock; a living writer's file is locked and stays.
    std::fs::write(blobs.folder().join("tmp/1-1.part"), "left behind").unwrap();
    let again = open(&world).await;
    assert_eq!(files(&again).len(), 1);
    writer.write(Bytes::from_static(b" and the rest")).await.unwrap();
    drop(writer);
    assert_eq!(files(&blobs), Vec::<String>::new());
    let gone = blobs.writer().await.unwrap();
    gone.abort();
    assert_eq!(files(&blobs), Vec::<String>::new());
}

#[tokio::test]
async fn the_same_bytes_twice_are_one_blob() {
    let world = World::sqlite().await;
    let blobs = open(&world).await;
    let first = blobs.put(Bytes::from_static(b"same")).await.unwrap();
    let (second, third) = tokio::join!(blobs.put(Bytes::from_static(b"same")), blobs.put(Bytes::from_static(b"same")));
    assert_eq!((second.unwrap(), third.unwrap()), (first, first));
    assert_eq!(files(&blobs).len(), 1);
}

#[tokio::test]
async fn a_blob_that_rotted_is_found_out() {
    let world = World::sqlite().await;
    let blobs = open(&world).await;
    let sha256 = blobs.put(Bytes::from_static(b"fresh")).await.unwrap();
    std::fs::write(blobs.folder().join(&files(&blobs)[0]), "stale").unwrap();
    assert_eq!(blobs.verify(&sha256).await.unwrap(), Some(false));
}

#[tokio::test]
async fn blobs_are_carried_to_another_store_and_checked_on_the_way() {
    let world = World::sqlite().await;
    let blobs = open(&world).await;
    let one = blobs.put(Bytes::from_static(b"one")).await.unwrap();
    blobs.put(Bytes::from_static(b"two")).await.unwrap();
    let backup = tempfile::tempdir().unwrap();
    let copied = blobs.copy_into(backup.path(), &[one, [0; 32]]).await.unwrap();
    assert_eq!((copied.blobs, copied.bytes, copied.missing), (1, 3, 1));
    let other = World::sqlite().await;
    let restored = open(&other).await;
    assert_eq!(restored.take_from(backup.path()).await.unwrap().blobs, 1);
    assert_eq!(restored.read(&one).await.unwrap().unwrap(), "one");
    std::fs::write(backup.path().join(&files(&restored)[0]), "eno").unwrap();
    assert_eq!(restored.take_from(backup.path()).await.unwrap_err().code(), "digest-mismatch");
}

fn seen(version: &str, bytes: &str) -> SeenArtifact {
    SeenArtifact {
        version: version.parse().unwrap(),
        file_name: None,
        digests: Digests::of(sha256(bytes)),
        size: None,
        url: "https://files.example".to_owned(),
        published: None,
        date_source: None,
        publisher: None,
    }
}

async fn pruning_takes_what_nobody_used_for_longest_and_keeps_what_is_needed(world: World) {
    let blobs = open(&world).await;
    let names = ["audited", "pinned", "listing", "changed", "old", "new"];
    for name in names {
        // Ten bytes each.
        let padded = format!("{name:10}");
        blobs.put(Bytes::from(padded)).await.unwrap();
    }
    let hash = |name: &str| hash(&format!("{name:10}"));
    world
        .write(async |tx| {
            let ada = member(tx, "ada", &[]).await;
            let row = packages::ensure(tx, &package("pkg:cargo/serde"), day(0)).await.unwrap();
            let entries = [("1.0.0", "audited"), ("2.0.0", "changed"), ("3.0.0", "old"), ("4.0.0", "new")];
            let entries: Vec<_> = entries.iter().map(|(version, name)| seen(version, &format!("{name:10}"))).collect();
            artifacts::merge_listing(tx, row.id, &entries, day(0), true).await.unwrap();
            artifacts::merge_listing(tx, row.id, &[seen("2.0.0", "evil")], day(0), false).await.unwrap();
            audits::insert(tx, &new_audit("a1", ada.id, "full pkg:cargo/serde@1.0.0 safe-to-run", day(0))).await.unwrap();
            blobs::pin(tx, &hash("pinned"), "staged", day(0)).await.unwrap();
            let listing = ListingRow {
                etag: None,
                last_modified: None,
                content_type: None,
                url: "https://index.example".to_owned(),
                fetched_at: day(0),
                checked_at: day(0),
                blob: hash("listing"),
                complaints: vec![],
                traits: "{}".to_owned(),
            };
            listings::put(tx, row.id, &listing).await.unwrap();
        })
        .await;
    blobs.write_down(day(0)).await.unwrap();
    assert_eq!(blobs::usage(&world.store.read()).await.unwrap().bytes, 60);
    blobs.open(&hash("new"), day(1)).await.unwrap().unwrap();
    assert_eq!(blobs.prune(60, day(2)).await.unwrap(), 0);
    assert_eq!(blobs.prune(55, day(2)).await.unwrap(), 10);
    assert!(blobs.read(&hash("old")).await.unwrap().is_none() && blobs.read(&hash("new")).await.unwrap().is_some());
    assert_eq!(blobs.prune(0, day(2)).await.unwrap(), 10);
    for name in ["audited", "pinned", "listing", "changed"] {
        assert!(blobs.read(&hash(name)).await.unwrap().is_some(), "{name} is needed");
    }
    assert_eq!(blobs::kept(&world.store.read()).await.unwrap().len(), 4);
    assert!(world.write(async |tx| blobs::unpin(tx, &hash("pinned"), "staged").await.unwrap()).await);
    world.write(async |tx| audits::withdraw(tx, "a1", "wrong", "{}", day(3)).await.unwrap()).await;
    assert_eq!(blobs.prune(0, day(3)).await.unwrap(), 20);
    assert_eq!(files(&blobs).len(), 2);
}

async fn what_nothing_refers_to_any_more_is_swept(world: World) {
    let blobs = open(&world).await;
    blobs.put(Bytes::from_static(b"an old document")).await.unwrap();
    let artifact = blobs.put(Bytes::from_static(b"an artifact")).await.unwrap();
    world
        .write(async |tx| {
            let row = packages::ensure(tx, &package("pkg:cargo/serde"), day(0)).await.unwrap();
            artifacts::merge_listing(tx, row.id, &[seen("1.0.0", "an artifact")], day(0), true).await.unwrap();
        })
        .await;
    blobs.write_down(day(0)).await.unwrap();
    let row = packages::find(&world.store.read(), &package("pkg:cargo/serde")).await.unwrap().unwrap();
    assert!(artifacts::of_package(&world.store.read(), row.id).await.unwrap()[0].stored);
    assert_eq!(blobs.sweep_unreferenced(day(0), day(1)).await.unwrap(), 0, "it was used at that moment");
    assert_eq!(blobs.sweep_unreferenced(day(1), day(1)).await.unwrap(), 15);
    assert!(blobs.read(&artifact).await.unwrap().is_some());
}

async fn a_store_that_was_killed_between_file_and_row_finds_both_again(world: World) {
    let blobs = open(&world).await;
    blobs.put(Bytes::from_static(b"written down")).await.unwrap();
    blobs.write_down(day(0)).await.unwrap();
    blobs.put(Bytes::from_static(b"never written down")).await.unwrap();
    let path = blobs.open(&hash("written down"), day(0)).await.unwrap().unwrap().path;
    drop(blobs);
    std::fs::remove_file(path).unwrap();
    let again = open(&world).await;
    let compared = again.compare(day(1)).await.unwrap();
    assert_eq!((compared.adopted, compared.forgotten), (1, 1));
    assert_eq!(blobs::usage(&world.store.read()).await.unwrap().bytes, 18);
    assert_eq!(again.prune(0, day(2)).await.unwrap(), 18);
    assert_eq!(files(&again), Vec::<String>::new());
}
