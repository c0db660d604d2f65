//! Gzipped tar archives.

use super::super::ArchiveKind::{Crate, Sdist, Tgz};
use super::*;

pub(super) fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let mut content = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length += 1;
        }
        content.extend_from_slice(format!("{length} {key}={value}\n").as_bytes());
    }
    content
}

pub(super) fn pax_entry(records: &[(&str, &str)]) -> Vec<u8> {
    tar_entry(b"PaxHeaders/x", b'x', &pax(records))
}

#[test]
fn an_honest_crate_gives_its_files_with_digests_and_rights() {
    let script = tar_entry_with(b"demo-1.2.0/run.sh", b'0', b"echo\n", |block| block[100..107].copy_from_slice(b"0000755"));
    let bytes = crate_with(&[file("demo-1.2.0/src/lib.rs", "fn a() {}\n"), script]);
    check(Crate, &bytes, "ok: Cargo.toml 58, src/lib.rs 10, run.sh 5");
    let facts = read_as(Crate, &bytes, &Limits::default()).unwrap();
    assert_eq!(facts.root.as_deref(), Some("demo-1.2.0"));
    assert_eq!(facts.unpacked_bytes, 73);
    let rights: Vec<bool> = facts.files.iter().map(|file| file.executable).collect();
    assert_eq!(rights, [false, false, true]);
    assert_eq!(hex::encode(facts.files[2].sha256), "86b0c5a1e2b73b08fd54c727f4458649ed9fe3ad1b6e8ac9460c070113509a1e");
}

#[test]
fn one_file_comes_out_by_its_path_below_the_root() {
    let bytes = crate_with(&[file("demo-1.2.0/src/lib.rs", "fn a() {}\n")]);
    let limits = Limits::default();
    assert_eq!(one_file(Crate, &bytes, "src/lib.rs", &limits).unwrap(), b"fn a() {}\n");
    let code = |path: &str, limits: &Limits| one_file(Crate, &bytes, path, limits).unwrap_err().code();
    assert_eq!(code("src/main.rs", &limits), "no-such-file");
    assert_eq!(code("src/lib.rs", &Limits { one_file_bytes: 5, ..limits }), "file-too-long");
}

#[test]
fn paths_that_leave_the_folder_are_refused() {
    let with = |path: &str| crate_with(&[file(path, "x")]);
    check(Crate, &with("/etc/passwd"), "absolute-path: `/etc/passwd`");
    check(Crate, &with("C:/x"), "absolute-path");
    check(Crate, &with("demo-1.2.0/c:/build.rs"), "absolute-path: `demo-1.2.0/c:/build.rs`");
    check(Crate, &with("demo-1.2.0/src/x:lib.rs"), "absolute-path");
    check(Crate, &with("demo-1.2.0/docs/std:fmt"), "ok");
    check(Crate, &with("demo-1.2.0/../x"), "path-parts: `demo-1.2.0/../x`");
    check(Crate, &with("demo-1.2.0/./x"), "path-parts");
    check(Crate, &with("demo-1.2.0//x"), "path-parts");
    check(Crate, &with("demo-1.2.0/a\\..\\x"), "path-backslash");
    check(Crate, &with("demo-1.2.0/a\x07b"), "path-control-character");
    check(Crate, &crate_with(&[tar_entry(b"demo-1.2.0/\xff\xfe", b'0', b"x")]), "path-encoding");
    let long = format!("demo-1.2.0/{}", "a/".repeat(600));
    let long = [tar_entry(b"././@LongLink", b'L', format!("{long}x\0").as_bytes()), file("demo-1.2.0/short", "x")];
    check(Crate, &crate_with(&long), "path-too-long");
}

#[test]
fn everything_lies_in_the_folder_of_the_release() {
    check(
        Crate,
        &crate_with(&[file("other-1.0.0/x", "x")]),
        "root-folder: everything in the archive should lie in the folder `demo-1.2.0`",
    );
    check(Crate, &crate_with(&[file("loose", "x")]), "root-folder");
    check(Crate, &crate_with(&[file("demo-1.2.0", "x")]), "duplicate-name");
    check(Crate, &gz(&tar(&[file("demo-1.3.0/Cargo.toml", MANIFEST)])), "root-folder");
    check(Crate, &crate_with(&[tar_entry(b"elsewhere/", b'5', b"")]), "root-folder");
    check(Crate, &crate_with(&[tar_entry(b"demo-1.2.0/src/", b'5', b"")]), "ok: Cargo.toml 58");
}

#[test]
fn links_devices_and_sparse_files_are_refused() {
    let kind = |kind: u8| {
        crate_with(&[tar_entry_with(b"demo-1.2.0/x", kind, b"", |block| block[157..163].copy_from_slice(b"target"))])
    };
    check(Crate, &kind(b'1'), "link: `demo-1.2.0/x` is a link");
    check(Crate, &kind(b'2'), "link");
    check(Crate, &kind(b'K'), "link");
    check(Crate, &kind(b'3'), "special-file");
    check(Crate, &kind(b'4'), "special-file");
    check(Crate, &kind(b'6'), "special-file");
    check(Crate, &kind(b'7'), "special-file");
    check(Crate, &kind(b'S'), "sparse-file");
    check(Crate, &crate_with(&[pax_entry(&[("GNU.sparse.major", "1")]), file("demo-1.2.0/x", "x")]), "sparse-file");
    check(Crate, &crate_with(&[pax_entry(&[("linkpath", "/etc/passwd")]), file("demo-1.2.0/x", "x")]), "link");
}

#[test]
fn no_name_comes_twice_and_no_file_is_a_folder() {
    let two = |a: &str, b: &str| crate_with(&[file(a, "x"), file(b, "y")]);
    check(Crate, &two("demo-1.2.0/x", "demo-1.2.0/x"), "duplicate-name: `demo-1.2.0/x`");
    check(Crate, &two("demo-1.2.0/x", "demo-1.2.0/x/y"), "duplicate-name: `demo-1.2.0/x`");
    check(Crate, &two("demo-1.2.0/x/y", "demo-1.2.0/x"), "duplicate-name: `demo-1.2.0/x`");
    check(Crate, &two("demo-1.2.0/x", "demo-1.2.0/X"), "ok");
    let long = [tar_entry(b"././@LongLink", b'L', b"demo-1.2.0/Cargo.toml\0"), file("demo-1.2.0/y", "x")];
    check(Crate, &crate_with(&long), "duplicate-name: `demo-1.2.0/Cargo.toml`");
}

#[test]
fn several_spellings_of_the_manifest_are_refused() {
    check(Crate, &crate_with(&[file("demo-1.2.0/cargo.TOML", MANIFEST)]), "several-manifests: `cargo.TOML`");
    check(Crate, &crate_with(&[file("demo-1.2.0/sub/cargo.toml", MANIFEST)]), "ok");
}

#[test]
fn extended_headers_name_the_next_entry_and_nothing_else() {
    let x = || file("PaxHeader", "xyz");
    let name = "demo-1.2.0/a/long/name";
    check(Crate, &crate_with(&[pax_entry(&[("path", name), ("mtime", "1.5")]), x()]), "ok: Cargo.toml 58, a/long/name 3");
    check(Crate, &crate_with(&[pax_entry(&[("size", "3")]), file("demo-1.2.0/x", "xyz")]), "ok");
    check(
        Crate,
        &crate_with(&[pax_entry(&[("size", "4")]), file("demo-1.2.0/x", "xyz")]),
        "pax-size: `demo-1.2.0/x` has 3 bytes in its header and 4",
    );
    check(Crate, &crate_with(&[pax_entry(&[("size", "-1")]), x()]), "pax-header");
    check(Crate, &crate_with(&[pax_entry(&[("path", "demo-1.2.0/../x")]), x()]), "path-parts");
    check(Crate, &crate_with(&[pax_entry(&[("path", "/x")]), x()]), "absolute-path");
    check(
        Crate,
        &crate_with(&[pax_entry(&[("path", name), ("path", "demo-1.2.0/b")]), x()]),
        "pax-header: an extended tar header is not acceptable: it names its entry twice",
    );
    check(Crate, &crate_with(&[pax_entry(&[("path", name)]), pax_entry(&[("mtime", "1")]), x()]), "pax-header");
    check(Crate, &crate_with(&[pax_entry(&[("path", name)]), tar_entry(b"l", b'L', b"demo-1.2.0/b\0"), x()]), "pax-header");
    check(
        Crate,
        &crate_with(&[pax_entry(&[("path", name)])]),
        "pax-header: an extended tar header is not acceptable: no entry follows",
    );
    check(Crate, &crate_with(&[pax_entry(&[("path", name)]), file("../x", "xyz")]), "path-parts");
    check(Crate, &crate_with(&[tar_entry(b"p", b'x', b"99 path=demo-1.2.0/y\n"), x()]), "pax-header");
    check(Crate, &crate_with(&[tar_entry(b"p", b'x', b"012 path=demo\n"), x()]), "pax-header");
    check(Crate, &crate_with(&[tar_entry(b"p", b'x', &vec![b' '; 70_000]), x()]), "pax-header");
    check(Crate, &crate_with(&[tar_entry(b"g", b'g', &pax(&[("comment", "3f2a")])), file("demo-1.2.0/x", "")]), "ok");
    check(Crate, &crate_with(&[tar_entry(b"g", b'g', &pax(&[("path", "demo-1.2.0/all")])), x()]), "pax-header");
}

#[test]
fn header_numbers_are_read_in_one_way_only() {
    let size = |text: &'static [u8]| {
        crate_with(&[tar_entry_with(b"demo-1.2.0/x", b'0', b"", |block| block[124..124 + text.len()].copy_from_slice(text))])
    };
    check(Crate, &size(b"0000 00001\0"), "tar-header: a tar header cannot be read: the size is no number");
    check(Crate, &size(b"0000000000x"), "tar-header");
    check(Crate, &size(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), "tar-header");
    check(Crate, &size(b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"), "tar-header");
    check(Crate, &size(b"\x80\0\0\0\0\x1f\xff\xff\xff\xff\xff\xff"), "archive-truncated");
    check(
        Crate,
        &crate_with(&[tar_entry(b"demo-1.2.0/folder/", b'5', b"content")]),
        "tar-header: a tar header cannot be read: a folder has a size",
    );
    let mut broken = file("demo-1.2.0/x", "x");
    broken[0] = b'D';
    check(Crate, &crate_with(&[broken]), "tar-header: a tar header cannot be read: the checksum is wrong");
}

#[test]
fn nothing_stands_behind_the_end() {
    let honest = tar(&[file("demo-1.2.0/Cargo.toml", MANIFEST)]);
    check(Crate, &gz(&honest), "ok");
    let hidden = [honest.clone(), file("demo-1.2.0/hidden", "x")].concat();
    check(Crate, &gz(&hidden), "trailing-data");
    check(Crate, &[gz(&honest), b"junk".to_vec()].concat(), "trailing-data");
    check(Crate, &[gz(&honest), vec![0; 512]].concat(), "trailing-data");
    check(Crate, &[gz(&honest), gz(&file("demo-1.2.0/hidden", "x"))].concat(), "several-gzip-members");
    check(Crate, &gz(&honest[..1024]), "archive-truncated");
    check(Crate, &gz(&honest[..700]), "archive-truncated");
    let whole = gz(&honest);
    check(Crate, &whole[..whole.len() - 4], "archive-truncated");
    let mut wrong = whole.clone();
    let crc = wrong.len() - 8;
    wrong[crc] ^= 1;
    check(Crate, &wrong, "archive-damaged");
}

#[test]
fn a_file_of_two_formats_is_refused() {
    check(Crate, b"PK\x03\x04", "archive-format: this is no gzipped tar archive");
    check(Crate, &tar(&[file("demo-1.2.0/Cargo.toml", MANIFEST)]), "archive-format");
    check(Sdist, b"\xfd7zXZ", "archive-format");
    // A zip archive in an extra field of the gzip header: a reader of either format is content.
    let plain = crate_with(&[]);
    let inner = zip_with(&[member("demo-1.2.0/Cargo.toml", MANIFEST)], b"", b"");
    let length = u16::try_from(inner.len()).unwrap().to_le_bytes();
    let both = [&plain[..3], &[4], &plain[4..10], &length, &inner, &plain[10..]].concat();
    check(Crate, &both, "also-zip");
    // A directory of any length is not read to find that out, and four bytes alone are no zip archive.
    let end = |count: usize, size: usize, start: u32| [plain.clone(), end_record(count, size, start, b"")].concat();
    check(Crate, &end(9, 4_000_000_000, 0), "trailing-data");
    check(Crate, &[plain.clone(), b"PK\x06\x07".to_vec(), vec![0; 16], end_record(9, 9, 9, b"")].concat(), "also-zip");
    check(Crate, &[plain.clone(), b"PK\x01\x02".to_vec(), end_record(1, 4, 0, b"")].concat(), "also-zip");
}

#[test]
fn an_npm_package_lies_in_one_folder_of_any_name() {
    let manifest = r#"{"name": "@moot/demo", "version": "1.2.0"}"#;
    check(Tgz, &gz(&tar(&[file("package/package.json", manifest)])), "ok: package.json 42");
    check(Tgz, &gz(&tar(&[file("node/package.json", manifest)])), "ok: package.json 42");
    check(Tgz, &gz(&tar(&[file("package/package.json", manifest), file("other/x", "x")])), "root-folder");
    check(Tgz, &gz(&tar(&[file("package/Package.json", manifest)])), "several-manifests");
    check(Tgz, &gz(&tar(&[file("package/index.js", "")])), "no-manifest: the archive has no `package.json`");
}

#[test]
fn a_source_distribution_lies_in_its_folder_in_any_spelling() {
    let with = |root: &str| gz(&tar(&[file(&format!("{root}/PKG-INFO"), METADATA), file(&format!("{root}/setup.py"), "")]));
    check(Sdist, &with("demo_pkg-1.2.0"), "ok: PKG-INFO");
    check(Sdist, &with("Demo.Pkg-1.2"), "ok: PKG-INFO");
    check(Sdist, &with("demo-pkg-1.2.1"), "root-folder");
    check(Sdist, &with("other-1.2.0"), "root-folder");
    let zipped = zip_with(&[member("demo_pkg-1.2.0/PKG-INFO", METADATA)], b"", b"");
    check(Sdist, &zipped, "ok: PKG-INFO");
}
