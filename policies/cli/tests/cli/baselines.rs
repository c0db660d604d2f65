//! `vetmoot init` and the baseline: green on the first day, and from there only better.

use crate::world::{World, lock};

const FRIENDS: &str = "Cargo.lock --policy safe-to-deploy --feed feeds/friends/audits.toml --offline";

#[test]
fn what_failed_at_first_is_passed_over() {
    let world = World::new();
    world.check(
        &format!("init {FRIENDS}"),
        0,
        ".vetmoot/baseline.toml passes over 2 releases from now on; put it under version control and run `vetmoot init` again to take out what was mended.",
    );
    let expected = format!(
        "vetmoot-baseline = 1\n\n[[release]]\npurl = \"pkg:cargo/delta@4.0.0\"\nstate = \"refused\"\ncodes = [\"violation\"]\ndigests = [\"sha256:{}\"]\n\n\
         [[release]]\npurl = \"pkg:cargo/gamma@0.3.0\"\nstate = \"held\"\ncodes = [\"audits-missing\"]\ndigests = [\"sha256:{}\"]\n",
        "d".repeat(64),
        "c".repeat(64)
    );
    let written = world.read(".vetmoot/baseline.toml");
    assert!(written.ends_with(&expected), "{written}");
    let green = "safe-to-deploy lists 2 of 4 releases in Cargo.lock; 2 in the baseline (1 first-party package left out).";
    world.check(&format!("check {FRIENDS}"), 0, green);
    world.check(&format!("check {FRIENDS} --baseline .vetmoot/baseline.toml"), 0, green);
}

#[test]
fn a_baseline_only_shrinks() {
    let world = World::new();
    world.run(&format!("init {FRIENDS}"));
    world.write("Cargo.lock", &lock(&[("alpha", "1.0.0", 'a'), ("gamma", "0.3.0", 'c'), ("omega", "1.0.0", 'e')]));
    let run = world.run(&format!("check {FRIENDS}"));
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("lists 1 of 3 releases in Cargo.lock; 1 held, 1 in the baseline"), "{}", run.stdout);
    world.check(
        &format!("init {FRIENDS}"),
        0,
        ".vetmoot/baseline.toml: 1 taken out, 1 left. 1 that fail today were not in it and are not added: a baseline only shrinks.",
    );
    assert_eq!(world.run(&format!("check {FRIENDS}")).code, 1);
}

#[test]
fn a_baseline_does_not_cover_what_became_worse() {
    let world = World::new();
    world.write("feeds/friends/audits.toml", "criteria = {}\n");
    world.run(&format!("init {FRIENDS}"));
    assert_eq!(world.run(&format!("check {FRIENDS}")).code, 0);
    // Since then a friend found that delta violates the criterion.
    world.write("feeds/friends/audits.toml", crate::world::FEED);
    let run = world.run(&format!("check {FRIENDS}"));
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stdout.contains("1 refused, 1 in the baseline"), "{}", run.stdout);
}

#[test]
fn other_bytes_under_a_passed_over_name_are_an_alarm() {
    let world = World::new();
    world.run(&format!("init {FRIENDS}"));
    world.write("Cargo.lock", &lock(&[("alpha", "1.0.0", 'a'), ("gamma", "0.3.0", 'f')]));
    world.fails(&format!("check {FRIENDS}"), 4, "vetmoot (integrity): pkg:cargo/gamma@0.3.0: the lock file pins other bytes");
}

#[test]
fn without_a_policy_everything_but_refusals_is_passed_over() {
    let world = World::new();
    world.run("init");
    let run = world.run(&format!("check {FRIENDS}"));
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("lists 2 of 4 releases in Cargo.lock; 1 refused, 1 in the baseline"), "{}", run.stdout);
    // Undecided is passed over too.
    assert_eq!(world.run("check --policy cooldown --offline").code, 0);
}

#[test]
fn a_broken_baseline_is_said() {
    let world = World::new();
    world.write(".vetmoot/baseline.toml", "vetmoot-baseline = 2\n");
    world.fails(&format!("check {FRIENDS}"), 2, "it has version 2; known is 1");
    world.write(".vetmoot/baseline.toml", "vetmoot-baseline = 1\nrelease = 3\n");
    world.fails(&format!("check {FRIENDS}"), 2, "the baseline .vetmoot/baseline.toml cannot be read");
}
