//! The same story on SQLite and on PostgreSQL: installed, audited, tightened, condemned, cut and started again.

use vetmoot_tests::clients::cargo;
use vetmoot_tests::instance::Plan;
use vetmoot_tests::postgres::Postgres;

use crate::turning::full_audit;
use crate::world::World;

#[test]
fn the_story_on_sqlite() {
    story(Plan::new());
}

#[test]
fn the_story_on_postgresql() {
    let Some(postgres) = Postgres::start() else { return };
    story(Plan::new().database(&postgres.url()));
    let tables = postgres.sql("vetmoot", "select count(*) from information_schema.tables where table_schema = 'public'");
    assert!(tables.trim().parse().is_ok_and(|count: u32| count > 5), "{tables}");
}

fn story(plan: Plan) {
    let mut world = World::on(plan);
    let mut project = cargo::project(&world.source(), &world.door("cargo"), &[("quiet-harbour", "1")]);
    project.run(&["fetch"]).good();
    assert_eq!(cargo::locked(&project, "mossy-lantern").as_deref(), Some("1.1.0"));
    let token = world.instance.token("ada", &["auditor"], &["audit"]);
    let made = world.instance.post("/api/v1/audits", &token, &full_audit("pkg:cargo/mossy-lantern@1.1.0"));
    assert_eq!(made.status, 201, "{}", made.text());
    world.tighten();
    project.forget_everything_kept();
    project.run(&["fetch", "--locked"]).good();
    world.instance.kill();
    world.instance.restart();
    assert_eq!(world.instance.state("cooldown", "pkg:cargo/mossy-lantern@1.1.0"), "held");
    world.condemn("cargo", "mossy-lantern", "1.1.0");
    project.forget_everything_kept();
    project.run(&["fetch", "--locked"]).bad();
}
