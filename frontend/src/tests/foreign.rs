//! Words of others: they may say anything, and change nothing around them.

use crate::filters::tame_lines;
use crate::limits::FOREIGN_CHARS_MAX;
use crate::tame;

fn check(text: &str, expected: &str) {
    assert_eq!(tame(text), expected, "{text:?}");
}

#[test]
fn what_turns_or_hides_words_is_left_out() {
    check("Pier Readers", "Pier Readers");
    check("abc\u{202e}gnp.exe", "abcgnp.exe");
    check("\u{2066}a\u{2069}\u{200b}b\u{feff}", "ab");
    check("a\u{0}\u{1b}[31mb", "a[31mb");
    check("two\nlines\tand more", "two lines and more");
    // Letters of every script stay, with their marks and joiners that are no controls of direction.
    check("Ünïcödé 日本語 שלום", "Ünïcödé 日本語 שלום");
}

#[test]
fn no_name_is_longer_than_a_page_bears() {
    let long = "x".repeat(100_000);
    let tamed = tame(&long);
    assert_eq!(tamed.chars().count(), FOREIGN_CHARS_MAX + 1);
    assert!(tamed.ends_with('\u{2026}'));
    assert_eq!(tame(&"y".repeat(FOREIGN_CHARS_MAX)), "y".repeat(FOREIGN_CHARS_MAX));
}

#[test]
fn a_note_keeps_its_lines() {
    assert_eq!(tame_lines("log\n12\nroot=\n\u{202e}\r\n"), "log\n12\nroot=\n\n");
}
