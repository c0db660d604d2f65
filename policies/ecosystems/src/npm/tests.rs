//! How packuments are read and written.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use insta::assert_snapshot;
use vetmoot_domain::Ecosystem;

use super::*;
use crate::limits::RESTRICTIONS_MAX;
use crate::tests::{check_order, compose, in_range, read, read_as, shown, text, versions};

/// A packument as a registry of today writes it.
pub(crate) const GOOD: &str = r#"{"_id":"some","_rev":"9-a","name":"some","dist-tags":{"latest":"2.0.0","next":"3.0.0-rc.2","old":"1.0.0"},"versions":{
 "1.0.0": {"name":"some","version":"1.0.0","deprecated":"use 2","dist":{"shasum":"0123456789012345678901234567890123456789","tarball":"http://registry.example/some/-/some-1.0.0.tgz"}},
 "1.1.0":{"dist":{"tarball":"https://registry.example/some/-/some-1.1.0.tgz","integrity":"sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==","signatures":[{"sig":"s","keyid":"k"}]},"version":"1.1.0","name":"some","scripts":{"postinstall":"node x","test":"t"},"dependencies":{"a":"^1"},"readme":"r","_npmUser":{"name":"ada","email":"a@example.org"}} ,
 "3.0.0-rc.1":{"name":"some","version":"3.0.0-rc.1","dist":{"tarball":"/some/-/some-3.0.0-rc.1.tgz"}},
 "3.0.0-rc.2":{"name":"some","version":"3.0.0-rc.2","dist":{"tarball":"https://registry.example/x/weird.tgz"}},
 "2.0.0":{"name":"some","version":"2.0.0","hasInstallScript":true,"dist":{"tarball":"https://registry.example/some/-/some-2.0.0.tgz"}}
},"time":{"created":"2020-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","1.0.0":"2020-01-01T01:00:00.123456+01:00","1.1.0":"2021-01-01T00:00:00.000Z","2.0.0":"2022-01-01T00:00:00.000Z","3.0.0-rc.1":"2023-01-01T00:00:00.000Z","3.0.0-rc.2":"2023-02-01T00:00:00.000Z","0.0.1":"2019-01-01T00:00:00.000Z"},"readme":"\u0041","users":{"bob":true}}"#;

fn value(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

fn whole(fates: &str) -> serde_json::Value {
    value(text(&compose(&read("pkg:npm/some", GOOD).unwrap(), fates, Form::NpmFull)))
}

#[test]
fn everything_as_it_is_equals_upstream_but_for_the_tarballs() {
    let listing = read("pkg:npm/some", GOOD).unwrap();
    let mut expected = value(GOOD);
    for version in ["1.0.0", "1.1.0", "2.0.0", "3.0.0-rc.1", "3.0.0-rc.2"] {
        expected["versions"][version]["dist"]["tarball"] =
            format!("https://moot.example/files/some/-/some-{version}.tgz").into();
    }
    assert_eq!(whole(""), expected);
    assert_eq!(listing.complaints, Vec::<String>::new());
}

#[test]
fn the_order_of_members_is_upstreams() {
    let found = whole("");
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(keys(&found), "_id _rev name dist-tags versions time readme users");
    assert_eq!(keys(&found["versions"]), "1.0.0 1.1.0 3.0.0-rc.1 3.0.0-rc.2 2.0.0");
}

#[test]
fn withheld_versions_leave_versions_and_time_and_npm_is_told_why() {
    let found = whole("2.0.0 held, 1.0.0 refused");
    assert_eq!(found["versions"].as_object().unwrap().len(), 3);
    assert!(found["time"].get("2.0.0").is_none() && found["time"].get("1.0.0").is_none());
    assert_eq!(found["time"]["0.0.1"], "2019-01-01T00:00:00.000Z");
    assert_snapshot!(found["policyRestrictions"], @r#"{"message":"2.0.0, 1.0.0: too \"young\" <moot.example/w/1>","versions":{"2.0.0":{"name":"some","version":"2.0.0","reason":"too \"young\" <moot.example/w/1>"},"1.0.0":{"name":"some","version":"1.0.0","reason":"too \"young\" <moot.example/w/1>"}}}"#);
}

#[test]
fn tags_move_to_the_highest_listed_version_not_above_theirs() {
    let check = |fates: &str, expected: &str| {
        let tags = &whole(fates)["dist-tags"];
        assert_eq!(tags.to_string().replace('"', ""), expected, "{fates}");
        let listing = read("pkg:npm/some", GOOD).unwrap();
        let listed: Vec<String> =
            dist_tags(&listing, &shown(&listing, fates)).iter().map(|(tag, version)| format!("{tag}:{version}")).collect();
        assert_eq!(format!("{{{}}}", listed.join(",")), expected);
    };
    check("", "{latest:2.0.0,next:3.0.0-rc.2,old:1.0.0}");
    check("2.0.0 held", "{latest:1.1.0,next:3.0.0-rc.2,old:1.0.0}");
    check("3.0.0-rc.2 held", "{latest:2.0.0,next:3.0.0-rc.1,old:1.0.0}");
    check("3.0.0-rc.2 held, 3.0.0-rc.1 held", "{latest:2.0.0,next:2.0.0,old:1.0.0}");
    check("1.0.0 held", "{latest:2.0.0,next:3.0.0-rc.2}");
    // A release's tag never moves to a pre-release, even if nothing else is left.
    check("1.0.0 held, 1.1.0 held, 2.0.0 held", "{next:3.0.0-rc.2}");
}

#[test]
fn a_tag_upstream_left_dangling_moves_too() {
    let page = GOOD.replace(r#""latest":"2.0.0""#, r#""latest":"2.9.9","wild":"nonsense","bad":7"#);
    let listing = read("pkg:npm/some", &page).unwrap();
    assert_eq!(value(text(&compose(&listing, "", Form::NpmFull)))["dist-tags"]["latest"], "2.0.0");
    assert_eq!(listing.complaints.len(), 3, "{:?}", listing.complaints);
}

#[test]
fn one_version_is_answered_by_the_same_filter() {
    let listing = read("pkg:npm/some", GOOD).unwrap();
    let links = Links { files: "https://moot.example/files/".to_owned() };
    let check = |fates: &str, asked: &str, expected: Option<&str>| {
        let found = compose_version(&listing, &shown(&listing, fates), &links, asked);
        let version = found.map(|body| value(std::str::from_utf8(&body).unwrap()));
        assert_eq!(version.as_ref().map(|version| version["version"].as_str().unwrap()), expected, "{fates} {asked}");
        if let (Some(version), Some(expected)) = (version, expected) {
            assert_eq!(version["dist"]["tarball"], format!("https://moot.example/files/some/-/some-{expected}.tgz"));
        }
    };
    check("", "latest", Some("2.0.0"));
    check("2.0.0 held", "latest", Some("1.1.0"));
    check("2.0.0 held", "2.0.0", None);
    check("", "1.0.0", Some("1.0.0"));
    check("", "7.0.0", None);
    check("", "nonsense", None);
}

#[test]
fn entries_carry_what_judging_needs() {
    let listing = read("pkg:npm/some", GOOD).unwrap();
    assert_eq!(versions(&listing), "1.0.0 1.1.0 3.0.0-rc.1 3.0.0-rc.2 2.0.0");
    let old = &listing.entries[0];
    assert_eq!(old.published.unwrap().to_string(), "2020-01-01T00:00:00.123Z");
    assert!(old.digests.is_empty());
    assert_eq!(old.sha1.unwrap()[0], 1);
    assert_eq!(old.yanked, None);
    let new = &listing.entries[1];
    assert!(new.digests.sha512.is_some());
    assert_eq!(new.publisher.as_ref().unwrap().as_str(), "login:ada");
    assert!(new.has_install_scripts);
    assert!(listing.entries[4].has_install_scripts);
    assert_eq!(listing.entries[2].url, "https://index.example/some/-/some-3.0.0-rc.1.tgz");
    assert!(listing.traits.has_times && !listing.traits.is_abbreviated);
}

#[test]
fn the_abbreviated_form_is_made_from_the_full_one() {
    let composed =
        compose(&read("pkg:npm/some", GOOD).unwrap(), "2.0.0 held, 3.0.0-rc.1 held, 3.0.0-rc.2 held", Form::NpmAbbreviated);
    assert!(composed.content_type.starts_with("application/vnd.npm.install-v1+json"));
    let mut found = value(text(&composed));
    found["policyRestrictions"]["versions"] = serde_json::Value::Null;
    assert_snapshot!(serde_json::to_string_pretty(&found).unwrap(), @r#"
    {
      "name": "some",
      "dist-tags": {
        "latest": "1.1.0",
        "next": "1.1.0",
        "old": "1.0.0"
      },
      "modified": "2026-01-01T00:00:00.000Z",
      "versions": {
        "1.0.0": {
          "name": "some",
          "version": "1.0.0",
          "deprecated": "use 2",
          "dist": {
            "shasum": "0123456789012345678901234567890123456789",
            "tarball": "https://moot.example/files/some/-/some-1.0.0.tgz"
          }
        },
        "1.1.0": {
          "dist": {
            "tarball": "https://moot.example/files/some/-/some-1.1.0.tgz",
            "integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
            "signatures": [
              {
                "sig": "s",
                "keyid": "k"
              }
            ]
          },
          "version": "1.1.0",
          "name": "some",
          "dependencies": {
            "a": "^1"
          },
          "hasInstallScript": true
        }
      },
      "time": {
        "created": "2020-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "1.0.0": "2020-01-01T01:00:00.123456+01:00",
        "1.1.0": "2021-01-01T00:00:00.000Z",
        "0.0.1": "2019-01-01T00:00:00.000Z"
      },
      "policyRestrictions": {
        "message": "3.0.0-rc.2, 3.0.0-rc.1, 2.0.0: too \"young\" <moot.example/w/1>",
        "versions": null
      }
    }
    "#);
}

#[test]
fn an_abbreviated_document_is_recognised_and_passed_as_it_is() {
    let short = r#"{"name":"some","modified":"2026-01-01T00:00:00.000Z","dist-tags":{},"versions":{"1.0.0":{"name":"some","version":"1.0.0","x":1,"dist":{"tarball":"https://r.example/a.tgz"}}}}"#;
    let listing = read("pkg:npm/some", short).unwrap();
    assert!(listing.traits.is_abbreviated && !listing.traits.has_times);
    assert!(text(&compose(&listing, "", Form::NpmAbbreviated)).contains(r#""x":1"#));
    assert!(read_as("pkg:npm/some", GOOD, Some("application/vnd.npm.install-v1+json")).unwrap().traits.is_abbreviated);
}

#[test]
fn scoped_names_keep_their_scope_in_the_address_and_lose_it_in_the_file() {
    let page =
        r#"{"name":"@s/p","versions":{"1.0.0+b":{"version":"1.0.0+b","dist":{"tarball":"https://r.example/download/abc"}}}}"#;
    let listing = read("pkg:npm/%40s/p", page).unwrap();
    assert!(text(&compose(&listing, "", Form::NpmFull)).contains(r#""https://moot.example/files/@s/p/-/p-1.0.0+b.tgz""#));
    assert_eq!(tarball_path(&listing.package, &listing.entries[0].version), "@s/p/-/p-1.0.0+b.tgz");
    assert_eq!(find_tarball(&listing, "p-1.0.0+b.tgz"), Some(0));
    assert_eq!(find_tarball(&listing, "abc"), Some(0));
    assert_eq!(find_tarball(&listing, "p-1.0.0.tgz"), None);
    assert_eq!(find_tarball(&listing, ""), None);
}

/// Which versions stay, and the one complaint, when a version is added to a good one.
fn check(member: &str, complaint: &str) {
    let good = r#""1.0.0":{"version":"1.0.0","dist":{"tarball":"https://r.example/a.tgz"}}"#;
    let time = if member.starts_with(r#""2.0.0""#) { r#"{"2.0.0":"2020-01-01T00:00:00Z"}"# } else { "{}" };
    let page = format!(r#"{{"name":"some","versions":{{{good},{member}}},"time":{time}}}"#);
    let listing = read("pkg:npm/some", &page).unwrap();
    assert_eq!(versions(&listing), "1.0.0", "{member}");
    assert_eq!(listing.complaints.len(), 1, "{:?}", listing.complaints);
    assert!(listing.complaints[0].contains(complaint), "{:?}", listing.complaints);
    let composed = compose(&listing, "", Form::NpmFull);
    assert_eq!(value(text(&composed))["versions"].as_object().unwrap().len(), 1);
    assert!(!text(&composed).contains("2.0.0"), "nothing is said about a version that was dropped: {}", text(&composed));
}

#[test]
fn versions_that_cannot_be_trusted_are_dropped_with_a_complaint() {
    let dist = r#""dist":{"tarball":"https://r.example/a.tgz"}"#;
    check(&format!(r#""1.0.0":{{"version":"1.0.0",{dist}}}"#), "twice; the first one counts");
    check(r#""2.0.0":7"#, "no object");
    check(r#""2.0.0":["dist"]"#, "no object");
    check(r#""2.0.0":{}"#, "no `version`");
    check(r#""2.0.0":{"version":"2.0.0"}"#, "no `dist`");
    check(r#""2.0.0":{"version":"2.0.0","dist":7}"#, "`dist` is no object");
    check(r#""2.0.0":{"version":"2.0.0","dist":{}}"#, "no tarball");
    check(r#""2.0.0":{"version":"2.0.0","dist":{"tarball":"ftp://r.example/a.tgz"}}"#, "no http");
    check(r#""2.0.0":{"version":"2.0.0","dist":{"tarball":"x","integrity":7}}"#, "integrity is no text");
    check(r#""2.0.0":{"version":"2.0.0","dist":{"tarball":"x","tarball":"y"}}"#, "`dist` has a member twice");
    check(r#""2.0.0":{"version":"2.0.0","dist":{"tarball":"x"},"d\u0069st":{"tarball":"y"}}"#, "a member twice");
    check(&format!(r#""2.0.0":{{"version":"1.0.0",{dist}}}"#), "calls itself 1.0.0");
    check(&format!(r#""2.0.0":{{"version":"2.0.0","name":"other",{dist}}}"#), "belongs to other");
    check(&format!(r#""2.0.\u0030":{{"version":"2.0.0",{dist}}}"#), "no version");
    check(&format!(r#""../x":{{"version":"../x",{dist}}}"#), "no version");
    for key in ["1".repeat(10_000).as_str(), "2.0.0%2f", "2.0.\u{430}", "2.0.0/../1.0.0", ""] {
        check(&format!(r#""{key}":{{"version":"{key}",{dist}}}"#), "no version");
    }
}

#[test]
fn packuments_that_cannot_be_trusted_are_errors() {
    let check = |page: &str, code: &str| assert_eq!(read("pkg:npm/some", page).unwrap_err().code(), code, "{page}");
    check("[]", "listing-wrong-shape");
    check("{}", "listing-wrong-shape");
    check(r#"{"name":"other"}"#, "listing-other-package");
    check(r#"{"name":"Some"}"#, "listing-other-package");
    check(r#"{"name":"some","versions":[]}"#, "listing-wrong-shape");
    check(r#"{"name":"some","versions":{"#, "listing-not-json");
    check(r#"{"name":"some"} x"#, "listing-not-json");
    check(&GOOD[..GOOD.len() - 30], "listing-not-json");
    let many: Vec<String> =
        (0..50_001).map(|n| format!(r#""{n}.0.0":{{"version":"{n}.0.0","dist":{{"tarball":"x"}}}}"#)).collect();
    check(&format!(r#"{{"name":"some","versions":{{{}}}}}"#, many.join(",")), "listing-too-many-entries");
}

#[test]
fn a_wholly_unpublished_package_has_no_entries() {
    let page = r#"{"name":"some","time":{"unpublished":{"name":"ada"}}}"#;
    let listing = read("pkg:npm/some", page).unwrap();
    assert!(listing.entries.is_empty());
    assert_eq!(value(text(&compose(&listing, "", Form::NpmFull))), value(page));
}

#[test]
fn wrong_times_leave_versions_undated_and_unseen() {
    let page = |time: &str| {
        format!(r#"{{"name":"some","versions":{{"1.0.0":{{"version":"1.0.0","dist":{{"tarball":"x"}}}}}},"time":{time}}}"#)
    };
    for time in [r#"{"1.0.0":7}"#, r#"{"1.0.0":"soon"}"#, "7", r#"{"1.0.\u0030":"2020-01-01T00:00:00Z"}"#] {
        let listing = read("pkg:npm/some", &page(time)).unwrap();
        assert_eq!(listing.entries[0].published, None);
        assert_eq!(listing.complaints.len(), 1, "{time}");
        assert_eq!(value(text(&compose(&listing, "", Form::NpmFull)))["time"], value("{}"));
    }
    assert!(!read("pkg:npm/some", &page("null")).unwrap().traits.has_times);
}

#[test]
fn doubled_members_of_the_packument_count_once_and_are_written_once() {
    let page =
        r#"{"name":"some","versions":{},"versions":{"1.0.0":{"version":"1.0.0","dist":{"tarball":"x"}}},"name":"other"}"#;
    let listing = read("pkg:npm/some", page).unwrap();
    assert_snapshot!(text(&compose(&listing, "", Form::NpmFull)), @r#"{"name":"some","versions":{}}"#);
    assert_eq!(listing.complaints.len(), 2);
}

#[test]
fn versions_staged_upstream_are_not_passed_on() {
    let page = r#"{"name":"some","versions":{},"stagedVersions":{"versions":{"9.0.0":{}}}}"#;
    assert_snapshot!(text(&compose(&read("pkg:npm/some", page).unwrap(), "", Form::NpmFull)), @r#"{"name":"some","versions":{}}"#);
}

#[test]
fn upstreams_own_restrictions_stay_until_ours_replace_them() {
    let page = GOOD.replace(r#""users":"#, r#""policyRestrictions":{"message":"upstream","versions":{}},"users":"#);
    let listing = read("pkg:npm/some", &page).unwrap();
    let message =
        |fates: &str| value(text(&compose(&listing, fates, Form::NpmFull)))["policyRestrictions"]["message"].to_string();
    assert_eq!(message(""), "\"upstream\"");
    assert!(message("2.0.0 held").contains("too"));
}

#[test]
fn only_the_newest_withheld_versions_are_named() {
    let many: Vec<String> =
        (0..500).map(|n| format!(r#""{n}.0.0":{{"version":"{n}.0.0","dist":{{"tarball":"x"}}}}"#)).collect();
    let listing = read("pkg:npm/some", &format!(r#"{{"name":"some","versions":{{{}}}}}"#, many.join(","))).unwrap();
    let fates: Vec<Shown> = (0..500).map(|n| Shown::Held { reason: format!("reason {}", n % 20) }).collect();
    let links = Links { files: String::new() };
    let found = value(text(&Npm.compose(&listing, &fates, Form::NpmFull, &links)));
    let restricted = found["policyRestrictions"]["versions"].as_object().unwrap();
    assert_eq!(restricted.len(), RESTRICTIONS_MAX);
    assert!(restricted.contains_key("499.0.0") && !restricted.contains_key("299.0.0"));
    let message = found["policyRestrictions"]["message"].as_str().unwrap();
    assert_eq!(message.lines().count(), 9);
    assert!(message.starts_with("499.0.0, 479.0.0, 459.0.0, 439.0.0, 419.0.0 and 20 more: reason 19"), "{message}");
    assert!(message.ends_with("and 300 more versions for other reasons"), "{message}");
}

#[test]
fn a_document_of_thirty_megabytes_is_read_and_filtered() {
    let filler = "x".repeat(10_000);
    let many: Vec<String> = (0..3_000)
        .map(|n| format!(r#""{n}.0.0":{{"version":"{n}.0.0","readme":"{filler}","dist":{{"tarball":"x"}}}}"#))
        .collect();
    let page = format!(r#"{{"name":"some","dist-tags":{{"latest":"2999.0.0"}},"versions":{{{}}}}}"#, many.join(","));
    assert!(page.len() > 30_000_000);
    let listing = read("pkg:npm/some", &page).unwrap();
    assert_eq!(listing.entries.len(), 3_000);
    assert!(listing.weight() > page.len());
    let composed = compose(&listing, "2999.0.0 held", Form::NpmFull);
    assert!(composed.body.len() > 30_000_000);
    assert!(text(&composed).contains(r#""dist-tags":{"latest":"2998.0.0"}"#));
}

#[test]
fn the_form_follows_the_accept_header() {
    let check = |accept: &str, expected: Form| assert_eq!(choose(accept), expected, "{accept}");
    check("application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*", Form::NpmAbbreviated);
    check("application/json", Form::NpmFull);
    check("*/*", Form::NpmFull);
    check("", Form::NpmFull);
    check("application/vnd.npm.install-v1+json;q=0.5, application/json", Form::NpmFull);
}

#[test]
fn versions_are_ordered_as_npm_orders_them() {
    check_order(Ecosystem::Npm, "nonsense < 0.0.1 < 1.0.0-alpha.2 < 1.0.0-alpha.10 < 1.0.0 = 1.0.0+b < 1.0.1 < 10.0.0");
    assert!(NpmVersions.is_prerelease(&"1.0.0-rc.1".parse().unwrap()));
}

#[test]
fn ranges_are_npms_with_pre_releases() {
    let check = |range, version, expected| assert_eq!(in_range(Ecosystem::Npm, range, version), expected, "{range} {version}");
    check("^1.2 || >=3", "1.9.0", true);
    check("^1.2 || >=3", "2.0.0", false);
    check("<2.0.0", "1.9.0-beta", true);
    check("^1.0.0", "2.0.0-rc.1", false);
    check("1.x", "1.7.3", true);
    check("*", "1.0.0-rc.1", true);
    check("*", "nonsense", false);
    assert!(NpmVersions.in_range(">>1", &"1.0.0".parse().unwrap()).is_err());
}
