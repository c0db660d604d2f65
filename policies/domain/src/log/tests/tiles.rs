//! Tiles and bundles: paths both ways, bytes both ways.

use proptest::prelude::*;

use super::super::{
    Hashes, LogError, Tile, TileKind, Tiles, bundle, bundle_entries, find, find_needs, hashes_in, prefix_needs, prefix_root,
    root, tile_bytes, tile_hashes, tile_needs, tiles_of,
};
use super::{entry, grown};

#[test]
fn paths_are_those_of_the_specification() {
    let check = |kind: TileKind, index: u64, width: u16, path: &str| {
        let tile = Tile::new(kind, index, width).unwrap();
        assert_eq!(tile.to_string(), path);
        assert_eq!(path.parse::<Tile>(), Ok(tile));
    };
    check(TileKind::Hashes(0), 0, 256, "tile/0/000");
    check(TileKind::Hashes(0), 1_234_067, 256, "tile/0/x001/x234/067");
    check(TileKind::Hashes(0), 1_234, 17, "tile/0/x001/234.p/17");
    check(TileKind::Hashes(3), 999, 1, "tile/3/999.p/1");
    check(TileKind::Entries, 1_000, 256, "tile/entries/x001/000");
    check(TileKind::Entries, 0, 255, "tile/entries/000.p/255");
}

#[test]
fn what_is_no_path_is_refused() {
    for path in [
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/x001",
        "tile/0/001/002",
        "tile/00/000",
        "tile/8/000",
        "tile/-1/000",
        "tile/+0/000",
        "tile/8/0/000",
        "tile/data/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p",
        "tile/0/",
        "tile/0",
        "tile/",
        "",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/x999/x999/x999/x999/x999/999",
        "tile/0/\u{0661}00",
        "tile/0/000.p/5/",
        "tile/entries/../000",
        "tile/0/x18446744073709551615/000",
    ] {
        assert_eq!(path.parse::<Tile>(), Err(LogError::BadTilePath), "{path}");
    }
    assert_eq!("tile/0/000".repeat(100).parse::<Tile>(), Err(LogError::BadTilePath));
}

proptest! {
    #[test]
    fn every_tile_has_one_path(level in 0_u8..=8, index in 0_u64..1 << 40, width in 1_u16..=256) {
        let kind = if level == 8 { TileKind::Entries } else { TileKind::Hashes(level) };
        let tile = Tile::new(kind, index, width).unwrap();
        prop_assert_eq!(tile.to_string().parse::<Tile>(), Ok(tile));
    }
    #[test]
    fn any_text_is_read_without_harm(path in "(tile/)?[0-9a-z/.x]{0,40}") {
        if let Ok(tile) = path.parse::<Tile>() {
            prop_assert_eq!(tile.to_string(), path);
        }
    }
    #[test]
    fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..400), width in 0_u16..20) {
        let _ = tile_hashes(&bytes, width);
        let _ = bundle_entries(&bytes, width);
    }
}

#[test]
fn a_bundle_is_read_as_it_was_written() {
    let entries: Vec<_> = (0..3).map(entry).collect();
    let bytes = bundle(&entries);
    assert_eq!(bytes.len(), 3 * 34);
    assert_eq!(bytes[..2], [0, 32], "the length stands before the entry, its higher byte first");
    assert_eq!(bundle_entries(&bytes, 3), Ok(entries));
    for width in [0, 2, 4] {
        assert_eq!(bundle_entries(&bytes, width), Err(LogError::BadTile));
    }
    assert_eq!(bundle_entries(&bytes[1..], 3), Err(LogError::BadTile));
    let mut longer = bytes;
    longer[1] = 31;
    assert_eq!(bundle_entries(&longer, 3), Err(LogError::BadTile));
}

#[test]
fn a_log_has_the_tiles_its_size_allows() {
    let check =
        |path: &str, size: u64, there: bool| assert_eq!(path.parse::<Tile>().unwrap().is_in(size), there, "{path} of {size}");
    check("tile/0/000", 256, true);
    check("tile/0/000", 255, false);
    check("tile/0/000.p/255", 255, true);
    check("tile/1/000.p/1", 255, false);
    check("tile/1/000.p/1", 256, true);
    check("tile/1/000", 65_535, false);
    check("tile/1/000", 65_536, true);
    check("tile/entries/001.p/4", 260, true);
    check("tile/7/000.p/1", 1 << 48, false);
    let bundles: Vec<String> = Tile::entries_from(300, 700).map(|tile| tile.to_string()).collect();
    assert_eq!(bundles, ["tile/entries/001", "tile/entries/002.p/188"]);
    assert_eq!(Tile::entries_from(700, 700).count(), 1, "the bundle of the last leaf goes on");
    assert_eq!(Tile::entries_from(512, 512).count(), 0);
}

/// The tiles of a log that these hashes are read from.
fn served(known: &Hashes, numbers: &[u64], size: u64) -> Tiles {
    let tiles = tiles_of(numbers, size).unwrap();
    tiles.into_iter().map(|tile| (tile, tile_bytes(&tile, size, known).unwrap())).collect()
}

#[test]
fn proofs_are_read_out_of_tiles_alone() {
    let all = grown(70_000);
    for size in [1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000] {
        let top = root(size, &all).unwrap();
        for index in [0, size / 2, size - 1] {
            let needs = find_needs(index, size).unwrap();
            let tiles = served(&all, &needs, size);
            assert!(tiles.len() <= 6, "{} tiles for a proof in {size}", tiles.len());
            let known = hashes_in(&tiles, &needs, size).unwrap();
            assert!(find(&entry(index), index, size, &top, &known).is_ok(), "leaf {index} of {size}");
            assert_eq!(find(&entry(index + 1), index, size, &top, &known), Err(LogError::ProofWrong));
        }
        for earlier in [1, size / 3 + 1, size] {
            let needs = prefix_needs(earlier, size).unwrap();
            let tiles = served(&all, &needs, size);
            let known = hashes_in(&tiles, &needs, size).unwrap();
            assert_eq!(prefix_root(earlier, size, &top, &known), root(earlier, &all), "{earlier} in {size}");
            for tile in tiles.keys() {
                let mut short = tiles.clone();
                short.get_mut(tile).unwrap().pop();
                assert_eq!(hashes_in(&short, &needs, size), Err(LogError::BadTile));
            }
        }
    }
    let needs = tile_needs(&"tile/0/000".parse().unwrap(), 256).unwrap();
    assert_eq!(needs.len(), 256);
    assert_eq!(tile_needs(&"tile/0/000".parse().unwrap(), 255), Err(LogError::OutOfTree));
    assert_eq!(tiles_of(&[u64::MAX], 300), Err(LogError::OutOfTree));
}
