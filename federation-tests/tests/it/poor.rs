//! Upstreams that say little: no times, no tags, HTML alone, full documents alone, downloads at an address of their own.

use vetmoot_tests::clients::{cargo, npm, pip, uv};
use vetmoot_tests::instance::Plan;
use vetmoot_tests::packages::{Calendar, shelf};
use vetmoot_tests::upstream::{Knobs, PypiServer, Verdaccio};

use crate::world::{PASS_ALL, POLICY, World, adopt_pass_all};

const POOR: Knobs = Knobs { etag: false, times: false };

#[test]
fn cargo_takes_what_was_there_at_first_sight_from_an_index_without_times_and_tags() {
    let world = World::start();
    world.cargo.set(POOR);
    world.cargo.set_download_template("/files/{prefix}/{crate}-{version}.crate");
    let project = cargo::project(&world.source(), &world.door("cargo"), &[("quiet-harbour", "1")]);
    project.run(&["fetch"]).good();
    assert_eq!(cargo::locked(&project, "mossy-lantern").as_deref(), Some("1.2.0"));
}

#[test]
fn pip_and_uv_install_from_an_index_that_speaks_html_alone() {
    let world = World::start();
    world.pypi.set(POOR);
    world.pypi.set_html_only(true);
    if let Some(project) = pip::project(&world.door("pypi")) {
        pip::install(&project, &["quiet-harbour"]).good();
        assert_eq!(pip::installed(&project, "mossy-lantern").as_deref(), Some("1.2.0"));
    }
    if let Some(project) = uv::project(&world.door("pypi"), &["quiet-harbour"]) {
        project.run(&["sync"]).good();
        assert_eq!(uv::locked(&project, "mossy-lantern").as_deref(), Some("1.2.0"));
    }
}

#[test]
fn npm_installs_from_a_registry_that_has_full_documents_alone_and_no_times() {
    let world = World::start();
    world.npm.set(POOR);
    world.npm.set_full_only(true);
    let Some(project) = npm::project(&world.door("npm")) else { return };
    project.run(&["install", "quiet-harbour"]).good();
    assert_eq!(npm::installed(&project, "mossy-lantern").as_deref(), Some("1.2.0"));
}

#[test]
fn pip_installs_through_an_instance_in_front_of_pypiserver_whose_files_are_dated_by_their_header() {
    let Some(upstream) = PypiServer::start(Calendar::of_the_machine(), &shelf()) else { return };
    let instance = Plan::new().upstream("pypi", &upstream.url()).start();
    let Some(project) = pip::project(&instance.door("pypi", POLICY)) else { return };
    pip::install(&project, &["quiet-harbour"]).good();
    assert_eq!(pip::installed(&project, "mossy-lantern").as_deref(), Some("1.1.0"));
}

#[test]
fn npm_installs_through_an_instance_in_front_of_verdaccio() {
    let Some(upstream) = Verdaccio::start(&shelf()) else { return };
    let instance = Plan::new().upstream("npm", &upstream.url()).start();
    adopt_pass_all(&instance);
    let Some(project) = npm::project(&instance.door("npm", PASS_ALL)) else { return };
    project.run(&["install", "quiet-harbour"]).good();
    assert!(npm::installed(&project, "mossy-lantern").is_some());
}
