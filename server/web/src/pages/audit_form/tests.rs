//! What an auditor types becomes one form of an audit, and nothing typed is lost.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn form(query: &str) -> (AuditForm, Wrong) {
    let known = vec![FileDigests { file: "serde 1.0.0".into(), digests: vec![DIGEST.into()] }];
    let mut wrong = Wrong::default();
    let draft = read(&Fields::of_query(query), &known, &mut wrong);
    (draft, wrong)
}

fn check(query: &str, expected: &str) {
    let (draft, wrong) = form(query);
    let said = wrong.summary().first().map_or_else(
        || draft.parse().map_or_else(|error| format!("error: {error}"), |audit| format!("{:?}", audit.kind)),
        |problem| format!("wrong: {}", problem.text),
    );
    assert!(said.starts_with(expected), "{query}: {said}");
}

#[test]
fn each_kind_takes_its_own_fields_and_leaves_the_others_out() {
    check("kind=full&release=pkg:cargo/serde@1.0.0&from=pkg:cargo/serde@0.9.0&criteria=safe-to-run&depth=read", "Full");
    check("kind=delta&release=pkg:cargo/serde@1.0.0&from=pkg:cargo/serde@0.9.0&criteria=safe-to-run", "Delta");
    check("kind=violation&release=pkg:cargo/serde&range=%3C1.0.0&criteria=safe-to-run", "Violation");
    check(
        "kind=publisher&release=pkg:cargo/serde&publisher_user=user:1&publisher_start=2026-01-01&publisher_end=2026-06-01&criteria=safe-to-run",
        "Publisher",
    );
    check("kind=full&release=pkg:cargo/serde@1.0.0", "error: criteria");
    check("kind=delta&release=pkg:cargo/serde@1.0.0&criteria=safe-to-run", "error: from");
}

#[test]
fn findings_are_read_in_order_and_blank_ones_are_left_out() {
    let (draft, wrong) = form(
        "kind=full&release=pkg:cargo/serde@1.0.0&criteria=safe-to-run\
         &finding_digest=&finding_path=src/lib.rs&finding_lines=10-20&finding_severity=low&finding_text=odd\
         &finding_digest=&finding_path=&finding_lines=&finding_severity=info&finding_text=",
    );
    assert!(wrong.is_empty());
    let only = draft.findings.first().unwrap();
    assert_eq!(draft.findings.len(), 1);
    assert_eq!((only.lines, only.digest.to_string().as_str()), ((10, 20), DIGEST));
    let audit = "kind=full&release=pkg:cargo/serde@1.0.0&criteria=safe-to-run";
    check(
        &format!("{audit}&finding_path=a&finding_lines=x&finding_severity=low&finding_text=odd"),
        "wrong: The lines `x` cannot be read",
    );
}

#[test]
fn a_machine_says_whether_a_person_guided_it() {
    let said = |text: &str| machine(text).map(|machine| (machine.model, machine.guided));
    assert_eq!(said(""), None);
    assert_eq!(said("reading-aid 3, guided"), Some(("reading-aid 3".to_owned(), true)));
    assert_eq!(said("reading-aid 3"), Some(("reading-aid 3".to_owned(), false)));
    assert_eq!(said("unguided"), Some(("unguided".to_owned(), false)));
}

#[test]
fn a_fault_stands_at_the_field_it_was_typed_into() {
    assert_eq!(field_of("publisher.end"), "publisher_end");
    assert_eq!(field_of("findings.lines"), "finding_text");
    assert_eq!(field_of("range"), "range");
}
