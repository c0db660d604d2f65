//! Every input of fediverse-pasture-inputs at the inbox: none breaks it, each has a named outcome, others are served.

use std::collections::BTreeMap;

use vetmoot_tests::fediverse::pasture::Pasture;
use vetmoot_tests::http;

use super::world::{Manner, World, blocking};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_from_the_pasture_breaks_the_inbox() {
    let world = World::build(["alpha"]).in_manner(Manner::Loopback).start().await.unwrap();
    let alpha = world.alpha();
    alpha.adopts("balanced").await;
    let inbox = alpha.url("/inbox");
    let Some(pasture) = blocking(|| Pasture::throw_at(&inbox)) else { return };
    let thrown = pasture.thrown();
    assert!(thrown.len() > 200, "all inputs were thrown: {}", thrown.len());
    let odd: Vec<_> = thrown.iter().filter(|one| !matches!(one.status, 202 | 400 | 401 | 403 | 422)).collect();
    assert!(odd.is_empty(), "each is taken or turned away with a reason: {odd:#?}");
    let taken = thrown.iter().filter(|one| one.status == 202).count();
    assert!(taken * 10 > thrown.len() * 9, "nearly all are well signed activities: {taken} of {}", thrown.len());
    world.settle().await;
    let outcomes = alpha.outcomes();
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    for one in thrown.iter().filter(|one| one.status == 202) {
        let outcome = outcomes.get(&one.id).unwrap_or_else(|| panic!("{} has no outcome", one.id));
        *words.entry(outcome.as_str()).or_default() += 1;
    }
    let named = ["applied", "already-seen", "unknown", "refused"];
    assert!(words.keys().all(|word| named.contains(word)), "{words:?}");
    let page = alpha.at("/livez");
    assert_eq!(blocking(|| http::get(&page)).status, 200, "others are served meanwhile");
}
