//! Statements of a followed community: believed when they prove themselves, counted once, ended by those who may.

use serde_json::{Value, json};
use vetmoot_domain::{State, TestimonyOrigin};
use vetmoot_storage::evidence;
use vetmoot_storage::federation::statements;
use vetmoot_workflows::limits;
use vetmoot_workflows::statement::receive::{Arriving, Taken, Via};

use crate::elsewhere::{Elsewhere, digest};
use crate::scene::{LANTERN, Scene, WITH_THEM, word};
use crate::world::{World, on_both_databases};

on_both_databases! {
    an_audit_counts_where_a_policy_names_its_community,
    the_same_record_twice_changes_nothing,
    a_withdrawal_ends_an_audit_whichever_comes_first,
    only_the_author_or_the_community_withdraws,
    an_erasure_leaves_the_digest_alone,
    another_record_under_a_known_id_is_kept_and_not_believed,
    what_is_not_on_its_communitys_origin_is_refused,
    what_does_not_prove_itself_is_refused,
    a_new_key_is_asked_for_once,
    a_retired_key_counts_within_its_time_and_by_the_log,
    an_author_who_does_not_answer_is_asked_again_later,
    what_is_not_understood_is_kept_and_weighs_nothing,
    nothing_is_taken_from_who_is_not_followed,
    a_violation_refuses_and_its_withdrawal_gives_back,
    ten_thousand_records_at_once,
    of_one_package_a_community_says_so_much_and_no_more,
}

async fn an_audit_counts_where_a_policy_names_its_community(world: World) {
    let scene = Scene::following(world).await;
    let audit = scene.far.audit("ada", "a1", LANTERN, scene.now());
    assert_eq!(scene.heard(&audit).await, "new");
    assert_eq!(scene.state(LANTERN).await, State::Listed);
    let (_, found) = evidence::of_package(&scene.ctx.store.read(), &"pkg:cargo/mossy-lantern".parse().unwrap()).await.unwrap();
    let said = &found.testimonies[0];
    assert_eq!(said.id, scene.far.id("a1"), "reasons name the record");
    assert_eq!(said.origin, TestimonyOrigin::Import("vet.example".to_owned()));
    assert_eq!((said.authors[0].name.as_str(), said.recorded, said.dated), ("ada@vet.example", Some(scene.now()), true));
    let events = scene.events("statements.received.v1").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].subject[0], "vet.example");
    assert!(events[0].subject[1].starts_with("new 1 known 0 "), "{:?}", events[0].subject);
    // A policy that does not name them does not hear them.
    scene.adopt(WITH_THEM).await;
    assert_eq!(scene.state(LANTERN).await, State::Held);
}

async fn the_same_record_twice_changes_nothing(world: World) {
    let scene = Scene::following(world).await;
    let audit = scene.far.audit("ada", "a1", LANTERN, scene.now());
    let both = scene.hear(&[audit.clone(), audit.clone()]).await;
    assert_eq!(both.iter().map(word).collect::<Vec<_>>(), ["new", "known"]);
    let before = (scene.epoch("pkg:cargo/mossy-lantern").await, scene.events("statements.received.v1").await.len());
    assert_eq!(scene.heard(&audit).await, "known");
    assert_eq!((scene.epoch("pkg:cargo/mossy-lantern").await, scene.events("statements.received.v1").await.len()), before);
    assert_eq!(evidence::count(&scene.ctx.store.read()).await.unwrap().peers, 1);
}

async fn a_withdrawal_ends_an_audit_whichever_comes_first(world: World) {
    let scene = Scene::following(world).await;
    let (first, second) =
        (scene.far.audit("ada", "a1", LANTERN, scene.now()), scene.far.audit("ada", "a2", LANTERN, scene.now()));
    let at = scene.now();
    assert_eq!(scene.heard(&first).await, "new");
    assert_eq!(scene.state(LANTERN).await, State::Listed);
    assert_eq!(scene.heard(&scene.far.withdrawal("ada", "a1", at)).await, "new");
    assert_eq!(scene.state(LANTERN).await, State::Held);
    let row = statements::by_uri(&scene.ctx.store.read(), &scene.far.id("a1")).await.unwrap().unwrap();
    assert_eq!((row.withdrawn_at, row.withdrawn_reason.as_deref()), (Some(at), Some("wrong")));
    // Before the audit it withdraws: remembered, and carried out when that arrives.
    assert_eq!(scene.heard(&scene.far.withdrawal("ada", "a2", at)).await, "new");
    assert_eq!(scene.heard(&second).await, "new");
    assert_eq!(scene.state(LANTERN).await, State::Held);
    // And both in one batch, the wrong way round.
    let third = [scene.far.withdrawal("ada", "a3", at), scene.far.audit("ada", "a3", LANTERN, at)];
    assert_eq!(scene.hear(&third).await.iter().map(word).collect::<Vec<_>>(), ["new", "new"]);
    assert_eq!(scene.state(LANTERN).await, State::Held);
    assert_eq!(evidence::count(&scene.ctx.store.read()).await.unwrap().peers, 0);
}

async fn only_the_author_or_the_community_withdraws(world: World) {
    let scene = Scene::following(world).await;
    let at = scene.now();
    assert_eq!(scene.heard(&scene.far.audit("ada", "a1", LANTERN, at)).await, "new");
    let eve = scene.far.withdrawal("eve", "a1", at);
    assert_eq!(scene.heard(&eve).await, "not-its-author");
    assert_eq!(scene.state(LANTERN).await, State::Listed);
    // Said before the audit was here, it is remembered, and found to be nobody's right.
    assert_eq!(scene.heard(&scene.far.withdrawal("eve", "a2", at)).await, "new");
    assert_eq!(scene.heard(&scene.far.audit("ada", "a2", LANTERN, at)).await, "new");
    assert_eq!(evidence::count(&scene.ctx.store.read()).await.unwrap().peers, 2);
    assert_eq!(scene.heard(&scene.far.withdrawal("community", "a1", at)).await, "new");
    assert_eq!(scene.heard(&scene.far.withdrawal("ada", "a2", at)).await, "equivocation", "eve took its id");
    assert_eq!(evidence::count(&scene.ctx.store.read()).await.unwrap().peers, 1);
}

async fn an_erasure_leaves_the_digest_alone(world: World) {
    let scene = Scene::following(world).await;
    let at = scene.now();
    let audit = scene.far.audit("ada", "a1", LANTERN, at);
    let wrong = scene.far.erasure("community", "a1", [7; 32], at);
    assert_eq!(scene.heard(&audit).await, "new");
    assert_eq!(scene.heard(&wrong).await, "new", "an erasure of another record of that id is kept and erases nothing");
    assert_eq!(scene.state(LANTERN).await, State::Listed);
    let other = scene.far.audit("ada", "a2", LANTERN, at);
    assert_eq!(scene.heard(&scene.far.erasure("community", "a2", digest(&other), at)).await, "new");
    assert_eq!(scene.heard(&other).await, "new", "the erasure was quicker");
    let row = statements::by_uri(&scene.ctx.store.read(), &scene.far.id("a2")).await.unwrap().unwrap();
    assert_eq!((row.record, row.digest), (None, digest(&other)));
    assert!(row.note.unwrap().contains("Erasure"));
    assert_eq!(evidence::count(&scene.ctx.store.read()).await.unwrap().peers, 1);
    assert_eq!(scene.heard(&other).await, "known", "it does not come back");
    assert_eq!(evidence::count(&scene.ctx.store.read()).await.unwrap().peers, 1);
}

async fn another_record_under_a_known_id_is_kept_and_not_believed(world: World) {
    let scene = Scene::following(world).await;
    let first = scene.far.audit("ada", "a1", LANTERN, scene.now());
    let second = scene.far.audit("ada", "a1", "pkg:cargo/mossy-lantern@9.9.9", scene.now());
    assert_eq!(scene.heard(&first).await, "new");
    let epoch = scene.epoch("pkg:cargo/mossy-lantern").await;
    for _ in 0..2 {
        assert_eq!(scene.heard(&second).await, "equivocation");
    }
    let kept = statements::equivocations(&scene.ctx.store.read(), 10).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].uri.as_str(), kept[0].digest), (scene.far.id("a1").as_str(), digest(&second)));
    assert_eq!((scene.state(LANTERN).await, scene.epoch("pkg:cargo/mossy-lantern").await), (State::Listed, epoch));
    let last = scene.events("statements.received.v1").await.pop().unwrap();
    assert!(last.subject[1].contains("equivocations 1"), "{last:?}");
    assert_eq!(vetmoot_workflows::follow::one(&scene.ctx, "vet.example").await.unwrap().equivocations, 1);
    // A few are enough to prove it.
    let many: Vec<_> = (0..20).map(|n| scene.far.audit("ada", "a1", &format!("pkg:cargo/p{n}@1.0.0"), scene.now())).collect();
    assert!(scene.hear(&many).await.iter().all(|one| matches!(one, Taken::Equivocation { .. })));
    assert_eq!(statements::equivocations(&scene.ctx.store.read(), 100).await.unwrap().len(), 8);
}

async fn what_is_not_on_its_communitys_origin_is_refused(world: World) {
    let scene = Scene::following(world).await;
    let far = &scene.far;
    let base = json!({"type": "Audit", "kind": "full", "release": LANTERN, "criteria": ["safe-to-deploy"], "depth": "read"});
    let of = |id: &str, author: Option<&str>| {
        let mut record = base.clone();
        record["id"] = id.into();
        if let Some(author) = author {
            record["attributedTo"] = author.into();
        }
        far.signed("ada", record, scene.now())
    };
    let cases = [
        (of("https://other.example/audits/1/record", None), "wrong-origin"),
        (of("https://vet.example:8443/audits/1/record", None), "wrong-origin"),
        (of("http://vet.example/audits/1/record", None), "wrong-origin"),
        (of("https://our.example/audits/1/record", None), "wrong-origin"),
        (of("https://VET.example/audits/1/record", None), "odd-address"),
        (of("https://user@vet.example/audits/1/record", None), "wrong-origin"),
        (of(&far.id("1"), Some("https://other.example/users/ada")), "wrong-origin"),
        (of("nonsense", None), "wrong-origin"),
    ];
    for (record, code) in cases {
        let community = vetmoot_workflows::statement::receive::Community::on(&scene.ctx, &far.origin).await.unwrap().unwrap();
        let arriving = vec![Arriving { record: record.clone(), leaf: None, via: Via::Post }];
        let taken = vetmoot_workflows::statement::receive::receive(&scene.ctx, &community, arriving).await.unwrap();
        assert_eq!(word(&taken[0]), code, "{record}");
    }
    assert_eq!(scene.state(LANTERN).await, State::Held);
    assert_eq!(scene.events("statements.received.v1").await.len(), 0, "what is refused alone is no event");
}

async fn what_does_not_prove_itself_is_refused(world: World) {
    let scene = Scene::following(world).await;
    let far = &scene.far;
    let good = far.audit("ada", "a1", LANTERN, scene.now());
    let mut changed = good.clone();
    changed["release"] = "pkg:cargo/mossy-lantern@1.1.1".into();
    let mut bare = good.clone();
    bare.as_object_mut().unwrap().remove("proof");
    // Signed by eve's key, said to be ada's.
    let stranger = json!({"type": "Audit", "id": far.id("a2"), "attributedTo": far.person("ada"), "kind": "full", "release": LANTERN,
        "criteria": ["safe-to-deploy"]});
    let stranger = far.signed("eve", stranger, scene.now());
    let elsewhere = Elsewhere::new("vet.example", scene.now()).audit("ada", "a3", LANTERN, scene.now());
    let mut shapeless = good.clone();
    shapeless["type"] = json!(["Audit", "Note"]);
    let mut dateless = good.clone();
    dateless["published"] = "yesterday".into();
    let ahead =
        far.signed("ada", json!({"type": "Audit", "id": far.id("a4"), "published": "2030-01-01T00:00:00Z"}), scene.now());
    for (record, code) in [
        (changed, "signature-wrong"),
        (bare, "no-proof"),
        (stranger, "key-not-of-actor"),
        (elsewhere, "key-not-of-actor"),
        (shapeless, "no-type"),
        (dateless, "no-date"),
        (ahead, "from-the-future"),
        (json!([1, 2]), "no-type"),
        (json!({}), "no-type"),
    ] {
        assert_eq!(scene.heard(&record).await, code, "{record}");
    }
    assert_eq!(scene.state(LANTERN).await, State::Held);
    assert_eq!(scene.heard(&good).await, "new");
}

async fn a_new_key_is_asked_for_once(world: World) {
    let scene = Scene::following(world).await;
    let far = &scene.far;
    assert_eq!(scene.heard(&far.audit("ada", "a1", LANTERN, scene.now())).await, "new");
    assert_eq!(far.asked("/users/ada"), 1);
    scene.world.turn("1h");
    far.rotate("ada", scene.now());
    scene.world.turn("1h");
    let batch: Vec<_> = (2..40).map(|n| far.audit("ada", &format!("a{n}"), LANTERN, scene.now())).collect();
    assert!(scene.hear(&batch).await.iter().all(|one| matches!(one, Taken::New { .. })));
    assert_eq!(far.asked("/users/ada"), 2, "once for the batch");
    assert_eq!(scene.heard(&far.audit("ada", "a50", LANTERN, scene.now())).await, "new");
    assert_eq!(far.asked("/users/ada"), 2, "and remembered");
}

async fn a_retired_key_counts_within_its_time_and_by_the_log(world: World) {
    let scene = Scene::following(world).await;
    let far = &scene.far;
    scene.world.turn("1d");
    let early = far.audit("ada", "a1", LANTERN, scene.now());
    scene.world.turn("1d");
    let retired = scene.now();
    let late = far.audit("ada", "a2", LANTERN, retired.plus("1h".parse().unwrap()));
    let before = far.signed("ada", json!({"type": "Audit", "id": far.id("a3")}), retired.minus("30d".parse().unwrap()));
    far.rotate("ada", retired);
    scene.world.turn("2h");
    assert_eq!(scene.heard(&late).await, "outside-key-time");
    assert_eq!(scene.heard(&before).await, "outside-key-time");
    // Whoever has the old key can write any date, so the post alone is not enough.
    assert_eq!(scene.heard(&early).await, "later");
    assert_eq!(scene.state(LANTERN).await, State::Held);
    far.publish(&[early]);
    assert_eq!(scene.catch_up().await, 2, "a leaf and its statement");
    assert_eq!(scene.state(LANTERN).await, State::Listed);
}

async fn an_author_who_does_not_answer_is_asked_again_later(world: World) {
    let scene = Scene::following(world).await;
    let far = &scene.far;
    far.state().down.insert(far.person("ada"));
    let audits = [far.audit("ada", "a1", LANTERN, scene.now()), far.audit("bo", "b1", LANTERN, scene.now())];
    assert_eq!(scene.hear(&audits).await.iter().map(word).collect::<Vec<_>>(), ["later", "new"]);
    far.state().down.clear();
    assert_eq!(scene.hear(&audits).await.iter().map(word).collect::<Vec<_>>(), ["new", "known"]);
    // Who is gone is believed in what they signed while their keys were known here.
    far.state().gone.extend([far.person("ada"), far.person("cy")]);
    scene.world.turn("2d");
    let late = [far.audit("ada", "a2", LANTERN, scene.now()), far.audit("cy", "c1", LANTERN, scene.now())];
    assert_eq!(scene.hear(&late).await.iter().map(word).collect::<Vec<_>>(), ["new", "gone"]);
}

async fn what_is_not_understood_is_kept_and_weighs_nothing(world: World) {
    let scene = Scene::following(world).await;
    let far = &scene.far;
    let review = far.signed(
        "ada",
        json!({"type": "Review", "id": far.id("r1"), "object": far.id("a1"), "stance": "confirms"}),
        scene.now(),
    );
    let with_condition = json!({"type": "Audit", "id": far.id("a1"), "kind": "full", "release": LANTERN,
        "criteria": ["safe-to-deploy"], "depth": "read", "only-on": "linux"});
    let with_condition = far.signed("ada", with_condition, scene.now());
    let nameless = json!({"type": "Audit", "id": far.id("a2"), "kind": "full", "release": "pkg:gem/rails@1", "criteria": ["safe-to-deploy"]});
    let nameless = far.signed("ada", nameless, scene.now());
    let revision = json!({"type": "PolicyRevision", "id": format!("{}/policies/x/revisions/1/record", far.origin), "slug": "x",
        "document": "vetmoot-policy = 1"});
    let revision = far.signed("ada", revision, scene.now());
    for record in [&review, &with_condition, &nameless, &revision] {
        assert_eq!(scene.heard(record).await, "new");
    }
    assert_eq!(scene.state(LANTERN).await, State::Held);
    let kept = statements::by_uri(&scene.ctx.store.read(), &far.id("r1")).await.unwrap().unwrap();
    assert_eq!((kept.kind.as_str(), kept.object.as_deref()), ("Review", Some(far.id("a1").as_str())));
    let text = kept.record.unwrap();
    assert_eq!(
        digest(&vetmoot_domain::proof::parse(text.as_bytes()).unwrap()),
        digest(&review),
        "kept so that it can be proven again"
    );
}

async fn nothing_is_taken_from_who_is_not_followed(world: World) {
    let scene = Scene::following(world).await;
    let community = vetmoot_workflows::statement::receive::Community::on(&scene.ctx, &scene.far.origin).await.unwrap().unwrap();
    let audit = scene.far.audit("ada", "a1", LANTERN, scene.now());
    vetmoot_workflows::follow::end(&scene.ctx, &vetmoot_workflows::Origin::Operator, "vet.example").await.unwrap();
    // It was on its way while following ended.
    let arriving = vec![Arriving { record: audit, leaf: None, via: Via::Post }];
    let taken = vetmoot_workflows::statement::receive::receive(&scene.ctx, &community, arriving).await.unwrap();
    assert_eq!(word(&taken[0]), "not-followed");
    assert!(vetmoot_workflows::statement::receive::Community::on(&scene.ctx, &scene.far.origin).await.unwrap().is_none());
    assert_eq!(scene.state(LANTERN).await, State::Held);
}

async fn a_violation_refuses_and_its_withdrawal_gives_back(world: World) {
    let scene = Scene::following(world).await;
    let far = &scene.far;
    let violation = json!({"type": "Audit", "id": far.id("v1"), "kind": "violation", "release": "pkg:cargo/mossy-lantern",
        "range": "<2.0.0", "criteria": ["safe-to-deploy"]});
    let violation = far.signed("ada", violation, scene.now());
    assert_eq!(scene.heard(&far.audit("ada", "a1", LANTERN, scene.now())).await, "new");
    assert_eq!(scene.heard(&violation).await, "new");
    assert_eq!(scene.state(LANTERN).await, State::Refused);
    assert_eq!(scene.heard(&far.withdrawal("ada", "v1", scene.now())).await, "new");
    assert_eq!(scene.state(LANTERN).await, State::Listed);
}

async fn of_one_package_a_community_says_so_much_and_no_more(world: World) {
    let scene = Scene::following(world).await;
    let max = usize::try_from(limits::ADVISORIES_OF_PEER_MAX).unwrap();
    let many: Vec<_> = (0..max + 5).map(|n| advisory(&scene, n, "mossy-lantern")).collect();
    let mut taken = scene.hear(&many[..max - 1]).await;
    assert!(taken.iter().all(|one| matches!(one, Taken::New { .. })));
    // Within one batch, and in those after it.
    taken = scene.hear(&many[max - 1..max + 2]).await;
    assert_eq!(taken.iter().map(word).collect::<Vec<_>>(), ["new", "too-many-advisories", "too-many-advisories"]);
    assert_eq!(scene.heard(&many[max + 2]).await, "too-many-advisories");
    let told = scene.events("statements.received.v1").await;
    assert!(
        told.last().unwrap().subject[1].contains("new 1 ") && told.last().unwrap().subject[1].contains(" refused 2 "),
        "{told:?}"
    );
    assert_eq!(evidence::count(&scene.ctx.store.read()).await.unwrap().advisories, limits::ADVISORIES_OF_PEER_MAX);
    // Of another package, and as an audit of this one, they are heard.
    assert_eq!(scene.heard(&advisory(&scene, max + 3, "amber-compass")).await, "new");
    assert_eq!(scene.heard(&scene.far.audit("ada", "a1", LANTERN, scene.now())).await, "new");
    // What is taken back makes room.
    let withdrawal = json!({"type": "Withdrawal", "id": format!("{}/advisories/0/withdrawal/record", scene.far.origin),
        "object": many[0]["id"], "reason": "wrong"});
    assert_eq!(scene.heard(&scene.far.signed("ada", withdrawal, scene.now())).await, "new");
    assert_eq!(scene.heard(&many[max + 2]).await, "new");
    assert_eq!(scene.heard(&many[max + 4]).await, "too-many-advisories");
}

/// An advisory of theirs about versions of a crate that nobody has.
fn advisory(scene: &Scene, n: usize, name: &str) -> Value {
    let crates = vetmoot_ecosystems::feeds::osv::ecosystem_name(vetmoot_domain::Ecosystem::Cargo);
    let osv = json!({
        "id": format!("VET-{n}"), "modified": scene.now().to_string(), "summary": "made up",
        "affected": [{"package": {"ecosystem": crates, "name": name}, "versions": [format!("9.9.{n}")]}],
    });
    let id = format!("{}/advisories/{n}/record", scene.far.origin);
    scene.far.signed("ada", json!({"type": "Advisory", "id": id, "osv": osv.to_string()}), scene.now())
}

async fn ten_thousand_records_at_once(world: World) {
    let scene = Scene::following(world).await;
    let far = &scene.far;
    let records: Vec<_> = (0..10_000)
        .map(|n| {
            far.audit(
                if n % 2 == 0 { "ada" } else { "bo" },
                &format!("a{n}"),
                &format!("pkg:cargo/p{}@1.0.{n}", n % 3_000),
                scene.now(),
            )
        })
        .collect();
    let begun = std::time::Instant::now();
    let taken = scene.hear(&records).await;
    println!("10,000 audits verified and applied in {} ms", begun.elapsed().as_millis());
    assert!(taken.iter().all(|one| matches!(one, Taken::New { .. })));
    let counted = evidence::count(&scene.ctx.store.read()).await.unwrap();
    assert_eq!(counted.peers, 10_000);
    assert_eq!(scene.events("statements.received.v1").await.len(), 1);
}
