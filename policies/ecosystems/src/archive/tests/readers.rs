//! Tar archives that pip, npm and cargo would unpack to other files than those that are looked at here.

use super::super::ArchiveKind::{Crate, Sdist, Tgz};
use super::super::header::{BLOCK_BYTES, Header};
use super::super::witness::Witness;
use super::tars::{pax, pax_entry};
use super::*;

/// An archive that is honest apart from one entry `x` whose header was changed.
fn crooked(kind: u8, data: &[u8], change: impl FnOnce(&mut [u8; 512])) -> Vec<u8> {
    crate_with(&[tar_entry_with(b"demo-1.2.0/x", kind, data, change)])
}

fn put(block: &mut [u8; 512], at: usize, bytes: &[u8]) {
    block[at..at + bytes.len()].copy_from_slice(bytes);
}

/// One header whose checksum field is written by hand; `%` stands for the sum in octal.
fn with_checksum(field: &str) -> Vec<u8> {
    let mut entry = file("demo-1.2.0/x", "");
    let sum = String::from_utf8(entry[148..154].to_vec()).unwrap();
    entry[148..156].fill(b' ');
    let field = field.replace('%', &sum);
    entry[148..148 + field.len()].copy_from_slice(field.as_bytes());
    crate_with(&[entry])
}

#[test]
fn a_number_ends_at_its_first_zero_and_nothing_hides_behind_it() {
    let hidden = file("demo-1.2.0/build.rs", "fn main() { evil() }");
    let size = |text: &'static [u8]| crooked(b'0', &hidden, |block| put(block, 124, text));
    // 1024 to who strips zeros in front; 0 to pip and npm, which then find a build script in the content.
    check(Crate, &size(b"\x0000000002000"), "tar-header: a tar header cannot be read: the size is no number");
    check(Crate, &size(b"0002000\x00777\0"), "tar-header");
    check(Crate, &size(b"2000\0\0\0\0\0\0\x000"), "tar-header");
    check(Crate, &size(b"+0000002000\0"), "tar-header");
    check(Crate, &size(b"0o002000\0\0\0\0"), "tar-header");
    check(Crate, &size(b"00_002000\0\0\0"), "tar-header");
    check(Crate, &size(b"\t0002000\0\0\0\0"), "tar-header");
    check(Crate, &size(b"\0\0\0\0\0\0\0\0\0\0\0\0"), "tar-header");
    check(Crate, &size(b"            "), "tar-header");
    check(Crate, &size(b"      2000\0\0"), "ok: Cargo.toml 58, x 1024");
    check(Crate, &size(b"000000002000"), "ok: Cargo.toml 58, x 1024");
    check(Crate, &size(b"2000        "), "ok: Cargo.toml 58, x 1024");
    check(Crate, &size(b"\x80\0\0\0\0\0\0\0\0\0\x04\0"), "ok: Cargo.toml 58, x 1024");
}

#[test]
fn a_checksum_is_one_to_every_reader() {
    check(Crate, &with_checksum("%\0 "), "ok");
    check(Crate, &with_checksum("% \0"), "ok");
    check(Crate, &with_checksum("0%\0"), "ok");
    check(Crate, &with_checksum(" % "), "ok");
    // pip stops without a word, npm takes what the entry holds for headers.
    check(Crate, &with_checksum("\0% "), "tar-header: a tar header cannot be read: the checksum is wrong");
    // npm reads on into the type byte.
    check(Crate, &with_checksum("00%"), "tar-header");
    check(Crate, &with_checksum("%\x001"), "tar-header");
}

#[test]
fn a_number_that_is_not_used_has_to_be_one_all_the_same() {
    // Owner, group, time, and the numbers of devices: pip stops at what it cannot read, and what follows is not there.
    for (at, length) in [(108, 8), (116, 8), (136, 12), (329, 8), (337, 8)] {
        let with = |text: &[u8]| {
            let mut field = text.to_vec();
            field.resize(length, 0);
            crooked(b'0', b"", |block| put(block, at, &field))
        };
        check(Crate, &with(b""), "ok");
        check(Crate, &with(b"17"), "ok");
        check(Crate, &with(b"  17 "), "ok");
        check(
            Crate,
            &with(b"9"),
            "tar-header: a tar header cannot be read: rights, an owner, a time or a device are no number",
        );
        check(Crate, &with(b"x"), "tar-header");
        check(Crate, &with(b"1\x002"), "tar-header");
        check(Crate, &with(b"-1"), "tar-header");
        // Larger than what npm's reader counts: it passes the header over and takes the content for headers.
        check(Crate, &with(b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"[..length].trim_ascii()), "tar-header");
        check(Crate, &with(b"\x81\0\0\0\0\0\0\x01"), "tar-header");
        let mut large = vec![0x80_u8; 1];
        large.resize(length - 4, 0);
        large.extend_from_slice(b"\x3b\x9a\xca\0");
        check(Crate, &with(&large), "ok");
    }
    check(Crate, &crooked(b'0', b"", |block| put(block, 136, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe")), "ok");
    check(Crate, &crooked(b'0', b"", |block| put(block, 100, b"\0\0\0\0\0\0\0\0")), "tar-header");
    check(Crate, &crooked(b'0', b"", |block| put(block, 100, b"0000648\0")), "tar-header");
}

#[test]
fn a_record_of_an_extended_header_is_one_line() {
    // For us one comment; npm and cargo go line by line and find a path.
    let inner = "made by hand\n28 path=demo-1.2.0/build.rs";
    let record = [("comment", inner)];
    let refused = "pax-header: an extended tar header is not acceptable: a record has no name, or could be taken for";
    check(Crate, &crate_with(&[pax_entry(&record), file("demo-1.2.0/docs.rs", "x")]), refused);
    check(Crate, &crate_with(&[tar_entry(b"g", b'g', &pax(&record)), file("demo-1.2.0/docs.rs", "x")]), refused);
    let with = |key: &str, value: &str| crate_with(&[pax_entry(&[(key, value)]), file("demo-1.2.0/x", "x")]);
    check(Crate, &with("comment", "ends\n"), refused);
    check(Crate, &with("co\nmment", "x"), refused);
    check(Crate, &with("co\0mment", "x"), refused);
    check(Crate, &with("", "x"), refused);
    check(Crate, &with("path", "demo-1.2.0/\0x"), "path-control-character");
    check(Crate, &with("mode", "0000755"), "pax-header: an extended tar header is not acceptable: it has a record that");
    check(Crate, &with("type", "SymbolicLink"), "pax-header");
    check(Crate, &with("hdrcharset", "BINARY"), "pax-header");
    check(Crate, &with("hdrcharset", "ISO-IR 10646 2000 UTF-8"), "ok");
    check(Crate, &with("SCHILY.realsize", "7"), "sparse-file");
    check(Crate, &with("SCHILY.xattr.user.note", "a\0b"), "ok");
    check(Crate, &with("NODETAR.package.description", "A demo.\n\n  It shows: a=b\n* things"), "ok");
    check(Crate, &with("NODETAR.package.description", inner), refused);
    check(Crate, &with("NODETAR.package.description", "A demo.\n +28 path=demo-1.2.0/build.rs"), refused);
    check(Crate, &with("NODETAR.package.description", "A demo.\n\u{a0}28 path=demo-1.2.0/build.rs"), refused);
    check(Crate, &with("comment", "two\nlines"), refused);
}

#[test]
fn an_extended_header_ends_where_its_size_says() {
    // pip reads records out of what fills the last block.
    let mut entry = pax_entry(&[("comment", "x")]);
    let hidden = b"28 path=demo-1.2.0/build.rs\n";
    let at = 512 + pax(&[("comment", "x")]).len();
    entry[at..at + hidden.len()].copy_from_slice(hidden);
    let refused = "pax-header: an extended tar header is not acceptable: bytes stand behind its end";
    check(Crate, &crate_with(&[entry, file("demo-1.2.0/x", "x")]), refused);
    let mut long = tar_entry(b"././@LongLink", b'L', b"demo-1.2.0/x");
    long[512 + 12..512 + 15].copy_from_slice(b".rs");
    check(Crate, &crate_with(&[long, file("demo-1.2.0/x", "x")]), refused);
}

#[test]
fn extended_headers_belong_to_a_format_that_has_them() {
    let old = |block: &mut [u8; 512]| block[257..].fill(0);
    // cargo takes this one for a file, and the next for `build.rs`.
    let named = pax(&[("path", "demo-1.2.0/docs/a.txt")]);
    let refused = "tar-header: a tar header cannot be read: it is of no known format";
    for (kind, content) in [(b'x', named.as_slice()), (b'L', b"demo-1.2.0/docs/a.txt\0"), (b'g', &pax(&[("comment", "x")]))] {
        let entry = tar_entry_with(b"demo-1.2.0/a", kind, content, old);
        check(Crate, &crate_with(&[entry, file("demo-1.2.0/build.rs", "evil")]), refused);
    }
    check(Crate, &crooked(b'0', b"abc", old), "ok: Cargo.toml 58, x 3");
    check(Crate, &crooked(b'0', b"abc", |block| put(block, 257, b"ustar\0\0\0")), refused);
    check(Crate, &crooked(b'0', b"abc", |block| put(block, 257, b"USTAR\x0000")), refused);
    check(Crate, &crooked(b'0', b"abc", |block| put(block, 257, b"ustar  \0")), "ok: Cargo.toml 58, x 3");
}

#[test]
fn the_beginning_of_a_path_stands_where_every_reader_looks_for_it() {
    let prefixed = |bytes: &[u8]| crate_with(&[tar_entry_with(b"x", b'0', b"abc", |block| put(block, 345, bytes))]);
    check(Crate, &prefixed(b"demo-1.2.0/src"), "ok: Cargo.toml 58, src/x 3");
    let long = format!("demo-1.2.0/{}", "a".repeat(144));
    check(Crate, &prefixed(long.as_bytes()), "ok");
    // pip puts it before the name in GNU archives too: `demo-1.2.0/demo-1.2.0/x`.
    let gnu = crooked(b'0', b"abc", |block| {
        put(block, 257, b"ustar  \0");
        put(block, 345, b"demo-1.2.0");
    });
    check(Crate, &gnu, "tar-header: a tar header cannot be read: a GNU header has more than a name and numbers");
    let old = crooked(b'0', b"abc", |block| {
        block[257..].fill(0);
        put(block, 345, b"demo-1.2.0");
    });
    check(Crate, &old, "tar-header");
    // npm takes the beginning for 155 bytes long as soon as the 131st is none.
    let refused = "tar-header: a tar header cannot be read: bytes stand behind the end of the prefix";
    check(Crate, &crooked(b'0', b"abc", |block| put(block, 475, b"x")), refused);
    check(Crate, &crooked(b'0', b"abc", |block| put(block, 350, b"x")), refused);
    check(Crate, &crooked(b'0', b"abc", |block| put(block, 505, b"x")), refused);
    check(Crate, &crooked(b'0', b"abc", |block| put(block, 476, b"x")), refused);
    // Old npm clients wrote two more times behind it.
    check(Crate, &crooked(b'0', b"abc", |block| put(block, 476, b"12345670123\x0012345670123\0")), "ok");
    let behind = "tar-header: a tar header cannot be read: bytes stand behind the end of the name";
    check(Crate, &crooked(b'0', b"abc", |block| put(block, 20, b"\n.rs")), behind);
}

#[test]
fn what_is_no_link_has_no_target() {
    // npm passes over a file with a target, and takes what the file holds for headers.
    let hidden = file("package/index.js", "evil()");
    let entry = tar_entry_with(b"package/data.bin", b'0', &hidden, |block| put(block, 157, b"x"));
    let manifest = file("package/package.json", r#"{"name": "@moot/demo", "version": "1.2.0"}"#);
    let refused = "tar-header: a tar header cannot be read: what is no link has a link's target";
    check(Tgz, &gz(&tar(&[manifest.clone(), entry])), refused);
    let long = tar_entry_with(b"././@LongLink", b'L', b"package/long\0", |block| put(block, 160, b"x"));
    check(Tgz, &gz(&tar(&[manifest, long, file("package/long", "")])), refused);
}

#[test]
fn every_header_has_a_name() {
    // npm passes over headers without one, and over what they say.
    let named = pax(&[("path", "demo-1.2.0/docs/a.txt")]);
    let refused = "tar-header: a tar header cannot be read: it has no name";
    check(Crate, &crate_with(&[tar_entry(b"", b'x', &named), file("demo-1.2.0/build.rs", "x")]), refused);
    check(Crate, &crate_with(&[pax_entry(&[("path", "demo-1.2.0/a")]), file("", "x")]), refused);
}

#[test]
fn nothing_stands_between_an_extended_header_and_its_entry() {
    // cargo gives the path to the global header, and keeps the next file's own name.
    let global = tar_entry(b"pax_global_header", b'g', &pax(&[("comment", "3f2a")]));
    let entries = [pax_entry(&[("path", "demo-1.2.0/docs.rs")]), global.clone(), file("PaxHeader", "x")];
    check(Crate, &crate_with(&entries), "pax-header: an extended tar header is not acceptable: a global one stands between");
    check(Crate, &crate_with(&[global.clone(), global, file("demo-1.2.0/x", "x")]), "ok");
}

#[test]
fn a_short_name_is_the_long_one_made_short() {
    let long = format!("demo-1.2.0/{}/lib.rs", "module".repeat(20));
    let with = |long: &str, short: &str| crate_with(&[pax_entry(&[("path", long)]), file(short, "x")]);
    let ok = format!("ok: Cargo.toml 58, {}", long.split_once('/').unwrap().1);
    check(Crate, &with(&long, &long[..100]), &ok);
    check(Crate, &with(&long, &long[..97]), &ok);
    check(Crate, &with(&long, "PaxHeader"), &ok);
    let refused = "pax-header: an extended tar header is not acceptable: the name it gives and the one of the entry itself";
    check(Crate, &with(&long, "demo-1.2.0/build.rs"), refused);
    check(Crate, &with(&long, &long[..40]), refused);
    check(Crate, &with(&long, "demo-1.2.0/lib.rs"), refused);
    check(Crate, &with(&long, "../lib.rs"), "path-parts");
    // npm misses a record when a character lies on the border of what it unpacks at once.
    check(Crate, &with("demo-1.2.0/docs/\u{e9}.rs", "demo-1.2.0/build.rs"), refused);
    check(Crate, &with("demo-1.2.0/docs/\u{e9}.rs", "demo-1.2.0/docs/\u{e9}.rs"), "ok");
    check(Crate, &with("demo-1.2.0/docs/\u{e9}.rs", "demo-1.2.0/docs/?.rs"), "ok");
    check(Crate, &with("demo-1.2.0/docs/\u{e9}.rs", "demo-1.2.0/docs/.rs"), refused);
    // macOS leaves out parts in the middle of what is too long for all fields together.
    let deep = format!("demo-1.2.0/{}/{}/lib.rs", "one".repeat(30), "two".repeat(60));
    let short = format!("demo-1.2.0/{}/lib.rs", "one".repeat(30));
    check(Crate, &with(&deep, &short[short.len() - 100..]), refused);
    let prefixed = tar_entry_with(b"lib.rs", b'0', b"x", |block| put(block, 345, &short.as_bytes()[..short.len() - 7]));
    check(Crate, &crate_with(&[pax_entry(&[("path", &deep)]), prefixed]), "ok");
}

#[test]
fn what_is_a_folder_is_one_to_every_reader() {
    let with = |name: &[u8], kind: u8| crate_with(&[tar_entry(name, kind, b"")]);
    check(Crate, &with(b"demo-1.2.0/a/", b'5'), "ok: Cargo.toml 58");
    check(Crate, &with(b"demo-1.2.0/a", b'5'), "ok: Cargo.toml 58");
    check(Crate, &with(b"demo-1.2.0/a/", 0), "ok: Cargo.toml 58");
    let refused = "tar-header: a tar header cannot be read: a file's name ends with a slash";
    check(Crate, &with(b"demo-1.2.0/a/", b'0'), refused);
    let renamed = |kind: u8, short: &[u8], long: &str| crate_with(&[pax_entry(&[("path", long)]), tar_entry(short, kind, b"")]);
    check(Crate, &renamed(0, b"demo-1.2.0/a", "demo-1.2.0/a/"), refused);
    check(Crate, &renamed(b'0', b"demo-1.2.0/a", "demo-1.2.0/a/"), refused);
    check(Crate, &renamed(0, b"demo-1.2.0/a/", "demo-1.2.0/a"), "tar-header: a tar header cannot be read: a file's short");
    check(Crate, &renamed(b'5', b"demo-1.2.0/a/", "demo-1.2.0/a/"), "ok: Cargo.toml 58");
    check(Sdist, &gz(&tar(&[file("demo_pkg-1.2.0/PKG-INFO", METADATA), file("demo_pkg-1.2.0/setup.cfg/", "")])), refused);
}

#[test]
fn the_other_reader_is_heard() {
    let block = |entry: &[u8]| -> [u8; BLOCK_BYTES] { entry[..BLOCK_BYTES].try_into().unwrap() };
    let confirms = |blocks: &[u8], name: &str, size: u64, kind: u8| {
        let mut witness = Witness::default();
        witness.sees(blocks);
        witness.confirms(name.as_bytes(), size, kind).map_err(|error| error.code())
    };
    let honest = block(&file("demo-1.2.0/x", "abc"));
    assert_eq!(Header::read(&honest).unwrap().size, 3);
    assert_eq!(confirms(&honest, "demo-1.2.0/x", 3, b'0'), Ok(()));
    assert_eq!(confirms(&honest, "demo-1.2.0/x", 3, 0), Ok(()));
    assert_eq!(confirms(&honest, "demo-1.2.0/y", 3, b'0'), Err("readers-disagree"));
    assert_eq!(confirms(&honest, "demo-1.2.0/x", 4, b'0'), Err("readers-disagree"));
    assert_eq!(confirms(&honest, "demo-1.2.0/x", 3, b'5'), Err("readers-disagree"));
    assert_eq!(confirms(&[], "demo-1.2.0/x", 3, b'0'), Err("readers-disagree"));
    let mut broken = honest;
    broken[0] = b'D';
    assert_eq!(confirms(&broken, "Demo-1.2.0/x", 3, b'0'), Err("readers-disagree"));
    // The record that npm and cargo find inside of another.
    let inner = pax_entry(&[("comment", "made by hand\n28 path=demo-1.2.0/build.rs"), ("mtime", "1")]);
    assert_eq!(confirms(&[&inner, &honest[..]].concat(), "demo-1.2.0/x", 3, b'0'), Err("readers-disagree"));
    // An extended header of no format is a file to it, and the file the next one.
    let named = pax(&[("path", "demo-1.2.0/x")]);
    let old = tar_entry_with(b"demo-1.2.0/x", b'x', &named, |block| block[257..].fill(0));
    assert_eq!(confirms(&[&old, &honest[..]].concat(), "demo-1.2.0/x", 3, b'0'), Err("readers-disagree"));
}

/// The files of a tar archive as the other reader sees them, with their contents; none when it refuses the archive.
fn by_the_other(bytes: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut archive = ::tar::Archive::new(bytes);
    let mut files = Vec::new();
    for entry in archive.entries().ok()? {
        let mut entry = entry.ok()?;
        if !entry.header().entry_type().is_file() || entry.path_bytes().ends_with(b"/") {
            continue;
        }
        let path = String::from_utf8(entry.path_bytes().into_owned()).ok()?;
        let mut content = Vec::new();
        entry.read_to_end(&mut content).ok()?;
        // What lies beside the one folder is told by its name alone, and refused elsewhere.
        if let Some((_, below)) = path.split_once('/') {
            files.push((below.to_owned(), content));
        }
    }
    Some(files)
}

/// An archive with a bit of everything that honest writers write.
fn varied() -> Vec<Vec<u8>> {
    let long = format!("demo-1.2.0/{}/long.rs", "module".repeat(20));
    let gnu = |name: &[u8], kind: u8, data: &[u8]| {
        tar_entry_with(name, kind, data, |block| {
            put(block, 257, b"ustar  \0");
            block[329..345].fill(0);
        })
    };
    vec![
        tar_entry(b"pax_global_header", b'g', &pax(&[("comment", "3f2a")])),
        file("demo-1.2.0/Cargo.toml", MANIFEST),
        tar_entry(b"demo-1.2.0/src/", b'5', b""),
        pax_entry(&[("mtime", "1.5"), ("path", &long), ("size", "3")]),
        file(&long[..100], "abc"),
        gnu(b"././@LongLink", b'L', format!("{long}x\0").as_bytes()),
        gnu(&long.as_bytes()[..100], b'0', b"defg"),
        tar_entry_with(b"lib.rs", b'0', b"fn b() {}\n", |block| put(block, 345, b"demo-1.2.0/src")),
        tar_entry_with(b"demo-1.2.0/old", 0, b"old", |block| block[257..].fill(0)),
        file("demo-1.2.0/inner.tar", &String::from_utf8(file("demo-1.2.0/build.rs", "evil")).unwrap()),
    ]
}

#[test]
fn an_archive_with_a_bit_of_everything_is_read_alike() {
    let bytes = tar(&varied());
    let ours: Vec<String> =
        read_as(Crate, &gz(&bytes), &Limits::default()).unwrap().files.into_iter().map(|file| file.path).collect();
    let theirs: Vec<String> = by_the_other(&bytes).unwrap().into_iter().map(|(path, _)| path).collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), 6);
}

/// One change of an archive: a byte or two of an entry, most often of its header.
fn change() -> impl proptest::strategy::Strategy<Value = (usize, usize, u8, bool)> {
    use proptest::prelude::*;
    let byte = prop_oneof![Just(0_u8), Just(b' '), Just(b'0'), Just(b'7'), Just(b'x'), Just(b'/'), Just(b'\n'), any::<u8>()];
    let place = prop_oneof![4 => 0_usize..512, 2 => 100_usize..160, 2 => 257_usize..265, 1 => 512_usize..700];
    (0_usize..10, place, byte, proptest::bool::weighted(0.9))
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 1_000, ..Default::default() })]
    #[test]
    fn what_is_accepted_is_what_the_other_reader_unpacks(
        changes in proptest::collection::vec(change(), 1..4),
        swap in proptest::option::weighted(0.3, (0_usize..10, 0_usize..10)),
    ) {
        let mut entries = varied();
        for (entry, at, byte, sealed) in changes {
            let entry = &mut entries[entry];
            let at = at % entry.len();
            entry[at] = byte;
            if sealed {
                let block: &mut [u8; 512] = (&mut entry[..512]).try_into().unwrap();
                seal(block);
            }
        }
        if let Some((one, other)) = swap {
            entries.swap(one, other);
        }
        let bytes = tar(&entries);
        let mut ours = Vec::new();
        let mut on_file = |path: &str, content: Vec<u8>| ours.push((path.to_owned(), content));
        let packed = gz(&bytes);
        if some_files(Crate, &mut Cursor::new(&packed), &Limits::default(), &mut |_, _| true, &mut on_file).is_ok() {
            proptest::prop_assert_eq!(Some(ours), by_the_other(&bytes));
        }
    }
}
