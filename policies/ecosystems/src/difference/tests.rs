//! Differences of small archives, and of hostile ones.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fmt::Write as _;
use std::io::Cursor;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{ArchiveDifference, LineKind, Side, TextDifference, compare};
use crate::archive::{self, ArchiveKind, Limits};
use crate::limits::{DIFFERENCE_FILES_MAX, DIFFERENCE_LINE_CHARS_MAX, DIFFERENCE_LINES_SHOWN_MAX};

type Files<'f> = &'f [(&'f str, &'f [u8], u32)];

fn tgz(files: Files<'_>) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, content, mode) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(*mode);
        header.set_cksum();
        tar.append_data(&mut header, format!("package/{path}"), *content).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

fn difference(old: Option<Files<'_>>, new: Files<'_>) -> ArchiveDifference {
    let (old, new) = (old.map(tgz), tgz(new));
    let limits = Limits::default();
    let facts = |bytes: &[u8]| archive::source_files(&mut Cursor::new(bytes), &limits).unwrap().0;
    let new_facts = facts(&new);
    let old_facts = old.as_deref().map(facts);
    let mut old = old.map(Cursor::new);
    let mut new = Cursor::new(new);
    let old = old.as_mut().zip(old_facts.as_ref());
    let old = old.map(|(source, files)| Side { kind: ArchiveKind::Tgz, files, source });
    compare(old, Side { kind: ArchiveKind::Tgz, files: &new_facts, source: &mut new }, &limits).unwrap()
}

/// A difference as one would write it down.
fn shown(difference: &ArchiveDifference) -> String {
    let mut text = String::new();
    for file in &difference.files {
        let size = |state: &Option<super::FileState>| state.as_ref().map_or("-".to_owned(), |state| state.size.to_string());
        writeln!(text, "{} {} {} > {}", file.fate, file.path, size(&file.old), size(&file.new)).unwrap();
        let TextDifference::Lines { added, removed, hunks, cut } = &file.text else {
            writeln!(text, "  {:?}", file.text).unwrap();
            continue;
        };
        writeln!(text, "  +{added} -{removed}{}", if *cut { " cut" } else { "" }).unwrap();
        for hunk in hunks {
            writeln!(text, "  @@ -{},{} +{},{} @@", hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines).unwrap();
            for line in &hunk.lines {
                let mark = match line.kind {
                    LineKind::Context => ' ',
                    LineKind::Added => '+',
                    LineKind::Removed => '-',
                };
                writeln!(text, "  {mark}{}{}", line.text, if line.cut { "~" } else { "" }).unwrap();
            }
        }
    }
    text
}

#[test]
fn files_lines_and_executable_bits_are_told() {
    let old: Files<'_> = &[
        ("gone.txt", b"bye\n", 0o644),
        ("lib.rs", b"one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n", 0o644),
        ("logo.png", b"\x89PNG\0\0", 0o644),
        ("run.sh", b"echo\n", 0o644),
        ("same.txt", b"same\n", 0o644),
    ];
    let new: Files<'_> = &[
        ("lib.rs", b"one\n2\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\neleven\n", 0o644),
        ("logo.png", b"\x89PNG\0\x01", 0o644),
        ("new.txt", b"hello\nworld", 0o644),
        ("run.sh", b"echo\n", 0o755),
        ("same.txt", b"same\n", 0o644),
    ];
    let found = difference(Some(old), new);
    insta::assert_snapshot!(shown(&found), @r"
    removed gone.txt 4 > -
      +0 -1
      @@ -1,1 +0,0 @@
      -bye
    changed lib.rs 49 > 54
      +2 -1
      @@ -1,5 +1,5 @@
       one
      -two
      +2
       three
       four
       five
      @@ -8,3 +8,4 @@
       eight
       nine
       ten
      +eleven
    changed logo.png 6 > 6
      Binary
    added new.txt - > 11
      +2 -0
      @@ -0,0 +1,2 @@
      +hello
      +world
    mode run.sh 5 > 5
      Same
    ");
    let counts = found.counts;
    assert_eq!((counts.added, counts.removed, counts.changed, counts.same), (1, 1, 3, 1));
    assert_eq!((counts.lines_added, counts.lines_removed), (4, 2));
}

#[test]
fn without_an_old_archive_everything_is_new() {
    let found = difference(None, &[("a.txt", b"a\n", 0o644), ("b.bin", b"\0", 0o644)]);
    assert_eq!((found.counts.added, found.counts.same), (2, 0));
    assert_eq!(found.files[1].text, TextDifference::Binary);
    let hidden = difference(None, &[("build.rs", b"// \0\nfn main() { evil() }\n", 0o644), ("a.py", b"# \xe9\nx\n", 0o644)]);
    for file in &hidden.files {
        assert!(matches!(&file.text, TextDifference::Lines { added: 2, .. }), "a byte hides {}", file.path);
    }
}

#[test]
fn what_hides_in_a_line_is_written_out() {
    let new: Files<'_> = &[("a.rs", "let x = 1; // \u{202e}} /*\u{200b}\x07\n".as_bytes(), 0o644)];
    let found = difference(Some(&[("a.rs", b"let x = 1;\n", 0o644)]), new);
    let TextDifference::Lines { hunks, .. } = &found.files[0].text else { panic!() };
    assert_eq!(hunks[0].lines[1].text, "let x = 1; // \\u{202e}} /*\\u{200b}\\u{7}");
}

#[test]
fn long_texts_long_lines_and_many_files_are_cut_and_counted() {
    let lines: String = (0..5_000).fold(String::new(), |text, number| text + &format!("{number}\n"));
    let line = "x".repeat(100_000);
    let huge = vec![b'y'; 600 * 1024];
    let found =
        difference(None, &[("lines", lines.as_bytes(), 0o644), ("long", line.as_bytes(), 0o644), ("huge", &huge, 0o644)]);
    let of = |path: &str| &found.files.iter().find(|file| file.path == path).unwrap().text;
    let TextDifference::Lines { added, hunks, cut, .. } = of("lines") else { panic!() };
    assert_eq!((*added, *cut, hunks[0].lines.len()), (5_000, true, DIFFERENCE_LINES_SHOWN_MAX));
    let TextDifference::Lines { hunks, .. } = of("long") else { panic!() };
    assert_eq!((hunks[0].lines[0].text.len(), hunks[0].lines[0].cut), (DIFFERENCE_LINE_CHARS_MAX, true));
    assert_eq!(*of("huge"), TextDifference::TooLong { bytes: 600 * 1024 });

    let names: Vec<String> = (0..DIFFERENCE_FILES_MAX + 7).map(|number| format!("f{number}")).collect();
    let files: Vec<(&str, &[u8], u32)> = names.iter().map(|name| (name.as_str(), &b""[..], 0o644)).collect();
    let found = difference(None, &files);
    assert_eq!((found.files.len(), found.left_out, found.counts.added), (DIFFERENCE_FILES_MAX, 7, DIFFERENCE_FILES_MAX + 7));
}

#[test]
fn texts_beyond_the_budget_are_told_apart_by_digest_alone() {
    let text = vec![b'z'; 500 * 1024];
    let names: Vec<String> = (0..40).map(|number| format!("f{number:02}")).collect();
    let files: Vec<(&str, &[u8], u32)> = names.iter().map(|name| (name.as_str(), text.as_slice(), 0o644)).collect();
    let found = difference(None, &files);
    let compared = found.files.iter().filter(|file| matches!(file.text, TextDifference::Lines { .. })).count();
    let left = found.files.iter().filter(|file| file.text == TextDifference::NotCompared).count();
    assert_eq!((compared, left), (16, 24));
}

/// Alternating lines have no short difference: whoever looks for the shortest one looks for hours.
#[test]
fn a_hostile_pair_of_texts_ends_and_gives_the_same_twice() {
    let side = |seed: u64| {
        let mut state = seed;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            format!("{}\n", (state >> 60) & 3)
        };
        (0..19_000).map(next).collect::<String>()
    };
    let (old, new) = (side(1), side(2));
    let make = || difference(Some(&[("a", old.as_bytes(), 0o644)]), &[("a", new.as_bytes(), 0o644)]);
    let first = make();
    assert!(matches!(&first.files[0].text, TextDifference::Lines { cut: true, .. }));
    assert_eq!(first, make());
}
