//! What npm gets and says for a listed, a pending, a lapsed and a refused release.

use insta::assert_snapshot;
use vetmoot_tests::clients::{Project, npm};

use crate::world::World;

fn project(world: &World) -> Option<Project> {
    Some(npm::project(&world.door("npm"))?.calling(&world.instance.url(), "instance"))
}

#[test]
fn npm_asked_by_range_steps_back_to_the_newest_listed_release() {
    let world = World::start();
    let Some(project) = project(&world) else { return };
    assert_snapshot!("npm-listed", project.run(&["install", "quiet-harbour"]).good().golden());
    assert_eq!(npm::installed(&project, "mossy-lantern").as_deref(), Some("1.1.0"));
}

#[test]
fn npm_finds_no_tag_that_points_to_a_withheld_release() {
    let world = World::start();
    let document = world.instance.get("/npm/cooldown/mossy-lantern").json();
    assert_eq!(document.pointer("/dist-tags/latest").and_then(|latest| latest.as_str()), Some("1.1.0"), "{document:#}");
    assert_eq!(
        world.instance.get("/npm/cooldown/mossy-lantern/latest").json().get("version").and_then(|version| version.as_str()),
        Some("1.1.0")
    );
}

#[test]
fn npm_asked_for_exactly_a_pending_release_prints_our_text() {
    let world = World::start();
    let Some(project) = project(&world) else { return };
    let said = project.run(&["install", "mossy-lantern@1.2.0"]).bad();
    assert_snapshot!("npm-pending-exact", said.golden());
}

#[test]
fn npm_with_nothing_left_prints_our_text() {
    let world = World::start();
    let Some(project) = project(&world) else { return };
    assert_snapshot!("npm-pending-all", project.run(&["install", "newborn-heron"]).bad().golden());
}

#[test]
fn npm_installs_a_lapsed_release_that_it_has_locked() {
    let world = World::start();
    let Some(mut project) = project(&world) else { return };
    project.run(&["install", "mossy-lantern"]).good();
    world.tighten();
    project.forget_everything_kept();
    project.remove("node_modules");
    assert_snapshot!("npm-lapsed-locked", project.run(&["ci"]).good().golden());
    assert_eq!(npm::installed(&project, "mossy-lantern").as_deref(), Some("1.1.0"));
}

#[test]
fn npm_does_not_get_a_refused_release_even_when_it_has_locked_it() {
    let world = World::start();
    let Some(mut project) = project(&world) else { return };
    project.run(&["install", "mossy-lantern"]).good();
    world.condemn("npm", "mossy-lantern", "1.1.0");
    project.forget_everything_kept();
    project.remove("node_modules");
    assert_snapshot!("npm-refused-locked", project.run(&["ci"]).bad().golden());
}
