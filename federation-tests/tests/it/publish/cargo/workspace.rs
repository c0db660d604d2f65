//! Crates that depend on each other, and reviewers who install them: dependencies are found where the guide says.

use insta::assert_snapshot;
use serde_json::Value;
use vetmoot_tests::clients::{Project, cargo};
use vetmoot_tests::upstream::sha256;

use super::super::candidates;
use super::{Town, bodies, publish};

#[test]
fn a_workspace_whose_crates_depend_on_each_other_goes_through_in_one_go() {
    let town = Town::start();
    let project = workspace(&town, false);
    // As the guide says: the staging index stands in the official one's place for this one command alone.
    let once = ["publish", "--registry", "community", "--workspace", "--config", "source.crates-io.replace-with=\"community\""];
    let said = project.run(&once).good();
    assert_snapshot!(said.golden(), @r#"
    exit 0
    -- stderr
        Updating `community` index
       Packaging oak-root v0.1.0 (~/project/root)
        Updating `community` index
        Packaged 4 files, <size>
       Packaging oak-trunk v0.1.0 (~/project/trunk)
        Updating `community` index
        Packaged 4 files, <size>
       Packaging oak-crown v0.1.0 (~/project/crown)
        Updating `community` index
        Packaged 4 files, <size>
       Verifying oak-root v0.1.0 (~/project/root)
     Downloading crates ...
      Downloaded mossy-lantern v1.1.0 (registry `community`)
       Compiling mossy-lantern v1.1.0
       Compiling oak-root v0.1.0 (~/project/target/package/oak-root-0.1.0)
        Finished `dev` profile [unoptimized + debuginfo] target(s) in <duration>
       Verifying oak-trunk v0.1.0 (~/project/trunk)
        Updating `community` index
       Unpacking oak-root v0.1.0 (registry `~/project/target/package/tmp-registry`)
       Compiling oak-root v0.1.0
       Compiling oak-trunk v0.1.0 (~/project/target/package/oak-trunk-0.1.0)
        Finished `dev` profile [unoptimized + debuginfo] target(s) in <duration>
       Verifying oak-crown v0.1.0 (~/project/crown)
        Updating `community` index
       Unpacking oak-trunk v0.1.0 (registry `~/project/target/package/tmp-registry`)
       Compiling oak-trunk v0.1.0
       Compiling oak-crown v0.1.0 (~/project/target/package/oak-crown-0.1.0)
        Finished `dev` profile [unoptimized + debuginfo] target(s) in <duration>
       Uploading oak-root v0.1.0 (~/project/root)
    warning: oak-root 0.1.0 has what the policy `cooldown` wants; a lead releases it: http://instance/candidates/<id>
    warning: Cargo.toml: The package does not say where its source is kept, so nobody can compare the two; name the repository in the manifest
        Uploaded oak-root v0.1.0 to registry `community`
    note: waiting for oak-root v0.1.0 to be available at registry `community`.
          2 remaining crates to be published
       Published oak-root v0.1.0 at registry `community`
       Uploading oak-trunk v0.1.0 (~/project/trunk)
    warning: oak-trunk 0.1.0 has what the policy `cooldown` wants; a lead releases it: http://instance/candidates/<id>
    warning: Cargo.toml: The package does not say where its source is kept, so nobody can compare the two; name the repository in the manifest
        Uploaded oak-trunk v0.1.0 to registry `community`
    note: waiting for oak-trunk v0.1.0 to be available at registry `community`.
          1 remaining crate to be published
       Published oak-trunk v0.1.0 at registry `community`
       Uploading oak-crown v0.1.0 (~/project/crown)
    warning: oak-crown 0.1.0 has what the policy `cooldown` wants; a lead releases it: http://instance/candidates/<id>
    warning: Cargo.toml: The package does not say where its source is kept, so nobody can compare the two; name the repository in the manifest
        Uploaded oak-crown v0.1.0 to registry `community`
    note: waiting for oak-crown v0.1.0 to be available at registry `community`
    help: you may press ctrl-c to skip waiting; the crate should be available shortly
       Published oak-crown v0.1.0 at registry `community`
    "#);
    for name in ["oak-root", "oak-trunk", "oak-crown"] {
        assert_eq!(candidates(&town.instance, &format!("pkg:cargo/{name}")).len(), 1, "{name}");
    }
    // What goes to the official index has to be right for it: nothing in the archive names the community's registry.
    let manifest = bodies::file_of(&project, "oak-crown-0.1.0", "Cargo.toml");
    let lock = bodies::file_of(&project, "oak-crown-0.1.0", "Cargo.lock");
    for text in [&manifest, &lock] {
        assert!(!text.contains("127.0.0.1") && !text.contains("community") && !text.contains("registry-index"), "{text}");
    }
    let lines = town.lines("oa/k-/oak-crown");
    let deps = lines.first().and_then(|line| line.get("deps")).and_then(Value::as_array).cloned().unwrap_or_default();
    assert_eq!(deps.len(), 3, "{deps:?}");
    assert!(deps.iter().all(|dep| dep.get("registry").is_none_or(Value::is_null)), "{deps:?}");
    town.nothing_is_official();
}

/// Three crates that depend on each other and on a released one, written as everybody writes them.
fn workspace(town: &Town, in_place: bool) -> Project {
    let project = town.author(in_place);
    project.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"root\", \"trunk\", \"crown\"]\n");
    let root = "oak-root = { path = \"../root\", version = \"0.1\" }\n";
    cargo::write_crate(&project, "root", "oak-root", "0.1.0", "mossy-lantern = \"1\"\n");
    cargo::write_crate(&project, "trunk", "oak-trunk", "0.1.0", root);
    let trunk = "oak-trunk = { path = \"../trunk\", version = \"0.1.0\" }\nmossy-lantern = \"1.0\"\n";
    cargo::write_crate(&project, "crown", "oak-crown", "0.1.0", &format!("{root}{trunk}"));
    project
}

#[test]
fn a_workspace_finds_itself_when_the_replacement_is_given_for_the_one_command() {
    let town = Town::start();
    let project = workspace(&town, false);
    let in_place = "source.crates-io.replace-with=\"community\"";
    project.run(&["publish", "--registry", "community", "--workspace", "--config", in_place]).good();
    assert_eq!(town.lines("oa/k-/oak-crown").len(), 1);
    town.nothing_is_official();
}

#[test]
fn a_dependency_that_names_the_communitys_registry_is_refused_with_the_way_out() {
    let town = Town::start();
    publish(&town.crate_of("copper-kettle", "0.1.0")).good();
    let project = town.author(true);
    cargo::write_crate(&project, "", "tea-table", "0.1.0", "copper-kettle = { version = \"0.1\", registry = \"community\" }\n");
    assert_snapshot!(publish(&project).bad().golden(), @r#"
    exit 101
    -- stderr
        Updating `community` index
       Packaging tea-table v0.1.0 (~/project)
        Updating `community` index
        Packaged 4 files, <size>
       Verifying tea-table v0.1.0 (~/project)
     Downloading crates ...
      Downloaded copper-kettle v0.1.0 (registry `community`)
       Compiling copper-kettle v0.1.0 (registry `community`)
       Compiling tea-table v0.1.0 (~/project/target/package/tea-table-0.1.0)
        Finished `dev` profile [unoptimized + debuginfo] target(s) in <duration>
       Uploading tea-table v0.1.0 (~/project)
    error: failed to publish tea-table v0.1.0 to registry at http://instance/publish/cargo

    Caused by:
      the remote server responded with an error (status 400 Bad Request): tea-table 0.1.0 was not taken, for one thing:
      - Cargo.toml: copper-kettle is taken from the index sparse+http://instance/publish/cargo/, and the official index takes crates of its own alone; leave `registry` out of the dependency; while it is staged it is found by replacing the source, not by naming it
      - (no obstacle) Cargo.toml: The package does not say where its source is kept, so nobody can compare the two; name the repository in the manifest
    "#);
    assert_eq!(candidates(&town.instance, "pkg:cargo/tea-table").len(), 0);
    town.nothing_is_official();
}

#[test]
fn a_reviewer_installs_the_candidate_with_the_bytes_that_were_handed_in() {
    let town = Town::start();
    let author = workspace(&town, true);
    author.run(&["publish", "--registry", "community", "--workspace"]).good();
    let reviewer = cargo::author(&town.index(), true).calling(&town.instance.url(), "instance");
    cargo::write_crate(&reviewer, "", "reviewer", "0.0.0", "");
    assert_snapshot!(reviewer.run(&["add", "oak-crown"]).good().golden(), @r#"
    exit 0
    -- stderr
        Updating `community` index
          Adding oak-crown v0.1.0 to dependencies
        Updating `community` index
         Locking 4 packages to latest compatible versions
    "#);
    reviewer.run(&["check"]).good();
    let lock = reviewer.read("Cargo.lock").unwrap_or_default();
    for (name, version) in [("oak-root", "0.1.0"), ("oak-trunk", "0.1.0"), ("oak-crown", "0.1.0")] {
        assert!(lock.contains(&author.digest(&format!("target/package/tmp-crate/{name}-{version}.crate"))), "{name}: {lock}");
    }
    assert!(lock.contains(&sha256(&town.upstream.file("mossy-lantern", "1.1.0"))), "the young release stays held: {lock}");
    assert!(!lock.contains("127.0.0.1"), "{lock}");
}
