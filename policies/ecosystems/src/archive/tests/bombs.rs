//! Archives that unpack to far more than they have.

use super::super::ArchiveKind::{Crate, Wheel};
use super::*;

fn code(kind: ArchiveKind, bytes: &[u8], limits: &Limits) -> &'static str {
    read_as(kind, bytes, limits).map_or_else(|error| error.code(), |_| "ok")
}

/// Many megabytes of zeros behind an entry, packed to little, without ever being in memory.
fn zeros_behind(entry: &[u8], megabytes: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(entry).unwrap();
    let zeros = vec![0; 1024 * 1024];
    for _ in 0..megabytes {
        encoder.write_all(&zeros).unwrap();
    }
    encoder.finish().unwrap()
}

/// The header alone of a file that claims this many bytes.
fn header_of(megabytes: u64) -> Vec<u8> {
    tar_entry_with(b"demo-1.2.0/zeros", b'0', b"", |block| {
        block[124..135].copy_from_slice(format!("{:011o}", megabytes * 1024 * 1024).as_bytes());
    })
}

/// The usual bounds with a smaller free allowance, so that a bomb of some megabytes is one.
fn small() -> Limits {
    Limits { ratio_free_bytes: 2 * 1024 * 1024, ..Limits::default() }
}

#[test]
fn the_usual_bounds_are_those_of_the_official_indexes() {
    let limits = Limits::default();
    assert_eq!((limits.unpacked_bytes, limits.ratio_free_bytes, limits.ratio), (512 << 20, 64 << 20, 50));
    assert_eq!(limits.entries, 100_000);
}

#[test]
fn a_bomb_is_stopped_by_its_ratio_while_it_unpacks() {
    let bytes = zeros_behind(&header_of(4), 4);
    assert!(bytes.len() < 60_000, "the bomb is small: {}", bytes.len());
    assert_eq!(code(Crate, &bytes, &small()), "unpacked-ratio");
    assert_eq!(code(Crate, &bytes, &Limits { unpacked_bytes: 3 << 20, ..Limits::default() }), "unpacked-too-large");
    // Below the allowance any ratio is fine; this one lacks its end, which is found out by reading it all.
    assert_eq!(code(Crate, &bytes, &Limits::default()), "archive-truncated");
}

#[test]
fn the_padding_behind_the_end_counts_too() {
    let bytes = zeros_behind(&tar(&[file("demo-1.2.0/Cargo.toml", MANIFEST)]), 4);
    assert_eq!(code(Crate, &bytes, &Limits::default()), "ok");
    assert_eq!(code(Crate, &bytes, &small()), "unpacked-ratio");
}

#[test]
fn too_many_entries_are_refused() {
    let entries: Vec<Vec<u8>> = (0..30).map(|at| file(&format!("demo-1.2.0/{at}"), "")).collect();
    let limits = Limits { entries: 20, ..Limits::default() };
    assert_eq!(code(Crate, &crate_with(&entries), &limits), "too-many-entries");
    let members: Vec<Member> = (0..30).map(|at| member(&format!("{at}"), "")).collect();
    assert_eq!(code(Wheel, &wheel_with(&members), &limits), "too-many-entries");
    // Long-name records are entries as well, though they name nothing.
    let nothing = vec![tar_entry(b"g", b'g', b""); 30];
    assert_eq!(code(Crate, &crate_with(&nothing), &limits), "too-many-entries");
    let deep: Vec<Vec<u8>> = (0..15).map(|at| file(&format!("demo-1.2.0/{at}/{}x", "a/".repeat(35)), "")).collect();
    assert_eq!(code(Crate, &crate_with(&deep), &limits), "too-many-entries");
}

#[test]
fn a_zip_bomb_is_stopped_as_well() {
    let bytes = wheel_with(&[Member { data: vec![0; 4 << 20], ..member("zeros", "") }]);
    assert_eq!(code(Wheel, &bytes, &small()), "unpacked-ratio");
    assert_eq!(code(Wheel, &bytes, &Limits { unpacked_bytes: 1024 * 1024, ..Limits::default() }), "unpacked-too-large");
    assert_eq!(code(Wheel, &bytes, &Limits::default()), "ok");
}

#[test]
fn a_manifest_has_a_bound_of_its_own() {
    let long = format!("{MANIFEST}# {}", "x".repeat(5_000));
    let bytes = gz(&tar(&[file("demo-1.2.0/Cargo.toml", &long)]));
    assert_eq!(code(Crate, &bytes, &Limits::default()), "ok");
    assert_eq!(code(Crate, &bytes, &Limits { manifest_bytes: 4_096, ..Limits::default() }), "manifest-too-long");
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_readers_panic(noise in proptest::collection::vec(0_u8..=255, 0..600), at in 0_usize..400, byte in 0_u8..=255) {
        for kind in [ArchiveKind::Crate, ArchiveKind::Sdist, ArchiveKind::Wheel, ArchiveKind::Tgz] {
            let _ = read_as(kind, &noise, &Limits::default());
            let _ = read_as(kind, &gz(&noise), &Limits::default());
            let mut wheel = wheel_with(&[]);
            let place = at % wheel.len();
            wheel[place] = byte;
            let _ = read_as(kind, &wheel, &Limits::default());
            let mut entries = tar(&[file("demo-1.2.0/Cargo.toml", MANIFEST)]);
            entries[at] = byte;
            let _ = read_as(kind, &gz(&entries), &Limits::default());
        }
    }
}
