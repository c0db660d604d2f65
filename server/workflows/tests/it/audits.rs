//! Audits: what they change at once, who may record them, and which field is at fault when one cannot be.

use vetmoot_domain::audit::PublisherForm;
use vetmoot_domain::{AuditForm, Bytes, Phase, Role, State};
use vetmoot_workflows::Kind;
use vetmoot_workflows::audit::{list, withdraw};

use crate::index::bytes_of;
use crate::world::{AUDITED, START, World, full, on_both_databases};

on_both_databases! {
    the_missing_audit_lists_a_release_at_once,
    a_withdrawn_audit_lapses_a_release_whose_bytes_are_served_on,
    a_violation_refuses_what_an_audit_stands_for,
    only_auditors_record_audits,
    what_is_wrong_with_an_audit_names_its_field,
    trust_in_a_publisher_ends_within_a_year,
    a_delta_needs_what_it_starts_from,
    an_audit_without_digests_covers_what_the_index_lists,
    only_its_author_or_a_steward_withdraws_an_audit_once,
}

const RELEASE: &str = "pkg:cargo/mossy-lantern@1.1.0";

async fn ready(world: &World) {
    world.index.publish("mossy-lantern", "1.0.0", 400);
    world.index.publish("mossy-lantern", "1.1.0", 90);
    world.shelf(AUDITED).await;
}

async fn the_missing_audit_lists_a_release_at_once(world: World) {
    ready(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let before = world.decision(AUDITED, RELEASE).await;
    assert_eq!((before.state, before.phase, before.bytes), (State::Held, Some(Phase::Pending), Bytes::Serve));
    assert_eq!(before.reasons[0].code, "audits-missing");
    let row = world.record(&ada, &full(RELEASE)).await.unwrap();
    let after = world.decision(AUDITED, RELEASE).await;
    assert_eq!(after.state, State::Listed, "{:?}", after.reasons);
    let carried = &after.support[0].chains[0][0];
    assert_eq!(carried.authors, ["ada"]);
    assert!(carried.statement.contains(&row.id), "{}", carried.statement);
    assert_eq!(world.state(AUDITED, "pkg:cargo/mossy-lantern@1.0.0").await, State::Held);
    assert!(world.topics().await.ends_with(&["audit.recorded.v1"]));
}

async fn a_withdrawn_audit_lapses_a_release_whose_bytes_are_served_on(world: World) {
    ready(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let row = world.record(&ada, &full(RELEASE)).await.unwrap();
    assert_eq!(world.state(AUDITED, RELEASE).await, State::Listed);
    let withdrawn = withdraw::withdraw(&world.ctx, &ada, &row.id, "read the wrong crate").await.unwrap();
    assert_eq!(withdrawn.withdrawn.unwrap().reason, "read the wrong crate");
    let lapsed = world.decision(AUDITED, RELEASE).await;
    assert_eq!((lapsed.state, lapsed.phase, lapsed.bytes), (State::Held, Some(Phase::Lapsed), Bytes::Serve));
    assert_eq!(world.bytes(AUDITED, "mossy-lantern", "1.1.0").await, Ok(bytes_of("mossy-lantern", "1.1.0")));
    assert!(world.topics().await.ends_with(&["audit.recorded.v1", "audit.withdrawn.v1"]));
}

async fn a_violation_refuses_what_an_audit_stands_for(world: World) {
    ready(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    world.record(&ada, &full(RELEASE)).await.unwrap();
    world.bytes(AUDITED, "mossy-lantern", "1.1.0").await.unwrap();
    let violation = AuditForm {
        kind: "violation".to_owned(),
        release: "pkg:cargo/mossy-lantern".to_owned(),
        range: Some("=1.1.0".to_owned()),
        criteria: vec!["safe-to-deploy".to_owned()],
        ..AuditForm::default()
    };
    world.record(&ada, &violation).await.unwrap();
    let refused = world.decision(AUDITED, RELEASE).await;
    assert_eq!((refused.state, refused.bytes), (State::Refused, Bytes::Refuse));
    assert_eq!(world.bytes(AUDITED, "mossy-lantern", "1.1.0").await, Err(refused.reasons[0].code));
    assert_eq!(world.state(AUDITED, "pkg:cargo/mossy-lantern@1.0.0").await, State::Held, "its range is one version");
}

async fn only_auditors_record_audits(world: World) {
    ready(&world).await;
    let bob = world.member("bob", &[Role::Member]).await;
    let before = world.topics().await;
    let problem = world.record(&bob, &full(RELEASE)).await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::Forbidden, "auditors-only"));
    let problem = world.record(&vetmoot_workflows::Origin::Operator, &full(RELEASE)).await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::Forbidden, "audits-have-authors"));
    assert_eq!(world.topics().await, before);
}

async fn what_is_wrong_with_an_audit_names_its_field(world: World) {
    ready(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let stray = format!("sha256:{}", "ab".repeat(32));
    let good = full(RELEASE);
    let delta = AuditForm { kind: "delta".to_owned(), from: Some("pkg:cargo/mossy-lantern@0.1.0".to_owned()), ..good.clone() };
    let range = AuditForm { kind: "violation".to_owned(), range: Some("<<1".to_owned()), depth: None, ..good.clone() };
    let cases = [
        (AuditForm { criteria: vec!["safe-to-fly".to_owned()], ..good.clone() }, "unknown-criterion", "criteria"),
        (AuditForm { criteria: Vec::new(), ..good.clone() }, "bad-audit", "criteria"),
        (AuditForm { digests: vec![stray], ..good.clone() }, "unknown-digest", "digests"),
        (AuditForm { digests: vec!["sha256:short".to_owned()], ..good.clone() }, "bad-audit", "digests"),
        (full("pkg:cargo/mossy-lantern@9.9.9"), "unknown-release", "release"),
        (full("pkg:cargo/nonesuch@1.0.0"), "unknown-release", "release"),
        (full("mossy-lantern 1.1.0"), "bad-audit", "release"),
        (AuditForm { depth: Some("glance".to_owned()), ..good.clone() }, "bad-audit", "depth"),
        (delta, "unknown-release", "from"),
        (range, "bad-range", "range"),
    ];
    let before = world.topics().await;
    for (form, code, field) in cases {
        let problem = world.record(&ada, &form).await.unwrap_err();
        assert_eq!(
            (problem.kind, problem.code, problem.field.as_deref()),
            (Kind::Invalid, code, Some(field)),
            "{form:?}: {problem}"
        );
    }
    let news: Vec<_> = world.topics().await.split_off(before.len());
    assert!(!news.contains(&"audit.recorded.v1"), "{news:?}");
    assert_eq!(list::recent(&world.ctx, 10, None).await.unwrap().len(), 0);
}

async fn trust_in_a_publisher_ends_within_a_year(world: World) {
    ready(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let trust = |days: i64| AuditForm {
        kind: "publisher".to_owned(),
        release: "pkg:cargo/mossy-lantern".to_owned(),
        publisher: Some(PublisherForm {
            user: "github:someone".to_owned(),
            start: START.day().plus_days(-100).to_string(),
            end: START.day().plus_days(days).to_string(),
        }),
        criteria: vec!["safe-to-deploy".to_owned()],
        ..AuditForm::default()
    };
    let problem = world.record(&ada, &trust(400)).await.unwrap_err();
    assert_eq!((problem.code, problem.field.as_deref()), ("window-too-long", Some("publisher.end")));
    let problem = world.record(&ada, &trust(-200)).await.unwrap_err();
    assert_eq!(problem.field.as_deref(), Some("publisher.end"));
    world.record(&ada, &trust(365)).await.unwrap();
}

async fn a_delta_needs_what_it_starts_from(world: World) {
    ready(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let from = "pkg:cargo/mossy-lantern@1.0.0";
    let delta = AuditForm { kind: "delta".to_owned(), from: Some(from.to_owned()), ..full(RELEASE) };
    world.record(&ada, &delta).await.unwrap();
    let hanging = world.decision(AUDITED, RELEASE).await;
    assert_eq!((hanging.state, hanging.reasons[0].code), (State::Held, "audits-missing"));
    world.record(&ada, &full(from)).await.unwrap();
    let carried = world.decision(AUDITED, RELEASE).await;
    assert_eq!(carried.state, State::Listed);
    assert_eq!(carried.support[0].chains[0].len(), 2, "{:?}", carried.support);
    assert_eq!(world.state(AUDITED, from).await, State::Listed);
}

async fn an_audit_without_digests_covers_what_the_index_lists(world: World) {
    ready(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let row = world.record(&ada, &full(RELEASE)).await.unwrap();
    let expected = format!("sha256:{}", vetmoot_tests::upstream::sha256(&bytes_of("mossy-lantern", "1.1.0")));
    assert_eq!(row.audit.digests().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
}

async fn only_its_author_or_a_steward_withdraws_an_audit_once(world: World) {
    ready(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let bob = world.member("bob", &[Role::Auditor]).await;
    let eve = world.member("eve", &[Role::Steward]).await;
    let row = world.record(&ada, &full(RELEASE)).await.unwrap();
    let not_yours = withdraw::withdraw(&world.ctx, &bob, &row.id, "because").await.unwrap_err();
    assert_eq!((not_yours.kind, not_yours.code), (Kind::Forbidden, "not-yours"));
    let silent = withdraw::withdraw(&world.ctx, &ada, &row.id, "  ").await.unwrap_err();
    assert_eq!((silent.code, silent.field.as_deref()), ("no-reason", Some("reason")));
    withdraw::withdraw(&world.ctx, &eve, &row.id, "found a hole").await.unwrap();
    let twice = withdraw::withdraw(&world.ctx, &ada, &row.id, "again").await.unwrap_err();
    assert_eq!((twice.kind, twice.code), (Kind::Conflict, "already-withdrawn"));
    assert_eq!(withdraw::withdraw(&world.ctx, &ada, "nonesuch", "x").await.unwrap_err().code, "unknown-audit");
}
