//! A power cut in the middle: what was acknowledged is there afterwards, what was half done is done again.

use std::thread;

use vetmoot_tests::http::{self, Ask};
use vetmoot_tests::process;
use vetmoot_tests::upstream::Mischief;

use crate::world::{POLICY, World, artifact, upstream_bytes, upstream_of};

#[test]
fn a_download_cut_by_kill_9_is_whole_after_the_restart() {
    let mut world = World::start();
    let url = artifact(&world, POLICY, "cargo", "1.1.0");
    let expected = upstream_bytes(&world, "cargo", "1.1.0");
    let (server, path) = upstream_of(&world, "cargo", "1.1.0");
    server.misbehave(&path, Mischief::Stall(50));
    let asker = url.clone();
    let asking = thread::spawn(move || Ask::get(&asker).send());
    process::eventually("upstream is asked", || upstream_of(&world, "cargo", "1.1.0").0.count(&path) == 1);
    world.instance.kill();
    assert!(
        asking
            .join()
            .is_ok_and(|answer| answer.is_err() || answer.is_ok_and(|answer| answer.status != 200 || answer.body != expected))
    );
    upstream_of(&world, "cargo", "1.1.0").0.behave();
    world.instance.restart();
    assert_eq!(http::get(&url).body, expected);
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let mut world = World::start();
    let token = world.instance.token("ada", &["auditor"], &["audit"]);
    let audit = serde_json::json!({"kind": "full", "release": "pkg:cargo/mossy-lantern@1.2.0", "criteria": ["safe-to-deploy"], "depth": "read", "notes": "read it all"});
    let made = world.instance.post("/api/v1/audits", &token, &audit);
    assert_eq!(made.status, 201, "{}", made.text());
    world.instance.kill();
    world.instance.restart();
    let location = made.header("location").unwrap_or_default().to_owned();
    let location = if location.starts_with("http") { location } else { world.instance.at(&location) };
    let kept = Ask::get(&location).header("accept", "application/json").answer();
    assert_eq!(kept.status, 200, "{location}: {}", kept.text());
    assert!(kept.text().contains("read it all"), "{}", kept.text());
}

#[test]
fn an_import_cut_by_kill_9_is_complete_when_run_again() {
    let mut world = World::start();
    let entries: Vec<String> = (0..20_000)
        .map(|number| {
            format!(
                "[[audits.made-up-{number}]]\nwho = \"A <a@example.org>\"\ncriteria = \"safe-to-run\"\nversion = \"1.0.0\"\n\n"
            )
        })
        .collect();
    let feed = world.instance.write("feed.toml", entries.concat());
    let cut = world.instance.cut_short(&["admin", "import", "cargo-vet", &feed.display().to_string(), "--as", "big"]);
    world.instance.kill();
    world.instance.restart();
    let printed = world.instance.must(&["import", "cargo-vet", &feed.display().to_string(), "--as", "big"]);
    assert!(printed.contains("20000") || printed.contains("20,000") || cut, "{printed}");
    let again = world.instance.must(&["import", "cargo-vet", &feed.display().to_string(), "--as", "big"]);
    assert!(!again.contains("20000 added"), "{again}");
}

#[test]
fn it_stops_politely_when_asked() {
    let mut world = World::start();
    assert!(world.instance.stop(), "{}", world.instance.output());
    world.instance.restart();
    assert_eq!(world.instance.get("/readyz").status, 200);
}
