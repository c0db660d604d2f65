//! An audit's form reads back to the same audit, and names the field at fault.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn check(json: &str, expected: &str) {
    let form: AuditForm = serde_json::from_str(json).unwrap();
    match form.parse() {
        Ok(audit) => {
            let again = AuditForm::from(&audit);
            assert_eq!(again.parse().unwrap(), audit);
            assert_eq!(audit.kind.word(), expected);
        }
        Err(error) => assert!(error.to_string().starts_with(expected), "{error}"),
    }
}

#[test]
fn every_kind_survives_its_own_form() {
    check(r#"{"kind":"full","release":"pkg:cargo/serde@1.0.219","criteria":["safe-to-deploy"],"depth":"read"}"#, "full");
    check(
        r#"{"kind":"delta","release":"pkg:cargo/serde@1.0.219","from":"pkg:cargo/serde@1.0.218","criteria":["safe-to-deploy"]}"#,
        "delta",
    );
    check(r#"{"kind":"violation","release":"pkg:cargo/serde","range":"<1.0.200","criteria":["safe-to-run"]}"#, "violation");
    check(
        r#"{"kind":"publisher","release":"pkg:cargo/serde","publisher":{"user":"user:3618","start":"2026-01-01","end":"2026-12-31"},"criteria":["safe-to-deploy"]}"#,
        "publisher",
    );
}

#[test]
fn the_field_at_fault_is_named() {
    check(r#"{"kind":"whole","release":"pkg:cargo/serde@1.0.219","criteria":["x"]}"#, "kind:");
    check(r#"{"kind":"full","release":"pkg:cargo/serde","criteria":["x"]}"#, "release:");
    check(r#"{"kind":"delta","release":"pkg:cargo/serde@1.0.219","criteria":["x"]}"#, "from:");
    check(r#"{"kind":"delta","release":"pkg:cargo/serde@1.0.219","from":"pkg:cargo/syn@1.0.0","criteria":["x"]}"#, "from:");
    check(r#"{"kind":"full","release":"pkg:cargo/serde@1.0.219","criteria":[]}"#, "criteria:");
    check(r#"{"kind":"full","release":"pkg:cargo/serde@1.0.219","criteria":["x"],"depth":"glance"}"#, "depth:");
    check(r#"{"kind":"full","release":"pkg:cargo/serde@1.0.219","criteria":["x"],"digests":["md5:00"]}"#, "digests:");
    check(r#"{"kind":"violation","release":"pkg:cargo/serde","criteria":["x"]}"#, "range:");
}
