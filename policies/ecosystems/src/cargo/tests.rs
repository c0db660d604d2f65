//! How crates are read and written.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use vetmoot_domain::Ecosystem;

use super::*;
use crate::tests::{check_order, compose, in_range, read, text, versions};

const SUM: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// An index file of three versions, as indexes write it.
pub(crate) const GOOD: &str = concat!(
    r#"{"name":"some","vers":"0.9.0","deps":[],"cksum":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","features":{},"yanked":true,"links":null}"#,
    "\n",
    r#"{"name":"some","vers":"1.0.0","deps":[{"name":"x","req":"^1"}],"cksum":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","features":{"yanked":[]},"yanked":false,"v":2,"pubtime":"2025-11-12T19:30:12Z"}"#,
    "\n",
    r#"{ "vers": "1.1.0-rc.1", "name": "some", "cksum": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "x": "unknown" }"#,
    "\n",
);

/// A line with its members written out, `SUM` standing for a checksum.
fn line(members: &str) -> String {
    format!("{{{}}}\n", members.replace("SUM", SUM))
}

#[test]
fn everything_as_it_is_gives_upstreams_own_bytes() {
    let listing = read("pkg:cargo/some", GOOD).unwrap();
    assert_eq!(versions(&listing), "0.9.0 1.0.0 1.1.0-rc.1");
    let composed = compose(&listing, "", Form::CargoLines);
    assert_eq!(text(&composed), GOOD);
    assert!(composed.any_listed);
    assert_eq!(listing.complaints, Vec::<String>::new());
}

#[test]
fn line_ends_stay_as_upstream_wrote_them() {
    let unix = GOOD.trim_end();
    let dos = GOOD.replace('\n', "\r\n");
    for file in [unix, dos.as_str()] {
        assert_eq!(text(&compose(&read("pkg:cargo/some", file).unwrap(), "", Form::CargoLines)), file);
    }
}

#[test]
fn a_held_version_is_yanked_and_nothing_else_of_its_line_changes() {
    let listing = read("pkg:cargo/some", GOOD).unwrap();
    let composed = compose(&listing, "0.9.0 held, 1.0.0 held, 1.1.0-rc.1 held", Form::CargoLines);
    let expected =
        GOOD.replace(r#""yanked":false"#, r#""yanked":true"#).replace(r#""unknown" }"#, r#""unknown" ,"yanked":true}"#);
    assert_eq!(text(&composed), expected);
    assert!(!composed.any_listed);
}

#[test]
fn a_refused_version_has_no_line() {
    let listing = read("pkg:cargo/some", GOOD).unwrap();
    let composed = compose(&listing, "1.0.0 refused", Form::CargoLines);
    let expected: String = GOOD.split_inclusive('\n').filter(|line| !line.contains(r#""1.0.0""#)).collect();
    assert_eq!(text(&composed), expected);
}

#[test]
fn an_entry_nobody_judged_is_withheld() {
    let listing = read("pkg:cargo/some", GOOD).unwrap();
    let composed = Cargo.compose(&listing, &[], Form::CargoLines, &Links { files: String::new() });
    assert!(composed.body.is_empty());
    assert!(!composed.any_listed);
}

#[test]
fn a_null_yank_is_replaced_and_not_doubled() {
    let listing = read("pkg:cargo/some", &line(r#""name":"some","vers":"1.0.0","yanked":null,"cksum":"SUM""#)).unwrap();
    let composed = compose(&listing, "1.0.0 held", Form::CargoLines);
    assert_eq!(text(&composed), line(r#""name":"some","vers":"1.0.0","yanked":true,"cksum":"SUM""#));
}

#[test]
fn entries_carry_what_judging_needs() {
    let listing = read("pkg:cargo/some", GOOD).unwrap();
    let entry = &listing.entries[1];
    assert_eq!(entry.published.unwrap().to_string(), "2025-11-12T19:30:12Z");
    assert_eq!(entry.digests.iter().next().unwrap().hex(), SUM);
    assert_eq!(entry.url, format!("https://files.example/so/me/some/1.0.0/{SUM}"));
    assert_eq!(entry.yanked, None);
    assert_eq!(listing.entries[0].yanked.as_deref(), Some(""));
    assert!(listing.traits.has_times);
}

#[test]
fn a_crate_keeps_the_spelling_of_its_index_in_lines_and_addresses() {
    let file = line(r#""name":"Inflector","vers":"0.11.4","cksum":"SUM""#);
    let listing = read("pkg:cargo/inflector", &file).unwrap();
    assert_eq!(listing.entries[0].url, format!("https://files.example/in/fl/Inflector/0.11.4/{SUM}"));
    assert_eq!(text(&compose(&listing, "", Form::CargoLines)), file);
}

#[test]
fn a_file_about_another_crate_is_an_error() {
    let error = read("pkg:cargo/serde", GOOD).unwrap_err();
    assert_eq!(error.code(), "listing-other-package");
}

/// Which versions stay, and the one complaint.
fn check(lines: &[&str], kept: &str, complaint: &str) {
    let file: String = lines.iter().map(|members| line(members)).collect();
    let listing = read("pkg:cargo/some", &file).unwrap();
    assert_eq!(versions(&listing), kept);
    assert_eq!(listing.complaints.len(), 1, "{:?}", listing.complaints);
    assert!(listing.complaints[0].contains(complaint), "{:?}", listing.complaints);
}

#[test]
fn lines_that_cannot_be_trusted_are_dropped_with_a_complaint() {
    let good = r#""name":"some","vers":"1.0.0","cksum":"SUM""#;
    check(&[good, r#""name":"some","vers":"1.0.0","cksum":"SUM","yanked":false"#], "1.0.0", "twice");
    check(&[good, r#""name":"other","vers":"1.0.1","cksum":"SUM""#], "1.0.0", "another crate");
    check(&[good, r#""name":"some","vers":"1.0.1","cksum":"SUM","yanked":"no""#], "1.0.0", "neither true nor false");
    check(&[good, r#""name":"some","vers":"1.0.1","cksum":"abc""#], "1.0.0", "no SHA-256");
    check(&[good, r#""name":"some","vers":"01","cksum":"SUM""#], "1.0.0", "no SemVer");
    check(&[good, r#""name":"some","vers":7,"cksum":"SUM""#], "1.0.0", "unreadable");
    check(&[good, r#""name":"some","vers":"1.0.1","cksum":"SUM","yanked":false,"yanked":true"#], "1.0.0", "unreadable");
    check(&[good, r#""name":"some","vers":"1.0.1","cksum":"SUM","c\u006bsum":"SUM""#], "1.0.0", "unreadable");
    check(&[good, r#""name":"some","vers":"1.0.1","cks"#], "1.0.0", "unreadable");
    let long = format!(r#""name":"some","vers":"1.0.{}","cksum":"SUM""#, "1".repeat(10_000));
    check(&[good, &long], "1.0.0", "no SemVer");
    let long = format!(r#""name":"some","vers":"1.0.0-{}","cksum":"SUM""#, "a".repeat(10_000));
    check(&[good, &long], "1.0.0", "longer than a version");
}

#[test]
fn versions_that_differ_in_build_metadata_alone_are_noted_and_kept() {
    let with = |build: &str| format!(r#""name":"some","vers":"1.0.0+{build}","cksum":"SUM""#);
    check(&[&with("a"), &with("b")], "1.0.0+a 1.0.0+b", "build metadata");
}

#[test]
fn a_time_that_is_none_leaves_the_version_undated() {
    check(&[r#""name":"some","vers":"1.0.0","cksum":"SUM","pubtime":"yesterday""#], "1.0.0", "no time");
    check(&[r#""name":"some","vers":"1.0.0","cksum":"SUM","pubtime":7"#], "1.0.0", "no time");
}

#[test]
fn complaints_are_counted_beyond_a_bound() {
    let lines: String = (0..300).map(|_| "{\n").collect();
    let listing = read("pkg:cargo/some", &lines).unwrap();
    assert_eq!(listing.complaints.len(), 101);
    assert!(listing.complaints[100].contains("200 more"));
}

#[test]
fn versions_are_ordered_as_semver_says_with_revisions_behind_theirs() {
    check_order(
        Ecosystem::Cargo,
        "nonsense < 0.1.0 < 1.0.0-alpha.2 < 1.0.0-alpha.10 < 1.0.0 < 1.0.0@git:ab < 1.0.0@git:cd < 1.0.1 < 10.0.0",
    );
    check_order(Ecosystem::Cargo, "a < b < 0.0.0");
}

#[test]
fn ranges_are_cargos_requirements() {
    let check =
        |range, version, expected| assert_eq!(in_range(Ecosystem::Cargo, range, version), expected, "{range} {version}");
    check("^1.2", "1.9.0", true);
    check(">=1.0, <1.5", "1.5.0", false);
    check("*", "1.0.0", true);
    check("*", "1.0.0-rc.1", false);
    check("=1.0.0-rc.1", "1.0.0-rc.1", true);
    check("<2", "1.0.0@git:0123", true);
    check("*", "nonsense", false);
    assert!(CargoVersions.in_range("not a range", &"1.0.0".parse().unwrap()).is_err());
}

#[test]
fn download_templates_fill_in_every_marker() {
    let check = |dl: &str, name: &str, expected: &str| assert_eq!(download_url(dl, name, "1.0.0", "c0ffee"), expected);
    check("https://f.example/crates", "serde", "https://f.example/crates/serde/1.0.0/download");
    check("https://f.example/crates/", "serde", "https://f.example/crates/serde/1.0.0/download");
    check("https://f.example/{crate}/{crate}-{version}.crate", "serde", "https://f.example/serde/serde-1.0.0.crate");
    check("https://f.example/{prefix}/{sha256-checksum}", "MyCrate", "https://f.example/My/Cr/c0ffee");
    check("https://f.example/{lowerprefix}", "MyCrate", "https://f.example/my/cr");
    check("https://f.example/{prefix}/{crate}", "foo", "https://f.example/3/f/foo");
    check("https://f.example/{prefix}/{crate}", "ab", "https://f.example/2/ab");
}

#[test]
fn index_configurations_are_read_and_written() {
    let config = read_config(br#"{"dl":"https://f.example/crates","api":"https://api.example","x":1}"#).unwrap();
    assert_eq!(config.api.as_deref(), Some("https://api.example"));
    assert!(!config.auth_required);
    assert_eq!(write_config(&config), br#"{"dl":"https://f.example/crates","api":"https://api.example"}"#);
    let closed = read_config(br#"{"dl":"https://f.example/crates","auth-required":true}"#).unwrap();
    assert!(closed.auth_required);
    let check = |text: &str, code: &str| assert_eq!(read_config(text.as_bytes()).unwrap_err().code(), code);
    check("{}", "index-config-not-json");
    check(r#"{"dl":7}"#, "index-config-not-json");
    check(r#"{"dl":"file:///etc/passwd"}"#, "index-config-bad-template");
    check(r#"{"dl":"{crate}"}"#, "index-config-bad-template");
    check(&" ".repeat(100_000), "index-config-too-large");
}

#[test]
fn index_paths_name_their_crate_and_no_other() {
    let check = |path: &str, expected: Option<&str>| {
        assert_eq!(package_of_path(path).map(|package| package.name().to_string()).as_deref(), expected, "{path}");
    };
    check("se/rd/serde", Some("serde"));
    check("1/a", Some("a"));
    check("3/f/foo", Some("foo"));
    check("se/rd/other", None);
    check("serde", None);
    check("../../etc/passwd", None);
    check("se/rd/serde/..", None);
    check("se/rd/ser%2fde", None);
    check("config.json", None);
}

#[test]
fn a_template_that_is_no_address_is_a_complaint_and_no_address() {
    let package = "pkg:cargo/some".parse().unwrap();
    let url = url::Url::parse("https://index.example/").unwrap();
    let document = |dl| Document { bytes: GOOD.into(), content_type: None, url: &url, cargo_dl: dl };
    let listing = Cargo.read_listing(&package, document(Some("javascript:{crate}"))).unwrap();
    assert_eq!(listing.entries[0].url, "");
    assert!(listing.complaints[0].contains("download template"));
    assert_eq!(Cargo.read_listing(&package, document(None)).unwrap().complaints.len(), 0);
}
