//! What pip gets and says for a listed, a pending, a lapsed and a refused release.

use insta::assert_snapshot;
use vetmoot_tests::clients::{Project, pip};
use vetmoot_tests::upstream::sha256;

use crate::world::World;

fn project(world: &World) -> Option<Project> {
    Some(pip::project(&world.door("pypi"))?.calling(&world.instance.url(), "instance"))
}

#[test]
fn pip_asked_by_range_steps_back_to_the_newest_listed_release() {
    let world = World::start();
    let Some(project) = project(&world) else { return };
    assert_snapshot!("pip-listed", pip::install(&project, &["quiet-harbour"]).good().golden());
    assert_eq!(pip::installed(&project, "mossy-lantern").as_deref(), Some("1.1.0"));
}

#[test]
fn pip_asked_for_exactly_a_pending_release_prints_the_reason() {
    let world = World::start();
    let Some(project) = project(&world) else { return };
    let said = pip::install(&project, &["mossy-lantern==1.2.0"]).bad();
    assert_snapshot!("pip-pending-exact", said.golden());
}

#[test]
fn pip_with_nothing_left_says_what_it_ignored() {
    let world = World::start();
    let Some(project) = project(&world) else { return };
    assert_snapshot!("pip-pending-all", pip::install(&project, &["newborn-heron"]).bad().golden());
}

#[test]
fn pip_installs_a_lapsed_release_with_its_digest_and_prints_the_reason() {
    let world = World::start();
    let Some(mut project) = project(&world) else { return };
    pip::install(&project, &["mossy-lantern"]).good();
    world.tighten();
    project.forget_everything_kept();
    project.remove("site");
    let digest = sha256(&world.pypi.file("mossy_lantern-1.1.0-py3-none-any.whl"));
    project.write("requirements.txt", format!("mossy-lantern==1.1.0 --hash=sha256:{digest}\n"));
    assert_snapshot!("pip-lapsed-locked", pip::install(&project, &["-r", "requirements.txt"]).good().golden());
    assert_eq!(pip::installed(&project, "mossy-lantern").as_deref(), Some("1.1.0"));
    project.remove("site");
    pip::install(&project, &["mossy-lantern"]).good();
    assert_eq!(pip::installed(&project, "mossy-lantern").as_deref(), Some("1.0.0"));
}

#[test]
fn pip_does_not_get_a_refused_release_even_with_its_digest() {
    let world = World::start();
    let Some(mut project) = project(&world) else { return };
    pip::install(&project, &["mossy-lantern"]).good();
    world.condemn("pypi", "mossy-lantern", "1.1.0");
    project.forget_everything_kept();
    project.remove("site");
    assert_snapshot!("pip-refused-exact", pip::install(&project, &["mossy-lantern==1.1.0"]).bad().golden());
    pip::install(&project, &["mossy-lantern"]).good();
    assert_eq!(pip::installed(&project, "mossy-lantern").as_deref(), Some("1.0.0"));
}
