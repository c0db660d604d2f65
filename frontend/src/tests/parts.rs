//! Filters, bars and the set-up lines.

use crate::filters::{counted, cut, grouped, short_digest, split_spans};
use crate::parts::{cargo_source_name, client_tabs};

fn check_digest(digest: &str, expected: &str) {
    assert_eq!(short_digest(digest), expected);
}

#[test]
fn digests_are_shortened_in_the_middle() {
    check_digest("sha256:0123456789abcdef0123456789abcdef", "sha256:0123456789\u{2026}abcdef");
    check_digest("0123456789abcdef0123456789abcdef", "0123456789\u{2026}abcdef");
    check_digest("sha256:0123456789abcdef0", "sha256:0123456789abcdef0");
    check_digest("", "");
    check_digest("sha256:ééééééééééééééééééééééé", "sha256:éééééééééé\u{2026}éééééé");
}

#[test]
fn numbers_are_grouped_and_words_follow_them() {
    let said: Vec<String> = [0, 12, 999, 1_000, 1_234_567].into_iter().map(grouped).collect();
    assert_eq!(said, ["0", "12", "999", "1,000", "1,234,567"]);
    assert_eq!(counted(1, "entry", Some("entries")), "1 entry");
    assert_eq!(counted(2_000, "entry", Some("entries")), "2,000 entries");
    assert_eq!(counted(0, "audit", None), "0 audits");
}

#[test]
fn the_pieces_of_a_bar_meet_and_fill_it() {
    let pieces = cut(&[("listed", 1), ("held", 0), ("refused", 1), ("unknown", 1)]);
    let said: Vec<String> = pieces.iter().map(|p| format!("{p:?}")).collect();
    assert_eq!(
        said,
        [
            "Segment { state: \"listed\", count: 1, x: 0, width: 333 }",
            "Segment { state: \"refused\", count: 1, x: 333, width: 333 }",
            "Segment { state: \"unknown\", count: 1, x: 666, width: 334 }",
        ]
    );
    assert!(cut(&[("listed", 0)]).is_empty());
}

#[test]
fn the_cargo_source_carries_the_link_that_explains_it() {
    let name = cargo_source_name("https://vet.example", "balanced");
    assert_eq!(name, "vetmoot/balanced (why: https://vet.example/why/balanced)");
    let tabs = client_tabs("https://vet.example", "balanced");
    let cargo = tabs.first().unwrap();
    assert_eq!(cargo.snippet.matches(&name).count(), 2);
    assert!(cargo.snippet.contains("registry = \"sparse+https://vet.example/cargo/balanced/\""));
    assert!(cargo.traps.iter().any(|trap| trap.contains("means held here")));
}

#[test]
fn every_client_has_a_snippet_a_test_and_a_way_back() {
    let tabs = client_tabs("http://127.0.0.1:8080", "cooldown");
    let names: Vec<&str> = tabs.iter().map(|tab| tab.client.as_str()).collect();
    assert_eq!(names, ["cargo", "pip", "uv", "npm", "pnpm"]);
    for tab in &tabs {
        assert!(tab.snippet.contains("http://127.0.0.1:8080/"), "{}", tab.client);
        for text in [&tab.file, &tab.test, &tab.expect, &tab.undo, &tab.lock_file, &tab.withheld] {
            assert!(!text.is_empty(), "{}", tab.client);
        }
    }
    let pip = |base| client_tabs(base, "x").into_iter().find(|tab| tab.client == "pip").unwrap().traps.len();
    assert_eq!(pip("http://vet.example"), pip("https://vet.example") + 1, "plain http needs a word");
}

#[test]
fn what_stands_in_backticks_is_code_and_a_lone_backtick_stays() {
    let said = |text: &str| format!("{:?}", split_spans(text));
    assert_eq!(
        said("no result of `ci` came"),
        "[Span { code: false, text: \"no result of \" }, Span { code: true, text: \"ci\" }, Span { code: false, text: \" came\" }]"
    );
    assert_eq!(said("a ` alone"), "[Span { code: false, text: \"a ` alone\" }]");
    assert_eq!(said(""), "[]");
}
