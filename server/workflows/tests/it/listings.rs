//! Listings and bytes: time moves decisions, one asks for many, changed bytes are refused.

use futures_util::future::join_all;
use vetmoot_domain::{Adoption, Phase, Span, State};
use vetmoot_workflows::instance::holdings;
use vetmoot_workflows::registry::{decisions, passthrough};
use vetmoot_workflows::{Kind, limits};

use crate::index::bytes_of;
use crate::world::{AUDITED, COOLDOWN, START, Setup, World, bytes_from, decision, on_both_databases};

on_both_databases! {
    a_young_release_is_listed_when_its_week_is_over,
    a_release_published_later_appears_and_waits,
    a_reserved_name_is_never_asked_for_upstream,
    many_who_ask_at_once_cost_one_request,
    a_changed_checksum_is_an_incident_and_refused_even_under_observation,
    a_download_that_lies_is_refused_and_recorded,
    a_release_that_cannot_be_judged_is_held_with_its_reason,
}

const LANTERN: &str = "pkg:cargo/mossy-lantern@1.2.0";

async fn a_young_release_is_listed_when_its_week_is_over(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    world.index.publish("mossy-lantern", "1.2.0", 2);
    world.shelf(COOLDOWN).await;
    let young = world.decision(COOLDOWN, LANTERN).await;
    assert_eq!((young.state, young.phase), (State::Held, Some(Phase::Pending)));
    assert_eq!(young.valid_until, Some(START.plus(Span::days(5))));
    assert_eq!(world.state(COOLDOWN, "pkg:cargo/mossy-lantern@1.1.0").await, State::Listed);
    assert_eq!(world.bytes(COOLDOWN, "mossy-lantern", "1.2.0").await, Err("release-too-young"));
    assert_eq!(world.index.fetched("mossy-lantern", "1.2.0"), 0, "what is not served is not fetched");
    world.clock.turn(Span::from_millis(5 * 86_400_000 - 1));
    assert_eq!(world.state(COOLDOWN, LANTERN).await, State::Held);
    world.clock.turn(Span::from_millis(1));
    let grown = world.decision(COOLDOWN, LANTERN).await;
    assert_eq!((grown.state, grown.valid_until), (State::Listed, None));
    assert_eq!(world.bytes(COOLDOWN, "mossy-lantern", "1.2.0").await, Ok(bytes_of("mossy-lantern", "1.2.0")));
}

async fn a_release_published_later_appears_and_waits(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    world.shelf(COOLDOWN).await;
    assert_eq!(decision(&world.ctx, COOLDOWN, LANTERN).await.unwrap_err().code, "unknown-release");
    world.index.publish("mossy-lantern", "1.2.0", 0);
    assert!(decision(&world.ctx, COOLDOWN, LANTERN).await.is_err(), "a listing counts as fresh for two minutes");
    world.clock.turn(limits::LISTING_FRESH);
    assert_eq!(world.state(COOLDOWN, LANTERN).await, State::Held);
    assert_eq!(world.index.asked("mossy-lantern"), 2);
}

async fn a_reserved_name_is_never_asked_for_upstream(world: World) {
    world.shelf(COOLDOWN).await;
    let ctx = world.another(&Setup { reserved: vec!["cargo:acme-*", "npm:@acme/*", "pypi:acme-*"], ..Setup::default() }).await;
    for purl in
        ["pkg:cargo/acme-core@1.0.0", "pkg:cargo/Acme_Core@1.0.0", "pkg:npm/%40acme/tool@1.0.0", "pkg:pypi/acme.core@1.0"]
    {
        let problem = decision(&ctx, COOLDOWN, purl).await.unwrap_err();
        assert_eq!((problem.kind, problem.code), (Kind::NotFound, "unknown-package"), "{purl}");
    }
    let question = bytes::Bytes::from(r#"{"@acme/tool":["1.0.0"],"left-pad":["1.3.0"]}"#);
    let rest = passthrough::without_reserved(&ctx, question, None).unwrap();
    assert_eq!(rest, r#"{"left-pad":["1.3.0"]}"#);
    assert_eq!(world.index.server.seen(), [], "nothing was asked upstream, not even for its configuration");
}

async fn many_who_ask_at_once_cost_one_request(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    world.shelf(COOLDOWN).await;
    let asked = join_all((0..30).map(|_| world.bytes(COOLDOWN, "mossy-lantern", "1.1.0"))).await;
    let expected = bytes_of("mossy-lantern", "1.1.0");
    assert!(asked.iter().all(|bytes| bytes.as_ref() == Ok(&expected)));
    assert_eq!((world.index.asked("mossy-lantern"), world.index.fetched("mossy-lantern", "1.1.0")), (1, 1));
}

async fn a_changed_checksum_is_an_incident_and_refused_even_under_observation(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    world.shelf(COOLDOWN).await;
    let text = vetmoot_workflows::policy::adopt::from_shelf(AUDITED).unwrap();
    world.adopt("watching", text, Adoption::Observe).await.unwrap();
    assert_eq!(world.state(COOLDOWN, "pkg:cargo/mossy-lantern@1.1.0").await, State::Listed);
    world.index.change("mossy-lantern", "1.1.0", b"something else");
    world.clock.turn(limits::LISTING_FRESH);
    let changed = world.decision(COOLDOWN, "pkg:cargo/mossy-lantern@1.1.0").await;
    assert_eq!(changed.state, State::Refused, "{:?}", changed.reasons);
    let code = changed.reasons[0].code;
    assert_eq!(world.bytes(COOLDOWN, "mossy-lantern", "1.1.0").await, Err(code));
    assert_eq!(world.bytes("watching", "mossy-lantern", "1.1.0").await, Err(code));
    let incidents = holdings::incidents(&world.ctx, None, 10).await.unwrap();
    assert_eq!(incidents.len(), 1);
    assert_ne!(incidents[0].incident.pinned, incidents[0].incident.seen);
    assert_eq!(world.topics().await.iter().filter(|topic| **topic == "artifact.digest-changed.v1").count(), 1);
    // It stays so when upstream goes back on it: somebody has to look.
    world.index.change("mossy-lantern", "1.1.0", &bytes_of("mossy-lantern", "1.1.0"));
    world.clock.turn(limits::LISTING_FRESH);
    assert_eq!(world.state(COOLDOWN, "pkg:cargo/mossy-lantern@1.1.0").await, State::Refused);
}

async fn a_download_that_lies_is_refused_and_recorded(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    world.index.lie("mossy-lantern", "1.1.0", &b"evil".repeat(100_000));
    world.shelf(COOLDOWN).await;
    assert_eq!(world.bytes(COOLDOWN, "mossy-lantern", "1.1.0").await, Err("digest-mismatch"));
    assert_eq!(holdings::incidents(&world.ctx, None, 10).await.unwrap().len(), 1);
    assert!(world.topics().await.contains(&"artifact.digest-changed.v1"));
    assert_eq!(world.state(COOLDOWN, "pkg:cargo/mossy-lantern@1.1.0").await, State::Refused);
    world.index.lie("mossy-lantern", "1.1.0", &bytes_of("mossy-lantern", "1.1.0"));
    assert!(world.bytes(COOLDOWN, "mossy-lantern", "1.1.0").await.is_err());
    assert_eq!(world.index.fetched("mossy-lantern", "1.1.0"), 2, "twice the same other bytes, then it is not asked for again");
    // Another process, with nothing in memory, refuses it too.
    let ctx = world.another(&Setup::default()).await;
    assert!(bytes_from(&ctx, &world.adopted(COOLDOWN), "mossy-lantern", "1.1.0").await.is_err());
}

async fn a_release_that_cannot_be_judged_is_held_with_its_reason(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    world.shelf(COOLDOWN).await;
    let purls =
        ["pkg:cargo/mossy-lantern@1.1.0", "pkg:cargo/mossy-lantern@9.9.9", "pkg:cargo/nonesuch@1.0.0"].map(str::to_owned);
    let ruled = decisions::decide_many(&world.ctx, &COOLDOWN.parse().unwrap(), &purls, None).await.unwrap();
    let told: Vec<_> = ruled.iter().map(|ruled| (ruled.decision.state, ruled.decision.reasons[0].code)).collect();
    assert_eq!(told[1..], [(State::Held, "unknown-release"), (State::Held, "unknown-package")]);
    assert_eq!(told[0].0, State::Listed);
    let many = vec![purls[0].clone(); limits::PURLS_MAX + 1];
    let problem = decisions::decide_many(&world.ctx, &COOLDOWN.parse().unwrap(), &many, None).await.err().unwrap();
    assert_eq!((problem.code, problem.field.as_deref()), ("too-many-purls", Some("purls")));
    let bad =
        decisions::decide_many(&world.ctx, &COOLDOWN.parse().unwrap(), &[purls[0].clone(), "serde".to_owned()], None).await;
    assert_eq!(bad.err().unwrap().field.as_deref(), Some("purls[1]"));
}
