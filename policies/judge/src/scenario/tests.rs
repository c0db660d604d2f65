//! Tests of policies fail when they should, and dotted versions have an order.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::cmp::Ordering;

use vetmoot_domain::{Version, Versions};

use super::*;
use crate::{ShelfAlone, shelf};

fn policy() -> Policy {
    Policy::parse(shelf().first().unwrap().1.as_bytes(), &ShelfAlone).unwrap()
}

#[test]
fn a_wrong_expectation_fails_and_says_what_differs() {
    let case = "name = \"n\"\n[given]\nage = \"1d\"\n[expect]\nstate = \"listed\"\nbytes = \"serve\"\ncodes = [\"old-enough\"]\nvalid-for = \"ever\"\ntext = \"xyz\"";
    let outcome = run_case(&policy(), case).unwrap();
    insta::assert_snapshot!(outcome.failures.join("\n"), @r"
    state is held, not listed
    bytes is refuse, not serve
    codes is [release-too-young], not [old-enough]
    valid-for is 6d, not for ever
    no reason says `xyz`; they say: published 2026-11-19T12:00:00Z; Cooldown waits 7 days, until 2026-11-26T12:00:00Z
    ");
}

#[test]
fn a_misspelt_test_is_an_error() {
    let errors = run_case(&policy(), "name = \"n\"\n[given]\nagee = \"1d\"\n[expect]\nstat = \"held\"").unwrap_err();
    assert_eq!(
        errors.to_string(),
        "line 3, column 1: unknown key `agee` in `given`; did you mean `age`?\n\
         line 5, column 1: unknown key `stat` in `expect`; did you mean `state`?"
    );
}

#[test]
fn dotted_versions_have_a_total_order() {
    let sorted = ["git", "zzz", "0.9", "1.0-alpha", "1.0", "1.0.1", "1.2", "1.10"];
    for (place, left) in sorted.iter().enumerate() {
        for (other, right) in sorted.iter().enumerate() {
            let (left, right): (Version, Version) = (left.parse().unwrap(), right.parse().unwrap());
            assert_eq!(DottedVersions.compare(&left, &right), place.cmp(&other), "{left} {right}");
        }
    }
    let (short, long): (Version, Version) = ("1".parse().unwrap(), "1.0.0".parse().unwrap());
    assert_eq!(DottedVersions.compare(&short, &long), Ordering::Equal);
}

#[test]
fn ranges_of_dotted_versions_are_comparators() {
    let inside = |range: &str, version: &str| DottedVersions.in_range(range, &version.parse().unwrap());
    assert_eq!(inside(">=1.0, <2", "1.5"), Ok(true));
    assert_eq!(inside(">=1.0, <2", "2.0"), Ok(false));
    assert_eq!(inside("*", "0.1-x"), Ok(true));
    assert_eq!(inside("1.0", "1.0.0"), Ok(true));
    assert!(inside("^1", "1.0").is_err());
    assert!(inside("=>1", "1.0").is_err());
}
