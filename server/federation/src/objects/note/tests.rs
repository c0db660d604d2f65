//! Small words of posts: escaping, cutting, hashtags.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::html::{cut, escaped, in_path, joined, link};
use super::tag::legal;

#[test]
fn what_people_write_stays_text() {
    assert_eq!(escaped("<script>'a' & \"b\"</script>"), "&lt;script&gt;&#39;a&#39; &amp; &quot;b&quot;&lt;/script&gt;");
    assert_eq!(escaped("one\r\ntwo\u{202e}\u{0}"), "one<br>two");
    assert_eq!(
        link("https://vet.example/a?b=\"><i>"),
        "<a href=\"https://vet.example/a?b=&quot;&gt;&lt;i&gt;\">vet.example/a?b=&quot;&gt;&lt;i&gt;</a>"
    );
}

#[test]
fn long_texts_are_cut_between_characters() {
    assert_eq!(cut("  short ", 10), "short");
    assert_eq!(cut("exactly 10", 10), "exactly 10");
    assert_eq!(cut("longer than ten", 10), "longer th\u{2026}");
    assert_eq!(cut(&"\u{e4}".repeat(20), 3).chars().count(), 3);
}

#[test]
fn names_are_joined_as_sentences_join_them() {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(joined(&words("")), "");
    assert_eq!(joined(&words("a")), "a");
    assert_eq!(joined(&words("a b")), "a and b");
    assert_eq!(joined(&words("a b c")), "a, b and c");
}

fn check_tag(purl: &str, expected: &str) {
    let name = legal(&purl.parse().unwrap());
    assert_eq!(name, expected, "{purl}");
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.bytes().all(|byte| byte.is_ascii_digit()));
}

#[test]
fn every_package_has_a_legal_hashtag() {
    check_tag("pkg:cargo/serde", "serde");
    check_tag("pkg:cargo/serde_json", "serde_json");
    check_tag("pkg:cargo/tokio-util", "tokio_util");
    check_tag("pkg:npm/%40types/node", "types_node");
    check_tag("pkg:npm/lodash.merge", "lodash_merge");
    check_tag("pkg:npm/2048", "npm_2048");
    check_tag("pkg:npm/-", "npm_package");
}

#[test]
fn a_version_is_one_segment_of_a_path() {
    assert_eq!(in_path("1.0.0+build-7_x~y"), "1.0.0+build-7_x~y");
    assert_eq!(in_path("1!2.0/../x"), "1%212.0%2F..%2Fx");
}
