//! What is kept in memory is as true as what is made afresh, and other processes are noticed.

use std::sync::Arc;

use vetmoot_domain::{Adoption, Role, State};
use vetmoot_ecosystems::{Form, Links};
use vetmoot_workflows::registry::answer;
use vetmoot_workflows::registry::judged::{self, Judged, Key};
use vetmoot_workflows::{Ctx, limits};

use crate::world::{AUDITED, COOLDOWN, Setup, World, decision, full, on_both_databases};

on_both_databases! {
    a_memoised_judgement_equals_a_fresh_one,
    evidence_on_another_package_costs_no_new_judgement,
    what_another_process_wrote_is_noticed,
    a_tag_changes_with_whatever_the_answer_depends_on,
}

const RELEASE: &str = "pkg:cargo/mossy-lantern@1.1.0";

async fn judge(ctx: &Ctx, slug: &str, purl: &str) -> Arc<Judged> {
    let adopted = ctx.book.newest(&slug.parse().unwrap()).unwrap();
    judged::judged(ctx, &adopted, &purl.parse().unwrap(), adopted.policy.serve_use()).await.unwrap()
}

async fn body(ctx: &Ctx, judged: &Arc<Judged>) -> bytes::Bytes {
    let links = Links { files: "https://vet.example/files/".to_owned() };
    answer::body(ctx, judged, Form::CargoLines, &links, false).await.unwrap()
}

async fn ready(world: &World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    world.index.publish("mossy-lantern", "1.2.0", 2);
    world.index.publish("quiet-harbour", "1.0.0", 90);
    world.shelf(AUDITED).await;
    world.shelf(COOLDOWN).await;
}

async fn a_memoised_judgement_equals_a_fresh_one(world: World) {
    ready(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    for step in 0..3 {
        let first = judge(&world.ctx, AUDITED, "pkg:cargo/mossy-lantern").await;
        let again = judge(&world.ctx, AUDITED, "pkg:cargo/mossy-lantern").await;
        assert!(Arc::ptr_eq(&first, &again), "step {step}: nothing changed, nothing is judged");
        let fresh = world.another(&Setup::default()).await;
        let afresh = judge(&fresh, AUDITED, "pkg:cargo/mossy-lantern").await;
        assert_eq!((&first.tag, &first.decisions), (&afresh.tag, &afresh.decisions), "step {step}");
        assert_eq!(body(&world.ctx, &first).await, body(&fresh, &afresh).await, "step {step}");
        match step {
            0 => drop(world.record(&ada, &full(RELEASE)).await.unwrap()),
            _ => world.clock.turn(limits::LISTING_FRESH),
        }
    }
    let key = |adopted: &vetmoot_workflows::policy::book::Adopted| Key {
        package: "pkg:cargo/mossy-lantern".parse().unwrap(),
        slug: adopted.slug.clone(),
        digest: adopted.digest,
        usage: adopted.policy.serve_use(),
    };
    let key = key(&world.adopted(AUDITED));
    judge(&world.ctx, AUDITED, "pkg:cargo/mossy-lantern").await;
    assert!(judged::hot(&world.ctx, &key).is_some());
    world.clock.turn(limits::LISTING_FRESH);
    assert!(judged::hot(&world.ctx, &key).is_none(), "a listing that is no longer fresh is confirmed first");
}

async fn evidence_on_another_package_costs_no_new_judgement(world: World) {
    ready(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let before = judge(&world.ctx, AUDITED, "pkg:cargo/mossy-lantern").await;
    world.record(&ada, &full("pkg:cargo/quiet-harbour@1.0.0")).await.unwrap();
    assert!(Arc::ptr_eq(&before, &judge(&world.ctx, AUDITED, "pkg:cargo/mossy-lantern").await));
    world.record(&ada, &full(RELEASE)).await.unwrap();
    assert!(!Arc::ptr_eq(&before, &judge(&world.ctx, AUDITED, "pkg:cargo/mossy-lantern").await));
}

async fn what_another_process_wrote_is_noticed(world: World) {
    ready(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let server = world.another(&Setup::default()).await;
    assert_eq!(decision(&server, AUDITED, RELEASE).await.unwrap().state, State::Held);
    server.notice().await.unwrap();
    assert!(!server.notice().await.unwrap(), "nothing happened since");
    world.record(&ada, &full(RELEASE)).await.unwrap();
    assert!(server.notice().await.unwrap());
    assert!(!server.notice().await.unwrap());
    assert_eq!(decision(&server, AUDITED, RELEASE).await.unwrap().state, State::Listed);
    let text = "vetmoot-policy = 1\n[policy]\ntitle = \"Ours\"\nsummary = \"Ours.\"\n";
    let adopted = world.adopt("ours", text, Adoption::Enforce).await.unwrap();
    assert!(server.book.newest(&adopted.slug).is_none());
    server.notice().await.unwrap();
    assert_eq!(server.book.newest(&adopted.slug).unwrap().digest, adopted.digest);
}

async fn a_tag_changes_with_whatever_the_answer_depends_on(world: World) {
    ready(&world).await;
    let mut tags = vec![judge(&world.ctx, COOLDOWN, "pkg:cargo/mossy-lantern").await.tag.clone()];
    tags.push(judge(&world.ctx, AUDITED, "pkg:cargo/mossy-lantern").await.tag.clone());
    world.turn("5d");
    tags.push(judge(&world.ctx, COOLDOWN, "pkg:cargo/mossy-lantern").await.tag.clone());
    world.index.publish("mossy-lantern", "1.3.0", 90);
    world.clock.turn(limits::LISTING_FRESH);
    tags.push(judge(&world.ctx, COOLDOWN, "pkg:cargo/mossy-lantern").await.tag.clone());
    let judged = judge(&world.ctx, COOLDOWN, "pkg:cargo/mossy-lantern").await;
    for (form, gzip) in [(Form::CargoLines, false), (Form::CargoLines, true)] {
        tags.push(answer::etag(&judged, form, gzip));
    }
    let all = tags.len();
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), all, "{tags:?}");
}
