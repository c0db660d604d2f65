//! Tests of reading advisories.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use proptest::prelude::*;
use vetmoot_domain::{Advisory, AdvisoryKind, RangeEvent};

use super::{OsvError, Raw, Reader, Record, crates_name, json_values, read, zip_members};
use crate::feeds::DropReason;
use crate::feeds::limits::RECORD_BYTES_MAX;

fn shown(advisory: &Advisory) -> String {
    let mut text = format!("{} {} {}", advisory.id, advisory.kind, advisory.package);
    if let Some(severity) = advisory.severity {
        write!(text, " {severity}").unwrap();
    }
    if let Some(tenths) = advisory.cvss_tenths {
        write!(text, " {tenths}").unwrap();
    }
    for range in &advisory.ranges {
        let events: Vec<String> = range
            .events
            .iter()
            .map(|event| match event {
                RangeEvent::Introduced(version) => format!(">={version}"),
                RangeEvent::Fixed(version) => format!("<{version}"),
                RangeEvent::LastAffected(version) => format!("<={version}"),
                RangeEvent::Limit(version) => format!("limit {version}"),
            })
            .collect();
        write!(text, " [{}]", events.join(" ")).unwrap();
    }
    for version in &advisory.versions {
        write!(text, " {version}").unwrap();
    }
    text
}

fn check(name: &str, record: &str, expected: &str) {
    let record = read(name, record.replace("CRATES", crates_name()).as_bytes(), "them").unwrap();
    let mut lines: Vec<String> = record.advisories.iter().map(shown).collect();
    lines.extend(record.dropped.iter().map(|(reason, drop)| format!("dropped {reason} {}", drop.count)));
    let expected: Vec<&str> = expected.lines().map(str::trim).collect();
    assert_eq!(lines, expected);
}

fn error_code(record: &str) -> &'static str {
    read("x.json", record.as_bytes(), "them").unwrap_err().code()
}

#[test]
fn a_record_of_several_packages_becomes_several_advisories() {
    check(
        "x.json",
        r#"{"id":"GHSA-1","modified":"2026-01-02T03:04:05.678901Z","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
            "affected":[
             {"package":{"ecosystem":"CRATES","name":"alpha"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0.0.0-0"},{"fixed":"1.2.3"}]}]},
             {"package":{"ecosystem":"PyPI","name":"Some_Project"},"versions":["1.0","1.0.post1"]},
             {"package":{"ecosystem":"npm","name":"@scope/thing"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"last_affected":"2.0.0"}]}]},
             {"package":{"ecosystem":"Maven","name":"org.example:thing"},"versions":["1"]},
             {"package":{"ecosystem":"npm","name":"../etc"},"versions":["1.0.0"]},
             {"package":{"ecosystem":"npm","name":"empty"}}]}"#,
        "GHSA-1 vulnerability pkg:cargo/alpha high 75 [>=0.0.0-0 <1.2.3]
         GHSA-1 vulnerability pkg:pypi/some-project high 75 1.0 1.0.post1
         GHSA-1 vulnerability pkg:npm/%40scope/thing high 75 [>=0 <=2.0.0]
         dropped bad-package-name 1
         dropped other-ecosystem 1
         dropped nothing-affected 1",
    );
}

#[test]
fn kinds_come_from_the_id_and_from_what_the_database_says_beside_the_package() {
    let record = |id: &str, informational: &str| {
        format!(
            r#"{{"schema_version":null,"id":"{id}","modified":"2026-01-01T00:00:00Z","affected":[{{"package":{{"ecosystem":"CRATES","name":"alpha"}},
                "versions":["1.0.0"],"database_specific":{{"informational":{informational},"cvss":null,"categories":[]}}}}]}}"#
        )
    };
    check("x.json", &record("MAL-2026-1", "null"), "MAL-2026-1 malware pkg:cargo/alpha 1.0.0");
    check("x.json", &record("R-1", "null"), "R-1 vulnerability pkg:cargo/alpha 1.0.0");
    check("x.json", &record("R-1", "\"unmaintained\""), "R-1 unmaintained pkg:cargo/alpha 1.0.0");
    check("x.json", &record("R-1", "\"unsound\""), "R-1 unsound pkg:cargo/alpha 1.0.0");
    check("x.json", &record("R-1", "\"notice\""), "R-1 notice pkg:cargo/alpha 1.0.0");
    check("x.json", &record("R-1", "\"other\""), "R-1 notice pkg:cargo/alpha 1.0.0");
}

#[test]
fn severity_comes_from_the_newest_vector_then_from_a_word() {
    let record = |severity: &str, specific: &str| {
        format!(
            r#"{{"id":"R-1","modified":"2026-01-01T00:00:00Z","severity":{severity},"database_specific":{specific},
                "affected":[{{"package":{{"ecosystem":"npm","name":"alpha"}},"versions":["1.0.0"]}}]}}"#
        )
    };
    let vector = |kind: &str, score: &str| format!(r#"[{{"type":"{kind}","score":"{score}"}}]"#);
    let v3 = vector("CVSS_V3", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H");
    let v2 = vector("CVSS_V2", "AV:N/AC:L/Au:N/C:P/I:P/A:P");
    let v4 = vector("CVSS_V4", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N");
    check("x.json", &record(&v3, "null"), "R-1 vulnerability pkg:npm/alpha critical 98 1.0.0");
    check("x.json", &record(&v2, "null"), "R-1 vulnerability pkg:npm/alpha high 75 1.0.0");
    check("x.json", &record(&v4, "null"), "R-1 vulnerability pkg:npm/alpha high 87 1.0.0");
    let both = format!("{},{}", v3.trim_end_matches(']'), v4.trim_start_matches('['));
    check("x.json", &record(&both, "null"), "R-1 vulnerability pkg:npm/alpha high 87 1.0.0");
    check("x.json", &record("[]", r#"{"severity":"MODERATE"}"#), "R-1 vulnerability pkg:npm/alpha medium 1.0.0");
    check("x.json", &record("null", r#"{"severity":["x"],"cvss":{}}"#), "R-1 vulnerability pkg:npm/alpha 1.0.0");
    check("x.json", &record(&vector("CVSS_V3", "CVSS:3.1/AV:Q"), "null"), "R-1 vulnerability pkg:npm/alpha 1.0.0");
}

#[test]
fn yaml_versions_stay_the_text_they_are() {
    check(
        "PYSEC-1.yaml",
        "id: PYSEC-1\nmodified: 2026-01-01T00:00:00.5+02:00\nwithdrawn: '2026-02-01T00:00:00Z'\naffected:\n- package:\n    name: alpha\n    ecosystem: PyPI\n  \
         ranges:\n  - type: GIT\n    repo: x\n    events:\n    - introduced: '0'\n  - type: ECOSYSTEM\n    events:\n    - introduced: 0\n    - fixed: 2.10\n  \
         versions:\n  - '0.1'\n  - 1.10\n  - 1e3\n",
        "PYSEC-1 vulnerability pkg:pypi/alpha [>=0 <2.10] 0.1 1.10 1e3
         dropped commit-range 1",
    );
}

#[test]
fn a_record_keeps_its_aliases_times_and_the_page_to_read_more() {
    let text = r#"{"id":"R-1","modified":"2026-01-01T00:00:00Z","published":"2025-01-01T00:00:00Z","withdrawn":"2026-01-01T00:00:00Z","aliases":["CVE-1","bad\nid"],
        "details":"First line.\nSecond.","references":[{"type":"WEB","url":"https://a.example"},{"type":"ADVISORY","url":"https://b.example"},{"type":"ADVISORY","url":"javascript:x"}],
        "affected":[{"package":{"ecosystem":"npm","name":"alpha"},"versions":["1.0.0", "a/b"]}]}"#;
    let record = read("x", text.as_bytes(), "them").unwrap();
    let advisory = record.advisories.first().unwrap();
    assert_eq!(advisory.aliases, ["CVE-1"]);
    assert_eq!(advisory.summary, "First line.");
    assert_eq!(advisory.url.as_deref(), Some("https://b.example"));
    assert_eq!(advisory.source, "them");
    assert!(advisory.withdrawn.is_some() && advisory.published.is_some());
    assert_eq!(record.dropped.count(DropReason::BadVersion), 1);
}

#[test]
fn what_is_no_record_is_refused_with_a_code() {
    assert_eq!(error_code("{"), "record-not-json");
    assert_eq!(error_code(r#"{"id":"R-1"}"#), "record-not-json");
    assert_eq!(error_code(r#"{"id":"R 1","modified":"2026-01-01T00:00:00Z"}"#), "record-bad-id");
    assert_eq!(error_code(r#"{"id":"R-1","modified":"yesterday"}"#), "record-bad-time");
    assert_eq!(error_code(&"[".repeat(100_000)), "record-not-json");
    assert_eq!(error_code(&" ".repeat(RECORD_BYTES_MAX + 1)), "record-too-long");
    let laughs = "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\nid: [*f,*f,*f,*f,*f,*f,*f,*f]\n";
    assert_eq!(read("x.yaml", laughs.as_bytes(), "them").unwrap_err().code(), "record-not-yaml");
}

fn small(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","modified":"2026-01-01T00:00:00Z","summary":"a \"}}\" and a \\","affected":[{{"package":{{"ecosystem":"npm","name":"alpha"}},"versions":["1.0.0"]}}]}}"#
    )
}

fn ids(source: &[u8]) -> Result<Vec<String>, OsvError> {
    Reader::new(json_values(source, "all.json"), "them").map(|record| record.map(|record| record.id)).collect()
}

#[test]
fn a_list_lines_and_a_single_record_are_read_alike() {
    let expected = ["A-1", "A-2"];
    assert_eq!(ids(format!("[{},\n{}]", small("A-1"), small("A-2")).as_bytes()).unwrap(), expected);
    assert_eq!(ids(format!("{}\n{}\n", small("A-1"), small("A-2")).as_bytes()).unwrap(), expected);
    assert_eq!(ids(small("A-1").as_bytes()).unwrap(), ["A-1"]);
    assert!(ids(b"[]").unwrap().is_empty());
}

#[test]
fn advisories_that_break_off_are_an_error_that_says_where() {
    let all = format!("[\n{},\n{}\n]", small("A-1"), small("A-2"));
    for end in 1..all.len() {
        let cut = all.get(..end).unwrap();
        let error = ids(cut.as_bytes()).unwrap_err();
        let line = u64::try_from(cut.matches('\n').count()).unwrap() + 1;
        assert!(matches!(error, OsvError::Truncated { line: at } if at == line), "cut at {end}: {error}");
    }
    assert!(matches!(ids(b"\n<html>").unwrap_err(), OsvError::Malformed { line: 2 }));
}

#[test]
fn a_bad_or_huge_record_is_dropped_and_the_others_are_kept() {
    let huge = format!(r#"{{"id":"B-1","details":"{}"}}"#, "x".repeat(RECORD_BYTES_MAX + 10));
    let all = format!("{}\n{{\"id\":7}}\n{huge}\n{}\n", small("A-1"), small("A-2"));
    let mut reader = Reader::new(json_values(all.as_bytes(), "all.json"), "them");
    let kept: Vec<Record> = reader.by_ref().map(Result::unwrap).collect();
    assert_eq!(kept.len(), 2);
    let summary = reader.summary();
    assert_eq!((summary.records, summary.advisories), (4, 2));
    assert_eq!((summary.dropped.count(DropReason::NotARecord), summary.dropped.count(DropReason::TooLong)), (1, 1));
}

#[test]
fn an_archive_is_read_member_by_member() {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    archive.start_file("A-1.json", options).unwrap();
    archive.write_all(small("A-1").as_bytes()).unwrap();
    archive.start_file("README.md", options).unwrap();
    archive.write_all(b"# no record").unwrap();
    archive.start_file("bomb.json", options).unwrap();
    archive.write_all(&vec![b' '; RECORD_BYTES_MAX * 2]).unwrap();
    let bytes = archive.finish().unwrap().into_inner();
    let mut reader = Reader::new(zip_members(Cursor::new(&bytes)).unwrap(), "them");
    assert_eq!(reader.by_ref().map(Result::unwrap).count(), 1);
    assert_eq!(reader.summary().dropped.count(DropReason::TooLong), 1);
    let cut = bytes.get(..bytes.len() / 2).unwrap();
    assert_eq!(zip_members(Cursor::new(cut)).err().unwrap().code(), "advisories-archive");
}

proptest! {
    #[test]
    fn nothing_makes_the_readers_panic(text in "\\PC{0,200}", vector in "(CVSS:[234]\\.[01]/)?([A-Za-z]{1,3}:[A-Z]/?){0,14}") {
        let _ = read("x.json", text.as_bytes(), "them");
        let _ = read("x.yaml", text.as_bytes(), "them");
        let _ = ids(text.as_bytes());
        let _ = super::severity::by_vector(&vector);
    }
}

fn folder_of(path: &std::path::Path, into: &mut Vec<Raw>) {
    let mut entries: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            folder_of(&entry, into);
        } else {
            let bytes = std::fs::read(&entry).unwrap();
            into.push(Raw { name: entry.file_name().unwrap().to_string_lossy().into_owned(), bytes, oversized: false });
        }
    }
}

#[test]
fn every_real_record_is_read() {
    let Some(folder) = crate::feeds::cargo_vet::tests::real_data() else { return };
    let count = |name: &str, kinds: [AdvisoryKind; 4]| {
        let mut raws = Vec::new();
        folder_of(&folder.join("advisories").join(name), &mut raws);
        let mut reader = Reader::new(raws.into_iter().map(Ok), name);
        let advisories: Vec<Advisory> = reader.by_ref().flat_map(|record| record.unwrap().advisories).collect();
        let of = kinds.map(|kind| advisories.iter().filter(|advisory| advisory.kind == kind).count());
        let scored = advisories.iter().filter(|advisory| advisory.cvss_tenths.is_some()).count();
        let summary = reader.summary();
        let unread = summary.dropped.count(DropReason::NotARecord) + summary.dropped.count(DropReason::TooLong);
        (summary.records, summary.advisories, summary.withdrawn, unread, of, scored)
    };
    let kinds = [AdvisoryKind::Vulnerability, AdvisoryKind::Unmaintained, AdvisoryKind::Unsound, AdvisoryKind::Notice];
    assert_eq!(count("rustsec-osv", kinds), (714, 714, 9, 0, [438, 151, 120, 5], 293));
    assert_eq!(count("pypa", kinds), (277, 277, 1, 0, [277, 0, 0, 0], 17));
}
