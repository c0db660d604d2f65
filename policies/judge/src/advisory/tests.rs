//! Ranges of advisories mean what the OSV schema says they mean.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::DottedVersions;
use vetmoot_domain::{AdvisoryKind, AffectedRange, Timestamp};

fn advisory(events: &str) -> Advisory {
    let event = |text: &str| {
        let (word, version) = text.split_once(' ').unwrap();
        let version = version.to_owned();
        match word {
            "from" => RangeEvent::Introduced(version),
            "fixed" => RangeEvent::Fixed(version),
            "last" => RangeEvent::LastAffected(version),
            _ => RangeEvent::Limit(version),
        }
    };
    Advisory {
        id: "T-1".to_owned(),
        aliases: Vec::new(),
        package: "pkg:cargo/a".parse().unwrap(),
        kind: AdvisoryKind::Vulnerability,
        severity: None,
        cvss_tenths: None,
        ranges: vec![AffectedRange { events: events.split(", ").filter(|text| !text.is_empty()).map(event).collect() }],
        versions: vec!["7.7".parse().unwrap()],
        summary: String::new(),
        published: None,
        modified: Timestamp::from_millis(0),
        withdrawn: None,
        url: None,
        source: String::new(),
        of_peer: false,
    }
}

fn affects(advisory: &Advisory, version: &str) -> bool {
    let board = Board::new(std::iter::once(advisory), &DottedVersions);
    let version = version.parse().unwrap();
    board.hits(&version, board.place(&version, &DottedVersions)).next().is_some()
}

fn check(events: &str, affected: &[&str], spared: &[&str]) {
    let advisory = advisory(events);
    let affects = |version: &str| affects(&advisory, version);
    for version in affected {
        assert!(affects(version), "{events}: {version} is affected");
    }
    for version in spared {
        assert!(!affects(version), "{events}: {version} is not affected");
    }
}

#[test]
fn ranges_open_and_close() {
    check("from 0, fixed 1.2", &["0.1", "1.1.9", "7.7"], &["1.2", "1.3"]);
    check("from 1.0, last 1.4", &["1.0", "1.4"], &["0.9", "1.4.1"]);
    check("fixed 1.2, from 1.0, from 2.0, fixed 2.1", &["1.1", "2.0"], &["1.2", "1.9", "2.1"]);
    check("from 0, limit 3.0", &["2.9"], &["3.0"]);
    check("from 0, limit *", &["2.9", "99"], &[]);
    check("from 0.0.0-0, fixed 0.3", &["0.1", "0.0.0-a"], &["0.3"]);
    check("from nonsense", &["7.7", "1.0"], &[]);
    check("from 1.0, fixed nonsense", &["1.0"], &["0.9"]);
    check("", &["7.7", "7.7.0", "v7.7"], &["1.0", "7.7-a"]);
    check("from 1.0, fixed 1.5, fixed 1.5.0", &["1.4"], &["1.5"]);
}

#[test]
fn a_withdrawn_advisory_affects_nothing_and_fixes_nothing() {
    let mut withdrawn = advisory("from 0, fixed 2.0");
    let fixes = |advisory: &Advisory, version: &str| {
        let board = Board::new(std::iter::once(advisory), &DottedVersions);
        board.fixed_by(board.place(&version.parse().unwrap(), &DottedVersions)).is_some()
    };
    assert!(fixes(&withdrawn, "2.0.0"));
    assert!(!fixes(&withdrawn, "2.0.1"));
    withdrawn.withdrawn = Some(Timestamp::from_millis(1));
    assert!(!affects(&withdrawn, "1.0"));
    assert!(!fixes(&withdrawn, "2.0"));
}

#[test]
fn hits_are_those_of_the_package_in_the_order_of_ids() {
    let mut other = advisory("from 0");
    other.package = "pkg:cargo/b".parse().unwrap();
    let mut second = advisory("from 0");
    second.id = "T-0".to_owned();
    let all = [advisory("from 0"), other, second];
    let release: Release = "pkg:cargo/a@1.0".parse().unwrap();
    let ids: Vec<&str> = hits(&all, &release, &DottedVersions).into_iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["T-0", "T-1"]);
}
