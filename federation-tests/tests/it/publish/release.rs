//! Releases all the way: handed in, read by somebody, released by somebody else, and served by the index byte for byte.

use serde_json::{Value, json};
use vetmoot_tests::clients::cargo;
use vetmoot_tests::http;
use vetmoot_tests::instance::Plan;
use vetmoot_tests::official::{Devpi, OfficialCargo, OfficialNpm, OfficialPypi};
use vetmoot_tests::packages::Calendar;
use vetmoot_tests::process;
use vetmoot_tests::upstream::{PypiServer, Verdaccio, sha256};

use super::ask;
use super::harbour::{Harbour, OPEN, READ};

/// An auditor reads a candidate and says so.
fn audited(harbour: &Harbour, purl: &str, digests: &[String]) {
    let token = harbour.instance.must(&["token", "create", "--user", "lars", "--scope", "audit"]);
    let audit = json!({
        "kind": "full", "release": purl, "criteria": ["safe-to-deploy"], "depth": "read", "digests": digests, "notes": "Read all of it.",
    });
    let answer = harbour.instance.post("/api/v1/audits", token.trim(), &audit);
    assert_eq!(answer.status, 201, "{}", answer.text());
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", sha256(bytes))
}

#[test]
fn a_crate_is_read_by_one_released_by_another_and_served_as_it_was_handed_in() {
    let official = OfficialCargo::start();
    let plan = Plan::new().upstream("cargo", &official.index()).env("VETMOOT__PUBLISH__CARGO", &official.api());
    let harbour = Harbour::start(plan, READ, "cargo");
    let (id, bytes) = harbour.crate_handed_in("tall-ship", "1.0.0");
    assert_eq!(harbour.state(&id), "staged");
    let early = harbour.press(&id, &harbour.lena);
    assert_eq!(early.status, 409, "nobody has read it: {}", early.text());

    audited(&harbour, "pkg:cargo/tall-ship@1.0.0", &[digest(&bytes)]);
    harbour.wait_for(&id, "approved");
    let own = harbour.press(&id, &harbour.ada);
    assert_eq!(own.status, 403, "nobody releases what they handed in: {}", own.text());
    assert_eq!(official.desk.arrivals(), []);

    harbour.release(&id);
    harbour.wait_for(&id, "released");
    assert_eq!(official.file("tall-ship", "1.0.0"), Some(bytes));
    assert_eq!(official.desk.arrivals().len(), 1);
    assert_eq!(harbour.steps(&id), ["verified"]);
    // What the index warned of is kept with the file.
    let whole = harbour.instance.get(&format!("/api/v1/candidates/{id}")).text();
    assert!(whole.contains("nonsense"), "{whole}");
}

#[test]
fn a_workspace_that_cargo_hands_in_at_once_is_released_crate_by_crate() {
    let official = OfficialCargo::start();
    let harbour = Harbour::for_crates(Plan::new(), &official);
    let project = cargo::author(&harbour.instance.at("/publish/cargo/"), true);
    let project = project.with_variable("CARGO_REGISTRIES_COMMUNITY_TOKEN", &harbour.ada.token);
    project.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"root\", \"trunk\", \"crown\"]\n");
    cargo::write_crate(&project, "root", "oak-root", "0.1.0", "");
    cargo::write_crate(&project, "trunk", "oak-trunk", "0.1.0", "oak-root = { path = \"../root\", version = \"0.1\" }\n");
    cargo::write_crate(&project, "crown", "oak-crown", "0.1.0", "oak-trunk = { path = \"../trunk\", version = \"0.1\" }\n");
    project.run(&["publish", "--registry", "community", "--workspace"]).good();
    assert_eq!(official.desk.arrivals(), []);
    for name in ["oak-root", "oak-trunk", "oak-crown"] {
        let staged = harbour.instance.get(&format!("/publish/cargo/dl/{name}/0.1.0/download")).body;
        let id = harbour.newest(&format!("pkg:cargo/{name}"));
        harbour.release(&id);
        harbour.wait_for(&id, "released");
        assert_eq!(official.file(name, "0.1.0"), Some(staged));
    }
    // The stand-in refuses what comes from another index than its own; these named the official one, which is this.
    let line = official.line("oak-crown", "0.1.0").unwrap_or_default();
    assert_eq!((&line["deps"][0]["name"], &line["deps"][0]["registry"]), (&json!("oak-trunk"), &Value::Null));
}

#[test]
fn a_python_release_arrives_file_by_file_with_every_field() {
    let official = OfficialPypi::start();
    let harbour = Harbour::for_python(Plan::new(), &official);
    let (id, files) = harbour.python_handed_in("tall-ship", "1.0.0");
    harbour.release(&id);
    harbour.wait_for(&id, "released");
    for (name, bytes) in &files {
        assert_eq!(official.file(name).as_ref(), Some(bytes));
        let fields = official.fields(name);
        assert_eq!(fields["license_expression"], ["MIT"]);
        assert_eq!(fields["requires_python"], [">=3.8"]);
        assert_eq!(fields["protocol_version"], ["1"]);
    }
    assert_eq!(official.desk.arrivals().len(), 2);
}

#[test]
fn an_npm_package_arrives_with_its_manifest() {
    let official = OfficialNpm::start();
    let harbour = Harbour::for_npm(Plan::new(), &official);
    let (id, bytes) = harbour.npm_handed_in("tall-ship", "1.0.0");
    harbour.release(&id);
    harbour.wait_for(&id, "released");
    assert_eq!(official.file("tall-ship", "1.0.0"), Some(bytes));
    let manifest = &official.packument("tall-ship")["versions"]["1.0.0"];
    assert_eq!(manifest["license"], "MIT");
    let tarball = manifest["dist"]["tarball"].as_str().unwrap_or_default();
    assert_eq!(tarball, format!("{}tall-ship/-/tall-ship-1.0.0.tgz", official.url()), "the address is the index's own");
}

#[test]
fn npm_keeps_a_release_until_a_person_approves_it_there() {
    let official = OfficialNpm::start();
    let plan = Plan::new().upstream("npm", &official.url()).env("VETMOOT__PUBLISH__NPM", &official.url());
    let harbour = Harbour::without_credential(plan, OPEN);
    harbour.credential(&["--ecosystem", "npm", "--kind", "stage"], vetmoot_tests::official::TOKEN);
    let (id, bytes) = harbour.npm_handed_in("tall-ship", "1.0.0");
    harbour.release(&id);
    process::eventually("it is staged at the index", || !official.staged().is_empty());
    let [stage] = official.staged().try_into().expect("one stage");
    assert_eq!(official.file("tall-ship", "1.0.0"), None);
    assert_eq!(harbour.state(&id), "releasing");
    official.approve(&stage);
    harbour.wait_for(&id, "released");
    assert_eq!(official.file("tall-ship", "1.0.0"), Some(bytes));
    assert_eq!(official.desk.arrivals().len(), 1);

    // What a person rejects there has failed here, in words.
    let (id, _) = harbour.npm_handed_in("tall-ship", "1.1.0");
    harbour.release(&id);
    process::eventually("it is staged at the index", || !official.staged().is_empty());
    official.reject(&official.staged()[0]);
    harbour.wait_for(&id, "failed");
    assert!(harbour.reason(&id).contains("rejected"), "{}", harbour.reason(&id));
}

#[test]
fn of_two_leads_who_press_at_once_one_releases() {
    let official = OfficialCargo::start();
    let harbour = Harbour::for_crates(Plan::new(), &official);
    let (id, bytes) = harbour.crate_handed_in("tall-ship", "1.0.0");
    harbour.wait_for(&id, "approved");
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let people = [&harbour.lena, &harbour.lars, &harbour.lena, &harbour.lars];
        let pressing: Vec<_> = people.map(|person| scope.spawn(|| harbour.press(&id, person).status)).into_iter().collect();
        pressing.into_iter().map(|one| one.join().expect("a press ends")).collect()
    });
    assert_eq!(answers.iter().filter(|status| matches!(status, 200 | 202)).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 409).count(), 3, "{answers:?}");
    harbour.wait_for(&id, "released");
    assert_eq!(official.file("tall-ship", "1.0.0"), Some(bytes));
    assert_eq!(official.desk.arrivals().len(), 1);
}

#[test]
fn a_yank_is_asked_for_by_one_and_done_when_another_agrees() {
    let official = OfficialCargo::start();
    let harbour = Harbour::for_crates(Plan::new(), &official);
    let (id, _) = harbour.crate_handed_in("tall-ship", "1.0.0");
    harbour.release(&id);
    harbour.wait_for(&id, "released");

    let path = "/api/v1/projects/pkg:cargo/tall-ship/actions";
    let yank = |kind: &str| {
        let asked = json!({"kind": kind, "versions": ["1.0.0"], "message": "it leaks"});
        let answer = ask(&harbour.instance, "POST", path, &harbour.ada, Some(asked));
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_i64().unwrap_or_default()
    };
    let decide = |id: i64, verb: &str, by| ask(&harbour.instance, "POST", &format!("/api/v1/actions/{id}/{verb}"), by, None);
    let yanked = || official.line("tall-ship", "1.0.0").is_some_and(|line| line["yanked"] == true);

    let first = yank("yank");
    let own = decide(first, "approve", &harbour.ada);
    assert_eq!((own.status, own.json()["code"].as_str()), (403, Some("own-action")), "{}", own.text());
    assert!(!yanked());
    assert_eq!(decide(first, "approve", &harbour.lena).status, 200);
    assert_eq!(decide(first, "refuse", &harbour.lars).status, 409);
    process::eventually("it is yanked", yanked);
    let second = yank("unyank");
    assert_eq!(decide(second, "approve", &harbour.lars).status, 200);
    process::eventually("it is back", || !yanked());
    process::eventually("it is noted", || {
        let listed = harbour.instance.get(path).json();
        let states: Vec<&str> =
            listed["actions"].as_array().into_iter().flatten().filter_map(|row| row["state"].as_str()).collect();
        states == ["done", "done"]
    });

    let asked = json!({"kind": "deprecate", "versions": ["1.0.0"], "message": "use tall-boat"});
    let never = ask(&harbour.instance, "POST", path, &harbour.ada, Some(asked));
    assert_eq!((never.status, never.json()["code"].as_str()), (422, Some("no-interface")), "{}", never.text());
}

#[test]
fn a_deprecation_reaches_npm_and_nothing_else_of_the_packument_changes() {
    let official = OfficialNpm::start();
    let harbour = Harbour::for_npm(Plan::new(), &official);
    let (id, _) = harbour.npm_handed_in("tall-ship", "1.0.0");
    harbour.release(&id);
    harbour.wait_for(&id, "released");
    let before = official.packument("tall-ship");
    let asked = json!({"kind": "deprecate", "versions": ["1.0.0"], "message": "use tall-boat"});
    let answer = ask(&harbour.instance, "POST", "/api/v1/projects/pkg:npm/tall-ship/actions", &harbour.ada, Some(asked));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let path = format!("/api/v1/actions/{}/approve", answer.json()["id"]);
    assert_eq!(ask(&harbour.instance, "POST", &path, &harbour.lena, None).status, 200);
    let said = || official.packument("tall-ship")["versions"]["1.0.0"]["deprecated"].clone();
    process::eventually("it is deprecated", || said() == "use tall-boat");
    let mut after = official.packument("tall-ship");
    if let Some(manifest) = after.pointer_mut("/versions/1.0.0").and_then(Value::as_object_mut) {
        manifest.remove("deprecated");
        // The index makes this anew for each answer.
        manifest.get_mut("dist").and_then(Value::as_object_mut).map(|dist| dist.remove("tarball"));
    }
    let mut before = before;
    before.pointer_mut("/versions/1.0.0/dist").and_then(Value::as_object_mut).map(|dist| dist.remove("tarball"));
    assert_eq!(after, before);
}

#[test]
fn pypiserver_and_devpi_take_python_releases_as_the_official_index_would() {
    let Some(official) = PypiServer::start(Calendar::of_the_machine(), &[]) else { return };
    let plan = Plan::new().upstream("pypi", &official.url()).env("VETMOOT__PUBLISH__PYPI", &official.upload());
    let harbour = Harbour::start(plan, OPEN, "pypi");
    let (id, files) = harbour.python_handed_in("tall-ship", "1.0.0");
    harbour.release(&id);
    harbour.wait_for(&id, "released");
    for (name, bytes) in &files {
        assert_eq!(official.file(name).as_ref(), Some(bytes));
    }

    let Some(official) = Devpi::start() else { return };
    let plan = Plan::new().upstream("pypi", &official.index()).env("VETMOOT__PUBLISH__PYPI", &official.upload());
    let harbour = Harbour::without_credential(plan, OPEN);
    harbour.credential(&["--ecosystem", "pypi", "--kind", "password"], "root:anything");
    let (id, files) = harbour.python_handed_in("tall-ship", "1.0.0");
    harbour.release(&id);
    harbour.wait_for(&id, "released");
    let page = http::get(&format!("{}tall-ship/", official.index())).text();
    for (name, bytes) in &files {
        assert!(page.contains(name.as_str()) && page.contains(&sha256(bytes)), "{page}");
    }
}

#[test]
fn verdaccio_takes_an_npm_release_as_the_official_registry_would() {
    let Some(official) = Verdaccio::start(&[]) else { return };
    let plan = Plan::new().upstream("npm", &official.url()).env("VETMOOT__PUBLISH__NPM", &official.url());
    let harbour = Harbour::without_credential(plan, OPEN);
    harbour.credential(&["--ecosystem", "npm"], official.token());
    let (id, bytes) = harbour.npm_handed_in("tall-ship", "1.0.0");
    harbour.release(&id);
    harbour.wait_for(&id, "released");
    let served = http::get(&format!("{}tall-ship/-/tall-ship-1.0.0.tgz", official.url()));
    assert_eq!((served.status, served.body), (200, bytes));
    // The same version from somebody else's hands meets what is there.
    let said = http::get(&format!("{}tall-ship", official.url())).json();
    assert_eq!(said["dist-tags"]["latest"], "1.0.0");
}
