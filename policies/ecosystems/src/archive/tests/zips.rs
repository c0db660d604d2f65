//! Zip archives and wheels.

use super::super::ArchiveKind::{Sdist, Wheel};
use super::*;

fn changed(change: impl FnOnce(&mut Member)) -> Vec<u8> {
    let mut members = wheel_members(&[]);
    change(&mut members[0]);
    zip_with(&members, b"", b"")
}

#[test]
fn an_honest_wheel_gives_its_files() {
    check(
        Wheel,
        &wheel_with(&[Member { mode: 0o040_755, ..member("demo_pkg/data/", "") }]),
        "ok: demo_pkg/__init__.py 15, demo_pkg-1.2.0.dist-info/METADATA 82",
    );
    let bytes = wheel_with(&[]);
    assert_eq!(one_file(Wheel, &bytes, "demo_pkg/__init__.py", &Limits::default()).unwrap(), b"print('hello')\n");
    let streamed = |flags: u16| changed(|member| member.flags = flags);
    check(Wheel, &streamed(8), "ok");
    check(Wheel, &streamed(8 | 1 << 11), "ok");
    check(Wheel, &changed(|member| member.method = 0), "ok");
    check(Wheel, &zip_with(&wheel_members(&[]), b"", b"made by hand"), "ok");
}

#[test]
fn no_second_metadata_lies_where_installers_put_it_over_the_first() {
    let with = |path: &str| wheel_with(&[member(path, "x")]);
    check(Wheel, &with("demo_pkg-1.2.0.data/purelib/demo_pkg-1.2.0.dist-info/METADATA"), "several-manifests");
    check(Wheel, &with("demo_pkg-1.2.0.data/platlib/Other-1.DIST-INFO/entry_points.txt"), "several-manifests");
    check(Wheel, &with("demo_pkg-1.2.0.data/purelib/demo_pkg/more.py"), "ok");
}

#[test]
fn both_headers_of_an_entry_have_to_agree() {
    check(
        Wheel,
        &changed(|member| member.local_name = Some(b"demo_pkg/__main__.py".to_vec())),
        "zip-headers-disagree: `demo_pkg/__init__.py`: the two headers of the zip entry disagree about the name",
    );
    check(
        Wheel,
        &changed(|member| member.local_size = Some(3)),
        "zip-headers-disagree: `demo_pkg/__init__.py`: the two headers of the zip entry disagree about the size",
    );
    let mut bytes = wheel_with(&[]);
    bytes[8] = 0;
    check(Wheel, &bytes, "zip-headers-disagree");
    let mut bytes = wheel_with(&[]);
    bytes[14] ^= 1;
    check(
        Wheel,
        &bytes,
        "zip-headers-disagree: `demo_pkg/__init__.py`: the two headers of the zip entry disagree about the checksum",
    );
    let descriptor = |crc: u32| [b"PK\x07\x08".as_slice(), &crc.to_le_bytes(), &[0; 8]].concat();
    check(Wheel, &changed(|member| (member.flags, member.descriptor) = (8, descriptor(7))), "zip-headers-disagree");
}

#[test]
fn a_zip_file_has_one_end_and_nothing_behind_it() {
    let bytes = wheel_with(&[]);
    check(Wheel, &[bytes.clone(), b"junk".to_vec()].concat(), "trailing-data");
    check(Wheel, &bytes[..bytes.len() - 5], "archive-truncated");
    check(Wheel, &zip_with(&wheel_members(&[]), b"", &end_record(0, 0, 0, b"")), "several-zip-ends");
    let second = zip_with(&wheel_members(&[]), b"", b"");
    check(Wheel, &[bytes, second].concat(), "several-zip-ends");
}

#[test]
fn every_byte_belongs_to_one_entry() {
    let members = wheel_members(&[]);
    check(Wheel, &zip_with(&members, b"hidden", b""), "zip-layout");
    check(Wheel, &[b"#!/bin/sh\n".to_vec(), zip_with(&members, b"", b"")].concat(), "archive-format");
    // The first entry's offset points into the second: entries overlap.
    let mut bytes = wheel_with(&[]);
    let at = memchr::memmem::find_iter(&bytes, b"PK\x01\x02").nth(1).unwrap();
    bytes[at + 42..at + 46].copy_from_slice(&0_u32.to_le_bytes());
    check(Wheel, &bytes, "zip-headers-disagree");
    let mut bytes = wheel_with(&[]);
    let end = bytes.len() - 22;
    bytes[end + 8] -= 1;
    bytes[end + 10] -= 1;
    check(Wheel, &bytes, "zip-layout");
}

#[test]
fn what_package_archives_do_not_use_is_refused() {
    check(Wheel, &changed(|member| member.flags = 1), "zip-feature: the zip file uses encryption");
    check(Wheel, &changed(|member| member.flags = 1 << 13), "zip-feature: the zip file uses unusual flags");
    check(Wheel, &changed(|member| member.method = 12), "zip-feature: the zip file uses a compression");
    check(Wheel, &changed(|member| (member.method, member.flags) = (0, 8)), "zip-feature: the zip file uses stored data");
    check(Wheel, &changed(|member| member.extra = vec![0x75, 0x70, 1, 0, 0]), "zip-feature: the zip file uses a second name");
    check(
        Wheel,
        &changed(|member| member.local_extra = vec![0x75, 0x70, 1, 0, 0]),
        "zip-feature: the zip file uses a second name",
    );
    check(
        Wheel,
        &changed(|member| member.extra = vec![1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        "zip-feature: the zip file uses 64-bit",
    );
    check(Wheel, &changed(|member| member.extra = vec![1, 0, 9]), "zip-feature: the zip file uses an extra field that");
    let mut bytes = wheel_with(&[]);
    let end = bytes.len() - 22;
    bytes[end + 4] = 1;
    check(Wheel, &bytes, "zip-feature: the zip file uses several parts");
}

#[test]
fn paths_links_and_doubles_are_refused_as_in_tar_archives() {
    let with = |name: &str| wheel_with(&[member(name, "x")]);
    check(Wheel, &with("../x"), "path-parts");
    check(Wheel, &with("/x"), "absolute-path");
    check(Wheel, &with("a\\b"), "path-backslash");
    check(Wheel, &with("é"), "path-encoding");
    check(Wheel, &changed(|member| member.name = b"a/\xff".to_vec()), "path-encoding");
    check(Wheel, &with("demo_pkg/__init__.py"), "duplicate-name");
    check(Wheel, &with("demo_pkg/__init__.py/x"), "duplicate-name");
    check(Wheel, &changed(|member| member.mode = 0o120_777), "link");
    check(Wheel, &changed(|member| member.mode = 0o020_666), "special-file");
    check(Wheel, &changed(|member| member.mode = 0o040_755), "special-file");
    let mut utf8 = member("é", "x");
    utf8.flags = 1 << 11;
    check(Wheel, &wheel_with(&[utf8]), "ok");
}

#[test]
fn sizes_and_checksums_are_proven() {
    check(
        Wheel,
        &changed(|member| member.crc = Some(7)),
        "archive-damaged: the archive is damaged: the checksum of `demo_pkg/__init__.py`",
    );
    check(Wheel, &changed(|member| member.size = Some(3)), "archive-damaged: the archive is damaged: an entry unpacks to more");
    check(
        Wheel,
        &changed(|member| member.size = Some(90)),
        "archive-damaged: the archive is damaged: `demo_pkg/__init__.py` does not have the size",
    );
}

#[test]
fn a_zip_file_that_begins_like_a_tar_archive_is_refused() {
    // The name of the first entry reaches over the block a tar reader looks at, checksum included.
    let mut members = wheel_members(&[]);
    let mut block = [b'a'; 512];
    block[257..265].copy_from_slice(b"ustar\x0000");
    members.insert(0, Member { name: vec![b'a'; 600], ..member("", "x") });
    let mut bytes = zip_with(&members, b"", b"");
    block.copy_from_slice(&bytes[..512]);
    seal(&mut block);
    bytes[..512].copy_from_slice(&block);
    check(Wheel, &bytes, "also-tar");
}

#[test]
fn record_and_files_have_to_agree() {
    let with_record = |change: &dyn Fn(&str) -> String| {
        let mut members = wheel_members(&[]);
        let last = members.last_mut().unwrap();
        let text = change(&String::from_utf8_lossy(&last.data));
        last.data = text.into_bytes();
        zip_with(&members, b"", b"")
    };
    check(
        Wheel,
        &with_record(&|text| text.replace("sha256=", "sha256=A")),
        "wheel-record: RECORD and the files of the wheel disagree about `demo_pkg/__init__.py`: the digest differs",
    );
    check(
        Wheel,
        &with_record(&|text| text.replace(",15\n", ",16\n")),
        "wheel-record: RECORD and the files of the wheel disagree about `demo_pkg/__init__.py`: the size",
    );
    check(
        Wheel,
        &with_record(&|text| text.split_once('\n').unwrap().1.to_owned()),
        "wheel-record: RECORD and the files of the wheel disagree about `demo_pkg/__init__.py`: it is not named",
    );
    check(
        Wheel,
        &with_record(&|text| format!("{text}more.py,sha256=x,1\n")),
        "wheel-record: RECORD and the files of the wheel disagree about `more.py`: there is no such",
    );
    check(
        Wheel,
        &with_record(&|text| format!("{text}{}", text.lines().next().unwrap())),
        "wheel-record: RECORD and the files of the wheel disagree about `demo_pkg/__init__.py`: it is named twice",
    );
    check(
        Wheel,
        &with_record(&|text| text.replacen("sha256=", "md5=", 1)),
        "wheel-record: RECORD and the files of the wheel disagree about `demo_pkg/__init__.py`: its digest is weaker",
    );
    check(Wheel, &with_record(&|text| text.replacen("demo_pkg/__init__.py", "\"demo_pkg/__init__.py\"", 1)), "ok");
    check(Wheel, &with_record(&|text| text.replacen("demo_pkg/", "\"demo_pkg/", 1)), "manifest-unreadable");
}

#[test]
fn a_record_may_name_longer_digests() {
    use sha2::Digest as _;
    let data = b"print('hello')\n";
    let with = |digest: String| {
        let mut members = wheel_members(&[]);
        let last = members.last_mut().unwrap();
        let text = String::from_utf8_lossy(&last.data).into_owned();
        let rest = text.split_once('\n').unwrap().1;
        last.data = format!("demo_pkg/__init__.py,sha512={digest},15\n{rest}").into_bytes();
        zip_with(&members, b"", b"")
    };
    check(Wheel, &with(data_encoding::BASE64URL_NOPAD.encode(&sha2::Sha512::digest(data))), "ok");
    check(Wheel, &with(data_encoding::BASE64URL_NOPAD.encode(&sha2::Sha512::digest(b"other"))), "wheel-record");
}

#[test]
fn a_wheel_has_one_dist_info_of_its_own_name() {
    check(Wheel, &zip_with(&[member("x.py", "")], b"", b""), "no-manifest: the archive has no `*.dist-info/METADATA`");
    check(Wheel, &wheel_with(&[member("other-1.0.dist-info/METADATA", METADATA)]), "several-manifests");
    let members = [member("other-1.2.0.dist-info/METADATA", METADATA)];
    check(Wheel, &zip_with(&members, b"", b""), "other-release: the archive says it is other-1.2.0.dist-info");
    check(
        Wheel,
        &zip_with(&[member("demo_pkg-1.2.0.dist-info/METADATA", METADATA)], b"", b""),
        "no-manifest: the archive has no `demo_pkg-1.2.0.dist-info/WHEEL`",
    );
    check(Sdist, &zip_with(&[member("demo_pkg-1.2.0/x", "")], b"", b""), "no-manifest: the archive has no `PKG-INFO`");
}
