//! Communities that are apart, and wires that lose, repeat, reorder and garble: in the end both know the same.

use vetmoot_domain::State;

use super::following::on_both_databases;
use super::world::{Database, Mood, World};

const DEPLOY: &str = "safe-to-deploy";
const POLICY: &str = "balanced";

on_both_databases! {
    two_communities_that_were_a_week_apart_know_the_same_afterwards,
    what_arrives_twice_counts_once,
    what_arrives_unanswered_is_sent_again_and_counts_once,
    what_arrives_in_another_order_ends_the_same,
    what_arrives_late_changes_nothing_that_is_known_better,
    what_is_garbled_is_refused_and_comes_again,
}

/// Beta follows alpha and trusts it; alpha follows beta.
async fn befriended(world: &World) {
    let (alpha, beta) = (world.alpha(), world.beta());
    alpha.adopts_trusting(POLICY, beta).await;
    beta.adopts_trusting(POLICY, alpha).await;
    beta.follows(alpha).await;
    alpha.follows(beta).await;
    world.settle().await;
}

/// Nothing missing, nothing double.
async fn beta_knows_all_of_alpha(world: &World, audits: u64) {
    let (alpha, beta) = (world.alpha(), world.beta());
    let shown = beta.following(alpha).await;
    let leaves = alpha.leaves().await;
    assert_eq!((shown.statements, shown.leaves), (leaves, leaves), "{shown:?}\n{}", world.conversation());
    assert_eq!(shown.evidence, audits, "{shown:?}\n{}", world.conversation());
    assert_eq!((shown.equivocations, shown.forked), (0, false), "{shown:?}");
}

async fn two_communities_that_were_a_week_apart_know_the_same_afterwards(world: World) {
    befriended(&world).await;
    let (alpha, beta) = (world.alpha(), world.beta());
    world.all_wires(Mood::Cut);
    let (ada, bob) = (alpha.auditor("ada").await, beta.auditor("bob").await);
    let mut withdrawn = None;
    for minor in 0..50 {
        let release = format!("pkg:cargo/mossy-lantern@1.{minor}.0");
        let audit = ada.records(&release, DEPLOY).await;
        if minor == 7 {
            withdrawn = Some(audit);
        }
        if minor % 10 == 0 {
            bob.records(&release, DEPLOY).await;
            world.pass("1d").await;
        }
    }
    ada.withdraws(&withdrawn.unwrap(), "I read the wrong archive").await;
    world.pass("2d").await;
    assert_eq!(beta.following(alpha).await.evidence, 0, "nothing came through");
    world.all_wires(Mood::Open);
    world.pass("2d").await;
    beta_knows_all_of_alpha(&world, 49).await;
    assert_eq!(alpha.following(beta).await.evidence, 5, "{}", world.conversation());
    assert_eq!(beta.state(POLICY, "pkg:cargo/mossy-lantern@1.49.0").await, State::Listed);
    assert_eq!(beta.state(POLICY, "pkg:cargo/mossy-lantern@1.7.0").await, State::Held, "the withdrawal came too");
}

async fn in_mood(world: &World, mood: Mood) {
    befriended(world).await;
    world.forget();
    world.wire("alpha", "beta").set(mood);
    let ada = world.alpha().auditor("ada").await;
    let mut audits = Vec::new();
    for minor in 0..6 {
        audits.push(ada.records(&format!("pkg:cargo/mossy-lantern@1.{minor}.0"), DEPLOY).await);
        world.settle().await;
    }
    ada.withdraws(&audits.remove(3), "I read the wrong archive").await;
    world.settle().await;
}

async fn six_but_one(world: &World) {
    let beta = world.beta();
    beta_knows_all_of_alpha(world, 5).await;
    for minor in 0..6 {
        let expected = if minor == 3 { State::Held } else { State::Listed };
        let release = format!("pkg:cargo/mossy-lantern@1.{minor}.0");
        assert_eq!(beta.state(POLICY, &release).await, expected, "{release}\n{}", world.conversation());
    }
}

async fn what_arrives_twice_counts_once(world: World) {
    in_mood(&world, Mood::Doubled).await;
    world.pass("6h").await;
    six_but_one(&world).await;
}

async fn what_arrives_unanswered_is_sent_again_and_counts_once(world: World) {
    in_mood(&world, Mood::Mute).await;
    world.wire("alpha", "beta").set(Mood::Open);
    world.pass("2d").await;
    six_but_one(&world).await;
}

async fn what_arrives_in_another_order_ends_the_same(world: World) {
    in_mood(&world, Mood::Shuffled).await;
    world.wire("alpha", "beta").set(Mood::Open);
    world.pass("2d").await;
    six_but_one(&world).await;
}

async fn what_arrives_late_changes_nothing_that_is_known_better(world: World) {
    in_mood(&world, Mood::Late).await;
    world.wire("alpha", "beta").set(Mood::Open);
    world.pass("30m").await;
    let released = tokio::task::block_in_place(|| world.wire("alpha", "beta").release());
    assert!(released > 0, "something was kept:\n{}", world.conversation());
    world.pass("2d").await;
    six_but_one(&world).await;
}

async fn what_is_garbled_is_refused_and_comes_again(world: World) {
    in_mood(&world, Mood::Corrupt).await;
    assert_eq!(world.beta().following(world.alpha()).await.evidence, 0, "{}", world.conversation());
    world.wire("alpha", "beta").set(Mood::Open);
    world.pass("2d").await;
    six_but_one(&world).await;
}
