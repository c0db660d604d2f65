//! Catching up with a followed log: nothing missing, nothing double, wherever it was broken off.

use vetmoot_domain::{Role, State};
use vetmoot_storage::evidence;
use vetmoot_storage::federation::statements;
use vetmoot_workflows::follow::{self, FollowState, fork};
use vetmoot_workflows::{Ctx, Origin};

use crate::elsewhere::digest;
use crate::scene::{LANTERN, Scene, catch_up};
use crate::world::{World, on_both_databases};

on_both_databases! {
    what_was_said_before_we_followed_arrives,
    posts_and_the_log_meet_without_doubling,
    a_process_that_died_anywhere_goes_on_where_it_was,
    a_log_that_fails_is_left_alone_for_longer_and_longer,
    a_hint_brings_the_next_look_forward,
    what_was_erased_is_passed_over,
    a_statement_that_is_not_its_leaf_is_not_taken,
    one_author_without_keys_does_not_stop_the_rest_for_ever,
    a_forked_log_is_not_read_on_until_an_admin_decides,
    ending_after_a_fork_ends_its_weight,
}

fn audits(scene: &Scene, from: usize, until: usize) -> Vec<serde_json::Value> {
    (from..until).map(|n| scene.far.audit("ada", &format!("a{n}"), &format!("pkg:cargo/p{n}@1.0.0"), scene.now())).collect()
}

async fn evidence_of(ctx: &Ctx) -> u64 {
    evidence::count(&ctx.store.read()).await.unwrap().peers
}

async fn what_was_said_before_we_followed_arrives(world: World) {
    let scene = Scene::new(world).await;
    scene.far.publish(&[scene.far.audit("ada", "lantern", LANTERN, scene.now())]);
    scene.far.publish(&audits(&scene, 0, 700));
    assert_eq!(scene.catch_up().await, 0, "nobody is followed");
    scene.follow().await;
    assert_eq!(scene.catch_up().await, 2 * 701);
    assert_eq!((scene.state(LANTERN).await, evidence_of(&scene.ctx).await), (State::Listed, 701));
    let shown = follow::one(&scene.ctx, "vet.example").await.unwrap();
    assert_eq!((shown.progress(), shown.leaves, shown.statements, shown.forked), (Some((701, 701)), 701, 701, false));
    let row = statements::by_uri(&scene.ctx.store.read(), &scene.far.id("a5")).await.unwrap().unwrap();
    assert_eq!((row.leaf, row.via), (Some(6), statements::Via::Log));
    // Nothing new: a look costs one checkpoint.
    scene.world.turn("6m");
    let asked = scene.far.state().asked.len();
    assert_eq!(scene.catch_up().await, 0);
    assert_eq!(scene.far.state().asked[asked..], ["https://vet.example/log/checkpoint"]);
    // A day of theirs while we were away.
    scene.world.turn("1d");
    scene.far.publish(&audits(&scene, 700, 1_000));
    assert_eq!(scene.catch_up().await, 2 * 300);
    assert_eq!(evidence_of(&scene.ctx).await, 1_001);
}

async fn posts_and_the_log_meet_without_doubling(world: World) {
    let scene = Scene::following(world).await;
    let said = audits(&scene, 0, 10);
    scene.far.publish(&said);
    scene.hear(&said[3..6]).await;
    assert_eq!(scene.catch_up().await, 10 + 7);
    assert_eq!(evidence_of(&scene.ctx).await, 10);
    let row = statements::by_uri(&scene.ctx.store.read(), &scene.far.id("a4")).await.unwrap().unwrap();
    assert_eq!((row.leaf, row.via), (Some(4), statements::Via::Post), "it came in a post, and its leaf is known");
    let posts = scene.hear(&said).await;
    assert!(posts.iter().all(|one| crate::scene::word(one) == "known"));
    assert_eq!(evidence_of(&scene.ctx).await, 10);
}

async fn a_process_that_died_anywhere_goes_on_where_it_was(world: World) {
    let scene = Scene::following(world).await;
    scene.far.publish(&audits(&scene, 0, 120));
    scene.far.state().page = 7;
    // Each step is done by another process; some of them die in the middle of a page, after the statements and before the note.
    let mut steps = 0;
    while evidence_of(&scene.ctx).await < 120 {
        let process = scene.reopened().await;
        if steps % 2 == 0 {
            let taken = usize::try_from(scene.row().await.log_taken).unwrap();
            let next = 120.min(taken + 3);
            let ahead = scene.far.state().records[taken..next].to_vec();
            scene.hear(&ahead).await;
        }
        let dying = tokio::time::timeout(std::time::Duration::from_millis(1), follow::catch_up::step(&process)).await;
        drop(dying);
        follow::catch_up::step(&scene.reopened().await).await.unwrap();
        steps += 1;
        assert!(steps < 200, "it goes on");
    }
    catch_up(&scene.ctx).await;
    assert_eq!(evidence_of(&scene.ctx).await, 120);
    let shown = follow::one(&scene.ctx, "vet.example").await.unwrap();
    assert_eq!((shown.progress(), shown.statements), (Some((120, 120)), 120));
    let all = statements::of_leaf_range(&scene.ctx.store.read(), Some(scene.row().await.source_id), 0, 1_000).await.unwrap();
    let leaves: Vec<_> = all.iter().filter_map(|row| row.leaf).collect();
    assert_eq!(leaves, (0..120).collect::<Vec<_>>());
}

async fn a_log_that_fails_is_left_alone_for_longer_and_longer(world: World) {
    let scene = Scene::following(world).await;
    let checkpoint = format!("{}/log/checkpoint", scene.far.origin);
    scene.far.publish(&audits(&scene, 0, 3));
    scene.far.state().down.insert(checkpoint);
    let mut pauses = Vec::new();
    for _ in 0..4 {
        assert_eq!(scene.catch_up().await, 0);
        let row = scene.row().await;
        assert!(row.last_error.is_some());
        let pause = row.next_check_at.unwrap().since(scene.now());
        pauses.push(pause.to_string());
        scene.world.clock.turn(pause);
    }
    assert_eq!(pauses, ["30s", "1m", "2m", "4m"]);
    // It says it has news, so it is there again; and however often it says so, it is asked twice a minute at most.
    scene.catch_up().await;
    let asked = scene.far.asked("/log/checkpoint");
    for _ in 0..9 {
        scene.world.turn("10s");
        follow::hint(&scene.ctx, &scene.far.group()).await.unwrap();
        scene.catch_up().await;
    }
    assert_eq!(scene.far.asked("/log/checkpoint"), asked + 3);
    scene.far.state().down.clear();
    scene.world.turn("1h");
    assert_eq!(scene.catch_up().await, 6);
    let row = scene.row().await;
    assert_eq!((row.failures, row.last_error), (0, None));
}

async fn a_hint_brings_the_next_look_forward(world: World) {
    let scene = Scene::following(world).await;
    scene.catch_up().await;
    scene.far.publish(&audits(&scene, 0, 2));
    scene.world.turn("1m");
    assert_eq!(scene.catch_up().await, 0, "it is not due");
    follow::hint(&scene.ctx, "https://other.example/community").await.unwrap();
    assert_eq!(scene.catch_up().await, 0);
    follow::hint(&scene.ctx, &scene.far.group()).await.unwrap();
    assert_eq!(scene.catch_up().await, 4);
    // Many hints are one look.
    scene.far.publish(&audits(&scene, 2, 3));
    for _ in 0..5 {
        follow::hint(&scene.ctx, &scene.far.group()).await.unwrap();
    }
    assert_eq!(scene.catch_up().await, 0);
    scene.world.turn("10s");
    assert_eq!(scene.catch_up().await, 2);
}

async fn what_was_erased_is_passed_over(world: World) {
    let scene = Scene::following(world).await;
    let said = audits(&scene, 0, 5);
    let note = scene.far.erasure("community", "a2", digest(&said[2]), scene.now());
    scene.far.publish(&said);
    scene.far.publish(std::slice::from_ref(&note));
    scene.far.state().erased.insert(2, note);
    assert_eq!(scene.catch_up().await, 6 + 5);
    assert_eq!(evidence_of(&scene.ctx).await, 4);
    assert_eq!(follow::one(&scene.ctx, "vet.example").await.unwrap().progress(), Some((6, 6)));
    assert!(scene.row().await.last_error.is_none());
}

async fn a_statement_that_is_not_its_leaf_is_not_taken(world: World) {
    let scene = Scene::following(world).await;
    scene.far.publish(&audits(&scene, 0, 4));
    let other = scene.far.audit("ada", "other", LANTERN, scene.now());
    scene.far.state().forged.insert(2, other);
    scene.catch_up().await;
    assert_eq!(evidence_of(&scene.ctx).await, 0, "a page with a lie in it is not taken");
    assert!(scene.row().await.last_error.unwrap().contains("another statement"));
    assert_eq!(scene.state(LANTERN).await, State::Held);
    scene.far.state().forged.clear();
    scene.world.turn("1m");
    assert_eq!(scene.catch_up().await, 4);
}

async fn one_author_without_keys_does_not_stop_the_rest_for_ever(world: World) {
    let scene = Scene::following(world).await;
    let far = &scene.far;
    far.publish(&audits(&scene, 0, 2));
    far.publish(&[far.audit("eve", "e1", "pkg:cargo/e1@1.0.0", scene.now())]);
    far.publish(&audits(&scene, 2, 4));
    far.state().down.insert(far.person("eve"));
    scene.catch_up().await;
    let row = scene.row().await;
    assert_eq!((row.log_taken, evidence_of(&scene.ctx).await), (2, 4), "what stands behind it counts already");
    assert!(row.last_error.unwrap().contains("keys"));
    for _ in 0..10 {
        scene.world.turn("6h");
        scene.catch_up().await;
    }
    assert_eq!(follow::one(&scene.ctx, "vet.example").await.unwrap().progress(), Some((5, 5)));
    far.state().down.clear();
    follow::read_again(&scene.ctx, &Origin::Operator, "vet.example").await.unwrap();
    scene.catch_up().await;
    assert_eq!(evidence_of(&scene.ctx).await, 5, "and it can be had later");
}

async fn a_forked_log_is_not_read_on_until_an_admin_decides(world: World) {
    let scene = Scene::following(world).await;
    scene.far.publish(&audits(&scene, 0, 5));
    scene.catch_up().await;
    scene.far.forget_log();
    scene.far.publish(&audits(&scene, 10, 18));
    scene.world.turn("6m");
    assert_eq!(scene.catch_up().await, 0);
    let shown = follow::one(&scene.ctx, "vet.example").await.unwrap();
    assert!(shown.forked && shown.row.last_error.is_some());
    assert_eq!((shown.evidence, scene.events("log.forked.v1").await.len()), (5, 1));
    for _ in 0..5 {
        scene.world.turn("6h");
        assert_eq!(scene.catch_up().await, 0, "nothing more is taken");
    }
    assert_eq!(scene.events("log.forked.v1").await.len(), 1, "it is told once");
    let forks = fork::forks(&scene.ctx).await.unwrap();
    assert_eq!((forks.len(), forks[0].origin.as_str()), (1, "vet.example/log"));
    let eve = scene.world.member("eve", &[Role::Steward]).await;
    let refused = fork::decide(&scene.ctx, &eve, forks[0].id, fork::Decision::ReadAnew).await.unwrap_err();
    assert_eq!(refused.code, "admins-only");
    fork::decide(&scene.ctx, &Origin::Operator, forks[0].id, fork::Decision::ReadAnew).await.unwrap();
    assert_eq!(scene.catch_up().await, 16);
    let shown = follow::one(&scene.ctx, "vet.example").await.unwrap();
    assert_eq!((shown.forked, shown.evidence, shown.progress()), (false, 13, Some((8, 8))), "what was said was said");
    assert_eq!(fork::forks(&scene.ctx).await.unwrap().len(), 1, "both checkpoints stay kept");
}

async fn ending_after_a_fork_ends_its_weight(world: World) {
    let scene = Scene::following(world).await;
    scene.far.publish(&[scene.far.audit("ada", "a1", LANTERN, scene.now())]);
    scene.catch_up().await;
    scene.far.forget_log();
    scene.far.publish(&audits(&scene, 10, 11));
    scene.world.turn("6m");
    scene.catch_up().await;
    assert_eq!(scene.state(LANTERN).await, State::Listed);
    let forks = fork::forks(&scene.ctx).await.unwrap();
    fork::decide(&scene.ctx, &Origin::Operator, forks[0].id, fork::Decision::End).await.unwrap();
    assert_eq!((scene.row().await.state, scene.state(LANTERN).await), (FollowState::Ended, State::Held));
}
