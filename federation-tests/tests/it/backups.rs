//! A backup made while the instance serves brings everything back: rows, keys, artifacts, what was listed before.

use vetmoot_tests::clients::cargo;
use vetmoot_tests::http::{self, Ask};
use vetmoot_tests::instance::Plan;
use vetmoot_tests::postgres::Postgres;
use vetmoot_tests::scratch::Scratch;
use vetmoot_tests::upstream::Mischief;

use crate::turning::full_audit;
use crate::world::World;

#[test]
fn a_backup_of_sqlite_brings_everything_back() {
    there_and_back(Plan::new(), Plan::new());
}

#[test]
fn a_backup_moves_an_instance_from_sqlite_to_postgresql() {
    let Some(new) = Postgres::start() else { return };
    there_and_back(Plan::new(), Plan::new().database(&new.url()));
}

#[test]
fn a_backup_of_postgresql_brings_everything_back() {
    let (Some(old), Some(new)) = (Postgres::start(), Postgres::start()) else { return };
    there_and_back(Plan::new().database(&old.url()), Plan::new().database(&new.url()));
}

fn there_and_back(old: Plan, new: Plan) {
    let world = World::on(old);
    let mut project = cargo::project(&world.source(), &world.door("cargo"), &[("mossy-lantern", "1")]);
    project.run(&["fetch"]).good();
    let token = world.instance.token("ada", &["auditor"], &["audit"]);
    let made = world.instance.post("/api/v1/audits", &token, &full_audit("pkg:cargo/mossy-lantern@1.1.0"));
    assert_eq!(made.status, 201, "{}", made.text());
    world.tighten();

    let folder = Scratch::new();
    let backup = folder.join("backup");
    let ended = world.instance.command(&["backup", "create", &backup.display().to_string()]);
    assert!(ended.is_good(), "backup create: {}{}", ended.stdout, ended.stderr);
    assert!(
        !world.instance.command(&["backup", "create", &backup.display().to_string()]).is_good(),
        "a backup is never overwritten"
    );

    let restored = new.upstream("cargo", &world.cargo.url()).start_from_backup(&backup);
    let path = made.header("location").unwrap_or_default().replace(&world.instance.url(), "");
    let audit = Ask::get(&restored.at(&path)).header("accept", "application/json").answer();
    assert!(audit.status == 200 && audit.text().contains("read it all"), "{path}: {} {}", audit.status, audit.text());
    assert_eq!(restored.get("/policies/cooldown.toml").body, world.instance.get("/policies/cooldown.toml").body);
    // What upstream has of this package is out of reach, so listing and bytes come from the backup.
    for path in ["/index/mo", "/files/"] {
        world.cargo.server.misbehave(path, Mischief::Status(503));
    }
    let door = restored.door("cargo", "cooldown");
    let lapsed = http::get(&format!("{door}mo/ss/mossy-lantern"));
    assert_eq!(lapsed.status, 200, "the listing is there without its upstream: {}", lapsed.text());
    project.forget_everything_kept();
    let source = "restored";
    let config =
        format!("[source.crates-io]\nreplace-with = {source:?}\n\n[source.{source:?}]\nregistry = \"sparse+{door}\"\n");
    project.write(".cargo/config.toml", config);
    project.run(&["fetch", "--locked"]).good();
}
