//! What a community writes down turns the listings within a second, and one release may stand differently under two policies.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vetmoot_tests::http::{self, Ask};
use vetmoot_tests::process;

use crate::world::{ECOSYSTEMS, NAME, World, artifact};

/// How soon a listing must follow what was written down.
const SOON: Duration = Duration::from_secs(1);

/// A full audit of a release, as the API takes it.
pub fn full_audit(purl: &str) -> Value {
    json!({"kind": "full", "release": purl, "criteria": ["safe-to-deploy"], "depth": "read", "notes": "read it all"})
}

fn is_listed(world: &World, policy: &str, ecosystem: &str, version: &str) -> bool {
    let door = world.instance.door(ecosystem, policy);
    match ecosystem {
        "cargo" => {
            let text = http::get(&format!("{door}mo/ss/{NAME}")).text();
            let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            lines.into_iter().any(|line| {
                line.get("vers").is_some_and(|vers| vers == version) && line.get("yanked") == Some(&Value::Bool(false))
            })
        }
        "pypi" => {
            let page =
                Ask::get(&format!("{door}{NAME}/")).header("accept", vetmoot_tests::upstream::pypi::JSON).answer().json();
            let files = page.get("files").and_then(Value::as_array).cloned().unwrap_or_default();
            let is_this = |file: &Value| {
                file.get("filename").and_then(Value::as_str).is_some_and(|name| name.contains(&format!("-{version}")))
            };
            files.iter().any(|file| is_this(file) && file.get("yanked") == Some(&Value::Bool(false)))
        }
        _ => http::get(&format!("{door}{NAME}")).json().pointer(&format!("/versions/{version}")).is_some(),
    }
}

fn adopted_safe_to_deploy() -> (World, String) {
    let world = World::start();
    world.instance.must(&["policy", "adopt", "safe-to-deploy"]);
    process::eventually("the policy is there", || world.instance.get("/policies/safe-to-deploy.toml").status == 200);
    let token = world.instance.token("ada", &["auditor"], &["audit"]);
    (world, token)
}

#[test]
fn the_missing_audit_lists_a_release_within_a_second_and_a_violation_takes_it_back_bytes_included() {
    let (world, token) = adopted_safe_to_deploy();
    for ecosystem in ECOSYSTEMS {
        let purl = format!("pkg:{ecosystem}/{NAME}@1.1.0");
        assert!(!is_listed(&world, "safe-to-deploy", ecosystem, "1.1.0"), "{ecosystem}: nobody has read it");
        let made = world.instance.post("/api/v1/audits", &token, &full_audit(&purl));
        assert_eq!(made.status, 201, "{ecosystem}: {}", made.text());
        let begin = Instant::now();
        process::eventually("the release is listed", || is_listed(&world, "safe-to-deploy", ecosystem, "1.1.0"));
        assert!(begin.elapsed() < SOON, "{ecosystem}: {:?}", begin.elapsed());
        assert_eq!(http::get(&artifact(&world, "safe-to-deploy", ecosystem, "1.1.0")).status, 200, "{ecosystem}");
        let violation = json!({"kind": "violation", "release": purl, "range": violated(ecosystem), "criteria": ["safe-to-deploy"], "notes": "it phones home"});
        let made = world.instance.post("/api/v1/audits", &token, &violation);
        assert_eq!(made.status, 201, "{ecosystem}: {}", made.text());
        let begin = Instant::now();
        process::eventually("the release is refused", || !is_listed(&world, "safe-to-deploy", ecosystem, "1.1.0"));
        assert!(begin.elapsed() < SOON, "{ecosystem}: {:?}", begin.elapsed());
        assert_eq!(http::get(&artifact(&world, "safe-to-deploy", ecosystem, "1.1.0")).status, 403, "{ecosystem}");
    }
}

fn violated(ecosystem: &str) -> &'static str {
    if ecosystem == "pypi" { "==1.1.0" } else { "=1.1.0" }
}

#[test]
fn one_release_passes_under_one_policy_and_fails_under_another() {
    let (world, _) = adopted_safe_to_deploy();
    let purl = "pkg:npm/mossy-lantern@1.1.0";
    assert_eq!(world.instance.state("cooldown", purl), "listed");
    assert_eq!(world.instance.state("safe-to-deploy", purl), "held");
    let page = Ask::get(&world.instance.at(&format!("/packages/npm/{NAME}/1.1.0"))).header("accept", "text/html").answer();
    let page = if page.status == 200 { page } else { Ask::get(&world.instance.at(&format!("/why/cooldown/{purl}"))).answer() };
    assert_eq!(page.status, 200);
}

#[test]
fn a_decision_names_the_rule_the_remedy_and_the_page() {
    let world = World::start();
    let decision = world.instance.decision("cooldown", "pkg:cargo/mossy-lantern@1.2.0");
    assert_eq!(decision.get("state").and_then(Value::as_str), Some("held"), "{decision:#}");
    assert_eq!(decision.get("phase").and_then(Value::as_str), Some("pending"));
    assert_eq!(decision.get("bytes").and_then(Value::as_str), Some("refuse"));
    assert_eq!(decision.pointer("/reasons/0/code").and_then(Value::as_str), Some("release-too-young"));
    assert_eq!(decision.pointer("/reasons/0/remedy/kind").and_then(Value::as_str), Some("wait"));
    let why = decision.get("why").and_then(Value::as_str).unwrap_or_default();
    assert_eq!(http::get(why).status, 200, "{why}");
}
