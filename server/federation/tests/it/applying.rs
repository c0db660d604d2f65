//! Applying what was accepted: fair, urgent first, with an outcome that is written down.

use serde_json::{Value, json};
use vetmoot_domain::Span;
use vetmoot_federation::step;
use vetmoot_storage::federation::inbox::{due, seen};
use vetmoot_workflows::Ctx;
use vetmoot_workflows::inbox::{self, Lane, NewItem, Outcome};
use vetmoot_workflows::moderation::{self, Verdict};

use crate::pair::Side;
use crate::world::{World, on_both_databases};

on_both_databases! {
    what_nobody_understands_is_counted_and_its_body_dropped,
    every_origin_has_its_turn_and_what_is_urgent_comes_first,
    many_origins_are_gone_round_in_turn,
    what_cannot_be_applied_is_tried_ever_later_and_then_kept_for_somebody,
    what_was_done_is_forgotten_after_two_weeks_and_not_before,
    what_writes_on_behalf_of_many_origins_at_once_does_not_stand_in_its_own_way,
}

/// Puts an activity on disk as the inbox does.
async fn arrives(ctx: &Ctx, origin: &str, number: usize, lane: Lane, activity: &Value) {
    let mut activity = activity.clone();
    let (uri, actor) = (format!("{origin}/a/{number}"), format!("{origin}/u/mallow"));
    activity["id"] = uri.as_str().into();
    activity["actor"] = actor.as_str().into();
    let body = activity.to_string();
    let item = NewItem {
        uri,
        digest: openssl::sha::sha256(body.as_bytes()),
        origin: origin.to_owned(),
        actor,
        kind: activity["type"].as_str().unwrap().to_owned(),
        body,
        lane: lane.number(),
    };
    inbox::accept(ctx, item).await.unwrap();
}

fn wave() -> Value {
    json!({ "type": "Wave" })
}

async fn waiting(ctx: &Ctx) -> u64 {
    inbox::counts(ctx).await.unwrap().waiting
}

async fn what_nobody_understands_is_counted_and_its_body_dropped(world: World) {
    let side = Side::on(world, "vet.example").await;
    arrives(&side.ctx, "https://a.example", 1, Lane::Usual, &wave()).await;
    assert_eq!(step::apply(&side.ctx).await.unwrap(), 1);
    assert_eq!(step::apply(&side.ctx).await.unwrap(), 0);
    assert_eq!(
        (waiting(&side.ctx).await, side.ctx.metrics.inbox_applied.get_or_create(&[("outcome", "unknown")]).get()),
        (0, 1)
    );
    let hosts = vetmoot_storage::federation::hosts::all(&side.ctx.store.read()).await.unwrap();
    assert_eq!(hosts.iter().map(|host| host.origin.as_str()).collect::<Vec<_>>(), ["https://a.example"]);
}

async fn every_origin_has_its_turn_and_what_is_urgent_comes_first(world: World) {
    let side = Side::on(world, "vet.example").await;
    for number in 0..300 {
        arrives(&side.ctx, "https://loud.example", number, Lane::Usual, &wave()).await;
    }
    arrives(&side.ctx, "https://quiet.example", 1, Lane::Usual, &wave()).await;
    arrives(&side.ctx, "https://loud.example", 900, Lane::Urgent, &wave()).await;
    arrives(&side.ctx, "https://worried.example", 1, Lane::Urgent, &wave()).await;
    let round = inbox::round(&side.ctx).await.unwrap();
    let firsts: Vec<&str> = round.iter().map(|turn| turn.items[0].uri.as_str()).collect();
    assert_eq!(firsts, ["https://loud.example/a/900", "https://worried.example/a/1", "https://quiet.example/a/1"]);
    assert!(round.iter().all(|turn| turn.items.len() <= 86), "none of them takes the whole round");
    // Nobody else applies of the same origins meanwhile; once the round is let go, they are there again.
    assert!(inbox::round(&side.ctx).await.unwrap().is_empty());
    drop(round);
    let mut applied = 0;
    loop {
        match step::apply(&side.ctx).await.unwrap() {
            0 => break,
            some => applied += some,
        }
    }
    assert_eq!((applied, waiting(&side.ctx).await), (303, 0));
}

async fn many_origins_are_gone_round_in_turn(world: World) {
    let side = Side::on(world, "vet.example").await;
    for origin in 0..150 {
        for number in 0..2 {
            arrives(&side.ctx, &format!("https://o{origin:03}.example"), number, Lane::Usual, &wave()).await;
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let round = inbox::round(&side.ctx).await.unwrap();
        seen.extend(round.iter().map(|turn| turn.items[0].origin.clone()));
        // Nothing of it is settled, so only the turn moves on.
        drop(round);
    }
    assert_eq!(seen.len(), 150, "three rounds of 64 reach everybody");
    while step::apply(&side.ctx).await.unwrap() > 0 {}
    assert_eq!(waiting(&side.ctx).await, 0);
}

async fn what_cannot_be_applied_is_tried_ever_later_and_then_kept_for_somebody(world: World) {
    let side = Side::on(world, "vet.example").await;
    let ctx = &side.ctx;
    arrives(ctx, "https://a.example", 1, Lane::Usual, &wave()).await;
    let retry = Outcome::Retry { text: "its server does not answer\nfor now".to_owned() };
    let mut waits = Vec::new();
    while waiting(ctx).await > 0 {
        let mut round = inbox::round(ctx).await.unwrap();
        if round.is_empty() {
            drop(round);
            let last: &mut i64 = waits.last_mut().unwrap();
            *last += 30;
            side.world.turn("30s");
            continue;
        }
        let item = round[0].items.remove(0);
        inbox::settle(ctx, round, &[(item, retry.clone())]).await.unwrap();
        waits.push(0);
    }
    assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1_920, 3_840, 7_680, 15_360, 21_600, 0]);
    let poisoned = inbox::poisoned(ctx, 10).await.unwrap();
    assert_eq!(poisoned.len(), 1);
    assert_eq!(poisoned[0].detail.as_deref(), Some("its server does not answerfor now"), "no line can be forged");
    assert_eq!(inbox::replay(ctx, Some(poisoned[0].id)).await.unwrap(), 1);
    assert_eq!(step::apply(ctx).await.unwrap(), 1);
    let counts = inbox::counts(ctx).await.unwrap();
    assert_eq!((counts.waiting, counts.poison), (0, 0));
    assert_eq!(inbox::replay(ctx, None).await.unwrap(), 0);
}

async fn what_was_done_is_forgotten_after_two_weeks_and_not_before(world: World) {
    let side = Side::on(world, "vet.example").await;
    let first = "https://a.example";
    arrives(&side.ctx, first, 1, Lane::Usual, &wave()).await;
    assert_eq!(step::apply(&side.ctx).await.unwrap(), 1);
    for (days, there) in [(13, true), (2, false)] {
        side.world.clock.turn(Span::days(days));
        arrives(&side.ctx, "https://b.example", usize::try_from(days).unwrap(), Lane::Usual, &wave()).await;
        assert_eq!(step::apply(&side.ctx).await.unwrap(), 1);
        let mut again = wave();
        again["id"] = format!("{first}/a/1").into();
        again["actor"] = format!("{first}/u/mallow").into();
        // In the order in which `arrives` writes it.
        let body = json!({ "type": "Wave", "id": again["id"], "actor": again["actor"] }).to_string();
        let digest = openssl::sha::sha256(body.as_bytes());
        let (reads, uri) = (side.ctx.store.read(), format!("{first}/a/1"));
        assert_eq!(seen(&reads, &uri, &digest).await.unwrap(), there, "after {days} more days");
    }
}

async fn what_writes_on_behalf_of_many_origins_at_once_does_not_stand_in_its_own_way(world: World) {
    let side = Side::on(world, "vet.example").await;
    for origin in 0..70 {
        let origin = format!("https://o{origin:03}.example");
        side.elsewhere.actor(&format!("{origin}/u/mallow"), "Person");
        let follow = json!({ "type": "Follow", "object": "https://vet.example/community" });
        arrives(&side.ctx, &origin, 1, Lane::Usual, &follow).await;
        arrives(&side.ctx, &origin, 2, Lane::Usual, &wave()).await;
    }
    // Workers run beside each other; none of them applies what another has in hand.
    let mut applied = 0;
    while waiting(&side.ctx).await > 0 {
        let (one, other) = tokio::join!(step::apply(&side.ctx), step::apply(&side.ctx));
        applied += one.unwrap() + other.unwrap();
    }
    assert_eq!(applied, 140);
    let community = "/community".parse().unwrap();
    assert_eq!(vetmoot_workflows::follow::followers::count(&side.ctx, &community).await.unwrap(), 70);
}

#[tokio::test]
async fn what_was_blocked_after_it_came_is_not_applied() {
    let side = Side::new("vet.example").await;
    arrives(&side.ctx, "https://a.example", 1, Lane::Usual, &wave()).await;
    moderation::decide(&side.ctx, &side.ada, "a.example", Verdict::Block, "it sends noise").await.unwrap();
    assert_eq!(step::apply(&side.ctx).await.unwrap(), 1);
    assert_eq!(side.ctx.metrics.inbox_applied.get_or_create(&[("outcome", "refused")]).get(), 1);
    let rows = due(&side.ctx.store.read(), "https://a.example", side.now(), 10).await.unwrap();
    assert_eq!(rows.len(), 0);
}
