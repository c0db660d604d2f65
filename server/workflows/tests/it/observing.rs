//! A policy that only observes serves everything and writes down what it would have withheld.

use vetmoot_domain::{Adoption, State};
use vetmoot_ecosystems::Shown;
use vetmoot_workflows::policy::adopt::from_shelf;
use vetmoot_workflows::policy::history;
use vetmoot_workflows::registry::judged;

use crate::index::bytes_of;
use crate::world::{COOLDOWN, START, World, on_both_databases};

on_both_databases! {
    what_would_be_withheld_is_served_and_written_down,
    a_policy_that_is_enforced_later_withholds_from_then_on,
}

async fn watching(world: &World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    world.index.publish("mossy-lantern", "1.2.0", 2);
    world.adopt(COOLDOWN, from_shelf(COOLDOWN).unwrap(), Adoption::Observe).await.unwrap();
}

async fn what_would_be_withheld_is_served_and_written_down(world: World) {
    watching(&world).await;
    let package = "pkg:cargo/mossy-lantern".parse().unwrap();
    let adopted = world.adopted(COOLDOWN);
    let judged = judged::judged(&world.ctx, &adopted, &package, adopted.policy.serve_use()).await.unwrap();
    assert!(judged.shown.iter().all(|shown| matches!(shown, Shown::AsIs)) && judged.shown.len() == 2);
    assert_eq!(world.state(COOLDOWN, "pkg:cargo/mossy-lantern@1.2.0").await, State::Held, "it is told as it would be");
    for _ in 0..2 {
        assert_eq!(world.bytes(COOLDOWN, "mossy-lantern", "1.2.0").await, Ok(bytes_of("mossy-lantern", "1.2.0")));
        world.turn("1h");
    }
    world.bytes(COOLDOWN, "mossy-lantern", "1.1.0").await.unwrap();
    let noted = history::observed(&world.ctx, &COOLDOWN.parse().unwrap(), 10).await.unwrap();
    let told: Vec<_> = noted.iter().map(|row| (row.artifact.to_string(), row.reason.as_str(), row.times)).collect();
    assert_eq!(told, [("pkg:cargo/mossy-lantern@1.2.0".to_owned(), "release-too-young", 2)]);
    assert_eq!(noted[0].first_at, START);
    assert!(noted[0].last_at > START);
    let topics = world.topics().await;
    assert_eq!(
        topics.iter().filter(|topic| **topic == "policy.withheld-observed.v1").count(),
        1,
        "the first time is news: {topics:?}"
    );
}

async fn a_policy_that_is_enforced_later_withholds_from_then_on(world: World) {
    watching(&world).await;
    world.bytes(COOLDOWN, "mossy-lantern", "1.2.0").await.unwrap();
    let again = world.shelf(COOLDOWN).await;
    assert_eq!(world.bytes(COOLDOWN, "mossy-lantern", "1.2.0").await, Err("release-too-young"));
    assert_eq!(world.bytes(COOLDOWN, "mossy-lantern", "1.1.0").await, Ok(bytes_of("mossy-lantern", "1.1.0")));
    let revisions = history::revisions(&world.ctx, &again.slug).await.unwrap();
    assert_eq!(revisions[0].mode, Adoption::Enforce);
}
