//! An upstream that is down, silent, wrong or empty.

use vetmoot_domain::State;
use vetmoot_tests::upstream::Mischief;
use vetmoot_workflows::{Kind, limits};

use crate::index::{bytes_of, file_path, listing_path};
use crate::world::{COOLDOWN, Setup, World, decision, on_both_databases};

on_both_databases! {
    a_listing_serves_on_while_upstream_is_down_and_decisions_move_on,
    a_restart_while_upstream_is_down_finds_the_stored_listing,
    a_name_nobody_has_is_asked_for_once_a_minute,
    a_document_that_cannot_be_read_changes_nothing,
    a_download_cut_short_is_an_error_and_works_the_next_time,
}

const YOUNG: &str = "pkg:cargo/mossy-lantern@1.2.0";

async fn ready(world: &World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    world.index.publish("mossy-lantern", "1.2.0", 2);
    world.shelf(COOLDOWN).await;
    assert_eq!(world.state(COOLDOWN, YOUNG).await, State::Held);
}

async fn a_listing_serves_on_while_upstream_is_down_and_decisions_move_on(world: World) {
    ready(&world).await;
    world.index.server.go_down();
    world.turn("1d");
    assert_eq!(world.state(COOLDOWN, YOUNG).await, State::Held);
    assert_eq!(world.ctx.metrics.stale_listings.get(), 1);
    world.state(COOLDOWN, YOUNG).await;
    assert_eq!(world.ctx.metrics.stale_listings.get(), 1, "upstream is not asked at every request while it is down");
    world.turn("4d");
    assert_eq!(world.state(COOLDOWN, YOUNG).await, State::Listed);
    world.index.server.behave();
    world.index.publish("mossy-lantern", "1.3.0", 0);
    world.clock.turn(limits::NEGATIVE_FRESH);
    assert_eq!(world.state(COOLDOWN, "pkg:cargo/mossy-lantern@1.3.0").await, State::Held);
}

async fn a_restart_while_upstream_is_down_finds_the_stored_listing(world: World) {
    ready(&world).await;
    world.index.server.misbehave("/index/mo", Mischief::Status(503));
    world.turn("5d");
    let ctx = world.another(&Setup::default()).await;
    assert_eq!(decision(&ctx, COOLDOWN, YOUNG).await.unwrap().state, State::Listed);
    let problem = decision(&ctx, COOLDOWN, "pkg:cargo/mo-never-seen@1.0.0").await.unwrap_err();
    assert_ne!(problem.kind, Kind::Internal, "{problem}");
}

async fn a_name_nobody_has_is_asked_for_once_a_minute(world: World) {
    world.shelf(COOLDOWN).await;
    for _ in 0..3 {
        assert_eq!(decision(&world.ctx, COOLDOWN, "pkg:cargo/nonesuch@1.0.0").await.unwrap_err().code, "unknown-package");
    }
    assert_eq!(world.index.asked("nonesuch"), 1);
    world.clock.turn(limits::NEGATIVE_FRESH);
    world.index.publish("nonesuch", "1.0.0", 90);
    assert_eq!(world.state(COOLDOWN, "pkg:cargo/nonesuch@1.0.0").await, State::Listed);
    assert_eq!(world.index.asked("nonesuch"), 2);
}

async fn a_document_that_cannot_be_read_changes_nothing(world: World) {
    ready(&world).await;
    for how in [Mischief::OtherBytes(b"<html>out to lunch</html>".to_vec()), Mischief::Cut(20), Mischief::Status(500)] {
        world.index.server.misbehave(&listing_path("mossy-lantern"), how.clone());
        world.clock.turn(limits::LISTING_FRESH);
        assert_eq!(world.state(COOLDOWN, YOUNG).await, State::Held, "{how:?}");
        assert_eq!(world.state(COOLDOWN, "pkg:cargo/mossy-lantern@1.1.0").await, State::Listed, "{how:?}");
        world.index.server.behave();
    }
}

async fn a_download_cut_short_is_an_error_and_works_the_next_time(world: World) {
    ready(&world).await;
    world.index.server.misbehave(&file_path("mossy-lantern", "1.1.0"), Mischief::Cut(100_000));
    assert!(world.bytes(COOLDOWN, "mossy-lantern", "1.1.0").await.is_err());
    world.index.server.behave();
    assert_eq!(world.bytes(COOLDOWN, "mossy-lantern", "1.1.0").await, Ok(bytes_of("mossy-lantern", "1.1.0")));
    assert!(!world.topics().await.contains(&"artifact.digest-changed.v1"), "a connection that broke is no other file");
}
