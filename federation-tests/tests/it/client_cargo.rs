//! What cargo gets and says for a listed, a pending, a lapsed and a refused release.

use insta::assert_snapshot;
use vetmoot_tests::clients::{Project, cargo};
use vetmoot_tests::http;

use crate::world::World;

fn project(world: &World, dependencies: &[(&str, &str)]) -> Project {
    cargo::project(&world.source(), &world.door("cargo"), dependencies).calling(&world.instance.url(), "instance")
}

#[test]
fn cargo_asked_by_range_steps_back_to_the_newest_listed_release() {
    let world = World::start();
    let project = project(&world, &[("quiet-harbour", "1")]);
    assert_snapshot!("cargo-listed", project.run(&["fetch"]).good().golden());
    assert_eq!(cargo::locked(&project, "mossy-lantern").as_deref(), Some("1.1.0"));
    let file = http::get(&world.instance.at("/cargo/cooldown/config.json")).json();
    assert!(file.get("dl").is_some_and(|dl| dl.as_str().is_some_and(|dl| dl.starts_with(&world.instance.url()))), "{file}");
}

#[test]
fn cargo_gets_the_bytes_of_upstream_and_keeps_its_lock_file_free_of_the_instance() {
    let world = World::start();
    let project = project(&world, &[("mossy-lantern", "1")]);
    project.run(&["fetch"]).good();
    let lock = project.read("Cargo.lock").unwrap_or_default();
    assert!(lock.contains(&vetmoot_tests::upstream::sha256(&world.cargo.file("mossy-lantern", "1.1.0"))), "{lock}");
    assert!(!lock.contains("127.0.0.1"), "{lock}");
}

#[test]
fn cargo_asked_for_exactly_a_pending_release_names_the_source() {
    let world = World::start();
    let said = project(&world, &[("mossy-lantern", "=1.2.0")]).run(&["fetch"]).bad();
    assert!(said.text().contains("/why/cooldown"), "{}", said.text());
    assert_snapshot!("cargo-pending-exact", said.golden());
}

#[test]
fn cargo_with_nothing_left_names_the_source() {
    let world = World::start();
    let said = project(&world, &[("newborn-heron", "1")]).run(&["fetch"]).bad();
    assert!(said.text().contains("/why/cooldown"), "{}", said.text());
    assert_snapshot!("cargo-pending-all", said.golden());
}

#[test]
fn cargo_builds_a_lapsed_release_that_it_has_locked() {
    let world = World::start();
    let mut project = project(&world, &[("mossy-lantern", "1")]);
    project.run(&["fetch"]).good();
    world.tighten();
    assert_eq!(world.instance.state("cooldown", "pkg:cargo/mossy-lantern@1.1.0"), "held");
    project.forget_everything_kept();
    assert_snapshot!("cargo-lapsed-locked", project.run(&["fetch", "--locked"]).good().golden());
    project.run(&["check", "--locked"]).good();
    project.remove("Cargo.lock");
    project.run(&["fetch"]).good();
    assert_eq!(cargo::locked(&project, "mossy-lantern").as_deref(), Some("1.0.0"));
}

#[test]
fn cargo_does_not_get_a_refused_release_even_when_it_has_locked_it() {
    let world = World::start();
    let mut project = project(&world, &[("mossy-lantern", "1")]);
    project.run(&["fetch"]).good();
    world.condemn("cargo", "mossy-lantern", "1.1.0");
    assert_eq!(world.instance.state("cooldown", "pkg:cargo/mossy-lantern@1.1.0"), "refused");
    project.forget_everything_kept();
    assert_snapshot!("cargo-refused-locked", project.run(&["fetch", "--locked"]).bad().golden());
    project.remove("Cargo.lock");
    project.run(&["fetch"]).good();
    assert_eq!(cargo::locked(&project, "mossy-lantern").as_deref(), Some("1.0.0"));
}
