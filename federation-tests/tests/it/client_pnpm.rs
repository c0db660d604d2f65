//! What pnpm gets and says for a listed, a pending, a lapsed and a refused release.

use insta::assert_snapshot;
use vetmoot_tests::clients::{Project, npm, pnpm};

use crate::world::World;

fn project(world: &World) -> Option<Project> {
    Some(pnpm::project(&world.door("npm"))?.calling(&world.instance.url(), "instance"))
}

#[test]
fn pnpm_asked_by_range_steps_back_to_the_newest_listed_release() {
    let world = World::start();
    let Some(project) = project(&world) else { return };
    assert_snapshot!("pnpm-listed", project.run(&["add", "quiet-harbour"]).good().golden());
    assert_eq!(npm::installed(&project, "quiet-harbour").as_deref(), Some("1.0.0"));
    let lock = project.read("pnpm-lock.yaml").unwrap_or_default();
    assert!(lock.contains("mossy-lantern@1.1.0") && !lock.contains("127.0.0.1"), "{lock}");
}

#[test]
fn pnpm_asked_for_exactly_a_pending_release_fails() {
    let world = World::start();
    let Some(project) = project(&world) else { return };
    let said = project.run(&["add", "mossy-lantern@1.2.0"]).bad();
    assert_snapshot!("pnpm-pending-exact", said.golden());
}

#[test]
fn pnpm_with_nothing_left_fails() {
    let world = World::start();
    let Some(project) = project(&world) else { return };
    assert_snapshot!("pnpm-pending-all", project.run(&["add", "newborn-heron"]).bad().golden());
}

#[test]
fn pnpm_installs_a_lapsed_release_that_it_has_locked() {
    let world = World::start();
    let Some(mut project) = project(&world) else { return };
    project.run(&["add", "mossy-lantern"]).good();
    world.tighten();
    project.forget_everything_kept();
    project.remove("node_modules");
    assert_snapshot!("pnpm-lapsed-locked", project.run(&["install", "--frozen-lockfile"]).good().golden());
    assert_eq!(npm::installed(&project, "mossy-lantern").as_deref(), Some("1.1.0"));
}

#[test]
fn pnpm_does_not_get_a_refused_release_even_when_it_has_locked_it() {
    let world = World::start();
    let Some(mut project) = project(&world) else { return };
    project.run(&["add", "mossy-lantern"]).good();
    world.condemn("npm", "mossy-lantern", "1.1.0");
    project.forget_everything_kept();
    project.remove("node_modules");
    assert_snapshot!("pnpm-refused-locked", project.run(&["install", "--frozen-lockfile"]).bad().golden());
}
