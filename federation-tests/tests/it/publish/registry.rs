//! Crates all the way to a registry of somebody else's: handed in by cargo, released, and built by cargo from there.

use vetmoot_tests::clients::cargo;
use vetmoot_tests::instance::Plan;
use vetmoot_tests::official::HttpRegistry;

use super::harbour::{Harbour, OPEN};

#[test]
fn cargo_http_registry_takes_crates_as_the_official_index_would_and_cargo_builds_from_it() {
    let Some(official) = HttpRegistry::start() else { return };
    let plan = Plan::new().upstream("cargo", &official.index()).env("VETMOOT__PUBLISH__CARGO", &official.api());
    let harbour = Harbour::start(plan, OPEN, "cargo");
    let author = cargo::author(&harbour.instance.at("/publish/cargo/"), true);
    let author = author.with_variable("CARGO_REGISTRIES_COMMUNITY_TOKEN", &harbour.ada.token);
    author.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"root\", \"crown\"]\n");
    cargo::write_crate(&author, "root", "oak-root", "0.1.0", "");
    // Renamed here, which the index writes in another way than the request.
    cargo::write_crate(
        &author,
        "crown",
        "oak-crown",
        "0.1.0",
        "base = { package = \"oak-root\", path = \"../root\", version = \"0.1\" }\n",
    );
    author.run(&["publish", "--registry", "community", "--workspace"]).good();
    assert!(official.lines("oak-root").is_empty() && official.lines("oak-crown").is_empty());

    for name in ["oak-root", "oak-crown"] {
        let id = harbour.newest(&format!("pkg:cargo/{name}"));
        harbour.release(&id);
        harbour.wait_for(&id, "released");
        let made = author.digest(&format!("target/package/tmp-crate/{name}-0.1.0.crate"));
        let kept = official.file(name, "0.1.0").expect("it was released");
        assert_eq!(vetmoot_tests::upstream::sha256(&kept), made);
        // It would take a version twice; it was sent once.
        let lines = official.lines(name);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0]["cksum"], made);
        assert_eq!(harbour.steps(&id), ["verified"]);
    }

    let user = cargo::project("official", &official.index(), &[("oak-crown", "0.1")]);
    user.run(&["check"]).good();
    assert_eq!(cargo::locked(&user, "oak-root").as_deref(), Some("0.1.0"));
    let lock = user.read("Cargo.lock").unwrap_or_default();
    assert!(lock.contains(&author.digest("target/package/tmp-crate/oak-crown-0.1.0.crate")), "{lock}");
}
