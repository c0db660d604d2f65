//! Packages whose home is the community: released into its own doors, installed from there, asked for nowhere else.

use serde_json::{Value, json};
use vetmoot_tests::clients::{cargo, npm, pip, uv};
use vetmoot_tests::http::Ask;
use vetmoot_tests::instance::{Instance, Plan};
use vetmoot_tests::packages::Release;
use vetmoot_tests::process;
use vetmoot_tests::upstream::{archive, pypi, sha256};

use super::pypi::Form;
use super::{Person, ask, at, candidates, person};
use crate::world::{PASS_ALL, World};

/// An instance with names of its own, somebody who hands in, and somebody who releases.
fn community() -> (World, Person, Person) {
    let reserved = "pypi:acme-*,cargo:acme-*,npm:@acme/*";
    let plan = Plan::new().env("VETMOOT__RESERVED__NAMES", reserved).env("VETMOOT__PUBLISH__POLICY", PASS_ALL);
    let world = World::on(plan);
    world.pass_all();
    let ada = person(&world.instance, "ada", &["auditor"], None);
    let lena = person(&world.instance, "lena", &["lead"], None);
    (world, ada, lena)
}

/// Takes the only live candidate of a package all the way; gives its id.
fn release(world: &World, purl: &str, ada: &Person, lena: &Person) -> String {
    let instance = &world.instance;
    let live = candidates(instance, purl);
    let candidate = live.first().unwrap_or_else(|| panic!("{purl} was handed in"));
    let id = at(candidate, "/id").as_str().unwrap_or_default().to_owned();
    if *at(candidate, "/state") == "draft" {
        let whole = ask(instance, "POST", &format!("/api/v1/candidates/{id}/complete"), ada, Some(json!({})));
        assert_eq!(whole.status, 200, "{}", whole.text());
    }
    process::eventually("it is approved", || state(instance, &id) == "approved");
    let own = ask(instance, "POST", &format!("/api/v1/candidates/{id}/release"), ada, Some(json!({})));
    assert_eq!(own.status, 403, "nobody releases what they handed in: {}", own.text());
    let asked = ask(instance, "POST", &format!("/api/v1/candidates/{id}/release"), lena, Some(json!({})));
    assert!(matches!(asked.status, 200 | 202), "{}", asked.text());
    process::eventually("it is released", || state(instance, &id) == "released");
    id
}

fn state(instance: &Instance, id: &str) -> String {
    let candidate = instance.get(&format!("/api/v1/candidates/{id}")).json();
    let state = candidate.pointer("/candidate/state").or_else(|| candidate.get("state")).and_then(Value::as_str);
    state.unwrap_or("none").to_owned()
}

/// Nobody else was asked for a name of the community.
fn nothing_left(world: &World) {
    for server in [&world.cargo.server, &world.pypi.server, &world.npm.server] {
        for seen in server.seen() {
            assert!(!seen.path.contains("acme"), "{} left the instance", seen.path);
        }
    }
}

#[test]
fn a_python_release_lands_in_the_communitys_own_index_with_its_bytes() {
    let (world, ada, lena) = community();
    let instance = &world.instance;
    let made = Release::new("acme-kettle", "1.0.0", 0).needs("mossy-lantern");
    let files = super::pypi::files(&made);
    let attestation = json!([{"version": 1, "verification_material": {}, "envelope": {}}]).to_string();
    for (name, bytes) in &files {
        let form = Form::of(name, bytes).but("name", "acme-kettle").with("attestations", &attestation);
        assert_eq!(form.send(instance, &ada.token).status, 200);
    }
    let door = instance.door("pypi", PASS_ALL);
    let page = || Ask::get(&format!("{door}acme-kettle/")).header("accept", pypi::JSON).answer();
    assert_eq!(page().status, 404, "nothing of it was released yet");
    release(&world, "pkg:pypi/acme-kettle", &ada, &lena);

    process::eventually("it is listed", || page().status == 200);
    let listed = page().json();
    let found = at(&listed, "/files").as_array().cloned().unwrap_or_default();
    assert_eq!(found.len(), 2);
    for (name, bytes) in &files {
        let file = found.iter().find(|file| *at(file, "/filename") == json!(name)).expect("it is listed");
        assert_eq!(*at(file, "/hashes/sha256"), sha256(bytes));
        let url = at(file, "/url").as_str().unwrap_or_default();
        assert!(url.contains(&format!("/pypi/{PASS_ALL}/files/")), "{url}");
        assert_eq!(Ask::get(url).answer().body, *bytes);
        let provenance = Ask::get(at(file, "/provenance").as_str().unwrap_or_default()).answer();
        assert_eq!(at(&provenance.json(), "/attestation_bundles/0/attestations").to_string(), attestation);
        if name.ends_with(".whl") {
            let metadata = Ask::get(&format!("{url}.metadata")).answer();
            assert_eq!(json!(sha256(&metadata.body)), *at(file, "/core-metadata/sha256"));
        }
    }
    let Some(project) = pip::project(&door) else { return };
    pip::install(&project, &["acme-kettle"]).good();
    assert_eq!(pip::installed(&project, "acme-kettle").as_deref(), Some("1.0.0"));
    assert!(pip::installed(&project, "mossy-lantern").is_some());
    let Some(project) = uv::project(&door, &[]) else { return };
    uv::install(&project, &["acme-kettle==1.0.0"]).good();
    assert_eq!(instance.state(PASS_ALL, "pkg:pypi/acme-kettle@1.0.0"), "listed");
    // Under a policy that waits it waits like anything else.
    assert_eq!(instance.state("cooldown", "pkg:pypi/acme-kettle@1.0.0"), "held");
    assert_eq!(instance.get(&format!("/pypi/{PASS_ALL}/simple/acme-nothing/")).status, 404);
    nothing_left(&world);
}

#[test]
fn a_second_release_appears_beside_the_first() {
    let (world, ada, lena) = community();
    let instance = &world.instance;
    let hand_in = |version: &str| {
        let made = Release::new("acme-kettle", version, 0).needs("mossy-lantern");
        let [(name, bytes), _] = super::pypi::files(&made);
        let form = Form::of(&name, &bytes).but("name", "acme-kettle").but("version", version);
        assert_eq!(form.send(instance, &ada.token).status, 200);
    };
    let versions = || {
        let url = format!("{}acme-kettle/", instance.door("pypi", PASS_ALL));
        let page = Ask::get(&url).header("accept", pypi::JSON).answer();
        if page.status == 200 { at(&page.json(), "/versions").clone() } else { Value::Null }
    };
    hand_in("1.0.0");
    release(&world, "pkg:pypi/acme-kettle", &ada, &lena);
    process::eventually("the first is listed", || versions() == json!(["1.0.0"]));
    hand_in("1.1.0");
    assert_eq!(versions(), json!(["1.0.0"]), "what is staged is not released");
    release(&world, "pkg:pypi/acme-kettle", &ada, &lena);
    process::eventually("both are listed", || versions() == json!(["1.0.0", "1.1.0"]));
    nothing_left(&world);
}

#[test]
fn a_crate_lands_in_the_communitys_own_index_and_cargo_builds_with_it() {
    let (world, ada, lena) = community();
    let instance = &world.instance;
    let manifest = "[package]\nname = \"acme-kettle\"\nversion = \"1.0.0\"\nedition = \"2021\"\ndescription = \"made up\"\nlicense = \"MIT\"\n";
    let bytes = archive::tar_gz(&[
        ("acme-kettle-1.0.0/Cargo.toml", manifest),
        ("acme-kettle-1.0.0/src/lib.rs", "pub const LINE: &str = \"whistles\";\n"),
    ]);
    let said = json!({
        "name": "acme-kettle", "vers": "1.0.0", "deps": [], "features": {}, "authors": [], "description": "made up",
        "documentation": null, "homepage": null, "readme": null, "readme_file": null, "keywords": [], "categories": [],
        "license": "MIT", "license_file": null, "repository": null, "badges": {}, "links": null, "rust_version": null,
    })
    .to_string();
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("it is small").to_le_bytes();
    let body = [&length(said.as_bytes())[..], said.as_bytes(), &length(&bytes), &bytes].concat();
    let url = instance.at("/publish/cargo/api/v1/crates/new");
    let taken = Ask::new("PUT", &url).header("authorization", &ada.token).body(body).answer();
    assert_eq!(taken.status, 200, "{}", taken.text());
    release(&world, "pkg:cargo/acme-kettle", &ada, &lena);

    let source = format!("vetmoot/{PASS_ALL} (why: {})", instance.at(&format!("/why/{PASS_ALL}")));
    let project = cargo::project(&source, &instance.door("cargo", PASS_ALL), &[("acme-kettle", "1")]);
    cargo_builds(&project);
    let file = instance.get(&format!("/cargo/{PASS_ALL}/dl/acme-kettle/1.0.0/download"));
    assert_eq!(sha256(&file.body), sha256(&bytes));
    nothing_left(&world);
}

fn cargo_builds(project: &vetmoot_tests::clients::Project) {
    project.run(&["check"]).good();
    assert!(project.read("Cargo.lock").unwrap_or_default().contains("acme-kettle"));
}

#[test]
fn an_npm_package_lands_in_the_communitys_own_registry_and_npm_installs_it() {
    let (world, ada, lena) = community();
    let instance = &world.instance;
    let Some(author) = npm::project(&instance.at("/publish/npm/")) else { return };
    let key = instance.at("/publish/npm/").replace("http:", "");
    author.write(".npmrc", format!("registry={}\n{key}:_authToken={}\n", instance.at("/publish/npm/"), ada.token));
    let manifest =
        json!({"name": "@acme/kettle", "version": "1.0.0", "description": "made up", "license": "MIT", "main": "index.js"});
    author.write("package.json", manifest.to_string()).write("index.js", "module.exports = 'whistles';\n");
    author.run(&["publish"]).good();
    release(&world, "pkg:npm/%40acme/kettle", &ada, &lena);

    let Some(project) = npm::project(&instance.door("npm", PASS_ALL)) else { return };
    project.run(&["install", "@acme/kettle@^1.0.0"]).good();
    assert!(project.read("node_modules/@acme/kettle/index.js").unwrap_or_default().contains("whistles"));
    nothing_left(&world);
}
