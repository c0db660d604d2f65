//! Actors made on request: each under one handle for ever.

use vetmoot_storage::federation::service_actors::{self, ServiceActorRow, ServiceKind};
use vetmoot_storage::users;

use crate::world::{World, day, member, on_both_databases};

on_both_databases! {
    an_actor_is_remembered_under_one_handle,
    organisations_come_in_the_order_they_were_recorded,
}

async fn an_actor_is_remembered_under_one_handle(world: World) {
    let remember = async |handle: &str, kind, target: &str, on| {
        world.write(async |tx| service_actors::remember(tx, handle, kind, target, day(on)).await.unwrap()).await
    };
    assert!(remember("cargo.serde", ServiceKind::Package, "pkg:cargo/serde", 0).await);
    assert!(!remember("cargo.serde", ServiceKind::Package, "pkg:cargo/serde", 1).await, "it is known");
    assert!(!remember("cargo.serde", ServiceKind::Package, "pkg:cargo/other", 1).await, "the handle is taken");
    assert!(!remember("cargo.other", ServiceKind::Package, "pkg:cargo/serde", 1).await, "the package has one");
    assert!(remember("acme", ServiceKind::Organisation, "Acme", 2).await);
    let reader = world.store.read();
    let serde = ServiceActorRow {
        handle: "cargo.serde".to_owned(),
        kind: ServiceKind::Package,
        target: "pkg:cargo/serde".to_owned(),
        created_at: day(0),
    };
    assert_eq!(service_actors::by_handle(&reader, "cargo.serde").await.unwrap(), Some(serde.clone()));
    assert_eq!(service_actors::of_target(&reader, ServiceKind::Package, "pkg:cargo/serde").await.unwrap(), Some(serde));
    assert_eq!(service_actors::of_target(&reader, ServiceKind::Policy, "pkg:cargo/serde").await.unwrap(), None);
    assert_eq!(service_actors::by_handle(&reader, "cargo.other").await.unwrap(), None);
    assert_eq!(service_actors::count(&reader, ServiceKind::Package).await.unwrap(), 1);
    assert_eq!(service_actors::count(&reader, ServiceKind::Policy).await.unwrap(), 0);
}

async fn organisations_come_in_the_order_they_were_recorded(world: World) {
    let tx = world.store.begin().await.unwrap();
    for (name, organisation) in [("ada", Some("Zeta")), ("bob", None), ("cy", Some("Acme")), ("dee", Some("Zeta"))] {
        let row = member(&tx, name, &[]).await;
        users::set_organisation(&tx, row.id, organisation.map(|text| text.parse().unwrap()).as_ref()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let found = users::organisations(&world.store.read()).await.unwrap();
    assert_eq!(found.iter().map(|name| name.as_str()).collect::<Vec<_>>(), ["Zeta", "Acme"]);
}
