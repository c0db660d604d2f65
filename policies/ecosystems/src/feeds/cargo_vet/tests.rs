//! Tests of reading and writing audit feeds.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;
use std::process::Command;

use proptest::prelude::*;
use vetmoot_domain::{AuditKind, CriterionName, Level, Organisation};

use super::{Entry, Feed, FeedCriteria, FeedError, Reader, read, write};
use crate::feeds::DropReason;
use crate::feeds::limits::{ENTRY_BYTES_MAX, READ_BYTES};

const SOURCE: &str = "https://feeds.example.org/audits.toml";

/// Every entry in one line, then what was dropped.
fn shown(feed: &Feed) -> String {
    let mut text = String::new();
    for entry in &feed.entries {
        let what = match &entry.audit.kind {
            AuditKind::Full { version, .. } => format!("full {version}"),
            AuditKind::Delta { from, to, .. } => format!("delta {from} -> {to}"),
            AuditKind::Violation { range } => format!("violation {range}"),
            AuditKind::Publisher { publisher, start, end } => format!("publisher {publisher} {start}..{end}"),
        };
        let criteria: Vec<&str> = entry.audit.criteria.iter().map(CriterionName::as_str).collect();
        let who: Vec<&str> = entry.who.iter().map(|who| who.name()).collect();
        let name = entry.audit.package.name();
        writeln!(text, "{name} {what} [{}] by {}", criteria.join(" "), who.join(" and ")).unwrap();
    }
    for (reason, drop) in feed.summary.dropped.iter() {
        writeln!(text, "dropped {reason} {}: {}", drop.count, drop.examples.join("; ")).unwrap();
    }
    text
}

fn check(feed: &str, expected: &str) {
    let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    assert_eq!(lines(&shown(&read(feed.as_bytes(), SOURCE).unwrap())), lines(expected));
}

fn refused(feed: &str) -> FeedError {
    read(feed.as_bytes(), SOURCE).unwrap_err()
}

#[test]
fn every_kind_of_entry_becomes_its_kind_of_audit() {
    check(
        r#"
[[wildcard-audits.alpha]]
who = "Ada <ada@example.org>"
criteria = "safe-to-deploy"
user-id = 17
start = "2024-01-01"
end = "2025-01-01"
renew = false

[[wildcard-audits.alpha]]
criteria = "safe-to-run"
trusted-publisher = "github:example/alpha"
start = 2024-01-01
end = 2025-01-01

[[audits.beta]]
who = ["Ada <ada@example.org>", "Grace"]
criteria = ["safe-to-run"]
version = "1.0.0"

[[audits.beta]]
criteria = "safe-to-deploy"
delta = "1.0.0 -> 1.1.0@git:0123456789012345678901234567890123456789"

[[audits.beta]]
criteria = "safe-to-deploy"
violation = "<1.0.0"
"#,
        "alpha publisher user:17 2024-01-01..2025-01-01 [safe-to-deploy safe-to-run] by Ada
         alpha publisher github:example/alpha 2024-01-01..2025-01-01 [safe-to-run] by
         beta full 1.0.0 [safe-to-run] by Ada and Grace
         beta delta 1.0.0 -> 1.1.0@git:0123456789012345678901234567890123456789 [safe-to-deploy safe-to-run] by
         beta violation <1.0.0 [safe-to-deploy] by",
    );
}

#[test]
fn what_cannot_be_taken_over_is_counted_and_named_and_the_rest_is_kept() {
    check(
        r#"
[criteria.known]
description = "x"
[criteria."not a name"]
description = "x"
[criteria.safe-to-run]
description = "something else"
[[audits."0.7.11"]]
criteria = "safe-to-run"
version = "1.0.0"
[[audits.0.7.12]]
criteria = "safe-to-run"
version = "1.0.0"
[[audits.alpha]]
criteria = "safe-to-run"
version = "1.0"
[[audits.alpha]]
criteria = "safe-to-run"
delta = "1.0.0"
[[audits.alpha]]
criteria = "safe-to-run"
delta = "1.0.0 -> 1.0.0"
[[audits.alpha]]
criteria = "safe-to-run"
version = "1.0.0@git:abc"
[[audits.alpha]]
criteria = "unheard-of"
version = "1.0.0"
[[audits.alpha]]
criteria = "safe-to-run"
version = "1.0.0"
violation = "*"
[[audits.alpha]]
criteria = "safe-to-run"
violation = "newer than mine"
[[audits.alpha]]
criteria = "safe-to-run"
version = "1.0.0"
importable = false
[[audits.alpha]]
criteria = "safe-to-run"
version = "1.0.0"
proof = "none"
[[audits.alpha]]
criteria = 7
version = "1.0.0"
[[trusted.alpha]]
criteria = "safe-to-run"
user-id = 1
start = "2024-01-01"
end = "2025-01-01"
[[wildcard-audits.alpha]]
criteria = "safe-to-run"
user-id = 1
start = "2025-01-01"
end = "2024-01-01"
[[wildcard-audits.alpha]]
criteria = "safe-to-run"
trusted-publisher = "user:1"
start = "2024-01-01"
end = "2025-01-01"
[[audits.alpha]]
criteria = ["unheard-of", "known"]
version = "2.0.0"
"#,
        "alpha full 2.0.0 [known] by
         dropped bad-package-name 2: 0.7.11 (line 8); 0.7.12 (line 11)
         dropped bad-version 3: alpha (line 14); alpha (line 17); alpha (line 23)
         dropped bad-range 1: alpha (line 33)
         dropped bad-criterion 1: not a name
         dropped builtin-redefined 1: safe-to-run
         dropped no-criteria 1: alpha (line 26)
         dropped unknown-kind 1: alpha (line 29)
         dropped unknown-field 1: alpha (line 40)
         dropped bad-field 1: alpha (line 44)
         dropped not-importable 1: alpha (line 36)
         dropped local-only 1: alpha (line 47)
         dropped bad-window 1: alpha (line 52)
         dropped bad-publisher 1: alpha (line 57)
         dropped same-version 1: alpha (line 20)",
    );
}

#[test]
fn a_claim_carries_what_its_feed_says_it_implies_and_a_denial_does_not() {
    check(
        r#"
[[audits.alpha]]
criteria = "strong"
version = "1.0.0"
[[audits.alpha]]
criteria = "strong"
violation = "2"
[criteria.strong]
description = "x"
implies = ["middle", "unheard-of"]
[criteria.middle]
description = "x"
implies = "safe-to-deploy"
"#,
        "alpha full 1.0.0 [middle safe-to-deploy safe-to-run strong] by
         alpha violation ^2 [strong] by",
    );
}

#[test]
fn a_circle_of_implications_refuses_the_feed_and_names_one_of_its_criteria() {
    let error = refused("[criteria.a]\nimplies = \"b\"\n[criteria.b]\nimplies = \"c\"\n[criteria.c]\nimplies = \"a\"\n");
    assert_eq!(error.code(), "feed-criteria-cycle");
    assert!(error.to_string().contains("`a` implies itself"), "{error}");
}

#[test]
fn a_criterion_defined_twice_refuses_the_feed() {
    let error = refused("[criteria.a]\ndescription = \"x\"\n[criteria.a]\ndescription = \"y\"\n");
    assert_eq!(error.to_string(), "line 3 of the feed cannot be read: the criterion `a` is defined twice");
}

#[test]
fn a_feed_cut_anywhere_inside_a_table_says_where_it_breaks_off() {
    let feed = "[[audits.alpha]]\ncriteria = \"safe-to-run\"\nversion = \"1.0.0\"\n\
                \n[[audits.beta]]\nwho = [\n  \"Ada\",\n]\ncriteria = \"safe-to-run\"\nversion = \"1.0.0\"\n";
    let second = feed.find("[[audits.beta]]").unwrap();
    for end in second + 1..feed.len() - 1 {
        let cut = feed.get(..end).unwrap();
        match read(cut.as_bytes(), SOURCE) {
            Err(FeedError::Truncated { line, .. } | FeedError::Malformed { line, .. }) => {
                let lines = u64::try_from(cut.lines().count()).unwrap();
                assert!((lines..=lines + 1).contains(&line), "cut at {end}: line {line} of {lines}");
            }
            other => panic!("cut at {end}: {other:?}"),
        }
    }
    assert_eq!(refused("[[audits.a]]\nnotes = \"\"\"\nsome text\n").code(), "feed-truncated");
    assert_eq!(refused("[[audits.a]]\nwho = [\n").code(), "feed-truncated");
}

#[test]
fn text_that_is_no_toml_refuses_the_feed_with_its_line() {
    let error = refused("[[audits.alpha]]\ncriteria = \"safe-to-run\"\nversion = 1.0.0\n[[audits.b]]\nversion = \"1.0.0\"\n");
    assert!(matches!(error, FeedError::Malformed { line: 3, .. }), "{error}");
    let error = refused("[[audits.alpha]]\nversion = \"1.0.0\nx = \"\n[[audits.b]]\n");
    assert!(matches!(error, FeedError::Malformed { line: 2, .. }), "{error}");
    let bytes = b"\n[[audits.alpha]]\nversion = \"\xff\"\n";
    let error = read(bytes, SOURCE).unwrap_err();
    assert_eq!(error.to_string(), "line 3 of the feed cannot be read: it is not UTF-8");
    assert_eq!(refused("<!doctype html><title>404</title>").code(), "feed-malformed");
}

#[test]
fn headers_inside_strings_lists_and_comments_cut_nothing() {
    check(
        r#"
# [[audits.no]]
[[audits.alpha]]
criteria = "safe-to-run"
version = "1.0.0" # [[audits.no]]
notes = """
[[audits.no]]
\""" [audits]
"""""
who = [
'[[audits.no]]',
# ]
'''
[[audits.no]]
\''',
]
  [[ audits . "beta" ]]
criteria = 'safe-to-run'
version = '1.0.0'
"#,
        "alpha full 1.0.0 [safe-to-run] by [[audits.no]] and [[audits.no]]\\
         beta full 1.0.0 [safe-to-run] by",
    );
}

#[test]
fn an_entry_reached_through_two_feeds_has_one_identity_and_counts_once() {
    let own = "[[audits.alpha]]\nwho = \"Ada\"\ncriteria = [\"safe-to-run\", \"safe-to-deploy\"]\nversion = \"1.0.0\"\n";
    let relayed = format!(
        "{own}notes = \"again\"\naggregated-from = [\"{SOURCE}\", \"https://other.example.org\"]\n\
         [[audits.alpha]]\ncriteria = [\"safe-to-deploy\", \"safe-to-run\"]\nversion = \"1.0.0\"\nwho = \"Ada\"\naggregated-from = \"{SOURCE}\"\n"
    );
    let first = read(own.as_bytes(), SOURCE).unwrap();
    let second = read(relayed.as_bytes(), "https://third.example.org").unwrap();
    assert_eq!(first.entries.first().unwrap().identity(), second.entries.first().unwrap().identity());
    assert_eq!((second.entries.len(), second.summary.repeated), (1, 1));
    let of_two = own.replace("Ada", "Grace") + own;
    let of_two = read(of_two.as_bytes(), SOURCE).unwrap();
    assert_eq!((of_two.entries.len(), of_two.summary.repeated), (2, 0), "two people said the same");
    assert_ne!(of_two.entries.first().unwrap().identity(), of_two.entries.last().unwrap().identity());
    let elsewhere = read(own.as_bytes(), "https://third.example.org").unwrap();
    assert_ne!(first.entries.first().unwrap().identity(), elsewhere.entries.first().unwrap().identity());
}

#[test]
fn mail_addresses_are_kept_for_writing_back_and_never_shown() {
    let feed = "[[audits.alpha]]\nwho = [\"Ada <ada@example.org>\", \"grace@example.org\"]\ncriteria = \"safe-to-run\"\nversion = \"1.0.0\"\n";
    let feed = read(feed.as_bytes(), SOURCE).unwrap();
    let entry = feed.entries.first().unwrap();
    let testimony = entry.testimony("them", &"them".parse::<Organisation>().unwrap(), Level::AUDITOR, None);
    let names: Vec<&str> = testimony.authors.iter().map(|author| author.name.as_str()).collect();
    assert_eq!(names, ["Ada", "unnamed"]);
    assert!(!format!("{entry:?}{testimony:?}").contains('@'));
    assert!(write([], &feed.entries).contains("\"Ada <ada@example.org>\", \"grace@example.org\""));
    assert_eq!(testimony.id, format!("import:them#{}", entry.identity()));
}

#[test]
fn huge_texts_are_cut_or_dropped_and_the_entries_around_them_are_kept() {
    let entry = |version: &str, notes: usize| {
        format!("[[audits.alpha]]\ncriteria = \"safe-to-run\"\nversion = \"{version}\"\nnotes = \"{}\"\n", "n".repeat(notes))
    };
    let feed = entry("1.0.0", 10) + &entry("2.0.0", 100_000) + &entry("3.0.0", 3_000_000) + &entry("4.0.0", 10);
    let feed = read(feed.as_bytes(), SOURCE).unwrap();
    let kept: Vec<String> = feed.entries.iter().map(|entry| entry.audit.release().unwrap().version.to_string()).collect();
    assert_eq!(kept, ["1.0.0", "2.0.0", "4.0.0"]);
    assert_eq!(feed.summary.notes_cut, 1);
    assert_eq!(feed.summary.dropped.count(DropReason::TooLong), 1);
    assert!(feed.summary.held_bytes_max <= ENTRY_BYTES_MAX + 2 * READ_BYTES);
    // The line of what follows is still known.
    assert_eq!(feed.entries.last().unwrap().line, 13);
}

/// A feed made while it is read: `entries` tables with long notes.
struct Endless {
    entries: u64,
    made: u64,
    ready: Vec<u8>,
    given: usize,
}

impl Read for Endless {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        if self.given == self.ready.len() {
            if self.made == self.entries {
                return Ok(0);
            }
            let (number, notes) = (self.made, "lines of notes, none of them short\\n".repeat(1_300));
            self.made += 1;
            self.given = 0;
            self.ready = format!(
                "[[audits.crate-{number}]]\nwho = \"Ada\"\ncriteria = \"safe-to-deploy\"\nversion = \"1.0.{number}\"\nnotes = \"{notes}\"\n\n"
            )
            .into_bytes();
        }
        let rest = self.ready.get(self.given..).unwrap();
        let count = rest.len().min(to.len()).min(10_007);
        to.get_mut(..count).unwrap().copy_from_slice(rest.get(..count).unwrap());
        self.given += count;
        Ok(count)
    }
}

#[test]
fn a_feed_of_200_megabytes_streams_through_with_one_table_in_memory() {
    let feed = || Endless { entries: 4_300, made: 0, ready: Vec::new(), given: 0 };
    let criteria = FeedCriteria::read(feed()).unwrap();
    let mut reader = Reader::new(feed(), SOURCE, &criteria);
    let entries = reader.by_ref().map(Result::unwrap).count();
    let summary = reader.summary();
    assert_eq!((entries, summary.full), (4_300, 4_300));
    assert!(summary.bytes > 200_000_000, "{}", summary.bytes);
    assert!(summary.held_bytes_max <= ENTRY_BYTES_MAX + 2 * READ_BYTES, "{}", summary.held_bytes_max);
}

#[test]
fn a_source_that_fails_midway_is_an_error_and_nothing_follows_it() {
    struct Reset;
    impl Read for Reset {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("reset"))
        }
    }
    let failing = || {
        let text: &[u8] = b"[[audits.alpha]]\ncriteria = \"safe-to-run\"\nversion = \"1.0.0\"\n[[audits.beta]]\n";
        text.chain(Reset)
    };
    assert_eq!(FeedCriteria::read(failing()).unwrap_err().code(), "feed-unreadable");
    let criteria = FeedCriteria::default();
    let mut reader = Reader::new(failing(), SOURCE, &criteria);
    let outcomes: Vec<bool> = reader.by_ref().map(|entry| entry.is_ok()).collect();
    assert_eq!(outcomes.last(), Some(&false));
    assert!(reader.next().is_none());
}

proptest! {
    #[test]
    fn nothing_makes_the_reader_panic(text in "[\\[\\]a-c.\"'#=\\\\\n {}0-9]{0,120}") {
        let _ = read(text.as_bytes(), SOURCE);
    }

    #[test]
    fn how_the_bytes_arrive_changes_nothing(step in 1_usize..40, notes in "[a\"'\\\\#\\[\\]\n]{0,60}") {
        let escaped = toml::Value::String(notes.clone()).to_string();
        let feed = format!("[[audits.alpha]]\ncriteria = \"safe-to-run\"\nversion = \"1.0.0\"\nnotes = {escaped}\n[[audits.beta]]\ncriteria = \"safe-to-run\"\nversion = \"1.0.0\"\n");
        let whole = read(feed.as_bytes(), SOURCE).unwrap();
        prop_assert_eq!(&whole.entries.first().unwrap().audit.notes, &notes);
        prop_assert_eq!(whole.entries.len(), 2);
        let criteria = FeedCriteria::default();
        let slow = Slow { bytes: feed.as_bytes(), step };
        let pieces: Vec<Entry> = Reader::new(slow, SOURCE, &criteria).map(Result::unwrap).collect();
        prop_assert_eq!(pieces, whole.entries);
    }

    #[test]
    fn what_is_written_reads_back_the_same(notes in "\\PC{0,40}", who in "[A-Za-z\"' <>@.]{1,60}", versions in 1_u8..4) {
        let mut feed = String::new();
        for version in 0..versions {
            writeln!(feed, "[[audits.alpha]]\nwho = {}\ncriteria = \"safe-to-run\"\nversion = \"1.0.{version}\"\nnotes = {}",
                toml::Value::String(who.clone()), toml::Value::String(notes.clone())).unwrap();
        }
        let feed = read(feed.as_bytes(), SOURCE).unwrap();
        let mut again = read(write(feed.criteria.iter(), &feed.entries).as_bytes(), SOURCE).unwrap();
        for (entry, first) in again.entries.iter_mut().zip(&feed.entries) {
            entry.line = first.line;
        }
        prop_assert_eq!(again.entries, feed.entries);
    }
}

/// Gives a few bytes at a time.
struct Slow<'a> {
    bytes: &'a [u8],
    step: usize,
}

impl Read for Slow<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let count = self.step.min(to.len()).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(count);
        to.get_mut(..count).unwrap().copy_from_slice(now);
        self.bytes = later;
        Ok(count)
    }
}

/// The folder of real feeds and advisories that `VETMOOT_REAL_DATA` names, where it names one.
pub(in crate::feeds) fn real_data() -> Option<PathBuf> {
    let folder = std::env::var_os("VETMOOT_REAL_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("left out: VETMOOT_REAL_DATA names no folder");
    }
    folder
}

fn real_feed(folder: &std::path::Path, name: &str) -> Feed {
    let bytes = std::fs::read(folder.join("feeds").join(name).join("audits.toml")).unwrap();
    read(&bytes, name).unwrap()
}

#[test]
fn the_real_feeds_hold_what_their_owners_count() {
    let Some(folder) = real_data() else { return };
    let counts = |name: &str| {
        let feed = real_feed(&folder, name);
        let summary = feed.summary;
        let dropped: Vec<String> = summary.dropped.iter().map(|(reason, drop)| format!("{reason} {}", drop.count)).collect();
        (
            summary.full + summary.delta + summary.violation,
            summary.repeated,
            summary.violation,
            summary.publisher,
            dropped.join(", "),
        )
    };
    // Of its 1,515 audits two stand there twice, word for word but for notes.
    assert_eq!(counts("mozilla"), (1_513, 2, 0, 120, "local-only 228".to_owned()));
    // Of its 2,173 audits five stand there twice, and one is of a crate called `0.7.11`.
    assert_eq!(counts("google"), (2_167, 5, 0, 0, "bad-package-name 1".to_owned()));
    // Of its 130 audits one stands there twice.
    assert_eq!(counts("embark"), (129, 1, 1, 45, "local-only 26".to_owned()));
}

#[test]
fn cargo_vets_own_formatter_leaves_written_feeds_as_they_are() {
    let Some(folder) = real_data() else { return };
    let binary = std::env::var_os("VETMOOT_CARGO_VET").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/partners/cargo-vet/bin/cargo-vet"),
        PathBuf::from,
    );
    if std::env::var("VETMOOT_WITHOUT").is_ok_and(|without| without.split(',').any(|one| one == "cargo-vet")) {
        println!("left out: cargo-vet");
        return;
    }
    assert!(binary.is_file(), "cargo-vet is not there: `cargo xtask test` installs it, or name it in VETMOOT_CARGO_VET");
    for name in ["mozilla", "google", "embark"] {
        let feed = real_feed(&folder, name);
        let written = write(feed.criteria.iter(), &feed.entries);
        assert_eq!(formatted(&binary, &written), written, "{name}");
    }
}

/// What `cargo vet fmt` makes of a file of audits, in a store of its own.
fn formatted(binary: &std::path::Path, audits: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = std::env::temp_dir().join(format!("vetmoot-fmt-{}", std::process::id()));
    let store = folder.join("store");
    std::fs::create_dir_all(&store).unwrap();
    std::fs::write(store.join("config.toml"), "\n# cargo-vet config file\n\n[cargo-vet]\nversion = \"0.10\"\n").unwrap();
    std::fs::write(store.join("imports.lock"), "\n# cargo-vet imports lock\n").unwrap();
    std::fs::write(store.join("audits.toml"), audits).unwrap();
    let metadata = r#"{"version":1,"workspace_root":"ws","target_directory":"ws/target","workspace_members":["r"],"packages":[{"id":"r","name":"root","version":"0.1.0","source":null,"manifest_path":"ws/Cargo.toml","dependencies":[],"targets":[],"features":{}}],"resolve":{"nodes":[{"id":"r","dependencies":[],"deps":[]}]}}"#;
    std::fs::write(folder.join("metadata.json"), metadata).unwrap();
    let stub = folder.join("stub");
    std::fs::write(&stub, format!("#!/bin/sh\nexec cat '{}'\n", folder.join("metadata.json").display())).unwrap();
    std::fs::set_permissions(&stub, std::fs::Permissions::from_mode(0o755)).unwrap();
    let run = Command::new(binary)
        .args(["vet", "fmt", "--store-path"])
        .arg(&store)
        .arg("--cache-dir")
        .arg(folder.join("cache"))
        .env("CARGO", &stub)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = std::fs::read_to_string(store.join("audits.toml")).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    text
}
