//! What differs from ecosystem to ecosystem: undated indexes, several files a release, digests learned late.

use vetmoot_domain::{Ecosystem, State};
use vetmoot_tests::packages::{Calendar, Release};
use vetmoot_tests::upstream::{Knobs, NpmUpstream, PypiUpstream};
use vetmoot_workflows::registry::bytes::{self, Outcome};
use vetmoot_workflows::registry::{decisions, judged};
use vetmoot_workflows::{Ctx, limits, package};

use crate::world::{COOLDOWN, START, Setup, World, decision, on_both_databases};

on_both_databases! {
    an_undated_release_counts_from_when_it_appeared_here,
    a_changed_file_refuses_itself_and_not_its_release,
    a_version_of_npm_that_changes_is_refused,
    what_a_download_teaches_counts_at_once,
    the_newest_version_is_told_by_the_order_of_its_ecosystem,
}

async fn on(world: &World, ecosystem: Ecosystem, url: String) -> Ctx {
    world.shelf(COOLDOWN).await;
    world.another(&Setup { upstreams: vec![(ecosystem, url)], ..Setup::default() }).await
}

async fn state(ctx: &Ctx, purl: &str) -> State {
    decision(ctx, COOLDOWN, purl).await.unwrap().state
}

async fn an_undated_release_counts_from_when_it_appeared_here(world: World) {
    let pypi = PypiUpstream::start(Calendar::from(START), &[Release::new("mossy-lantern", "1.0.0", 400)]);
    pypi.set(Knobs { etag: true, times: false });
    let ctx = on(&world, Ecosystem::Pypi, pypi.url()).await;
    assert_eq!(state(&ctx, "pkg:pypi/mossy-lantern@1.0.0").await, State::Listed, "it stood in the first listing read here");
    pypi.publish(&Release::new("mossy-lantern", "1.1.0", 300));
    world.turn("1d");
    let young = decision(&ctx, COOLDOWN, "pkg:pypi/mossy-lantern@1.1.0").await.unwrap();
    assert_eq!((young.state, young.reasons[0].code), (State::Held, "release-too-young"), "{:?}", young.reasons);
    world.turn("6d");
    assert_eq!(state(&ctx, "pkg:pypi/mossy-lantern@1.1.0").await, State::Held);
    world.turn("1d");
    assert_eq!(state(&ctx, "pkg:pypi/mossy-lantern@1.1.0").await, State::Listed);
}

async fn a_changed_file_refuses_itself_and_not_its_release(world: World) {
    let pypi = PypiUpstream::start(Calendar::from(START), &[Release::new("mossy-lantern", "1.0.0", 400)]);
    let ctx = on(&world, Ecosystem::Pypi, pypi.url()).await;
    assert_eq!(state(&ctx, "pkg:pypi/mossy-lantern@1.0.0").await, State::Listed);
    pypi.replace_file("mossy_lantern-1.0.0.tar.gz", b"something else");
    world.clock.turn(limits::LISTING_FRESH);
    let release = decision(&ctx, COOLDOWN, "pkg:pypi/mossy-lantern@1.0.0").await.unwrap();
    let mut files: Vec<_> =
        release.artifacts.iter().map(|part| (part.artifact.file_name.clone().unwrap(), part.state)).collect();
    files.sort();
    assert_eq!(
        files,
        [
            ("mossy_lantern-1.0.0-py3-none-any.whl".to_owned(), State::Listed),
            ("mossy_lantern-1.0.0.tar.gz".to_owned(), State::Refused),
        ]
    );
    let adopted = ctx.book.newest(&COOLDOWN.parse().unwrap()).unwrap();
    let judged =
        judged::judged(&ctx, &adopted, &"pkg:pypi/mossy-lantern".parse().unwrap(), adopted.policy.serve_use()).await.unwrap();
    assert!(!judged.is_wholly_refused());
    let file = "pkg:pypi/mossy-lantern@1.0.0?file_name=mossy_lantern-1.0.0.tar.gz".parse().unwrap();
    assert_eq!(decisions::of_judged(&judged, &file).unwrap().state, State::Refused);
}

async fn a_version_of_npm_that_changes_is_refused(world: World) {
    let npm = NpmUpstream::start(Calendar::from(START), &[Release::new("mossy-lantern", "1.0.0", 400)]);
    npm.publish(&Release::new("mossy-lantern", "1.1.0", 90));
    let ctx = on(&world, Ecosystem::Npm, npm.url()).await;
    assert_eq!(state(&ctx, "pkg:npm/mossy-lantern@1.0.0").await, State::Listed);
    npm.replace_file("mossy-lantern", "1.0.0", b"something else");
    world.clock.turn(limits::LISTING_FRESH);
    assert_eq!(state(&ctx, "pkg:npm/mossy-lantern@1.0.0").await, State::Refused);
    assert_eq!(state(&ctx, "pkg:npm/mossy-lantern@1.1.0").await, State::Listed);
}

async fn what_a_download_teaches_counts_at_once(world: World) {
    let npm = NpmUpstream::start(Calendar::from(START), &[Release::new("mossy-lantern", "1.0.0", 400)]);
    let ctx = on(&world, Ecosystem::Npm, npm.url()).await;
    let purl = "pkg:npm/mossy-lantern@1.0.0";
    let sha256 = |ctx: Ctx| async move { decision(&ctx, COOLDOWN, purl).await.unwrap().artifacts[0].digests.sha256 };
    assert_eq!(sha256(ctx.clone()).await, None, "the index names SHA-512 alone");
    let adopted = ctx.book.newest(&COOLDOWN.parse().unwrap()).unwrap();
    let opened = bytes::open(&ctx, &adopted, &"pkg:npm/mossy-lantern".parse().unwrap(), |_| true, true).await.unwrap();
    assert!(matches!(opened, Outcome::Open(_)));
    let learned = sha256(ctx.clone()).await;
    assert!(learned.is_some());
    let restarted = on(&world, Ecosystem::Npm, npm.url()).await;
    assert_eq!(learned, sha256(restarted).await, "no restart is needed to know it");
}

async fn the_newest_version_is_told_by_the_order_of_its_ecosystem(world: World) {
    let pypi = PypiUpstream::start(Calendar::from(START), &[]);
    for version in ["1.10.0", "1.9.0", "2.0.0rc1"] {
        pypi.publish(&Release::new("mossy-lantern", version, 90));
    }
    let ctx = on(&world, Ecosystem::Pypi, pypi.url()).await;
    let current = package::show(&ctx, &"pkg:pypi/mossy-lantern".parse().unwrap()).await.unwrap();
    let latest = package::latest(&current);
    assert_eq!(latest.latest.unwrap().to_string(), "2.0.0rc1");
    assert_eq!(latest.latest_stable.unwrap().to_string(), "1.10.0");
    assert!(current.files.iter().all(|file| package::dated_by(file) == Some("index") && package::published(file).is_some()));
}
