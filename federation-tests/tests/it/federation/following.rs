//! Following a community from the first word to the last: what it said counts, as long as it is followed.

use vetmoot_domain::{AuditForm, State};

use super::world::{Database, Mood, World};

const RELEASE: &str = "pkg:cargo/mossy-lantern@1.0.0";
const OTHER: &str = "pkg:cargo/mossy-lantern@1.1.0";
const DEPLOY: &str = "safe-to-deploy";
const POLICY: &str = "balanced";

/// Runs each named story once on SQLite and once on PostgreSQL.
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::World::of(["alpha", "beta"]).await).await;
            })*
        }
        mod on_postgresql {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let world = super::World::build(["alpha", "beta"]).on(super::Database::Postgresql).start().await;
                let Some(world) = world else { return };
                super::$name(world).await;
            })*
        }
    };
}
pub(crate) use on_both_databases;

on_both_databases! {
    an_audit_from_a_followed_community_admits_the_release,
    what_was_said_before_the_follow_is_filled_in,
    a_community_that_no_policy_names_changes_nothing,
    a_violation_there_refuses_here,
    what_is_not_followed_any_more_weighs_nothing,
    a_blocked_community_is_not_heard,
}

async fn an_audit_from_a_followed_community_admits_the_release(world: World) {
    let (alpha, beta) = (world.alpha(), world.beta());
    alpha.adopts(POLICY).await;
    beta.adopts_trusting(POLICY, alpha).await;
    beta.follows(alpha).await;
    world.settle().await;
    world.forget();
    assert_eq!(beta.state(POLICY, RELEASE).await, State::Held);
    let ada = alpha.auditor("ada").await;
    let audit = ada.records(RELEASE, DEPLOY).await;
    world.settle().await;
    assert_eq!(beta.state(POLICY, RELEASE).await, State::Listed, "{}", world.conversation());
    assert_eq!(beta.state(POLICY, OTHER).await, State::Held, "an audit of one release says nothing of another");
    ada.withdraws(&audit, "I read the wrong archive").await;
    world.settle().await;
    assert_eq!(beta.state(POLICY, RELEASE).await, State::Held, "{}", world.conversation());
}

async fn what_was_said_before_the_follow_is_filled_in(world: World) {
    let (alpha, beta) = (world.alpha(), world.beta());
    alpha.adopts(POLICY).await;
    let ada = alpha.auditor("ada").await;
    for minor in 0..40 {
        ada.records(&format!("pkg:cargo/mossy-lantern@1.{minor}.0"), DEPLOY).await;
    }
    let taken_back = ada.records("pkg:cargo/quiet-harbour@1.0.0", DEPLOY).await;
    ada.withdraws(&taken_back, "on second thoughts").await;
    world.settle().await;
    beta.adopts_trusting(POLICY, alpha).await;
    beta.follows(alpha).await;
    world.settle().await;
    let shown = beta.following(alpha).await;
    assert_eq!((shown.evidence, shown.leaves), (40, alpha.leaves().await), "{shown:?}\n{}", world.conversation());
    assert_eq!(shown.statements, shown.leaves, "every leaf has its statement");
    assert_eq!(beta.state(POLICY, "pkg:cargo/mossy-lantern@1.39.0").await, State::Listed);
    assert_eq!(beta.state(POLICY, "pkg:cargo/quiet-harbour@1.0.0").await, State::Held, "what was withdrawn comes withdrawn");
}

async fn a_community_that_no_policy_names_changes_nothing(world: World) {
    let (alpha, beta) = (world.alpha(), world.beta());
    alpha.adopts(POLICY).await;
    beta.adopts(POLICY).await;
    beta.follows(alpha).await;
    alpha.auditor("ada").await.records(RELEASE, DEPLOY).await;
    world.settle().await;
    assert_eq!(beta.following(alpha).await.evidence, 1);
    assert_eq!(beta.state(POLICY, RELEASE).await, State::Held, "no [[import]] says what it weighs");
    beta.adopts_trusting(POLICY, alpha).await;
    assert_eq!(beta.state(POLICY, RELEASE).await, State::Listed);
}

async fn a_violation_there_refuses_here(world: World) {
    let (alpha, beta) = (world.alpha(), world.beta());
    alpha.adopts(POLICY).await;
    beta.adopts_trusting(POLICY, alpha).await;
    beta.follows(alpha).await;
    let ada = alpha.auditor("ada").await;
    ada.records(RELEASE, DEPLOY).await;
    world.settle().await;
    assert_eq!(beta.state(POLICY, RELEASE).await, State::Listed);
    let violation = AuditForm {
        kind: "violation".to_owned(),
        release: "pkg:cargo/mossy-lantern".to_owned(),
        range: Some("<1.1.0".to_owned()),
        criteria: vec![DEPLOY.to_owned()],
        notes: "reads ~/.ssh while building".to_owned(),
        ..AuditForm::default()
    };
    ada.says(&violation).await;
    world.settle().await;
    assert_eq!(beta.state(POLICY, RELEASE).await, State::Refused, "{}", world.conversation());
}

async fn what_is_not_followed_any_more_weighs_nothing(world: World) {
    let (alpha, beta) = (world.alpha(), world.beta());
    alpha.adopts(POLICY).await;
    beta.adopts_trusting(POLICY, alpha).await;
    beta.follows(alpha).await;
    let ada = alpha.auditor("ada").await;
    ada.records(RELEASE, DEPLOY).await;
    world.settle().await;
    assert_eq!(beta.state(POLICY, RELEASE).await, State::Listed);
    beta.unfollows(alpha).await;
    assert_ne!(beta.state(POLICY, RELEASE).await, State::Listed, "at once, before anybody was told");
    world.settle().await;
    world.forget();
    ada.records(OTHER, DEPLOY).await;
    world.settle().await;
    assert_eq!(world.conversation(), "", "nothing is sent to who follows no more");
    beta.follows(alpha).await;
    world.settle().await;
    assert_eq!(beta.state(POLICY, RELEASE).await, State::Listed, "followed again, everything counts again");
    assert_eq!(beta.state(POLICY, OTHER).await, State::Listed, "and what was said meanwhile is filled in");
}

async fn a_blocked_community_is_not_heard(world: World) {
    let (alpha, beta) = (world.alpha(), world.beta());
    alpha.adopts(POLICY).await;
    beta.adopts_trusting(POLICY, alpha).await;
    beta.follows(alpha).await;
    alpha.follows(beta).await;
    let ada = alpha.auditor("ada").await;
    ada.records(RELEASE, DEPLOY).await;
    world.settle().await;
    beta.blocks(alpha).await;
    assert_ne!(beta.state(POLICY, RELEASE).await, State::Listed, "a block stops the weight at once");
    world.settle().await;
    ada.records(OTHER, DEPLOY).await;
    world.settle().await;
    assert_eq!(beta.state(POLICY, OTHER).await, State::Held);
    world.forget();
    beta.auditor("bob").await.records(OTHER, DEPLOY).await;
    world.settle().await;
    let conversation = world.conversation();
    assert!(!conversation.contains("beta -> alpha"), "nothing goes to who is blocked:\n{conversation}");
    world.wire("alpha", "beta").set(Mood::Open);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_conversation_of_two_communities_in_full() {
    let world = World::of(["alpha", "beta"]).await;
    let (alpha, beta) = (world.alpha(), world.beta());
    alpha.adopts(POLICY).await;
    beta.adopts_trusting(POLICY, alpha).await;
    world.settle().await;
    beta.follows(alpha).await;
    world.settle().await;
    let ada = alpha.auditor("ada").await;
    let audit = ada.records(RELEASE, DEPLOY).await;
    world.settle().await;
    ada.withdraws(&audit, "I read the wrong archive").await;
    world.settle().await;
    insta::assert_snapshot!(world.conversation(), @r"
    beta -> alpha  /community Follow  202
    alpha -> beta  /community Accept of Follow  202
    alpha -> beta  /community Announce of Create of Note  202
    alpha -> beta  /community Announce  202
    alpha -> beta  /users/ada Update of Note  202
    alpha -> beta  /community Announce of Update of Note  202
    alpha -> beta  /community Announce of Create of Note  202
    alpha -> beta  /community Announce  202
    ");
}
