//! `vetmoot policy test` and policies from files.

use crate::world::World;

const POLICY: &str = r#"vetmoot-policy = 1

[policy]
title = "Waits"
summary = "A day."

[gates]
release-age = { minimum = "1d" }

[[test]]
name = "an old one is listed"
given = { age = "2d" }
expect = { state = "listed" }

[[test]]
name = "a young one is held"
given = { age = "1h" }
expect = { state = "held", codes = ["release-too-young"] }
"#;

#[test]
fn a_policy_runs_its_own_tests() {
    let world = World::new();
    world.write("waits.toml", POLICY);
    let run = world.run("policy test waits.toml");
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.starts_with("Waits (waits.toml) passes its 2 tests; it is sha256:"), "{}", run.stdout);
    assert!(
        run.stdout.ends_with("\n\u{2714} passed  an old one is listed\n\u{2714} passed  a young one is held\n"),
        "{}",
        run.stdout
    );
    world.write("waits.toml", &POLICY.replace("age = \"1h\"", "age = \"3d\""));
    let run = world.run("policy test waits.toml");
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains("fails 1 of its 2 tests") && run.stdout.contains("\u{2bc3} failed  a young one is held\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn errors_of_a_policy_have_lines_for_people_and_programs() {
    let world = World::new();
    world.write("waits.toml", &POLICY.replace("minimum", "minimun"));
    world.fails("policy test waits.toml", 2, "did you mean `minimum`?");
    let run = world.run("policy test waits.toml --format json");
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["errors"][1]["line"], 8);
    assert_eq!(document["errors"][1]["suggestion"], "minimum");
    assert_eq!(run.code, 2);
}

#[test]
fn a_policy_may_extend_one_that_lies_beside_it() {
    use vetmoot_domain::PolicyDigest;
    let world = World::new();
    world.write("rules/base.toml", POLICY);
    let digest = PolicyDigest::of(POLICY.as_bytes());
    let own = format!("vetmoot-policy = 1\n\n[policy]\nextends = \"{digest}\"\ntitle = \"Ours\"\nsummary = \"As theirs.\"\n");
    world.write("rules/ours.toml", &own);
    let run = world.run("check --policy rules/ours.toml --offline");
    assert!(run.stdout.starts_with("ours lists 0 of 4 releases in Cargo.lock; 4 undecided"), "{}{}", run.stdout, run.stderr);
    world.remove("rules/base.toml");
    assert_eq!(world.run("check --policy rules/ours.toml --offline").code, 2);
}
