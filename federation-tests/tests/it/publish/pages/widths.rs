//! Candidates in every state as everybody sees them: nothing is wider than its window and nobody meets a barrier.

use serde_json::json;
use vetmoot_tests::browser::{self, Look};
use vetmoot_tests::instance::Plan;
use vetmoot_tests::official::{OfficialCargo, TOKEN, Trouble};
use vetmoot_tests::upstream::sha256;

use super::super::ask;
use super::super::harbour::{Harbour, READ};
use super::Browser;

/// lars reads a crate, and says so.
fn read(harbour: &Harbour, purl: &str, bytes: &[u8]) {
    let token = harbour.instance.must(&["token", "create", "--user", "lars", "--scope", "audit"]);
    let audit = json!({
        "kind": "full", "release": purl, "criteria": ["safe-to-deploy"], "depth": "read",
        "digests": [format!("sha256:{}", sha256(bytes))],
    });
    let answer = harbour.instance.post("/api/v1/audits", token.trim(), &audit);
    assert_eq!(answer.status, 201, "{}", answer.text());
}

/// A crate that lars read and lena released; gives its candidate.
fn released(harbour: &Harbour, name: &str, version: &str, ends: &str) -> String {
    let (id, bytes) = harbour.crate_handed_in(name, version);
    read(harbour, &format!("pkg:cargo/{name}@{version}"), &bytes);
    harbour.release(&id);
    harbour.wait_for(&id, ends);
    id
}

/// Candidates in every state in which one can stay, with words that nobody can break.
fn in_every_state(harbour: &Harbour, official: &OfficialCargo) -> Vec<String> {
    let long = "x".repeat(400);
    let mut ids = vec![harbour.python_draft("moot-lamp", "1.0.0"), harbour.crate_handed_in("moot-lamp", "1.0.0").0];
    for (version, verb) in [("1.1.0", "ask-changes"), ("1.2.0", "withdraw"), ("1.3.0", "take")] {
        let (id, _) = harbour.crate_handed_in("moot-lamp", version);
        let said = ask(
            &harbour.instance,
            "POST",
            &format!("/api/v1/candidates/{id}/{verb}"),
            &harbour.lena,
            Some(json!({"reason": long})),
        );
        assert_eq!(said.status, 200, "{}", said.text());
        ids.push(id);
    }
    let (approved, bytes) = harbour.crate_handed_in("moot-lamp", "1.4.0");
    read(harbour, "pkg:cargo/moot-lamp@1.4.0", &bytes);
    harbour.wait_for(&approved, "approved");
    ids.push(approved);
    ids.push(released(harbour, "moot-lamp", "1.5.0", "released"));
    ids.push(released(harbour, "tall-ship", "1.0.0", "released"));
    official.desk.expect(Trouble::ErrorInside(Box::leak(long.into_boxed_str())));
    ids.push(released(harbour, "tall-ship", "1.1.0", "failed"));
    official.desk.expect(Trouble::OtherBytes);
    ids.push(released(harbour, "tall-ship", "1.2.0", "failed"));
    ids
}

#[test]
fn candidates_in_every_state_are_for_everybody_at_every_width() {
    let official = OfficialCargo::start();
    let plan = Plan::new().federated().upstream("cargo", &official.index()).env("VETMOOT__PUBLISH__CARGO", &official.api());
    let plan = plan.env("VETMOOT__RESERVED__NAMES", "cargo:moot-*,pypi:moot-*");
    let harbour = Harbour::without_credential(plan, READ);
    harbour.credential(&["--ecosystem", "cargo"], TOKEN);
    let ids = in_every_state(&harbour, &official);
    let token = harbour.instance.must(&["token", "create", "--user", "lars", "--scope", "audit"]);
    let advisory = json!({
        "package": "pkg:cargo/tall-ship", "kind": "vulnerability", "summary": "y".repeat(400), "details": "",
        "affected": [{"introduced": "0"}],
    });
    let advised = harbour.instance.post("/api/v1/advisories", token.trim(), &advisory);
    assert_eq!(advised.status, 201, "{}", advised.text());

    let [lena, stella] = ["lena", "stella"].map(|name| Browser::of(&harbour, name));
    let mut looks = Vec::new();
    let mut number = 0;
    let mut at = |path: &str| {
        let look = Look::at(&harbour.instance.at(path));
        number += 1;
        // Whoever wants to see them names a folder for the pictures.
        match std::env::var_os("VETMOOT_PICTURES") {
            Some(folder) => look.with_picture(std::path::Path::new(&folder).join(format!("{number:02}.png"))),
            None => look,
        }
    };
    for id in &ids {
        let path = format!("/candidates/{id}");
        looks.push(at(&path));
        looks.push(at(&path).narrow().dark().with_cookie(&lena.cookie));
    }
    let lists = ["/candidates", "/candidates?state=failed", "/candidates?by=ada", "/projects", "/projects/pkg:cargo/moot-lamp"];
    let more =
        ["/packages/cargo/tall-ship", "/users/ada", "/account", "/", "/admin", "/admin/credentials", "/admin/publishing"];
    for path in lists.into_iter().chain(more) {
        looks.push(at(path).with_cookie(&stella.cookie));
        looks.push(at(path).narrow().dark().with_cookie(&stella.cookie));
    }
    looks.push(at("/candidates").without_scripts());
    let Some(seen) = browser::open(&looks) else { return };
    let wrong: Vec<String> = seen
        .iter()
        .filter(|page| page.status != 200 || page.overflow > 0 || !page.barriers.is_empty() || !page.complaints.is_empty())
        .map(|page| format!("{} {}: {} px {:?} {:?}", page.status, page.url, page.overflow, page.barriers, page.complaints))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
