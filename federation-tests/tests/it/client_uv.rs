//! What uv gets and says for a listed, a pending, a lapsed and a refused release.

use insta::assert_snapshot;
use vetmoot_tests::clients::{Project, uv};

use crate::world::World;

fn project(world: &World, dependencies: &[&str]) -> Option<Project> {
    Some(uv::project(&world.door("pypi"), dependencies)?.calling(&world.instance.url(), "instance"))
}

#[test]
fn uv_asked_by_range_steps_back_to_the_newest_listed_release() {
    let world = World::start();
    let Some(project) = project(&world, &["quiet-harbour"]) else { return };
    assert_snapshot!("uv-listed", project.run(&["sync"]).good().golden());
    assert_eq!(uv::locked(&project, "mossy-lantern").as_deref(), Some("1.1.0"));
}

#[test]
fn uv_asked_for_exactly_a_pending_release_prints_the_reason() {
    let world = World::start();
    let Some(project) = project(&world, &["mossy-lantern==1.2.0"]) else { return };
    assert_snapshot!("uv-pending-exact", project.run(&["sync"]).bad().golden());
}

#[test]
fn uv_with_nothing_left_prints_the_reason() {
    let world = World::start();
    let Some(project) = project(&world, &["newborn-heron"]) else { return };
    assert_snapshot!("uv-pending-all", project.run(&["sync"]).bad().golden());
}

#[test]
fn uv_syncs_a_lapsed_release_that_it_has_locked() {
    let world = World::start();
    let Some(mut project) = project(&world, &["mossy-lantern"]) else { return };
    project.run(&["sync"]).good();
    world.tighten();
    project.forget_everything_kept();
    project.remove(".venv");
    assert_snapshot!("uv-lapsed-locked", project.run(&["sync", "--locked"]).good().golden());
    project.remove("uv.lock");
    project.run(&["lock"]).good();
    assert_eq!(uv::locked(&project, "mossy-lantern").as_deref(), Some("1.0.0"));
}

#[test]
fn uv_does_not_get_a_refused_release_even_when_it_has_locked_it() {
    let world = World::start();
    let Some(mut project) = project(&world, &["mossy-lantern"]) else { return };
    project.run(&["sync"]).good();
    world.condemn("pypi", "mossy-lantern", "1.1.0");
    project.forget_everything_kept();
    project.remove(".venv");
    assert_snapshot!("uv-refused-locked", project.run(&["sync", "--frozen"]).bad().golden());
    project.remove("uv.lock");
    project.run(&["lock"]).good();
    assert_eq!(uv::locked(&project, "mossy-lantern").as_deref(), Some("1.0.0"));
}
