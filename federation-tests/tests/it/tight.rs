//! When room or turns run out: a clear answer, nothing lost, and afterwards all is well.

use vetmoot_tests::http;
use vetmoot_tests::instance::Plan;
use vetmoot_tests::packages::Release;
use vetmoot_tests::partners;
use vetmoot_tests::process::{self, Running};

use crate::turning::full_audit;
use crate::world::World;

/// The largest file the instance may write in these tests, in KiB.
const ROOM: u32 = 4096;

/// Holds the database's only turn to write until a file appears.
const HOLD: &str = r"
import os, sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute('BEGIN IMMEDIATE')
print('held', flush=True)
while not os.path.exists(sys.argv[2]):
    time.sleep(0.02)
connection.execute('ROLLBACK')
";

#[test]
fn a_file_for_which_there_is_no_room_is_not_kept_and_smaller_ones_still_come() {
    let world = World::on(Plan::new().largest_file(ROOM));
    let large = Release::new("vast-ledger", "1.0.0", 50).with_line(&noise(6 * 1024 * 1024));
    world.npm.publish(&large);
    let url = format!("{}vast-ledger/-/vast-ledger-1.0.0.tgz", world.door("npm"));
    let spoiled = http::Ask::get(&url).send();
    let whole = world.npm.file("vast-ledger", "1.0.0");
    if let Ok(answer) = spoiled {
        assert!(answer.status >= 500 || answer.body == whole, "either a clear no or the right bytes: {}", answer.status);
    }
    let small = format!("{}mossy-lantern/-/mossy-lantern-1.1.0.tgz", world.door("npm"));
    assert_eq!(http::get(&small).body, world.npm.file("mossy-lantern", "1.1.0"));
    assert_eq!(world.instance.get("/livez").status, 200);
}

/// Text that does not compress: digits of a simple generator.
fn noise(bytes: usize) -> String {
    let mut state = 88_172_645_463_325_252_u64;
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.extend(state.to_be_bytes().map(|byte| char::from(b'!' + byte % 90)));
    }
    text
}

#[test]
fn a_database_that_somebody_holds_makes_writers_wait_and_readers_not() {
    let Some(python) = partners::require("pip") else { return };
    let world = World::start();
    let token = world.instance.token("ada", &["auditor"], &["audit"]);
    let listing = format!("{}mossy-lantern", world.door("npm"));
    assert_eq!(http::get(&listing).status, 200);
    let release = world.instance.data().join("release");
    let mut command = std::process::Command::new(python.file());
    command.args(["-c", HOLD]).arg(world.instance.data().join("vetmoot.db")).arg(&release);
    let mut holder = Running::start("holder", &mut command);
    holder.wait_until("hold", |output| output.contains("held"));
    assert_eq!(http::get(&listing).status, 200, "readers do not wait");
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| world.instance.post("/api/v1/audits", &token, &full_audit("pkg:npm/mossy-lantern@1.1.0")));
        assert_eq!(http::get(&listing).status, 200, "readers do not wait for writers either");
        std::fs::write(&release, "").expect("the data folder takes a file");
        process::eventually("the hold is over", || holder.has_ended());
        let made = writer.join().expect("the writer got an answer");
        assert!(made.status == 201 || made.status == 503, "{}: {}", made.status, made.text());
    });
}
