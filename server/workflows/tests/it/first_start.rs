//! The first start in an empty folder, the ones after it, and what the doctor says.

use vetmoot_domain::Role;
use vetmoot_workflows::instance::doctor::{self, Health};
use vetmoot_workflows::instance::{first_start, holdings, ready};
use vetmoot_workflows::member::session;
use vetmoot_workflows::{Origin, search};

use crate::world::{AUDITED, COOLDOWN, World, full, on_both_databases};

on_both_databases! {
    the_first_start_makes_a_policy_and_an_admin_and_prints_links_until_one_was_used,
    a_policy_that_is_there_is_not_replaced,
    the_doctor_finds_what_is_missing,
    what_is_held_here_is_counted_and_found,
}

async fn the_first_start_makes_a_policy_and_an_admin_and_prints_links_until_one_was_used(world: World) {
    let first = first_start::prepare(&world.ctx).await.unwrap().link.unwrap();
    assert_eq!(world.ctx.book.all().iter().map(|adopted| adopted.slug.to_string()).collect::<Vec<_>>(), [COOLDOWN]);
    let again = first_start::prepare(&world.ctx).await.unwrap().link.unwrap();
    assert_ne!(first, again);
    let (_, secret) = again.split_once("?link=").unwrap();
    let session = session::sign_in(&world.ctx, secret).await.unwrap();
    let Some(Origin::Member { name, roles, .. }) = session::member(&world.ctx, &session).await.unwrap() else {
        panic!("nobody")
    };
    assert_eq!(name.as_str(), "admin");
    assert!([Role::Auditor, Role::Steward, Role::Admin].iter().all(|role| roles.contains(role)), "{roles:?}");
    assert_eq!(first_start::prepare(&world.ctx).await.unwrap().link, None);
}

async fn a_policy_that_is_there_is_not_replaced(world: World) {
    world.shelf(AUDITED).await;
    first_start::prepare(&world.ctx).await.unwrap();
    assert_eq!(world.ctx.book.all().iter().map(|adopted| adopted.slug.to_string()).collect::<Vec<_>>(), [AUDITED]);
}

async fn the_doctor_finds_what_is_missing(world: World) {
    world.shelf(COOLDOWN).await;
    let findings = doctor::examine(&world.ctx, true).await;
    let health = |what: &str| findings.iter().find(|finding| finding.what == what).map(|finding| finding.health);
    assert_eq!(health("database"), Some(Health::Ok));
    assert_eq!(health("domain"), Some(Health::Warn));
    assert_eq!(health("federation"), Some(Health::Warn));
    assert_eq!(health("upstream cargo"), Some(Health::Ok));
    assert_eq!(health("gate"), Some(Health::Warn), "the gate for malware has no source: {findings:?}");
    assert!(
        findings.iter().filter(|finding| finding.health != Health::Ok).all(|finding| finding.fix.is_some()),
        "{findings:?}"
    );
}

async fn what_is_held_here_is_counted_and_found(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    let ada = world.member("ada", &[Role::Auditor]).await;
    world.record(&ada, &full("pkg:cargo/mossy-lantern@1.1.0")).await.unwrap();
    let held = holdings::holdings(&world.ctx).await.unwrap();
    assert_eq!((held.packages.len(), held.packages[0].listed), (1, 1));
    let found = search::page(&world.ctx, "lantern", None, None, 10).await.unwrap();
    assert_eq!(found.iter().map(|row| row.package.to_string()).collect::<Vec<_>>(), ["pkg:cargo/mossy-lantern"]);
    assert!(search::page(&world.ctx, "%", None, None, 10).await.unwrap().is_empty());
    assert!(["sqlite", "postgresql"].contains(&ready::database(&world.ctx).await.unwrap()));
}
