//! Evidence: one indexed read, with the weight of authors as it is now.

use vetmoot_domain::{Role, TestimonyOrigin};
use vetmoot_storage::imports::{self, SourceKind};
use vetmoot_storage::{audits, evidence, users};

use crate::imports::entry;
use crate::world::{World, day, member, new_audit, on_both_databases, package};

on_both_databases! {
    a_name_nobody_knows_has_no_evidence,
    a_members_testimony_carries_their_level_and_organisation,
    another_role_or_organisation_moves_the_epochs_of_what_its_bearer_spoke_of,
    an_entry_two_imports_show_has_one_id,
    the_read_goes_by_indexes_alone,
}

async fn a_name_nobody_knows_has_no_evidence(world: World) {
    let (epoch, found) = evidence::of_package(&world.store.read(), &package("pkg:cargo/serde")).await.unwrap();
    assert_eq!((epoch, found.testimonies.len(), found.advisories.len()), (0, 0, 0));
}

async fn a_members_testimony_carries_their_level_and_organisation(world: World) {
    let ada = world.write(async |tx| member(tx, "ada", &[Role::Auditor, Role::Lead]).await).await;
    let new = new_audit("a1", ada.id, "full pkg:cargo/serde@1.0.0 safe-to-run", day(1));
    world.write(async |tx| audits::insert(tx, &new).await.unwrap()).await;
    let (epoch, found) = evidence::of_package(&world.store.read(), &package("pkg:cargo/serde")).await.unwrap();
    assert_eq!(epoch, world.epoch("pkg:cargo/serde").await);
    let said = &found.testimonies[0];
    assert_eq!(
        (said.id.as_str(), &said.origin, said.recorded, said.dated),
        ("/audits/a1", &TestimonyOrigin::Local, Some(day(1)), true)
    );
    assert_eq!(
        (said.authors[0].name.as_str(), said.authors[0].organisation.as_str(), said.authors[0].level),
        ("ada", "community", 3)
    );
    assert_eq!(said.audit, new.audit);
}

async fn another_role_or_organisation_moves_the_epochs_of_what_its_bearer_spoke_of(world: World) {
    let ada = world.write(async |tx| member(tx, "ada", &[Role::Auditor]).await).await;
    let new = new_audit("a1", ada.id, "full pkg:cargo/serde@1.0.0 safe-to-run", day(1));
    world.write(async |tx| audits::insert(tx, &new).await.unwrap()).await;
    let before = world.epoch("pkg:cargo/serde").await;
    world.write(async |tx| users::set_roles(tx, ada.id, &[Role::Member]).await.unwrap()).await;
    let between = world.epoch("pkg:cargo/serde").await;
    let university = "University".parse().unwrap();
    world.write(async |tx| users::set_organisation(tx, ada.id, Some(&university)).await.unwrap()).await;
    assert!(before < between && between < world.epoch("pkg:cargo/serde").await);
    let (_, found) = evidence::of_package(&world.store.read(), &package("pkg:cargo/serde")).await.unwrap();
    let author = &found.testimonies[0].authors[0];
    assert_eq!((author.organisation.as_str(), author.level), ("University", 0));
}

async fn an_entry_two_imports_show_has_one_id(world: World) {
    world
        .write(async |tx| {
            for (name, at) in [("mozilla", 1), ("google", 2)] {
                let source = imports::ensure_source(tx, name, SourceKind::CargoVet, name, None, day(0)).await.unwrap();
                let run = imports::begin_run(tx, source.id, day(at)).await.unwrap();
                imports::upsert_entries(tx, source.id, run, &[entry(1, "full pkg:cargo/serde@1.0.0 safe-to-run")], day(at))
                    .await
                    .unwrap();
            }
        })
        .await;
    let (_, found) = evidence::of_package(&world.store.read(), &package("pkg:cargo/serde")).await.unwrap();
    let said: Vec<_> = found.testimonies.iter().map(|said| (said.id.as_str(), said.origin.clone(), said.recorded)).collect();
    let id = "import:mozilla#0100000000000000";
    // Whoever counts, counts an id once; and both carry the day on which the first of them showed it.
    assert_eq!(
        said,
        [
            (id, TestimonyOrigin::Import("mozilla".to_owned()), Some(day(1))),
            (id, TestimonyOrigin::Import("google".to_owned()), Some(day(1))),
        ]
    );
}

async fn the_read_goes_by_indexes_alone(world: World) {
    let entries: Vec<_> = (0..4_000_u32).map(|n| entry(n, &format!("full pkg:cargo/p{}@1.0.{n} safe-to-run", n / 4))).collect();
    world
        .write(async |tx| {
            let source = imports::ensure_source(tx, "mozilla", SourceKind::CargoVet, "x", None, day(0)).await.unwrap();
            let run = imports::begin_run(tx, source.id, day(0)).await.unwrap();
            imports::upsert_entries(tx, source.id, run, &entries, day(0)).await.unwrap();
        })
        .await;
    let wanted = package("pkg:cargo/p7");
    let plan = evidence::plan(&world.store.read(), &wanted).await.unwrap().join("\n");
    assert!(plan.contains("evidence_package"), "{plan}");
    for table in ["evidence", "packages"] {
        assert!(!plan.contains(&format!("SCAN {table}")) && !plan.contains(&format!("Seq Scan on {table}")), "{plan}");
    }
    if world.is_sqlite() {
        assert!(!plan.contains("SCAN e") && !plan.contains("SCAN p"), "{plan}");
    }
    let (_, found) = evidence::of_package(&world.store.read(), &wanted).await.unwrap();
    assert_eq!(found.testimonies.len(), 4);
}
