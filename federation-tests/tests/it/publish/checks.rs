//! The commands of docs/guides/checks.md, exactly as they stand there: a key, a signed result, and what it changes.

use std::process::Command;

use serde_json::{Value, json};
use vetmoot_tests::instance::Plan;
use vetmoot_tests::process::{self, Ended};
use vetmoot_tests::scratch::Scratch;

use super::ask;
use super::harbour::Harbour;

const GUIDE: &str = include_str!("../../../../docs/guides/checks.md");

/// The guide's blocks of shell, in order.
fn blocks() -> Vec<&'static str> {
    let parts = GUIDE.split("```sh\n").skip(1);
    parts.map(|part| part.split_once("```").map_or(part, |(block, _)| block)).collect()
}

/// Runs one of them as a reader does, with these words and settings.
fn run(folder: &Scratch, block: usize, words: &[&str], settings: &[(&str, &str)]) -> Ended {
    folder.write("block", blocks()[block]);
    let mut command = Command::new("sh");
    command.arg("block").args(words).current_dir(folder.path()).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("TMPDIR", folder.path());
    command.envs(settings.iter().copied());
    process::run(&mut command)
}

/// What a command that ended well printed.
#[track_caller]
fn must(ended: Ended) -> String {
    assert!(ended.is_good(), "{}{}", ended.stdout, ended.stderr);
    ended.stdout
}

/// A folder with a key made as the guide says, and the key's public half as the guide tells it.
fn key() -> (Scratch, String) {
    let folder = Scratch::new();
    must(run(&folder, 0, &[], &[]));
    let multikey = must(run(&folder, 1, &[], &[]));
    (folder, multikey.trim().to_owned())
}

fn policy(key: &str) -> String {
    format!("vetmoot-policy = 1\n[policy]\ntitle = \"Checked\"\n[[release.check]]\nname = \"ci\"\nkey = \"{key}\"\n")
}

fn need(harbour: &Harbour, id: &str) -> Value {
    let needs = harbour.candidate(id)["needs"]["needs"].clone();
    let found = needs.as_array().into_iter().flatten().find(|need| need["kind"] == "check");
    found.cloned().unwrap_or_default()
}

#[test]
fn a_result_signed_with_standard_tools_lets_a_release_go() {
    let (folder, multikey) = key();
    assert!(multikey.starts_with("z6Mk"), "{multikey}");
    let plan = Plan::new().env("VETMOOT__RESERVED__NAMES", "cargo:moot-*");
    let harbour = Harbour::without_credential(plan, &policy(&multikey));
    let (id, bytes) = harbour.crate_handed_in("moot-lamp", "1.0.0");
    assert_eq!((harbour.state(&id).as_str(), need(&harbour, &id)["state"].as_str()), ("staged", Some("waiting")));
    folder.write("moot-lamp-1.0.0.crate", &bytes);
    folder.write("other.crate", b"another file");
    let base = harbour.instance.origin();
    let send = |result: &str, file: &str| run(&folder, 2, &[file], &[("BASE", &base), ("CANDIDATE", &id), ("RESULT", result)]);
    // A result about something else says nothing about this release, and the answer says so.
    let other = send("PASSED", "other.crate");
    assert!(!other.is_good() && other.stdout.contains("other-subject"), "{}{}", other.stdout, other.stderr);
    let failed = must(send("FAILED", "moot-lamp-1.0.0.crate"));
    assert!(failed.contains("\"result\":\"FAILED\""), "{failed}");
    assert_eq!(need(&harbour, &id)["state"], "failed");
    let asked = ask(&harbour.instance, "POST", &format!("/api/v1/candidates/{id}/release"), &harbour.lena, Some(json!({})));
    assert_eq!(asked.status, 409, "{}", asked.text());
    must(send("PASSED", "moot-lamp-1.0.0.crate"));
    process::eventually("it is approved", || harbour.state(&id) == "approved");
    let kept = harbour.instance.get(&format!("/api/v1/candidates/{id}/checks")).json();
    assert_eq!(kept["results"].as_array().map(Vec::len), Some(2), "{kept}");
    assert_eq!(kept["results"][1]["key"], multikey);
    // Nobody else's key signs for it.
    let (stranger, _) = key();
    stranger.write("moot-lamp-1.0.0.crate", &bytes);
    let forged = run(&stranger, 2, &["moot-lamp-1.0.0.crate"], &[("BASE", &base), ("CANDIDATE", &id), ("RESULT", "FAILED")]);
    assert!(!forged.is_good() && forged.stdout.contains("wrong-signature"), "{}{}", forged.stdout, forged.stderr);
    let large = vetmoot_tests::http::Ask::new("POST", &harbour.instance.at(&format!("/api/v1/candidates/{id}/checks")))
        .body("x".repeat(290 << 10))
        .answer();
    assert_eq!((large.status, large.json()["code"].as_str()), (413, Some("result-too-large")), "{}", large.text());
}

#[test]
fn a_check_is_waived_by_a_member_with_a_token_and_a_reason() {
    let (_, multikey) = key();
    let plan = Plan::new().env("VETMOOT__RESERVED__NAMES", "cargo:moot-*");
    let harbour = Harbour::without_credential(plan, &policy(&multikey));
    let (id, _) = harbour.crate_handed_in("moot-lamp", "1.0.0");
    let path = format!("/api/v1/candidates/{id}/waivers");
    let body = || Some(json!({ "name": "ci", "reason": "the runner is on fire" }));
    let own = ask(&harbour.instance, "POST", &path, &harbour.ada, body());
    assert_eq!(own.status, 403, "{}", own.text());
    let waived = ask(&harbour.instance, "POST", &path, &harbour.lena, body());
    assert_eq!((waived.status, waived.json()["by"].as_str()), (201, Some("lena")), "{}", waived.text());
    assert_eq!(need(&harbour, &id)["state"], "waived");
    process::eventually("it is approved", || harbour.state(&id) == "approved");
}
