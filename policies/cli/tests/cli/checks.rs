//! `vetmoot check` and `vetmoot explain` with a policy read here.

use serde_json::Value;

use crate::world::World;

const FRIENDS: &str = "--policy safe-to-deploy --feed feeds/friends/audits.toml --offline";

#[test]
fn the_first_line_is_the_verdict_and_the_table_says_why() {
    World::new().check(
        &format!("check {FRIENDS}"),
        1,
        "safe-to-deploy lists 2 of 4 releases in Cargo.lock; 1 refused, 1 held (1 first-party package left out).
         \u{29d7} held    gamma 0.3.0  no audit by level 1 or above covers safe-to-deploy; a full audit for safe-to-deploy by level 1 would do
         \u{2bc3} refused delta 4.0.0  versions >=4 fail safe-to-deploy, says Ben",
    );
}

#[test]
fn quiet_is_one_sentence() {
    World::new().check(
        &format!("check {FRIENDS} --quiet"),
        1,
        "safe-to-deploy lists 2 of 4 releases in Cargo.lock; 1 refused, 1 held (1 first-party package left out).",
    );
}

#[test]
fn programs_get_a_document_on_standard_output_alone() {
    let run = World::new().run(&format!("check Cargo.lock {FRIENDS} --advisories advisories --format json"));
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(run.stderr, "");
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let summary = &document["summary"];
    let count = |name: &str| summary[name].as_u64().unwrap();
    assert_eq!(
        [count("total"), count("listed"), count("held"), count("refused"), count("baselined"), count("first_party")],
        [4, 2, 1, 1, 0, 1]
    );
    let releases = document["releases"].as_array().unwrap();
    let purls: Vec<&str> = releases.iter().map(|release| release["purl"].as_str().unwrap()).collect();
    assert_eq!(purls, ["pkg:cargo/alpha@1.0.0", "pkg:cargo/beta@2.1.0", "pkg:cargo/gamma@0.3.0", "pkg:cargo/delta@4.0.0"]);
    assert_eq!(releases[0]["state"], "listed");
    assert_eq!(releases[0]["line"], 8);
    assert_eq!(releases[2]["reasons"][0]["code"], "audits-missing");
    assert_eq!(releases[2]["reasons"][0]["remedy"]["kind"], "audit");
    assert_eq!(releases[3]["bytes"], "refuse");
    assert!(releases.iter().all(|release| release.get("policy_digest").is_none()));
    assert!(document["policy_digest"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(document["advisories"][0]["id"], "MOOT-2026-1");
    assert_eq!(document["first_party"][0]["name"], "app");
}

#[test]
fn advisories_are_named_with_their_ids() {
    let run = World::new().run(&format!("check {FRIENDS} --advisories advisories"));
    assert!(
        run.stdout.ends_with(
            "\n1 advisory affects 1 package:\n  MOOT-2026-1  gamma 0.3.0  vulnerability: gamma forgets its bounds\n"
        ),
        "{}",
        run.stdout
    );
    let world = World::new();
    world.remove("advisories/MOOT-2026-1.json");
    world.write(
        "advisories/more/MOOT-2026-2.yaml",
        "id: MOOT-2026-2\nmodified: 2026-01-02T00:00:00Z\naffected:\n- package: {ecosystem: PyPI, name: gamma}\n",
    );
    let run = world.run(&format!("check {FRIENDS} --advisories advisories"));
    assert!(run.stdout.ends_with("\nNo advisory affects these releases.\n"), "{}", run.stdout);
}

#[test]
fn what_only_a_date_could_decide_is_undecided_and_named() {
    let world = World::new();
    let run = world.run("check --policy cooldown --offline");
    assert_eq!(run.code, 3);
    assert!(run.stdout.starts_with("cooldown lists 0 of 4 releases in Cargo.lock; 4 undecided (1 first-party package left out).\n\n\u{25cb} unknown alpha 1.0.0  "), "{}", run.stdout);
    assert!(
        run.stderr.contains("undecided: the policy needs to know when each release was published (release-age)"),
        "{}",
        run.stderr
    );
    // Under balanced a quiet month stands in for audits, and whether it was quiet is not known either.
    assert_eq!(world.run("check --policy balanced --offline").code, 3);
    // A violation fails whatever the date is.
    assert_eq!(world.run("check --policy balanced --feed feeds/friends/audits.toml --offline").code, 1);
}

#[test]
fn dev_marks_ask_for_less() {
    let world = World::new();
    let digest = "sha512-".to_owned() + &"A".repeat(86) + "==";
    world.write(
        "package-lock.json",
        &format!(r#"{{"lockfileVersion": 3, "packages": {{"": {{}}, "node_modules/left": {{"version": "1.0.0", "integrity": "{digest}"}},
            "node_modules/right": {{"version": "2.0.0", "dev": true}}}}}}"#),
    );
    let run = world.run("check package-lock.json --policy safe-to-deploy --offline --format json");
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let uses: Vec<&str> =
        document["releases"].as_array().unwrap().iter().map(|release| release["use"].as_str().unwrap()).collect();
    assert_eq!(uses, ["runtime", "dev"]);
}

#[test]
fn a_python_release_is_judged_file_by_file() {
    let world = World::new();
    world
        .write("requirements.txt", &format!("six==1.17.0 --hash=sha256:{} --hash=sha256:{}\n", "a".repeat(64), "b".repeat(64)));
    let run = world.run("check requirements.txt --policy safe-to-deploy --offline --format json");
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["releases"][0]["purl"], "pkg:pypi/six@1.17.0");
    assert_eq!(document["releases"][0]["artifacts"].as_array().unwrap().len(), 2);
    assert_eq!(run.code, 1);
}

#[test]
fn what_cannot_be_read_is_said_with_its_place() {
    let world = World::new();
    world.fails("check nothing.lock --policy cooldown", 2, "cannot read nothing.lock: No such file");
    world.fails(
        "check Cargo.lock --policy nonsense",
        2,
        "`nonsense` is neither a file nor a policy of the shelf (cooldown, safe-to-deploy, balanced, strict)",
    );
    world.fails("check Cargo.lock", 2, "--policy <URL|FILE>");
    world.write("broken/Cargo.lock", "version = 4\n[[package]]\nname = \n");
    world.fails("check broken/Cargo.lock --policy cooldown", 2, "broken/Cargo.lock: line 3: ");
    world.write("policy.toml", "vetmoot-policy = 1\n\n[policy]\ntitle = \"A\"\nsumary = \"B\"\n");
    world.fails("check Cargo.lock --policy policy.toml", 2, "did you mean `summary`?");
    world.fails("check Cargo.lock --policy cooldown --feed nothing.toml", 2, "cannot read nothing.toml");
    world.write("cut.toml", "[[audits.alpha]]\nversion = \"1.0");
    world.fails("check Cargo.lock --policy safe-to-deploy --feed cut.toml", 2, "the feed cut.toml cannot be read");
    world.write("uv.lock", "version = 1\n");
    world.fails("check --policy cooldown", 2, "several lock files stand here (Cargo.lock, uv.lock); name one");
}

#[test]
fn lines_that_were_not_understood_are_no_pass() {
    let world = World::new();
    world.write("requirements.txt", "-r other.txt\n");
    world.fails(
        "check requirements.txt --policy cooldown",
        2,
        "requirements.txt:1: not understood: `-r other.txt`: it includes another file",
    );
    let twice = crate::world::lock(&[("alpha", "1.0.0", 'a'), ("alpha", "1.0.0", 'b')]);
    world.write("twice/Cargo.lock", &twice);
    world.fails("check twice/Cargo.lock --policy cooldown", 4, "pinned to another digest");
}

#[test]
fn the_network_is_asked_only_where_it_may_be() {
    let world = World::new();
    world.fails(
        "check Cargo.lock --policy https://moot.example/policies/balanced --offline",
        3,
        "--offline forbids the network",
    );
    world.fails("check Cargo.lock --policy http://moot.example/policies/balanced", 2, "only https addresses are");
    world.fails("check Cargo.lock --policy https://moot.example/balanced", 2, "neither a .toml nor the page of a policy");
    world.fails("check Cargo.lock --policy cooldown --feed https://moot.example/audits.toml --offline", 3, "(unreachable)");
}

#[test]
fn explaining_tells_the_chain_and_the_way_out() {
    let world = World::new();
    let run = world.run(&format!("explain pkg:cargo/beta@2.1.0 {FRIENDS}"));
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.starts_with("\u{2714} beta 2.1.0 is listed under safe-to-deploy for runtime use.\n"), "{}", run.stdout);
    assert!(
        run.stdout.contains("safe-to-deploy: 1 of 1 voices\n    2.0.0 by Ada (friends): import:feeds/friends/audits.toml#"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("2.0.0 -> 2.1.0 by Ada, Ben (friends)"), "{}", run.stdout);
    let run = world.run(&format!("explain pkg:cargo/beta@2.2.0 {FRIENDS}"));
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains("an audit of 2.1.0 -> 2.2.0 for safe-to-deploy")
            || run.stdout.contains("an audit of the change since 2.1.0 for safe-to-deploy"),
        "{}",
        run.stdout
    );
    assert_eq!(world.run("explain pkg:cargo/beta@2.2.0 --policy cooldown").code, 3);
    world.fails("explain serde --policy cooldown", 2, "`serde` is not a package URL");
}
