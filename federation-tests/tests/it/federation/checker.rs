//! The rules of activitypub-testing on every kind of actor.

use vetmoot_tests::fediverse::checker;

use super::world::{Manner, World, blocking};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_actor_breaks_a_rule_of_the_protocol() {
    let world = World::build(["alpha"]).in_manner(Manner::Loopback).start().await.unwrap();
    let alpha = world.alpha();
    alpha.adopts("balanced").await;
    alpha.auditor("ada").await.records("pkg:cargo/mossy-lantern@1.0.0", "safe-to-deploy").await;
    world.settle().await;
    for path in ["/community", "/users/ada", "/actor", "/policies/balanced"] {
        let actor = alpha.url(path);
        let Some(outcomes) = blocking(|| checker::check(&actor)) else { return };
        assert!(outcomes.iter().filter(|one| one.outcome == "passed").count() >= 5, "{path}: {outcomes:#?}");
        // Rules about a client that posts to an outbox do not apply: there is no such door here.
        let failed: Vec<_> =
            outcomes.iter().filter(|one| one.outcome == "failed" && !one.rule.contains("outbox-post")).collect();
        assert!(failed.is_empty(), "{path}: {failed:#?}");
    }
}
