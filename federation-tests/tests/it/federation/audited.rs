//! A second reader of transparency logs audits the log a real instance serves, and the command checks what it exports.

use serde_json::{Value, json};
use vetmoot_tests::http::Ask;
use vetmoot_tests::instance::{self, Instance, Plan};
use vetmoot_tests::packages::{Calendar, Release};
use vetmoot_tests::upstream::CargoUpstream;
use vetmoot_tests::{partners, process};

/// Enough for a full tile of hashes, a tile above it, and something behind.
const AUDITS: usize = 270;

/// Audits a log by its address and key alone; prints its size and root. An earlier size and root have to be its beginning.
const SCRIPT: &str = r"
import sys, urllib.request
from aics_tlog import (HttpTileReader, VerifiedTileReader, parse_note, parse_vkey, verify_checkpoint, tree_root_from_tiles,
    inclusion_proof_from_tiles, verify_leaf_inclusion, consistency_proof_from_tiles, verify_consistency, read_entry)
from aics_tlog.verified import audit_tiles
url, key, earlier_size, earlier_root = sys.argv[1], parse_vkey(sys.argv[2]), int(sys.argv[3]), bytes.fromhex(sys.argv[4])
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
note = opener.open(url + 'checkpoint').read().decode()
checked = verify_checkpoint(parse_note(note), key, expected_origin=key.name)
assert checked.ok and checked.log_ok, checked.error
size, root = checked.size, checked.root
reader = HttpTileReader(url, proxies={})
assert tree_root_from_tiles(reader, size) == root, 'the tiles have another root'
audit_tiles(reader, size, root)
verified = VerifiedTileReader(reader, size, root)
for index in range(size):
    proof = inclusion_proof_from_tiles(verified, index, size)
    entry = verified.entry(index)
    assert len(entry) == 32 and verify_leaf_inclusion(entry, index, size, proof, root), index
if earlier_size:
    proof = consistency_proof_from_tiles(verified, earlier_size, size)
    assert verify_consistency(earlier_size, size, earlier_root, root, proof), 'it does not begin as before'
assert not verify_leaf_inclusion(bytes(32), 0, size, inclusion_proof_from_tiles(verified, 0, size), root)
print(size, root.hex())
";

fn start() -> (Instance, CargoUpstream, String) {
    let releases: Vec<Release> = (0..4).map(|minor| Release::new("mossy-lantern", &format!("1.{minor}.0"), 20)).collect();
    let index = CargoUpstream::start(Calendar::of_the_machine(), &releases);
    let instance = Plan::new().federated().upstream("cargo", &index.url()).start();
    let token = instance.token("ada", &["auditor", "steward"], &["audit"]);
    (instance, index, token)
}

fn record(instance: &Instance, token: &str, number: usize) -> String {
    let release = format!("pkg:cargo/mossy-lantern@1.{}.0", number % 4);
    let audit =
        json!({"kind": "full", "release": release, "criteria": ["safe-to-deploy"], "depth": "read", "notes": "Read it."});
    let made = instance.post("/api/v1/audits", token, &audit);
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    id.trim_end_matches("/record").rsplit('/').next().unwrap().to_owned()
}

/// The document of an actor as other servers get it.
fn actor(instance: &Instance, path: &str) -> Value {
    Ask::get(&instance.at(path)).header("accept", "application/activity+json").answer().json()
}

#[test]
fn an_independent_reader_finds_every_statement_in_the_log() {
    let Some(python) = partners::require("aics-tlog") else { return };
    let (instance, _index, token) = start();
    let vkey = actor(&instance, "/community").pointer("/vet:log/vkey").and_then(Value::as_str).unwrap().to_owned();
    let audit = |earlier: &str| -> String {
        let mut command = python.command();
        command.args(["-c", SCRIPT, &instance.at("/log/"), &vkey]).args(earlier.split_whitespace());
        let ended = process::run(&mut command);
        assert!(ended.is_good(), "aics-tlog: {}{}", ended.stdout, ended.stderr);
        ended.stdout.trim().to_owned()
    };
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for number in 0..9 {
        record(&instance, &token, number);
    }
    let earlier = audit(&format!("0 {empty}"));
    for number in 9..AUDITS {
        record(&instance, &token, number);
    }
    let later = audit(&earlier);
    let size: usize = later.split_whitespace().next().unwrap().parse().unwrap();
    assert!(size >= AUDITS, "{later}");
    let one = instance.get("/log/statements?from=0&limit=3").json();
    assert_eq!((one["size"].as_u64().unwrap(), one["statements"].as_array().unwrap().len()), (size as u64, 3));
    // A full tile may be kept for ever, everything else but a moment.
    let kept = |path: &str| instance.get(path).header("cache-control").unwrap().to_owned();
    assert!(kept("/log/tile/0/000").contains("immutable") && !kept("/log/checkpoint").contains("immutable"));
    for path in ["/log/tile/0/009", "/log/tile/8/0/000", "/log/tile/0/000.p/0", "/log/tile/entries/..%2fkey"] {
        let missing = instance.get(path);
        assert_eq!((missing.status, missing.json()["code"].as_str()), (404, Some("no-such-tile")), "{path}");
    }
    assert_eq!(instance.get("/log/statements?from=-1").json()["code"], "bad-number");
}

#[test]
fn the_command_checks_an_export_offline_and_against_the_log() {
    let (instance, _index, token) = start();
    let ids: Vec<String> = (0..5).map(|number| record(&instance, &token, number)).collect();
    let export = instance.get(&format!("/api/v1/audits/{}/export", ids[2])).text();
    let file = instance.write("export.json", &export);
    let ada = instance.write("ada.json", actor(&instance, "/users/ada").to_string());
    let community = instance.write("community.json", actor(&instance, "/community").to_string());
    let verify = |file: &std::path::Path, more: &[&str]| {
        let mut command = std::process::Command::new(instance::beside("vetmoot"));
        let ended = process::run(command.arg("verify").arg(file).args(more));
        (ended.code, format!("{}{}", ended.stdout, ended.stderr))
    };
    let (code, said) = verify(&file, &["--actor", &ada.display().to_string()]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = verify(&file, &["--actor", &community.display().to_string()]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = verify(&file, &["--log", &instance.at("/log")]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("in the log localhost:"), "{said}");
    assert_eq!(verify(&file, &[]).0, Some(3), "nobody vouched for its key");
    let record: Value = serde_json::from_str::<Value>(&export).unwrap()["record"].clone();
    let bare = instance.write("record.json", record.to_string());
    assert_eq!(verify(&bare, &["--log", &instance.at("/log")]).0, Some(0), "it finds the leaf itself");
    // The first leaf is the policy of the first start, so the third audit is the fourth leaf.
    for changed in [export.replace("Read it.", "Read in."), export.replacen("\"index\":3", "\"index\":2", 1)] {
        assert_ne!(changed, export);
        let forged = instance.write("forged.json", changed);
        let (code, said) = verify(&forged, &["--actor", &ada.display().to_string()]);
        assert_eq!(code, Some(4), "{said}");
    }
    // What is erased is gone, and said to be.
    let erased = instance.post(&format!("/api/v1/audits/{}/erasure", ids[2]), &token, &json!({}));
    assert_eq!((erased.status, erased.json()["type"].as_str()), (200, Some("Erasure")), "{}", erased.text());
    let gone = instance.get(&format!("/api/v1/audits/{}", ids[2]));
    assert_eq!((gone.status, gone.json()["type"].as_str()), (410, Some("Erasure")));
    let (code, said) = verify(&bare, &["--log", &instance.at("/log")]);
    assert_eq!(code, Some(0), "the copy still stands, the log holds its digest: {said}");
}
