//! Releases in bad weather: indexes that refuse, lie, hang up and want to be left alone; and people who may not.

use serde_json::json;
use vetmoot_tests::instance::Plan;
use vetmoot_tests::official::{OfficialCargo, OfficialNpm, OfficialPypi, TOKEN, Trouble};
use vetmoot_tests::process;
use vetmoot_tests::upstream::Mischief;

use super::ask;
use super::harbour::Harbour;

/// A crate that was released into this weather; gives its candidate.
fn into(official: &OfficialCargo, harbour: &Harbour, version: &str, troubles: &[Trouble]) -> String {
    let (id, _) = harbour.crate_handed_in("tall-ship", version);
    for trouble in troubles {
        official.desk.expect(trouble.clone());
    }
    harbour.release(&id);
    id
}

fn arrived(official: &OfficialCargo, version: &str) -> Vec<bool> {
    let what = format!("tall-ship {version}");
    official.desk.arrivals().into_iter().filter(|arrival| arrival.what == what).map(|arrival| arrival.taken).collect()
}

/// The topics of events, newest first, as the operator's database has them.
fn releases_under(harbour: &Harbour, id: &str) -> String {
    harbour.instance.get(&format!("/api/v1/candidates/{id}")).text()
}

#[test]
fn what_the_index_asks_for_is_kept_and_nothing_is_sent_twice() {
    let official = OfficialCargo::start();
    let harbour = Harbour::for_crates(Plan::new(), &official);
    // Told to come again, then out of order, then taken: three arrivals, one release.
    let busy = Trouble::Status(429, Some(3), "slow down");
    let id = into(&official, &harbour, "1.0.0", &[busy, Trouble::Status(503, None, "out of order")]);
    harbour.wait_for(&id, "released");
    assert_eq!(arrived(&official, "1.0.0"), [false, false, true]);

    // The connection ends: before it was taken, and after.
    let id = into(&official, &harbour, "1.1.0", &[Trouble::HangUpBefore]);
    harbour.wait_for(&id, "released");
    assert_eq!(arrived(&official, "1.1.0"), [false, true]);
    let id = into(&official, &harbour, "1.2.0", &[Trouble::HangUpAfter]);
    harbour.wait_for(&id, "released");
    assert_eq!(arrived(&official, "1.2.0"), [true], "it was looked up and not sent again");
}

#[test]
fn a_no_is_a_failure_in_the_index_own_words_and_can_be_tried_again() {
    let official = OfficialCargo::start();
    let harbour = Harbour::for_crates(Plan::new(), &official);
    let id = into(&official, &harbour, "1.0.0", &[Trouble::ErrorInside("the description is not to our liking")]);
    harbour.wait_for(&id, "failed");
    assert!(harbour.reason(&id).contains("the description is not to our liking"), "{}", harbour.reason(&id));
    assert_eq!(arrived(&official, "1.0.0"), [false]);
    // A failure keeps its version, and a lead may try again.
    let again = harbour.press(&id, &harbour.lars);
    assert!(matches!(again.status, 200 | 202), "{}", again.text());
    harbour.wait_for(&id, "released");
    assert_eq!(arrived(&official, "1.0.0"), [false, true]);

    let id = into(&official, &harbour, "1.1.0", &[Trouble::Status(422, None, "no")]);
    harbour.wait_for(&id, "failed");
    assert!(harbour.reason(&id).contains("422"), "{}", harbour.reason(&id));
}

#[test]
fn after_a_no_somebody_elses_bytes_are_an_obstacle_and_no_alarm() {
    let official = OfficialCargo::start();
    let plan = Plan::new().federated().upstream("cargo", &official.index()).env("VETMOOT__PUBLISH__CARGO", &official.api());
    let mut harbour = Harbour::start(plan, super::harbour::OPEN, "cargo");
    let id = into(&official, &harbour, "1.0.0", &[Trouble::ErrorInside("not to our liking")]);
    harbour.wait_for(&id, "failed");
    assert_eq!(harbour.steps(&id), ["waiting"], "the index answered that it did not take it");
    let page = harbour.instance.get(&format!("/candidates/{id}")).text();
    assert!(page.contains("asked for the release") && !page.contains("no answer yet"), "{page}");
    official.seed("tall-ship", "1.0.0", b"somebody else's");
    harbour.instance.restart();
    let pressed = harbour.press(&id, &harbour.lars);
    assert_eq!((pressed.status, pressed.json()["code"].as_str()), (409, Some("way-blocked")), "{}", pressed.text());
    assert_eq!(harbour.instance.get(&format!("/candidates/{id}/alarm/record")).status, 404);
}

#[test]
fn other_bytes_at_the_index_are_an_incident_that_everybody_hears_of() {
    let official = OfficialCargo::start();
    let plan = Plan::new().federated().upstream("cargo", &official.index()).env("VETMOOT__PUBLISH__CARGO", &official.api());
    let harbour = Harbour::start(plan, super::harbour::OPEN, "cargo");
    let id = into(&official, &harbour, "1.0.0", &[Trouble::OtherBytes]);
    harbour.wait_for(&id, "failed");
    assert!(harbour.reason(&id).contains("other bytes"), "{}", harbour.reason(&id));
    assert_eq!(harbour.steps(&id), ["mismatched"]);
    let alarm = format!("/candidates/{id}/alarm/record");
    process::eventually("the alarm is said", || harbour.instance.get(&alarm).status == 200);
    nobody_gets(&harbour, &id);

    // The index lists what was sent and serves something else.
    let (id, bytes) = harbour.crate_handed_in("tall-ship", "2.0.0");
    let mut lie = bytes;
    lie.push(0);
    official.server.misbehave("/dl/tall-ship/2.0.0", Mischief::OtherBytes(lie));
    harbour.release(&id);
    harbour.wait_for(&id, "failed");
    assert_eq!(harbour.steps(&id), ["mismatched"]);
}

/// Every door refuses what the index serves in place of a release, reviewers get what was vetted, and it is told.
fn nobody_gets(harbour: &Harbour, id: &str) {
    let (instance, purl) = (&harbour.instance, "pkg:cargo/tall-ship@1.0.0");
    // What was listed before the release is asked for again after a while.
    process::eventually("the index is asked again", || instance.state("harbour", purl) == "refused");
    for policy in ["harbour", "cooldown"] {
        assert_eq!(instance.state(policy, purl), "refused", "{policy}");
        let listed = instance.get(&format!("/cargo/{policy}/ta/ll/tall-ship"));
        assert!(!listed.text().contains("\"vers\":\"1.0.0\""), "{policy}: {}", listed.text());
        assert_eq!(instance.get(&format!("/cargo/{policy}/dl/tall-ship/1.0.0/download")).status, 403, "{policy}");
    }
    assert_eq!(instance.get("/publish/cargo/dl/tall-ship/1.0.0/download").status, 403);
    let page = instance.get(&format!("/candidates/{id}")).text();
    assert!(page.contains("Nobody should install") && page.contains("alarm/record"), "{page}");
    assert!(!page.contains("Try again"), "{page}");
    let file = format!("/candidates/{id}/files/tall-ship-1.0.0.crate");
    assert!(page.contains(&file), "{page}");
    let vetted = instance.get(&file);
    let digest = instance.get(&format!("/api/v1/candidates/{id}")).text();
    assert_eq!(vetted.status, 200);
    assert!(digest.contains(&vetmoot_tests::upstream::sha256(&vetted.body)), "{digest}");
    let doctor = instance.command(&["doctor"]);
    assert!(doctor.stdout.contains("other bytes than were released") && doctor.stdout.contains(purl), "{}", doctor.stdout);
    assert!(doctor.stdout.contains("changed under their name"), "{}", doctor.stdout);
    let pressed = harbour.press(id, &harbour.lars);
    assert_eq!((pressed.status, pressed.json()["code"].as_str()), (409, Some("way-blocked")), "{}", pressed.text());
}

#[test]
fn a_byte_changed_between_staging_and_release_is_not_published() {
    let official = OfficialCargo::start();
    let harbour = Harbour::for_crates(Plan::new(), &official);
    let (id, bytes) = harbour.crate_handed_in("tall-ship", "1.0.0");
    harbour.wait_for(&id, "approved");
    let digest = vetmoot_tests::upstream::sha256(&bytes);
    let (first, rest) = digest.split_at(2);
    let blob = harbour.instance.data().join("blobs/sha256").join(first).join(rest);
    let mut changed = std::fs::read(&blob).expect("the blob lies there");
    let last = changed.len() - 1;
    changed[last] ^= 1;
    std::fs::write(&blob, changed).expect("the test may write there");
    harbour.release(&id);
    harbour.wait_for(&id, "failed");
    assert!(harbour.reason(&id).contains("not those that were vetted"), "{}", harbour.reason(&id));
    assert_eq!(official.desk.arrivals(), []);
}

#[test]
fn a_version_somebody_else_published_is_told_before_and_never_overwritten() {
    let official = OfficialCargo::start();
    let mut harbour = Harbour::for_crates(Plan::new(), &official);
    let (id, _) = harbour.crate_handed_in("tall-ship", "1.0.0");
    harbour.wait_for(&id, "approved");
    official.seed("tall-ship", "1.0.0", b"somebody else's");
    // What the index said a moment ago is forgotten with the process.
    harbour.instance.restart();
    let pressed = harbour.press(&id, &harbour.lena);
    assert_eq!((pressed.status, pressed.json()["code"].as_str()), (409, Some("way-blocked")), "{}", pressed.text());
    assert!(pressed.text().contains("with other bytes"), "{}", pressed.text());
    assert_eq!(official.desk.arrivals(), []);
}

#[test]
fn a_version_that_appears_meanwhile_ends_the_release_unsent() {
    let official = OfficialCargo::start();
    let harbour = Harbour::for_crates(Plan::new(), &official);
    let (id, _) = harbour.crate_handed_in("tall-ship", "1.0.0");
    harbour.wait_for(&id, "approved");
    official.seed("tall-ship", "1.0.0", b"somebody else's");
    // What was said a moment ago is believed at the press; the worker looks again before it sends.
    let pressed = harbour.press(&id, &harbour.lena);
    assert!(matches!(pressed.status, 200 | 202), "{}", pressed.text());
    harbour.wait_for(&id, "failed");
    assert!(harbour.reason(&id).contains("nothing was sent"), "{}", harbour.reason(&id));
    assert_eq!(official.desk.arrivals(), []);
}

#[test]
fn what_the_index_will_refuse_is_told_before_anybody_releases() {
    let official = OfficialCargo::start();
    official.seed("tall-ship", "0.9.0", b"old");
    official.trust_publishers_only();
    let harbour = Harbour::for_crates(Plan::new(), &official);
    let (id, _) = harbour.crate_handed_in("tall-ship", "1.0.0");
    harbour.wait_for(&id, "approved");
    let pressed = harbour.press(&id, &harbour.lena);
    assert_eq!(pressed.json()["code"], "way-blocked", "{}", pressed.text());
    assert!(pressed.text().contains("trusted publisher"), "{}", pressed.text());
    assert!(releases_under(&harbour, &id).contains("trusted-publishing-only"));

    let official = OfficialPypi::start();
    official.seed("tall-ship", "1.0.0", "tall_ship-1.0.0-cp39-none-any.whl", b"old", 20);
    let harbour = Harbour::for_python(Plan::new(), &official);
    let (id, _) = harbour.python_handed_in("tall-ship", "1.0.0");
    harbour.wait_for(&id, "approved");
    let pressed = harbour.press(&id, &harbour.lena);
    assert_eq!(pressed.json()["code"], "way-blocked", "{}", pressed.text());
    assert!(pressed.text().contains("two weeks"), "{}", pressed.text());
}

#[test]
fn a_dependency_on_our_own_staging_index_never_reaches_the_official_one() {
    let official = OfficialCargo::start();
    let harbour = Harbour::for_crates(Plan::new(), &official);
    let dep = json!([{"name": "tall-mast", "version_req": "^1", "features": [], "optional": false, "default_features": true,
        "target": null, "kind": "normal", "registry": null, "explicit_name_in_toml": null}]);
    let bytes = vetmoot_tests::upstream::cargo::package(&vetmoot_tests::packages::Release::new("tall-ship", "1.0.0", 0));
    let answer = harbour.crate_sent("tall-ship", "1.0.0", &dep, &bytes);
    assert!(answer.json().pointer("/errors/0/detail").is_some(), "{} {}", answer.status, answer.text());
    assert!(answer.text().contains("tall-mast"), "{}", answer.text());
    assert_eq!(super::candidates(&harbour.instance, "pkg:cargo/tall-ship"), Vec::<serde_json::Value>::new());
    assert_eq!(official.desk.arrivals(), []);
}

#[test]
fn a_credential_that_is_refused_or_retired_midway_stops_and_the_next_one_goes_on() {
    let official = OfficialPypi::start();
    let plan = Plan::new().upstream("pypi", &official.index()).env("VETMOOT__PUBLISH__PYPI", &official.upload());
    let harbour = Harbour::without_credential(plan, super::harbour::OPEN);
    let (id, files) = harbour.python_handed_in("tall-ship", "1.0.0");
    harbour.wait_for(&id, "approved");
    let pressed = harbour.press(&id, &harbour.lena);
    assert_eq!((pressed.status, pressed.json()["code"].as_str()), (409, Some("no-credential")), "{}", pressed.text());

    let first = harbour.credential(&["--ecosystem", "pypi"], TOKEN);
    // The first file is taken; the second meets an index that no longer knows the credential.
    official.desk.hold(vetmoot_tests::official::Point::Answering);
    let pressed = harbour.press(&id, &harbour.lena);
    assert!(matches!(pressed.status, 200 | 202), "{}", pressed.text());
    official.desk.wait_until_held();
    harbour.instance.must(&["credential", "retire", &first]);
    harbour.credential(&["--ecosystem", "pypi"], "an-outdated-token");
    official.desk.let_go();
    harbour.wait_for(&id, "failed");
    assert!(harbour.reason(&id).contains("authentication"), "{}", harbour.reason(&id));
    let listed = ask(&harbour.instance, "GET", "/api/v1/credentials", &harbour.stella, None);
    assert!(listed.text().contains("Invalid or non-existent authentication"), "{}", listed.text());
    let doctor = harbour.instance.command(&["doctor"]);
    assert!(format!("{}{}", doctor.stdout, doctor.stderr).contains("the index refused it"), "{}", doctor.stdout);

    harbour.credential(&["--ecosystem", "pypi", "--package", "pkg:pypi/tall-ship"], TOKEN);
    let again = harbour.press(&id, &harbour.lena);
    assert!(matches!(again.status, 200 | 202), "{}", again.text());
    harbour.wait_for(&id, "released");
    for (name, bytes) in &files {
        assert_eq!(official.file(name).as_ref(), Some(bytes));
    }
    assert_eq!(official.desk.taken().len(), 2);
    // Nothing of any of this ever showed a secret.
    for text in [harbour.instance.output(), releases_under(&harbour, &id), listed.text(), doctor.stdout] {
        assert!(!text.contains(TOKEN) && !text.contains("an-outdated-token"), "{text}");
    }
}

#[test]
fn the_stop_switch_stops_between_two_files() {
    let official = OfficialPypi::start();
    let harbour = Harbour::for_python(Plan::new(), &official);
    let (id, _) = harbour.python_handed_in("tall-ship", "1.0.0");
    harbour.wait_for(&id, "approved");
    official.desk.hold(vetmoot_tests::official::Point::Answering);
    let pressed = harbour.press(&id, &harbour.lena);
    assert!(matches!(pressed.status, 200 | 202), "{}", pressed.text());
    official.desk.wait_until_held();
    let stopped = ask(&harbour.instance, "POST", "/api/v1/publishing", &harbour.stella, Some(json!({"stopped": true})));
    assert_eq!(stopped.status, 200, "{}", stopped.text());
    official.desk.let_go();
    process::eventually("the first file is noted", || harbour.steps(&id).contains(&"published".to_owned()));
    process::eventually("the worker came to the switch", || {
        let answer = harbour.instance.get(&format!("/api/v1/candidates/{id}")).json();
        let error = answer.pointer("/progress/last_error").or_else(|| answer.pointer("/candidate/progress/last_error"));
        error.and_then(serde_json::Value::as_str).is_some_and(|text| text.contains("stopped all publishing"))
    });
    assert_eq!(official.desk.arrivals().len(), 1);
    assert_eq!(harbour.state(&id), "releasing");
    let goes_on = ask(&harbour.instance, "POST", "/api/v1/publishing", &harbour.stella, Some(json!({"stopped": false})));
    assert_eq!(goes_on.status, 200, "{}", goes_on.text());
    harbour.wait_for(&id, "released");
    assert_eq!(official.desk.arrivals().len(), 2);
}

#[test]
fn an_index_that_keeps_an_upload_waiting_holds_up_no_release_to_another() {
    let (slow, quick) = (OfficialCargo::start(), OfficialNpm::start());
    let plan = Plan::new().upstream("npm", &quick.url()).env("VETMOOT__PUBLISH__NPM", &quick.url());
    let mut harbour = Harbour::for_crates(plan, &slow);
    harbour.credential(&["--ecosystem", "npm"], TOKEN);
    let (stalled, _) = harbour.crate_handed_in("tall-ship", "1.0.0");
    slow.desk.hold(vetmoot_tests::official::Point::Answering);
    harbour.release(&stalled);
    slow.desk.wait_until_held();
    let (id, bytes) = harbour.npm_handed_in("tall-ship", "1.0.0");
    harbour.release(&id);
    harbour.wait_for(&id, "released");
    assert_eq!(quick.file("tall-ship", "1.0.0"), Some(bytes));
    assert_eq!(harbour.state(&stalled), "releasing");
    // Told to stop, the server does not wait for the index; started again, it looks first.
    assert!(harbour.instance.stop(), "it ends by itself");
    slow.desk.let_go();
    harbour.instance.restart();
    harbour.wait_for(&stalled, "released");
    assert_eq!(slow.desk.taken().len(), 1, "{:?}", slow.desk.arrivals());
}

#[test]
fn credentials_are_for_stewards_and_their_secrets_never_come_out() {
    let official = OfficialCargo::start();
    let harbour = Harbour::for_crates(Plan::new(), &official);
    let new = json!({"ecosystem": "cargo", "label": "second", "secret": "a-second-secret", "expires": "2030-01-01T00:00:00Z"});
    let refused = ask(&harbour.instance, "POST", "/api/v1/credentials", &harbour.ada, Some(new.clone()));
    assert_eq!((refused.status, refused.json()["code"].as_str()), (403, Some("stewards-only")), "{}", refused.text());
    assert_eq!(ask(&harbour.instance, "GET", "/api/v1/credentials", &harbour.ada, None).status, 403);
    let added = ask(&harbour.instance, "POST", "/api/v1/credentials", &harbour.stella, Some(new));
    assert_eq!(added.status, 201, "{}", added.text());
    let listed = ask(&harbour.instance, "GET", "/api/v1/credentials", &harbour.lena, None);
    assert_eq!(listed.json()["credentials"].as_array().map(Vec::len), Some(2), "{}", listed.text());
    let bad = json!({"ecosystem": "cargo", "label": "x", "kind": "stage", "secret": "abc"});
    assert_eq!(ask(&harbour.instance, "POST", "/api/v1/credentials", &harbour.stella, Some(bad)).json()["code"], "bad-kind");
    let id = added.json()["id"].to_string();
    let path = format!("/api/v1/credentials/{id}");
    assert_eq!(ask(&harbour.instance, "DELETE", &path, &harbour.stella, None).status, 204);
    assert_eq!(ask(&harbour.instance, "DELETE", &path, &harbour.stella, None).status, 409);
    for text in [added.text(), listed.text(), harbour.instance.output()] {
        assert!(!text.contains("a-second-secret") && !text.contains(TOKEN), "{text}");
    }
    assert!(secrets_on_disk(&harbour.instance.data()).is_empty(), "{:?}", secrets_on_disk(&harbour.instance.data()));
}

/// Files of the data folder that hold a secret in the clear.
fn secrets_on_disk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(secrets_on_disk(&path));
        } else if std::fs::read(&path).is_ok_and(|bytes| {
            [TOKEN, "a-second-secret"].iter().any(|secret| bytes.windows(secret.len()).any(|part| part == secret.as_bytes()))
        }) {
            found.push(path);
        }
    }
    found
}
