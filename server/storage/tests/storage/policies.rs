//! Policies, what they listed, and what they would have withheld.

use std::collections::HashSet;

use vetmoot_domain::{Adoption, Ecosystem, PolicyDigest, Slug};
use vetmoot_storage::{listed, observed, packages, policies};

use crate::world::{World, day, on_both_databases, package};

on_both_databases! {
    each_adoption_is_a_revision_and_the_slug_points_to_the_newest,
    what_a_policy_listed_only_grows,
    what_observe_would_have_withheld_is_counted,
}

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

async fn adopt(world: &World, bytes: &[u8], mode: Adoption, day_number: i64) -> u32 {
    let digest = PolicyDigest::of(bytes);
    world
        .write(async |tx| policies::adopt(tx, &slug("balanced"), &digest, bytes, mode, "ada", day(day_number)).await.unwrap())
        .await
}

async fn each_adoption_is_a_revision_and_the_slug_points_to_the_newest(world: World) {
    assert_eq!(adopt(&world, b"one", Adoption::Observe, 0).await, 1);
    assert_eq!(adopt(&world, b"one", Adoption::Observe, 1).await, 1, "the same again is no new revision");
    assert_eq!(adopt(&world, b"one", Adoption::Enforce, 2).await, 2);
    assert_eq!(adopt(&world, b"two", Adoption::Enforce, 3).await, 3);
    assert_eq!(adopt(&world, b"one", Adoption::Enforce, 4).await, 4);
    let reader = world.store.read();
    let newest = policies::by_slug(&reader, &slug("balanced")).await.unwrap().unwrap();
    assert_eq!((newest.bytes.as_slice(), newest.revision, newest.adopted_by.as_str()), (b"one".as_slice(), 4, "ada"));
    assert_eq!(newest.digest, PolicyDigest::of(b"one"));
    assert_eq!(policies::by_digest(&reader, &PolicyDigest::of(b"two")).await.unwrap().as_deref(), Some(b"two".as_slice()));
    assert_eq!(policies::by_digest(&reader, &PolicyDigest::of(b"three")).await.unwrap(), None);
    let revisions = policies::revisions(&reader, &slug("balanced")).await.unwrap();
    assert_eq!(revisions.iter().map(|row| (row.revision, row.bytes.as_slice())).collect::<Vec<_>>()[1], (3, b"two".as_slice()));
    assert_eq!(policies::all(&reader).await.unwrap(), [newest]);
    let tx = world.store.begin().await.unwrap();
    let other = PolicyDigest::of(b"other");
    assert!(policies::adopt(&tx, &slug("x"), &other, b"bytes", Adoption::Enforce, "ada", day(5)).await.is_err());
}

async fn what_a_policy_listed_only_grows(world: World) {
    let id = world.write(async |tx| packages::ensure(tx, &package("pkg:npm/left-pad"), day(0)).await.unwrap().id).await;
    let keys = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let policy = slug("balanced");
    assert_eq!(world.write(async |tx| listed::mark(tx, &policy, id, &keys(&["1.0.0", "1.1.0"])).await.unwrap()).await, 2);
    assert_eq!(world.write(async |tx| listed::mark(tx, &policy, id, &keys(&["1.1.0"])).await.unwrap()).await, 0);
    assert_eq!(world.write(async |tx| listed::mark(tx, &policy, id, &keys(&["1.2.0", "1.1.0"])).await.unwrap()).await, 1);
    let reader = world.store.read();
    let expected: HashSet<String> = keys(&["1.0.0", "1.1.0", "1.2.0"]).into_iter().collect();
    assert_eq!(listed::before(&reader, &policy, id).await.unwrap(), expected);
    assert!(listed::before(&reader, &slug("strict"), id).await.unwrap().is_empty());
    let counts = listed::counts(&reader, &policy).await.unwrap();
    assert_eq!((counts[0].ecosystem, counts[0].packages, counts[0].artifacts), (Ecosystem::Npm, 1, 3));
}

async fn what_observe_would_have_withheld_is_counted(world: World) {
    let artifact = "pkg:pypi/six@1.17.0?file_name=six-1.17.0.tar.gz";
    let policy = slug("strict");
    let note = async |day_number: i64| {
        world
            .write(async |tx| observed::record(tx, &policy, artifact, "release-too-young", day(day_number)).await.unwrap())
            .await
    };
    assert!(note(0).await);
    assert!(!note(1).await);
    let rows = observed::list(&world.store.read(), &policy, 0, 10).await.unwrap();
    assert_eq!(
        (rows[0].artifact.to_string().as_str(), rows[0].times, rows[0].first_at, rows[0].last_at),
        (artifact, 2, day(0), day(1))
    );
    let counts = observed::counts(&world.store.read(), &policy).await.unwrap();
    assert_eq!(counts, [("release-too-young".to_owned(), 1)]);
}
