//! The script of docs/guides/verifying-signatures.md, exactly as it stands there, against good and spoiled bytes.

use std::process::Command;

use serde_json::json;
use vetmoot_tests::http::{self, Ask};
use vetmoot_tests::instance::{Instance, Plan};
use vetmoot_tests::packages::Release;
use vetmoot_tests::partners;
use vetmoot_tests::process::{self, Ended};
use vetmoot_tests::scratch::Scratch;
use vetmoot_tests::upstream::archive;
use vetmoot_tests::upstream::server::{Reply, Server};

use super::npm::bodies;
use super::pypi::Form;
use super::{Person, ask, candidates, person};
use crate::world::{PASS_ALL, World};

/// A community with names of its own and with a domain, whose releases need nothing.
struct Town {
    world: World,
    ada: Person,
    lena: Person,
    scratch: Scratch,
}

const LANTERN: &str = "/npm/pass-all/@moot%2flantern";
const TARBALL: &str = "/npm/pass-all/@moot/lantern/-/lantern-1.0.0.tgz";
const STAGED: &str = "/publish/npm/@moot/lantern/-/lantern-1.0.0.tgz";

impl Town {
    fn start(plan: Plan) -> Self {
        let plan = plan.env("VETMOOT__RESERVED__NAMES", "npm:@moot/*,pypi:moot-*").env("VETMOOT__PUBLISH__POLICY", PASS_ALL);
        let world = World::on(plan);
        world.pass_all();
        let ada = person(&world.instance, "ada", &["auditor"], None);
        let lena = person(&world.instance, "lena", &["lead"], None);
        let scratch = Scratch::new();
        scratch.write("verify", script());
        Self { world, ada, lena, scratch }
    }

    fn instance(&self) -> &Instance {
        &self.world.instance
    }

    fn hand_in(&self) {
        let bytes = archive::npm(&Release::new("@moot/lantern", "1.0.0", 0));
        let body = bodies::of("@moot/lantern", "1.0.0", &bytes).to_string();
        let put = Ask::new("PUT", &self.instance().at("/publish/npm/@moot%2flantern"));
        let taken = put.header("authorization", &format!("Bearer {}", self.ada.token)).body(body).answer();
        assert_eq!(taken.status, 201, "{}", taken.text());
    }

    /// Takes the only candidate of a package all the way.
    fn release(&self, purl: &str) {
        let found = candidates(self.instance(), purl);
        let id = found.first().and_then(|one| one["id"].as_str()).unwrap_or_default().to_owned();
        let page = format!("/api/v1/candidates/{id}");
        if found.first().is_some_and(|one| one["state"] == "draft") {
            ask(self.instance(), "POST", &format!("{page}/complete"), &self.ada, Some(json!({})));
        }
        let stands = |state: &str| self.instance().get(&page).json()["state"] == state;
        process::eventually("it is approved", || stands("approved"));
        let asked = ask(self.instance(), "POST", &format!("{page}/release"), &self.lena, Some(json!({})));
        assert!(matches!(asked.status, 200 | 202), "{}", asked.text());
        process::eventually("it is released", || stands("released"));
    }

    /// Runs the script as a reader of the guide does.
    fn verify(&self, words: &[&str]) -> Ended {
        let mut command = Command::new("sh");
        command.arg("verify").args(words).current_dir(self.scratch.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("TMPDIR", self.scratch.path());
        process::run(&mut command)
    }

    #[track_caller]
    fn stands(&self, path: &str, what: &str) {
        let ended = self.verify(&[&format!("{}{path}", self.instance().origin())]);
        assert!(ended.is_good(), "{path}: {}{}", ended.stdout, ended.stderr);
        assert!(ended.stdout.starts_with(&format!("OK {what}, signed ")), "{path}: {}", ended.stdout);
    }

    #[track_caller]
    fn fails(&self, words: &[&str], why: &str) {
        let ended = self.verify(words);
        assert!(!ended.is_good() && !ended.stdout.contains("OK"), "{words:?}: {}{}", ended.stdout, ended.stderr);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(said.contains(why), "{words:?}: {said}");
    }
}

/// The script in the guide.
fn script() -> String {
    let guide =
        std::fs::read_to_string(partners::root().join("docs/guides/verifying-signatures.md")).expect("the guide is there");
    let (_, rest) = guide.split_once("```sh\n").expect("the guide has a script");
    let (script, _) = rest.split_once("```").expect("the script ends");
    assert!(script.lines().count() <= 30, "it has {} lines", script.lines().count());
    script.to_owned()
}

/// A mirror of an instance that passes everything on, one byte of what lies at `spoiled` turned.
fn mirror(instance: &Instance, spoiled: &'static str) -> Server {
    let behind = instance.url();
    Server::start(Box::new(move |request| {
        let mut answer = http::get(&format!("{behind}{}", request.path));
        let turned = answer.body.get_mut(20).filter(|_| !spoiled.is_empty() && request.path.ends_with(spoiled));
        if let Some(byte) = turned {
            *byte ^= 1;
        }
        let mut reply = Reply { status: answer.status, headers: Vec::new(), body: answer.body };
        for name in ["content-type", "content-digest", "signature-input", "signature"] {
            if let Some(value) = answer.headers.get(name) {
                reply = reply.header(name, value);
            }
        }
        reply
    }))
}

#[test]
fn the_guides_script_says_ok_for_files_and_answers_of_own_packages() {
    let town = Town::start(Plan::new().federated());
    town.hand_in();
    let unsigned = town.instance().get(&format!("{STAGED}.sig"));
    assert_eq!(unsigned.status, 404, "{}", unsigned.text());
    assert!(unsigned.text().contains("signed when it is released"), "{}", unsigned.text());
    for path in [STAGED, TARBALL] {
        town.fails(&[&format!("{}{path}", town.instance().origin())], "404");
    }
    town.release("pkg:npm/%40moot/lantern");
    process::eventually("it is listed", || town.instance().get(LANTERN).status == 200);
    for path in [STAGED, TARBALL] {
        town.stands(path, "pkg:npm/%40moot/lantern@1.0.0");
    }
    town.stands(LANTERN, LANTERN);
    town.stands("/npm/pass-all/@moot/lantern/1.0.0", "/npm/pass-all/@moot/lantern/1.0.0");
    let [(name, bytes), _] = super::pypi::files(&Release::new("moot-snake", "1.0.0", 0).needs("mossy-lantern"));
    assert_eq!(Form::of(&name, &bytes).but("name", "moot-snake").send(town.instance(), &town.ada.token).status, 200);
    assert_eq!(town.instance().get(&format!("/publish/pypi/files/moot-snake/{name}.sig")).status, 404);
    town.release("pkg:pypi/moot-snake");
    process::eventually("it is listed", || town.instance().get("/pypi/pass-all/simple/moot-snake/").status == 200);
    town.stands("/pypi/pass-all/simple/moot-snake/", "/pypi/pass-all/simple/moot-snake/");
    town.stands(&format!("/pypi/pass-all/files/moot-snake/{name}"), &format!("pkg:pypi/moot-snake@1.0.0?file_name={name}"));
}

#[test]
fn the_guides_script_finds_a_flipped_byte_and_a_wrong_key() {
    let town = Town::start(Plan::new().federated());
    town.hand_in();
    town.release("pkg:npm/%40moot/lantern");
    process::eventually("it is listed", || town.instance().get(LANTERN).status == 200);
    let community = format!("{}/community", town.instance().origin());
    let honest = mirror(town.instance(), "");
    for path in [LANTERN, TARBALL] {
        let ended = town.verify(&[&format!("{}{path}", honest.url()), &community]);
        assert!(ended.is_good(), "{path}: {}{}", ended.stdout, ended.stderr);
    }
    let other = Plan::new().federated().start();
    let others = format!("{}/community", other.origin());
    for path in [LANTERN, TARBALL] {
        town.fails(&[&format!("{}{path}", town.instance().origin()), &others], "is no key of this community");
    }
    for (path, spoiled, why) in [
        (TARBALL, ".tgz", "these are not the bytes that were signed"),
        (TARBALL, ".sig", "Signature Verification Failure"),
        (LANTERN, "lantern", "Signature Verification Failure"),
    ] {
        let mirror = mirror(town.instance(), spoiled);
        town.fails(&[&format!("{}{path}", mirror.url()), &community], why);
    }
    // An answer at another path than it was given at does not verify.
    let behind = town.instance().url();
    let moved = Server::start(Box::new(move |_| {
        let answer = http::get(&format!("{behind}{LANTERN}"));
        let headers = answer.headers.into_iter().filter(|(name, _)| name.starts_with("signature") || name == "content-digest");
        Reply { status: 200, headers: headers.collect(), body: answer.body }
    }));
    town.fails(&[&format!("{}/npm/pass-all/other", moved.url()), &community], "Signature Verification Failure");
}

#[test]
fn after_a_change_of_keys_old_signatures_stand_and_new_ones_are_made() {
    let town = Town::start(Plan::new().federated());
    town.hand_in();
    town.release("pkg:npm/%40moot/lantern");
    process::eventually("it is listed", || town.instance().get(LANTERN).status == 200);
    let signature = |path: &str| town.instance().get(path).header("signature").unwrap_or_default().to_owned();
    let (before, answer) = (town.instance().get(&format!("{TARBALL}.sig")), signature(LANTERN));
    town.instance().must(&["keys", "rotate", "community"]);
    for (path, what) in [(TARBALL, "pkg:npm/%40moot/lantern@1.0.0"), (LANTERN, LANTERN)] {
        town.stands(path, what);
    }
    assert_ne!(signature(LANTERN), answer);
    assert_ne!(town.instance().get(&format!("{TARBALL}.sig")).body, before.body);
    let file = town.instance().get(TARBALL).body;
    let kept = Server::start(Box::new(move |request| {
        let body = if request.path.ends_with(".sig") { before.body.clone() } else { file.clone() };
        Reply::ok("application/octet-stream", body)
    }));
    let community = format!("{}/community", town.instance().origin());
    let ended = town.verify(&[&format!("{}/lantern-1.0.0.tgz", kept.url()), &community]);
    assert!(ended.is_good(), "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn a_compressed_answer_has_its_own_digest_and_a_304_has_none() {
    let town = Town::start(Plan::new().federated());
    town.hand_in();
    town.release("pkg:npm/%40moot/lantern");
    process::eventually("it is listed", || town.instance().get(LANTERN).status == 200);
    let url = town.instance().at(LANTERN);
    let plain = Ask::get(&url).answer();
    let small = Ask::get(&url).header("accept-encoding", "gzip").answer();
    for answer in [&plain, &small] {
        let bytes = hex::decode(vetmoot_tests::upstream::sha256(&answer.body)).expect("it is hexadecimal");
        assert_eq!(answer.header("content-digest"), Some(format!("sha-256=:{}:", bodies::base64(&bytes)).as_str()));
    }
    assert_ne!(plain.header("content-digest"), small.header("content-digest"));
    assert_eq!(plain.header("signature"), Ask::get(&url).answer().header("signature"), "it is made once");
    let held = Ask::get(&url).header("if-none-match", plain.header("etag").unwrap_or_default()).answer();
    assert_eq!((held.status, held.header("signature")), (304, None));
    let others = town.instance().get("/npm/pass-all/mossy-lantern");
    assert_eq!((others.status, others.header("signature")), (200, None), "what is not ours is not signed by us");
}

#[test]
fn a_trial_signs_nothing_and_says_so() {
    let town = Town::start(Plan::new());
    town.hand_in();
    town.release("pkg:npm/%40moot/lantern");
    process::eventually("it is listed", || town.instance().get(LANTERN).status == 200);
    let signature = town.instance().get(&format!("{TARBALL}.sig"));
    assert_eq!(signature.status, 404);
    assert!(signature.text().contains("trial"), "{}", signature.text());
    assert_eq!(town.instance().get(LANTERN).header("signature"), None);
}
