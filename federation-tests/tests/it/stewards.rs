//! Two stewards change policies and roles together: one proposes, the other looks at the effect and accepts.
#![expect(clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};
use vetmoot_tests::browser::{self, Look};
use vetmoot_tests::http::{Answer, Ask};
use vetmoot_tests::instance::Instance;

use crate::community_pages::{Browser, assert_says, words};
use crate::world::World;

/// A policy of this community that waits so many days.
fn waiting(days: u32) -> String {
    format!(
        "vetmoot-policy = 1\n\n[policy]\ntitle = \"Harbour\"\nsummary = \"Waits a while.\"\n\n[gates]\nrelease-age = {{ minimum = \"{days}d\" }}\n"
    )
}

fn revision(instance: &Instance) -> Value {
    instance.get("/api/v1/policies/harbour").json()["revision"].clone()
}

fn adopts(browser: &Browser<'_>, days: u32) -> Answer {
    browser.sends("/policies/new", &[("slug", "harbour"), ("text", &waiting(days)), ("step", "adopt")])
}

/// Where a form led to, without what it says there.
fn led_to(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", words(answer));
    let to = answer.header("location").unwrap_or_default();
    to.split_once('?').map_or(to, |(path, _)| path).to_owned()
}

/// The second steward, made by the first and signed in with the link.
fn second<'i>(instance: &'i Instance, first: &Browser<'_>) -> Browser<'i> {
    assert_eq!(led_to(&first.sends("/admin/members", &[("name", "stella"), ("role", "steward")])), "/admin/members");
    let page = first.sends("/admin/members/link", &[("name", "stella")]).text();
    let link = page.split_once("/sign-in?").and_then(|(_, rest)| rest.split(['<', '"']).next()).unwrap_or_default();
    Browser::of(instance, link)
}

#[test]
fn one_steward_decides_alone_and_two_agree_in_the_browser() {
    let world = World::start();
    let instance = &world.instance;
    assert_eq!(instance.get("/cargo/cooldown/mo/ss/mossy-lantern").status, 200, "a release is known");
    let ada = Browser::admin(instance);
    let alone = "Only one steward: changes take effect at once.";
    assert!(ada.sees("/policies/new").text().contains(alone));
    assert_eq!(led_to(&adopts(&ada, 7)), "/policies/harbour");
    assert_eq!(revision(instance), 1);
    let stella = second(instance, &ada);
    assert!(!ada.sees("/policies/new").text().contains(alone), "there are two now");
    let looked = ada.sends("/policies/new", &[("slug", "harbour"), ("text", &waiting(3)), ("step", "preview")]);
    assert_says(&looked, "It takes effect when a second steward accepts it, as revision 2 under `harbour`.");
    let proposal = led_to(&adopts(&ada, 3));
    assert!(proposal.starts_with("/proposals/"), "{proposal}");
    assert_eq!(revision(instance), 1, "nothing changed yet");
    assert_says(&ada.sees(&format!("{proposal}?done=made")), "Nothing changed yet: this waits for a second steward.");
    assert_eq!(ada.sends(&format!("{proposal}/accept"), &[]).status, 403);
    // The other one is told, sees the effect, and agrees.
    assert!(stella.sees("/").text().contains("A change waits for you as the second steward."));
    assert!(!ada.sees("/").text().contains("waits for you"));
    let page = stella.sees(&proposal);
    for said in ["Policy harbour", "it waits for a second steward.", "Effect on known releases", "Newly listed", "Accept"] {
        assert_says(&page, said);
    }
    assert_says(&page, "removed - release-age = { minimum = &quot;7d&quot; }");
    assert_says(&page, "added + release-age = { minimum = &quot;3d&quot; }");
    looks_well(instance, &stella, &[&proposal, "/proposals", "/admin/members"]);
    assert_eq!(led_to(&stella.sends(&format!("{proposal}/accept"), &[])), proposal);
    assert_eq!(revision(instance), 2);
    assert_says(&instance.get("/policies/harbour"), "by admin and stella");
    assert_eq!(stella.sends(&format!("{proposal}/accept"), &[]).status, 409);
    assert_says(&ada.sees(&proposal), "admin proposed this, stella accepted it, and it took effect.");
    roles_wait(&ada, &stella);
    looks_well(instance, &ada, &[&proposal, "/proposals"]);
    assert_eq!(instance.get("/proposals").status, 401);
}

/// A second account becomes a lead only when another steward agrees.
fn roles_wait(ada: &Browser<'_>, stella: &Browser<'_>) {
    assert_eq!(led_to(&ada.sends("/admin/members", &[("name", "lars")])), "/admin/members", "a plain member");
    let lead = [("name", "lars"), ("role", "lead")];
    let proposal = led_to(&ada.sends("/admin/members/change", &lead));
    let page = stella.sees(&proposal);
    assert_says(&page, "Roles of lars");
    assert_says(&page, "May do member member, lead");
    assert_eq!(led_to(&stella.sends(&format!("{proposal}/refuse"), &[])), proposal);
    let again = led_to(&stella.sends("/admin/members/change", &lead));
    assert_says(&ada.sees("/proposals"), "1 change waits for a second steward.");
    assert_says(&ada.sees("/proposals"), "refused by stella");
    assert_eq!(led_to(&stella.sends(&format!("{again}/withdraw"), &[])), again);
    assert_says(&stella.sees("/proposals"), "Nothing waits.");
}

fn looks_well(instance: &Instance, who: &Browser<'_>, paths: &[&str]) {
    let at = |path: &str| Look::at(&instance.at(path)).with_cookie(&who.cookie);
    let looks: Vec<Look> =
        paths.iter().flat_map(|path| [at(path), at(path).narrow().dark(), at(path).without_scripts()]).collect();
    for page in browser::open(&looks).unwrap_or_default() {
        let seen = (page.status, page.overflow, page.barriers.as_slice(), page.complaints.as_slice());
        assert_eq!(seen, (200, 0, &[][..], &[][..]), "{}", page.url);
    }
}

#[test]
fn two_stewards_agree_by_token() {
    let world = World::start();
    let instance = &world.instance;
    let ada = instance.token("ada", &["steward"], &["policy"]);
    let create = |token: &str, days: u32| {
        instance.post("/api/v1/policies", token, &json!({ "slug": "harbour", "toml": waiting(days), "observe": true }))
    };
    assert_eq!(create(&ada, 7).status, 201, "nobody came in as the first admin");
    let stella = instance.token("stella", &["steward"], &["policy"]);
    let waits = create(&ada, 3);
    assert_eq!(waits.status, 202, "{}", waits.text());
    let body = waits.json();
    assert_eq!((&body["state"], &body["sentence"]), (&json!("waiting"), &json!("waits for a second steward")));
    assert_eq!((&body["base"]["revision"], &body["change"]["mode"]), (&json!(1), &json!("observe")));
    let id = body["id"].to_string();
    let path = format!("/api/v1/proposals/{id}");
    assert_eq!(waits.header("location"), Some(instance.at(&path).as_str()));
    assert_eq!(body["page"], instance.at(&format!("/proposals/{id}")));
    assert_eq!(revision(instance), 1);
    let get =
        |token: &str, path: &str| Ask::get(&instance.at(path)).header("authorization", &format!("Bearer {token}")).answer();
    let shown = get(&stella, &path).json();
    assert_eq!((&shown["toml"], &shown["stale"]), (&json!(waiting(3)), &json!(false)));
    assert_eq!(get(&stella, "/api/v1/proposals?state=waiting").json()["proposals"].as_array().map(Vec::len), Some(1));
    let press = |token: &str, verb: &str| instance.post(&format!("{path}/{verb}"), token, &json!({}));
    let refused = |answer: &Answer, status: u16, code: &str| {
        assert_eq!((answer.status, answer.json()["code"].as_str()), (status, Some(code)), "{}", answer.text());
    };
    refused(&press(&ada, "accept"), 403, "own-proposal");
    refused(&press(&stella, "withdraw"), 403, "not-yours");
    let auditor = instance.token("eve", &["auditor"], &["audit", "policy"]);
    refused(&press(&auditor, "accept"), 403, "stewards-only");
    refused(&get(&auditor, "/api/v1/proposals"), 403, "stewards-only");
    refused(&instance.post("/api/v1/proposals/999/accept", &stella, &json!({})), 404, "unknown-proposal");
    let accepted = press(&stella, "accept");
    assert_eq!((accepted.status, &accepted.json()["decided_by"]), (200, &json!("stella")), "{}", accepted.text());
    assert_eq!(revision(instance), 2);
    refused(&press(&stella, "refuse"), 409, "already-decided");
    assert_eq!(create(&stella, 3).status, 201, "what is in force already is no change");
    // The operator takes a role away, and one steward decides alone again.
    instance.must(&["user", "change", "stella", "--role", "auditor"]);
    assert_eq!(create(&ada, 5).status, 201);
    assert_eq!(revision(instance), 3);
}
