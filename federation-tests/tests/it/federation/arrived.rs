//! What a page of a followed community counts: by kind, by author, and the latest, on both databases.

use vetmoot_workflows::audit::list;
use vetmoot_workflows::follow;

use super::following::on_both_databases;
use super::world::{Database, World};

const DEPLOY: &str = "safe-to-deploy";

on_both_databases! {
    what_came_from_a_community_is_counted_and_the_latest_stands_first,
}

async fn what_came_from_a_community_is_counted_and_the_latest_stands_first(world: World) {
    let (alpha, beta) = (world.alpha(), world.beta());
    let (ada, brook) = (alpha.auditor("ada").await, alpha.auditor("brook").await);
    for minor in 0..3 {
        ada.records(&format!("pkg:cargo/mossy-lantern@1.{minor}.0"), DEPLOY).await;
    }
    world.turn("1m");
    let last = brook.records("pkg:cargo/quiet-harbour@1.0.0", DEPLOY).await;
    world.turn("1m");
    brook.withdraws(&last, "on second thoughts").await;
    beta.follows(alpha).await;
    world.settle().await;
    let shown = beta.following(alpha).await;
    let arrived = follow::arrived(&beta.ctx, &shown, 3).await.expect("it can be read");
    let audits = arrived.kinds.iter().find(|(kind, _)| kind == "Audit").map(|(_, count)| *count);
    assert_eq!(audits, Some(4), "{:?}", arrived.kinds);
    let named: Vec<(String, u64)> = arrived
        .authors
        .iter()
        .map(|(author, count)| (author.rsplit('/').next().unwrap_or_default().to_owned(), *count))
        .collect();
    assert_eq!(named, [("ada".to_owned(), 3), ("brook".to_owned(), 1)]);
    assert_eq!(arrived.latest.len(), 3, "no more than asked for");
    let kinds: Vec<&str> = arrived.latest.iter().map(|row| row.kind.as_str()).take(2).collect();
    assert_eq!(kinds, ["Withdrawal", "Audit"], "the newest first");
    let withdrawn = arrived.latest.get(1).expect("there are three");
    assert!(withdrawn.withdrawn_at.is_some() && withdrawn.leaf.is_some(), "{withdrawn:?}");
    assert_eq!(withdrawn.package.as_ref().map(ToString::to_string).as_deref(), Some("pkg:cargo/quiet-harbour"));
    assert!(arrived.document.is_some() && arrived.log.is_some_and(|(key, note)| key.contains("/log+") && note.is_some()));

    let counts = list::counts(&alpha.ctx).await.expect("they can be counted");
    let mut counts: Vec<u64> = counts.into_values().collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 3], "members by their audits");
}
