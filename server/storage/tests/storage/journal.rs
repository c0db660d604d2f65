//! Events and settings.

use vetmoot_domain::event::Topic;
use vetmoot_storage::{events, settings};

use crate::world::{World, day, on_both_databases};

on_both_databases! {
    events_are_read_in_the_order_they_were_written,
    an_event_goes_with_its_change,
    the_domain_is_set_once_and_for_ever,
    an_instance_is_founded_once,
}

async fn events_are_read_in_the_order_they_were_written(world: World) {
    assert_eq!(events::last(&world.store.read()).await.unwrap(), 0);
    for n in 0..5 {
        let subject = [format!("audit-{n}")];
        world.write(async |tx| events::append(tx, Topic::AuditRecorded, &subject, Some("ada"), day(n)).await.unwrap()).await;
    }
    let reader = world.store.read();
    let rows = events::after(&reader, 2, 2).await.unwrap();
    assert_eq!(rows.iter().map(|row| (row.seq, row.subject[0].as_str())).collect::<Vec<_>>(), [(3, "audit-2"), (4, "audit-3")]);
    assert_eq!((rows[0].topic, rows[0].actor.as_deref(), rows[0].at), (Topic::AuditRecorded, Some("ada"), day(2)));
    let latest = events::latest(&reader, None, 2).await.unwrap();
    assert_eq!(latest.iter().map(|row| row.seq).collect::<Vec<_>>(), [5, 4]);
    assert_eq!(events::last(&reader).await.unwrap(), 5);
}

async fn an_event_goes_with_its_change(world: World) {
    let tx = world.store.begin().await.unwrap();
    settings::set(&tx, "colour", "blue").await.unwrap();
    events::append(&tx, Topic::UserChanged, &[], None, day(0)).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(events::last(&world.store.read()).await.unwrap(), 0);
}

async fn the_domain_is_set_once_and_for_ever(world: World) {
    assert_eq!(settings::domain(&world.store.read()).await.unwrap(), None);
    assert!(world.write(async |tx| settings::set_domain(tx, "moot.example").await.unwrap()).await);
    assert!(!world.write(async |tx| settings::set_domain(tx, "moot.example").await.unwrap()).await);
    let tx = world.store.begin().await.unwrap();
    let error = settings::set_domain(&tx, "other.example").await.unwrap_err();
    assert_eq!(error.code(), "domain-is-set");
    assert!(error.to_string().contains("moot.example"));
    drop(tx);
    assert_eq!(settings::domain(&world.store.read()).await.unwrap().as_deref(), Some("moot.example"));
}

async fn an_instance_is_founded_once(world: World) {
    assert!(world.write(async |tx| settings::found(tx, day(0)).await.unwrap()).await);
    assert!(!world.write(async |tx| settings::found(tx, day(1)).await.unwrap()).await);
    assert_eq!(settings::created_at(&world.store.read()).await.unwrap(), Some(day(0)));
}
