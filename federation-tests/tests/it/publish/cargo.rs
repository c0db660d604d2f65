//! `cargo publish` to a community: what cargo says, what is staged, and that nothing is official yet.

use insta::assert_snapshot;
use serde_json::{Value, json};
use vetmoot_tests::clients::{Project, Said, cargo};
use vetmoot_tests::http::{Answer, Ask};
use vetmoot_tests::instance::Plan;
use vetmoot_tests::packages::{Calendar, Release, shelf};
use vetmoot_tests::upstream::{CargoUpstream, cargo as crates, sha256};

use super::town::Community;
use super::{ask, candidates, person, token};

mod bodies;
mod workspace;

/// A community in front of an index with releases, and of an official web API that must hear nothing.
struct Town {
    upstream: CargoUpstream,
    community: Community,
}

impl std::ops::Deref for Town {
    type Target = Community;

    fn deref(&self) -> &Community {
        &self.community
    }
}

impl Town {
    fn start() -> Self {
        Self::on(Plan::new())
    }

    fn on(plan: Plan) -> Self {
        let upstream = CargoUpstream::start(Calendar::of_the_machine(), &shelf());
        let community = Community::start(plan, "cargo", &upstream.url());
        Self { upstream, community }
    }

    fn index(&self) -> String {
        self.instance.at("/publish/cargo/")
    }

    /// A project of ada's, set up as the guide says.
    fn author(&self, in_place: bool) -> Project {
        self.author_with(in_place, &self.ada.token)
    }

    fn author_with(&self, in_place: bool, token: &str) -> Project {
        let project = cargo::author(&self.index(), in_place).calling(&self.instance.url(), "instance");
        project.with_variable("CARGO_REGISTRIES_COMMUNITY_TOKEN", token)
    }

    /// One crate that depends on nothing.
    fn crate_of(&self, name: &str, version: &str) -> Project {
        let project = self.author(true);
        cargo::write_crate(&project, "", name, version, "");
        project
    }

    fn put(&self, token: &str, body: Vec<u8>) -> Answer {
        Ask::new("PUT", &self.instance.at("/publish/cargo/api/v1/crates/new"))
            .header("authorization", token)
            .body(body)
            .answer()
    }

    fn lines(&self, path: &str) -> Vec<Value> {
        let text = self.instance.get(&format!("/publish/cargo/{path}")).text();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

fn publish(project: &Project) -> Said {
    project.run(&["publish", "--registry", "community"])
}

fn detail(answer: &Answer) -> String {
    answer.json().pointer("/errors/0/detail").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn field<'a>(candidate: &'a Value, name: &str) -> &'a str {
    candidate.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn a_crate_is_staged_at_once_and_nothing_is_official() {
    let town = Town::start();
    let project = town.crate_of("copper-kettle", "0.1.0");
    assert_snapshot!(publish(&project).good().golden(), @r#"
    exit 0
    -- stderr
        Updating `community` index
       Packaging copper-kettle v0.1.0 (~/project)
        Packaged 4 files, <size>
       Verifying copper-kettle v0.1.0 (~/project)
       Compiling copper-kettle v0.1.0 (~/project/target/package/copper-kettle-0.1.0)
        Finished `dev` profile [unoptimized + debuginfo] target(s) in <duration>
       Uploading copper-kettle v0.1.0 (~/project)
    warning: copper-kettle 0.1.0 has what the policy `cooldown` wants; a lead releases it: http://instance/candidates/<id>
    warning: Cargo.toml: The package does not say where its source is kept, so nobody can compare the two; name the repository in the manifest
        Uploaded copper-kettle v0.1.0 to registry `community`
    note: waiting for copper-kettle v0.1.0 to be available at registry `community`
    help: you may press ctrl-c to skip waiting; the crate should be available shortly
       Published copper-kettle v0.1.0 at registry `community`
    "#);
    let found = candidates(&town.instance, "pkg:cargo/copper-kettle");
    assert_eq!(found.len(), 1, "{found:?}");
    let lines = town.lines("co/pp/copper-kettle");
    assert_eq!(lines.len(), 1, "{lines:?}");
    let file = project.digest("target/package/tmp-crate/copper-kettle-0.1.0.crate");
    assert_eq!(lines.first().map(|line| field(line, "cksum")), Some(file.as_str()));
    let bytes = town.instance.get("/publish/cargo/dl/copper-kettle/0.1.0/download");
    assert_eq!(sha256(&bytes.body), file);
    assert_snapshot!(publish(&project).bad().golden(), @r#"
    exit 101
    -- stderr
        Updating `community` index
    error: crate copper-kettle@0.1.0 already exists on `community` index
    "#);
    assert_eq!(
        town.instance.get("/cargo/cooldown/co/pp/copper-kettle").status,
        404,
        "the door of the policy has no candidates"
    );
    town.nothing_is_official();
}

#[test]
fn the_same_bytes_again_are_no_new_candidate_and_other_bytes_are_refused_with_the_way_out() {
    let town = Town::start();
    let first = crates::package(&Release::new("tin-whistle", "1.0.0", 0));
    let other = crates::package(&Release::new("tin-whistle", "1.0.0", 0).with_line("other"));
    let body = |bytes: &[u8]| bodies::publish(&bodies::metadata("tin-whistle", "1.0.0"), bytes);
    assert_eq!(town.put(&town.ada.token, body(&first)).status, 200);
    let again = town.put(&town.ada.token, body(&first));
    assert_eq!(again.status, 200);
    assert!(again.text().contains("these very bytes were here already"), "{}", again.text());
    let refused = town.put(&town.ada.token, body(&other));
    assert_eq!(refused.status, 409);
    assert!(detail(&refused).contains("/candidates/"), "{}", detail(&refused));
    assert_eq!(candidates(&town.instance, "pkg:cargo/tin-whistle").len(), 1);
    town.nothing_is_official();
}

#[test]
fn after_changes_are_asked_for_the_same_version_becomes_a_new_candidate() {
    let town = Town::start();
    let project = town.crate_of("copper-kettle", "0.1.0");
    publish(&project).good();
    let found = candidates(&town.instance, "pkg:cargo/copper-kettle");
    let id = found.first().map(|one| field(one, "id").to_owned()).unwrap_or_default();
    let path = format!("/api/v1/candidates/{id}/ask-changes");
    let asked = ask(&town.instance, "POST", &path, &town.grace, Some(json!({"reason": "say what it is for"})));
    assert_eq!(asked.status, 200, "{}", asked.text());
    assert_eq!(town.instance.get("/publish/cargo/co/pp/copper-kettle").status, 404, "its version is free again");
    project.write("src/lib.rs", "//! Keeps water warm.\n");
    publish(&project).good();
    let found = candidates(&town.instance, "pkg:cargo/copper-kettle");
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(town.lines("co/pp/copper-kettle").len(), 1);
    town.nothing_is_official();
}

#[test]
fn the_index_is_asked_again_at_the_cost_of_a_304_until_something_changes() {
    let town = Town::start();
    publish(&town.crate_of("copper-kettle", "0.1.0")).good();
    let path = town.instance.at("/publish/cargo/co/pp/copper-kettle");
    let first = Ask::get(&path).answer();
    let tag = first.header("etag").unwrap_or_default().to_owned();
    let again = || Ask::get(&path).header("if-none-match", &tag).answer().status;
    assert_eq!(again(), 304);
    publish(&town.crate_of("copper-kettle", "0.2.0")).good();
    assert_eq!(again(), 200);
}

#[test]
fn what_is_staged_is_listed_while_upstream_is_down() {
    let town = Town::start();
    publish(&town.crate_of("copper-kettle", "0.1.0")).good();
    town.upstream.server.go_down();
    assert_eq!(town.lines("co/pp/copper-kettle").len(), 1);
    assert_eq!(town.instance.get("/publish/cargo/dl/copper-kettle/0.1.0/download").status, 200);
}

#[test]
fn a_token_opens_its_own_project_alone_and_a_bad_one_nothing() {
    let town = Town::start();
    let only = token(&town.instance, "ada", Some("pkg:cargo/copper-kettle"));
    let project = town.author_with(true, &only);
    cargo::write_crate(&project, "", "tea-table", "0.1.0", "");
    assert_snapshot!(publish(&project).bad().golden(), @r#"
    exit 101
    -- stderr
        Updating `community` index
       Packaging tea-table v0.1.0 (~/project)
        Packaged 4 files, <size>
       Verifying tea-table v0.1.0 (~/project)
       Compiling tea-table v0.1.0 (~/project/target/package/tea-table-0.1.0)
        Finished `dev` profile [unoptimized + debuginfo] target(s) in <duration>
       Uploading tea-table v0.1.0 (~/project)
    error: failed to publish tea-table v0.1.0 to registry at http://instance/publish/cargo

    Caused by:
      the remote server responded with an error (status 403 Forbidden): this token hands in pkg:cargo/copper-kettle alone; make another one for pkg:cargo/tea-table
    "#);
    let project = town.author_with(true, "nobody-has-this");
    cargo::write_crate(&project, "", "copper-kettle", "0.1.0", "");
    assert_snapshot!(publish(&project).bad().golden(), @r#"
    exit 101
    -- stderr
        Updating `community` index
       Packaging copper-kettle v0.1.0 (~/project)
        Packaged 4 files, <size>
       Verifying copper-kettle v0.1.0 (~/project)
       Compiling copper-kettle v0.1.0 (~/project/target/package/copper-kettle-0.1.0)
        Finished `dev` profile [unoptimized + debuginfo] target(s) in <duration>
       Uploading copper-kettle v0.1.0 (~/project)
    error: failed to publish copper-kettle v0.1.0 to registry at http://instance/publish/cargo

    Caused by:
      the remote server responded with an error (status 403 Forbidden): the token is unknown or has expired; make a new one on /account or with `admin token create`
    "#);
    let outsider = person(&town.instance, "mallory", &[], None);
    let project = town.author_with(true, &outsider.token);
    cargo::write_crate(&project, "", "copper-kettle", "0.1.0", "");
    let said = publish(&project).bad();
    assert!(said.text().contains("403"), "{}", said.golden());
    assert_eq!(candidates(&town.instance, "pkg:cargo/copper-kettle").len(), 0);
    town.nothing_is_official();
}

#[test]
fn a_large_crate_hears_why_it_is_refused_and_is_streamed_when_it_is_not() {
    let town = Town::start();
    let large = |token: &str| {
        let project = town.author_with(true, token);
        cargo::write_crate(&project, "", "heavy-anvil", "0.1.0", "");
        project.write("noise.bin", noise(6 << 20));
        project
    };
    let said = publish(&large("nobody-has-this")).bad();
    assert!(said.text().contains("403 Forbidden): the token is unknown"), "{}", said.golden());
    let project = large(&town.ada.token);
    publish(&project).good();
    let bytes = town.instance.get("/publish/cargo/dl/heavy-anvil/0.1.0/download").body;
    assert_eq!(sha256(&bytes), project.digest("target/package/tmp-crate/heavy-anvil-0.1.0.crate"));
    town.nothing_is_official();
}

/// Bytes that no packing makes smaller.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..bytes / 8).flat_map(|_| next()).collect()
}

#[test]
fn everything_wrong_with_a_crate_is_told_at_once() {
    let town = Town::start();
    let project = town.author(true);
    project.write("Cargo.toml", "[package]\nname = \"bare-shelf\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    project.write("src/lib.rs", "//! Made up.\n");
    assert_snapshot!(publish(&project).bad().golden(), @r#"
    exit 101
    -- stderr
        Updating `community` index
       Packaging bare-shelf v0.1.0 (~/project)
        Packaged 4 files, <size>
       Verifying bare-shelf v0.1.0 (~/project)
       Compiling bare-shelf v0.1.0 (~/project/target/package/bare-shelf-0.1.0)
        Finished `dev` profile [unoptimized + debuginfo] target(s) in <duration>
       Uploading bare-shelf v0.1.0 (~/project)
    error: failed to publish bare-shelf v0.1.0 to registry at http://instance/publish/cargo

    Caused by:
      the remote server responded with an error (status 400 Bad Request): bare-shelf 0.1.0 was not taken, for 2 things:
      - Cargo.toml: The package names no licence, so nobody may use it; name one as an SPDX expression, for example `MIT OR Apache-2.0`
      - Cargo.toml: The package has no description; describe the package in a sentence or two in the manifest
      - (no obstacle) Cargo.toml: The package does not say where its source is kept, so nobody can compare the two; name the repository in the manifest
    "#);
    assert_eq!(candidates(&town.instance, "pkg:cargo/bare-shelf").len(), 0);
    town.nothing_is_official();
}

#[test]
fn cargos_owner_search_and_yank_speak_of_the_project() {
    let town = Town::start();
    let project = town.crate_of("copper-kettle", "0.1.0");
    publish(&project).good();
    person(&town.instance, "bob", &[], None);
    let run = |words: &[&str]| {
        let mut all = words.to_vec();
        all.extend(["--registry", "community"]);
        project.run(&all)
    };
    assert_snapshot!(run(&["owner", "--add", "bob", "copper-kettle"]).good().golden(), @r#"
    exit 0
    -- stderr
        Updating `community` index
           Owner bob may hand in releases of copper-kettle here
    "#);
    assert_snapshot!(run(&["owner", "--list", "copper-kettle"]).good().golden(), @r#"
    exit 0
    -- stdout
    ada (lead)
    bob (maintainer)
    -- stderr
        Updating `community` index
    "#);
    assert_snapshot!(run(&["owner", "--add", "nobody-here", "copper-kettle"]).bad().golden(), @r#"
    exit 101
    -- stderr
        Updating `community` index
    error: failed to invite owners to crate `copper-kettle` on registry at http://instance/publish/cargo

    Caused by:
      the remote server responded with an error (status 404 Not Found): there is no member nobody-here; `admin user create nobody-here` makes one
    "#);
    run(&["owner", "--remove", "bob", "copper-kettle"]).good();
    assert_snapshot!(run(&["owner", "--remove", "ada", "copper-kettle"]).bad().golden(), @r#"
    exit 101
    -- stderr
        Updating `community` index
           Owner removing ["ada"] from crate copper-kettle
    error: failed to remove owners from crate `copper-kettle` on registry at http://instance/publish/cargo

    Caused by:
      the remote server responded with an error (status 409 Conflict): pkg:cargo/copper-kettle would be left without a lead; appoint another one first
    "#);
    assert_snapshot!(run(&["search", "kettle"]).good().golden(), @r#"
    exit 0
    -- stdout
    copper-kettle = "0.1.0" # approved here: http://instance/candidates/<id>
    -- stderr
    note: to learn more about a package, run `cargo info <name>`
    "#);
    assert_snapshot!(run(&["yank", "copper-kettle@0.1.0"]).bad().golden(), @r#"
    exit 101
    -- stderr
        Updating `community` index
            Yank copper-kettle@0.1.0
    error: failed to yank from the registry at http://instance/publish/cargo

    Caused by:
      the remote server responded with an error: nothing is changed yet: the yank of copper-kettle 0.1.0 was asked for, and a lead other than you approves it at http://instance/projects/pkg:cargo/copper-kettle
    "#);
    let me = town.instance.get("/publish/cargo/me").text();
    assert!(me.contains("/account"), "{me}");
    town.nothing_is_official();
}
