//! `vetmoot verify --log`, and exports with the receipt of their log.

use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use vetmoot_domain::log::{
    Checkpoint, Hash, Hashes, Receipt, Tile, TileKind, Vkey, append, bundle, entry_of, inclusion, note, root, signature_line,
    tile_bytes,
};
use vetmoot_domain::proof::Multikey;

use crate::proofs::{key, statement};
use crate::world::World;

const NAME: &str = "moot.example/log";

/// A log of this many entries, the statement at `place`.
struct Log {
    entries: Vec<Hash>,
    known: Hashes,
    signer: SigningKey,
    name: &'static str,
}

impl Log {
    fn with(statement: &Value, place: usize, size: usize) -> Self {
        let mut entries: Vec<Hash> = (0..size).map(|number| entry_of(&json!({ "number": number })).unwrap()).collect();
        entries[place] = entry_of(statement).unwrap();
        let mut known = Hashes::new();
        for (index, entry) in (0..).zip(&entries) {
            let added = append(index, entry, &known).unwrap();
            known.extend(added);
        }
        Self { entries, known, signer: SigningKey::from_bytes(&[9; 32]), name: NAME }
    }
    fn size(&self) -> u64 {
        self.entries.len() as u64
    }
    fn key(&self) -> Vkey {
        Vkey::new(self.name, Multikey::from_bytes(self.signer.verifying_key().as_bytes()).unwrap()).unwrap()
    }
    fn checkpoint(&self) -> String {
        let root = root(self.size(), &self.known).unwrap();
        let text = Checkpoint { origin: self.name.to_owned(), size: self.size(), root }.text();
        note(&text, &[signature_line(&self.key(), &self.signer.sign(text.as_bytes()).to_bytes())])
    }
    fn receipt(&self, place: u64) -> Receipt {
        let hashes = inclusion(place, self.size(), &self.known).unwrap();
        Receipt::new(place, self.size(), &hashes, self.checkpoint(), &self.key())
    }
    /// Writes it as a folder.
    fn write(&self, world: &World, folder: &str) {
        world.write(&format!("{folder}/checkpoint"), &self.checkpoint());
        world.write(&format!("{folder}/key"), &format!("{}\n", self.key()));
        for tile in Tile::entries_from(0, self.size()) {
            let first = usize::try_from(tile.first()).unwrap();
            let entries = &self.entries[first..first + usize::from(tile.width())];
            world.write_bytes(&format!("{folder}/{tile}"), &bundle(entries));
            let hashes = Tile::new(TileKind::Hashes(0), tile.index(), tile.width()).unwrap();
            world.write_bytes(&format!("{folder}/{hashes}"), &tile_bytes(&hashes, self.size(), &self.known).unwrap());
        }
        if let Ok(width @ 1..) = u16::try_from(self.size() / 256) {
            let above = Tile::new(TileKind::Hashes(1), 0, width).unwrap();
            world.write_bytes(&format!("{folder}/{above}"), &tile_bytes(&above, self.size(), &self.known).unwrap());
        }
    }
}

fn signed() -> Value {
    statement(&key().1)
}

#[test]
fn a_statement_is_found_in_the_log_one_named() {
    let (world, statement) = (World::new(), signed());
    world.write("audit.json", &statement.to_string());
    for (place, size) in [(0, 1), (5, 7), (300, 600), (511, 512)] {
        Log::with(&statement, place, size).write(&world, "log");
        let run = world.run("verify audit.json --log log --format json");
        let answer: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((answer["verdict"].as_str(), run.code), (Some("valid"), 0), "{place} of {size}: {answer}");
        assert_eq!(answer["log"], json!({ "name": NAME, "index": place, "size": size, "pinned": true }));
    }
    world.check(
        "verify audit.json --log log",
        0,
        &format!(
            "https://moot.example/audits/1 is valid, entry 511 of 512 in the log {NAME}; it is signed by {}, made 2026-11-01T10:00:00Z.",
            key().1
        ),
    );
}

#[test]
fn a_log_that_lacks_the_statement_is_found_out() {
    let (world, statement) = (World::new(), signed());
    world.write("audit.json", &statement.to_string());
    Log::with(&json!({ "another": true }), 3, 300).write(&world, "log");
    let run = world.run("verify audit.json --log log --format json");
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((answer["code"].as_str(), run.code), (Some("not-in-log"), 4), "{answer}");
}

#[test]
fn every_changed_part_of_a_log_is_found_out() {
    let (world, statement) = (World::new(), signed());
    world.write("audit.json", &statement.to_string());
    let log = Log::with(&statement, 300, 600);
    log.write(&world, "log");
    assert_eq!(world.run("verify audit.json --log log").code, 0);
    for (file, at) in [("checkpoint", 20), ("tile/0/001", 70), ("tile/0/002.p/88", 5), ("tile/1/000.p/2", 3)] {
        let path = format!("log/{file}");
        let before = world.read_bytes(&path);
        let mut changed = before.clone();
        changed[at] ^= 1;
        world.write_bytes(&path, &changed);
        assert_eq!(world.run("verify audit.json --log log").code, 4, "{file}");
        world.write_bytes(&path, &before);
    }
    // The entry itself is compared with the statement, so another one in its place is none at all.
    let mut entries = world.read_bytes("log/tile/entries/001");
    entries[(300 - 256) * 34 + 7] ^= 1;
    world.write_bytes("log/tile/entries/001", &entries);
    assert_eq!(world.run("verify audit.json --log log").code, 4);
}

#[test]
fn the_log_of_another_vouches_for_nothing() {
    let (world, statement) = (World::new(), signed());
    world.write("audit.json", &statement.to_string());
    let log = Log { name: "other.example/log", ..Log::with(&statement, 0, 1) };
    log.write(&world, "log");
    let run = world.run("verify audit.json --log log --format json");
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((answer["code"].as_str(), run.code), (Some("other-log"), 4), "{answer}");
}

/// The community's document with the key of its log.
fn community(key: &Vkey) -> Value {
    json!({ "id": "https://moot.example/community", "type": "Group",
        "vet:log": { "checkpoint": "https://moot.example/log/checkpoint", "vkey": key.to_string() } })
}

#[test]
fn an_export_is_checked_without_any_network() {
    let (world, statement) = (World::new(), signed());
    let log = Log::with(&statement, 4, 9);
    let export = json!({ "record": statement, "log": log.receipt(4) });
    world.write("export.json", &export.to_string());
    let run = world.run("verify export.json");
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert!(
        run.stdout.contains("entry 4 of 9 in the log moot.example/log, whose key nobody here vouched for"),
        "{}",
        run.stdout
    );
    assert_eq!(world.run(&format!("verify export.json --key {}", key().1)).code, 0);
    world.write("community.json", &community(&log.key()).to_string());
    let run = world.run("verify export.json --actor community.json");
    assert_eq!(run.code, 0, "the community announces the key of the log: {}", run.stdout);
    let other = Log { signer: SigningKey::from_bytes(&[1; 32]), ..Log::with(&statement, 4, 9) };
    world.write("community.json", &community(&other.key()).to_string());
    assert_eq!(world.run("verify export.json --actor community.json").code, 4, "it announces another one");
    world.write("bare.json", &json!({ "record": statement, "log": null }).to_string());
    assert_eq!(world.run(&format!("verify bare.json --key {}", key().1)).code, 0, "a receipt need not be there");
}

#[test]
fn one_changed_byte_of_an_export_is_found_out() {
    let (world, statement) = (World::new(), signed());
    let log = Log::with(&statement, 4, 9);
    let receipt = serde_json::to_value(log.receipt(4)).unwrap();
    let check = |change: &dyn Fn(&mut Value)| {
        let mut export = json!({ "record": statement, "log": receipt });
        change(&mut export);
        world.write("export.json", &export.to_string());
        world.run("verify export.json").code
    };
    assert_eq!(check(&|_| ()), 3);
    assert_eq!(check(&|export| export["record"]["content"] = json!("skimmed")), 4);
    assert_eq!(check(&|export| export["log"]["index"] = json!(5)), 4);
    assert_eq!(check(&|export| export["log"]["size"] = json!(8)), 4);
    assert_eq!(check(&|export| export["log"]["hashes"][0] = export["log"]["hashes"][1].clone()), 4);
    assert_eq!(check(&|export| export["log"]["hashes"] = json!([])), 4);
    assert_eq!(check(&|export| export["log"] = json!("none")), 4);
    assert_eq!(check(&|export| drop(export.as_object_mut().unwrap().remove("log"))), 4);
    let other = log.checkpoint().replacen('9', "8", 1);
    assert_eq!(check(&|export| export["log"]["checkpoint"] = json!(other)), 4);
}

#[test]
fn a_log_that_is_not_there_is_usage() {
    let world = World::new();
    world.write("audit.json", &signed().to_string());
    world.fails("verify audit.json --log nowhere", 2, "cannot read nowhere/key");
    world.write("log/key", "no key");
    world.write("log/checkpoint", "no checkpoint");
    assert_eq!(world.run("verify audit.json --log log").code, 4);
}
